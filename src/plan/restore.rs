//! Bringing a volume back to a snapshot: the files are copied, and the volume goes on serving with its own bricks. Gluster's own
//! restore would make the snapshot's volumes the bricks. Pure.

use super::snapshots::{begin, obstacles};
use super::steps::{Draft, Planner, Success};
use super::{Danger, packages};
use crate::desired::POOL;
use crate::inventory::{SnapshotName, VolumeName, VolumePath};
use crate::scripts::{self, lines};

/// How long the copying may take, in seconds; a run after that carries on.
const COPYING: u64 = 7 * 24 * 3_600;

/// What is brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restore {
    /// The snapshot.
    pub name: SnapshotName,
    /// The part of the snapshot's volume.
    pub path: VolumePath,
    /// Only what would change is said.
    pub preview: bool,
}

/// Copies what the snapshot holds to the volume. No fact says whether that is needed: the script compares, and a run does it
/// once.
pub fn plan(planner: &mut Planner, restore: &Restore) {
    let Some((_, snapshots)) = begin(planner) else {
        return;
    };
    let name = &restore.name;
    let Some(found) = snapshots.iter().find(|found| found.name == name.as_str()) else {
        planner.cluster_problem(
            format!("there is no snapshot {name}"),
            "glusterctl snapshot list lists all snapshots",
        );
        return;
    };
    let Some(volume) = planner.desired.inventory.volume(&found.volume) else {
        planner.cluster_problem(
            format!(
                "snapshot {name} is of volume {}, which the inventory does not have",
                found.volume
            ),
            "write the volume into the inventory, or copy by hand: docs/lvm.md has the commands",
        );
        return;
    };
    let (desired, facts) = (planner.desired, planner.facts);
    let problems = obstacles(desired, facts, &volume.name);
    if !problems.is_empty() {
        problems.into_iter().for_each(|problem| planner.add(problem));
        return;
    }
    // All bricks run: any server with a brick will do.
    let sets = facts.cluster.volume(&found.volume).map(|known| known.info.sets());
    let layout = desired.layout(volume, &sets.unwrap_or_default());
    let bricks: Vec<_> = layout.existing.iter().flatten().collect();
    let server = bricks.first().and_then(|brick| desired.host(brick.host));
    let Some((server, observed)) = server.and_then(|server| Some((server, facts.of(server.name())?))) else {
        return;
    };
    packages::plan(planner, server.host, observed);
    let own = bricks.iter().filter(|brick| brick.host == server.name());
    let thin = own.filter_map(|brick| brick.file_system.thin.as_ref());
    let pools = lines(thin.map(|thin| format!("{}/{POOL}", thin.group)));
    let reason = format!("the snapshot was made at {}", found.created);
    planner.push(server.host, draft(restore, &volume.name, &pools, reason), Vec::new());
}

/// The step that compares, and unless it is a preview copies.
fn draft(restore: &Restore, volume: &VolumeName, pools: &str, reason: String) -> Draft {
    let Restore { name, path, preview } = restore;
    let what = match path.is_root() {
        true => format!("volume {volume}"),
        false => format!("{path} of volume {volume}"),
    };
    let (mode, title, danger) = match preview {
        true => ("preview", format!("compare {what} with snapshot {name}"), Danger::Safe),
        false => (
            "copy",
            format!("bring {what} back to snapshot {name}"),
            Danger::Restores {
                what,
                snapshot: name.clone(),
            },
        ),
    };
    let command = scripts::RESTORE_SNAPSHOT.with(&[
        ("volume", volume.as_str()),
        ("snapshot", name.as_str()),
        ("path", path.as_str()),
        ("mode", mode),
        ("pools", pools),
    ]);
    let draft = Draft {
        success: Success::Once,
        ..Draft::new(title, reason, command)
    };
    draft.limit(COPYING).danger(danger)
}
