//! The commands that format a device. Everything that the plan saw is looked at again right before, by the same script,
//! while the device is held exclusively; if anything changed, nothing happens to the device. Pure.

use super::ownership::{Allowed, Formattable, LABEL};
use crate::facts::{Content, Device};
use crate::inventory::DevicePath;
use crate::scripts::{self, Template};

/// The script that makes the file system of the brick with this UUID on a device that may be formatted.
pub fn script(path: &DevicePath, uuid: &str, formattable: &Formattable) -> String {
    let seen = formattable.seen();
    let bytes = seen.bytes.to_string();
    let mut values = vec![
        ("device", path.as_str()),
        ("number", &seen.number),
        ("bytes", &bytes),
        ("identity", &seen.identity),
        ("uuid", uuid),
        ("label", LABEL),
    ];
    let content = signatures(seen);
    let checks: &[&Template] = match formattable.allowed() {
        Allowed::Nothing => &[&scripts::FORMAT_BLANK, &scripts::FORMAT_RELEASE],
        Allowed::Unfinished => &[&scripts::FORMAT_UNFINISHED, &scripts::FORMAT_RELEASE],
        Allowed::WhatWasSeen => {
            values.push(("content", &content));
            &[
                &scripts::FORMAT_WIPE,
                &scripts::FORMAT_RELEASE,
                &scripts::FORMAT_WIPE_REST,
            ]
        }
    };
    let all = [&[&scripts::FORMAT_SAME], checks, &[&scripts::FORMAT_XFS]].concat();
    scripts::while_held(&all, &values)
}

/// The signatures that the script must find on the device again, as wipefs prints them.
fn signatures(seen: &Device) -> String {
    match &seen.content {
        Content::Known(known) => known.signatures.join("\n"),
        Content::Zeros | Content::Data | Content::Unreadable(_) => String::new(),
    }
}
