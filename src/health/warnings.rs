//! What operators have to know though nothing is wrong, a sentence each. Pure.

use super::space::{Purpose, size};
use super::{Found, Health, HostHealth, Kind, Looks, boot, certificates, clocks, quota, thin_pools, versions};
use crate::desired::Desired;
use crate::facts::{Facts, TaskKind, TaskState};
use crate::inventory::Role;

/// A forecast within this time is worth a warning: 30 days.
const SOON: u64 = 30 * 86_400;

/// Every warning.
pub(super) fn of(health: &Health, desired: &Desired, facts: &Facts, looks: &Looks) -> Vec<Found> {
    let whole = |kind| move |sentence| Found::new(kind, sentence);
    let doubled = boot::doubled(desired, facts).into_iter();
    let mut all = boot::unprotectable(desired, facts);
    all.extend(boot::clones(desired, facts));
    all.extend(doubled.map(whole(Kind::Doubled)));
    all.extend(known_there_alone(health));
    all.extend(clocks::warnings(health));
    all.extend(versions::warnings(health));
    all.extend(space(health));
    all.extend(quota::warnings(health));
    all.extend(thin_pools::warnings(desired, facts));
    all.extend(certificates::warnings(desired, facts));
    all.extend(removals(health, looks));
    all
}

/// A sentence for each self-managed host: what no other machine knows of the host. This is no problem of the cluster.
fn known_there_alone(health: &Health) -> Vec<Found> {
    let hosts = health.hosts.iter().filter(|host| host.self_managed);
    let sentence = |host: &HostHealth| {
        let what = format!(
            "{0} provisions itself: only glusterctl on {0} knows the mounts of {0} and whether {0} would come back after \
             a reboot",
            host.name
        );
        Found::new(Kind::SelfManaged, what).about(&host.name)
    };
    hosts.map(sentence).collect()
}

/// File systems that are nearly full, or will be full soon; what is full already is a problem.
fn space(health: &Health) -> Vec<Found> {
    let mut all = Vec::new();
    for found in health.file_systems.iter().filter(|found| !found.is_full()) {
        let path = &found.path;
        let mut warn = |kind, what: String| all.push(Found::of_host(kind, &found.host, what));
        let kind = match found.purpose {
            Purpose::Brick => Kind::BrickNearlyFull,
            Purpose::Log => Kind::LogNearlyFull,
            Purpose::Glusterd => Kind::StateNearlyFull,
        };
        if let Some((left, all)) = found.available.zip(found.bytes).filter(|_| found.is_nearly_full()) {
            warn(
                kind,
                format!(
                    "the file system of {path} is nearly full: {} of {} are available",
                    size(left),
                    size(all)
                ),
            );
        }
        if let Some(left) = found.inodes_free.filter(|_| found.is_short_of_inodes()) {
            warn(
                Kind::InodesShort,
                format!("the file system of {path} is nearly out of inodes: {left} are left"),
            );
        }
        if let Some(forecast) = found.forecast.filter(|forecast| forecast.full_in_seconds < SOON) {
            warn(
                Kind::FullSoon,
                format!("the file system of {path} will be {}", forecast.sentence()),
            );
        }
    }
    // On many hosts, logs and state are on one file system: one sentence suffices.
    let is_log = |found: &Found| found.kind == Kind::LogNearlyFull;
    let logs: Vec<_> = all
        .iter()
        .filter(|found| is_log(found))
        .map(|found| found.host.clone())
        .collect();
    let same = |host: &Option<crate::inventory::HostName>| {
        let of = |purpose| {
            let mut found = health.file_systems.iter();
            found.find(|found| Some(&found.host) == host.as_ref() && found.purpose == purpose)
        };
        let key = |found: &super::FileSystemHealth| (found.bytes, found.available, found.inodes_free);
        of(Purpose::Log).map(key) == of(Purpose::Glusterd).map(key)
    };
    all.retain(|found| found.kind != Kind::StateNearlyFull || !logs.contains(&found.host) || !same(&found.host));
    all
}

/// Removals of bricks that have ended: until somebody commits or stops a removal, the bricks stay in the volume.
fn removals(health: &Health, looks: &Looks) -> Vec<Found> {
    let volumes = health.volumes.iter();
    let waits = volumes.filter(|volume| {
        let tasks = looks.seen.get(&volume.name).and_then(|said| said.more.tasks.as_ref());
        let mut tasks = tasks.into_iter().flatten();
        tasks.any(|task| task.kind == TaskKind::RemoveBrick && task.state == TaskState::Completed)
    });
    let sentence = |name| {
        let what = "the removal of bricks has moved their files, and waits to be committed or stopped";
        Found::of_volume(Kind::TaskWaits, name, what)
    };
    waits.map(|volume| sentence(&volume.name)).collect()
}

/// The servers of the cluster.
pub(super) fn servers(health: &Health) -> impl Iterator<Item = &HostHealth> {
    health.hosts.iter().filter(|host| host.role == Role::Server)
}
