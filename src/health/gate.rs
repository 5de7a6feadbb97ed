//! Whether hosts can stop now without any volume losing reads or writes, and if not, every reason. What is not known is a
//! reason. Pure.

mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use super::connections;
use super::state::task_words;
use super::{BricksSaid, Quorum};
use crate::desired::{BrickSpec, Desired, DesiredHost};
use crate::facts::{BrickClients, Facts, Glusterd, HostFacts, MountPoint, Task, TaskState, VolumeInfo};
use crate::inventory::{HostName, Role, VolumeType};
use crate::plan::has_left;

pub use verdict::{Kind, Reason, Verdict};

use verdict::{of_host, of_volume};

/// What Gluster says about a volume.
#[derive(Debug)]
pub struct VolumeSeen {
    /// The bricks and the tasks.
    pub bricks: BricksSaid,
    /// The connections of clients to the bricks. Nobody asks while a brick is not reached: a brick that hangs keeps Gluster
    /// waiting.
    pub clients: Option<Result<Vec<BrickClients>, String>>,
}

/// What Gluster says about the volumes that are started, by name.
pub type VolumesSeen = BTreeMap<String, VolumeSeen>;

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

impl Gate<'_> {
    /// Whether something is lost while the host is stopped.
    fn serves(&self, host: &HostName) -> bool {
        let is_server = self
            .desired
            .host(host)
            .is_none_or(|desired| desired.host.role == Role::Server);
        is_server && !self.facts.of(host).is_some_and(rests) && !has_left(self.desired, self.facts, host)
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
        let stays = |host: &&DesiredHost| !has_left(self.desired, self.facts, host.name());
        for desired in self.desired.hosts.iter().filter(stays) {
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
        let answers = |server: &HostName| {
            let answers = self.facts.of(server).is_some_and(|seen| seen.pool().is_some());
            answers && !has_left(self.desired, self.facts, server)
        };
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
        let tasks = seen.bricks.more.tasks.iter().flatten();
        for text in tasks.filter_map(goes_on) {
            add(Kind::Migration, text);
        }
        let down = bricks(info, &seen.bricks, &mut add);
        for set in info.sets() {
            let missing = |brick: &&BrickSpec| stopping.contains(brick) || down.contains(brick);
            let up: Vec<Option<bool>> = set.iter().map(|brick| Some(!missing(&brick))).collect();
            let serves = Quorum::of(info).serves(&up) == Some(true);
            let missing: Vec<String> = set.iter().filter(missing).map(ToString::to_string).collect();
            let tolerated = tolerates(info);
            if (missing.len() > tolerated || !serves) && set.iter().any(|brick| stopping.contains(brick)) {
                add(Kind::Redundancy, too_few(info, &missing, set.len(), tolerated));
            }
        }
        match &seen.clients {
            Some(Ok(clients)) => {
                for missing in connections::missing(self.desired, info, clients) {
                    add(Kind::Client, missing.to_string());
                }
            }
            Some(Err(words)) => add(Kind::Unknown, words.clone()),
            None if down.is_empty() => add(Kind::Unknown, "which clients are connected is not known".to_owned()),
            None => {}
        }
        if let Some(text) = self.server_quorum(info) {
            add(Kind::ServerQuorum, text);
        }
        self.mounts(name, reasons);
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

/// What Gluster moves, in words, unless the task has ended.
fn goes_on(task: &Task) -> Option<String> {
    let what = task_words(task.kind);
    match task.state {
        TaskState::NotStarted | TaskState::Stopped | TaskState::Completed | TaskState::Failed => None,
        TaskState::InProgress => Some(format!("a {what} goes on")),
        TaskState::Unknown => Some(format!("whether a {what} goes on is not known")),
    }
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
