//! The LVM objects that carry a brick: the volume group goes with all that was made in it, then the physical volume. Pure.

use super::host::wiped;
use crate::desired::{BrickFileSystem, DesiredHost, METADATA, POOL, VOLUME};
use crate::facts::HostFacts;
use crate::plan::danger::Danger;
use crate::plan::steps::{Draft, FORMAT, Planner};
use crate::plan::thin_brick::{Made, made};
use crate::scripts;

/// What glusterctl made for a brick with LVM; nothing for a brick without.
///
/// # Errors
/// As of [`made`].
pub fn found(observed: &HostFacts, brick: &BrickFileSystem) -> Result<Made, (String, &'static str)> {
    let thin = brick.thin.as_ref();
    thin.map_or(Ok(Made::Nothing), |thin| made(observed, brick, thin))
}

/// Takes away the LVM objects that glusterctl made for a brick; false if there are none.
pub fn wipe(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, brick: &BrickFileSystem) -> bool {
    let path = &brick.device.path;
    let (Some(thin), Some(device)) = (&brick.thin, observed.devices.get(path)) else {
        return false;
    };
    match found(observed, brick) {
        Ok(Made::Group) => {
            let command = scripts::LVM_DROP.with(&[
                ("device", path.as_str()),
                ("physical", &thin.physical),
                ("group", &thin.group),
                ("tag", &thin.tag),
                ("pool", POOL),
                ("metadata", METADATA),
                ("volume", VOLUME),
            ]);
            let title = format!("remove the volume group {} with its volumes", thin.group);
            let reason = format!("glusterctl made it for the brick of {path} (tag {})", thin.tag);
            let what = format!("the thin volume of the bricks on {}:{path}", host.name());
            let draft = Draft::new(title, reason, command).limit(FORMAT);
            planner.prepare(host.host, draft.danger(Danger::Deletes { what }));
        }
        Ok(Made::Physical) => {}
        Ok(Made::Nothing) | Err(_) => return false,
    }
    let reason = format!(
        "{path} is the physical volume {} of this cluster's bricks",
        thin.physical
    );
    let physical = ("physical", thin.physical.as_str());
    let draft = wiped(host, brick, device, &scripts::WIPE_PHYSICAL, physical, reason);
    planner.prepare(host.host, draft);
    true
}
