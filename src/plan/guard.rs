//! Guards the mount points of volumes: while nothing is mounted there, nothing can be written there either. Pure.

use super::steps::{Draft, Planner};
use crate::facts::{BareMountPoint, HostFacts, MountPoint};
use crate::inventory::Host;
use crate::shell;

/// Makes each bare mount point immutable (chattr(1)). Whoever writes to a volume that is not mounted, a pod with a
/// `hostPath` above all, gets an error then, instead of filling the host's own disk with files that nobody finds again.
pub fn plan(planner: &mut Planner, host: &Host, observed: &HostFacts) {
    for volume in planner.inventory.mounts_on(host) {
        let path = &volume.mount.path;
        match observed.bare_mount_points.get(path) {
            Some(BareMountPoint::Open) => {}
            // `fstab` makes it before this.
            Some(BareMountPoint::Unknown) | None if observed.mount_points.get(path) == Some(&MountPoint::Missing) => {}
            _ => continue,
        }
        // What is there now would be under the guard, too; that it is there at all is reported elsewhere.
        if observed.mount_points.get(path) == Some(&MountPoint::HoldsFiles) {
            continue;
        }
        // In a mount namespace of its own, where the mount can be taken away unseen. Not every file system has the flag.
        let command = format!(
            "unshare -m sh -c '\n    \
             while umount -l \"$1\" 2>/dev/null; do :; done\n    \
             lsattr -d \"$1\" >/dev/null 2>&1 || exit 0\n    \
             chattr +i \"$1\"\n\
             ' - {}",
            shell::quote(path.as_str())
        );
        planner.prepare(
            host,
            Draft::new(
                format!("keep {path} empty while nothing is mounted there"),
                "the bare mount point is writable",
                command,
            ),
        );
    }
}
