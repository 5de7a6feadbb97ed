//! The name of what a device holds, for a consent to erase exactly that. Pure.

use crate::facts::{Content, Device, Known};

/// The name of what the device holds: the kind and the UUID of each content, for example `ext4 8f3c…`; and for content
/// without a UUID what tells the disk from other disks, for example `serial 8a7f`. `None` for a device that holds
/// nothing, that cannot be read, or on which nothing has a name that lasts.
#[must_use]
pub fn content_name(device: &Device) -> Option<String> {
    let known = match &device.content {
        Content::Known(known) => by_uuid(known),
        Content::Zeros if device.partitions.is_empty() => return None,
        Content::Zeros | Content::Data => None,
        Content::Unreadable(_) => return None,
    };
    known.or_else(|| by_disk(device))
}

/// The kinds of content with their UUIDs, if any content has a UUID.
fn by_uuid(known: &Known) -> Option<String> {
    let mut parts: Vec<(&str, &str)> = Vec::new();
    let signatures = known.signatures.iter().filter_map(|signature| {
        let mut fields = signature.splitn(3, ',').skip(1);
        Some((fields.next()?, fields.next().unwrap_or_default()))
    });
    let first = [
        (known.kind.as_str(), known.uuid.as_str()),
        (known.table.as_str(), known.table_uuid.as_str()),
    ];
    for (kind, uuid) in first.into_iter().chain(signatures) {
        let uuid = if is_number(uuid) { uuid } else { "" };
        let is_named = parts
            .iter()
            .any(|(other, named)| *other == kind && (uuid.is_empty() || *named == uuid));
        // A GPT brings its protective MBR with it.
        if !kind.is_empty() && kind != "PMBR" && !is_named {
            parts.push((kind, uuid));
        }
    }
    let has_uuid = parts.iter().any(|(_, uuid)| !uuid.is_empty());
    let words = parts
        .iter()
        .map(|(kind, uuid)| format!("{kind} {uuid}").trim_end().to_owned());
    has_uuid.then(|| words.collect::<Vec<_>>().join(", "))
}

/// Whether a UUID is more than zeros, which many contents share.
fn is_number(uuid: &str) -> bool {
    uuid.chars().any(|c| c != '0' && c != '-')
}

/// What tells the disk from other disks, also after a reboot.
fn by_disk(device: &Device) -> Option<String> {
    let (attribute, value) = device.identity.split_once(' ')?;
    // The kernel counts disks anew at every boot.
    let lasts = attribute != "diskseq" && !value.trim().is_empty();
    let attribute = attribute.strip_prefix("device/").unwrap_or(attribute);
    lasts.then(|| format!("{attribute} {}", value.trim()))
}
