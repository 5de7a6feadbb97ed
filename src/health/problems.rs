//! What is wrong with the cluster, and what is not known of it, a sentence each. Pure.

use super::{BrickHealth, BricksSaid, BricksSeen, Health, HostHealth, MountHealth, VolumeHealth, state};
use crate::desired::BrickSpec;
use crate::facts::{Disagreement, Facts, Glusterd};
use crate::inventory::Role;

/// Every problem: of hosts, then of volumes, then of mounts.
pub(super) fn of(health: &Health, facts: &Facts, seen: &BricksSeen) -> Vec<String> {
    let hosts = health.hosts.iter().flat_map(|host| host_problems(host, facts));
    let volumes = health.volumes.iter().flat_map(|volume| {
        let mut problems = volume_problems(health, volume, facts, seen.get(&volume.name));
        problems.extend(disagreement(volume, facts));
        problems
    });
    let mounts = health.mounts.iter().filter_map(mount_problem);
    hosts.chain(volumes).chain(mounts).collect()
}

/// A sentence for each self-managed host: what no other machine knows of the host. This is no problem of the cluster.
pub(super) fn known_there_alone(health: &Health) -> Vec<String> {
    let hosts = health.hosts.iter().filter(|host| host.self_managed);
    let sentence = |host: &HostHealth| {
        format!(
            "{0} provisions itself: only glusterctl on {0} knows the mounts of {0} and whether {0} would come back after \
             a reboot",
            host.name
        )
    };
    hosts.map(sentence).collect()
}

fn host_problems(host: &HostHealth, facts: &Facts) -> Vec<String> {
    let name = &host.name;
    let mut problems: Vec<String> = match facts.error_of(name) {
        Some(error) => vec![format!("{name}: {}", error.what)],
        None if facts.of(name).is_none() => vec![format!("{name}: the host was not observed")],
        None => Vec::new(),
    };
    problems.extend(glusterd_problem(host, facts));
    let reasons = host.boot.iter().flatten();
    problems.extend(reasons.map(|reason| format!("{name}: the host would not come back after a reboot: {reason}")));
    problems
}

fn glusterd_problem(host: &HostHealth, facts: &Facts) -> Option<String> {
    let name = &host.name;
    let observed = facts.of(name).filter(|_| host.role == Role::Server)?;
    match (&observed.glusterd, host.peers) {
        (_, _) if host.self_managed && host.glusterd.is_none() => Some(format!(
            "{name}: glusterd does not answer this machine; {name} provisions itself, and no more is known of {name}"
        )),
        (Glusterd::Blank, _) => Some(format!("{name}: glusterd has no identity yet, and is in no pool")),
        (Glusterd::Silent, _) => Some(format!("{name}: glusterd does not answer")),
        (Glusterd::Refuses(words), _) => Some(format!("{name}: glusterd answers with an error: {words}")),
        (Glusterd::Answers { .. }, Some(peers)) if peers < host.peers_wanted => {
            Some(format!("{name}: {peers} of {} peers are connected", host.peers_wanted))
        }
        (Glusterd::Answers { .. }, _) => None,
    }
}

fn volume_problems(health: &Health, volume: &VolumeHealth, facts: &Facts, said: Option<&BricksSaid>) -> Vec<String> {
    let name = &volume.name;
    match (volume.exists, volume.started) {
        (Some(false), _) => vec![format!("volume {name} does not exist")],
        (_, None) => vec![format!("volume {name}: unknown, {}", silence(health, facts))],
        (_, Some(false)) => vec![format!("volume {name} is not started")],
        (_, Some(true)) => brick_problems(volume, said),
    }
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

fn disagreement(volume: &VolumeHealth, facts: &Facts) -> Option<String> {
    let name = &volume.name;
    let known = facts.cluster.volume(name.as_str())?;
    let Disagreement {
        between: [one, other], ..
    } = known.disagreement.as_ref()?;
    Some(format!(
        "volume {name}: {one} and {other} have different definitions of the volume"
    ))
}

/// The problems of the bricks of a started volume.
fn brick_problems(volume: &VolumeHealth, said: Option<&BricksSaid>) -> Vec<String> {
    let name = &volume.name;
    let mut problems = unanswered(said);
    let explained = !problems.is_empty();
    for brick in &volume.bricks {
        let spec = format!("brick {}:{}", brick.host, brick.dir);
        match (brick.online, brick.mounted) {
            (Some(true), _) => {}
            (Some(false), Some(false)) => {
                problems.push(format!("{spec} is not online: its file system is not mounted"));
            }
            (Some(false), _) => problems.push(format!("{spec} is not online")),
            (None, _) if is_unreached(said, brick) => problems.push(format!(
                "Gluster does not reach {spec}, and whether the brick serves is not known"
            )),
            (None, _) if explained => {}
            (None, _) => problems.push(format!("whether {spec} is online is not known")),
        }
        let age = waiting(brick).map_or_else(String::new, |age| format!(", the oldest for at least {age}"));
        match brick.to_heal {
            Some(0) => {}
            Some(1) => problems.push(format!("{spec} has 1 entry to heal{age}")),
            Some(entries) => problems.push(format!("{spec} has {entries} entries to heal{age}")),
            None if explained || brick.online != Some(true) => {}
            None => problems.push(format!("what {spec} has to heal is not known")),
        }
    }
    let of_volume = problems.into_iter().map(|problem| format!("volume {name}: {problem}"));
    of_volume.collect()
}

/// For how long at least the oldest entry of a brick has been waiting for healing, in words.
pub(super) fn waiting(brick: &BrickHealth) -> Option<String> {
    brick.to_heal.filter(|entries| *entries > 0)?;
    Some(match brick.to_heal_seconds? {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3_600 => format!("{} min", seconds / 60),
        seconds @ 3_600..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    })
}

/// Whether Gluster says that it does not reach a brick.
fn is_unreached(said: Option<&BricksSaid>, brick: &BrickHealth) -> bool {
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
    let mut words: Vec<String> = said.status.as_ref().err().into_iter().chain(heal).cloned().collect();
    words.dedup();
    words
}

/// Of a host that was not observed, the host's own problem says so.
fn mount_problem(mount: &MountHealth) -> Option<String> {
    let state = match (mount.mounted?, mount.answers?) {
        (_, true) => return None,
        (true, false) => "is mounted, but does not answer",
        (false, false) => "is not mounted",
    };
    let MountHealth { host, volume, path, .. } = mount;
    Some(format!("{host}: volume {volume} {state} at {path}"))
}
