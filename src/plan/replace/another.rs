//! Another host takes the place of a host, whether the old one is gone or alive: each brick moves to the new host, the volumes
//! are healed, and the old host leaves the pool. Pure.

use super::seat::{self, Content, Seat, seats};
use crate::desired::{BrickFileSystem, BrickSpec, Desired, DesiredHost};
use crate::facts::{Facts, HostFacts};
use crate::inventory::{HostName, Role, Spread, Volume};
use crate::plan::danger::Danger;
use crate::plan::hosts_file;
use crate::plan::peers::{self, PoolPlan};
use crate::plan::shared_disk::SharedDisks;
use crate::plan::steps::{Draft, Plan, Planner};
use crate::plan::volumes::Served;
use crate::plan::{directories, identity, incomplete_volume, mounts, prepare};
use crate::scripts::{self, lines};
use crate::shell;

pub fn plan(desired: &Desired, facts: &Facts, old: &HostName, new: &HostName) -> Plan {
    let wanted = Desired::of(desired.inventory);
    // A host that leaves may still be in the inventory.
    let is_missing = desired.host(old).is_none() && facts.cluster.identities.is_used(old.as_str());
    let wanted = match is_missing {
        true => wanted.replacing(old, line_of(desired, facts, old)),
        false => wanted,
    };
    let mut planner = Planner::new(&wanted, facts);
    planner.note_unobserved();
    if !identity::is_proven(&mut planner) {
        return planner.finish();
    }
    let Some(host) = wanted.host(new).filter(|host| host.host.role == Role::Server) else {
        let what = format!("the inventory has no server {new}");
        planner.cluster_problem(what, format!("write {new} into the inventory, in the place of {old}"));
        return planner.finish();
    };
    let places = refuse(&mut planner, old, host);
    if planner.has_problems() {
        return planner.finish();
    }
    let disks = SharedDisks::of(&wanted, facts);
    for host in &wanted.hosts {
        prepare(&mut planner, host, &disks);
    }
    let pool = peers::plan(&mut planner);
    let mut healed = Vec::new();
    for volume in &wanted.inventory.volumes {
        let served = volume_to(&mut planner, old, host, &places, volume, pool.as_ref(), &mut healed);
        let mounting = mounts::now(&mut planner, volume, &served);
        directories::plan(&mut planner, volume, &mounting);
    }
    if let Some(pool) = &pool {
        detach(&mut planner, old, pool, healed);
    }
    planner.finish()
}

/// The line of the old host in the names that glusterctl wrote earlier.
fn line_of<'f>(desired: &Desired, facts: &'f Facts, old: &HostName) -> Option<&'f str> {
    let hosts = desired.hosts.iter().filter_map(|host| facts.of(host.name()));
    let mut lines = hosts.flat_map(|seen| hosts_file::block(&seen.hosts_file, &desired.names));
    lines.find(|line| hosts_file::is_of(line, old))
}

/// The file system of the new host for each mount point of bricks of the old one.
type Places<'d> = Vec<(String, &'d BrickFileSystem<'d>)>;

/// Notes why the place of the old host cannot be taken; returns which file system takes the place of which.
fn refuse<'d>(planner: &mut Planner<'d>, old: &HostName, host: &'d DesiredHost) -> Places<'d> {
    let facts = planner.facts;
    let mut mounts: Vec<&str> = Vec::new();
    let mut is_meant = false;
    for (name, known) in &facts.cluster.volumes {
        for seat in seats(&known.info, old.as_str()) {
            is_meant = true;
            let Some(volume) = planner.desired.inventory.volume(name) else {
                let what = format!("{old} has a brick of volume {name}, and the inventory does not have the volume");
                planner.cluster_problem(
                    what,
                    "write the volume into the inventory, or replace that brick by hand",
                );
                break;
            };
            seat.refuse(planner);
            if volume.spread == Spread::Hosts && seat.others.iter().any(|other| other.host == host.name().as_str()) {
                let what = format!("{} has a brick of the set of {} already", host.name(), seat.spec);
                planner.cluster_problem(what, "name a host that holds no brick of the volume yet");
            }
            let mount = seat.spec.dir.rsplit_once('/').map_or("", |(mount, _)| mount);
            if !mounts.contains(&mount) {
                mounts.push(mount);
            }
        }
    }
    mounts.sort_unstable();
    let by_name = |mount: &str| host.bricks.iter().find(|brick| brick.mount == mount);
    let is_alike = mounts.iter().all(|mount| by_name(mount).is_some());
    if is_meant && !is_alike && host.bricks.len() != mounts.len() {
        let what = format!(
            "{old} has bricks on {} file systems ({}), and {} has {} devices",
            mounts.len(),
            mounts.join(", "),
            host.name(),
            host.bricks.len()
        );
        planner.problem(host.host, what, "write as many devices into the inventory");
    }
    let places = mounts.iter().zip(&host.bricks);
    let places = places.map(|(mount, brick)| {
        let brick = if is_alike {
            by_name(mount).unwrap_or(brick)
        } else {
            brick
        };
        ((*mount).to_owned(), brick)
    });
    places.collect()
}

/// Gives the places of the old host's bricks in a volume to bricks of the new one, and heals the volume.
fn volume_to<'d>(
    planner: &mut Planner<'d>,
    old: &HostName,
    host: &DesiredHost,
    places: &Places,
    volume: &Volume,
    pool: Option<&PoolPlan>,
    healed: &mut Vec<usize>,
) -> Served {
    let name = volume.name.as_str();
    let facts = planner.facts;
    let Some(known) = facts.cluster.volume(name) else {
        return Served::NotYet;
    };
    let Some((pool, observed)) = pool.zip(facts.of(host.name())).filter(|_| planner.is_fit(host.host)) else {
        planner.wait(
            format!("the bricks of volume {name}"),
            "the new host is prepared and in the pool",
        );
        return Served::After(Vec::new());
    };
    let ready = incomplete_volume::import(planner, name, pool);
    let (mut last, mut meant) = (ready.clone(), Vec::new());
    for seat in seats(&known.info, old.as_str()) {
        let mount = seat.spec.dir.rsplit_once('/').map_or("", |(mount, _)| mount);
        let place = places.iter().find(|(of, _)| of == mount).map(|(_, brick)| *brick);
        let Some((brick, dir)) = place.and_then(|brick| Some((brick, brick.dir(&volume.name)?))) else {
            continue;
        };
        match seat::content(observed, brick, dir, &known.info) {
            Content::Empty => {
                let mut needs = seat.checks(planner, &ready);
                needs.extend(planner.last(host.host));
                needs.extend(&last);
                last = vec![replacement(planner, &seat, host, brick, dir, needs)];
                meant.push((seat, dir));
            }
            Content::Unseen => planner.wait(format!("the new brick for {}", seat.spec), "its file system is mounted"),
            Content::Taken(what, remedy) => planner.problem(host.host, what, remedy),
            Content::Brick => planner.problem(
                host.host,
                format!("{dir} carries the id of volume {name}, and is not a brick of the volume"),
                "find out where the directory comes from, and move the directory away",
            ),
        }
    }
    // A replacement that Gluster may not have carried out to its end.
    for seat in seats(&known.info, host.name().as_str()) {
        let mut bricks = host.bricks.iter();
        let is_new = observed.bricks.get(&seat.spec.dir).is_some_and(|seen| seen.new);
        if let Some(brick) = bricks.find(|brick| is_new && brick.dir(&volume.name) == Some(&seat.spec.dir)) {
            last = vec![seat.reset(planner, host, brick, &seat.spec.dir, &last)];
        }
        let dir = &seat.spec.dir;
        meant.push((seat, dir));
    }
    if !meant.is_empty() && planner.is_fit(host.host) && known.info.heals() {
        let after = seat::heal(planner, host, name, last.clone());
        healed.push(after);
        for (seat, dir) in meant {
            healed.extend(seat.compare(planner, host, dir, vec![after]));
        }
    }
    Served::After(last)
}

/// The step that gives the place of a brick to a brick of the new host.
fn replacement(
    planner: &mut Planner,
    seat: &Seat,
    host: &DesiredHost,
    brick: &BrickFileSystem,
    dir: &str,
    needs: Vec<usize>,
) -> usize {
    let spec = BrickSpec {
        host: host.name().to_string(),
        dir: dir.to_owned(),
    };
    let (old, new) = (seat.spec.to_string(), spec.to_string());
    let others = lines(&seat.others);
    let mut values = seat.values(brick, dir, &others);
    values.extend([("old", old.as_str()), ("new", new.as_str())]);
    let title = format!("give the place of {old} in volume {} to {new}", seat.info.name);
    let reason = format!("{} takes the place of {}", host.name(), seat.spec.host);
    let mut draft = seat::draft(title, reason, scripts::REPLACE_BRICK.with(&values));
    let volume = planner.desired.inventory.volume(&seat.info.name);
    if let Some(volume) = volume.filter(|_| is_connected(planner, &seat.spec.host)) {
        draft = draft.danger(Danger::TakesRedundancy {
            volume: volume.name.clone(),
        });
    }
    planner.aside(host.host, draft, needs)
}

/// Whether a server is connected to the old host, so that its bricks may be alive.
fn is_connected(planner: &Planner, old: &str) -> bool {
    let identities = &planner.facts.cluster.identities;
    let mut uuids = identities.uuids_of(old);
    uuids.any(|(uuid, _)| identities.connected_to(uuid).is_some())
}

/// Removes the old host from the pool once all volumes are healed.
fn detach(planner: &mut Planner, old: &HostName, pool: &PoolPlan, needs: Vec<usize>) {
    let facts = planner.facts;
    let by = pool.coordinator;
    let peers = facts
        .of(&by.name)
        .and_then(HostFacts::pool)
        .map_or(&[][..], |pool| &pool.peers);
    if !peers.iter().any(|peer| peer.is_called(old)) || planner.has_problems() || planner.has_waits() {
        return;
    }
    let words = format!("peer detach {}", shell::quote(old.as_str()));
    let draft = Draft::gluster(format!("detach {old}"), "the host holds no brick any more", &words);
    let needs = if needs.is_empty() { pool.ready.clone() } else { needs };
    planner.aside(by, draft.danger(Danger::DetachesHost { host: old.clone() }), needs);
}
