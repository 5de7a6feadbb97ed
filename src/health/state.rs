//! The state of each host, volume, brick and mount, as far as it is known. Pure.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::boot::differences;
use super::serving::Signs;
use super::{
    BrickHealth, BricksSaid, FileSystemHealth, HostHealth, MountHealth, Quorum, SplitBrain, TaskHealth, VolumeHealth,
    certificates, problems, quota, space, versions,
};
use crate::desired::{Brick, BrickSpec, Desired, DesiredHost};
use crate::facts::{Certificate, Facts, Glusterd, HostFacts, MountPoint, TaskKind, Vitals, VolumeInfo};
use crate::inventory::{HostName, Role, Volume, VolumeName};
use crate::plan::has_left;

/// What was observed on a host itself; nothing if the host was not reached or provisions itself.
pub(super) fn observed<'f>(facts: &'f Facts, host: &HostName) -> Option<&'f HostFacts> {
    facts.of(host).filter(|observed| observed.self_managed.is_none())
}

/// The server whose glusterd is asked about bricks: of the servers that were reached and whose glusterd answers, the
/// server with the most connected peers, because a server that lost its peers knows nothing of their bricks.
#[must_use]
pub fn server_to_ask<'d>(desired: &'d Desired, facts: &Facts) -> Option<&'d HostName> {
    let answering = desired.servers().filter_map(|server| {
        let observed = observed(facts, server.name()).filter(|observed| observed.pool().is_some())?;
        Some((server.name(), connected(desired, server, observed)))
    });
    let (server, _) = answering.min_by_key(|(_, peers)| Reverse(*peers))?;
    Some(server)
}

/// The volumes of the inventory that are started, and whether each volume heals.
#[must_use]
pub fn started<'d>(desired: &'d Desired, facts: &Facts) -> Vec<(&'d VolumeName, bool)> {
    let volumes = desired.inventory.volumes.iter().map(|volume| &volume.name);
    let known = volumes.filter_map(|name| Some((name, &facts.cluster.volume(name.as_str())?.info)));
    let started = known.filter(|(_, info)| info.started);
    started.map(|(name, info)| (name, info.heals())).collect()
}

/// The servers that have not left the cluster.
pub(super) fn members<'d>(desired: &'d Desired, facts: &Facts) -> impl Iterator<Item = &'d DesiredHost<'d>> {
    desired
        .servers()
        .filter(move |server| !has_left(desired, facts, server.name()))
}

/// Whether every server was reached and has all others as connected peers.
#[must_use]
pub fn is_pool_whole(desired: &Desired, facts: &Facts) -> bool {
    let others = members(desired, facts).count().saturating_sub(1);
    members(desired, facts).all(|server| {
        let seen = observed(facts, server.name()).filter(|seen| seen.pool().is_some());
        seen.is_some_and(|seen| connected(desired, server, seen) == others)
    })
}

/// Whether a mount of a volume answers on some host.
#[must_use]
pub fn is_answering(desired: &Desired, facts: &Facts, volume: &VolumeName) -> bool {
    desired.hosts.iter().any(|host| {
        let mut mounts = host.mounts.iter().filter(|mounted| mounted.name == *volume);
        mounts.any(|mounted| mount(observed(facts, host.name()), host.name(), mounted).answers == Some(true))
    })
}

/// Whether a server says which volumes there are. A server on which Gluster never ran says that it knows no volume.
pub(super) fn speaks(facts: &Facts, server: &HostName) -> bool {
    facts.of(server).is_some_and(|observed| match observed.glusterd {
        Glusterd::Answers { .. } => true,
        Glusterd::Blank => observed.volume_ids.is_empty(),
        Glusterd::Silent | Glusterd::Refuses(_) => false,
    })
}

/// How many of the other servers are connected peers of a server.
fn connected(desired: &Desired, server: &DesiredHost, observed: &HostFacts) -> usize {
    let peers = observed.pool().into_iter().flat_map(|pool| &pool.peers);
    let connected = peers.filter(|peer| peer.connected && peer.in_cluster);
    let names: HashSet<&str> = connected.flat_map(|peer| &peer.names).map(String::as_str).collect();
    let others = desired.servers().filter(|other| other.name() != server.name());
    others.filter(|other| names.contains(other.name().as_str())).count()
}

pub(super) fn host(desired: &Desired, facts: &Facts, host: &DesiredHost, vitals: Option<&Vitals>) -> HostHealth {
    let itself = observed(facts, host.name());
    let seen = facts.of(host.name());
    let server = host.host.role == Role::Server;
    let glusterd = seen.filter(|_| server).and_then(|seen| match seen.glusterd {
        Glusterd::Answers { .. } => Some(true),
        // From another machine, a glusterd that is down and a network that is down look alike.
        _ => itself.map(|_| false),
    });
    let peers = seen.filter(|_| server).and_then(|seen| match seen.glusterd {
        Glusterd::Answers { .. } | Glusterd::Blank => Some(connected(desired, host, seen)),
        Glusterd::Silent | Glusterd::Refuses(_) => None,
    });
    let others = members(desired, facts).filter(|other| other.name() != host.name());
    let boot = itself.map(|observed| differences(desired, facts, host, observed));
    let (boot_kinds, boot) = match boot {
        Some(found) => {
            let (kinds, reasons) = found.into_iter().unzip();
            (kinds, Some(reasons))
        }
        None => (Vec::new(), None),
    };
    HostHealth {
        name: host.name().clone(),
        address: host.host.address,
        role: host.host.role,
        reachable: itself.is_some(),
        self_managed: seen.is_some_and(|seen| seen.self_managed.is_some()),
        maintenance: itself.map(|observed| observed.maintenance.is_some()),
        glusterd,
        peers,
        peers_wanted: others.count(),
        boot,
        boot_kinds,
        glusterfs: versions::of_host(facts, host.name(), host.host.role),
        op_version: versions::op_version_of(facts, host.name()).filter(|_| server),
        clock: vitals.and_then(|vitals| vitals.clock).map(Into::into),
        certificate_days: certificates::of_host(facts, host.name()).map(Certificate::days_left),
    }
}

pub(super) fn volume(
    desired: &Desired,
    facts: &Facts,
    said: Option<&BricksSaid>,
    volume: &Volume,
    file_systems: &[FileSystemHealth],
) -> VolumeHealth {
    let info = facts.cluster.volume(volume.name.as_str()).map(|known| &*known.info);
    let exists = match info {
        Some(_) => Some(true),
        None => exists_unseen(desired, facts, &volume.name),
    };
    let started = match exists {
        Some(false) => Some(false),
        _ => info.map(|info| info.started),
    };
    let sets = info.map(VolumeInfo::sets).unwrap_or_default();
    let brick = |brick: Brick| {
        let mut health = brick_of(facts, said, &brick);
        if started == Some(false) {
            health.online = Some(false);
        }
        if info.is_some_and(|info| !info.heals()) {
            (health.to_heal, health.to_heal_seconds) = (Some(0), Some(0));
        }
        health
    };
    let bricks: Vec<BrickHealth> = desired.layout(volume, &sets).bricks().map(brick).collect();
    let mut health = VolumeHealth {
        name: volume.name.clone(),
        exists,
        r#type: info.map(|info| info.volume_type.title(sets.len())),
        shape: info.map(|info| info.volume_type.shape(sets.len())),
        started,
        state: super::VolumeState::Unknown,
        serves: Vec::new(),
        quorum: info.map(Quorum::of),
        split_brain: None,
        tasks: said.and_then(|said| said.more.tasks.as_ref()).map(|tasks| {
            let task = |task: &crate::facts::Task| TaskHealth {
                kind: task.kind,
                state: task.state,
            };
            tasks.iter().map(task).collect()
        }),
        clients: said.and_then(|said| said.more.clients.clone()),
        quota: info.and_then(|info| quota::of_volume(facts, info, said)),
        space: info.and_then(|info| space::of_volume(desired, info, &bricks, file_systems)),
        bricks,
    };
    health.split_brain = split_brain(info, said, &health);
    judge(&mut health, desired, info, said);
    health
}

/// The entries in split-brain: none are, while nothing is left to heal.
fn split_brain(info: Option<&VolumeInfo>, said: Option<&BricksSaid>, health: &VolumeHealth) -> Option<SplitBrain> {
    let info = info?;
    let listed = said.and_then(|said| said.more.split_brain.as_ref());
    match listed {
        Some(Ok(entries)) => Some(SplitBrain::of(info, entries)),
        Some(Err(_)) => None,
        None => {
            let mut bricks = health.bricks.iter();
            let nothing = !health.bricks.is_empty() && bricks.all(|brick| brick.to_heal == Some(0));
            nothing.then(SplitBrain::default)
        }
    }
}

/// Judges whether each set serves, and finds the one word.
fn judge(health: &mut VolumeHealth, desired: &Desired, info: Option<&VolumeInfo>, said: Option<&BricksSaid>) {
    let online = |spec: &BrickSpec| {
        let spec = &desired.in_own_words(spec);
        let mut bricks = health.bricks.iter();
        let known = bricks.find(|brick| (brick.host.as_str(), &brick.dir) == (spec.host.as_str(), &spec.dir));
        match known {
            Some(brick) => brick.online,
            None => stranger(said, spec),
        }
    };
    let sets = info.map(VolumeInfo::sets).unwrap_or_default();
    let online: Vec<Vec<Option<bool>>> = sets.iter().map(|set| set.iter().map(online).collect()).collect();
    let quorum = health.quorum;
    let serves = online.iter().map(|set| quorum?.serves(set));
    health.serves = serves.collect();
    let bricks = health.bricks.iter();
    let signs = Signs {
        started: match health.exists {
            Some(false) => Some(false),
            _ => health.started,
        },
        serves: health.serves.clone(),
        online: online.concat(),
        has_unreached: bricks.clone().any(|brick| problems::is_unreached(said, brick)),
        to_heal: bricks.clone().map(|brick| brick.to_heal).sum(),
        has_entries: bricks
            .clone()
            .any(|brick| brick.to_heal.is_some_and(|entries| entries > 0)),
        split_brain: health.split_brain.as_ref().map(|known| known.entries),
    };
    health.state = signs.word();
}

/// Whether a brick of the volume is online that the inventory does not have.
fn stranger(said: Option<&BricksSaid>, spec: &BrickSpec) -> Option<bool> {
    let said = said?;
    let status = said.status.as_ref().ok()?.iter().find(|status| status.brick == *spec);
    let process = status.map(|status| status.online);
    let Some(heal) = &said.heal else { return process };
    let heal = heal.as_ref().ok()?.iter().find(|heal| heal.brick == *spec);
    match (process, heal.map(|heal| heal.connected)) {
        (Some(false), _) => Some(false),
        (Some(true), Some(reached)) => Some(reached),
        _ => None,
    }
}

/// What a task is called in a sentence.
pub(super) fn task_words(kind: TaskKind) -> &'static str {
    match kind {
        TaskKind::Rebalance => "rebalance",
        TaskKind::RemoveBrick => "removal of bricks",
        TaskKind::Other => "long task of Gluster",
    }
}

/// Whether a volume exists that no glusterd told of: yes, if a server whose glusterd does not answer has the volume on
/// disk; no, if every server says which volumes there are.
fn exists_unseen(desired: &Desired, facts: &Facts, volume: &VolumeName) -> Option<bool> {
    let servers = members(desired, facts).map(DesiredHost::name);
    let silent: Vec<&HostName> = servers.filter(|server| !speaks(facts, server)).collect();
    let has_on_disk = |server: &&HostName| {
        let observed = facts.of(server);
        observed.is_some_and(|observed| observed.volume_ids.contains_key(volume.as_str()))
    };
    match silent.iter().any(has_on_disk) {
        true => Some(true),
        false if silent.is_empty() => Some(false),
        false => None,
    }
}

/// What is known of a brick of a volume that may be started.
fn brick_of(facts: &Facts, said: Option<&BricksSaid>, brick: &Brick) -> BrickHealth {
    let (spec, observed) = (brick.spec(), observed(facts, brick.host));
    let status = said.and_then(|said| said.status.as_ref().ok());
    let heal = said.and_then(|said| said.heal.as_ref());
    let healing = heal.and_then(|heal| heal.as_ref().ok());
    let status = status.and_then(|status| status.iter().find(|status| status.brick == spec));
    let healing = healing.and_then(|healing| healing.iter().find(|heal| heal.brick == spec));
    // Gluster leaves out the bricks of hosts whose glusterd the asked glusterd does not reach.
    let process = status
        .map(|status| status.online)
        .or_else(|| Some(observed?.brick_processes.contains(&spec.dir)));
    // A new client asks the brick's own glusterd where the brick listens. While this glusterd is silent, a brick that
    // serves all older clients is not reached either.
    let findable = status.is_some() || facts.of(brick.host).is_some_and(|host| host.pool().is_some());
    let reached = match (said, heal) {
        (Some(_), None) => process,
        _ => healing
            .map(|heal| heal.connected)
            .filter(|reached| *reached || findable),
    };
    let to_heal = healing.and_then(|healing| healing.entries);
    BrickHealth {
        mounted: observed.map(|observed| observed.mounted_at(&brick.file_system.mount).is_some()),
        online: match (process, reached) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            // Without a process, nothing would be reached.
            (_, Some(true)) => Some(true),
            (_, None) => None,
        },
        to_heal,
        // The lists of a brick also have entries that are just being written.
        to_heal_seconds: match to_heal {
            Some(0) => Some(0),
            Some(_) => observed.and_then(|observed| observed.heal_ages.get(&spec.dir).copied()),
            None => None,
        },
        port: status.filter(|status| status.online).and_then(|status| status.port),
        host: brick.host.clone(),
        dir: spec.dir,
    }
}

pub(super) fn mount(observed: Option<&HostFacts>, host: &HostName, volume: &Volume) -> MountHealth {
    let path = &volume.mount.path;
    let mounted = observed.map(|observed| {
        let mounted = observed.mounted_at(path.as_str());
        mounted.is_some_and(|mounted| mounted.is_of_volume(&volume.name))
    });
    let ready = observed.map(|observed| observed.mount_points.get(path) == Some(&MountPoint::Ready));
    MountHealth {
        host: host.clone(),
        volume: volume.name.clone(),
        path: path.clone(),
        mounted,
        answers: mounted.zip(ready).map(|(mounted, ready)| mounted && ready),
    }
}
