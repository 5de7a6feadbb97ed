//! What an interrupted `volume create` leaves behind, and how it is finished or cleared away. Pure.
//!
//! Nothing here removes anything that could be somebody's: attributes and empty directories go, and only where no server
//! knows the volume they name; a definition that glusterd cannot read is moved aside.

use super::glusterd;
use super::peers::{self, PoolPlan};
use super::steps::{Draft, GLUSTER, Planner};
use crate::facts::{HostFacts, VolumeInfo};
use crate::inventory::{Brick, Host, HostName, brick_mount, brick_uuid};
use crate::scripts::{self, lines};
use crate::units;

/// Where incomplete definitions go.
const ASIDE: &str = "/var/lib/glusterd/interrupted";

/// A server other than `host` that knows all of the volume.
fn known_by<'a>(planner: &Planner<'a>, host: &HostName, volume: &str) -> Option<&'a Host> {
    let facts = planner.facts;
    let mut others = planner.inventory.servers().filter(|server| server.name != *host);
    others.find(|server| {
        let observed = facts.of(&server.name);
        observed.is_some_and(|observed| knows_all(observed, volume))
    })
}

fn knows(observed: &HostFacts, volume: &str) -> bool {
    observed.volumes().is_some_and(|volumes| volumes.contains_key(volume))
}

fn knows_all(observed: &HostFacts, volume: &str) -> bool {
    knows(observed, volume) && !observed.incomplete.iter().any(|incomplete| incomplete == volume)
}

/// Moves definitions aside that are incomplete and that this server's glusterd does not use, so that it can start.
pub fn definitions(planner: &mut Planner, host: &Host, observed: &HostFacts) {
    for volume in &observed.incomplete {
        // A running glusterd that knows the volume will write its definition again; one that lacks it is told below.
        let runs = observed.unit(units::GLUSTERD).active;
        let by = known_by(planner, &host.name, volume);
        if runs && (by.is_some() || observed.volumes().is_none_or(|volumes| volumes.contains_key(volume))) {
            continue;
        }
        let answers = |server: &Host| {
            planner
                .facts
                .of(&server.name)
                .is_some_and(|facts| facts.volumes().is_some())
        };
        let others = planner.inventory.servers().filter(|server| server.name != host.name);
        let known = match by {
            Some(by) => format!("{} will send it again", by.name),
            None if others.into_iter().all(answers) => "no other server knows the volume".to_owned(),
            None => "whoever knows the volume will send it again".to_owned(),
        };
        let reason = format!("it is incomplete, so glusterd cannot start; {known}");
        let command = scripts::INCOMPLETE_VOLUME.with(&[("volume", volume), ("aside", ASIDE)]);
        let title = format!("move the interrupted definition of volume {volume} aside, to {ASIDE}");
        planner.prepare(host, Draft::new(title, reason, command));
    }
}

/// Finishes a create that some servers have done and others not: the steps after which all know the volume.
///
/// Measured with GlusterFS 10.3: `volume sync` says success and does nothing; peers compare their volumes when they
/// connect, so glusterd is restarted on the server that lacks it, unless it learns of it by itself, as it does shortly
/// after its start.
pub fn import(planner: &mut Planner, volume: &str, pool: &PoolPlan) -> Vec<usize> {
    let facts = planner.facts;
    let servers: Vec<Host> = planner.inventory.servers().cloned().collect();
    let mut steps = pool.ready.clone();
    for server in &servers {
        let Some(observed) = facts.of(&server.name) else {
            continue;
        };
        let Some(by) = known_by(planner, &server.name, volume) else {
            continue;
        };
        // One that only now joins the pool is told by that.
        let joined = observed
            .pool()
            .is_some_and(|pool| pool.peers.iter().any(|peer| peers::knows(peer, &by.name)));
        if !joined || knows_all(observed, volume) {
            continue;
        }
        let bricks = glusterd::expected_bricks(planner, server);
        let values = [
            ("volume", volume),
            ("aside", ASIDE),
            ("bricks", &lines(bricks)),
            ("by", by.name.as_str()),
        ];
        let command = scripts::RECEIVE_VOLUME.with(&values);
        let lack = if knows(observed, volume) {
            "has only a part of it"
        } else {
            "does not know it"
        };
        let reason = format!(
            "its creation was interrupted: {} {lack}, {} has it all",
            server.name, by.name
        );
        let draft = Draft::new(format!("receive the definition of volume {volume}"), reason, command);
        // One after the other: never two glusterds down at once.
        steps = vec![planner.aside(server, draft.limit(GLUSTER), steps)];
    }
    steps
}

/// Whether a volume can be created on its bricks.
pub enum Bricks {
    /// Yes, after these steps.
    Clear(Vec<usize>),
    /// What is on them is not known yet.
    Unseen,
    /// No; the problems are noted.
    Taken,
}

/// Whether the volume of that id is among those that a glusterd of the cluster has on disk.
fn on_disk(planner: &Planner, id: &str) -> bool {
    let mut hosts = planner.facts.hosts.values().flatten();
    hosts.any(|observed| observed.volume_ids.values().any(|known| known == id))
}

/// Clears the traces of an interrupted create from the bricks of a volume that no server knows.
pub fn clear(planner: &mut Planner, volume: &str, sets: &[Vec<Brick>]) -> Bricks {
    let facts = planner.facts;
    let (mut steps, mut unseen, mut taken) = (Vec::new(), false, false);
    for brick in sets.iter().flatten() {
        let (Some(host), Some(observed)) = (planner.inventory.host(&brick.host), facts.of(&brick.host)) else {
            continue;
        };
        let mount = brick_mount(&brick.device);
        let uuid = brick_uuid(&planner.inventory.cluster, &host.name, &brick.device).to_string();
        if observed.mounted_at(&mount).is_none() {
            // A file system that is still to be made is empty; one that is ours may hold anything.
            unseen |= observed.xfs.contains_key(&uuid);
            continue;
        }
        let Some(found) = observed.bricks.get(&brick.dir) else {
            continue;
        };
        let Some(id) = &found.volume_id else {
            continue;
        };
        if let Some((server, other)) = owner(planner, id) {
            let what = format!("{} is a brick of volume {other}, as {server} knows", brick.dir);
            planner.problem(host, what, "give the volume its old name in the inventory");
            taken = true;
        } else if on_disk(planner, id) {
            // Some glusterd has it, and will say so once it answers.
            unseen = true;
        } else if found.bare {
            let reason = format!("it carries the id of a volume that no server knows, and holds no file ({id})");
            let title = format!("clear what an interrupted volume create left on {}", brick.dir);
            let draft = Draft::new(title, reason, clearing(volume, &brick.dir, &mount, &uuid, id));
            let needs = planner.last(host).into_iter().collect();
            steps.push(planner.aside(host, draft, needs));
        } else {
            let what = format!(
                "{} belongs to a volume that no server knows (volume-id {id}), and it holds files: volume {volume} is \
                 not created over it",
                brick.dir
            );
            let remedy = format!(
                "if the files matter, save them first; then move the directory away: mv {dir} {dir}.old",
                dir = brick.dir
            );
            planner.problem(host, what, remedy);
            taken = true;
        }
    }
    match (taken, unseen) {
        (true, _) => Bricks::Taken,
        (false, true) => Bricks::Unseen,
        (false, false) => Bricks::Clear(steps),
    }
}

/// The server that knows a volume of this id (32 hex digits), and the volume's name.
fn owner(planner: &Planner, id: &str) -> Option<(HostName, String)> {
    let is = |volume: &&VolumeInfo| volume.id.replace('-', "").eq_ignore_ascii_case(id);
    planner.inventory.servers().find_map(|server| {
        let volumes = planner.facts.of(&server.name)?.volumes()?;
        let volume = volumes.values().find(is)?;
        Some((server.name.clone(), volume.name.clone()))
    })
}

fn clearing(volume: &str, dir: &str, mount: &str, uuid: &str, id: &str) -> String {
    scripts::CLEAR_BRICK.with(&[
        ("volume", volume),
        ("id", id),
        ("dashed", &dashed(id)),
        ("uuid", uuid),
        ("target", mount),
        ("brick", dir),
    ])
}

/// A volume's id as glusterd writes it.
fn dashed(id: &str) -> String {
    uuid::Uuid::try_parse(id).map_or_else(|_| id.to_owned(), |uuid| uuid.to_string())
}
