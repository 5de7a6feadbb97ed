//! /etc/fstab: one line for each brick and each volume. Foreign lines stay as they are. Pure.

use std::collections::BTreeSet;

use super::adoption::is_adopted;
use super::mounts::FUSE;
use super::outdated;
use super::ownership::Refused;
use super::steps::{Draft, Planner};
use crate::desired::{self, BrickFileSystem, DesiredHost, FstabEntry};
use crate::facts::{self, Facts, FstabLine, HostFacts};
use crate::inventory::ClusterName;
use crate::scripts::{self, lines};

/// The table of a host's mounts.
fn path(observed: &HostFacts) -> &'static str {
    match observed.supervised.is_some() {
        true => facts::FSTAB_OF_NODE,
        false => "/etc/fstab",
    }
}

/// How the lines of /etc/fstab for one mount point differ from the line that has to be there.
pub struct Difference<'f> {
    /// The line that has to be there.
    pub entry: FstabEntry,
    /// The other lines for the same mount point.
    pub others: Vec<&'f FstabLine>,
    /// The line is in the file.
    is_there: bool,
}

impl<'f> Difference<'f> {
    fn of(entry: FstabEntry, observed: &'f HostFacts) -> Option<Self> {
        let at_target = observed.fstab.iter().filter(|line| line.target == entry.target);
        let (same, others): (Vec<_>, Vec<_>) = at_target.partition(|line| line.text == entry.text);
        let is_there = !same.is_empty();
        (!is_there || !others.is_empty()).then_some(Difference {
            entry,
            others,
            is_there,
        })
    }

    /// The line that mounts something else at the mount point; all other lines are older forms of the right line, which
    /// may be replaced.
    fn contradiction(&self, observed: &HostFacts) -> Option<&'f FstabLine> {
        let mut others = self.others.iter().copied();
        others.find(|line| !(is_older_form(line, &self.entry, observed) && can_be_named(line)))
    }
}

/// Whether a line mounts the same as the entry: the brick's file system, by its UUID or by a device that holds the file
/// system now; or the volume.
fn is_older_form(line: &FstabLine, entry: &FstabEntry, observed: &HostFacts) -> bool {
    let Some(uuid) = entry.source.strip_prefix("UUID=") else {
        return match entry.source.starts_with('/') {
            true => is_thin_volume(line, entry, observed),
            false => line.kind == "glusterfs" && line.source.ends_with(&entry.source),
        };
    };
    let number = observed.fstab_devices.get(&line.source);
    let devices = observed.xfs.get(uuid).map_or(&[][..], Vec::as_slice);
    let holds = number.is_some_and(|number| devices.iter().any(|device| device.number == *number));
    holds || line.source.replace('"', "").eq_ignore_ascii_case(&entry.source)
}

/// Whether a line mounts the same thin volume as the entry: by one of the volume's paths, or by the UUID on the volume.
fn is_thin_volume(line: &FstabLine, entry: &FstabEntry, observed: &HostFacts) -> bool {
    let mut devices = observed.devices.iter();
    let Some((_, volume)) = devices.find(|(path, _)| path.as_str() == entry.source) else {
        return false;
    };
    let uuid = line.source.replace('"', "").to_ascii_lowercase();
    let of_uuid = uuid.strip_prefix("uuid=").and_then(|uuid| observed.xfs.get(uuid));
    let by_uuid = of_uuid.is_some_and(|devices| devices.iter().any(|device| device.number == volume.number));
    let by_path = line.source == entry.source || observed.fstab_devices.get(&line.source) == Some(&volume.number);
    by_path || (by_uuid && !volume.number.is_empty())
}

/// Whether a command can name the line: no command holds NUL, and bytes that are not UTF-8 were lost when fstab was
/// read.
pub fn can_be_named(line: &FstabLine) -> bool {
    !line.text.contains(['\0', char::REPLACEMENT_CHARACTER])
}

/// How /etc/fstab differs from the lines that bricks and volumes need; refused bricks need none.
pub fn differences<'f>(
    facts: &Facts,
    host: &DesiredHost,
    observed: &'f HostFacts,
    refused: &Refused,
) -> Vec<Difference<'f>> {
    let entries = entries(facts, host, observed, refused);
    entries.filter_map(|entry| Difference::of(entry, observed)).collect()
}

/// The lines that have to be in /etc/fstab for bricks that are not refused and for volumes.
fn entries<'a>(
    facts: &'a Facts,
    host: &'a DesiredHost,
    observed: &'a HostFacts,
    refused: &'a Refused,
) -> impl Iterator<Item = FstabEntry> + use<'a> {
    let bricks = host.bricks.iter();
    let bricks = bricks.filter(|brick| !refused.contains(&brick.device.name) && !brick.is_directory());
    let mut existing: BTreeSet<&str> = BTreeSet::new();
    let bricks = bricks.filter_map(move |brick| match brick.is_existing() {
        // Several bricks may be on one file system.
        true if brick.is_on_root() || !existing.insert(&brick.mount) => None,
        true => Some(of_existing(host.cluster, observed, brick)),
        false if is_adopted(facts, host, brick) => adopted(host.cluster, observed, brick),
        false => Some(FstabEntry::of_brick(host.cluster, &brick.source(), &brick.mount)),
    });
    let volumes = host.fstab.iter().filter(|entry| entry.source.starts_with(':'));
    bricks.chain(volumes.cloned())
}

/// The line for a brick that the inventory says somebody else made.
fn of_existing(cluster: &ClusterName, observed: &HostFacts, brick: &BrickFileSystem) -> FstabEntry {
    let mut lines = observed.fstab.iter().filter(|line| line.target == brick.mount);
    let (kind, options) = match (lines.next(), observed.mounted_at(&brick.mount)) {
        (Some(line), _) => (line.kind.as_str(), line.options.as_str()),
        (None, Some(mounted)) => (mounted.kind.as_str(), "defaults"),
        (None, None) => ("auto", "defaults"),
    };
    FstabEntry::of_existing(cluster, &brick.uuid, &brick.mount, kind, options)
}

/// The line for a brick that somebody else made and mounted by hand, if fstab has no line for the brick: a line of
/// somebody else stays as the line is.
fn adopted(cluster: &ClusterName, observed: &HostFacts, brick: &BrickFileSystem) -> Option<FstabEntry> {
    if observed.fstab.iter().any(|line| line.target == brick.mount) {
        return None;
    }
    let number = &observed.mounted_at(&brick.mount)?.number;
    let mut file_systems = observed.xfs.iter();
    let (uuid, _) = file_systems.find(|(_, devices)| devices.iter().any(|device| device.number == *number))?;
    Some(FstabEntry::of_brick(cluster, &format!("UUID={uuid}"), &brick.mount))
}

/// The line that mounts something else where a brick or a volume belongs.
pub fn contradiction<'f>(
    facts: &Facts,
    host: &DesiredHost,
    observed: &'f HostFacts,
    target: &str,
) -> Option<&'f FstabLine> {
    let none = Refused::new();
    let entry = entries(facts, host, observed, &none).find(|entry| entry.target == target)?;
    Difference::of(entry, observed)?.contradiction(observed)
}

/// The options of a volume's line that the operator chose: all but the options that glusterctl writes into every line.
#[must_use]
pub fn chosen(options: &str) -> BTreeSet<&str> {
    let is_chosen = |option: &&str| {
        let prefixes = ["x-", "backup-volfile-servers="];
        !matches!(*option, "defaults" | "_netdev" | "noauto" | desired::IPV6)
            && !prefixes.iter().any(|prefix| option.starts_with(prefix))
    };
    options.split(',').filter(is_chosen).collect()
}

/// Unmounts a mounted volume whose options change, if nothing uses the mount: a mount keeps the options that it was
/// mounted with. The line is written after that, and the volume is mounted again once the mount is observed to be gone.
fn unmount(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, difference: &Difference) {
    let target = &difference.entry.target;
    let mounted = observed.mounted_at(target).filter(|mounted| mounted.kind == FUSE);
    let wanted = facts::fstab(&difference.entry.text);
    let (Some(_), Some(wanted)) = (mounted, wanted.first()) else {
        return;
    };
    let wanted = chosen(&wanted.options);
    if difference.others.iter().all(|line| chosen(&line.options) == wanted) {
        return;
    }
    let title = format!("unmount {target}");
    let reason = "the mount options change, and a mount keeps the options that it was mounted with";
    planner.prepare(host.host, Draft::new(title, reason, outdated::unmount(target).end()));
}

pub fn plan(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, refused: &Refused) {
    let (mut add, mut drop) = (Vec::new(), Vec::new());
    for difference in differences(planner.facts, host, observed, refused) {
        if let Some(foreign) = difference.contradiction(observed) {
            let (target, text) = (&difference.entry.target, foreign.text.trim());
            let what = format!("{} mounts something else at {target}: {text}", path(observed));
            let remedy = "choose another mount point in the inventory; or find out what the line mounts, and remove the \
                          line only if nothing needs it";
            planner.problem(host.host, what, remedy);
            continue;
        }
        unmount(planner, host, observed, &difference);
        drop.extend(difference.others.iter().map(|line| line.text.as_str()));
        if !difference.is_there {
            add.push(difference.entry);
        }
    }
    if add.is_empty() && drop.is_empty() {
        return;
    }
    let targets: Vec<&str> = add.iter().map(|entry| entry.target.as_str()).collect();
    let title = match targets.is_empty() {
        true => format!("remove outdated lines from {}", path(observed)),
        false => format!("write {} to {}", targets.join(", "), path(observed)),
    };
    let reason = if drop.is_empty() {
        "the line is missing"
    } else {
        "there is another line for the mount point"
    };
    planner.prepare(host.host, Draft::new(title, reason, command(&add, &drop)));
}

fn command(add: &[FstabEntry], drop: &[&str]) -> String {
    scripts::FSTAB.with(&[
        ("points", &lines(add.iter().map(|entry| &entry.target))),
        ("drop", &lines(drop)),
        ("add", &lines(add.iter().map(|entry| &entry.text))),
    ])
}
