//! Devices that are Heketi's: `{path: /dev/vdc, heketi: true}` in a list of devices.

use super::fields::{Diagnostics, Fields, Located, choice, name};
use super::yaml::{Node, Value};
use crate::inventory::diagnostics::Diagnostic;
use crate::inventory::names::DevicePath;

/// What a list of devices says of one device.
pub(super) enum Listed {
    /// The device is Heketi's; nothing if the file does not name the device in a way that can be used.
    Heketis(Option<Located<DevicePath>>),
    /// The device is for bricks.
    ForBricks,
}

/// Whether the device is Heketi's.
pub(super) fn listed(node: &Node, problems: &mut Diagnostics) -> Listed {
    const WORDS: [(&str, bool); 2] = [("true", true), ("false", false)];
    let Value::Map(entries) = &node.value else {
        return Listed::ForBricks;
    };
    let is_key = |key: &Node| matches!(&key.value, Value::Scalar { text, .. } if text == "heketi");
    let Some((_, said)) = entries.iter().find(|(key, _)| is_key(key)) else {
        return Listed::ForBricks;
    };
    match choice(said, "`heketi`", &WORDS, problems) {
        Some(said) if !said.value => Listed::ForBricks,
        Some(_) => Listed::Heketis(path(node, problems)),
        None => Listed::Heketis(None),
    }
}

fn path(node: &Node, problems: &mut Diagnostics) -> Option<Located<DevicePath>> {
    let fields = Fields::any(node, "a device", problems)?;
    let before = problems.len();
    for entry in fields
        .entries()
        .filter(|entry| !["path", "heketi"].contains(&entry.key))
    {
        let problem = Diagnostic::new(
            format!("`{}` does not go with `heketi`", entry.key),
            entry.at.span.clone(),
        );
        problems.push(
            problem
                .label("glusterctl leaves the device alone: it neither formats nor erases it")
                .help("remove the key; or remove `heketi`, if glusterctl is to make a brick on the device"),
        );
    }
    let path = fields.required("path", "path: /dev/vdc", problems);
    let path = path.and_then(|node| name::<DevicePath>(node, "a device", problems));
    path.filter(|_| problems.len() == before)
}
