//! The directories inside volumes that Kubernetes manifests rely on. Pure.

use std::collections::BTreeMap;

use super::steps::{Draft, Planner};
use crate::facts::{MountPoint, VolumeInfo};
use crate::inventory::{Host, Volume};
use crate::kubernetes::directories;
use crate::shell;

/// Makes the directories of a volume, through its mount on one host: what one makes, all see. `mounting` are the steps
/// that mount it now: they are enough for a volume that is new. What is in one that is not new shows once it is mounted.
pub fn plan(planner: &mut Planner, volume: &Volume, mounting: &[(&Host, usize)]) {
    let (inventory, facts) = (planner.inventory, planner.facts);
    let wanted = directories(&inventory.kubernetes, volume);
    let path = volume.mount.path.as_str();
    let mounted = inventory.hosts_mounting(volume).find_map(|host| {
        let observed = facts.of(&host.name)?;
        let ready = observed.mount_points.get(&volume.mount.path) == Some(&MountPoint::Ready);
        let ours = observed
            .mounted_at(path)?
            .source
            .ends_with(&format!(":/{}", volume.name));
        (ready && ours).then_some((host, observed))
    });
    let (host, missing, needs) = match (mounted, mounting.first()) {
        (Some((host, observed)), _) => {
            let there = |directory: &String| observed.directories.contains(directory);
            let missing: Vec<String> = wanted.into_iter().filter(|directory| !there(directory)).collect();
            (host, missing, planner.last(host).into_iter().collect())
        }
        (None, Some((host, step))) if is_new(planner, volume) => (*host, wanted, vec![*step]),
        (None, _) => return,
    };
    if missing.is_empty() {
        return;
    }
    // Not on the host's own disk, whatever happened since the mount.
    let command = format!(
        "findmnt -n -t fuse.glusterfs -M {point} >/dev/null || {{ echo \"the volume is not mounted\" >&2; exit 1; }}\n\
         mkdir -p {words}",
        point = shell::quote(path),
        words = shell::words(&missing),
    );
    let title = format!("make {}", missing.join(" and "));
    planner.aside(
        host,
        Draft::new(title, "pods use it, and it is not there yet", command),
        needs,
    );
}

/// No server has heard of the volume yet.
fn is_new(planner: &Planner, volume: &Volume) -> bool {
    let known = |volumes: &BTreeMap<String, VolumeInfo>| volumes.contains_key(volume.name.as_str());
    let mut observed = planner
        .inventory
        .servers()
        .filter_map(|host| planner.facts.of(&host.name));
    !observed.any(|host| host.volumes().is_some_and(known))
}
