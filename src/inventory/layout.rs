//! Which bricks a volume has and how they form replica sets. Pure.

use super::model::{Host, Inventory, Volume};
use super::names::{ClusterName, DevicePath, HostName, VolumeName, Zone};
use super::sets::{NoLayout, Place, Sets, arrange};

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

/// The bricks of a volume by replica set, in the order in which `gluster volume create` takes them. Every device of
/// every server holds one brick of each volume. The bricks of a set are on different hosts, and in different zones if
/// no zone has more bricks than there are sets. With an arbiter, it is the last of each set, and the arbiters are
/// spread over the hosts.
///
/// # Errors
/// The bricks cannot form such sets. An inventory from `inventory::read` has no such volume.
pub fn replica_sets(inventory: &Inventory, volume: &Volume) -> Result<Vec<Vec<Brick>>, NoLayout> {
    let servers: Vec<&Host> = inventory.servers().collect();
    let mut devices: Vec<_> = servers.iter().map(|host| host.devices.iter()).collect();
    let brick = |host: usize| {
        let device = devices[host].next()?;
        let dir = brick_dir(device, &volume.name);
        Some(Brick {
            host: servers[host].name.clone(),
            device: device.clone(),
            dir,
        })
    };
    let sets = sets(&servers, volume)?.hosts;
    let lengths: Vec<usize> = sets.iter().map(Vec::len).collect();
    let mut bricks = sets.into_iter().flatten().filter_map(brick);
    Ok(lengths
        .into_iter()
        .map(|length| bricks.by_ref().take(length).collect())
        .collect())
}

fn sets(servers: &[&Host], volume: &Volume) -> Result<Sets, NoLayout> {
    let places: Vec<Place<'_>> = servers
        .iter()
        .map(|host| Place {
            name: host.name.as_str(),
            zone: host.zone.as_ref().map(Zone::as_str),
            bricks: host.devices.len(),
        })
        .collect();
    arrange(&places, volume.replicate)
}

impl Inventory {
    /// What is allowed but probably not wanted, a sentence each.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let servers: Vec<&Host> = self.servers().collect();
        let mut warnings = Vec::new();
        for volume in &self.volumes {
            if volume.replicate.replica == 2 {
                warnings.push(format!(
                    "volume {}: replica 2 can split-brain when the hosts lose sight of each other; \
                     write `replica: 3`, or `replica: 3, arbiter: 1` with a small third device",
                    volume.name
                ));
            }
            if self.hosts_mounting(volume).next().is_none() {
                warnings.push(format!(
                    "volume {}: no host mounts it, as none is a client; write `on: all`, or add clients",
                    volume.name
                ));
            }
            if let Ok(Sets {
                crowded: Some(zone), ..
            }) = sets(&servers, volume)
            {
                warnings.push(format!(
                    "volume {}: zone {zone} has more bricks than there are replica sets, so replicas of one set share \
                     a zone; move devices to other zones, or lower `replica`",
                    volume.name
                ));
            }
        }
        warnings
    }
}
