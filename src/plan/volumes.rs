//! Volumes: created without force, their options set, started. Pure.

use std::collections::BTreeMap;

use super::adoption::is_adopted;
use super::deletion;
use super::incomplete_volume::{self, Bricks};
use super::maintenance::resting;
use super::options;
use super::peers::PoolPlan;
use super::reshape::{self, Change};
use super::same_host;
use super::snapshots;
use super::steps::{Draft, Planner};
use super::unfinished::Underway;
use crate::desired::{Brick, BrickSpec, Desired, Layout, units};
use crate::facts::{Disagreement, Facts, Glusterd, VolumeInfo};
use crate::inventory::{Host, HostName, SSL, Volume, VolumeType};
use crate::{scripts, shell};

/// What a mount of the volume has to wait for.
#[derive(Clone)]
pub enum Served {
    /// The volume is started, or will be after these steps.
    After(Vec<usize>),
    /// The start of the volume cannot be planned yet.
    NotYet,
}

pub fn plan<'d>(planner: &mut Planner<'d>, volume: &'d Volume, pool: Option<&PoolPlan<'d>>) -> Served {
    let name = volume.name.as_str();
    let (desired, known) = (planner.desired, planner.facts.cluster.volume(name));
    let Some(pool) = pool else {
        // Whether the volume could be mounted is known all the same: the servers that were seen may serve it.
        return match known.is_some_and(|known| known.info.started) || only_a_mount_tells(planner) {
            true => Served::After(Vec::new()),
            false => Served::NotYet,
        };
    };
    if volume.leaving {
        deletion::plan(planner, volume, pool);
        return Served::NotYet;
    }
    let Some(known) = known else {
        if let Some(removed) = removed(desired, planner.facts).next() {
            planner.wait(
                format!("creating volume {name}"),
                format!("the inventory has volume {removed} again, or volume {removed} is deleted"),
            );
            return Served::NotYet;
        }
        let rests = resting(planner)
            .next()
            .map(|host| format!("{host} has left maintenance"));
        if let Some(until) = rests {
            planner.wait(format!("creating volume {name}"), until);
            return Served::NotYet;
        }
        if volume.is_existing {
            let what =
                format!("the inventory says that volume {name} has bricks already, and no server knows the volume");
            let remedy =
                "correct the volume's name in the inventory (gluster volume list on a server lists all volumes)";
            planner.cluster_problem(what, remedy);
            return Served::NotYet;
        }
        return match desired.layout(volume, &[]).new {
            Ok(sets) => create(planner, volume, &sets, pool),
            Err(error) => {
                let what = format!("volume {name}: {error}");
                planner.cluster_problem(what, "correct the inventory: glusterctl check");
                Served::NotYet
            }
        };
    };
    if let Some(Disagreement {
        between: [one, other],
        two_volumes: true,
    }) = &known.disagreement
    {
        planner.cluster_problem(
            format!("{one} and {other} each have a volume {name}, with different ids: these are two volumes"),
            "leave both as they are, and compare them on the two hosts (gluster volume info): the inventory can name only \
             hosts that have one and the same volume, or a volume with another name",
        );
        return Served::NotYet;
    }
    let ready = incomplete_volume::import(planner, name, pool);
    let coordinator = pool.coordinator;
    change(planner, volume, &PoolPlan { coordinator, ready }, &known.info)
}

/// The volumes that this cluster manages, and that the inventory does not have any more.
fn removed<'d>(desired: &'d Desired, facts: &'d Facts) -> impl Iterator<Item = &'d str> {
    let cluster = desired.inventory.cluster.as_str();
    let known = facts.cluster.volumes.iter();
    let managed =
        known.filter(move |(_, known)| known.info.options.get(options::CLUSTER).is_some_and(|by| by == cluster));
    managed
        .map(|(name, _)| name.as_str())
        .filter(|name| desired.inventory.volume(name).is_none())
}

/// Notes a problem for each volume that the inventory does not have any more: a volume's data never goes with a line of
/// a file.
pub fn removals(planner: &mut Planner) {
    for name in removed(planner.desired, planner.facts) {
        let what =
            format!("volume {name} is managed by this cluster, and the inventory does not have the volume any more");
        let remedy = format!(
            "put the volume back into the inventory (a volume cannot be renamed); if all of its data may go, add \
             `leaving: true` to the volume, and apply deletes the volume, or run glusterctl destroy {name}"
        );
        planner.cluster_problem(what, remedy);
    }
}

/// A self-managed client has no gluster command to ask the servers with: only the attempt to mount tells.
fn only_a_mount_tells(planner: &Planner) -> bool {
    let mut servers = planner.desired.servers().map(|server| planner.facts.of(server.name()));
    let mut listens = false;
    let blind = servers.all(|seen| {
        let self_managed = seen.and_then(|seen| seen.self_managed);
        listens |= self_managed.is_some_and(|self_managed| self_managed.listens);
        self_managed.is_some() && seen.is_some_and(|seen| seen.glusterd == Glusterd::Silent)
    });
    blind && listens
}

fn create<'d>(planner: &mut Planner<'d>, volume: &Volume, sets: &[Vec<Brick<'d>>], pool: &PoolPlan<'d>) -> Served {
    let name = volume.name.as_str();
    let mut needs = pool.ready.clone();
    match incomplete_volume::clear(planner, sets) {
        Bricks::Clear(steps) => needs.extend(steps),
        Bricks::Unseen => {
            planner.wait(
                format!("creating volume {name}"),
                "the volume's bricks are mounted and observed",
            );
            return Served::NotYet;
        }
        Bricks::Taken => return Served::NotYet,
    }
    let forced = same_host::is_needed(sets);
    if forced {
        match same_host::check(planner, &volume.name, sets, &[]) {
            Some(steps) => needs.extend(steps),
            None => return Served::NotYet,
        }
    }
    // A brick a line: a long list stays readable.
    let bricks = sets.iter().flatten().map(|brick| brick.spec().to_string());
    let list: String = bricks
        .map(|brick| format!(" \\\n    {}", shell::quote(&brick)))
        .collect();
    let shape = [vec![name.to_owned()], volume.volume_type.create_words()].concat();
    let force = if forced { " \\\n    force" } else { "" };
    let words = format!("volume create {}{list}{force}", shell::words(shape));
    let draft = Draft::gluster(format!("create volume {name}"), "there is no such volume", &words);
    let created = vec![planner.aside(pool.coordinator, draft, needs)];
    let last = options::change(planner, volume, pool.coordinator, &BTreeMap::new(), created);
    let draft = start(name, "the volume is new");
    Served::After(vec![planner.aside(pool.coordinator, draft, last)])
}

fn change<'d>(planner: &mut Planner<'d>, volume: &'d Volume, pool: &PoolPlan<'d>, info: &VolumeInfo) -> Served {
    let name = volume.name.as_str();
    let underway = Underway::of(planner.facts, info);
    let is_emptied = |brick: &BrickSpec| underway.emptied.contains(brick);
    let layout = planner.desired.layout_now(volume, &info.sets(), is_emptied);
    let restored = snapshots::restored(&layout).map(|(what, remedy)| (what, remedy.to_owned()));
    if let Some((what, remedy)) = restored.or_else(|| difference(volume, &layout, info)) {
        planner.cluster_problem(format!("volume {name} {what}"), remedy);
        return match info.started {
            true => Served::After(Vec::new()),
            false => Served::NotYet,
        };
    }
    let is_interrupted = interrupted(planner, volume);
    let change = Change {
        volume,
        info,
        layout: &layout,
        underway: &underway,
        pool,
    };
    let last = options::change(planner, volume, pool.coordinator, &info.options, pool.ready.clone());
    let is_whole = info.started && down(planner.facts, &layout, info).is_empty();
    let until = resting(planner)
        .next()
        .map(|host| format!("{host} has left maintenance"));
    let until = until.or_else(|| (!is_whole).then(|| "the volume is started, and all of its bricks run".to_owned()));
    let may_change = until.is_none() && !is_interrupted;
    if let Some(until) = until.filter(|_| change.is_wanted()) {
        planner.wait(format!("changing the bricks of volume {name}"), until);
    }
    if !info.started {
        let draft = start(name, "the volume is stopped");
        return Served::After(vec![planner.aside(pool.coordinator, draft, last)]);
    }
    if is_whole {
        if last == pool.ready {
            planner.running.insert(volume.name.clone());
        }
        if may_change {
            reshape::plan(planner, &change, last.clone());
        }
        return Served::After(last);
    }
    start_bricks(planner, &layout, pool, info, last)
}

/// Notes a problem for each brick whose replacement was interrupted: such a brick may run, and be healed never. Whether such a
/// brick was found.
fn interrupted(planner: &mut Planner, volume: &Volume) -> bool {
    let mut any = false;
    let (desired, facts) = (planner.desired, planner.facts);
    for host in desired.servers() {
        let Some(observed) = facts.of(host.name()) else {
            continue;
        };
        for brick in &host.bricks {
            let dir = brick.dir(&volume.name);
            if dir
                .and_then(|dir| observed.bricks.get(dir))
                .is_some_and(|seen| seen.new)
            {
                let what = format!("the replacement of the brick {} was interrupted", brick.device.name);
                let remedy = format!(
                    "run glusterctl replace {}:{} (or the command that was interrupted) to its end",
                    host.name(),
                    brick.device.name
                );
                planner.problem(host.host, what, remedy);
                any = true;
            }
        }
    }
    any
}

/// The bricks that have no process.
fn down<'l, 'd>(facts: &Facts, layout: &'l Layout<'d>, info: &'l VolumeInfo) -> Vec<(&'l Brick<'d>, &'l BrickSpec)> {
    let runs = |brick: &Brick, spec: &BrickSpec| {
        let observed = facts.of(brick.host);
        // A self-managed host looks after its own bricks, and a host in maintenance is left alone.
        observed.is_some_and(|observed| {
            observed.self_managed.is_some()
                || observed.maintenance.is_some()
                || observed.brick_processes.contains(&spec.dir)
        })
    };
    let bricks = layout.existing.iter().flatten().zip(&info.bricks);
    bricks.filter(|(brick, spec)| !runs(brick, spec)).collect()
}

fn start(volume: &str, reason: &str) -> Draft {
    let words = format!("volume start {}", shell::quote(volume));
    Draft::gluster(format!("start volume {volume}"), reason, &words)
}

/// Starts the bricks that have no process though their volume is started.
///
/// `volume start … force` stamps the volume's id on whatever directory is at the brick's path, also on a bare mount point of
/// the root disk. So each such brick is verified first, on its own host, and the force happens only if all bricks are
/// right.
fn start_bricks<'d>(
    planner: &mut Planner<'d>,
    layout: &Layout<'d>,
    pool: &PoolPlan<'d>,
    info: &VolumeInfo,
    mut needs: Vec<usize>,
) -> Served {
    let facts = planner.facts;
    let down = down(facts, layout, info);
    if down.is_empty() {
        return Served::After(needs);
    }
    let name = &info.name;
    let host_of = |brick: &Brick| planner.desired.host(brick.host).map(|desired| desired.host);
    for (brick, spec) in &down {
        let Some(host) = host_of(brick) else {
            continue;
        };
        let adopted = planner.desired.host(brick.host);
        let adopted = adopted.is_some_and(|desired| is_adopted(facts, desired, brick.file_system));
        let command = scripts::CHECK_BRICK.with(&[
            ("volume", name),
            ("id", info.id.hex()),
            ("uuid", if adopted { "-" } else { brick.file_system.identity() }),
            ("target", &brick.file_system.mount),
            ("brick", &spec.dir),
            ("named", &format!("{}:{}", brick.host, brick.file_system.device.name)),
        ]);
        let title = format!("check that {} belongs to volume {name}", spec.dir);
        let mut own = pool.ready.clone();
        own.extend(planner.last(host));
        needs.push(planner.aside(
            host,
            Draft::new(title, "the brick's process does not run", command),
            own,
        ));
    }
    let names: Vec<String> = down.iter().map(|(_, spec)| spec.to_string()).collect();
    let words = format!("volume start {} force", shell::quote(name));
    let draft = Draft::gluster(
        format!("start the bricks of volume {name}"),
        format!("{} does not run", names.join(", ")),
        &words,
    );
    // A host that provisions itself starts its own; they are all its own then.
    let own: Option<&Host> = down.first().and_then(|(brick, _)| host_of(brick));
    let by = own.filter(|_| facts.is_partial()).unwrap_or(pool.coordinator);
    let started = planner.aside(by, draft, needs);
    let hosts = down.iter().filter_map(|(brick, _)| host_of(brick));
    let hosts: BTreeMap<&HostName, &Host> = hosts.map(|host| (&host.name, host)).collect();
    for host in hosts.into_values() {
        let supervised = facts.of(&host.name).is_some_and(|seen| seen.supervised.is_some());
        let command = match supervised {
            true => scripts::Text::default()
                .then(&[&scripts::HEAL], &[])
                .command(&format!("heal {}", shell::quote(name)))
                .end(),
            false => format!("systemctl restart --no-block {}", units::HEAL),
        };
        let title = format!("start the heal of volume {name}");
        let reason = "the bricks may have missed what was written while they did not run";
        planner.aside(host, Draft::new(title, reason, command), vec![started]);
    }
    Served::After(vec![started])
}

/// How an existing volume differs from the wanted one in what apply does not change, and the remedy.
fn difference(volume: &Volume, layout: &Layout, info: &VolumeInfo) -> Option<(String, String)> {
    const BACK: &str = "change the inventory back";
    let (name, is, wanted) = (&volume.name, info.volume_type, volume.volume_type);
    if is != wanted && !widens(is, wanted) {
        let what = format!("has {is}, and the inventory wants {wanted}");
        let arbiter = |replica, arbiter| VolumeType::Replicate { replica, arbiter };
        if (is, wanted) == (arbiter(3, 0), arbiter(3, 1)) {
            let remedy = format!(
                "{BACK}: Gluster makes an arbiter only of a volume with two copies, so that a copy of every file would have \
                 to go first. If all entries are healed, and if two copies and no quorum suffice meanwhile: gluster volume \
                 remove-brick {name} replica 2 BRICK… force, with one brick of each set; then write the remaining devices \
                 and the new arbiters into the inventory, with `replica: 3, arbiter: 1`, and run apply"
            );
            return Some((what, remedy));
        }
        let remedy = match (is, wanted) {
            (VolumeType::Replicate { .. }, VolumeType::Replicate { .. }) => {
                format!("{BACK}: apply adds copies and arbiters, and takes none away")
            }
            _ => format!("{BACK}; or make another volume of that type, and move the files"),
        };
        return Some((what, remedy));
    }
    if !layout.strangers.is_empty() {
        let names: Vec<String> = layout.strangers.iter().map(ToString::to_string).collect();
        let what = format!("has bricks that the inventory does not have: {}", names.join(", "));
        let remedy = "put the devices back into the inventory; with `leaving: true` at a device or a host, apply moves its \
                      data to other devices, and says when the line can be deleted";
        return Some((what, remedy.to_owned()));
    }
    if info.started && SSL.iter().any(|key| options::switches(volume, &info.options, key)) {
        let what = format!(
            "is started, and the inventory wants its connections to be encrypted differently ({})",
            SSL.join(", ")
        );
        let remedy = format!(
            "a switch interrupts every client, so apply makes it only while the volume is stopped: at a time when nothing uses \
             the volume, unmount it on every host (umount {}), stop it (gluster volume stop {name}), and run apply, which \
             switches, starts and mounts it; or {BACK}",
            volume.mount.path
        );
        return Some((what, remedy));
    }
    let error = layout.new.as_ref().err()?;
    let what = format!("cannot have the inventory's other bricks: {error}");
    Some((what, format!("correct the inventory, or {BACK}")))
}

/// Whether bricks are to be appended to each set: more copies, or an arbiter for two copies.
fn widens(is: VolumeType, wanted: VolumeType) -> bool {
    match (is, wanted) {
        (VolumeType::Replicate { replica, arbiter: 0 }, VolumeType::Replicate { replica: more, arbiter }) => {
            replica < more - arbiter || (arbiter > 0 && replica == more - arbiter)
        }
        _ => false,
    }
}
