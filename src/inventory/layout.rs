//! Which bricks a volume has and how they form replica sets. Pure.

use super::model::{Inventory, Volume};
use super::names::{ClusterName, DevicePath, HostName, VolumeName};

/// A directory on a file system of its own, on one device of one host, that holds a part of a volume.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Brick {
    /// The host it is on.
    pub host: HostName,
    /// The device below it.
    pub device: DevicePath,
    /// The brick directory, for example `/bricks/vdb/gv0`.
    pub dir: String,
}

impl Brick {
    /// As Gluster names it: `kube1:/bricks/vdb/gv0`.
    #[must_use]
    pub fn spec(&self) -> String {
        format!("{}:{}", self.host, self.dir)
    }
}

/// Where a device's brick file system is mounted: `/dev/vdb` at `/bricks/vdb`,
/// `/dev/disk/by-id/virtio-x` at `/bricks/disk-by-id-virtio-x`.
#[must_use]
pub fn brick_mount(device: &DevicePath) -> String {
    let below_dev = device.as_str().trim_start_matches("/dev/");
    format!("/bricks/{}", below_dev.replace('/', "-"))
}

/// The brick directory of a volume on a device: below the mount point, so that it is missing while nothing is mounted.
#[must_use]
pub fn brick_dir(device: &DevicePath, volume: &VolumeName) -> String {
    format!("{}/{volume}", brick_mount(device))
}

/// The file system UUID of a device's brick: known before the file system exists, and always the same for the same
/// cluster, host and device (RFC 9562 version 5).
#[must_use]
pub fn brick_uuid(cluster: &ClusterName, host: &HostName, device: &DevicePath) -> uuid::Uuid {
    // Chosen once for glusterctl; never to change, or no disk would be recognised any more.
    const BRICKS: uuid::Uuid = uuid::uuid!("2f2a3c86-5b0c-4f0e-9a1d-6c5e0f7b9d41");
    uuid::Uuid::new_v5(&BRICKS, format!("{cluster}\n{host}\n{device}").as_bytes())
}
