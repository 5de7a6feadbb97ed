//! Bricks: a file system on each device of a server, with a directory for each volume. Pure.

use std::fmt;

use uuid::Uuid;

use crate::inventory::{BrickDevice, BrickName, ClusterName, HostName, VolumeName};

/// The file system for the bricks on one device.
#[derive(Debug)]
pub struct BrickFileSystem<'i> {
    /// The device, with the brick's name.
    pub device: &'i BrickDevice,
    /// The file system's UUID, in lower case.
    pub uuid: String,
    /// Where the file system is mounted, for example `/bricks/vdb`.
    pub mount: String,
}

impl<'i> BrickFileSystem<'i> {
    pub(super) fn of(cluster: &ClusterName, host: &HostName, device: &'i BrickDevice) -> Self {
        BrickFileSystem {
            uuid: brick_uuid(cluster, host, &device.name).to_string(),
            mount: format!("/bricks/{}", device.name),
            device,
        }
    }

    /// The brick directory of a volume: below the mount point, so that the directory is missing while nothing is
    /// mounted.
    #[must_use]
    pub fn dir(&self, volume: &VolumeName) -> String {
        format!("{}/{volume}", self.mount)
    }
}

/// The UUID of a brick's file system: known before the file system exists, and always the same for the same cluster,
/// host and brick (RFC 9562 version 5).
#[must_use]
pub fn brick_uuid(cluster: &ClusterName, host: &HostName, brick: &BrickName) -> Uuid {
    // The namespace, and `/dev/` before the name, never change: with another namespace, glusterctl would not recognise
    // the bricks that exist.
    const BRICKS: Uuid = uuid::uuid!("2f2a3c86-5b0c-4f0e-9a1d-6c5e0f7b9d41");
    Uuid::new_v5(&BRICKS, format!("{cluster}\n{host}\n/dev/{brick}").as_bytes())
}

/// A brick as Gluster names it: `kube1:/bricks/vdb/gv0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BrickSpec {
    /// The name that the pool knows the host by.
    pub host: String,
    /// The brick directory.
    pub dir: String,
}

impl BrickSpec {
    /// Reads a brick as Gluster prints the brick. The path begins at the first `:/`; an IPv6 address has colons, too.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let at = text.find(":/")?;
        Some(BrickSpec {
            host: text[..at].to_owned(),
            dir: text[at + 1..].to_owned(),
        })
    }
}

impl fmt::Display for BrickSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.dir)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brick_is_read_as_gluster_names_it() {
        let spec = BrickSpec::parse("fd00::1:/bricks/b1/gv0").unwrap();
        assert_eq!((spec.host.as_str(), spec.dir.as_str()), ("fd00::1", "/bricks/b1/gv0"));
        assert_eq!(spec.to_string(), "fd00::1:/bricks/b1/gv0");
        assert_eq!(BrickSpec::parse("kube1"), None);
    }

    #[test]
    fn the_uuid_of_a_brick_never_changes() {
        let name = |text: &str| HostName::parse(text).unwrap();
        let cluster = ClusterName::parse("kube").unwrap();
        let uuid = |host, brick| brick_uuid(&cluster, &name(host), &BrickName::parse(brick).unwrap()).to_string();
        assert_eq!(uuid("kube1", "vdb"), "1a59bb3b-732d-5bde-bc32-1d88534f9ede");
        assert_ne!(uuid("kube1", "vdb"), uuid("kube2", "vdb"));
        assert_ne!(uuid("kube1", "vdb"), uuid("kube1", "vdc"));
    }
}
