//! The observed state: types and pure parsers. `gather` is the only I/O here.

mod devices;
mod disks;
mod fstab;
mod gather;
mod gluster;
mod host;
mod mountinfo;
mod points;
mod sections;

use std::collections::BTreeMap;

pub use devices::{Content, Device, DeviceKind, Holder, InUse, Known, Partition};
pub use disks::{Disk, Disks};
pub use fstab::{FstabLine, parse as fstab};
pub use gather::{observe, script};
pub use gluster::{BrickHeal, BrickStatus};
pub use gluster::{
    PEER_IN_CLUSTER, Peer, Pool, Reply, VolumeInfo, heal_entries, peers_in_reply, pool, reply, volume_status, volumes,
};
pub use host::{Brick, Elsewhere, Glusterd, HOSTS_TEMPLATE, HostFacts, Package, Place, Unit};
pub use mountinfo::Mounted;
pub use points::{BarePoint, MountPoint};

use crate::inventory::HostName;
use crate::remote::Lost;

/// What was observed: each host of the inventory, or why it could not be observed.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// One entry for each host of the inventory.
    pub hosts: BTreeMap<HostName, Result<HostFacts, Lost>>,
}

impl Facts {
    /// Some of the hosts provision themselves, elsewhere: of those, only what their glusterd says is known.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        let mut observed = self.hosts.values().filter_map(|host| host.as_ref().ok());
        observed.any(|host| host.elsewhere.is_some())
    }

    /// What is known about a host, unless it could not be observed.
    #[must_use]
    pub fn of(&self, host: &HostName) -> Option<&HostFacts> {
        self.hosts.get(host)?.as_ref().ok()
    }
}
