//! Volumes: created without force, their options set, started. Pure.

use std::collections::BTreeSet;

use super::adoption::is_adopted;
use super::incomplete_volume::{self, Bricks};
use super::peers::PoolPlan;
use super::steps::{Draft, Planner};
use crate::facts::{Glusterd, HostFacts, VolumeInfo};
use crate::inventory::{Brick, Volume, brick_mount, brick_uuid, replica_sets};
use crate::{scripts, shell};

/// What a mount of the volume has to wait for.
#[derive(Clone)]
pub enum Served {
    /// It is started, or will be after these steps.
    After(Vec<usize>),
    /// It cannot be planned yet.
    NotYet,
}

pub fn plan(planner: &mut Planner, volume: &Volume, pool: Option<&PoolPlan>) -> Served {
    let name = volume.name.as_str();
    let Some(pool) = pool else {
        // Whether it could be mounted is known all the same: the servers that were seen may serve it.
        let known = planner
            .inventory
            .servers()
            .filter_map(|server| planner.facts.of(&server.name)?.volumes()?.get(name));
        return if known.into_iter().any(|info| info.started) || only_a_mount_tells(planner) {
            Served::After(Vec::new())
        } else {
            Served::NotYet
        };
    };
    let sets = match replica_sets(planner.inventory, volume) {
        Ok(sets) => sets,
        Err(error) => {
            planner.cluster_problem(
                format!("volume {name}: {error}"),
                "correct the inventory: glusterctl check",
            );
            return Served::NotYet;
        }
    };
    let facts = planner.facts;
    // The coordinator may be the one that an interrupted create left without it.
    let coordinator = std::iter::once(&pool.coordinator).chain(planner.inventory.servers());
    let known = coordinator
        .filter_map(|server| facts.of(&server.name).and_then(HostFacts::volumes)?.get(name))
        .next();
    match known {
        None => create(planner, volume, &sets, pool),
        Some(info) => {
            let ready = incomplete_volume::import(planner, name, pool);
            let coordinator = pool.coordinator.clone();
            change(planner, volume, &sets, &PoolPlan { coordinator, ready }, info)
        }
    }
}

/// A client that provisions itself has no gluster command to ask the servers with: it mounts, or fails to.
fn only_a_mount_tells(planner: &Planner) -> bool {
    let mut servers = planner.inventory.servers().map(|server| planner.facts.of(&server.name));
    let mut listens = false;
    let blind = servers.all(|seen| {
        let elsewhere = seen.and_then(|seen| seen.elsewhere);
        listens |= elsewhere.is_some_and(|elsewhere| elsewhere.listens);
        elsewhere.is_some() && seen.is_some_and(|seen| seen.glusterd == Glusterd::Silent)
    });
    blind && listens
}

fn create(planner: &mut Planner, volume: &Volume, sets: &[Vec<Brick>], pool: &PoolPlan) -> Served {
    let name = volume.name.as_str();
    let mut needs = pool.ready.clone();
    match incomplete_volume::clear(planner, name, sets) {
        Bricks::Clear(steps) => needs.extend(steps),
        Bricks::Unseen => {
            planner.wait(
                format!("creating volume {name}"),
                "its bricks are mounted and looked into",
            );
            return Served::NotYet;
        }
        Bricks::Taken => return Served::NotYet,
    }
    let bricks: Vec<String> = sets.iter().flatten().map(Brick::spec).collect();
    let arbiter = match volume.replicate.arbiter {
        0 => String::new(),
        arbiters => format!(" arbiter {arbiters}"),
    };
    // A brick a line: a long list stays readable.
    let list: String = bricks
        .iter()
        .map(|brick| format!(" \\\n    {}", shell::quote(brick)))
        .collect();
    let words = format!(
        "volume create {} replica {}{arbiter}{list}",
        shell::quote(name),
        volume.replicate.replica
    );
    let draft = Draft::gluster(format!("create volume {name}"), "there is no such volume", &words);
    let mut last = planner.aside(&pool.coordinator, draft, needs);
    for (key, value) in &volume.options {
        last = planner.aside(&pool.coordinator, set(name, key, value, "not set yet"), vec![last]);
    }
    let start = Draft::gluster(
        format!("start volume {name}"),
        "it is new",
        &format!("volume start {}", shell::quote(name)),
    );
    Served::After(vec![planner.aside(&pool.coordinator, start, vec![last])])
}

fn change(planner: &mut Planner, volume: &Volume, sets: &[Vec<Brick>], pool: &PoolPlan, info: &VolumeInfo) -> Served {
    let name = volume.name.as_str();
    if let Some(what) = difference(volume, sets, info) {
        let remedy = "change the inventory back: apply never moves data between bricks, and never takes a brick away";
        planner.cluster_problem(format!("volume {name} {what}"), remedy);
        return if info.started {
            Served::After(Vec::new())
        } else {
            Served::NotYet
        };
    }
    let mut last = pool.ready.clone();
    for (key, value) in &volume.options {
        let reason = match info.options.get(key) {
            Some(current) if current == value => continue,
            Some(current) => format!("it is {current}"),
            None => "not set yet".to_owned(),
        };
        last = vec![planner.aside(&pool.coordinator, set(name, key, value, &reason), last)];
    }
    if !info.started {
        let words = format!("volume start {}", shell::quote(name));
        let draft = Draft::gluster(format!("start volume {name}"), "it is stopped", &words);
        return Served::After(vec![planner.aside(&pool.coordinator, draft, last)]);
    }
    start_bricks(planner, sets, pool, info, last)
}

fn set(volume: &str, key: &str, value: &str, reason: &str) -> Draft {
    let words = format!("volume set {}", shell::words([volume, key, value]));
    Draft::gluster(format!("set {key} of volume {volume} to {value}"), reason, &words)
}

/// Starts the bricks that have no process though their volume is started.
///
/// `volume start … force` stamps the volume's id on whatever directory it finds, also on a bare mount point of the root
/// disk. So each such brick is looked at first, on its own host, and the force happens only if all are what they should be.
fn start_bricks(
    planner: &mut Planner,
    sets: &[Vec<Brick>],
    pool: &PoolPlan,
    info: &VolumeInfo,
    mut needs: Vec<usize>,
) -> Served {
    let facts = planner.facts;
    let runs = |brick: &Brick| {
        let observed = facts.of(&brick.host);
        // A host elsewhere looks after its own bricks.
        if observed.is_some_and(|observed| observed.elsewhere.is_some()) {
            return true;
        }
        let processes = observed.map_or(&[][..], |observed| &observed.brick_processes);
        processes
            .iter()
            .any(|line| line.split(' ').any(|word| word == brick.dir))
    };
    let down: Vec<&Brick> = sets.iter().flatten().filter(|brick| !runs(brick)).collect();
    if down.is_empty() {
        return Served::After(needs);
    }
    let name = &info.name;
    for brick in &down {
        let Some(host) = planner.inventory.host(&brick.host) else {
            continue;
        };
        let uuid = match is_adopted(planner.inventory, facts, host, &brick.device) {
            true => "-".to_owned(),
            false => brick_uuid(&planner.inventory.cluster, &host.name, &brick.device).to_string(),
        };
        let command = scripts::CHECK_BRICK.with(&[
            ("volume", name),
            ("id", &info.id.replace('-', "")),
            ("uuid", &uuid),
            ("target", &brick_mount(&brick.device)),
            ("brick", &brick.dir),
        ]);
        let title = format!("check that {} belongs to volume {name}", brick.dir);
        let mut own = pool.ready.clone();
        own.extend(planner.last(host));
        needs.push(planner.aside(host, Draft::new(title, "its brick process does not run", command), own));
    }
    let names: Vec<String> = down.iter().map(|brick| brick.spec()).collect();
    let words = format!("volume start {} force", shell::quote(name));
    let draft = Draft::gluster(
        format!("start the bricks of volume {name}"),
        format!("{} does not run", names.join(", ")),
        &words,
    );
    // A host that provisions itself starts its own; they are all its own then.
    let own = down.first().and_then(|brick| planner.inventory.host(&brick.host));
    let by = own.filter(|_| facts.is_partial()).unwrap_or(&pool.coordinator);
    Served::After(vec![planner.aside(by, draft, needs)])
}

/// How an existing volume differs from the wanted one in what cannot be changed in place.
fn difference(volume: &Volume, sets: &[Vec<Brick>], info: &VolumeInfo) -> Option<String> {
    let wanted = volume.replicate;
    if (info.replica, info.arbiter) != (wanted.replica, wanted.arbiter) {
        return Some(format!(
            "has replica {} arbiter {}, and the inventory wants replica {} arbiter {}",
            info.replica, info.arbiter, wanted.replica, wanted.arbiter
        ));
    }
    // The order of sets, and of bricks in a set, means nothing to the data.
    let wanted: BTreeSet<BTreeSet<String>> = sets.iter().map(|set| set.iter().map(Brick::spec).collect()).collect();
    let there: BTreeSet<BTreeSet<String>> = info
        .bricks
        .chunks(info.replica.max(1))
        .map(|set| set.iter().cloned().collect())
        .collect();
    let show = |sets: &BTreeSet<BTreeSet<String>>| {
        let sets: Vec<String> = sets
            .iter()
            .map(|set| set.iter().map(String::as_str).collect::<Vec<_>>().join(" "))
            .collect();
        sets.join(", ")
    };
    (wanted != there).then(|| {
        format!(
            "has the replica sets {}; the inventory makes them {}",
            show(&there),
            show(&wanted)
        )
    })
}
