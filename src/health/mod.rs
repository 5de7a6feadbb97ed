//! Whether the cluster is healthy: what was observed, merged for `status`, `apply` and `rehearse`. Pure.

mod boot;
mod table;

use std::collections::{BTreeMap, HashSet};
use std::net::Ipv4Addr;

use serde::Serialize;

use crate::desired::{Brick, Desired, DesiredHost};
use crate::facts::{BrickHeal, BrickStatus, Disagreement, Facts, Glusterd, HostFacts, MountPoint};
use crate::inventory::{Host, HostName, MountPath, Role, Volume, VolumeName};

pub use boot::{reasons, unprotected};
pub use table::table;

/// What Gluster says about the volumes' bricks, by volume; `Err` holds why Gluster could not be asked.
pub type BricksSeen = BTreeMap<VolumeName, Result<(Vec<BrickStatus>, Vec<BrickHeal>), String>>;

/// The state of the cluster. Its JSON is a stable interface.
#[derive(Debug, Serialize)]
pub struct Health {
    /// The version of this interface.
    pub version: u32,
    /// Whether there are no problems.
    pub healthy: bool,
    /// Everything that is wrong, a sentence each.
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
    /// Whether glusterd answers; none on a client.
    pub glusterd: Option<bool>,
    /// How many of the other servers are connected peers; none on a client.
    pub peers: Option<usize>,
    /// How many peers should be connected.
    pub peers_wanted: usize,
    /// Why the host would not come back after a reboot with everything mounted; empty if it would.
    pub boot: Vec<String>,
}

/// The state of a volume.
#[derive(Debug, Serialize)]
pub struct VolumeHealth {
    /// The volume's name.
    pub name: VolumeName,
    /// The type in Gluster's words, for example `Distributed-Replicate`; none if there is no such volume.
    pub r#type: Option<String>,
    /// Whether the volume is started.
    pub started: bool,
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
    /// Whether the brick's file system is mounted.
    pub mounted: bool,
    /// Whether the brick has a process and the self-heal daemon reaches the brick: only both together mean that the
    /// brick serves.
    pub online: bool,
    /// How many entries are left to heal; unknown while the self-heal daemon does not reach the brick.
    pub to_heal: Option<u64>,
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
    /// Whether the volume is mounted.
    pub mounted: bool,
    /// Whether the volume is mounted and answers.
    pub answers: bool,
}

impl Health {
    /// The state of the cluster, from what was observed.
    #[must_use]
    pub fn of(desired: &Desired, facts: &Facts, seen: &BricksSeen) -> Self {
        let mounts = |host: &DesiredHost| {
            let mounts = host.mounts.iter();
            let mounts = mounts.map(|volume| mount_health(facts.of(host.name()), host.host, volume));
            mounts.collect::<Vec<_>>()
        };
        let volumes = desired.inventory.volumes.iter();
        let mut health = Health {
            version: 1,
            healthy: false,
            problems: Vec::new(),
            warnings: unprotected(desired, facts),
            hosts: desired
                .hosts
                .iter()
                .map(|host| host_health(desired, facts, host))
                .collect(),
            volumes: volumes
                .map(|volume| volume_health(desired, facts, seen, volume))
                .collect(),
            mounts: desired.hosts.iter().flat_map(mounts).collect(),
        };
        health.problems = problems(&health, facts, seen);
        health.healthy = health.problems.is_empty();
        health
    }
}

fn host_health(desired: &Desired, facts: &Facts, host: &DesiredHost) -> HostHealth {
    let observed = facts.of(host.name());
    let others: Vec<&HostName> = desired
        .servers()
        .map(DesiredHost::name)
        .filter(|name| *name != host.name())
        .collect();
    let connected = |observed: &HostFacts| {
        let peers = observed.pool().into_iter().flat_map(|pool| &pool.peers);
        let connected = peers.filter(|peer| peer.connected && peer.in_cluster);
        let names: HashSet<&str> = connected.flat_map(|peer| &peer.names).map(String::as_str).collect();
        others.iter().filter(|other| names.contains(other.as_str())).count()
    };
    let server = host.host.role == Role::Server;
    let self_managed = observed.is_some_and(|seen| seen.self_managed.is_some());
    HostHealth {
        name: host.name().clone(),
        address: host.host.address,
        role: host.host.role,
        reachable: observed.is_some() && !self_managed,
        self_managed,
        glusterd: observed
            .filter(|_| server)
            .map(|seen| matches!(seen.glusterd, Glusterd::Answers { .. })),
        peers: observed.filter(|_| server).map(connected),
        peers_wanted: others.len(),
        boot: observed
            .filter(|_| !self_managed)
            .map(|observed| reasons(desired, facts, host, observed))
            .unwrap_or_default(),
    }
}

fn volume_health(desired: &Desired, facts: &Facts, seen: &BricksSeen, volume: &Volume) -> VolumeHealth {
    let info = facts.cluster.volume(volume.name.as_str()).map(|known| &known.info);
    let seen = seen.get(&volume.name).and_then(|seen| seen.as_ref().ok());
    let brick = |brick: Brick| {
        let spec = brick.spec();
        let process = seen.and_then(|(status, _)| status.iter().find(|status| status.brick == spec));
        let heal = seen.and_then(|(_, heal)| heal.iter().find(|heal| heal.brick == spec));
        let mount = &brick.file_system.mount;
        BrickHealth {
            mounted: facts
                .of(brick.host)
                .is_some_and(|observed| observed.self_managed.is_some() || observed.mounted_at(mount).is_some()),
            online: process.is_some_and(|process| process.online) && heal.is_some_and(|heal| heal.connected),
            to_heal: heal.and_then(|heal| heal.entries),
            host: brick.host.clone(),
            dir: spec.dir,
        }
    };
    let sets = info.map(|info| info.sets()).unwrap_or_default();
    VolumeHealth {
        name: volume.name.clone(),
        r#type: info.map(|info| info.volume_type.title(sets.len())),
        started: info.is_some_and(|info| info.started),
        bricks: desired.layout(volume, &sets).bricks().map(brick).collect(),
    }
}

fn mount_health(observed: Option<&HostFacts>, host: &Host, volume: &Volume) -> MountHealth {
    let path = &volume.mount.path;
    let source = format!(":/{}", volume.name);
    let mounted = observed.and_then(|observed| observed.mounted_at(path.as_str()));
    let mounted = mounted.is_some_and(|mounted| mounted.source.ends_with(&source));
    let ready = observed.is_some_and(|observed| observed.mount_points.get(path) == Some(&MountPoint::Ready));
    MountHealth {
        host: host.name.clone(),
        volume: volume.name.clone(),
        path: path.clone(),
        mounted,
        answers: mounted && ready,
    }
}

fn problems(health: &Health, facts: &Facts, seen: &BricksSeen) -> Vec<String> {
    let mut problems = Vec::new();
    for host in &health.hosts {
        let name = &host.name;
        if let Some(error) = facts.error_of(name) {
            problems.push(format!("{name}: {}", error.what));
        }
        match host.glusterd {
            Some(false) if facts.of(name).is_some_and(|seen| seen.glusterd == Glusterd::Blank) => {
                problems.push(format!("{name}: glusterd has no identity yet, and is in no pool"));
            }
            Some(false) => problems.push(format!("{name}: glusterd does not answer")),
            Some(true) if host.peers.is_some_and(|peers| peers < host.peers_wanted) => problems.push(format!(
                "{name}: {} of {} peers are connected",
                host.peers.unwrap_or_default(),
                host.peers_wanted
            )),
            _ => {}
        }
        problems.extend(
            host.boot
                .iter()
                .map(|reason| format!("{name}: the host would not come back after a reboot: {reason}")),
        );
    }
    for volume in &health.volumes {
        let name = &volume.name;
        match (&volume.r#type, volume.started) {
            (None, _) => problems.push(format!("volume {name} does not exist")),
            (Some(_), false) => problems.push(format!("volume {name} is not started")),
            (Some(_), true) => problems.extend(brick_problems(volume, seen)),
        }
        let known = facts.cluster.volume(name.as_str());
        if let Some(Disagreement {
            between: [one, other], ..
        }) = known.and_then(|known| known.disagreement.as_ref())
        {
            problems.push(format!(
                "volume {name}: {one} and {other} have different definitions of the volume"
            ));
        }
    }
    for mount in health.mounts.iter().filter(|mount| !mount.answers) {
        let reachable = health
            .hosts
            .iter()
            .any(|host| host.name == mount.host && host.reachable);
        if reachable {
            let state = if mount.mounted {
                "is mounted, but does not answer"
            } else {
                "is not mounted"
            };
            problems.push(format!(
                "{}: volume {} {state} at {}",
                mount.host, mount.volume, mount.path
            ));
        }
    }
    problems
}

fn brick_problems(volume: &VolumeHealth, seen: &BricksSeen) -> Vec<String> {
    if let Some(Err(words)) = seen.get(&volume.name) {
        return vec![format!("volume {}: {words}", volume.name)];
    }
    let mut problems = Vec::new();
    for brick in &volume.bricks {
        let spec = format!("{}:{}", brick.host, brick.dir);
        if !brick.online {
            let why = if brick.mounted {
                ""
            } else {
                ": its file system is not mounted"
            };
            problems.push(format!("volume {}: brick {spec} is not online{why}", volume.name));
        }
        if let Some(entries) = brick.to_heal.filter(|entries| *entries > 0) {
            let noun = if entries == 1 { "entry" } else { "entries" };
            problems.push(format!(
                "volume {}: brick {spec} has {entries} {noun} to heal",
                volume.name
            ));
        }
    }
    problems
}
