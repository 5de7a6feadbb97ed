//! Volumes that have several bricks of a set on one host: Gluster takes such a set only with `force`, and `force` keeps
//! Gluster from looking at the bricks. So a script looks at the bricks before. Pure.

use std::collections::BTreeMap;

use super::adoption::is_adopted;
use super::steps::{Draft, Planner};
use crate::desired::{Brick, DesiredHost};
use crate::inventory::VolumeName;
use crate::scripts::{self, lines};

/// Whether a set has two bricks on one host.
pub fn is_needed(sets: &[Vec<Brick>]) -> bool {
    sets.iter().any(|set| {
        let hosts = set.iter().enumerate();
        hosts
            .clone()
            .any(|(at, brick)| set[..at].iter().any(|other| other.host == brick.host))
    })
}

/// Whether Gluster adds these bricks to the sets only with `force`: so it is (seen with GlusterFS 10.3) if two of the new
/// bricks are on one host, be it in different sets, or if a new brick is on the host of any other brick.
pub fn is_needed_to_widen(existing: &[Vec<Brick>], new: &[Vec<Brick>]) -> bool {
    let all = [existing, new].map(|sets| sets.iter().flatten());
    let all: Vec<&Brick> = all.into_iter().flatten().collect();
    let is_alone = |brick: &Brick| all.iter().filter(|other| other.host == brick.host).count() == 1;
    !new.iter().flatten().all(is_alone)
}

/// The steps that look, after the steps `needs`, at all new bricks of a volume that Gluster takes with `force`: each brick has
/// to be a bare directory on the brick's own mounted file system, which is all that Gluster would look at itself. `None` if
/// nobody can look at the bricks of some host; the problem is noted.
pub fn check(planner: &mut Planner, volume: &VolumeName, sets: &[Vec<Brick>], needs: &[usize]) -> Option<Vec<usize>> {
    let mut by_host: BTreeMap<&str, (&DesiredHost, Vec<String>)> = BTreeMap::new();
    let desired = planner.desired;
    for brick in sets.iter().flatten() {
        let Some(host) = desired.host(brick.host) else {
            continue;
        };
        let uuid = match is_adopted(planner.facts, host, brick.file_system) {
            true => "-",
            false => brick.file_system.identity(),
        };
        let (_, bricks) = by_host.entry(brick.host.as_str()).or_insert((host, Vec::new()));
        bricks.push(format!("{uuid} {} {}", brick.file_system.mount, brick.dir));
    }
    let provisions_itself = |host: &DesiredHost| {
        let observed = planner.facts.of(host.name());
        observed.is_some_and(|observed| observed.self_managed.is_some())
    };
    if let Some((host, _)) = by_host.values().find(|(host, _)| provisions_itself(host)) {
        let what = format!(
            "volume {volume} has several bricks of a set on one host, so that Gluster wants `force`, and no other host can look \
             at the bricks of {} before: {} provisions itself",
            host.name(),
            host.name()
        );
        let remedy = "run glusterctl on a machine that reaches every host by SSH (`connection: ssh`), or remove \
                      `allow_same_host` and write smaller sets";
        planner.cluster_problem(what, remedy);
        return None;
    }
    let steps = by_host.into_values().map(|(host, bricks)| {
        let command = scripts::BARE_BRICKS.with(&[("bricks", &lines(bricks))]);
        let title = format!("check that the bricks of volume {volume} are bare, on their own file systems");
        let reason = "Gluster takes several bricks on one host only with `force`, and does not look at the bricks then";
        let needs = needs.iter().copied().chain(planner.last(host.host)).collect();
        planner.aside(host.host, Draft::new(title, reason, command), needs)
    });
    Some(steps.collect())
}
