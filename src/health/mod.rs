//! Whether the cluster is healthy: what was observed, merged for `status`, `apply` and `rehearse`. What was not observed is
//! unknown: never absent, never down. Pure.

mod boot;
mod contacts;
mod problems;
mod state;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::Serialize;

use crate::desired::{Desired, DesiredHost};
use crate::facts::{BrickHeal, BrickStatus, Facts, Tried};
use crate::inventory::{HostName, MountPath, Role, VolumeName};

pub use boot::{clones, doubled, reasons, unprotected};
pub use contacts::{between_peers, to_all_bricks, to_unreached_bricks};
pub use state::{server_to_ask, started};
pub use table::table;

/// The version of the JSON. Version 2 has null for what is not known, where version 1 had false, and whether a volume
/// exists.
const VERSION: u32 = 2;

/// What Gluster says about bricks, by volume: one entry for each volume that Gluster was asked about.
pub type BricksSeen = BTreeMap<VolumeName, BricksSaid>;

/// What Gluster says about a volume's bricks; `Err` holds why there is no answer.
#[derive(Debug)]
pub struct BricksSaid {
    /// The bricks' processes.
    pub status: Result<Vec<BrickStatus>, String>,
    /// What the bricks have to heal; none of a volume that heals nothing.
    pub heal: Option<Result<Vec<BrickHeal>, String>>,
}

/// The state of the cluster. Its JSON is a stable interface.
#[derive(Debug, Serialize)]
pub struct Health {
    /// The version of this interface.
    pub version: u32,
    /// Whether there are no problems. What is not known is a problem, except what a self-managed host alone can know.
    pub healthy: bool,
    /// Everything that is wrong or not known, a sentence each.
    pub problems: Vec<String>,
    /// What operators have to know though nothing is wrong, a sentence each.
    pub warnings: Vec<String>,
    /// The hosts, in the inventory's order.
    pub hosts: Vec<HostHealth>,
    /// The volumes, in the inventory's order.
    pub volumes: Vec<VolumeHealth>,
    /// The mounts of each host, in the inventory's order.
    pub mounts: Vec<MountHealth>,
}

/// The state of a host.
#[derive(Debug, Serialize)]
pub struct HostHealth {
    /// The host's name.
    pub name: HostName,
    /// The host's address.
    pub address: Ipv4Addr,
    /// The host's role.
    pub role: Role,
    /// Whether the host could be observed.
    pub reachable: bool,
    /// Whether the host provisions itself: from this machine, only its glusterd can be asked.
    pub self_managed: bool,
    /// Whether glusterd answers; none on a client, and if that is not known.
    pub glusterd: Option<bool>,
    /// How many of the other servers are connected peers; none on a client, and if that is not known.
    pub peers: Option<usize>,
    /// How many peers should be connected.
    pub peers_wanted: usize,
    /// Why the host would not come back after a reboot with everything mounted; empty if it would, none if that is not
    /// known.
    pub boot: Option<Vec<String>>,
}

/// The state of a volume.
#[derive(Debug, Serialize)]
pub struct VolumeHealth {
    /// The volume's name.
    pub name: VolumeName,
    /// Whether the volume exists; none if no server knows the volume and not every server said so.
    pub exists: Option<bool>,
    /// The type in Gluster's words, for example `Distributed-Replicate`; none if there is no such volume, or if no server
    /// says the type.
    pub r#type: Option<String>,
    /// The numbers of sets and of bricks in a set, for example `4 × (2 + 1)`; none if the type is none.
    pub shape: Option<String>,
    /// Whether the volume is started; none if no server says so.
    pub started: Option<bool>,
    /// The bricks, set after set.
    pub bricks: Vec<BrickHealth>,
}

/// The state of a brick.
#[derive(Debug, Serialize)]
pub struct BrickHealth {
    /// The brick's host.
    pub host: HostName,
    /// The brick's directory.
    pub dir: String,
    /// Whether the brick's file system is mounted; none if the host was not observed.
    pub mounted: Option<bool>,
    /// Whether the brick has a process and the self-heal daemon reaches the brick: only both together mean that the
    /// brick serves. None if that is not known.
    pub online: Option<bool>,
    /// How many entries are left to heal; none if that is not known, as while the self-heal daemon does not reach the
    /// brick.
    pub to_heal: Option<u64>,
    /// For how many seconds at least the oldest of these entries has been waiting: 0 if there are none, none if that is
    /// not known.
    pub to_heal_seconds: Option<u64>,
}

/// The state of a mount.
#[derive(Debug, Serialize)]
pub struct MountHealth {
    /// The host.
    pub host: HostName,
    /// The volume.
    pub volume: VolumeName,
    /// The mount point.
    pub path: MountPath,
    /// Whether the volume is mounted; none if the host was not observed.
    pub mounted: Option<bool>,
    /// Whether the volume is mounted and answers; none if the host was not observed.
    pub answers: Option<bool>,
}

impl Health {
    /// The state of the cluster, from what was observed. `tried` are the connections that were tried because Gluster says
    /// that they do not come about.
    #[must_use]
    pub fn of(desired: &Desired, facts: &Facts, seen: &BricksSeen, tried: &[Tried]) -> Self {
        let hosts = desired.hosts.iter();
        let volumes = desired.inventory.volumes.iter();
        let mounts = |host: &DesiredHost| {
            let (observed, name) = (state::observed(facts, host.name()), host.name().clone());
            let mounts = host.mounts.iter();
            let mounts = mounts.map(|volume| state::mount(observed, &name, volume));
            mounts.collect::<Vec<_>>()
        };
        let mut health = Health {
            version: VERSION,
            healthy: false,
            problems: Vec::new(),
            warnings: [
                unprotected(desired, facts),
                clones(desired, facts),
                doubled(desired, facts),
            ]
            .concat(),
            hosts: hosts.map(|host| state::host(desired, facts, host)).collect(),
            volumes: volumes
                .map(|volume| state::volume(desired, facts, seen.get(&volume.name), volume))
                .collect(),
            mounts: desired.hosts.iter().flat_map(mounts).collect(),
        };
        let known_there_alone = problems::known_there_alone(&health);
        health.warnings.extend(known_there_alone);
        health.problems = problems::of(&health, facts, seen);
        health.problems.extend(contacts::problems(desired, facts, tried));
        health.healthy = health.problems.is_empty();
        health
    }
}
