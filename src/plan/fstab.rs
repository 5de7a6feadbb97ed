//! /etc/fstab: one line for each brick and each volume. Foreign lines stay as they are. Pure.

use std::collections::BTreeSet;

use super::adoption::is_adopted;
use super::steps::{Draft, Planner};
use crate::facts::{Facts, FstabLine, HostFacts, Place};
use crate::inventory::{DevicePath, Host, Inventory, Role, Volume, brick_mount, brick_uuid};
use crate::scripts::{self, lines};

const PATH: &str = "/etc/fstab";

/// A line that has to be there.
struct Wanted {
    text: String,
    target: String,
    /// Whether a line for the same target is an older form of this one, and may be replaced.
    replaces: Box<dyn Fn(&FstabLine) -> bool>,
}

impl Wanted {
    fn contradiction<'f>(&self, observed: &'f HostFacts) -> Option<&'f FstabLine> {
        let mut there = observed.fstab.iter().filter(|line| line.target == self.target);
        there.find(|line| line.text != self.text && !((self.replaces)(line) && can_be_named(line)))
    }
}

/// Whether a command can say which line it is: no command holds NUL, and what was not UTF-8 is not known any more.
fn can_be_named(line: &FstabLine) -> bool {
    !line.text.contains(['\0', char::REPLACEMENT_CHARACTER])
}

/// The line that mounts something else where a brick or a volume belongs.
pub fn foreign<'f>(planner: &Planner, host: &Host, observed: &'f HostFacts, target: &str) -> Option<&'f FstabLine> {
    let wanted = wanted(planner.inventory, planner.facts, host, observed, &BTreeSet::new())
        .into_iter()
        .find(|wanted| wanted.target == target)?;
    wanted.contradiction(observed)
}

pub fn plan(planner: &mut Planner, host: &Host, observed: &HostFacts, refused: &BTreeSet<DevicePath>) {
    let (mut add, mut drop) = (Vec::new(), Vec::new());
    for wanted in wanted(planner.inventory, planner.facts, host, observed, refused) {
        if let Some(foreign) = wanted.contradiction(observed) {
            let what = format!(
                "{PATH} mounts something else at {}: {}",
                wanted.target,
                foreign.text.trim()
            );
            planner.problem(
                host,
                what,
                "remove the line, or choose another mount point in the inventory",
            );
            continue;
        }
        let there: Vec<&FstabLine> = observed
            .fstab
            .iter()
            .filter(|line| line.target == wanted.target)
            .collect();
        drop.extend(
            there
                .iter()
                .filter(|line| line.text != wanted.text)
                .map(|line| line.text.clone()),
        );
        if there.iter().all(|line| line.text != wanted.text) {
            add.push(wanted);
        }
    }
    if add.is_empty() && drop.is_empty() {
        return;
    }
    let targets: Vec<&str> = add.iter().map(|wanted| wanted.target.as_str()).collect();
    let title = match targets.is_empty() {
        true => format!("remove outdated lines from {PATH}"),
        false => format!("write {} to {PATH}", targets.join(", ")),
    };
    let reason = if drop.is_empty() {
        "no line for it yet"
    } else {
        "the line is not as it should be"
    };
    planner.prepare(host, Draft::new(title, reason, command(&add, &drop)));
}

/// Which lines are not as they have to be, a few words each.
pub fn differences(inventory: &Inventory, facts: &Facts, host: &Host, observed: &HostFacts) -> Vec<String> {
    let difference = |wanted: Wanted| {
        let mut there = observed
            .fstab
            .iter()
            .filter(|line| line.target == wanted.target)
            .peekable();
        there.peek()?;
        there
            .any(|line| line.text != wanted.text)
            .then(|| format!("{PATH} has another line for {}", wanted.target))
    };
    let missing = |wanted: &Wanted| observed.fstab.iter().all(|line| line.target != wanted.target);
    wanted(inventory, facts, host, observed, &BTreeSet::new())
        .into_iter()
        .filter_map(|wanted| match missing(&wanted) {
            true => Some(format!("{} is not in {PATH}", wanted.target)),
            false => difference(wanted),
        })
        .collect()
}

fn command(add: &[Wanted], drop: &[String]) -> String {
    scripts::FSTAB.with(&[
        ("points", &lines(add.iter().map(|wanted| &wanted.target))),
        ("drop", &lines(drop)),
        ("add", &lines(add.iter().map(|wanted| &wanted.text))),
    ])
}

fn wanted(
    inventory: &Inventory,
    facts: &Facts,
    host: &Host,
    observed: &HostFacts,
    refused: &BTreeSet<DevicePath>,
) -> Vec<Wanted> {
    let mut lines: Vec<Wanted> = host
        .devices
        .iter()
        .filter(|device| !refused.contains(device))
        .filter_map(|device| {
            let target = brick_mount(device);
            let uuid = if is_adopted(inventory, facts, host, device) {
                adopted_uuid(observed, &target)?
            } else {
                brick_uuid(&inventory.cluster, &host.name, device).to_string()
            };
            let source = format!("UUID={uuid}");
            Some(Wanted {
                // nofail: a missing disk must not keep the host from booting; before glusterd: it must never see the
                // bare mount point.
                text: format!(
                    "{source} {target} xfs noatime,inode64,nofail,x-systemd.before=glusterd.service,\
                     x-systemd.device-timeout=30s 0 0"
                ),
                target,
                replaces: Box::new(move |line| line.source.trim_matches('"').eq_ignore_ascii_case(&source)),
            })
        })
        .collect();
    lines.extend(inventory.mounts_on(host).map(|volume| {
        let suffix = format!(":/{}", volume.name);
        Wanted {
            text: volume_line(inventory, host, volume),
            target: volume.mount.path.to_string(),
            replaces: Box::new(move |line| line.kind == "glusterfs" && line.source.ends_with(&suffix)),
        }
    }));
    lines
}

/// The UUID of a brick that somebody else made and mounted by hand: it gets our line. A line that is there is left as it is.
fn adopted_uuid(observed: &HostFacts, target: &str) -> Option<String> {
    if observed.fstab.iter().any(|line| line.target == target) {
        return None;
    }
    let number = &observed.mounted_at(target)?.number;
    let is_there = |places: &Vec<Place>| places.iter().any(|place| place.number == *number);
    let (uuid, _) = observed.xfs.iter().find(|(_, places)| is_there(places))?;
    Some(uuid.clone())
}

/// `noauto`: gluster-mount@.service mounts it, as often as it takes.
fn volume_line(inventory: &Inventory, host: &Host, volume: &Volume) -> String {
    let mut others: Vec<&str> = inventory
        .servers()
        .filter(|server| server.name != host.name)
        .map(|server| server.name.as_str())
        .collect();
    let mut options: Vec<String> = vec!["defaults".into(), "_netdev".into(), "noauto".into()];
    let source = match host.role {
        Role::Server => {
            // Not requires: then a restart of glusterd, as by an upgrade of the package, would take the mount away from
            // whoever uses it. The unit that mounts at boot starts glusterd.
            options.push("x-systemd.after=glusterd.service".into());
            "localhost"
        }
        Role::Client if others.is_empty() => "localhost",
        Role::Client => others.remove(0),
    };
    options.push("x-systemd.mount-timeout=60s".into());
    if !others.is_empty() {
        options.push(format!("backup-volfile-servers={}", others.join(":")));
    }
    options.extend(volume.mount.options.iter().map(ToString::to_string));
    format!(
        "{source}:/{} {} glusterfs {} 0 0",
        volume.name,
        volume.mount.path,
        options.join(",")
    )
}
