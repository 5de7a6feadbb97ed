//! The quota of a volume: how much the volume, and directories in it, may hold.

use std::collections::BTreeMap;
use std::fmt;

use super::kubernetes::names::Quantity;
use super::names::{Refused, name, refuse};
use super::paths::normalized;

/// What a volume and directories in it may hold; empty if the volume has no quota. The limit of [`QuotaPath::ROOT`] is
/// the limit of the volume as a whole.
pub type Quota = BTreeMap<QuotaPath, Quantity>;

name!(
    /// The path of a directory as seen from the root of a volume; `/` is the root itself.
    QuotaPath,
    quota_path
);

fn quota_path(text: &str) -> Result<(), Refused> {
    normalized(text, "a directory of a quota")?;
    if text.split('/').any(|part| part == ".glusterfs" || part == ".trashcan") {
        return refuse("Gluster keeps the directories .glusterfs and .trashcan for itself");
    }
    Ok(())
}

impl QuotaPath {
    /// The root of a volume.
    pub const ROOT: &'static str = "/";

    /// The volume as a whole.
    #[must_use]
    pub fn root() -> Self {
        QuotaPath::preset(Self::ROOT)
    }

    /// Whether this is the volume as a whole.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.as_str() == Self::ROOT
    }

    /// Whether the directory of that path is this directory or below this directory.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        self.is_root()
            || path
                .strip_prefix(self.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_of_a_quota_is_inside_the_volume() {
        for bad in [
            "",
            "a",
            "/a/",
            "/a/../b",
            "//",
            "/.glusterfs/x",
            "/a b",
            "/a,b",
            "/$(id)",
        ] {
            assert!(QuotaPath::parse(bad).is_err(), "{bad:?}");
        }
        let path = |text| QuotaPath::parse(text).unwrap();
        assert!(path("/").holds("/a") && path("/a").holds("/a/b") && path("/a").holds("/a"));
        assert!(!path("/a").holds("/ab") && !path("/a/b").holds("/a"));
    }
}
