//! Whose a device is. Only a blank one is ever formatted; whatever is not understood is somebody else's. Pure.

use crate::facts::{Content, Device, DeviceKind, HostFacts};

/// The smallest device that mkfs.xfs takes (xfsprogs 5.19 and later), in bytes.
const SMALLEST: u64 = 300 * 1024 * 1024;

/// Whose a device is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// It holds the file system with the UUID of this brick.
    Ours,
    /// Nothing is on it: it may be formatted.
    Blank,
    /// Not ours to touch, for all of these reasons.
    Theirs(Vec<String>),
}

/// Decides whose the device is whose brick has this UUID.
#[must_use]
pub fn decide(observed: &HostFacts, path: &str, device: &Device, uuid: &str) -> Ownership {
    match device.kind {
        DeviceKind::Block => {}
        DeviceKind::Missing => return Ownership::Theirs(vec!["there is no such device".into()]),
        DeviceKind::Directory => return Ownership::Theirs(vec!["it is a directory, not a block device".into()]),
        DeviceKind::Other => return Ownership::Theirs(vec!["it is not a block device".into()]),
    }
    if matches!(&device.content, Content::Signature { kind, uuid: found } if kind == "xfs" && found == uuid) {
        return Ownership::Ours;
    }
    let mut reasons = Vec::new();
    for mounted in observed
        .mounted
        .iter()
        .filter(|mounted| mounted.number == device.number || mounted.source == path)
    {
        reasons.push(format!("it is mounted at {}", mounted.target));
    }
    if observed.swaps.iter().any(|swap| swap == path) {
        reasons.push("it is used as swap".into());
    }
    if device.read_only {
        reasons.push("it is read-only".into());
    }
    if device.is_partition {
        reasons.push("it is a partition, not a whole device".into());
    }
    if !device.partitions.is_empty() {
        reasons.push(format!("it has partitions: {}", device.partitions.join(", ")));
    }
    if !device.holders.is_empty() {
        reasons.push(format!("it is in use by {}", device.holders.join(", ")));
    }
    if device.bytes < SMALLEST {
        reasons.push(format!(
            "it has {} MiB, and XFS needs at least {} MiB",
            device.bytes / 1024 / 1024,
            SMALLEST / 1024 / 1024
        ));
    }
    match &device.content {
        Content::Zeros => {}
        Content::Signature { kind, uuid } if uuid.is_empty() => reasons.push(format!("it holds {kind}")),
        Content::Signature { kind, uuid } => reasons.push(format!("it holds {kind} (UUID {uuid})")),
        Content::Signatures(kinds) => reasons.push(format!("it holds {}", kinds.join(", "))),
        Content::Data => reasons.push("it holds data of no known kind".into()),
        Content::Unreadable => reasons.push("it cannot be read".into()),
    }
    if reasons.is_empty() {
        Ownership::Blank
    } else {
        Ownership::Theirs(reasons)
    }
}
