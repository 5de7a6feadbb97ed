//! Mounts of volumes, now; `boot` sees to those to come. Pure.

use super::steps::{Draft, Planner};
use super::units;
use super::volumes::Served;
use crate::facts::MountPoint;
use crate::inventory::{Host, Volume};
use crate::shell;

const FUSE: &str = "fuse.glusterfs";

/// Mounts a volume now, on every host that should have it.
pub fn now(planner: &mut Planner, volume: &Volume, served: &Served) {
    let hosts: Vec<&Host> = planner
        .inventory
        .hosts
        .iter()
        .filter(|host| volume.mount.on.covers(host.role))
        .collect();
    for host in hosts {
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
        let (reason, before) = match observed.mounted_at(path) {
            Some(mounted) if mounted.kind != FUSE || !mounted.source.ends_with(&suffix) => {
                let what = format!(
                    "{} is mounted at {path}, where volume {} belongs",
                    mounted.source, volume.name
                );
                planner.problem(host, what, format!("unmount it: umount {path}"));
                continue;
            }
            Some(_) if point == MountPoint::Ready => continue,
            Some(_) => (
                "it is mounted, but does not answer",
                format!("umount -l {}\n", shell::quote(path)),
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
            None => ("not mounted", String::new()),
        };
        let Served::After(steps) = served else {
            planner.wait(
                format!("mounting {path} on {}", host.name),
                format!("volume {} is there", volume.name),
            );
            continue;
        };
        let unit = shell::quote(&units::mount_unit(path)).into_owned();
        let log = path.trim_start_matches('/').replace('/', "-");
        let command = format!(
            "{before}systemctl reset-failed {unit} 2>/dev/null || :\n\
             systemctl start {unit} || {{ tail -n 20 /var/log/glusterfs/{log}.log >&2; exit 1; }}"
        );
        let mut needs = steps.clone();
        needs.extend(planner.last(host));
        let draft = Draft::new(format!("mount volume {} at {path}", volume.name), reason, command);
        planner.aside(host, draft.limit(150), needs);
    }
}
