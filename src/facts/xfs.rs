//! The XFS file systems of a host, and the devices that hold them. Pure.

use std::collections::{BTreeMap, BTreeSet};

/// A block device that holds an XFS file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XfsDevice {
    /// The device's number, `major:minor`.
    pub number: String,
    /// One of the device's paths.
    pub path: String,
    /// Whether mkfs.xfs never finished on the device; observed for this host's bricks only.
    pub unfinished: bool,
}

/// Lines of UUID, number, path, whether mkfs.xfs never finished, and the numbers of the devices below. A file system that
/// is seen on a device and on what carries the device (multipath, DRBD) is one file system, on the device at the top.
pub fn parse(text: &str) -> BTreeMap<String, Vec<XfsDevice>> {
    let mut found: BTreeMap<String, Vec<XfsDevice>> = BTreeMap::new();
    let mut below: BTreeSet<(&str, &str)> = BTreeSet::new();
    for line in text.lines() {
        let mut words = line.split(' ');
        if let (Some(uuid), Some(number), Some(path)) = (words.next(), words.next(), words.next()) {
            let devices = found.entry(uuid.to_owned()).or_default();
            let unfinished = words.next() == Some("1");
            below.extend(words.map(|carrier| (uuid, carrier)));
            // One device can have several paths.
            if devices.iter().all(|device| device.number != number) {
                devices.push(XfsDevice {
                    number: number.to_owned(),
                    path: path.to_owned(),
                    unfinished,
                });
            }
        }
    }
    for (uuid, devices) in &mut found {
        devices.retain(|device| !below.contains(&(uuid.as_str(), device.number.as_str())));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_on_a_device_and_on_what_carries_the_device_is_one() {
        // Two paths below a multipath device, a copy on a device of its own, and another file system.
        let text = "u1 8:0 /dev/sda - \nu1 8:16 /dev/sdb - \nu1 253:0 /dev/mapper/a 0 8:0 8:16 \nu1 8:32 /dev/sdc - \n\
                    u2 8:48 /dev/sdd 1 \n";
        let found = parse(text);
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
}
