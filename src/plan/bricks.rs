//! Bricks: an XFS file system of their own on each device, mounted, with a directory for each volume. Pure.

use super::fstab;
use super::ownership::{self, Ownership};
use super::steps::{Draft, FORMAT, Planner};
use super::units;
use crate::facts::HostFacts;
use crate::inventory::{DevicePath, Host, brick_dir, brick_mount, brick_uuid};
use crate::shell;

/// Formats the devices that are blank; refuses those that are neither blank nor ours.
pub fn format(planner: &mut Planner, host: &Host, observed: &HostFacts) {
    for path in &host.devices {
        let uuid = brick_uuid(&planner.inventory.cluster, &host.name, path).to_string();
        // Device names move; a file system of ours is recognised wherever it is on the host.
        if let Some(places) = observed.uuids.get(&uuid) {
            if places.len() > 1 {
                let paths: Vec<&str> = places.iter().map(|(_, path)| path.as_str()).collect();
                let what = format!(
                    "{} all hold the file system of {path} (UUID {uuid})",
                    paths.join(" and ")
                );
                planner.problem(
                    host,
                    what,
                    "one is a copy: detach it, or change its UUID with xfs_admin -U generate",
                );
            }
            continue;
        }
        let Some(device) = observed.devices.get(path) else {
            continue;
        };
        match ownership::decide(observed, path.as_str(), device, &uuid) {
            Ownership::Ours => {}
            Ownership::Blank => {
                let reason = format!("{path} is blank ({} MiB)", device.bytes / 1024 / 1024);
                let draft = Draft::new(
                    format!("format {path} with XFS"),
                    reason,
                    mkfs(path, &uuid, device.bytes),
                );
                planner.prepare(host, draft.limit(FORMAT).formats(path));
            }
            Ownership::Theirs(reasons) => {
                let what = format!("{path} is not blank or not usable: {}", reasons.join("; "));
                let remedy = "name another device in the inventory, or empty this one by hand; glusterctl formats only \
                              blank devices";
                planner.problem(host, what, remedy);
            }
        }
    }
}

/// Everything that made the device blank is looked at again right before, by the same script.
fn mkfs(path: &DevicePath, uuid: &str, bytes: u64) -> String {
    let device = shell::quote(path.as_str());
    format!(
        "changed() {{ echo \"{path} is not as it was when it was looked at: $1; left alone\" >&2; exit 1; }}\n\
         [ \"$(blockdev --getsize64 {device})\" = {bytes} ] || changed \"another size\"\n\
         status=0; blkid -p {device} >/dev/null || status=$?\n\
         [ \"$status\" = 2 ] || changed \"$(blkid -p {device})\"\n\
         found=$(wipefs -n -p {device}); [ -z \"$found\" ] || changed \"$found\"\n\
         mkfs.xfs -q -i size=512 -n size=8192 -m uuid={uuid} {device}"
    )
}

/// Mounts each brick's file system, and makes the directories of volumes that do not exist yet.
pub fn mount(planner: &mut Planner, host: &Host, observed: &HostFacts) {
    for path in &host.devices {
        let uuid = brick_uuid(&planner.inventory.cluster, &host.name, path).to_string();
        let target = brick_mount(path);
        let ours = observed
            .uuids
            .get(&uuid)
            .and_then(|places| places.first())
            .map(|(number, _)| number);
        let mounted = observed.mounted_at(&target);
        match mounted {
            Some(mounted) if Some(&mounted.number) == ours => {}
            Some(mounted) => {
                let what = format!(
                    "{} is mounted at {target}, where the brick of {path} belongs",
                    mounted.source
                );
                planner.problem(host, what, format!("unmount it: umount {target}"));
                continue;
            }
            None if fstab::foreign(planner.inventory, host, observed, &target).is_some() => continue,
            None => {
                let unit = units::mount_unit(&target);
                let command = format!(
                    "systemctl start {} 2>/dev/null || {{ {}; exit 1; }}",
                    shell::quote(&unit),
                    units::log(&unit)
                );
                planner.prepare(
                    host,
                    Draft::new(format!("mount {path} at {target}"), "not mounted", command),
                );
            }
        }
        let missing: Vec<String> = planner
            .inventory
            .volumes
            .iter()
            .filter(|volume| !exists_somewhere(planner, volume.name.as_str()))
            .map(|volume| brick_dir(path, &volume.name))
            // What is seen below an unmounted mount point is not the brick.
            .filter(|dir| mounted.is_none() || !observed.bricks.get(dir).is_some_and(|brick| brick.exists))
            .collect();
        if !missing.is_empty() {
            let target = shell::quote(&target);
            let command = format!(
                "device=$(findmnt -n -o SOURCE -M {target})\n\
                 [ \"$(blkid -p -s UUID -o value \"$device\")\" = {uuid} ] || \
                 {{ echo \"$device at {target} is not the brick of {path}\" >&2; exit 1; }}\n\
                 mkdir -p {}",
                shell::words(&missing)
            );
            let title = format!("make the brick directory {}", missing.join(", "));
            planner.prepare(host, Draft::new(title, "not there yet", command));
        }
    }
}

/// Whether any server knows the volume already: then its brick directories are Gluster's, and never made anew.
fn exists_somewhere(planner: &Planner, volume: &str) -> bool {
    let facts = planner.facts;
    planner.inventory.servers().any(|server| {
        facts
            .of(&server.name)
            .and_then(HostFacts::volumes)
            .is_some_and(|volumes| volumes.contains_key(volume))
    })
}
