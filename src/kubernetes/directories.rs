//! The directories inside volumes that pods use, which `plan` has `apply` make. Pure.

use crate::inventory::{Kubernetes, Volume};

/// The directory in which provisioners make a directory for each claim.
pub(super) const DYNAMIC: &str = "kubernetes/dynamic";

/// The directories inside a volume that manifests rely on, with the volume's mount point before each.
#[must_use]
pub fn directories(kubernetes: &Kubernetes, volume: &Volume) -> Vec<String> {
    let Some(settings) = kubernetes.volumes.get(&volume.name) else {
        return Vec::new();
    };
    // Nothing is written into a volume that somebody else made, unless the inventory says how Kubernetes uses volumes.
    if volume.is_existing && !kubernetes.is_stated {
        return Vec::new();
    }
    let directories = [settings.shown(), DYNAMIC]
        .into_iter()
        .filter(|directory| *directory != ".");
    directories
        .map(|directory| below(volume.mount.path.as_str(), directory))
        .collect()
}

/// The path of a volume's directory, with `base` being the path of the volume.
pub(super) fn below(base: &str, directory: &str) -> String {
    match directory {
        "." => base.to_owned(),
        directory => format!("{base}/{directory}"),
    }
}
