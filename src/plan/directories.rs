//! The directories inside volumes that Kubernetes manifests rely on. Pure.

use super::steps::{Draft, Planner};
use crate::facts::MountPoint;
use crate::inventory::{Host, Volume};
use crate::kubernetes::directories;
use crate::scripts::{self, lines};

/// Makes the directories of a volume, through the volume's mount on one host: all hosts see the directories then.
/// `mounting` are the steps that mount the volume now: those steps suffice for a new volume. The content of an older
/// volume is seen once the volume is mounted.
pub fn plan(planner: &mut Planner, volume: &Volume, mounting: &[(&Host, usize)]) {
    let (inventory, facts) = (planner.desired.inventory, planner.facts);
    let wanted = directories(&inventory.kubernetes, volume);
    let path = volume.mount.path.as_str();
    let mounted = inventory.hosts_mounting(volume).find_map(|host| {
        let observed = facts.of(&host.name).filter(|observed| observed.maintenance.is_none())?;
        let ready = observed.mount_points.get(&volume.mount.path) == Some(&MountPoint::Ready);
        let ours = observed.mounted_at(path)?.is_of_volume(&volume.name);
        (ready && ours).then_some((host, observed))
    });
    let (host, missing, needs) = match (mounted, mounting.first()) {
        (Some((host, observed)), _) => {
            let there = |directory: &String| observed.directories.contains(directory);
            let missing: Vec<String> = wanted.into_iter().filter(|directory| !there(directory)).collect();
            (host, missing, planner.last(host).into_iter().collect())
        }
        (None, Some((host, step))) if facts.cluster.volume(volume.name.as_str()).is_none() => {
            (*host, wanted, vec![*step])
        }
        (None, _) => return,
    };
    if missing.is_empty() {
        return;
    }
    let command = scripts::VOLUME_DIRECTORIES.with(&[("path", path), ("directories", &lines(&missing))]);
    let title = format!("make {}", missing.join(" and "));
    planner.aside(
        host,
        Draft::new(title, "pods use the directory, and the directory is missing", command),
        needs,
    );
}
