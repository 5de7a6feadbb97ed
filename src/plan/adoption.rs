//! Bricks made by hand or by another tool: where the inventory wants such a brick, the brick is taken as it is. Pure.

use crate::desired::{BrickFileSystem, BrickSpec, DesiredHost};
use crate::facts::{Facts, HostFacts};
use crate::inventory::Volume;

/// Whether a brick is somebody else's work: a file system with another UUID than ours is mounted where the brick
/// belongs, and holds a brick of one of the inventory's volumes.
pub fn is_adopted(facts: &Facts, desired: &DesiredHost, brick: &BrickFileSystem) -> bool {
    let Some(observed) = facts
        .of(desired.name())
        .filter(|_| !brick.is_existing() && !brick.is_directory())
    else {
        return false;
    };
    let Some(mounted) = observed.mounted_at(&brick.mount) else {
        return false;
    };
    let ours = observed.xfs.get(&brick.uuid).into_iter().flatten();
    let mut ours = ours.flat_map(|device| device.snapshots.iter().chain([device]));
    if ours.any(|device| device.number == mounted.number) {
        return false;
    }
    desired
        .volumes
        .iter()
        .any(|volume| uses(facts, observed, desired, brick, volume))
}

/// Whether the volume has this brick, as any server says; while no server answers, whether the brick carries the id
/// that this host's glusterd has on disk for the volume.
fn uses(facts: &Facts, observed: &HostFacts, desired: &DesiredHost, brick: &BrickFileSystem, volume: &Volume) -> bool {
    let Some(dir) = brick.dir(&volume.name) else {
        return false;
    };
    let Some(id) = observed.bricks.get(dir).and_then(|brick| brick.volume_id.as_ref()) else {
        return false;
    };
    let spec = BrickSpec {
        host: desired.name().to_string(),
        dir: dir.to_owned(),
    };
    match facts.cluster.volume(volume.name.as_str()) {
        Some(known) => known.info.id == *id && known.info.bricks.contains(&spec),
        None => observed.volume_ids.get(volume.name.as_str()) == Some(id),
    }
}
