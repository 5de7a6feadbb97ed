//! The directories inside volumes that Kubernetes manifests and quotas rely on. Pure.

use super::steps::{Draft, Planner};
use crate::desired::directories_in;
use crate::facts::MountPoint;
use crate::inventory::{Host, Volume};
use crate::scripts::{self, lines};

/// Makes the directories of a volume, through the volume's mount on one host: all hosts see the directories then.
/// `mounting` are the steps that mount the volume now: those steps suffice for a new volume. The content of an older
/// volume is seen once the volume is mounted.
///
/// Returns the steps after which the directories are there; none if nobody could look yet.
pub fn plan(planner: &mut Planner, volume: &Volume, mounting: &[(&Host, usize)]) -> Option<Vec<usize>> {
    let (inventory, facts) = (planner.desired.inventory, planner.facts);
    let path = volume.mount.path.as_str();
    let mounted = inventory.hosts_mounting(volume).find_map(|host| {
        let observed = facts.of(&host.name).filter(|observed| observed.maintenance.is_none())?;
        let ready = observed.mount_points.get(&volume.mount.path) == Some(&MountPoint::Ready);
        let ours = observed.mounted_at(path)?.is_of_volume(&volume.name);
        (ready && ours).then_some((host, observed))
    });
    let (host, observed, needs) = match (mounted, mounting.first()) {
        (Some((host, observed)), _) => (host, Some(observed), planner.last(host).into_iter().collect()),
        (None, Some((host, step))) if facts.cluster.volume(volume.name.as_str()).is_none() => {
            (*host, None, vec![*step])
        }
        (None, _) => return None,
    };
    let [of_pods, limited] = directories_in(inventory, volume);
    let is_there = |directory: &String| observed.is_some_and(|observed| observed.directories.contains(directory));
    let mut made = Vec::new();
    for (wanted, user) in [(of_pods, "pods use"), (limited, "the quota limits")] {
        let missing: Vec<String> = wanted.into_iter().filter(|directory| !is_there(directory)).collect();
        if missing.is_empty() {
            continue;
        }
        let command = scripts::VOLUME_DIRECTORIES.with(&[("path", path), ("directories", &lines(&missing))]);
        let title = format!("make {}", missing.join(" and "));
        let reason = format!("{user} the directory, and the directory is missing");
        made.push(planner.aside(host, Draft::new(title, reason, command), Vec::clone(&needs)));
    }
    Some(made)
}
