//! The observed state of the hosts: types and pure parsers, for everyone who compares. Only `gather`,
//! `Disks::of`, `try_contacts` and `vitals` do I/O.

mod claims;
mod cluster;
mod contacts;
mod devices;
mod disks;
mod existing;
mod firewall;
mod fstab;
mod gather;
mod gluster;
mod glusterd;
mod host;
mod identities;
mod installed;
mod lvm;
mod mountinfo;
mod moving;
mod notes;
mod points;
mod quotas;
mod sections;
mod supervised;
mod tls;
mod vitals;
mod xfs;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub use claims::Claim;
pub use cluster::{ClusterFacts, Disagreement, KnownVolume, Link};
pub use contacts::{Answer, Contact, Listener, Tried, try_contacts};
pub use devices::{Content, Device, DeviceKind, Holder, InUse, Known, Partition};
pub use disks::{Disk, Disks, Newcomer};
pub use existing::ExistingServer;
pub use firewall::Firewall;
pub use fstab::{FstabLine, OF_NODE as FSTAB_OF_NODE, parse as fstab};
pub use gather::{glance, observe, script};
pub use gluster::{
    BrickClients, BrickHeal, BrickStatus, Clients, Snapshot, SplitBrainEntry, Task, TaskKind, TaskState, VolumeId,
    Volumes, snapshots,
};
pub use gluster::{
    Migration, MigrationState, PEER_IN_CLUSTER, Peer, Pool, Removal, Reply, VolumeInfo, heal_entries, migration,
    peers_in_reply, pool, reply, volume_clients, volume_status, volumes,
};
pub use gluster::{QuotaDaemon, QuotaUse, VolumeStatus, quota_uses};
pub use gluster::{clients, global_number, split_brain};
pub use glusterd::{Glusterd, SpeaksIpv6};
pub use host::{BrickDirectory, HostFacts};
pub use identities::Identities;
pub use installed::{Package, Unit};
pub use lvm::{LogicalVolume, Lvm, PhysicalVolume, VolumeGroup};
pub use mountinfo::Mounted;
pub use moving::{Moving, MovingState, Room, Work};
pub use notes::{Maintenance, Progress, RollingNote};
pub use points::{BarePoint, MountPoint};
pub use quotas::QuotaLimits;
pub use supervised::{StateDirectory, Supervised};
pub use tls::{Certificate, Tls};
pub use vitals::{Clock, LOGS, STATE, Space, Vitals, VitalsOfAll, vitals};
pub use xfs::XfsDevice;

use crate::desired::Desired;
use crate::inventory::HostName;
use crate::remote::RemoteError;

/// What was observed: each host of the inventory, or why it could not be observed.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// One entry for each host of the inventory.
    hosts: HashMap<HostName, Result<HostFacts, RemoteError>>,
    /// The pool and the volumes, merged from what all servers said.
    pub cluster: ClusterFacts,
}

impl Facts {
    /// Facts from what was observed: one entry for each host of the inventory.
    #[must_use]
    pub fn new(desired: &Desired, mut hosts: BTreeMap<HostName, Result<HostFacts, RemoteError>>) -> Self {
        share_volumes(desired, &mut hosts);
        let observed = |name| hosts.get(name).and_then(|host| host.as_ref().ok());
        let servers = desired.servers().map(|server| (server.name(), observed(server.name())));
        let cluster = ClusterFacts::merge(servers);
        Facts {
            cluster,
            hosts: hosts.into_iter().collect(),
        }
    }

    /// Why a host could not be observed, if it could not.
    #[must_use]
    pub fn error_of(&self, host: &HostName) -> Option<&RemoteError> {
        self.hosts.get(host)?.as_ref().err()
    }

    /// Whether some hosts are self-managed: of such a host, only what its glusterd says is known.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        let mut observed = self.hosts.values().filter_map(|host| host.as_ref().ok());
        observed.any(|host| host.self_managed.is_some())
    }

    /// Whether nothing is known of any host.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hosts.values().all(Result::is_err)
    }

    /// What is known about a host, unless it could not be observed.
    #[must_use]
    pub fn of(&self, host: &HostName) -> Option<&HostFacts> {
        self.hosts.get(host)?.as_ref().ok()
    }
}

/// Servers that define a volume alike share one copy of the definition: hundreds of copies of the definitions of
/// volumes with many bricks would not fit into memory.
fn share_volumes(desired: &Desired, hosts: &mut BTreeMap<HostName, Result<HostFacts, RemoteError>>) {
    let mut first: BTreeMap<String, Arc<VolumeInfo>> = BTreeMap::new();
    for server in desired.servers() {
        let Some(Ok(HostFacts {
            glusterd: Glusterd::Answers { volumes, .. },
            ..
        })) = hosts.get_mut(server.name())
        else {
            continue;
        };
        for (name, info) in volumes {
            let shared = first.entry(name.clone()).or_insert_with(|| Arc::clone(info));
            if !Arc::ptr_eq(shared, info) && shared == info {
                *info = Arc::clone(shared);
            }
        }
    }
}
