//! Checks of disks and of the file systems of bricks.

use super::{Check, Examined, Family, Find, Severity, check, on_host, on_volume};
use crate::desired::{BrickFileSystem, DesiredHost};
use crate::facts::{Device, DeviceKind, HostFacts};
use crate::health::{Found, Kind};

pub(super) const FAMILY: Family = Family {
    title: "Disks",
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check(
        "GC501",
        Severity::Error,
        Find::Status(Kind::BrickLost),
        "The file system of a brick is on no device: the disk is gone, or holds something else.",
        "glusterctl discover HOST shows its disks; once a blank one is in the place: glusterctl replace HOST:BRICK",
    ),
    check(
        "GC502",
        Severity::Error,
        Find::Status(Kind::BrickForeign),
        "The directory of a brick belongs to no volume, or to another volume.",
        "glusterctl replace HOST:BRICK, if the disk is new; getfattr -n trusted.glusterfs.volume-id -e hex DIRECTORY (on HOST)",
    ),
    check(
        "GC503",
        Severity::Warning,
        Find::Status(Kind::Doubled),
        "Another device has the UUID of a brick, and the next boot may mount it instead.",
        "lsblk -o NAME,SIZE,SERIAL,UUID (on the host), then detach the copy",
    ),
    check(
        "GC504",
        Severity::Warning,
        Find::Facts(on_root),
        "A brick is on the root file system: once the volume is full, the host has no space left either.",
        "gluster volume replace-brick VOLUME OLD NEW commit force (to a disk of its own)",
    ),
    check(
        "GC505",
        Severity::Error,
        Find::Facts(read_only),
        "The device of a brick cannot be written.",
        "dmesg (on HOST) shows why; blockdev --setrw DEVICE if it was set by hand",
    ),
    check(
        "GC506",
        Severity::Warning,
        Find::Facts(one_path),
        "The device of a brick is one path to a disk that multipath manages: when this path fails, the brick fails.",
        "multipath -ll (on HOST), then write the path below /dev/mapper in the inventory",
    ),
    check(
        "GC507",
        Severity::Note,
        Find::Facts(snapshots),
        "A snapshot of a brick is active and has the brick's UUID.",
        "lvchange -an VG/LV (on HOST)",
    ),
    check(
        "GC508",
        Severity::Warning,
        Find::Facts(sizes),
        "The bricks of a set have different sizes: the smallest is full first, and then the set is full.",
        "glusterctl status",
    ),
    check(
        "GC509",
        Severity::Warning,
        Find::Facts(removable),
        "The device of a brick is removable.",
        "lsblk -o NAME,RM,TRAN (on HOST)",
    ),
];

/// The bricks of all hosts that were observed.
fn bricks<'e>(
    examined: &Examined<'e>,
) -> impl Iterator<Item = (&'e DesiredHost<'e>, &'e HostFacts, &'e BrickFileSystem<'e>)> {
    let hosts = examined.observed();
    hosts.flat_map(|(host, observed)| host.bricks.iter().map(move |brick| (host, observed, brick)))
}

fn on_root(examined: &Examined) -> Vec<Found> {
    let bricks = bricks(examined).filter(|(_, _, brick)| brick.is_on_root());
    let found = bricks.map(|(host, _, brick)| {
        let dirs: Vec<&str> = brick.dirs().collect();
        on_host(host.name(), format!("on the root file system: {}", dirs.join(", ")))
    });
    found.collect()
}

fn read_only(examined: &Examined) -> Vec<Found> {
    devices_that(examined, "is read-only", |device| device.read_only)
}

fn removable(examined: &Examined) -> Vec<Found> {
    devices_that(examined, "is removable", |device| device.removable)
}

/// What is said of the bricks' devices for which `is_found` is true. What is not there, or is no block device, is told by
/// other checks.
fn devices_that(examined: &Examined, what: &str, is_found: impl Fn(&Device) -> bool) -> Vec<Found> {
    let bricks = bricks(examined).filter(|(_, observed, brick)| {
        let device = observed.devices.get(&brick.device.path);
        device.is_some_and(|device| device.kind == DeviceKind::Block && is_found(device))
    });
    let found = bricks.map(|(host, _, brick)| on_host(host.name(), format!("{} {what}", brick.device.path)));
    found.collect()
}

fn one_path(examined: &Examined) -> Vec<Found> {
    let found = bricks(examined).filter_map(|(host, observed, brick)| {
        let path = &brick.device.path;
        let holders = &observed.devices.get(path)?.holders;
        let holder = holders.iter().find(|holder| holder.mapper.starts_with("mpath-"))?;
        let what = format!("{path} is one path to the disk {} of multipath", holder.name);
        Some(on_host(host.name(), what))
    });
    found.collect()
}

fn snapshots(examined: &Examined) -> Vec<Found> {
    let found = bricks(examined).filter_map(|(host, observed, brick)| {
        let devices = observed.xfs.get(&brick.uuid)?.iter();
        let active = devices
            .flat_map(|device| &device.snapshots)
            .map(|snapshot| snapshot.path.as_str());
        let active: Vec<&str> = active.collect();
        let what = format!(
            "snapshots of the brick of {} are active: {}",
            brick.device.path,
            active.join(", ")
        );
        (!active.is_empty()).then(|| on_host(host.name(), what))
    });
    found.collect()
}

/// Sets whose data bricks differ by more than a tenth of the largest.
fn sizes(examined: &Examined) -> Vec<Found> {
    let size = |host: &str, dir: &str| {
        let host = examined.desired.host_called(host)?;
        let brick = host
            .bricks
            .iter()
            .find(|brick| brick.dirs().any(|other| other == dir))?;
        let observed = examined.facts.of(host.name())?;
        observed.mounted_at(&brick.mount)?;
        Some(examined.looks.vitals.get(host.name())?.spaces.get(&brick.mount)?.bytes)
    };
    let mut found = Vec::new();
    for (name, info) in examined.volumes() {
        for (at, set) in info.sets().iter().enumerate() {
            let data = set.len().saturating_sub(info.volume_type.arbiters());
            let sizes = set[..data].iter().filter_map(|brick| size(&brick.host, &brick.dir));
            let sizes: Vec<u64> = sizes.collect();
            let (Some(least), Some(most)) = (sizes.iter().min(), sizes.iter().max()) else {
                continue;
            };
            if u128::from(*least) * 10 < u128::from(*most) * 9 {
                let [least, most] = [least, most].map(|bytes| crate::health::size(*bytes));
                found.push(on_volume(
                    name,
                    format!("the bricks of set {} have from {least} to {most}", at + 1),
                ));
            }
        }
    }
    found
}
