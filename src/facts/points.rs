//! Directories that bricks and volumes are mounted on. Pure.

use super::sections::Sections;

/// A directory that a volume is mounted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountPoint {
    /// There is no such directory.
    Missing,
    /// A directory that holds nothing, or on which something answers.
    Ready,
    /// Nothing is mounted on it, but it holds files.
    HoldsFiles,
    /// Something is mounted on it that does not answer, and no client is there that could.
    Dead,
    /// A volume is mounted on it whose client lives, but reaches no brick or hangs.
    Disconnected,
    /// Not a directory.
    Other,
}

/// A mount point below whatever is mounted on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarePoint {
    /// There is no such directory, or it could not be asked.
    Unknown,
    /// Nothing can be written to it (chattr(1), attribute i).
    Immutable,
    /// While nothing is mounted, what is written to it fills the file system below.
    Writable,
    /// The file system below has no such attribute.
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
        _ => MountPoint::Other,
    }
}

/// `lsattr -d` prints the attributes, then the path; or why it cannot.
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
