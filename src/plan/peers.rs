//! The trusted storage pool: every server knows every other server by its name. Pure.

use std::collections::BTreeMap;

use super::leaving;
use super::maintenance::maintenance;
use super::peer_names;
use super::steps::{Draft, GLUSTER, Planner, Success};
use super::tls;
use crate::desired::units::GLUSTERD;
use crate::facts::{ClusterFacts, Facts, Glusterd, HostFacts, Link, Peer, Pool};
use crate::inventory::{Host, HostName};
use crate::scripts;

/// The pool, as far as it is known and planned.
pub struct PoolPlan<'d> {
    /// The server that all changes of pool and volumes go through: one at a time.
    pub coordinator: &'d Host,
    /// The steps after which every server is a connected peer of every other.
    pub ready: Vec<usize>,
}

/// What the others remember of a server that lost its state.
pub struct Remembered {
    /// The UUID that the server had.
    pub uuid: String,
    /// The server that says so.
    pub by: HostName,
    /// The cluster's operating version, if the server that remembers has told.
    pub version: Option<String>,
    /// The peers that the server had: UUID and names.
    pub peers: Vec<(String, Vec<String>)>,
}

/// What another server remembers of a host, if any server does.
pub fn remembered(planner: &Planner, host: &Host) -> Option<Remembered> {
    let (by, lost) = planner.facts.cluster.known_by(&host.name)?;
    let survivor = planner.facts.of(by)?;
    let pool = survivor.pool()?;
    let lost = pool.peers.get(lost as usize).filter(|peer| peer.is_identified())?;
    let mut peers = vec![(pool.own_uuid.clone(), vec![by.to_string()])];
    let others = pool
        .peers
        .iter()
        .filter(|peer| peer.uuid != lost.uuid && peer.is_identified());
    peers.extend(others.map(|peer| (peer.uuid.clone(), peer.names.clone())));
    Some(Remembered {
        uuid: lost.uuid.clone(),
        by: by.clone(),
        version: survivor.operating_version.clone(),
        peers,
    })
}

/// The servers, and what each of them says about the others; servers are numbered in the inventory's order.
struct Servers<'d> {
    hosts: Vec<&'d Host>,
    pools: Vec<Option<&'d Pool>>,
    /// The place of each server among all servers of the inventory.
    places: Vec<usize>,
    cluster: &'d ClusterFacts,
}

impl<'d> Servers<'d> {
    fn of(numbered: Vec<(usize, &'d Host)>, facts: &'d Facts) -> Self {
        let (places, hosts): (Vec<usize>, Vec<&Host>) = numbered.into_iter().unzip();
        let pool = |host: &&Host| facts.of(&host.name).and_then(HostFacts::pool);
        Servers {
            pools: hosts.iter().map(pool).collect(),
            places,
            hosts,
            cluster: &facts.cluster,
        }
    }

    /// What one server says about another, if anything.
    fn link(&self, observer: usize, other: usize) -> Option<Link> {
        self.cluster.link(self.places[observer], self.places[other])
    }

    /// How many of the servers the observing server knows as peers.
    fn peers_known(&self, observer: usize) -> usize {
        let others = 0..self.hosts.len();
        others.filter(|other| self.link(observer, *other).is_some()).count()
    }

    fn peers_of(&self, server: usize) -> &'d [Peer] {
        self.pools[server].map_or(&[], |pool| &pool.peers)
    }

    /// What one server's pool has of another server, in words.
    fn names(&self, observer: usize, link: Link) -> String {
        let peer = self.peers_of(observer).get(link.peer as usize);
        peer.map(|peer| peer.names.join(", ")).unwrap_or_default()
    }

    /// The server that all changes go through: where most of the pool is already; the first in the file otherwise. Of
    /// hosts that provision themselves, each must come to the same answer, whatever each saw first.
    fn coordinator(&self, partial: bool) -> Option<usize> {
        // A server that stays is still there once all others have left.
        let known = |server: &usize| (!self.hosts[*server].leaving, self.peers_known(*server));
        let mut servers = 0..self.hosts.len();
        match partial {
            true => servers
                .find(|server| known(server).1 > 0)
                .or((!self.hosts.is_empty()).then_some(0)),
            false => servers.rev().max_by_key(known),
        }
    }

    /// Why it is no time for a host that provisions itself to join in: the others are making the pool.
    fn unsettled(&self) -> Option<String> {
        for (at, host) in self.hosts.iter().enumerate() {
            for (other, known) in self.hosts.iter().enumerate().filter(|(other, _)| *other != at) {
                let link = self.link(at, other).filter(|link| link.is_named);
                let peer = link.and_then(|link| self.peers_of(at).get(link.peer as usize));
                if peer.is_some_and(|peer| peer_names::is_by_address(known, peer)) {
                    return Some(format!("{} finds {} by name", host.name, known.name));
                }
                if self.link(at, other).is_some() && self.link(other, at).is_none() {
                    return Some(format!("{} and {} know each other", host.name, known.name));
                }
            }
            let unready = self
                .peers_of(at)
                .iter()
                .find(|peer| !peer.connected || !peer.in_cluster);
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

    /// Whether some server does not know all the others.
    fn has_strangers(&self) -> bool {
        (0..self.hosts.len()).any(|server| self.peers_known(server) + 1 < self.hosts.len())
    }

    /// What has to be done so that one server knows another.
    fn next(&self, observer: usize, other: usize, coordinator: usize) -> Next {
        let (by, host) = (&self.hosts[observer].name, self.hosts[other]);
        match self.link(observer, other) {
            Some(link) if !link.is_named => {
                Next::Probe(format!("{by} knows the host only as {}", self.names(observer, link)))
            }
            Some(link) if !link.is_connected => Next::Wait(format!("{} is not connected", host.name)),
            Some(link) if !link.in_cluster => Next::Wait(format!("{} is not accepted yet", host.name)),
            Some(_) => Next::Nothing,
            // The others learn of the new peer from the coordinator.
            None if observer != coordinator => Next::Nothing,
            None if self.peers_of(other).is_empty() => Next::Probe(format!("the host is not in the pool of {by}")),
            None => {
                let names: Vec<&str> = self.peers_of(other).iter().map(|peer| peer.names[0].as_str()).collect();
                Next::Problem(
                    format!("is in another trusted storage pool, with {}", names.join(", ")),
                    "find out what that pool is for; leave the host out of the inventory, unless that pool no longer needs the host",
                )
            }
        }
    }
}

/// What has to be done so that one server knows another.
enum Next {
    Nothing,
    /// The peer is not ready. Right after a glusterd has started, that is worth a wait, not a complaint.
    Wait(String),
    /// The other has to be probed; why.
    Probe(String),
    /// What only a person can change, and the remedy.
    Problem(String, &'static str),
}

/// Makes the pool; nothing is returned while the pool is not known well enough to plan the steps that need the pool.
pub fn plan<'d>(planner: &mut Planner<'d>) -> Option<PoolPlan<'d>> {
    const WHAT: &str = "the trusted storage pool and the volumes";
    // The pool goes on without a server in maintenance, which learns of every change when it comes back; a host that leaves
    // and holds no brick is no member any more.
    let desired = planner.desired;
    let numbered = desired.servers().enumerate();
    let numbered = numbered.filter(|(_, server)| {
        maintenance(planner.facts, server.name()).is_none() && leaving::is_member(planner, server)
    });
    let numbered: Vec<(usize, &Host)> = numbered.map(|(place, server)| (place, server.host)).collect();
    let servers: Vec<&Host> = numbered.iter().map(|(_, host)| *host).collect();
    if let Some(reason) = unknown(planner, &servers) {
        if !planner.desired.inventory.volumes.is_empty() || servers.len() > 1 {
            planner.wait(WHAT, reason);
        }
        return None;
    }
    let servers = Servers::of(numbered, planner.facts);
    let partial = planner.facts.is_partial();
    if let Some(reason) = servers.unsettled().filter(|_| partial) {
        planner.wait(WHAT, reason);
        return None;
    }
    let coordinator = servers.coordinator(partial)?;
    let prepared: Vec<usize> = servers.hosts.iter().filter_map(|server| planner.last(server)).collect();
    let mut last_probe = None;
    let mut disconnected: BTreeMap<usize, String> = BTreeMap::new();
    for observer in 0..servers.hosts.len() {
        for (other, host) in servers.hosts.iter().enumerate().filter(|(other, _)| *other != observer) {
            match servers.next(observer, other, coordinator) {
                Next::Nothing => {}
                Next::Wait(why) => {
                    disconnected.insert(observer, why);
                }
                Next::Problem(what, remedy) => planner.problem(host, what, remedy),
                Next::Probe(reason) => {
                    // One probe at a time, everywhere: each changes the state of all.
                    let needs = last_probe.map_or_else(|| prepared.clone(), |last| vec![last]);
                    last_probe = Some(planner.aside(servers.hosts[observer], probe(host, reason), needs));
                }
            }
        }
    }
    // The other servers learn of each other a moment later; only these servers can say when.
    if partial && (last_probe.is_some() || servers.has_strangers()) {
        planner.wait("the volumes", "all servers know each other");
        return None;
    }
    let ready = settled(planner, &servers, prepared, last_probe, disconnected);
    let coordinator = servers.hosts[coordinator];
    Some(PoolPlan { coordinator, ready })
}

/// The steps after which every server is a connected peer of every other.
fn settled(
    planner: &mut Planner,
    servers: &Servers,
    prepared: Vec<usize>,
    last_probe: Option<usize>,
    mut disconnected: BTreeMap<usize, String>,
) -> Vec<usize> {
    let needs = last_probe.map_or_else(|| prepared.clone(), |last| vec![last]);
    // After a probe, every server is waited for, and that includes whatever was done before.
    let mut ready = if last_probe.is_some() { Vec::new() } else { prepared };
    for (at, server) in servers.hosts.iter().enumerate() {
        let reason = match disconnected.remove(&at) {
            _ if last_probe.is_some() => "a volume can be created only then".to_owned(),
            Some(reason) => reason,
            None => continue,
        };
        let others = servers.hosts.iter().filter(|other| other.name != server.name);
        let mut draft = Draft::gluster("wait until every peer is in the cluster", reason, "peer status");
        draft.success = Success::Peers(others.map(|other| other.name.clone()).collect());
        ready.push(planner.aside(server, draft, needs.clone()));
    }
    ready
}

/// Why the pool is not known well enough to plan with.
fn unknown(planner: &mut Planner, servers: &[&Host]) -> Option<String> {
    let mut reason = tls::until_all(planner);
    for server in servers {
        let name = &server.name;
        let Some(observed) = planner.facts.of(name) else {
            // Until the others notice that a peer is gone, the peer blocks every change for two minutes.
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
        success: Success::Probe(other.name.clone()),
        ..Draft::new(format!("probe {}", other.name), reason, command).limit(GLUSTER)
    }
}
