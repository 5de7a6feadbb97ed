//! A volume that leaves is deleted, with all of its files: only with consent that names the volume. Pure.

use super::danger::Danger;
use super::leaving;
use super::maintenance::resting;
use super::peers::PoolPlan;
use super::steps::{Draft, Planner};
use crate::desired::BrickSpec;
use crate::facts::VolumeId;
use crate::inventory::Volume;
use crate::{scripts, shell};

/// Deleting many files takes a while.
const DELETING: u64 = 7_200;

/// Deletes the volume and its files. A deletion that was interrupted goes on.
pub fn plan<'d>(planner: &mut Planner<'d>, volume: &'d Volume, pool: &PoolPlan<'d>) {
    let (desired, facts) = (planner.desired, planner.facts);
    let name = volume.name.as_str();
    let danger = Danger::Deletes {
        what: format!("volume {name} with all of its files"),
    };
    const REASON: &str = "the inventory says that the volume leaves";
    let mut last = pool.ready.clone();
    let known = facts.cluster.volume(name);
    if let Some(known) = known {
        if known.disagreement.is_some() {
            let what = format!("volume {name} is to be deleted, and the servers do not agree what the volume is");
            planner.cluster_problem(
                what,
                "make sure that every server is up, and run the same command again",
            );
            return;
        }
        if !can_be_deleted(planner, name) {
            return;
        }
        // No mount of the inventory's hosts uses the volume any more.
        last.extend(desired.hosts.iter().filter_map(|host| planner.last(host.host)));
        let quoted = shell::quote(name);
        if known.info.started {
            let draft = Draft::gluster(format!("stop volume {name}"), REASON, &format!("volume stop {quoted}"));
            last = vec![planner.aside(pool.coordinator, draft.danger(danger.clone()), last)];
        }
        let draft = Draft::gluster(
            format!("delete volume {name}"),
            REASON,
            &format!("volume delete {quoted}"),
        );
        last = vec![planner.aside(pool.coordinator, draft.danger(danger.clone()), last)];
    } else if !leaving::volumes_are_known(desired, facts) {
        return;
    }
    for (host, id, brick) in bricks(planner, volume, known.map(|known| known.info.bricks.as_slice())) {
        let (dir, hex) = (brick.1.as_str(), id.hex());
        let command = scripts::DELETE_BRICK.with(&[
            ("volume", name),
            ("id", hex),
            ("dashed", &id.to_string()),
            ("uuid", &brick.0.1),
            ("target", &brick.0.0),
            ("brick", dir),
        ]);
        let draft = Draft::new(format!("delete {dir}"), REASON, command);
        planner.aside(host, draft.limit(DELETING).danger(danger.clone()), last.clone());
    }
}

/// Whether Gluster would delete the volume now; if not, why is noted.
fn can_be_deleted(planner: &mut Planner, name: &str) -> bool {
    // Gluster deletes a volume only while every server is there.
    let rests = resting(planner)
        .next()
        .map(|host| format!("{host} has left maintenance"));
    if let Some(until) = rests {
        planner.wait(format!("deleting volume {name}"), until);
        return false;
    }
    has_no_snapshot(planner, name)
}

/// Whether Gluster would delete the volume as far as snapshots go; if not, a problem says so.
pub fn has_no_snapshot(planner: &mut Planner, name: &str) -> bool {
    let Some(snapshot) = snapshot_of(planner, name) else {
        return true;
    };
    let what = format!("volume {name} has the snapshot {snapshot}, and Gluster deletes no volume that has snapshots");
    planner.cluster_problem(
        what,
        format!("delete the volume's snapshots first: glusterctl snapshot delete {snapshot}"),
    );
    false
}

/// The name of a snapshot of the volume, if a server knows a snapshot.
fn snapshot_of<'f>(planner: &Planner<'f>, volume: &str) -> Option<&'f str> {
    let servers = planner.desired.servers();
    let known = servers.filter_map(|server| planner.facts.of(server.name())?.snapshots.as_deref());
    let mut snapshots = known.flatten().filter(|snapshot| snapshot.volume == volume);
    snapshots.next().map(|snapshot| snapshot.name.as_str())
}

/// A brick directory: where its file system is mounted, by what the file system is recognised, and the directory.
type Place = ((String, String), String);

/// The directories of the volume's bricks that are seen on file systems of ours: of the bricks that the volume has, or had.
fn bricks<'d>(
    planner: &Planner<'d>,
    volume: &Volume,
    listed: Option<&[BrickSpec]>,
) -> Vec<(&'d crate::inventory::Host, VolumeId, Place)> {
    let facts = planner.facts;
    let mut found = Vec::new();
    for host in &planner.desired.hosts {
        let Some(seen) = facts
            .of(host.name())
            .filter(|seen| seen.self_managed.is_none() && seen.maintenance.is_none())
        else {
            continue;
        };
        for brick in host.bricks.iter().filter(|brick| !brick.is_existing()) {
            let Some(dir) = brick.dir(&volume.name) else { continue };
            let mounted = seen.mounted_at(&brick.mount);
            let mut ours = seen.brick_devices(&brick.uuid, &brick.mount).iter();
            let is_ours = mounted.is_some_and(|mounted| ours.any(|device| device.number == mounted.number));
            let id = seen.bricks.get(dir).and_then(|brick| brick.volume_id.clone());
            let Some(id) = id.filter(|_| is_ours) else { continue };
            // Nothing of a volume with another name is deleted.
            let is_others = facts
                .cluster
                .name_of(&id)
                .is_some_and(|known| known != volume.name.as_str());
            let is_listed = listed.is_none_or(|bricks| bricks.iter().any(|spec| spec.dir == dir));
            if !is_others && is_listed {
                found.push((
                    host.host,
                    id,
                    ((brick.mount.clone(), brick.identity().to_owned()), dir.to_owned()),
                ));
            }
        }
    }
    found
}
