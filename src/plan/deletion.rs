//! A volume that leaves is deleted, with all of its files: only with consent that names the volume. Pure.

use super::danger::Danger;
use super::leaving;
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

/// A brick directory: where its file system is mounted, the file system's UUID, and the directory.
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
        let Some(seen) = facts.of(host.name()).filter(|seen| seen.self_managed.is_none()) else {
            continue;
        };
        for brick in host.bricks.iter().filter(|brick| !brick.is_existing()) {
            let Some(dir) = brick.dir(&volume.name) else { continue };
            let mounted = seen.mounted_at(&brick.mount);
            let ours = seen.xfs.get(&brick.uuid).into_iter().flatten();
            let is_ours = mounted.is_some_and(|mounted| ours.into_iter().any(|device| device.number == mounted.number));
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
                    ((brick.mount.clone(), brick.uuid.clone()), dir.to_owned()),
                ));
            }
        }
    }
    found
}
