//! Mount points of bricks and volumes: the directories, and what answers at them. Pure.

use super::sections::Sections;

/// A directory that a volume is mounted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MountPoint {
    /// There is no such directory.
    Missing,
    /// The directory is empty, or a file system is mounted there and answers.
    Ready,
    /// No file system is mounted on the directory, but the directory holds files.
    HoldsFiles,
    /// A volume is mounted, but its FUSE client is gone: the kernel says so, and there is no process.
    Dead,
    /// A volume is mounted and its FUSE client lives, but reaches no brick or hangs.
    Disconnected,
    /// Whoever looks at the path gets this error, for example `Input/output error`.
    Failing(String),
    /// The path is not a directory.
    Other,
}

/// The bare directory of a mount point, below the mounted file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarePoint {
    /// There is no such directory, or lsattr failed.
    Unknown,
    /// Nothing can be written to the directory (chattr(1), attribute i).
    Immutable,
    /// While nothing is mounted, files that are written to the directory fill the file system below.
    Writable,
    /// The file system below does not support the attribute.
    Unprotectable,
}

/// Parses the section of a volume's mount point.
pub fn mount_point(sections: &Sections, path: &str) -> MountPoint {
    let name = format!("mount {path}");
    match (sections.value(&name, "kind"), sections.value(&name, "holds")) {
        (Some("directory"), None) => MountPoint::Ready,
        (Some("directory"), Some(_)) => MountPoint::HoldsFiles,
        (Some("missing"), _) => MountPoint::Missing,
        (Some("dead"), _) => MountPoint::Dead,
        (Some("disconnected"), _) => MountPoint::Disconnected,
        (Some("failing"), _) => MountPoint::Failing(sections.value(&name, "error").unwrap_or_default().to_owned()),
        _ => MountPoint::Other,
    }
}

/// Parses what `lsattr -d` prints: the attributes and the path, or an error.
pub fn bare_point(sections: &Sections, path: &str) -> BarePoint {
    let said = sections.text(&format!("bare {path}")).trim();
    if said.contains("not supported") || said.contains("nappropriate ioctl") {
        return BarePoint::Unprotectable;
    }
    match said.split_once(' ') {
        Some((attributes, _)) if attributes.bytes().all(|c| c == b'-' || c.is_ascii_alphabetic()) => {
            if attributes.contains('i') {
                BarePoint::Immutable
            } else {
                BarePoint::Writable
            }
        }
        _ => BarePoint::Unknown,
    }
}
