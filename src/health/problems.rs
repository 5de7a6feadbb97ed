//! What is wrong with the cluster, and what is not known of it, a sentence each. Pure.

use super::space::Purpose;
use super::{
    BrickHealth, BricksSaid, BricksSeen, Found, Health, HostHealth, Kind, MountHealth, VolumeHealth, quota, state,
};
use crate::desired::BrickSpec;
use crate::facts::{Disagreement, Facts, Glusterd, HostFacts, Task, TaskState};
use crate::inventory::{HostName, Role};
use crate::text::span;

/// Every problem: of hosts, then of volumes, then of mounts, then of file systems.
pub(super) fn of(health: &Health, facts: &Facts, seen: &BricksSeen) -> Vec<Found> {
    let hosts = health.hosts.iter().flat_map(|host| host_problems(host, facts));
    let volumes = health.volumes.iter().flat_map(|volume| {
        let mut problems = volume_problems(health, volume, facts, seen.get(&volume.name));
        problems.extend(disagreement(volume, facts));
        problems
    });
    let mounts = health.mounts.iter().filter_map(mount_problem);
    hosts.chain(volumes).chain(mounts).chain(full(health)).collect()
}

fn host_problems(host: &HostHealth, facts: &Facts) -> Vec<Found> {
    let name = &host.name;
    let mut problems = match facts.error_of(name) {
        Some(error) => vec![Found::of_host(Kind::Unreached, name, &error.what).remedy(&error.remedy)],
        None if facts.of(name).is_none() => vec![Found::of_host(Kind::Unreached, name, "the host was not observed")],
        None => Vec::new(),
    };
    problems.extend(glusterd_problem(host, facts));
    let reasons = host.boot.iter().flatten().zip(&host.boot_kinds);
    problems.extend(reasons.map(|(reason, kind)| {
        let what = format!("the host would not come back after a reboot: {reason}");
        Found::of_host(*kind, name, what)
    }));
    problems
}

fn glusterd_problem(host: &HostHealth, facts: &Facts) -> Option<Found> {
    let name = &host.name;
    let observed = facts.of(name).filter(|_| host.role == Role::Server)?;
    let (kind, what) = match (&observed.glusterd, host.peers) {
        (_, _) if host.self_managed && host.glusterd.is_none() => (
            Kind::SelfManagedSilent,
            format!("glusterd does not answer this machine; {name} provisions itself, and no more is known of {name}"),
        ),
        (_, _) if observed.maintenance.is_some() => (Kind::InMaintenance, in_maintenance(name, observed)),
        (Glusterd::Blank, _) => (
            Kind::GlusterdBlank,
            "glusterd has no identity yet, and is in no pool".to_owned(),
        ),
        (Glusterd::Silent, _) => (Kind::GlusterdSilent, "glusterd does not answer".to_owned()),
        (Glusterd::Refuses(words), _) => (
            Kind::GlusterdRefuses,
            format!("glusterd answers with an error: {words}"),
        ),
        (Glusterd::Answers { .. }, Some(peers)) if peers < host.peers_wanted => (
            Kind::PeersMissing,
            format!("{peers} of {} peers are connected", host.peers_wanted),
        ),
        (Glusterd::Answers { .. }, _) => return None,
    };
    Some(Found::of_host(kind, name, what))
}

/// The host is as somebody wants it, and its bricks are missed all the same.
fn in_maintenance(name: &HostName, observed: &HostFacts) -> String {
    let since = observed.maintenance.as_ref().map_or("", |mark| mark.since.as_str());
    let since = if since.is_empty() {
        String::new()
    } else {
        format!(" since {since}")
    };
    format!("the host is in maintenance{since}; glusterctl maintenance exit {name} ends the maintenance")
}

fn volume_problems(health: &Health, volume: &VolumeHealth, facts: &Facts, said: Option<&BricksSaid>) -> Vec<Found> {
    let found = |kind, what| vec![Found::of_volume(kind, &volume.name, what)];
    match (volume.exists, volume.started) {
        (Some(false), _) => found(Kind::VolumeMissing, "does not exist".to_owned()),
        (_, None) => found(Kind::VolumeUnknown, format!("unknown, {}", silence(health, facts))),
        (_, Some(false)) => found(Kind::VolumeStopped, "is not started".to_owned()),
        (_, Some(true)) => {
            let mut problems = brick_problems(volume, said);
            problems.extend(serving_problems(volume));
            problems.extend(task_problems(volume, said));
            problems.extend(connection_problems(volume, said));
            problems
        }
    }
}

fn connection_problems(volume: &VolumeHealth, said: Option<&BricksSaid>) -> Vec<Found> {
    let missing = said.into_iter().flat_map(|said| &said.more.missing);
    let found = missing.map(|missing| Found::of_volume(Kind::ClientApart, &volume.name, missing.to_string()));
    found.collect()
}

/// Why no server told of a volume.
fn silence(health: &Health, facts: &Facts) -> String {
    let servers = health.hosts.iter().filter(|host| host.role == Role::Server);
    if servers.clone().all(|server| server.glusterd != Some(true)) {
        return "no server answered".to_owned();
    }
    let silent = servers.filter(|server| !state::speaks(facts, &server.name));
    let names: Vec<&str> = silent.map(|server| server.name.as_str()).collect();
    format!(
        "{} did not answer, and no other server knows the volume",
        names.join(" and ")
    )
}

fn disagreement(volume: &VolumeHealth, facts: &Facts) -> Option<Found> {
    let known = facts.cluster.volume(volume.name.as_str())?;
    let Disagreement {
        between: [one, other], ..
    } = known.disagreement.as_ref()?;
    let what = format!("{one} and {other} have different definitions of the volume");
    Some(Found::of_volume(Kind::Definitions, &volume.name, what))
}

/// The problems of the bricks of a started volume.
fn brick_problems(volume: &VolumeHealth, said: Option<&BricksSaid>) -> Vec<Found> {
    let found = |kind, what: String| Found::of_volume(kind, &volume.name, what);
    let mut problems: Vec<Found> = unanswered(said)
        .into_iter()
        .map(|words| found(Kind::Unanswered, words))
        .collect();
    let explained = !problems.is_empty();
    for brick in &volume.bricks {
        let found = |kind, what| found(kind, what).about(&brick.host);
        let spec = format!("brick {}:{}", brick.host, brick.dir);
        match (brick.online, brick.mounted) {
            (Some(true), _) => {}
            (Some(false), Some(false)) => problems.push(found(
                Kind::BrickNotMounted,
                format!("{spec} is not online: its file system is not mounted"),
            )),
            (Some(false), _) => problems.push(found(Kind::BrickOffline, format!("{spec} is not online"))),
            (None, _) if is_unreached(said, brick) => problems.push(found(
                Kind::BrickUnreached,
                format!("Gluster does not reach {spec}, and whether the brick serves is not known"),
            )),
            (None, _) if explained => {}
            (None, _) => problems.push(found(
                Kind::BrickUnknown,
                format!("whether {spec} is online is not known"),
            )),
        }
        let age = waiting(brick).map_or_else(String::new, |age| format!(", the oldest for at least {age}"));
        match brick.to_heal {
            Some(0) => {}
            Some(1) => problems.push(found(Kind::Heals, format!("{spec} has 1 entry to heal{age}"))),
            Some(entries) => problems.push(found(Kind::Heals, format!("{spec} has {entries} entries to heal{age}"))),
            None if explained || brick.online != Some(true) => {}
            None => problems.push(found(
                Kind::HealsUnknown,
                format!("what {spec} has to heal is not known"),
            )),
        }
    }
    problems
}

/// Entries in split-brain, and sets that do not serve.
fn serving_problems(volume: &VolumeHealth) -> Vec<Found> {
    let found = |kind, what: String| Found::of_volume(kind, &volume.name, what);
    let mut problems = Vec::new();
    let words = match volume.split_brain.as_ref().map_or(0, |known| known.entries) {
        0 => None,
        1 => Some("1 entry is in split-brain, and no client can read the entry".to_owned()),
        entries => Some(format!(
            "{entries} entries are in split-brain, and no client can read the entries"
        )),
    };
    problems.extend(words.map(|words| found(Kind::SplitBrain, words)));
    for (at, _) in volume
        .serves
        .iter()
        .enumerate()
        .filter(|(_, serves)| **serves == Some(false))
    {
        let (set, all) = (at + 1, volume.serves.len());
        let needed = volume.quorum.map_or_else(String::new, |quorum| {
            format!(": {} of its {} bricks have to be up", quorum.needed, quorum.of)
        });
        problems.push(found(
            Kind::SetDown,
            format!("set {set} of {all} cannot be read or written{needed}"),
        ));
    }
    problems
}

fn task_problems(volume: &VolumeHealth, said: Option<&BricksSaid>) -> Vec<Found> {
    let tasks = said.and_then(|said| said.more.tasks.as_ref()).into_iter().flatten();
    let failed = tasks.filter(|task| task.state == TaskState::Failed);
    let found = |task: &Task| {
        let what = format!("the {} has failed", state::task_words(task.kind));
        Found::of_volume(Kind::TaskFailed, &volume.name, what)
    };
    failed.map(found).collect()
}

/// For how long at least the oldest entry of a brick has been waiting for healing, in words.
pub(super) fn waiting(brick: &BrickHealth) -> Option<String> {
    brick.to_heal.filter(|entries| *entries > 0)?;
    Some(span(brick.to_heal_seconds?))
}

/// The bricks whose oldest entry has been waiting for healing for more than a day.
pub(crate) fn waits_long(health: &Health) -> Vec<Found> {
    const DAY: u64 = 86_400;
    let mut found = Vec::new();
    for volume in &health.volumes {
        for brick in volume.bricks.iter().filter(|brick| brick.to_heal_seconds > Some(DAY)) {
            let age = waiting(brick).unwrap_or_default();
            let what = format!(
                "an entry of brick {}:{} has been waiting for healing for at least {age}",
                brick.host, brick.dir
            );
            found.push(Found::of_volume(Kind::Doctor, &volume.name, what));
        }
    }
    found
}

/// Whether Gluster says that it does not reach a brick.
pub(super) fn is_unreached(said: Option<&BricksSaid>, brick: &BrickHealth) -> bool {
    let heal = said.and_then(|said| said.heal.as_ref()?.as_ref().ok());
    let is_same = |spec: &BrickSpec| (spec.host.as_str(), &spec.dir) == (brick.host.as_str(), &brick.dir);
    heal.into_iter()
        .flatten()
        .any(|heal| is_same(&heal.brick) && !heal.connected)
}

/// Why Gluster did not say everything about a volume's bricks; the same reason once.
fn unanswered(said: Option<&BricksSaid>) -> Vec<String> {
    let Some(said) = said else {
        return vec!["no server could be asked about the bricks".to_owned()];
    };
    let heal = said.heal.as_ref().and_then(|heal| heal.as_ref().err());
    let split_brain = said.more.split_brain.as_ref().and_then(|known| known.as_ref().err());
    // A server whose quota daemon is down says nothing, and the daemon is a problem of its own.
    let quota = said.more.quota.as_ref().filter(|_| !quota::is_a_daemon_down(said));
    let quota = quota.and_then(|known| known.as_ref().err());
    let errors = said.status.as_ref().err().into_iter();
    let errors = errors.chain(heal).chain(split_brain).chain(quota);
    let mut words: Vec<String> = errors.cloned().collect();
    words.dedup();
    words
}

/// Of a host that was not observed, the host's own problem says so.
fn mount_problem(mount: &MountHealth) -> Option<Found> {
    let (kind, state) = match (mount.mounted?, mount.answers?) {
        (_, true) => return None,
        (true, false) => (Kind::MountDead, "is mounted, but does not answer"),
        (false, false) => (Kind::MountMissing, "is not mounted"),
    };
    let MountHealth { host, volume, path, .. } = mount;
    Some(Found::of_host(kind, host, format!("volume {volume} {state} at {path}")))
}

/// File systems that take no more data.
fn full(health: &Health) -> Vec<Found> {
    let full = health.file_systems.iter().filter(|found| found.is_full());
    let sentence = |host: &HostName, path: &str, purpose| {
        let consequence = match purpose {
            Purpose::Brick => "the volumes on it cannot be written",
            Purpose::Log => "nothing is logged any more",
            Purpose::Glusterd => "glusterd cannot change anything",
        };
        Found::of_host(
            Kind::Full,
            host,
            format!("the file system of {path} is full: {consequence}"),
        )
    };
    full.map(|found| sentence(&found.host, &found.path, found.purpose))
        .collect()
}
