//! Paths inside of volumes.

use std::fmt;

use super::names::{Refused, name, refuse};

name!(
    /// The path of a directory or a file as seen from the root of a volume; `/` is the root itself. Any characters but those
    /// that control a terminal: whoever keeps files in a volume names them.
    VolumePath,
    volume_path
);

/// What the root of a volume has besides its users' files.
const OWN: [&str; 3] = [".trashcan", ".snaps", ".meta"];

fn volume_path(text: &str) -> Result<(), Refused> {
    const MAX: usize = 4_000;
    let Some(inside) = text.strip_prefix('/') else {
        return refuse("a path inside of a volume begins with '/', which is the root of the volume");
    };
    if text.len() > MAX {
        return refuse(format!("a path inside of a volume has at most {MAX} bytes"));
    }
    if text.chars().any(char::is_control) {
        return refuse("a path inside of a volume has no control characters here; name the directory above");
    }
    let mut parts = inside.split('/');
    if !inside.is_empty() && parts.any(|part| matches!(part, "" | "." | "..")) {
        return refuse("a path inside of a volume has no '//', '/./' or '/../', and no '/' at its end");
    }
    let first = inside.split('/').next().unwrap_or_default();
    if OWN.contains(&first) || first.starts_with(".glusterfs") {
        return refuse(format!("Gluster keeps /{first} for itself"));
    }
    Ok(())
}

impl VolumePath {
    /// The volume as a whole.
    #[must_use]
    pub fn root() -> Self {
        VolumePath::preset("/")
    }

    /// Whether this is the volume as a whole.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.as_str() == "/"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_inside_of_the_volume_and_off_what_is_glusters() {
        for good in [
            "/",
            "/a",
            "/a/.glusterfs",
            "/Été 2026/$(x) [1]*",
            "/.hidden",
            "/-n",
            "/a:b",
        ] {
            assert!(VolumePath::parse(good).is_ok(), "{good:?}");
        }
        for bad in [
            "",
            "a",
            "/a/",
            "//",
            "/a//b",
            "/./a",
            "/a/..",
            "/..",
            "/a\nb",
            "/\u{1b}[2J",
            "/.glusterfs/00",
            "/.trashcan",
            "/.snaps/s1/a",
            "/.glusterfs-anonymous-inode-1",
            &format!("/{}", "a".repeat(4_000)),
        ] {
            assert!(VolumePath::parse(bad).is_err(), "{bad:?}");
        }
        assert!(VolumePath::root().is_root());
    }
}
