//! Whether hosts can stop now without any volume losing reads or writes, and if not, every reason. What is not known is a
//! reason. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::Serialize;

use super::BricksSaid;
use super::state::task_words;
use crate::desired::{BrickSpec, Desired};
use crate::facts::{BrickClients, Facts, Glusterd, HostFacts, MountPoint, Task, TaskState, VolumeInfo};
use crate::inventory::{HostName, Role, VolumeType};

/// What Gluster says about a volume.
#[derive(Debug)]
pub struct VolumeSeen {
    /// The bricks.
    pub bricks: BricksSaid,
    /// The volume's long tasks.
    pub tasks: Result<Vec<Task>, String>,
    /// The connections of clients to the bricks.
    pub clients: Result<Vec<BrickClients>, String>,
}

/// What Gluster says about the volumes that are started, by name.
pub type VolumesSeen = BTreeMap<String, VolumeSeen>;

/// Whether hosts can stop now, all of them at the same time. Its JSON is a stable interface.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The version of this interface.
    pub version: u32,
    /// The hosts that are to stop.
    pub hosts: BTreeSet<HostName>,
    /// Whether the hosts can stop: there is no reason against it.
    pub ok: bool,
    /// Every reason why the hosts cannot stop.
    pub reasons: Vec<Reason>,
}

/// A reason why hosts cannot stop.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Reason {
    /// What kind of reason this is.
    pub kind: Kind,
    /// The host that the reason is about, if it is about a host.
    pub host: Option<HostName>,
    /// The volume that the reason is about, if it is about a volume.
    pub volume: Option<String>,
    /// The reason as a sentence.
    pub text: String,
}

/// The kinds of reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A host was not observed.
    Unobserved,
    /// Another host is in maintenance.
    Maintenance,
    /// A glusterd does not answer.
    Glusterd,
    /// Two servers are not connected, or do not accept each other.
    Peer,
    /// Gluster would not let the servers that are left change or serve anything.
    ServerQuorum,
    /// Two servers have different definitions of a volume.
    Disagreement,
    /// Gluster does not say what has to be known.
    Unknown,
    /// Gluster moves files between bricks.
    Migration,
    /// A brick is down.
    BrickDown,
    /// A brick lists entries to heal.
    Heal,
    /// Too few bricks of a set would be left.
    Redundancy,
    /// A client is not connected to a brick.
    Client,
    /// A mount does not answer.
    Mount,
}

impl Kind {
    /// Whether the reason goes by itself once a host that has just come back is healed.
    #[must_use]
    pub fn heals(self) -> bool {
        matches!(
            self,
            Kind::Peer | Kind::BrickDown | Kind::Heal | Kind::Client | Kind::Glusterd | Kind::Mount
        )
    }
}

/// Whether these hosts can stop now, all of them at the same time, without any volume losing reads or writes.
#[must_use]
pub fn may_stop(desired: &Desired, facts: &Facts, seen: &VolumesSeen, stopping: &BTreeSet<HostName>) -> Verdict {
    let gate = Gate {
        desired,
        facts,
        seen,
        stopping,
    };
    let mut reasons = Vec::new();
    if stopping.iter().any(|host| gate.serves(host)) {
        gate.hosts(&mut reasons);
        gate.peers(&mut reasons);
        for (name, known) in &facts.cluster.volumes {
            if let Some(disagreement) = &known.disagreement {
                let [one, other] = &disagreement.between;
                let text = format!("volume {name}: {one} and {other} have different definitions of the volume");
                reasons.push(of_volume(Kind::Disagreement, name, text));
            }
            if known.info.started {
                gate.volume(name, &known.info, &mut reasons);
            }
        }
    }
    reasons.sort();
    reasons.dedup();
    Verdict {
        version: 1,
        hosts: stopping.clone(),
        ok: reasons.is_empty(),
        reasons,
    }
}

/// Whether a host in maintenance serves no brick any more: nothing is lost when the host stops.
fn rests(observed: &HostFacts) -> bool {
    observed.maintenance.is_some() && observed.brick_processes.is_empty()
}

struct Gate<'a> {
    desired: &'a Desired<'a>,
    facts: &'a Facts,
    seen: &'a VolumesSeen,
    stopping: &'a BTreeSet<HostName>,
}

fn of_host(kind: Kind, host: &HostName, text: String) -> Reason {
    Reason {
        kind,
        host: Some(host.clone()),
        volume: None,
        text,
    }
}

fn of_volume(kind: Kind, volume: &str, text: String) -> Reason {
    Reason {
        kind,
        host: None,
        volume: Some(volume.to_owned()),
        text,
    }
}

impl Gate<'_> {
    /// Whether something is lost while the host is stopped.
    fn serves(&self, host: &HostName) -> bool {
        let is_server = self
            .desired
            .host(host)
            .is_none_or(|desired| desired.host.role == Role::Server);
        is_server && !self.facts.of(host).is_some_and(rests)
    }

    /// The bricks on hosts that are to stop, and the bricks on hosts that the inventory does not have.
    fn places<'i>(&self, info: &'i VolumeInfo) -> (BTreeSet<&'i BrickSpec>, Vec<&'i BrickSpec>) {
        let (mut stopping, mut strange) = (BTreeSet::new(), Vec::new());
        for (at, brick) in info.bricks.iter().enumerate() {
            let uuid = info.brick_hosts.get(at);
            let has_uuid = |host: &HostName| {
                let observed = self.facts.of(host).and_then(HostFacts::glusterd_uuid);
                observed.is_some_and(|own| uuid.is_some_and(|uuid| uuid == own))
            };
            let by_name = self.desired.host_known_as(&brick.host);
            let host = by_name.or_else(|| self.desired.hosts.iter().find(|host| has_uuid(host.name())));
            match host {
                Some(host) if self.stopping.contains(host.name()) => {
                    stopping.insert(brick);
                }
                Some(_) => {}
                None => strange.push(brick),
            }
        }
        (stopping, strange)
    }

    fn hosts(&self, reasons: &mut Vec<Reason>) {
        for desired in &self.desired.hosts {
            let name = desired.name();
            let Some(observed) = self.facts.of(name) else {
                let why = self
                    .facts
                    .error_of(name)
                    .map_or("it was not looked at", |error| &error.what);
                let text = format!("{name} was not observed: {}", why.lines().next().unwrap_or_default());
                reasons.push(of_host(Kind::Unobserved, name, text));
                continue;
            };
            if desired.host.role != Role::Server || (rests(observed) && self.stopping.contains(name)) {
                continue;
            }
            if observed.maintenance.is_some() {
                reasons.push(of_host(Kind::Maintenance, name, format!("{name} is in maintenance")));
                continue;
            }
            let text = match &observed.glusterd {
                Glusterd::Answers { .. } => continue,
                Glusterd::Refuses(words) => format!("glusterd of {name} answers with an error: {words}"),
                Glusterd::Blank => format!("glusterd of {name} has no identity, and is in no pool"),
                Glusterd::Silent => format!("glusterd of {name} does not answer"),
            };
            reasons.push(of_host(Kind::Glusterd, name, text));
        }
    }

    fn peers(&self, reasons: &mut Vec<Reason>) {
        let servers: Vec<&HostName> = self.desired.servers().map(|server| server.name()).collect();
        let answers = |server: &HostName| self.facts.of(server).is_some_and(|seen| seen.pool().is_some());
        for (observer, from) in servers.iter().enumerate().filter(|(_, server)| answers(server)) {
            for (other, to) in servers.iter().enumerate().filter(|(_, server)| answers(server)) {
                let link = self.facts.cluster.link(observer, other);
                if observer != other && !link.is_some_and(|link| link.is_connected && link.in_cluster) {
                    let text = format!("{to} is not a connected peer of {from}");
                    reasons.push(of_host(Kind::Peer, to, text));
                }
            }
        }
    }

    fn volume(&self, name: &str, info: &VolumeInfo, reasons: &mut Vec<Reason>) {
        let (stopping, strange) = self.places(info);
        for brick in strange {
            let text = format!("volume {name}: the inventory does not have the host of brick {brick}");
            reasons.push(of_volume(Kind::Unknown, name, text));
        }
        if stopping.is_empty() {
            return;
        }
        let Some(seen) = self.seen.get(name) else {
            let text = format!("volume {name}: no server could be asked about the volume");
            reasons.push(of_volume(Kind::Unknown, name, text));
            return;
        };
        let mut add = |kind, text: String| reasons.push(of_volume(kind, name, format!("volume {name}: {text}")));
        match &seen.tasks {
            Ok(tasks) => tasks
                .iter()
                .filter(|task| task.state == TaskState::InProgress)
                .for_each(|task| add(Kind::Migration, format!("a {} goes on", task_words(task.kind)))),
            Err(words) => add(Kind::Unknown, words.clone()),
        }
        let down = bricks(info, &seen.bricks, &mut add);
        for set in info.sets() {
            let missing = |brick: &&BrickSpec| stopping.contains(brick) || down.contains(brick);
            let missing: Vec<String> = set.iter().filter(missing).map(ToString::to_string).collect();
            let tolerated = tolerates(info);
            if missing.len() > tolerated && set.iter().any(|brick| stopping.contains(brick)) {
                add(Kind::Redundancy, too_few(info, &missing, set.len(), tolerated));
            }
        }
        match &seen.clients {
            Ok(clients) => self.clients(info, clients, &mut add),
            Err(words) => add(Kind::Unknown, words.clone()),
        }
        if let Some(text) = self.server_quorum(info) {
            add(Kind::ServerQuorum, text);
        }
        self.mounts(name, reasons);
    }

    /// A client that has lost sight of a brick has fewer connections to the brick than to other bricks of the volume.
    fn clients(&self, info: &VolumeInfo, clients: &[BrickClients], add: &mut impl FnMut(Kind, String)) {
        let mut counts: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for brick in clients {
            for address in &brick.addresses {
                let of_client = counts.entry(self.client(&brick.brick, *address)).or_default();
                *of_client.entry(brick.brick.to_string()).or_default() += 1;
            }
        }
        // The bit-rot daemons connect to the bricks of their own host only.
        let few = info.options.get("features.bitrot").is_some_and(|value| value == "on");
        for (client, seen) in &counts {
            let most = seen.values().max().copied().unwrap_or_default();
            for brick in clients.iter().filter(|brick| brick.online) {
                let count = seen.get(&brick.brick.to_string()).copied().unwrap_or_default();
                if count < if few { 1 } else { most } {
                    add(
                        Kind::Client,
                        format!("a client on {client} is not connected to brick {}", brick.brick),
                    );
                }
            }
        }
    }

    /// The name of the host that a connection comes from, or else its address.
    fn client(&self, brick: &BrickSpec, address: IpAddr) -> String {
        let own = || self.desired.host_known_as(&brick.host);
        let mut hosts = self.desired.hosts.iter();
        let host = match address.is_loopback() {
            true => own(),
            false => hosts.find(|host| IpAddr::V4(host.host.address) == address),
        };
        host.map_or_else(|| address.to_string(), |host| host.name().to_string())
    }

    /// With cluster.server-quorum-type, servers that lost sight of half of the servers stop their own bricks.
    fn server_quorum(&self, info: &VolumeInfo) -> Option<String> {
        if info
            .options
            .get("cluster.server-quorum-type")
            .is_none_or(|value| value != "server")
        {
            return None;
        }
        let pools = self.facts.cluster.volume(&info.name)?.known_by.iter();
        let pool = pools.filter_map(|server| self.facts.of(server)?.pool()).next()?;
        let (all, stopped) = (
            pool.peers.len() + 1,
            self.stopping.iter().filter(|host| self.serves(host)).count(),
        );
        let left = all.saturating_sub(stopped);
        let ratio = info.options.get("cluster.server-quorum-ratio");
        let ratio: Option<f64> = ratio.and_then(|ratio| ratio.trim_end_matches('%').parse().ok());
        let enough = match ratio {
            Some(percent) => left as f64 * 100.0 >= percent * all as f64,
            None => left * 2 > all,
        };
        (!enough).then(|| {
            format!("{left} of {all} servers would be left, too few for cluster.server-quorum-type: Gluster would stop all bricks")
        })
    }

    /// Mounts that do not answer. Of a self-managed host only its connections to bricks are known.
    fn mounts(&self, volume: &str, reasons: &mut Vec<Reason>) {
        for desired in self
            .desired
            .hosts
            .iter()
            .filter(|host| !self.stopping.contains(host.name()))
        {
            let Some(observed) = super::state::observed(self.facts, desired.name()) else {
                continue;
            };
            for mount in desired.mounts.iter().filter(|mount| mount.name.as_str() == volume) {
                let path = &mount.mount.path;
                let mounted = observed.mounted_at(path.as_str());
                let mounted = mounted.is_some_and(|mounted| mounted.is_of_volume(&mount.name));
                if mounted && observed.mount_points.get(path) != Some(&MountPoint::Ready) {
                    let text = format!("{}: volume {volume} does not answer at {path}", desired.name());
                    reasons.push(Reason {
                        volume: Some(volume.to_owned()),
                        ..of_host(Kind::Mount, desired.name(), text)
                    });
                }
            }
        }
    }
}

/// The bricks that are down, or of which it is not known that they serve; adds a reason for each, and for entries to heal.
fn bricks<'i>(info: &'i VolumeInfo, said: &BricksSaid, add: &mut impl FnMut(Kind, String)) -> BTreeSet<&'i BrickSpec> {
    let mut down = BTreeSet::new();
    let heal = said.heal.as_ref().map(Result::as_ref);
    let unanswered = said.status.as_ref().err().into_iter().chain(heal.and_then(Result::err));
    unanswered.for_each(|words| add(Kind::Unknown, words.clone()));
    for brick in &info.bricks {
        if let Ok(status) = &said.status
            && !status.iter().any(|status| status.brick == *brick && status.online)
        {
            add(Kind::BrickDown, format!("brick {brick} does not run"));
            down.insert(brick);
        }
        let Some(Ok(heal)) = heal else { continue };
        match heal.iter().find(|heal| heal.brick == *brick) {
            Some(heal) if heal.connected => match heal.entries {
                Some(0) => {}
                Some(1) => add(Kind::Heal, format!("brick {brick} lists 1 entry to heal")),
                Some(entries) => add(Kind::Heal, format!("brick {brick} lists {entries} entries to heal")),
                None => add(Kind::Unknown, format!("what brick {brick} has to heal is not known")),
            },
            _ if down.contains(brick) => {}
            _ => {
                add(Kind::BrickDown, format!("Gluster does not reach brick {brick}"));
                down.insert(brick);
            }
        }
    }
    if info.heals() && said.heal.is_none() {
        add(Kind::Unknown, "what is left to heal is not known".to_owned());
    }
    down
}

/// How many bricks of a set can be missing while its files are read and written.
fn tolerates(info: &VolumeInfo) -> usize {
    let by_type = info.volume_type.tolerates();
    let fixed = info
        .options
        .get("cluster.quorum-type")
        .is_some_and(|value| value == "fixed");
    let count = info.options.get("cluster.quorum-count").filter(|_| fixed);
    match (info.volume_type, count.and_then(|count| count.parse::<usize>().ok())) {
        (VolumeType::Replicate { replica, .. }, Some(count)) => by_type.min(replica.saturating_sub(count)),
        _ => by_type,
    }
}

fn too_few(info: &VolumeInfo, missing: &[String], size: usize, tolerated: usize) -> String {
    let missing = missing.join(" and ");
    match info.volume_type {
        VolumeType::Distribute => format!("the files on {missing} are on no other brick"),
        VolumeType::Replicate { replica: 2, .. } => {
            format!("without {missing}, one copy is left; what is written to one of two copies can end in split-brain")
        }
        _ => format!("{missing} would be missing of a set of {size} bricks, which can lose {tolerated}"),
    }
}
