//! The file systems that somebody else, such as a kubelet, mounts for bricks. Pure.

use std::collections::BTreeMap;

use super::mountinfo::Mounted;
use super::sections::Sections;
use super::xfs::XfsDevice;
use crate::desired::{BrickFileSystem, DesiredHost};

/// What is on a file system that somebody else mounts for a brick.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claim {
    /// The UUID of the brick that the file system is marked as; none without a mark.
    pub mark: Option<String>,
    /// Names of what the file system holds; empty if it holds nothing.
    pub holds: String,
}

/// The claims of a host, by mount point.
pub(super) fn parse(sections: &Sections, desired: &DesiredHost) -> BTreeMap<String, Claim> {
    let claims = desired.bricks.iter().filter(|brick| brick.is_directory());
    let claim = |brick: &BrickFileSystem| {
        let value = |key| {
            let value = sections.value(&format!("claim {}", brick.mount), key);
            value.filter(|value| !value.is_empty()).map(str::to_owned)
        };
        Claim {
            mark: value("mark"),
            holds: value("holds").unwrap_or_default(),
        }
    };
    claims.map(|brick| (brick.mount.clone(), claim(brick))).collect()
}

/// Adds the marked file systems that are mounted to those that are known by their own UUIDs: a mark stands for a brick as the
/// UUID of a file system does that glusterctl made.
pub(super) fn add(claims: &BTreeMap<String, Claim>, mounted: &[Mounted], found: &mut BTreeMap<String, Vec<XfsDevice>>) {
    for (directory, claim) in claims {
        let mounted = mounted.iter().rev().find(|mounted| mounted.target == *directory);
        let (Some(mark), Some(mounted)) = (&claim.mark, mounted) else {
            continue;
        };
        found.entry(mark.clone()).or_default().push(XfsDevice {
            number: mounted.number.clone(),
            path: directory.clone(),
            ..XfsDevice::default()
        });
    }
}
