//! The trusted storage pool: every server knows every other by its name. Pure.

use std::collections::BTreeMap;

use super::steps::{Draft, GLUSTER, Planner, Success};
use crate::facts::{Glusterd, HostFacts, Peer};
use crate::inventory::{Host, HostName};
use crate::scripts;
use crate::units::GLUSTERD;

/// The pool, as far as it is known and planned.
pub struct PoolPlan {
    /// The server that all changes of pool and volumes go through: one at a time.
    pub coordinator: Host,
    /// The steps after which every server is a connected peer of every other.
    pub ready: Vec<usize>,
}

/// What the others remember of a server that lost its state.
pub struct Remembered {
    /// The UUID it had.
    pub uuid: String,
    /// The server that says so.
    pub by: HostName,
    /// The peers it had: UUID and names.
    pub peers: Vec<(String, Vec<String>)>,
}

/// What the other servers remember of a host, if they do.
pub fn remembered(planner: &Planner, host: &Host) -> Option<Remembered> {
    let others = planner.inventory.servers().filter(|server| server.name != host.name);
    others.into_iter().find_map(|server| {
        let observed = planner.facts.of(&server.name)?;
        let pool = observed.pool()?;
        let lost = pool.peers.iter().find(|peer| knows(peer, &host.name))?;
        let mut peers = vec![(pool.own_uuid.clone(), vec![server.name.to_string()])];
        let others = pool.peers.iter().filter(|peer| peer.uuid != lost.uuid);
        peers.extend(others.map(|peer| (peer.uuid.clone(), peer.names.clone())));
        Some(Remembered {
            uuid: lost.uuid.clone(),
            by: server.name.clone(),
            peers,
        })
    })
}

pub fn knows(peer: &Peer, name: &HostName) -> bool {
    peer.names.iter().any(|known| known == name.as_str())
}

/// Makes the pool; nothing is returned while it is not known well enough to plan what needs it.
pub fn plan(planner: &mut Planner) -> Option<PoolPlan> {
    let servers: Vec<Host> = planner.inventory.servers().cloned().collect();
    if let Some(reason) = unknown(planner, &servers) {
        if !planner.inventory.volumes.is_empty() || servers.len() > 1 {
            planner.wait("the trusted storage pool and the volumes", reason);
        }
        return None;
    }
    let facts = planner.facts;
    let pool = |host: &Host| facts.of(&host.name).and_then(HostFacts::pool);
    let peers_of = |host: &Host| pool(host).map_or(&[][..], |pool| &pool.peers);
    let sees = |host: &Host, other: &Host| {
        let own_uuid = pool(other).map_or("", |pool| &pool.own_uuid);
        let mut peers = peers_of(host).iter();
        peers.any(|peer| knows(peer, &other.name) || (!own_uuid.is_empty() && peer.uuid == own_uuid))
    };
    let partial = facts.is_partial();
    if partial && let Some(reason) = unsettled(&servers, sees, peers_of) {
        planner.wait("the trusted storage pool and the volumes", reason);
        return None;
    }
    // Where most of the pool is already; the first in the file otherwise. Of hosts that provision themselves, each must
    // come to the same answer, whatever it saw first.
    let known = |host: &Host| servers.iter().filter(|other| sees(host, other)).count();
    let coordinator = match partial {
        true => servers.iter().find(|host| known(host) > 0).or(servers.first()),
        false => servers.iter().rev().max_by_key(|host| known(host)),
    };
    let coordinator = coordinator.cloned()?;

    let prepared: Vec<usize> = servers.iter().filter_map(|server| planner.last(server)).collect();
    let mut probes = Vec::new();
    // Right after a glusterd has started, its peers are not connected yet: that is worth a wait, not a complaint.
    let mut apart: BTreeMap<&HostName, String> = BTreeMap::new();
    for observer in &servers {
        for other in servers.iter().filter(|other| other.name != observer.name) {
            let other_uuid = pool(other).map(|pool| pool.own_uuid.as_str()).unwrap_or_default();
            let same = |peer: &&Peer| knows(peer, &other.name) || (!other_uuid.is_empty() && peer.uuid == other_uuid);
            let reason = match peers_of(observer).iter().find(same) {
                Some(peer) if !knows(peer, &other.name) => {
                    format!("{} knows it only as {}", observer.name, peer.names.join(", "))
                }
                Some(peer) if !other_uuid.is_empty() && peer.uuid != other_uuid => {
                    let what = format!(
                        "{} knows it as {}, but it calls itself {other_uuid}",
                        observer.name, peer.uuid
                    );
                    let remedy = "it was reinstalled or cloned: give it its old identity back, or replace it";
                    planner.problem(other, what, remedy);
                    continue;
                }
                Some(peer) => {
                    if !peer.connected {
                        apart.insert(&observer.name, format!("{} is not connected", other.name));
                    } else if !peer.in_cluster {
                        apart.insert(&observer.name, format!("{} is not accepted yet", other.name));
                    }
                    continue;
                }
                // The others learn of it from the coordinator.
                None if observer.name != coordinator.name => continue,
                None if peers_of(other).is_empty() => format!("not in the pool of {}", observer.name),
                None => {
                    let names: Vec<&str> = peers_of(other).iter().map(|peer| peer.names[0].as_str()).collect();
                    let what = format!("is in another trusted storage pool, with {}", names.join(", "));
                    let remedy = "detach it there first (gluster peer detach), or leave it out of the inventory";
                    planner.problem(other, what, remedy);
                    continue;
                }
            };
            let mut needs = prepared.clone();
            // One at a time, everywhere: each changes the state of all.
            needs.extend(&probes);
            probes.push(planner.aside(observer, probe(other, reason), needs));
        }
    }
    // The others learn of each other a moment later; only they can say when.
    let strangers = |host: &Host| {
        servers
            .iter()
            .any(|other| other.name != host.name && !sees(host, other))
    };
    if partial && (!probes.is_empty() || servers.iter().any(strangers)) {
        planner.wait("the volumes", "all servers know each other");
        return None;
    }
    let needs = [prepared.as_slice(), &probes].concat();
    let mut ready = prepared;
    ready.extend(&probes);
    for server in &servers {
        let reason = match apart.remove(&server.name) {
            _ if !probes.is_empty() => "a volume can be created only then".to_owned(),
            Some(reason) => reason,
            None => continue,
        };
        let others = servers
            .iter()
            .filter(|other| other.name != server.name)
            .map(|other| other.name.clone());
        let mut draft = Draft::gluster("wait until every peer is in the cluster", reason, "peer status");
        draft.success = Success::Peers(others.collect());
        ready.push(planner.aside(server, draft, needs.clone()));
    }
    Some(PoolPlan { coordinator, ready })
}

/// What hosts that provision themselves say of each other while the pool is being made: why it is no time to join in.
fn unsettled<'f>(
    servers: &[Host],
    sees: impl Fn(&Host, &Host) -> bool,
    peers_of: impl Fn(&Host) -> &'f [Peer],
) -> Option<String> {
    for host in servers {
        for other in servers.iter().filter(|other| other.name != host.name) {
            if sees(host, other) && !sees(other, host) {
                return Some(format!("{} and {} know each other", host.name, other.name));
            }
        }
        let unready = peers_of(host).iter().find(|peer| !peer.connected || !peer.in_cluster);
        if let Some(peer) = unready {
            return Some(format!(
                "{} is a connected peer of {}",
                peer.names.join(", "),
                host.name
            ));
        }
    }
    None
}

/// Why the pool is not known well enough to plan for it.
fn unknown(planner: &mut Planner, servers: &[Host]) -> Option<String> {
    let mut reason = None;
    for server in servers {
        let name = &server.name;
        let Some(observed) = planner.facts.of(name) else {
            // A peer that is gone but not yet noticed blocks every change for two minutes.
            reason = Some(format!("{name} can be reached"));
            continue;
        };
        let unit = observed.unit(GLUSTERD);
        match &observed.glusterd {
            Glusterd::Answers { .. } => {}
            Glusterd::Blank if remembered(planner, server).is_some() => {
                reason = Some(format!("{name} is in the pool again"));
            }
            Glusterd::Blank => {}
            Glusterd::Silent if unit.active => {
                let remedy =
                    format!("look at /var/log/glusterfs/glusterd.log on {name}; systemctl restart glusterd may help");
                planner.problem(server, "glusterd runs but does not answer", remedy);
                reason = Some(format!("glusterd answers on {name}"));
            }
            Glusterd::Silent => reason = Some(format!("glusterd runs on {name}")),
            Glusterd::Refuses(words) => {
                planner.problem(
                    server,
                    words.clone(),
                    "run the same command again in a few minutes: Gluster may be busy",
                );
                reason = Some(format!("glusterd answers on {name}"));
            }
        }
        if !planner.is_fit(server) && reason.is_none() {
            reason = Some(format!("the problem of {name} is solved"));
        }
    }
    reason
}

fn probe(other: &Host, reason: String) -> Draft {
    let command = scripts::PROBE.with(&[("name", other.name.as_str())]);
    Draft {
        success: Success::Gluster,
        ..Draft::new(format!("probe {}", other.name), reason, command).limit(GLUSTER)
    }
}
