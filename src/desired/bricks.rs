//! Bricks: a file system on each device of a server, with a directory for each volume. Pure.

use std::fmt;

use uuid::Uuid;

use super::thin_volume::ThinVolume;
use crate::inventory::{BrickDevice, BrickName, ClusterName, HostName, Volume, VolumeName};

/// The file system for the bricks on one device.
#[derive(Debug)]
pub struct BrickFileSystem<'i> {
    /// The device, with the brick's name.
    pub device: &'i BrickDevice,
    /// The file system's UUID, in lower case; empty for the root file system.
    pub uuid: String,
    /// The LVM objects that carry the file system; none if the file system is on the device itself.
    pub thin: Option<ThinVolume>,
    /// Where the file system is mounted, for example `/bricks/vdb`.
    pub mount: String,
    /// The brick directory of each volume that has a brick on the file system, or will have one.
    dirs: Vec<(&'i VolumeName, String)>,
}

impl<'i> BrickFileSystem<'i> {
    pub(super) fn of(cluster: &ClusterName, host: &HostName, device: &'i BrickDevice, volumes: &'i [Volume]) -> Self {
        let Some(existing) = &device.existing else {
            let mount = device.mount_point();
            // Below the mount point, so that the directory is missing while nothing is mounted.
            let carried = volumes.iter().filter(|volume| volume.is_on(host, device));
            let dirs = carried.map(|volume| (&volume.name, format!("{mount}/{}", volume.name)));
            let uuid = brick_uuid(cluster, host, &device.name);
            return BrickFileSystem {
                thin: ThinVolume::of(cluster, host, device, &uuid),
                uuid: uuid.to_string(),
                dirs: dirs.collect(),
                mount,
                device,
            };
        };
        BrickFileSystem {
            thin: None,
            uuid: existing.uuid.as_ref().map(ToString::to_string).unwrap_or_default(),
            mount: existing.mount.to_string(),
            dirs: existing
                .dirs
                .iter()
                .map(|(volume, dir)| (volume, dir.to_string()))
                .collect(),
            device,
        }
    }

    /// The brick directory of a volume, if the volume has a brick on the file system.
    #[must_use]
    pub fn dir(&self, volume: &VolumeName) -> Option<&str> {
        let mut dirs = self.dirs.iter();
        dirs.find(|(name, _)| *name == volume).map(|(_, dir)| dir.as_str())
    }

    /// All brick directories on the file system.
    pub fn dirs(&self) -> impl Iterator<Item = &str> {
        self.dirs.iter().map(|(_, dir)| dir.as_str())
    }

    /// Whether somebody else made the bricks: glusterctl neither formats the file system nor makes directories on it.
    #[must_use]
    pub fn is_existing(&self) -> bool {
        self.device.existing.is_some()
    }

    /// Whether somebody else, such as a kubelet, makes the file system and mounts it: glusterctl marks an empty one as the
    /// brick's, and neither formats, mounts nor unmounts it.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.device.is_directory
    }

    /// Whether the bricks are on the root file system, which is mounted whatever happens.
    #[must_use]
    pub fn is_on_root(&self) -> bool {
        self.mount == "/"
    }

    /// By what scripts recognise the file system (see `holds` in templates/file-system.sh): the path of the brick's thin volume,
    /// because a snapshot of the volume has the same UUID (seen: /dev/disk/by-uuid led to the snapshot that Gluster had just made);
    /// else the UUID. `-` stands for any file system.
    #[must_use]
    pub fn identity(&self) -> &str {
        match &self.thin {
            _ if self.is_on_root() => "-",
            Some(thin) => thin.path.as_str(),
            None => &self.uuid,
        }
    }

    /// What a line of /etc/fstab mounts.
    #[must_use]
    pub fn source(&self) -> String {
        match &self.thin {
            Some(thin) => thin.path.to_string(),
            None => format!("UUID={}", self.uuid),
        }
    }
}

/// The directories that file systems of bricks are mounted on, each once; not the root directory.
pub(super) fn mounts<'d>(bricks: &'d [BrickFileSystem]) -> impl Iterator<Item = &'d str> {
    mounted(bricks).map(|brick| brick.mount.as_str())
}

/// The same without the directories at which somebody else mounts a file system.
pub(super) fn own_mounts<'d>(bricks: &'d [BrickFileSystem]) -> impl Iterator<Item = &'d str> {
    let own = mounted(bricks).filter(|brick| !brick.is_directory());
    own.map(|brick| brick.mount.as_str())
}

fn mounted<'d, 'i>(bricks: &'d [BrickFileSystem<'i>]) -> impl Iterator<Item = &'d BrickFileSystem<'i>> {
    // Several bricks that somebody else made may be on one file system.
    let is_first = |at: usize| bricks[..at].iter().all(|other| other.mount != bricks[at].mount);
    let first = bricks.iter().enumerate().filter(move |(at, _)| is_first(*at));
    first.map(|(_, brick)| brick).filter(|brick| !brick.is_on_root())
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
