//! One disk under several paths or on several hosts: storage that several hosts reach, or several paths to one disk. Two
//! brick file systems on one disk destroy each other. Pure.

use std::collections::HashMap;

use crate::desired::Desired;
use crate::facts::{Device, DeviceKind, Facts};
use crate::inventory::{DevicePath, HostName};

/// The disks of the inventory's devices, by what is unique in the whole world.
#[derive(Debug, Default)]
pub struct SharedDisks<'d> {
    seen: HashMap<String, Vec<Seen<'d>>>,
}

/// A device of the inventory, on its host.
#[derive(Debug)]
struct Seen<'d> {
    host: &'d HostName,
    path: &'d DevicePath,
    number: &'d str,
    is_partition: bool,
}

impl<'d> SharedDisks<'d> {
    /// Of all devices that the inventory names and that were observed.
    pub fn of(desired: &Desired<'d>, facts: &'d Facts) -> Self {
        let mut disks = SharedDisks::default();
        for host in &desired.hosts {
            let devices = facts.of(host.name()).into_iter().flat_map(|observed| &observed.devices);
            for (path, device) in devices {
                let Some(identity) = worldwide(device) else { continue };
                disks.seen.entry(identity).or_default().push(Seen {
                    host: host.name(),
                    path,
                    number: &device.number,
                    is_partition: device.partition_of.is_some(),
                });
            }
        }
        disks
    }

    /// The first other device that is the same disk, with the name of the disk: `/dev/vdc and kube2:/dev/sdb are one and
    /// the same disk (naa.…)`.
    pub fn twin(&self, host: &HostName, path: &DevicePath, device: &Device) -> Option<String> {
        let identity = worldwide(device)?;
        let is_partition = device.partition_of.is_some();
        let mut seen = self.seen.get(&identity)?.iter();
        // Partitions of one disk, and a disk and its partitions, are no twins on one host: partitions are refused as
        // partitions.
        let other = seen.find(|other| match other.host == host {
            true => other.path != path && other.number != device.number && !is_partition && !other.is_partition,
            false => true,
        })?;
        let place = match other.host == host {
            true => String::new(),
            false => format!("{}:", other.host),
        };
        Some(format!(
            "{path} and {place}{} are one and the same disk ({identity})",
            other.path
        ))
    }
}

/// What no other disk in the world has, if the kernel knows such an identifier of the disk. Serial numbers and `t10.`
/// identifiers are not unique, because virtual disks repeat them; nor is what QEMU makes up for its NVMe disks.
fn worldwide(device: &Device) -> Option<String> {
    const UNIQUE: [&str; 4] = ["naa.", "eui.", "nvme.", "uuid."];
    const MADE_UP: [&str; 2] = ["nvme.1b36-", "eui.525400"];
    let (attribute, value) = device.identity.split_once(' ')?;
    let value = value.trim().to_ascii_lowercase();
    let identity = match attribute {
        "wwid" | "device/wwid" => value,
        "dm/uuid" => of_multipath(&value)?,
        _ => return None,
    };
    let (_, number) = identity.split_once('.')?;
    let is_unique = UNIQUE.iter().any(|begin| identity.starts_with(begin))
        && !MADE_UP.iter().any(|begin| identity.starts_with(begin))
        && number.chars().any(|c| c.is_ascii_alphanumeric() && c != '0');
    (device.kind == DeviceKind::Block && is_unique).then_some(identity)
}

/// The disk's own identifier in the name of a multipath device: scsi_id and multipath-tools write the kind of a SCSI
/// identifier as one digit, 3 for NAA and 2 for EUI-64 (SPC, designator types); the name of an NVMe disk stays.
fn of_multipath(uuid: &str) -> Option<String> {
    let name = uuid.strip_prefix("mpath-")?;
    Some(match (name.get(..1)?, name.get(1..)?) {
        ("3", number) => format!("naa.{number}"),
        ("2", number) => format!("eui.{number}"),
        _ => name.to_owned(),
    })
}
