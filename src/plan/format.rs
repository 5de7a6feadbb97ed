//! The commands that format a device. Everything that the plan saw is looked at again right before, by the same script,
//! while the device is held exclusively; if anything changed, nothing happens to it. Pure.

use super::ownership::LABEL;
use crate::facts::{Content, Device};
use crate::inventory::DevicePath;
use crate::scripts::{self, Template};

/// What may be on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// Nothing.
    Nothing,
    /// The beginning of this very brick's file system.
    Unfinished,
    /// What the plan saw, which goes.
    WhatIsThere,
}

/// The script that makes the file system of the brick with this UUID on a device that was seen as `seen`.
pub fn script(path: &DevicePath, seen: &Device, uuid: &str, allowed: Allowed) -> String {
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
    let checks: &[&Template] = match allowed {
        Allowed::Nothing => &[&scripts::FORMAT_BLANK, &scripts::FORMAT_RELEASE],
        Allowed::Unfinished => &[&scripts::FORMAT_UNFINISHED, &scripts::FORMAT_RELEASE],
        Allowed::WhatIsThere => {
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

/// What the script must find on the device again, as it prints it.
fn signatures(seen: &Device) -> String {
    match &seen.content {
        Content::Known(known) => known.signatures.join("\n"),
        Content::Zeros | Content::Data | Content::Unreadable(_) => String::new(),
    }
}
