//! The directories inside volumes that Kubernetes manifests rely on. Pure.

use super::steps::{Draft, Planner};
use crate::facts::MountPoint;
use crate::inventory::kubernetes::directories;
use crate::inventory::{Host, Volume};
use crate::shell;

/// Makes the directories of a volume, through its mount on one host: what one makes, all see. `mounting` are the steps
/// that mount it now.
pub fn plan(planner: &mut Planner, volume: &Volume, mounting: &[(&Host, usize)]) {
    let (inventory, facts) = (planner.inventory, planner.facts);
    let wanted = directories(&inventory.kubernetes, volume);
    let path = volume.mount.path.as_str();
    let mounted = inventory.hosts.iter().find_map(|host| {
        let observed = facts.of(&host.name)?;
        let ready = observed.mount_points.get(&volume.mount.path) == Some(&MountPoint::Ready);
        let ours = observed
            .mounted_at(path)?
            .source
            .ends_with(&format!(":/{}", volume.name));
        (ready && ours && volume.mount.on.covers(host.role)).then_some((host, observed))
    });
    let (host, missing, needs) = match (mounted, mounting.first()) {
        (Some((host, observed)), _) => {
            let there = |directory: &String| observed.directories.contains(directory);
            let missing: Vec<String> = wanted.into_iter().filter(|directory| !there(directory)).collect();
            (host, missing, planner.last(host).into_iter().collect())
        }
        // Whether they are in the volume already is not known before it is mounted; making them again is no harm.
        (None, Some((host, step))) => (*host, wanted, vec![*step]),
        (None, None) => return,
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
