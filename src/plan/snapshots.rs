//! Snapshots of volumes: Gluster takes a snapshot of each brick's thin volume. Pure.

use super::adoption::is_adopted;
use super::identity;
use super::leaving::has_left;
use super::steps::{Draft, Planner};
use super::{Danger, Problem};
use crate::desired::{Brick, Desired, Layout};
use crate::facts::{Facts, HostFacts, Snapshot};
use crate::inventory::{Host, SnapshotName, Volume, VolumeName};
use crate::shell;

/// A pool of which more than this is used (in percent) gets no more snapshots: a pool that is full stops its brick.
const FULL: f64 = 90.0;

const THIN: &str =
    "Gluster takes snapshots of bricks on thin volumes only: a device gets `lvm: thin` before its brick is made";
const RESTORED: &str = "glusterctl leaves the volume's bricks to glusterd; docs/lvm.md says how the volume gets bricks of the \
                        inventory again";
const DOWN: &str =
    "bring the brick back first: glusterctl status says what is wrong, and glusterctl apply starts bricks";

/// Takes a snapshot of a volume, unless there is a snapshot of that name.
pub fn create(planner: &mut Planner, name: &SnapshotName, volume: &VolumeName) {
    let Some((server, snapshots)) = begin(planner) else {
        return;
    };
    if let Some(found) = snapshots.iter().find(|found| found.name == name.as_str()) {
        if found.volume != volume.as_str() {
            let what = format!("a snapshot {name} of volume {} is there already", found.volume);
            planner.cluster_problem(what, "choose another name: names of snapshots are unique in the pool");
        }
        return;
    }
    let problems = obstacles(planner.desired, planner.facts, volume);
    if !problems.is_empty() {
        problems.into_iter().for_each(|problem| planner.add(problem));
        return;
    }
    let words = ["snapshot", "create", name.as_str(), volume.as_str(), "no-timestamp"];
    let draft = Draft::gluster(
        format!("take the snapshot {name} of volume {volume}"),
        "there is no snapshot of that name",
        &shell::words(words),
    );
    planner.aside(server, draft, Vec::new());
}

/// Deletes a snapshot, if the snapshot is there.
pub fn delete(planner: &mut Planner, name: &SnapshotName) {
    let Some((server, snapshots)) = begin(planner) else {
        return;
    };
    let Some(found) = snapshots.iter().find(|found| found.name == name.as_str()) else {
        return;
    };
    let what = format!("snapshot {name} of volume {}", found.volume);
    let draft = Draft::gluster(
        format!("delete the {what}"),
        format!("the snapshot was made at {}", found.created),
        &shell::words(["snapshot", "delete", name.as_str()]),
    );
    planner.aside(server, draft.danger(Danger::Deletes { what }), Vec::new());
}

/// The first server that tells the snapshots, with the snapshots. All servers have to be observed: Gluster would carry out
/// the rest on a server once the server is back, at a time that nobody chose.
pub fn begin<'d>(planner: &mut Planner<'d>) -> Option<(&'d Host, &'d [Snapshot])> {
    planner.note_unobserved();
    if !identity::is_proven(planner) {
        return None;
    }
    let (desired, facts): (&'d Desired, &'d Facts) = (planner.desired, planner.facts);
    let mut first = None;
    let mut is_whole = true;
    for server in desired
        .servers()
        .filter(|server| !has_left(desired, facts, server.name()))
    {
        let observed = facts.of(server.name());
        is_whole &= observed.is_some();
        match observed.and_then(|observed| observed.snapshots.as_deref()) {
            Some(snapshots) => {
                first.get_or_insert((server.host, snapshots));
            }
            None if observed.is_some() && desired.thin_bricks().any(|(host, _)| host == server.name()) => {
                let what = "glusterd does not tell which snapshots there are";
                planner.problem(
                    server.host,
                    what,
                    "start glusterd there (glusterctl apply), and run the same command again",
                );
                is_whole = false;
            }
            None => {}
        }
    }
    if first.is_none() && is_whole {
        planner.cluster_problem("no brick of the inventory is on a thin volume", THIN);
    }
    first.filter(|_| is_whole)
}

/// Everything that keeps a volume from getting a snapshot, or from being brought back to a snapshot.
pub fn obstacles(desired: &Desired, facts: &Facts, name: &VolumeName) -> Vec<Problem> {
    let of_cluster = |what: String, remedy: &str| Problem {
        host: None,
        what,
        remedy: remedy.to_owned(),
    };
    let Some(volume) = desired.inventory.volume(name.as_str()) else {
        let names: Vec<&str> = desired
            .inventory
            .volumes
            .iter()
            .map(|volume| volume.name.as_str())
            .collect();
        let remedy = format!("the inventory's volumes are: {}", names.join(", "));
        return vec![of_cluster(format!("the inventory has no volume {name}"), &remedy)];
    };
    let Some(known) = facts.cluster.volume(name.as_str()) else {
        return vec![of_cluster(
            format!("no server knows a volume {name}"),
            "create the volume first: glusterctl apply",
        )];
    };
    if !known.info.started {
        return vec![of_cluster(
            format!("volume {name} is not started"),
            "start the volume first: glusterctl apply",
        )];
    }
    let layout = desired.layout(volume, &known.info.sets());
    let mut problems: Vec<Problem> = Vec::new();
    if let Some(stranger) = layout.strangers.first() {
        let what = format!("volume {name} has a brick that the inventory does not have: {stranger}");
        problems.push(of_cluster(
            what,
            "glusterctl plan says what is to be done about the brick",
        ));
    }
    let bricks = layout.existing.iter().flatten();
    problems.extend(bricks.filter_map(|brick| obstacle(desired, facts, volume, brick)));
    problems
}

/// Where glusterd mounts the bricks of snapshots, and of volumes that were restored from snapshots.
const SNAPS: &str = "/run/gluster/snaps/";

/// What is to be said of a volume that Gluster restored from a snapshot, with the remedy: its bricks are the snapshot's.
pub fn restored(layout: &Layout) -> Option<(String, &'static str)> {
    let strangers = layout.strangers.iter();
    let bricks: Vec<String> = strangers
        .filter(|brick| brick.dir.starts_with(SNAPS))
        .map(ToString::to_string)
        .collect();
    if bricks.is_empty() {
        return None;
    }
    let what = format!(
        "was restored from a snapshot by Gluster itself: its bricks are {}, which glusterd mounts when it starts",
        bricks.join(", ")
    );
    Some((what, RESTORED))
}

/// What keeps one brick from that.
fn obstacle(desired: &Desired, facts: &Facts, volume: &Volume, brick: &Brick) -> Option<Problem> {
    let (host, observed) = (desired.host(brick.host)?, facts.of(brick.host)?);
    let problem = |what: String, remedy: &str| {
        Some(Problem {
            host: Some(brick.host.clone()),
            what,
            remedy: remedy.to_owned(),
        })
    };
    let (dir, name) = (brick.dir, &volume.name);
    let thin = brick
        .file_system
        .thin
        .as_ref()
        .filter(|_| !is_adopted(facts, host, brick.file_system));
    let Some(thin) = thin else {
        return problem(
            format!("{dir}, a brick of volume {name}, is not on a thin volume"),
            THIN,
        );
    };
    if !observed.brick_processes.contains(dir) {
        return problem(format!("{dir}, a brick of volume {name}, does not run"), DOWN);
    }
    if !is_on(observed, brick, thin.path.as_str()) {
        return problem(
            format!(
                "{dir}, a brick of volume {name}, is not on the thin volume {}",
                thin.path
            ),
            DOWN,
        );
    }
    let pool = observed.lvm.as_ref().and_then(|lvm| {
        let mut volumes = lvm.volumes_of(&thin.group);
        volumes.find(|volume| volume.is_thin_pool())
    });
    let Some(used) = pool.and_then(|pool| Some(pool.data_percent()?.max(pool.metadata_percent()?))) else {
        return problem(
            format!("LVM does not tell how full the thin pool of {dir} is"),
            &format!("look at lvs -a {} on the host", thin.group),
        );
    };
    if used > FULL {
        return problem(
            format!(
                "the thin pool of {dir} is {used:.0} % full: snapshots keep what is overwritten, and may fill the pool"
            ),
            "delete snapshots (glusterctl snapshot list), or make room on the volume and run fstrim on the brick",
        );
    }
    None
}

/// Whether the brick's file system is mounted from the thin volume.
fn is_on(observed: &HostFacts, brick: &Brick, path: &str) -> bool {
    let mut devices = observed.devices.iter();
    let device = devices
        .find(|(at, _)| at.as_str() == path)
        .map(|(_, device)| &device.number);
    let mounted = observed
        .mounted_at(&brick.file_system.mount)
        .map(|mounted| &mounted.number);
    device.is_some() && device == mounted
}
