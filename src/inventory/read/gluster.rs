//! The key `gluster: {version: "11"}`.

use super::fields::{Diagnostics, Fields, value};
use super::yaml::Node;
use crate::inventory::GlusterVersion;

/// Reads the key: the version of GlusterFS that every host is to have.
pub(super) fn version(node: &Node, problems: &mut Diagnostics) -> Option<GlusterVersion> {
    let fields = Fields::read(node, "`gluster`", &["version"], problems)?;
    value(fields.get("version"), "a version of GlusterFS", problems)
}
