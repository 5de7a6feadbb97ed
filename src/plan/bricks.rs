//! Bricks: an XFS file system of their own on each device, mounted, with a directory for each volume. Pure.

use super::adoption::is_adopted;
use super::claims;
use super::danger::Danger;
use super::format;
use super::fstab;
use super::leaving;
use super::listed;
use super::ownership::{self, Formattable, Ownership, Refused};
use super::shared_disk::SharedDisks;
use super::steps::{Draft, FORMAT, Planner};
use super::thin_brick;
use super::wipe;
use crate::desired::{BrickFileSystem, DesiredHost, units};
use crate::facts::{Device, DeviceKind, HostFacts, Mounted, XfsDevice};
use crate::inventory::{BrickDevice, DevicePath, VolumeName};
use crate::scripts::{self, lines};

/// Formats the devices that are blank, and the devices whose content may be erased; refuses devices that are neither
/// blank nor ours.
pub fn format<'d>(
    planner: &mut Planner<'d>,
    host: &'d DesiredHost,
    observed: &HostFacts,
    disks: &SharedDisks,
) -> Refused<'d> {
    let mut refused = Refused::new();
    for brick in &host.bricks {
        let BrickDevice { name, path, .. } = brick.device;
        // No brick is ever made on a device that leaves, and a device that holds no brick any more is not looked after.
        let leaves = brick.device.leaving && !brick.is_existing();
        let is_ours = || observed.xfs.contains_key(&brick.uuid) || is_adopted(planner.facts, host, brick);
        if leaves && (!is_ours() || leaving::is_spent(planner.desired, planner.facts, host, brick)) {
            refused.insert(name);
            continue;
        }
        if brick.is_existing() {
            if !exists(planner, host, observed, brick) {
                refused.insert(name);
            }
            continue;
        }
        if brick.is_directory() {
            if !claims::plan(planner, host, observed, brick) {
                refused.insert(name);
            }
            continue;
        }
        if is_adopted(planner.facts, host, brick) {
            continue;
        }
        let Some(device) = observed.devices.get(path) else {
            continue;
        };
        if let Some(twin) = twin(host, observed, path, device) {
            let what = format!("{twin} and {path} are the same device");
            planner.problem(host.host, what, "keep one of the paths in the inventory");
            refused.insert(name);
            continue;
        }
        if let Some(thin) = &brick.thin {
            if !thin_brick::plan(planner, host, observed, brick, thin, device, disks) {
                refused.insert(name);
            }
            continue;
        }
        // Device names move; a file system of ours is recognised wherever it is on the host.
        let there_will_be_one = match observed.brick_devices(&brick.uuid, &brick.mount) {
            [] => on_its_device(planner, host, observed, brick, device, disks),
            [xfs] if xfs.is_snapshot && observed.mounted_at(&brick.mount).is_none() => {
                without_origin(planner, host, brick, xfs);
                false
            }
            [xfs] if xfs.number == device.number => on_its_device(planner, host, observed, brick, device, disks),
            [xfs] => moved(planner, host, brick, device, xfs),
            several => {
                copied(planner, host, brick, several);
                false
            }
        };
        if !there_will_be_one {
            refused.insert(name);
        }
    }
    refused
}

/// Whether the file system of a brick that somebody else made is there, on one device.
fn exists(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, brick: &BrickFileSystem) -> bool {
    match observed.brick_devices(&brick.uuid, &brick.mount) {
        _ if brick.is_on_root() => true,
        [xfs] if xfs.is_snapshot && observed.mounted_at(&brick.mount).is_none() => {
            without_origin(planner, host, brick, xfs);
            false
        }
        [_] => true,
        [] => {
            let dirs: Vec<&str> = brick.dirs().collect();
            let what = format!(
                "no device holds the file system {} of the brick {}",
                brick.uuid,
                dirs.join(", ")
            );
            let remedy =
                "bring the disk back; or correct `uuid` in the inventory (blkid shows the UUIDs of all file systems)";
            planner.problem(host.host, what, remedy);
            false
        }
        several => {
            copied(planner, host, brick, several);
            false
        }
    }
}

fn without_origin(planner: &mut Planner, host: &DesiredHost, brick: &BrickFileSystem, snapshot: &XfsDevice) {
    let what = format!(
        "{} is only a snapshot of the brick of {}, and the brick is not there",
        snapshot.path, brick.device.path
    );
    planner.problem(host.host, what, ORIGIN);
}

fn copied(planner: &mut Planner, host: &DesiredHost, brick: &BrickFileSystem, devices: &[XfsDevice]) {
    let paths: Vec<&str> = devices.iter().map(|device| device.path.as_str()).collect();
    let what = format!(
        "{} all hold the file system of {} (UUID {})",
        paths.join(" and "),
        brick.device.path,
        brick.uuid
    );
    let remedy = "leave all of them as they are, and compare the serial numbers (lsblk -o NAME,SIZE,SERIAL,WWN): with one \
                  serial number they are paths to one disk, which needs multipath; otherwise only one is the brick. Of \
                  logical volumes, lvs -a -o vg_name,lv_name,lv_time,origin says which is a snapshot and what was made \
                  first. Once it is certain which one is the brick, deactivate the others (lvchange -an VG/LV) or \
                  detach them; nothing has to be written to any of them";
    planner.problem(host.host, what, remedy);
}

/// Another of the inventory's paths before this one that stands for the same device.
fn twin<'d>(host: &'d DesiredHost, observed: &HostFacts, path: &DevicePath, device: &Device) -> Option<&'d DevicePath> {
    let paths = host.bricks.iter().map(|brick| &brick.device.path);
    let mut before = paths.take_while(|other| *other != path);
    before.find(|other| {
        let other = observed.devices.get(other);
        device.kind == DeviceKind::Block && other.is_some_and(|other| other.number == device.number)
    })
}

/// The brick's file system, or what carries the file system, is or will be on the device that the inventory names; false if
/// the device is refused.
pub(super) fn on_its_device(
    planner: &mut Planner,
    host: &DesiredHost,
    observed: &HostFacts,
    brick: &BrickFileSystem,
    device: &Device,
    disks: &SharedDisks,
) -> bool {
    let BrickFileSystem {
        uuid, device: wanted, ..
    } = brick;
    let path = &wanted.path;
    let mib = device.bytes / 1024 / 1024;
    let draft = |(title, reason), formattable| formatting(brick, title, reason, formattable);
    // Below a thin volume, the device holds no file system.
    let ours = Some(uuid.as_str()).filter(|_| brick.thin.is_none());
    let ownership = ownership::decide(&observed.mounted, device, ours);
    let shared = disks.twin(host.name(), path, device);
    if let Some(what) = shared.filter(|_| ownership != Ownership::Ours) {
        planner.problem(host.host, what, SHARED);
        return false;
    }
    let draft = match ownership {
        Ownership::Ours => return true,
        Ownership::Blank(formattable) => draft((title(brick), format!("{path} is blank ({mib} MiB)")), formattable),
        Ownership::Unfinished(formattable) => draft(
            (
                title(brick),
                format!("mkfs.xfs of this very brick (UUID {uuid}) was interrupted on {path}"),
            ),
            formattable,
        ),
        Ownership::Theirs(reasons) => {
            let foreign = device.xfs().filter(|found| *found != uuid);
            if let Some((other, of)) = foreign.and_then(|found| planner.desired.brick_of(found)) {
                let what = format!("{path} holds the brick of {} on {other}", of.device.path);
                planner.problem(host.host, what, SWAPPED);
                return false;
            }
            let formattable = wipe::formattable(planner, host, observed, wanted, device, &reasons);
            let (Some(formattable), Some(consent)) = (formattable, &wanted.wipe) else {
                return false;
            };
            let goes: Vec<String> = reasons.iter().map(ToString::to_string).collect();
            let title = match brick.thin {
                Some(_) => format!("wipe {path}, make a thin volume on it and format that with XFS"),
                None => format!("wipe {path} and format it with XFS"),
            };
            let reason = format!(
                "the inventory says that {consent} may go from {path}, so apply erases what the device holds: {} ({mib} MiB)",
                goes.join("; ")
            );
            draft((title, reason), formattable)
        }
    };
    // The device may be a mistake for the one that the volume has.
    let volumes = planner.desired.inventory.volumes.iter();
    let mut volumes = volumes.filter(|volume| brick.dir(&volume.name).is_some());
    if let Some((volume, stranger)) = volumes.find_map(|volume| listed::stranger(planner, volume)) {
        let until = format!("the inventory has the brick {stranger} of volume {volume}");
        planner.wait_on(host.host, format!("{} on {}", draft.title, host.name()), until);
        return false;
    }
    planner.prepare(host.host, draft);
    true
}

fn title(brick: &BrickFileSystem) -> String {
    let path = &brick.device.path;
    match brick.thin {
        Some(_) => format!("make a thin volume on {path} and format it with XFS"),
        None => format!("format {path} with XFS"),
    }
}

/// The step that makes the brick's file system, and what carries the file system, on the device.
fn formatting(brick: &BrickFileSystem, title: String, reason: String, formattable: Formattable) -> Draft {
    let path = &brick.device.path;
    let script = match &brick.thin {
        Some(thin) => format::thin_script(brick, thin, &formattable),
        None => format::script(path, brick, &formattable),
    };
    let danger = Danger::Formats { device: path.clone() };
    Draft::new(title, reason, script).limit(FORMAT).danger(danger)
}

const ORIGIN: &str = "activate the logical volume that the snapshot was taken of: lvs -a -o vg_name,lv_name,origin, then \
                      lvchange -ay VG/LV; the snapshot can be deactivated (lvchange -an VG/LV)";
const AMBIGUOUS: &str = "deactivate the snapshot (lvchange -an VG/LV), and run the same command again: a mount by the UUID \
                         may take either";
const INSTEAD: &str = "leave both as they are until it is certain since when the snapshot is mounted there: what was written \
                       since then is in the snapshot alone";
const LISTED: &str = "leave the file system mounted, and give the brick of the inventory another name: name: …";
const KEEP: &str = "leave the file system mounted until it is certain what it is for, and who uses it: findmnt, gluster volume \
                    info, fuser -vm";
const SWAPPED: &str = "put the disks back into their own hosts; nothing is done to this disk";
const SHARED: &str = "leave the disk as it is, and name a disk of its own for each brick: a disk that two hosts reach holds \
                      the brick of one of them, and several paths to one disk are named once, as their multipath device";

/// The names of devices moved: the brick is mounted by its UUID, wherever the brick is. The device that has the old
/// name now is left alone, and unless that device is another brick of this host, a person should know. False if no
/// brick can be mounted.
fn moved(planner: &mut Planner, host: &DesiredHost, brick: &BrickFileSystem, device: &Device, xfs: &XfsDevice) -> bool {
    let (path, now) = (&brick.device.path, &xfs.path);
    if xfs.unfinished {
        let what = format!("mkfs.xfs of {path} was interrupted, and the disk is called {now} now");
        let remedy = format!(
            "give the disk its old name again, or write its present name into the inventory: {{path: {now}, name: {}}}",
            brick.device.name
        );
        planner.problem(host.host, what, remedy);
        return false;
    }
    let another = match (
        device.kind,
        device.xfs().and_then(|uuid| planner.desired.brick_of(uuid)),
    ) {
        (DeviceKind::Missing, _) => return true,
        (_, Some((other, _))) if other == host.name() => return true,
        (_, Some((other, of))) => format!("the brick of {} on {other}", of.device.path),
        (_, None) => "another disk".to_owned(),
    };
    planner.problem(
        host.host,
        format!("the brick of {path} is {now} now, and {path} is {another}: the names of devices moved"),
        "the brick is mounted by its UUID all the same, and the other disk is left alone; to end this, name the disks by \
         paths that do not move, below /dev/disk/by-id, or detach the other disk",
    );
    true
}

/// What is wrong with the file system that is mounted where a brick belongs and is not the brick, and the remedy.
fn instead(
    planner: &Planner,
    host: &DesiredHost,
    observed: &HostFacts,
    brick: &BrickFileSystem,
    mounted: &Mounted,
    snapshots: &[XfsDevice],
) -> (String, String) {
    let (path, target, source) = (&brick.device.path, &brick.mount, &mounted.source);
    if snapshots.iter().any(|snapshot| snapshot.number == mounted.number) {
        let what =
            format!("{source}, a snapshot of the brick of {path}, is mounted at {target}, where the brick belongs");
        return (what, INSTEAD.to_owned());
    }
    let what = format!("{source} is mounted at {target}, where the brick of {path} belongs");
    match listed::below(planner.facts, host, observed, target) {
        Some(brick) => (format!("{what}; it holds {brick}"), LISTED.to_owned()),
        None => (what, format!("{KEEP} {target}")),
    }
}

/// Mounts each brick's file system, and makes the directories of volumes that do not exist yet.
pub fn mount(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, refused: &Refused) {
    let new = host.volumes.iter().filter(|volume| !volume.leaving);
    let new = new.map(|volume| &volume.name);
    // Of volumes that any server knows already, brick directories are Gluster's, and never made anew.
    let new: Vec<&VolumeName> = new
        .filter(|name| planner.facts.cluster.volume(name.as_str()).is_none())
        .collect();
    let wanted = |brick: &&BrickFileSystem| !refused.contains(&brick.device.name) && !brick.is_on_root();
    for brick in host.bricks.iter().filter(wanted) {
        let (path, target) = (&brick.device.path, &brick.mount);
        let ours = observed.brick_devices(&brick.uuid, target).first();
        let snapshots = ours.map_or(&[][..], |device| &device.snapshots);
        let adopted = is_adopted(planner.facts, host, brick);
        let mounted = observed.mounted_at(target);
        match mounted {
            // The file system is marked already, or by the step before.
            Some(_) if brick.is_directory() => {}
            Some(mounted) if adopted || ours.is_some_and(|device| device.number == mounted.number) => {}
            Some(mounted) => {
                let (what, remedy) = instead(planner, host, observed, brick, mounted, snapshots);
                planner.problem(host.host, what, remedy);
                continue;
            }
            None if fstab::contradiction(planner.facts, host, observed, target).is_some() => continue,
            // A brick on a thin volume is mounted by the volume's path.
            None if !snapshots.is_empty() && brick.thin.is_none() => {
                let snapshots: Vec<&str> = snapshots.iter().map(|snapshot| snapshot.path.as_str()).collect();
                let what = format!(
                    "the brick of {path} is not mounted, and its snapshot {} has the same UUID",
                    snapshots.join(" and ")
                );
                planner.problem(host.host, what, AMBIGUOUS);
                continue;
            }
            None => {
                let command = scripts::MOUNT_BRICK.with(&[("unit", &units::mount_unit(target)), ("target", target)]);
                planner.prepare(
                    host.host,
                    Draft::new(
                        format!("mount {path} at {target}"),
                        "the brick's file system is not mounted",
                        command,
                    ),
                );
            }
        }
        let missing: Vec<&str> = new
            .iter()
            .filter(|_| !brick.is_existing() && !brick.device.leaving)
            .filter_map(|name| brick.dir(name))
            // What is seen below an unmounted mount point is not the brick.
            .filter(|dir| mounted.is_none() || !observed.bricks.get(*dir).is_some_and(|brick| brick.exists))
            .collect();
        if !missing.is_empty() {
            let command = scripts::BRICK_DIRECTORIES.with(&[
                ("target", target),
                ("uuid", if adopted { "-" } else { brick.identity() }),
                ("directories", &lines(&missing)),
            ]);
            let title = format!("make the brick directory {}", missing.join(", "));
            planner.prepare(host.host, Draft::new(title, "the directory is missing", command));
        }
    }
}
