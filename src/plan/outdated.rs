//! What glusterctl wrote earlier and the inventory does not want any more: lines of /etc/fstab, with their mounts and
//! services. A mount goes only while nothing uses the mount; data stays where they are. Pure.

use super::departure;
use super::fstab;
use super::leaving;
use super::listed;
use super::steps::{Draft, Planner};
use crate::desired::{BrickFileSystem, Desired, DesiredHost, FSTAB_MARK, units};
use crate::facts::{Facts, FstabLine, HostFacts};
use crate::inventory::{HostName, Inventory, MountPath};
use crate::scripts::{self, Text};
use crate::shell;

/// Takes all lines that glusterctl wrote out of /etc/fstab, because the host leaves. On a supervised host the file systems of
/// bricks stay mounted until the process ends, because glusterd's state may be on one of them.
pub fn all(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts) {
    let is_to_go = |line: &&FstabLine| observed.supervised.is_none() || volume_of(line).is_some();
    let ours = observed
        .fstab
        .iter()
        .filter(|line| is_ours(planner.desired.inventory, line) && fstab::can_be_named(line))
        .filter(is_to_go);
    let removals: Vec<Draft> = ours.map(removal).collect();
    for draft in removals {
        planner.prepare(host.host, draft);
    }
}

const REASON: &str = "the inventory does not have the mount any more";

/// Takes outdated lines out of /etc/fstab, after unmounting what the lines mounted.
pub fn plan(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts) {
    let (desired, facts) = (planner.desired, planner.facts);
    for brick in spent(desired, facts, host) {
        departure::clear(planner, host, observed, brick);
    }
    for line in lines(desired, facts, host, observed) {
        match use_of(desired, facts, host, observed, line) {
            Use::Over => {
                planner.prepare(host.host, removal(line));
            }
            Use::Needed => {}
            Use::Unknown => planner.wait_on(
                host.host,
                format!("taking {} out of /etc/fstab on {}", line.target, host.name()),
                "every server says which volumes there are",
            ),
        }
    }
}

/// The bricks of the inventory that hold nothing any more.
#[must_use]
pub fn spent<'d>(desired: &Desired, facts: &Facts, host: &'d DesiredHost<'d>) -> Vec<&'d BrickFileSystem<'d>> {
    let spent = |brick: &&BrickFileSystem| leaving::is_spent(desired, facts, host, brick);
    host.bricks.iter().filter(spent).collect()
}

/// The lines that glusterctl wrote and the inventory does not want.
fn lines<'f>(desired: &Desired, facts: &Facts, host: &DesiredHost, observed: &'f HostFacts) -> Vec<&'f FstabLine> {
    let spent = spent(desired, facts, host);
    let is_spent = |target: &str| spent.iter().any(|brick| brick.mount == target);
    let is_wanted = |target: &str| host.mount_points().any(|point| point == target) && !is_spent(target);
    let ours = observed
        .fstab
        .iter()
        .filter(|line| is_ours(desired.inventory, line) && fstab::can_be_named(line));
    ours.filter(|line| !is_wanted(&line.target)).collect()
}

/// The mount points of bricks that the inventory does not have and that a volume needs, or may need.
pub fn needed_bricks<'f>(
    desired: &Desired,
    facts: &Facts,
    host: &DesiredHost,
    observed: &'f HostFacts,
) -> impl Iterator<Item = &'f str> {
    let mut lines = lines(desired, facts, host, observed);
    lines.retain(|line| {
        let is_over = || matches!(use_of(desired, facts, host, observed, line), Use::Over);
        volume_of(line).is_none() && !is_over()
    });
    lines.into_iter().map(|line| line.target.as_str())
}

/// Whether glusterctl wrote the line for this cluster: the line has the mark, or has the options of a line without the
/// mark that an earlier glusterctl wrote for a volume of the inventory.
pub fn is_ours(inventory: &Inventory, line: &FstabLine) -> bool {
    const BEFORE_THE_MARK: &str = "defaults,_netdev,noauto,x-systemd.";
    let mark = format!("{FSTAB_MARK}{}", inventory.cluster);
    let is_wanted = |name: &str| inventory.volume(name).is_some();
    let is_older = || line.options.starts_with(BEFORE_THE_MARK) && !line.options.contains(FSTAB_MARK);
    line.options.split(',').any(|option| option == mark) || (is_older() && volume_of(line).is_some_and(is_wanted))
}

/// The volume that a line mounts, if the line mounts a volume.
pub fn volume_of(line: &FstabLine) -> Option<&str> {
    let (_, volume) = line.source.split_once(":/").filter(|_| line.kind == "glusterfs")?;
    Some(volume)
}

/// Whether what an outdated line mounts is still needed.
enum Use {
    /// Nothing needs it any more.
    Over,
    /// A volume needs it: what becomes of the volume is a problem of its own.
    Needed,
    /// Some servers do not say which volumes there are.
    Unknown,
}

fn use_of(desired: &Desired, facts: &Facts, host: &DesiredHost, observed: &HostFacts, line: &FstabLine) -> Use {
    let is_used = match volume_of(line) {
        Some(name) if desired.inventory.volume(name).is_some() => return Use::Over,
        Some(name) => facts.cluster.volume(name).is_some(),
        None => listed::below(facts, host, observed, &line.target).is_some(),
    };
    let members = desired.servers().map(DesiredHost::name);
    let mut members = members.filter(|server| !leaving::has_left(desired, facts, server));
    let answers = |server: &HostName| facts.of(server).is_some_and(|seen| seen.volumes().is_some());
    match (is_used, members.all(answers)) {
        (true, _) => Use::Needed,
        (false, true) => Use::Over,
        (false, false) => Use::Unknown,
    }
}

/// Unmounts, disables the service that mounts at boot, and takes the line out of the file. An interrupted removal begins
/// again, because the line goes last.
fn removal(line: &FstabLine) -> Draft {
    let target = shell::quote(&line.target);
    let mut text = unmount(&line.target);
    if let Some(path) = volume_of(line).and_then(|_| MountPath::parse(&line.target).ok()) {
        let service = units::mount_service(&path);
        text = text.command(&format!("systemctl -q disable --now {}", shell::quote(&service)));
    }
    text = text.then(&[&scripts::FSTAB], &[("points", ""), ("drop", &line.text), ("add", "")]);
    // The bare mount point, which was immutable.
    let text = text.command(&format!("chattr -i {target} && rmdir {target} || :"));
    let title = format!("unmount {} and take it out of /etc/fstab", line.target);
    Draft::new(title, REASON, text.end())
}

/// Unmounts a file system that nothing uses.
pub fn unmount(path: &str) -> Text {
    let text = Text::default().then(&[&scripts::UNMOUNT], &[]);
    text.command(&format!("unmount_idle {}", shell::quote(path)))
}
