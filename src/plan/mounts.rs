//! Mounts of volumes: at boot through a unit, and now. Pure.

use super::files;
use super::steps::{Draft, Planner};
use super::units::{self, MOUNT_TEMPLATE};
use super::volumes::Served;
use crate::facts::{HostFacts, MountPoint};
use crate::inventory::{Host, Volume};
use crate::shell;

const FUSE: &str = "fuse.glusterfs";

/// Whatever the volume is doing, the host will mount it at its next boot.
pub fn at_boot(planner: &mut Planner, host: &Host, observed: &HostFacts) {
    let inventory = planner.inventory;
    if inventory.mounts_on(host).next().is_none() {
        return;
    }
    if observed.unit_file != MOUNT_TEMPLATE.text {
        let reason = if observed.unit_file.is_empty() {
            "not there yet"
        } else {
            "not as it should be"
        };
        let produce = format!("printf %s {}", shell::quote(MOUNT_TEMPLATE.text));
        let command = files::replace(MOUNT_TEMPLATE.path, &produce, "")
            + "\nchmod 644 "
            + MOUNT_TEMPLATE.path
            + "\nsystemctl daemon-reload";
        planner.prepare(
            host,
            Draft::new("write the unit that mounts volumes at boot", reason, command),
        );
    }
    let disabled: Vec<String> = inventory
        .mounts_on(host)
        .map(|volume| units::mount_service(&volume.mount.path))
        .filter(|service| !observed.unit(service).enabled)
        .collect();
    if !disabled.is_empty() {
        let command = format!("systemctl -q enable {}", shell::words(&disabled));
        let title = format!("enable {}", disabled.join(", "));
        planner.prepare(
            host,
            Draft::new(title, "the volume would not be mounted at boot", command),
        );
    }
}

/// Mounts a volume now, on every host that should have it, and returns the steps that do.
pub fn now<'a>(planner: &mut Planner<'a>, volume: &Volume, served: &Served) -> Vec<(&'a Host, usize)> {
    let mut mounting = Vec::new();
    let hosts: Vec<&'a Host> = planner
        .inventory
        .hosts
        .iter()
        .filter(|host| volume.mount.on.covers(host.role))
        .collect();
    for host in hosts {
        let Some(observed) = planner.facts.of(&host.name) else {
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
        mounting.push((host, planner.aside(host, draft.limit(150), needs)));
    }
    mounting
}
