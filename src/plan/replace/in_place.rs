//! A host that was reinstalled under its name, or a brick whose disk was replaced: the brick keeps its name. Pure.

use super::Replace;
use super::seat::{self, Content, seats};
use crate::desired::{BrickFileSystem, Desired, DesiredHost};
use crate::facts::{DeviceKind, Facts, HostFacts};
use crate::inventory::{Role, Volume};
use crate::plan::peers::{self, PoolPlan};
use crate::plan::shared_disk::SharedDisks;
use crate::plan::steps::{Draft, Plan, Planner};
use crate::plan::volumes::Served;
use crate::plan::{directories, identity, incomplete_volume, mounts, prepare, tls};
use crate::scripts;

pub fn plan(desired: &Desired, facts: &Facts, replace: &Replace) -> Plan {
    let mut planner = Planner::new(desired, facts);
    planner.note_unobserved();
    if !identity::is_proven(&mut planner) {
        return planner.finish();
    }
    let name = &replace.host;
    let Some(host) = desired.host(name).filter(|host| host.host.role == Role::Server) else {
        planner.cluster_problem(
            format!("the inventory has no server {name}"),
            "correct the name; a host that another host takes the place of is replaced with --with",
        );
        return planner.finish();
    };
    let bricks: Vec<&BrickFileSystem> = host
        .bricks
        .iter()
        .filter(|brick| replace.brick.as_ref().is_none_or(|wanted| brick.device.name == *wanted))
        .collect();
    if bricks.is_empty() || bricks.iter().any(|brick| brick.is_existing()) {
        let (what, remedy) = match bricks.first() {
            None => {
                let names: Vec<&str> = host.bricks.iter().map(|brick| brick.device.name.as_str()).collect();
                (
                    format!(
                        "the inventory has no such brick on the host; it has {}",
                        names.join(", ")
                    ),
                    "correct the name of the brick",
                )
            }
            Some(brick) => (
                format!("somebody else made the bricks at {}", brick.mount),
                "replace the brick by hand: gluster volume reset-brick",
            ),
        };
        planner.problem(host.host, what, remedy);
        return planner.finish();
    }
    let Some(observed) = facts.of(name) else {
        return planner.finish();
    };
    refuse(&mut planner, host, observed, &bricks);
    still_there(&mut planner, host, observed, &bricks);
    if planner.has_problems() {
        return planner.finish();
    }
    if dead_mounts(&mut planner, host, observed, &bricks) {
        return planner.finish();
    }
    tls::others(&mut planner, host);
    prepare(&mut planner, host, &SharedDisks::of(desired, facts));
    let pool = peers::plan(&mut planner);
    for volume in &desired.inventory.volumes {
        let served = volume_on(&mut planner, host, observed, &bricks, volume, pool.as_ref());
        let mounting = mounts::now(&mut planner, volume, &served);
        directories::plan(&mut planner, volume, &mounting);
    }
    planner.finish()
}

/// Notes a problem if this is the wrong machine, and for each brick that could not be healed.
fn refuse(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, bricks: &[&BrickFileSystem]) {
    if observed.self_managed.is_some() {
        planner.problem(host.host, "provisions itself, and this is another machine", ON_ITSELF);
        return;
    }
    let (desired, facts) = (planner.desired, planner.facts);
    for volume in &desired.inventory.volumes {
        let Some(known) = facts.cluster.volume(volume.name.as_str()) else {
            continue;
        };
        for brick in bricks {
            let Some((seat, dir)) = taken(planner, brick, volume, &known.info) else {
                continue;
            };
            if !matches!(seat::content(observed, brick, dir, &known.info), Content::Brick) {
                seat.refuse(planner);
            }
        }
    }
}

/// Notes a problem for each brick whose file system another disk than the new one shows: such a brick is not lost.
fn still_there(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, bricks: &[&BrickFileSystem]) {
    for brick in bricks.iter().filter(|brick| brick.thin.is_none()) {
        let (name, path) = (&brick.device.name, &brick.device.path);
        let new = observed.devices.get(path).filter(|new| new.kind == DeviceKind::Block);
        let devices = observed.brick_devices(&brick.uuid, &brick.mount).iter();
        let old = devices.filter(|old| new.is_some_and(|new| new.number != old.number));
        for old in old.filter(|old| !old.is_snapshot) {
            let what = format!(
                "{} still shows the file system of the brick {name}, so that the brick is not lost, and {path} does not take its \
                 place",
                old.path
            );
            planner.problem(host.host, what, NOT_LOST);
        }
    }
}

const ON_ITSELF: &str = "run the same command on the host itself, in its pod by kubectl exec -it";

const NOT_LOST: &str = "take the old disk out of the host, or, if nobody needs what is on it, unmount and erase it (wipefs -a), and run the \
                        same command again; a disk that still works gives its bricks away without losing a copy: write \
                        `leaving: true` at the old device, add the new device under a name of its own, and run apply";

/// The place that a brick has in a volume, and the brick's directory.
fn taken<'f>(
    planner: &Planner<'f>,
    brick: &'f BrickFileSystem,
    volume: &Volume,
    info: &'f crate::facts::VolumeInfo,
) -> Option<(seat::Seat<'f>, &'f str)> {
    let dir = brick.dir(&volume.name)?;
    let (host, _) = planner.desired.brick_of(&brick.uuid)?;
    let seat = seats(info, host.as_str()).find(|seat| seat.spec.dir == dir)?;
    Some((seat, dir))
}

/// Unmounts what is left of disks that are gone; what follows can be planned only then.
fn dead_mounts(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, bricks: &[&BrickFileSystem]) -> bool {
    let mut any = false;
    for brick in bricks {
        let devices = observed.xfs.get(&brick.uuid).map_or(&[][..], Vec::as_slice);
        let Some(mounted) = observed.mounted_at(&brick.mount) else {
            continue;
        };
        let lives = devices.iter().any(|device| device.number == mounted.number);
        let runs = brick.dirs().any(|dir| observed.brick_processes.contains(dir));
        // Only where glusterctl's own line mounts the brick is it certain that the mount is the lost brick's.
        let source = format!("UUID={}", brick.uuid);
        let mut lines = observed.fstab.iter().filter(|line| line.target == brick.mount);
        if lives || runs || !lines.any(|line| line.source == source) {
            continue;
        }
        any = true;
        let command = scripts::DEAD_BRICK.with(&[("target", &brick.mount), ("uuid", &brick.uuid)]);
        let title = format!("unmount the dead disk at {}", brick.mount);
        let reason = format!("{} does not show the brick's file system any more", mounted.source);
        planner.prepare(host.host, Draft::new(title, reason, command));
    }
    if any {
        planner.wait("the replacement of the brick", "the dead disk is unmounted");
    }
    any
}

/// Puts the new bricks of the host into a volume, and heals the volume.
fn volume_on(
    planner: &mut Planner,
    host: &DesiredHost,
    observed: &HostFacts,
    bricks: &[&BrickFileSystem],
    volume: &Volume,
    pool: Option<&PoolPlan>,
) -> Served {
    let name = volume.name.as_str();
    let Some(known) = planner.facts.cluster.volume(name) else {
        return Served::NotYet;
    };
    let Some(pool) = pool.filter(|_| planner.is_fit(host.host)) else {
        planner.wait(
            format!("the new bricks of volume {name}"),
            "the host is prepared and in the pool",
        );
        return Served::After(Vec::new());
    };
    let info = &known.info;
    let ready = incomplete_volume::import(planner, name, pool);
    let (mut last, mut meant, mut is_clear) = (ready.clone(), Vec::new(), true);
    for brick in bricks {
        let Some((seat, dir)) = taken(planner, brick, volume, info) else {
            continue;
        };
        match seat::content(observed, brick, dir, info) {
            Content::Brick if !observed.brick_processes.contains(dir) => {
                let what = format!(
                    "the brick {} of volume {name} is in its place, and does not run",
                    seat.spec
                );
                planner.problem(host.host, what, "run glusterctl apply, which starts bricks");
            }
            Content::Brick => {}
            Content::Unseen => {
                planner.wait(format!("the new brick {}", seat.spec), "its file system is mounted");
                is_clear = false;
            }
            Content::Taken(what, remedy) => planner.problem(host.host, what, remedy),
            Content::Empty => {
                last.extend(&ready);
                last = vec![seat.reset(planner, host, brick, dir, &last)];
            }
        }
        meant.push((seat, dir));
    }
    // No heal ends while a brick is not in its place.
    if is_clear && !meant.is_empty() && planner.is_fit(host.host) && info.heals() {
        let healed = seat::heal(planner, host, name, last.clone());
        for (seat, dir) in meant {
            seat.compare(planner, host, dir, vec![healed]);
        }
    }
    Served::After(last)
}
