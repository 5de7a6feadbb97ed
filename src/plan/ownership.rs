//! Whose a device is. Only a blank device is ever formatted; a device that is not understood is somebody else's. Pure.

use std::collections::BTreeSet;
use std::fmt;

use super::content::content_name;
use super::listed::Unlisted;
use crate::facts::{Content, Device, DeviceKind, InUse, Known, Mounted};
use crate::inventory::{BrickDevice, BrickName};

/// The smallest device that mkfs.xfs takes (xfsprogs 5.19 and later), in bytes.
const SMALLEST: u64 = 300 * MIB;
pub(super) const MIB: u64 = 1024 * 1024;
/// The label of every brick's file system, by which a brick of another inventory is told from just any XFS.
pub const LABEL: &str = "glusterctl";

/// Whose a device is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// The device holds the file system with the UUID of this brick.
    Ours,
    /// The device holds the beginning of the brick's file system: mkfs.xfs was interrupted.
    Unfinished(Formattable),
    /// The device holds nothing: it may be formatted.
    Blank(Formattable),
    /// Not ours to touch, for all of these reasons.
    Theirs(Vec<Reason>),
}

/// The proof that a device may be formatted, with what was seen on the device. Only this file makes such a proof, and
/// no device is formatted without a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formattable {
    seen: Device,
    allowed: Allowed,
}

/// What may be on a device that is formatted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed {
    /// Nothing.
    Nothing,
    /// The beginning of this very brick's file system.
    Unfinished,
    /// What was seen, which the operator named as what may go.
    WhatWasSeen,
}

impl Formattable {
    pub(super) fn seen(&self) -> &Device {
        &self.seen
    }

    pub(super) fn allowed(&self) -> Allowed {
        self.allowed
    }

    fn new(seen: &Device, allowed: Allowed) -> Self {
        let seen = seen.clone();
        Formattable { seen, allowed }
    }
}

/// Why a device is not ours to touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Nothing is at the device's path.
    Missing,
    /// A directory is at the device's path.
    Directory,
    /// Some other file is at the device's path.
    NoBlockDevice,
    /// The device or a partition of the device is mounted.
    Mounted {
        /// The partition, if a partition is mounted.
        partition: Option<String>,
        /// Where.
        target: String,
    },
    /// The device or a partition of the device is used as swap.
    Swap(String),
    /// Another device is stacked on the device.
    Held {
        /// The kernel's name of the other device.
        by: String,
        /// What the other device is.
        what: &'static str,
        /// The other device's name in the device mapper.
        name: String,
    },
    /// A program or a mount holds the device exclusively.
    InUse,
    /// Whether a program or a mount holds the device exclusively is not known; why.
    NotChecked(String),
    /// The device is a partition of this disk.
    Partition(String),
    /// The device cannot be written.
    ReadOnly,
    /// The device's medium can be taken out.
    Removable,
    /// The device is a CD or DVD drive.
    Optical,
    /// The device is in memory.
    Memory,
    /// The device has this many MiB.
    TooSmall(u64),
    /// The device cannot be read or not be understood; why.
    Unreadable(String),
    /// The kernel sees these partitions on the device.
    Partitioned(Vec<String>),
    /// The device holds what blkid or wipefs know.
    Holds(Known),
    /// The device holds data that neither blkid nor wipefs knows.
    Data,
}

/// The bricks whose devices are refused: there will be no file system to mount.
pub type Refused<'d> = BTreeSet<&'d BrickName>;

impl Reason {
    /// Whether the reason is only about what the device holds, so that a consent can cover the reason.
    #[must_use]
    pub fn is_content(&self) -> bool {
        matches!(self, Reason::Partitioned(_) | Reason::Holds(_) | Reason::Data)
    }

    /// Whether somebody uses the device, or may be using the device.
    #[must_use]
    pub fn is_use(&self) -> bool {
        let in_use = matches!(self, Reason::InUse | Reason::NotChecked(_));
        in_use || matches!(self, Reason::Mounted { .. } | Reason::Swap(_) | Reason::Held { .. })
    }
}

/// Decides whose a device is. `mounted` is all that its host has mounted; `ours` is the UUID of the brick that belongs
/// on the device, if a brick belongs there.
#[must_use]
pub fn decide(mounted: &[Mounted], device: &Device, ours: Option<&str>) -> Ownership {
    match device.kind {
        DeviceKind::Block => {}
        DeviceKind::Missing => return Ownership::Theirs(vec![Reason::Missing]),
        DeviceKind::Directory => return Ownership::Theirs(vec![Reason::Directory]),
        DeviceKind::Other => return Ownership::Theirs(vec![Reason::NoBlockDevice]),
    }
    let is_ours = device.xfs().is_some() && device.xfs() == ours;
    let unfinished = matches!(&device.content, Content::Known(known) if known.unfinished);
    if is_ours && !unfinished {
        return Ownership::Ours;
    }
    let mut reasons = used(mounted, device);
    reasons.extend(unsuitable(device));
    if is_ours && reasons.is_empty() {
        return Ownership::Unfinished(Formattable::new(device, Allowed::Unfinished));
    }
    reasons.extend(content(device));
    if reasons.is_empty() {
        Ownership::Blank(Formattable::new(device, Allowed::Nothing))
    } else {
        Ownership::Theirs(reasons)
    }
}

/// What the operator's consent makes of somebody else's device on which no listed brick is: a device that may be
/// formatted, if the consent names what the device holds now, and covers every reason why the device is somebody else's.
pub(super) fn with_consent(
    wanted: &BrickDevice,
    device: &Device,
    reasons: &[Reason],
    _: &Unlisted,
) -> Option<Formattable> {
    let (consent, name) = (wanted.wipe.as_ref()?, content_name(device)?);
    let covered = consent.covers(&name) && reasons.iter().all(Reason::is_content);
    covered.then(|| Formattable::new(device, Allowed::WhatWasSeen))
}

/// Who uses the device.
fn used(mounted: &[Mounted], device: &Device) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut mounts = |number: &str, partition: Option<&String>| {
        for mounted in mounted.iter().filter(|mounted| mounted.number == number) {
            reasons.push(Reason::Mounted {
                partition: partition.cloned(),
                target: mounted.target.clone(),
            });
        }
    };
    mounts(&device.number, None);
    for partition in &device.partitions {
        mounts(&partition.number, Some(&partition.name));
    }
    reasons.extend(device.swaps.iter().cloned().map(Reason::Swap));
    reasons.extend(device.holders.iter().map(|holder| {
        let (uuid, name) = holder.mapper.split_once(' ').unwrap_or((&holder.mapper, ""));
        let kind = |prefix| uuid.starts_with(prefix);
        let what = match holder.name.as_str() {
            _ if kind("mpath-") => "multipath",
            _ if kind("LVM-") => "LVM",
            _ if kind("CRYPT-") => "dm-crypt",
            name if name.starts_with("dm-") => "the device mapper",
            name if name.starts_with("md") => "an md array",
            name if name.starts_with("bcache") => "bcache",
            _ => "another device",
        };
        Reason::Held {
            by: holder.name.clone(),
            what,
            name: name.to_owned(),
        }
    }));
    match &device.in_use {
        InUse::No => {}
        // Said once: what the kernel told above is why.
        InUse::Yes if !reasons.is_empty() => {}
        InUse::Yes => reasons.push(Reason::InUse),
        InUse::Unknown(why) => reasons.push(Reason::NotChecked(why.clone())),
    }
    reasons
}

/// What keeps the device from being a brick, whatever the device holds.
fn unsuitable(device: &Device) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut add = |there: bool, reason: Reason| reasons.extend(there.then_some(reason));
    add(device.read_only, Reason::ReadOnly);
    add(device.optical, Reason::Optical);
    add(device.removable && !device.optical, Reason::Removable);
    let in_memory = |prefix: &str| {
        let number = device.name.strip_prefix(prefix);
        number.is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
    };
    add(in_memory("zram") || in_memory("ram"), Reason::Memory);
    add(device.bytes < SMALLEST, Reason::TooSmall(device.bytes / MIB));
    reasons.extend(device.partition_of.clone().map(Reason::Partition));
    if let Content::Unreadable(why) = &device.content {
        reasons.push(Reason::Unreadable(why.clone()));
    }
    reasons
}

/// What the device holds.
fn content(device: &Device) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if !device.partitions.is_empty() {
        let names = device.partitions.iter().map(|partition| partition.name.clone());
        reasons.push(Reason::Partitioned(names.collect()));
    }
    match &device.content {
        Content::Zeros | Content::Unreadable(_) => {}
        Content::Known(known) => reasons.push(Reason::Holds(known.clone())),
        Content::Data => reasons.push(Reason::Data),
    }
    reasons
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Missing => f.write_str("there is no such device"),
            Reason::Directory => f.write_str("it is a directory, not a block device"),
            Reason::NoBlockDevice => f.write_str("it is not a block device"),
            Reason::Mounted { partition, target } => {
                let what = partition.as_ref().map_or("it", |name| name);
                write!(f, "{what} is mounted at {target}")
            }
            Reason::Swap(name) => write!(f, "{name} is used as swap"),
            Reason::Held { by, what, name } => {
                write!(
                    f,
                    "{what} uses it ({by}{}{name})",
                    if name.is_empty() { "" } else { ", " }
                )
            }
            Reason::InUse => f.write_str("a program or a mount in another namespace has it in use"),
            Reason::NotChecked(why) => write!(f, "whether it is in use could not be checked: {why}"),
            Reason::Partition(disk) => write!(f, "it is a partition of {disk}, not a whole device"),
            Reason::ReadOnly => f.write_str("it is read-only"),
            Reason::Removable => f.write_str("it is removable"),
            Reason::Optical => f.write_str("it is an optical drive"),
            Reason::Memory => f.write_str("it is in memory, and lost at the next boot"),
            Reason::TooSmall(mib) => {
                write!(f, "it has {mib} MiB, and XFS needs at least {} MiB", SMALLEST / MIB)
            }
            Reason::Unreadable(why) => write!(f, "it cannot be read or understood: {why}"),
            Reason::Partitioned(names) => write!(f, "it has partitions: {}", names.join(", ")),
            Reason::Holds(known) => holds(f, known),
            Reason::Data => f.write_str("it is not empty: it holds data of no known kind"),
        }
    }
}

fn holds(f: &mut fmt::Formatter<'_>, known: &Known) -> fmt::Result {
    // As libblkid names what is no plain file system.
    let words = |kind: &str| match kind {
        "LVM2_member" | "LVM1_member" => "an LVM physical volume".to_owned(),
        "linux_raid_member" => "a member of an md array".to_owned(),
        "crypto_LUKS" => "LUKS".to_owned(),
        "zfs_member" => "a member of a ZFS pool".to_owned(),
        "swap" => "swap space".to_owned(),
        "gpt" => "a partition table (GPT)".to_owned(),
        "dos" => "a partition table (MBR)".to_owned(),
        "PMBR" => "a protective MBR".to_owned(),
        other => other.to_owned(),
    };
    let kinds: Vec<String> = known.kinds().into_iter().map(words).collect();
    match kinds.is_empty() {
        true => f.write_str("it holds signatures that contradict each other")?,
        false => write!(f, "it holds {}", kinds.join(", "))?,
    }
    let mut details = Vec::new();
    if !known.uuid.is_empty() {
        details.push(format!("UUID {}", known.uuid));
    }
    if known.kind == "xfs" && known.label == LABEL {
        details.push("a brick made by glusterctl, but not for here".to_owned());
    } else if !known.label.is_empty() {
        details.push(format!("label {}", known.label));
    }
    if known.unfinished {
        details.push("its mkfs never finished".to_owned());
    }
    match details.is_empty() {
        true => Ok(()),
        false => write!(f, " ({})", details.join(", ")),
    }
}
