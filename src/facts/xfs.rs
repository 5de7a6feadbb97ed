//! The XFS file systems of a host, and the devices that hold them. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::sections::Sections;
use super::{Device, HostFacts};
use crate::desired::DesiredHost;
use crate::inventory::DevicePath;

/// A block device that holds an XFS file system.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct XfsDevice {
    /// The device's number, `major:minor`.
    pub number: String,
    /// One of the device's paths.
    pub path: String,
    /// Whether mkfs.xfs never finished on the device; observed for this host's bricks only.
    pub unfinished: bool,
    /// Whether the device is a snapshot of a device on which the file system was not seen.
    pub is_snapshot: bool,
    /// The snapshots of the device, on which the same file system is seen.
    pub snapshots: Vec<XfsDevice>,
}

/// A device while the devices of one file system are compared.
struct Seen<'t> {
    device: XfsDevice,
    /// The numbers of the devices that the device lies on.
    carriers: Vec<&'t str>,
}

impl Seen<'_> {
    fn is_or_lies_on(&self, number: &str) -> bool {
        self.device.number == number || self.carriers.contains(&number)
    }
}

/// Lines of UUID, number, path, whether mkfs.xfs never finished, and the numbers of the devices below; and lines of the
/// number of a snapshot, and the number of its origin or of what the origin lies on. One file system that is seen on
/// several devices is one, on one device, if one carries the other (multipath, DRBD), or if the others are snapshots.
pub fn parse(text: &str, snapshots: &str) -> BTreeMap<String, Vec<XfsDevice>> {
    let mut found: BTreeMap<String, Vec<Seen>> = BTreeMap::new();
    for line in text.lines() {
        let mut words = line.split(' ');
        if let (Some(uuid), Some(number), Some(path)) = (words.next(), words.next(), words.next()) {
            let seen = found.entry(uuid.to_owned()).or_default();
            // One device can have several paths.
            if seen.iter().all(|seen| seen.device.number != number) {
                seen.push(Seen {
                    device: XfsDevice {
                        number: number.to_owned(),
                        path: path.to_owned(),
                        unfinished: words.next() == Some("1"),
                        ..XfsDevice::default()
                    },
                    carriers: words.collect(),
                });
            }
        }
    }
    let origins: Vec<(&str, &str)> = snapshots.lines().filter_map(|line| line.split_once(' ')).collect();
    let devices = found.into_iter().map(|(uuid, seen)| (uuid, devices(seen, &origins)));
    devices.collect()
}

/// The file systems of a host. The brick of a thin volume is the volume, and nothing else: what has the brick's UUID
/// elsewhere counts as a snapshot, as those are that Gluster makes. Only the device that the inventory names is told apart:
/// the brick may have been made there without LVM.
pub fn of_host(
    sections: &Sections,
    desired: &DesiredHost,
    devices: &BTreeMap<DevicePath, Device>,
) -> BTreeMap<String, Vec<XfsDevice>> {
    let mut found = parse(sections.text("xfs"), sections.text("snapshots"));
    for brick in &desired.bricks {
        let (Some(thin), Some(seen)) = (&brick.thin, found.get_mut(&brick.uuid)) else {
            continue;
        };
        let number = |path| devices.get(path).map_or("", |device| device.number.as_str());
        let (volume, disk) = (number(&thin.path), number(&brick.device.path));
        let all: Vec<XfsDevice> = seen
            .drain(..)
            .flat_map(|mut device| {
                let below = std::mem::take(&mut device.snapshots);
                std::iter::once(device).chain(below)
            })
            .collect();
        for device in all {
            let is_snapshot = device.number != volume && device.number != disk;
            if seen.iter().all(|other| other.number != device.number) {
                seen.push(XfsDevice { is_snapshot, ..device });
            }
        }
        if let Some(at) = seen.iter().position(|device| device.number == volume) {
            let mut brick = seen.remove(at);
            brick.snapshots = seen.extract_if(.., |device| device.is_snapshot).collect();
            seen.insert(0, brick);
        }
    }
    found
}

/// The devices of one file system: those at the top, and of these the snapshots below their origin.
fn devices(mut seen: Vec<Seen>, origins: &[(&str, &str)]) -> Vec<XfsDevice> {
    let below: BTreeSet<&str> = seen.iter().flat_map(|seen| seen.carriers.iter().copied()).collect();
    seen.retain(|seen| !below.contains(seen.device.number.as_str()));
    for seen in &mut seen {
        seen.device.is_snapshot = origins.iter().any(|(number, _)| *number == seen.device.number);
    }
    let has_origin = |one: &&Seen| {
        let mut of_one = origins.iter().filter(|(number, _)| *number == one.device.number);
        of_one.any(|(_, origin)| {
            // Two snapshots of one origin lie on the same device.
            let is_sister = |other: &Seen| origins.contains(&(other.device.number.as_str(), origin));
            let mut others = seen.iter().filter(|other| other.device.number != one.device.number);
            others.any(|other| other.is_or_lies_on(origin) && !is_sister(other))
        })
    };
    let (snapshots, kept): (Vec<&Seen>, Vec<&Seen>) = seen.iter().partition(has_origin);
    let snapshots: Vec<XfsDevice> = snapshots.into_iter().map(|seen| seen.device.clone()).collect();
    if kept.is_empty() {
        return snapshots;
    }
    let device = |seen: &Seen| XfsDevice {
        snapshots: snapshots.clone(),
        ..seen.device.clone()
    };
    kept.into_iter().map(device).collect()
}

impl HostFacts {
    /// The devices that may be a brick, which has this UUID: if one of the devices is mounted where the brick belongs,
    /// that device alone.
    #[must_use]
    pub fn brick_devices(&self, uuid: &str, mount: &str) -> &[XfsDevice] {
        let devices = self.xfs.get(uuid).map_or(&[][..], Vec::as_slice);
        let mounted = self.mounted_at(mount);
        let is_mounted = |device: &&XfsDevice| mounted.is_some_and(|mounted| mounted.number == device.number);
        devices.iter().find(is_mounted).map_or(devices, std::slice::from_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_on_a_device_and_on_what_carries_the_device_is_one() {
        // Two paths below a multipath device, a copy on a device of its own, and another file system.
        let text = "u1 8:0 /dev/sda - \nu1 8:16 /dev/sdb - \nu1 253:0 /dev/mapper/a 0 8:0 8:16 \nu1 8:32 /dev/sdc - \n\
                    u2 8:48 /dev/sdd 1 \n";
        let found = parse(text, "");
        let paths = |uuid: &str| {
            found[uuid]
                .iter()
                .map(|device| device.path.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (paths("u1"), paths("u2")),
            (vec!["/dev/mapper/a", "/dev/sdc"], vec!["/dev/sdd"])
        );
        assert!(found["u2"][0].unfinished && !found["u1"][0].unfinished);
    }

    /// The paths of the devices of the one file system, each with the paths of its snapshots, and whether the device is
    /// a snapshot itself.
    fn told(text: &str, snapshots: &str) -> Vec<(String, Vec<String>, bool)> {
        let found = parse(text, snapshots).remove("u1").unwrap_or_default().into_iter();
        let paths = |devices: Vec<XfsDevice>| devices.into_iter().map(|device| device.path).collect();
        found
            .map(|device| (device.path, paths(device.snapshots), device.is_snapshot))
            .collect()
    }

    fn brick(path: &str, snapshots: &[&str]) -> (String, Vec<String>, bool) {
        (path.into(), snapshots.iter().map(ToString::to_string).collect(), false)
    }

    // No kernel with device-mapper was at hand: the numbers are those of Red Hat's description of the four devices of
    // an LVM snapshot (base 254:10, base-real 254:11, snap-cow 254:12, snap 254:13).
    #[test]
    fn a_snapshot_of_lvm_is_no_copy_of_the_brick() {
        let base = "u1 254:10 /dev/mapper/vg-base 0 254:11 8:19 \n";
        let snap = "u1 254:13 /dev/mapper/vg-snap - 254:11 8:19 254:12 8:19 \n";
        let all = format!("{base}{snap}");
        let origin = || brick("/dev/mapper/vg-base", &["/dev/mapper/vg-snap"]);
        assert_eq!(told(&all, "254:13 254:11"), [origin()], "as sysfs tells");
        assert_eq!(told(&all, "254:13 254:10"), [origin()], "as lvs tells");
        let real = "u1 254:11 /dev/mapper/vg-base-real - 8:19 \n";
        assert_eq!(told(&format!("{real}{all}"), "254:13 254:11").len(), 1);
        // A second snapshot, and a snapshot of a thin snapshot.
        let second = "u1 254:15 /dev/mapper/vg-snap2 - 254:11 8:19 254:14 8:19 \n";
        let both = || brick("/dev/mapper/vg-base", &["/dev/mapper/vg-snap", "/dev/mapper/vg-snap2"]);
        assert_eq!(
            told(&format!("{all}{second}"), "254:13 254:11\n254:15 254:11"),
            [both()]
        );
        assert_eq!(
            told(&format!("{all}{second}"), "254:13 254:10\n254:15 254:13"),
            [both()]
        );
    }

    #[test]
    fn what_is_not_known_to_be_a_snapshot_of_the_brick_is_kept() {
        let base = "u1 254:10 /dev/mapper/vg-base 0 254:2 \n";
        let snap = "u1 254:13 /dev/mapper/vg-snap - 254:2 \n";
        // Thin volumes of one pool, and nobody says which is which.
        let two = [brick("/dev/mapper/vg-base", &[]), brick("/dev/mapper/vg-snap", &[])];
        assert_eq!(told(&format!("{base}{snap}"), ""), two);
        // The origin of the snapshot is not active, and the other device is a copy of some other kind.
        let mut apart = two.clone();
        apart[1].2 = true;
        assert_eq!(told(&format!("{base}{snap}"), "254:13 -"), apart);
        let sister = "u1 254:15 /dev/mapper/vg-snap2 - 254:11 254:14 \n";
        let snaps = "u1 254:13 /dev/mapper/vg-snap - 254:11 254:12 \n";
        let sisters = told(&format!("{snaps}{sister}"), "254:13 254:11\n254:15 254:11");
        assert_eq!(sisters.len(), 2, "neither is the other's origin: {sisters:?}");
        assert_eq!(told(snap, "254:13 254:13").len(), 1, "whatever a host answers");
    }

    /// The script runs with a sysfs and an lvs of its own.
    #[test]
    fn the_script_tells_snapshots_by_sysfs_and_by_lvs() {
        use std::fs;
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().display();
        let slave = |device: &str, slave: &str, uuid: &str, number: &str| {
            let slave = root.path().join(device).join("slaves").join(slave);
            fs::create_dir_all(slave.join("dm")).unwrap();
            fs::write(slave.join("dm/uuid"), format!("{uuid}\n")).unwrap();
            fs::write(slave.join("dev"), format!("{number}\n")).unwrap();
        };
        slave("254:10", "dm-11", "LVM-A-real", "254:11");
        slave("254:13", "dm-11", "LVM-A-real", "254:11");
        slave("254:13", "dm-12", "LVM-B-cow", "254:12");
        let said = |lvs: &str, lines: &str| {
            let functions = crate::scripts::SNAPSHOTS.with(&[]);
            let functions = functions.replace("/sys/dev/block", &directory.to_string());
            let lvs = format!("lvs() {{ printf '{lvs}'; }}\ntimeout() {{ shift; \"$@\"; }}\n");
            let text = format!("set -eu\n{functions}\n{lvs}snapshots '{lines}'");
            let output = std::process::Command::new("sh").arg("-c").arg(text).output().unwrap();
            assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
            String::from_utf8(output.stdout).unwrap()
        };
        let thick = "u1 254:10 /dev/a 0 254:11 \nu1 254:13 /dev/b - 254:11 254:12 ";
        assert_eq!(said("", thick), "254:13 254:11\n");
        // As `lvs --noheadings --separator /` of LVM 2.03 prints volume group, volume, numbers and origin.
        let lvs = "  vg/base/254/20/\\n  vg/snap/254/21/base\\n  vg/fast/254/22/[fast_corig]\\n  vg/old/-1/-1/\\n  \
                   vg/late/254/23/old\\n";
        let thin = said(lvs, "u1 254:20 /dev/a 0 254:2 \nu1 254:21 /dev/b - 254:2 ");
        let lines: BTreeSet<&str> = thin.lines().collect();
        assert_eq!(lines, BTreeSet::from(["254:21 254:20", "254:23 -"]));
        assert_eq!(
            said(lvs, "u1 254:20 /dev/a 0 \nu2 254:21 /dev/b - "),
            "",
            "LVM is not asked"
        );
    }
}
