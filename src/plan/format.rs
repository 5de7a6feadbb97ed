//! The commands that format a device. Everything that the plan saw is looked at again right before, by the same script,
//! while the device is held exclusively; if anything changed, nothing happens to the device. Pure.

use super::ownership::{Allowed, Formattable, LABEL};
use crate::desired::{BrickFileSystem, METADATA, POOL, ThinVolume, VOLUME};
use crate::facts::{Content, Device};
use crate::inventory::DevicePath;
use crate::scripts::{self, Template, Text};

/// The script that makes the brick's file system on a device that may be formatted: the brick's own thin volume, or the
/// device of a brick without LVM.
pub fn script(path: &DevicePath, brick: &BrickFileSystem, formattable: &Formattable) -> String {
    let geometry = geometry(brick);
    let values = [("uuid", brick.uuid.as_str()), ("label", LABEL), ("geometry", &geometry)];
    held(
        path,
        formattable,
        &[&scripts::FORMAT_SAME],
        &[&scripts::FORMAT_XFS],
        &values,
    )
}

/// The script that makes the LVM objects that carry the brick, on a device that may be formatted, and then the file system.
pub fn thin_script(brick: &BrickFileSystem, thin: &ThinVolume, formattable: &Formattable) -> String {
    let before = [&scripts::LVM_KERNEL, &scripts::FORMAT_SAME, &scripts::LVM_KEEP];
    let after = [&scripts::LVM_PHYSICAL, &scripts::LVM_VOLUMES, &scripts::FORMAT_XFS];
    let sizes = ThinValues::of(brick, thin);
    held(
        &brick.device.path,
        formattable,
        &before,
        &after,
        &sizes.values(brick, thin),
    )
}

/// The script that makes what is missing of the LVM objects that carry the brick, and then the file system.
pub fn rest_of_thin_script(brick: &BrickFileSystem, thin: &ThinVolume) -> String {
    let sizes = ThinValues::of(brick, thin);
    let mut values = sizes.values(brick, thin);
    values.push(("device", brick.device.path.as_str()));
    let all = [&scripts::LVM_KERNEL, &scripts::LVM_VOLUMES, &scripts::FORMAT_XFS];
    Text::default().then(&all, &values).end()
}

/// What scripts about a thin volume are told, as texts.
struct ThinValues {
    alignment: String,
    extent: String,
    geometry: String,
}

impl ThinValues {
    fn of(brick: &BrickFileSystem, thin: &ThinVolume) -> Self {
        ThinValues {
            alignment: thin.sizes.alignment.to_string(),
            extent: thin.sizes.extent.to_string(),
            geometry: geometry(brick),
        }
    }

    fn values<'v>(&'v self, brick: &'v BrickFileSystem, thin: &'v ThinVolume) -> Vec<(&'static str, &'v str)> {
        vec![
            ("physical", thin.physical.as_str()),
            ("group", &thin.group),
            ("tag", &thin.tag),
            ("alignment", &self.alignment),
            ("extent", &self.extent),
            ("pool", POOL),
            ("metadata", METADATA),
            ("volume", VOLUME),
            ("uuid", &brick.uuid),
            ("label", LABEL),
            ("geometry", &self.geometry),
        ]
    }
}

/// The options of mkfs.xfs about the RAID that the device is.
fn geometry(brick: &BrickFileSystem) -> String {
    let raid = brick.device.raid;
    raid.map(|raid| format!("-d su={}k,sw={}", raid.stripe_unit.kib(), raid.data_disks))
        .unwrap_or_default()
}

/// The script that checks the device again while the device is held, and then changes it.
fn held(
    path: &DevicePath,
    formattable: &Formattable,
    before: &[&Template],
    after: &[&Template],
    values: &[(&'static str, &str)],
) -> String {
    let seen = formattable.seen();
    let bytes = seen.bytes.to_string();
    let mut all = vec![
        ("device", path.as_str()),
        ("number", &seen.number),
        ("bytes", &bytes),
        ("identity", &seen.identity),
    ];
    all.extend_from_slice(values);
    let content = signatures(seen);
    let checks: &[&Template] = match formattable.allowed() {
        Allowed::Nothing => &[&scripts::FORMAT_BLANK, &scripts::FORMAT_RELEASE],
        Allowed::Unfinished => &[&scripts::FORMAT_UNFINISHED, &scripts::FORMAT_RELEASE],
        Allowed::WhatWasSeen => {
            all.push(("content", &content));
            &[
                &scripts::FORMAT_WIPE,
                &scripts::FORMAT_RELEASE,
                &scripts::FORMAT_WIPE_REST,
            ]
        }
    };
    scripts::while_held(&[before, checks, after].concat(), &all)
}

/// The signatures that the script must find on the device again, as wipefs prints them.
fn signatures(seen: &Device) -> String {
    match &seen.content {
        Content::Known(known) => known.signatures.join("\n"),
        Content::Zeros | Content::Data | Content::Unreadable(_) => String::new(),
    }
}
