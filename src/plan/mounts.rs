//! Mounts of volumes: at boot through a unit, and now. Pure.

use super::files;
use super::steps::{Draft, Planner};
use super::units::{self, MOUNT_TEMPLATE};
use super::volumes::Served;
use crate::facts::{HostFacts, MountPoint};
use crate::inventory::{Host, Volume};
use crate::shell;

const FUSE: &str = "fuse.glusterfs";

/// A mount is tried this long, in seconds; each try is ended by the unit itself after 60.
const LIMIT: u64 = 180;

const ANSWERS: &str = "timeout 5 stat -c %n >/dev/null";

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

/// Mounts a volume now, on every host that should have it.
pub fn now(planner: &mut Planner, volume: &Volume, served: &Served) {
    let hosts: Vec<&Host> = planner
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
                format!("umount -l {}\n{}", shell::quote(path), start(path)),
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
            None => (
                format!("mount volume {} at {path}", volume.name),
                "not mounted",
                start(path),
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
        planner.aside(host, Draft::new(title, reason, command).limit(LIMIT), needs);
    }
}

/// Right after bricks have started, a client may find none that it can read from, and give up (measured): so again.
fn start(path: &str) -> String {
    let unit = shell::quote(&units::mount_unit(path)).into_owned();
    format!(
        "tries=15\n\
         until systemctl reset-failed {unit} 2>/dev/null || :; systemctl start {unit} 2>/dev/null && {ANSWERS} {}; do\n    \
         tries=$((tries - 1))\n    \
         [ \"$tries\" != 0 ] || {{ {}; {}; exit 1; }}\n    \
         sleep 1\n\
         done",
        shell::quote(path),
        units::log(&units::mount_unit(path)),
        log(path),
    )
}

/// Whoever uses the mount goes on doing so: it is never taken away while its client lives.
fn wait(path: &str) -> String {
    format!(
        "tries=30\n\
         until {ANSWERS} {quoted}; do\n    \
         tries=$((tries - 1))\n    \
         [ \"$tries\" != 0 ] || {{ {}; echo 'if it hangs for good: umount -l '{quoted}', and run the same command again' >&2; \
         exit 1; }}\n    sleep 1\ndone",
        log(path),
        quoted = shell::quote(path),
    )
}

/// Shows the last errors of the client.
fn log(path: &str) -> String {
    let log = format!(
        "/var/log/glusterfs/{}.log",
        path.trim_start_matches('/').replace('/', "-")
    );
    format!("grep -h '\\] E \\[' {} | tail -n 5 >&2", shell::quote(&log))
}
