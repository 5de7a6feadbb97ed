//! Whether the cluster is healthy: what was observed, merged for `status`, `apply` and `rehearse`. What was not observed is
//! unknown: never absent, never down. Pure.

mod boot;
mod certificates;
mod clocks;
mod connections;
mod contacts;
pub mod doctor;
mod found;
pub mod gate;
mod limit;
mod problems;
mod prometheus;
mod quota;
mod serving;
mod space;
mod split_brain;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod thin_pools;
mod versions;
mod warnings;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::desired::{Desired, DesiredHost};
use crate::facts::{
    BrickHeal, BrickStatus, Clients, Facts, QuotaDaemon, QuotaUse, SplitBrainEntry, Task, TaskKind, TaskState, Tried,
    VitalsOfAll,
};
use crate::inventory::{Address, HostName, MountPath, Role, VolumeName};
use crate::plan::has_left;

pub use boot::{doubled, reasons, unprotected};
pub use clocks::ClockHealth;
pub use connections::{MissingConnection, missing as missing_connections};
pub use contacts::{between_peers, to_all_bricks, to_unreached_bricks};
pub use found::{Found, Kind};
pub use limit::HealthLimit;
pub(crate) use problems::waits_long;
pub use prometheus::metrics;
pub use quota::QuotaHealth;
pub use serving::{Quorum, QuorumType, VolumeState};
pub(crate) use space::size;
pub use space::{Basis, FileSystemHealth, Forecast, Purpose, VolumeSpace};
pub use split_brain::{SplitBrain, SplitBrainFile};
pub use state::{is_answering, is_pool_whole, server_to_ask, started};
pub use table::table;
pub use versions::OpVersion;

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
    /// What else Gluster says of the volume.
    pub more: MoreSaid,
}

impl BricksSaid {
    /// Whether a brick has entries to heal.
    #[must_use]
    pub fn is_healing(&self) -> bool {
        let mut bricks = self.heal.iter().flatten().flatten();
        bricks.any(|brick| brick.entries.is_some_and(|some| some > 0))
    }

    /// The same with each brick in the words of the inventory ([`Desired::in_own_words`]). The entries in split-brain keep
    /// Gluster's words, which the commands need that end a split-brain.
    #[must_use]
    pub fn in_words_of(mut self, desired: &Desired) -> Self {
        for status in self.status.iter_mut().flatten() {
            status.brick = desired.in_own_words(&status.brick);
        }
        for heal in self.heal.iter_mut().flatten().flatten() {
            heal.brick = desired.in_own_words(&heal.brick);
        }
        self
    }
}

/// What Gluster says of a volume besides its bricks; what was not asked or not answered is none.
#[derive(Debug, Default)]
pub struct MoreSaid {
    /// The long tasks of the volume.
    pub tasks: Option<Vec<Task>>,
    /// The entries in split-brain; asked only while entries are left to heal, and unless Gluster is slow to
    /// say that.
    pub split_brain: Option<Result<Vec<SplitBrainEntry>, String>>,
    /// The clients; asked only while all bricks are reached.
    pub clients: Option<Clients>,
    /// The connections of clients to bricks that are missing; asked only while all bricks are reached, and unless `doctor`
    /// asks only while entries are left to heal.
    pub missing: Vec<MissingConnection>,
    /// The limits of the quota, and what is used of them; asked only if the quota is on.
    pub quota: Option<Result<Vec<QuotaUse>, String>>,
    /// The quota daemons of the servers, if the quota is on.
    pub quota_daemons: Option<Vec<QuotaDaemon>>,
}

/// Everything that was looked at besides the facts.
#[derive(Debug, Default)]
pub struct Looks {
    /// What Gluster says about bricks.
    pub seen: BricksSeen,
    /// The connections that were tried because Gluster says that they do not come about.
    pub tried: Vec<Tried>,
    /// How the hosts fare.
    pub vitals: VitalsOfAll,
    /// The highest op-version that all servers know; none if no server told.
    pub highest_op_version: Option<u32>,
    /// The first look of `status --watch`, and how many seconds ago.
    pub earlier: Option<(std::sync::Arc<VitalsOfAll>, u64)>,
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
    /// The file systems of bricks, of logs and of glusterd's state.
    pub file_systems: Vec<FileSystemHealth>,
    /// The op-version of the cluster.
    pub op_version: OpVersion,
    /// What the picture is limited to; none of the whole cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<HealthLimit>,
    /// The problems and the warnings, each with its kind.
    #[serde(skip)]
    pub found: Vec<Found>,
}

/// The state of a host.
#[derive(Debug, Serialize)]
pub struct HostHealth {
    /// The host's name.
    pub name: HostName,
    /// The host's address.
    pub address: Address,
    /// The host's role.
    pub role: Role,
    /// Whether the host could be observed.
    pub reachable: bool,
    /// Whether the host provisions itself: from this machine, only its glusterd can be asked.
    pub self_managed: bool,
    /// Whether the host is in maintenance; none if the host was not observed.
    pub maintenance: Option<bool>,
    /// Whether glusterd answers; none on a client, and if that is not known.
    pub glusterd: Option<bool>,
    /// How many of the other servers are connected peers; none on a client, and if that is not known.
    pub peers: Option<usize>,
    /// How many peers should be connected.
    pub peers_wanted: usize,
    /// Why the host would not come back after a reboot with everything mounted; empty if it would, none if that is not
    /// known.
    pub boot: Option<Vec<String>>,
    /// The kinds of these reasons.
    #[serde(skip)]
    pub(crate) boot_kinds: Vec<Kind>,
    /// The version of GlusterFS that is installed; none if there is none, or if that is not known.
    pub glusterfs: Option<String>,
    /// The op-version that glusterd has on disk; none on a client, and if that is not known.
    pub op_version: Option<u32>,
    /// The clock; none if that is not known.
    pub clock: Option<ClockHealth>,
    /// How many days are left until the host's certificate ends; none if there is none, or if that is not known.
    pub certificate_days: Option<i64>,
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
    /// The state in one word.
    pub state: VolumeState,
    /// Whether each set can be read and written; none if that is not known, and no sets if no server told of the volume.
    pub serves: Vec<Option<bool>>,
    /// How many bricks of a set have to be up; none if no server told of the volume.
    pub quorum: Option<Quorum>,
    /// The entries in split-brain; none if that is not known.
    pub split_brain: Option<SplitBrain>,
    /// The rebalance and the removals of bricks that Gluster lists; none if that is not known.
    pub tasks: Option<Vec<TaskHealth>>,
    /// How many clients of each kind are connected; none if that is not known.
    pub clients: Option<Clients>,
    /// The limits of the quota; empty if the quota is off, none if that is not known.
    pub quota: Option<Vec<QuotaHealth>>,
    /// The space; none unless every brick is known that holds data.
    pub space: Option<VolumeSpace>,
    /// The bricks, set after set.
    pub bricks: Vec<BrickHealth>,
}

/// A rebalance, or a removal of bricks.
#[derive(Debug, Serialize)]
pub struct TaskHealth {
    /// What the task does.
    pub kind: TaskKind,
    /// How far the task is.
    pub state: TaskState,
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
    /// The port on which the brick listens; none if the brick has no process, or if that is not known.
    pub port: Option<u16>,
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
    /// The state of the cluster, from what was observed and looked at.
    #[must_use]
    pub fn of(desired: &Desired, facts: &Facts, looks: &Looks) -> Self {
        let mounts = |host: &DesiredHost| {
            let (observed, name) = (state::observed(facts, host.name()), host.name().clone());
            let mounts = host.mounts.iter();
            let mounts = mounts.map(|volume| state::mount(observed, &name, volume));
            mounts.collect::<Vec<_>>()
        };
        let is_mounted = |host: &HostName, path: &str| {
            let observed = state::observed(facts, host);
            observed.is_some_and(|observed| observed.mounted_at(path).is_some())
        };
        let earlier = looks.earlier.as_ref().map(|(vitals, ago)| (&**vitals, *ago));
        let file_systems = space::file_systems(desired, &looks.vitals, is_mounted, earlier);
        // What has left the cluster is no part of the cluster's health.
        let stays = |host: &&DesiredHost| !has_left(desired, facts, host.name());
        let members: Vec<&DesiredHost> = desired.hosts.iter().filter(stays).collect();
        let volumes = desired.inventory.volumes.iter();
        let volumes = volumes.filter(|volume| !volume.leaving || facts.cluster.volume(volume.name.as_str()).is_some());
        let mut health = Health {
            version: VERSION,
            healthy: false,
            problems: Vec::new(),
            warnings: Vec::new(),
            hosts: members
                .iter()
                .map(|host| state::host(desired, facts, host, looks.vitals.get(host.name())))
                .collect(),
            volumes: volumes
                .map(|volume| state::volume(desired, facts, looks.seen.get(&volume.name), volume, &file_systems))
                .collect(),
            mounts: members.into_iter().flat_map(mounts).collect(),
            file_systems,
            op_version: OpVersion::default(),
            limit: None,
            found: Vec::new(),
        };
        health.op_version = versions::op_version(&health, looks.highest_op_version);
        let warnings = warnings::of(&health, desired, facts, looks);
        let mut problems = problems::of(&health, facts, &looks.seen);
        problems.extend(contacts::problems(desired, facts, &looks.tried));
        problems.extend(quota::daemons_down(desired, facts, looks));
        problems.extend(certificates::problems(desired, facts));
        health.tell(problems, warnings);
        health
    }

    /// Says what was found.
    fn tell(&mut self, problems: Vec<Found>, warnings: Vec<Found>) {
        let sentences = |found: &[Found]| found.iter().map(Found::sentence).collect::<Vec<_>>();
        (self.problems, self.warnings) = (sentences(&problems), sentences(&warnings));
        self.healthy = problems.is_empty();
        self.found = [problems, warnings].concat();
    }
}
