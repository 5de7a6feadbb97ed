//! Mounts of volumes, now; `boot` sees to those to come. Pure.

use super::fstab;
use super::steps::{Draft, Planner};
use super::volumes::Served;
use crate::facts::MountPoint;
use crate::inventory::{Host, Volume};
use crate::scripts::{self, Text};
use crate::{shell, units};

const FUSE: &str = "fuse.glusterfs";

/// How long a mount is tried, or waited for, in seconds; each try is ended by the unit itself after 60.
const LIMIT: u64 = 180;

/// Mounts a volume now, on every host that should have it, and returns the steps that do.
pub fn now<'a>(planner: &mut Planner<'a>, volume: &Volume, served: &Served) -> Vec<(&'a Host, usize)> {
    let mut mounting = Vec::new();
    let inventory = planner.inventory;
    for host in inventory.hosts_mounting(volume) {
        let Some(observed) = planner.facts.of(&host.name).filter(|seen| seen.elsewhere.is_none()) else {
            continue;
        };
        let path = volume.mount.path.as_str();
        let point = observed
            .mount_points
            .get(&volume.mount.path)
            .copied()
            .unwrap_or(MountPoint::Other);
        let suffix = format!(":/{}", volume.name);
        let (title, reason, command) = match observed.mounted_at(path) {
            Some(mounted) if mounted.kind != FUSE || !mounted.source.ends_with(&suffix) => {
                let what = format!(
                    "{} is mounted at {path}, where volume {} belongs",
                    mounted.source, volume.name
                );
                planner.problem(host, what, format!("unmount it: umount {path}"));
                continue;
            }
            Some(_) if point == MountPoint::Ready => continue,
            Some(_) if point == MountPoint::Apart => (
                format!("wait until volume {} answers at {path}", volume.name),
                "its client lives, but does not answer",
                wait(path),
            ),
            Some(_) => (
                format!("mount volume {} at {path}", volume.name),
                "it is mounted, but its client is dead",
                start(
                    path,
                    Text::default().command(&format!("umount -l {}", shell::quote(path))),
                ),
            ),
            None if point == MountPoint::HoldsFiles => {
                let what = format!("{path} holds files, which a mount would hide");
                planner.problem(
                    host,
                    what,
                    "move them away, or choose another mount point in the inventory",
                );
                continue;
            }
            None if point == MountPoint::Other => {
                planner.problem(
                    host,
                    format!("{path} is not a directory"),
                    "choose another mount point in the inventory",
                );
                continue;
            }
            // That line would be mounted, not the volume; the problem is noted already.
            None if fstab::foreign(planner, host, observed, path).is_some() => continue,
            None => (
                format!("mount volume {} at {path}", volume.name),
                "not mounted",
                start(path, Text::default()),
            ),
        };
        let Served::After(steps) = served else {
            planner.wait(
                format!("mounting {path} on {}", host.name),
                format!("volume {} is there", volume.name),
            );
            continue;
        };
        let mut needs = steps.clone();
        needs.extend(planner.last(host));
        let draft = Draft::new(title, reason, command).limit(LIMIT);
        mounting.push((host, planner.aside(host, draft, needs)));
    }
    mounting
}

/// Mounts the volume, after what `before` does.
fn start(path: &str, before: Text) -> String {
    let unit = units::mount_unit(path);
    let values = [("path", path), ("log", &log(path)), ("unit", &unit)];
    before.then(&[&scripts::MOUNT_VOLUME], &values).end()
}

fn wait(path: &str) -> String {
    scripts::WAIT_FOR_VOLUME.with(&[("path", path), ("log", &log(path))])
}

/// The log of the client that serves a mount.
fn log(path: &str) -> String {
    let name = path.trim_start_matches('/').replace('/', "-");
    format!("/var/log/glusterfs/{name}.log")
}
