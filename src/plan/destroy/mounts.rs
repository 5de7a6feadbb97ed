//! The mounts of volumes and of bricks, with their lines in /etc/fstab, their services and their mount points. Pure.

use std::collections::BTreeMap;

use super::Destroy;
use crate::desired::{DesiredHost, units};
use crate::facts::{FstabLine, HostFacts};
use crate::inventory::MountPath;
use crate::plan::fstab::can_be_named;
use crate::plan::mounts::FUSE;
use crate::plan::outdated::{is_ours, volume_of};
use crate::plan::steps::{Draft, Planner};
use crate::scripts::{self, Text, lines};
use crate::shell;

/// What goes at a mount point: the lines that glusterctl wrote, and what is mounted there.
#[derive(Default)]
struct Mount<'f> {
    lines: Vec<&'f FstabLine>,
    is_mounted: bool,
}

type Mounts<'f> = BTreeMap<&'f str, Mount<'f>>;

/// Unmounts the volumes that go, on every host, if no program uses any of these mounts on any host; returns the last steps.
pub fn volumes(planner: &mut Planner, destroy: &Destroy) -> Vec<usize> {
    let (desired, facts) = (planner.desired, planner.facts);
    let hosts = desired.hosts.iter();
    let hosts = hosts.filter_map(|host| Some((host, facts.of(host.name())?)));
    let found: Vec<_> = hosts
        .map(|(host, observed)| (host, observed, of_volumes(planner, host, observed, destroy)))
        .collect();
    let mut idle = Vec::new();
    for (host, _, mounts) in &found {
        for path in mounts
            .iter()
            .filter(|(_, mount)| mount.is_mounted)
            .map(|(path, _)| path)
        {
            let command = scripts::IDLE.with(&[("path", path)]);
            let draft = Draft::new(format!("check that no program uses {path}"), "the volume goes", command);
            idle.push(planner.aside(host.host, draft, Vec::new()));
        }
    }
    let mut last = Vec::new();
    for (host, observed, mounts) in found {
        for (path, mount) in mounts {
            let before = Text::default().then(&[&scripts::UNMOUNT], &[]);
            let before = before.command(&format!("unmount_idle {}", shell::quote(path)));
            let service = MountPath::parse(path).ok().map(|path| units::mount_service(&path));
            let service = service.filter(|_| has_mount_unit(observed));
            let draft = removal(path, &mount, before, service);
            last.push(planner.push(host.host, draft, idle.clone()));
        }
    }
    last
}

fn has_mount_unit(observed: &HostFacts) -> bool {
    let text = observed.unit_files.get(units::MOUNT_UNIT);
    text.is_some_and(|text| !text.is_empty())
}

/// The mounts of the volumes that go.
fn of_volumes<'f>(planner: &Planner, host: &'f DesiredHost, observed: &'f HostFacts, destroy: &Destroy) -> Mounts<'f> {
    let mut mounts = Mounts::new();
    for line in our_lines(planner, observed) {
        if volume_of(line).is_some_and(|volume| destroy.includes(volume)) {
            mounts.entry(&line.target).or_default().lines.push(line);
        }
    }
    for volume in host
        .mounts
        .iter()
        .filter(|volume| destroy.includes(volume.name.as_str()))
    {
        mounts.entry(volume.mount.path.as_str()).or_default();
    }
    for (path, mount) in &mut mounts {
        mount.is_mounted = observed.mounted_at(path).is_some_and(|mounted| mounted.kind == FUSE);
    }
    mounts.retain(|_, mount| mount.is_mounted || !mount.lines.is_empty());
    mounts
}

fn our_lines<'f>(planner: &Planner, observed: &'f HostFacts) -> impl Iterator<Item = &'f FstabLine> {
    let inventory = planner.desired.inventory;
    let lines = observed.fstab.iter();
    lines.filter(|line| is_ours(inventory, line) && can_be_named(line))
}

/// Unmounts the file systems of bricks after the steps `needs`: the volumes are deleted by then.
pub fn bricks(planner: &mut Planner, needs: &[usize]) {
    let (desired, facts) = (planner.desired, planner.facts);
    for host in desired.servers() {
        let Some(observed) = facts.of(host.name()) else {
            continue;
        };
        for (path, mount) in of_bricks(planner, host, observed) {
            let before = Text::default().then(&[&scripts::BRICK_UNMOUNT], &[("target", path)]);
            let draft = removal(path, &mount, before, None);
            planner.push(host.host, draft, needs.to_vec());
        }
    }
}

fn of_bricks<'f>(planner: &Planner, host: &'f DesiredHost, observed: &'f HostFacts) -> Mounts<'f> {
    let mut mounts = Mounts::new();
    for line in our_lines(planner, observed).filter(|line| volume_of(line).is_none()) {
        mounts.entry(&line.target).or_default().lines.push(line);
    }
    for brick in &host.bricks {
        let mounted = observed.mounted_at(&brick.mount);
        let mut ours = observed.brick_devices(&brick.uuid, &brick.mount).iter();
        if ours.any(|device| mounted.is_some_and(|mounted| mounted.number == device.number)) {
            mounts.entry(&brick.mount).or_default().is_mounted = true;
        }
    }
    mounts
}

/// Unmounts by `before`, disables the service, and takes the lines out of the file. The lines go last, so that an interrupted
/// removal begins again.
fn removal(path: &str, mount: &Mount, before: Text, service: Option<String>) -> Draft {
    let target = shell::quote(path);
    let mut text = before;
    if let Some(service) = service {
        text = text.command(&format!("systemctl -q disable --now {}", shell::quote(&service)));
    }
    // The bare mount point was immutable.
    text = text.command(&format!("chattr -i {target} 2>/dev/null || :"));
    let (title, reason) = match mount.lines.is_empty() {
        true => (format!("unmount {path}"), "glusterctl mounted it"),
        false => {
            let drop = lines(mount.lines.iter().map(|line| &line.text));
            text = text.then(&[&scripts::FSTAB_DROP], &[("drop", &drop)]);
            text = text.command(&format!("if noted directory {target}; then rmdir {target}; fi"));
            (
                format!("unmount {path} and take it out of /etc/fstab"),
                "glusterctl wrote the line",
            )
        }
    };
    Draft::new(title, reason, text.end())
}
