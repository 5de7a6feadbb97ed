//! Bricks made by hand or by another tool: used where the inventory wants them, they are taken as they are. Pure.

use crate::facts::{Facts, HostFacts};
use crate::inventory::{DevicePath, Host, Inventory, brick_dir, brick_mount, brick_uuid};

/// Whether the brick of that device is somebody else's work: a file system with another UUID than ours is mounted where
/// the brick belongs, and holds a brick of one of the inventory's volumes.
pub fn is_adopted(inventory: &Inventory, facts: &Facts, host: &Host, device: &DevicePath) -> bool {
    let Some(observed) = facts.of(&host.name) else {
        return false;
    };
    let Some(mounted) = observed.mounted_at(&brick_mount(device)) else {
        return false;
    };
    let uuid = brick_uuid(&inventory.cluster, &host.name, device).to_string();
    let ours = observed.xfs.get(&uuid);
    if ours.is_some_and(|places| places.iter().any(|place| place.number == mounted.number)) {
        return false;
    }
    inventory.volumes.iter().any(|volume| {
        let dir = brick_dir(device, &volume.name);
        let stamped = observed.bricks.get(&dir).and_then(|brick| brick.volume_id.as_deref());
        let name = volume.name.as_str();
        stamped.is_some_and(|id| uses(facts, observed, name, id, &format!("{}:{dir}", host.name)))
    })
}

/// Whether the volume of that id has this brick, as any server says; while none answers, whether it is the id that this
/// host's glusterd has on disk.
fn uses(facts: &Facts, observed: &HostFacts, volume: &str, id: &str, brick: &str) -> bool {
    let mut said = facts
        .hosts
        .values()
        .filter_map(|host| host.as_ref().ok()?.volumes()?.get(volume))
        .peekable();
    if said.peek().is_none() {
        return observed.volume_ids.get(volume).is_some_and(|known| known == id);
    }
    said.any(|info| info.id.replace('-', "") == id && info.bricks.iter().any(|known| known == brick))
}
