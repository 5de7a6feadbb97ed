//! Bricks: an XFS file system of their own on each device, mounted, with a directory for each volume. Pure.

use std::collections::BTreeSet;

use super::adoption::is_adopted;
use super::danger::Danger;
use super::format::{self, Allowed};
use super::fstab;
use super::ownership::{self, Ownership, Reason};
use super::steps::{Draft, FORMAT, Planner};
use crate::facts::{Device, DeviceKind, HostFacts, Place};
use crate::inventory::{DevicePath, Host, HostName, brick_dir, brick_mount, brick_uuid};
use crate::{shell, units};

/// Formats the devices that are blank, and those whose content may go; refuses what is neither that nor ours. Returns the
/// devices that are refused: there will be no brick to mount.
pub fn format(planner: &mut Planner, host: &Host, observed: &HostFacts) -> BTreeSet<DevicePath> {
    strangers(planner, host, observed);
    let mut refused = BTreeSet::new();
    for path in &host.devices {
        if is_adopted(planner.inventory, planner.facts, host, path) {
            continue;
        }
        let Some(device) = observed.devices.get(path) else {
            continue;
        };
        if let Some(twin) = twin(host, observed, path, device) {
            let what = format!("{twin} and {path} are the same device");
            planner.problem(host, what, "keep one of them in the inventory");
            refused.insert(path.clone());
            continue;
        }
        let uuid = brick_uuid(&planner.inventory.cluster, &host.name, path).to_string();
        // Device names move; a file system of ours is recognised wherever it is on the host.
        let there_will_be_one = match observed.xfs.get(&uuid).map(Vec::as_slice) {
            None | Some([]) => on_its_device(planner, host, observed, path, device, &uuid),
            Some([place]) if place.number == device.number => {
                on_its_device(planner, host, observed, path, device, &uuid)
            }
            Some([place]) => moved(planner, host, path, device, place),
            Some(places) => {
                let paths: Vec<&str> = places.iter().map(|place| place.path.as_str()).collect();
                let what = format!(
                    "{} all hold the file system of {path} (UUID {uuid})",
                    paths.join(" and ")
                );
                let remedy = "one is a copy: detach it, or change its UUID with xfs_admin -U generate";
                planner.problem(host, what, remedy);
                false
            }
        };
        if !there_will_be_one {
            refused.insert(path.clone());
        }
    }
    refused
}

/// Another of the inventory's paths before this one that stands for the same device.
fn twin<'h>(host: &'h Host, observed: &HostFacts, path: &DevicePath, device: &Device) -> Option<&'h DevicePath> {
    let mut before = host.devices.iter().take_while(|other| *other != path);
    before.find(|other| {
        let other = observed.devices.get(other);
        device.kind == DeviceKind::Block && other.is_some_and(|other| other.number == device.number)
    })
}

/// The brick's file system is, or will be, on the device that the inventory names; false if it is refused.
fn on_its_device(
    planner: &mut Planner,
    host: &Host,
    observed: &HostFacts,
    path: &DevicePath,
    device: &Device,
    uuid: &str,
) -> bool {
    let mib = device.bytes / 1024 / 1024;
    let draft = |title: String, reason: String, allowed: Allowed| {
        Draft::new(title, reason, format::script(path, device, uuid, allowed))
            .limit(FORMAT)
            .danger(Danger::Formats { device: path.clone() })
    };
    let draft = match ownership::decide(&observed.mounted, device, Some(uuid)) {
        Ownership::Ours => return true,
        Ownership::Blank => draft(
            format!("format {path} with XFS"),
            format!("{path} is blank ({mib} MiB)"),
            Allowed::Nothing,
        ),
        Ownership::Unfinished => draft(
            format!("format {path} with XFS"),
            format!("mkfs.xfs of this very brick (UUID {uuid}) was interrupted on {path}"),
            Allowed::Unfinished,
        ),
        Ownership::Theirs(reasons) => {
            let foreign = device.xfs().filter(|found| *found != uuid);
            let owner = foreign.and_then(|found| owner(planner, found));
            if let Some((other, of)) = owner {
                planner.problem(host, format!("{path} holds the brick of {of} on {other}"), SWAPPED);
                return false;
            }
            if !host.wipe.contains(path) || !reasons.iter().all(Reason::is_content) {
                planner.problem(host, refusal(path, &reasons), remedy(host, path, &reasons));
                return false;
            }
            let goes: Vec<String> = reasons.iter().map(ToString::to_string).collect();
            draft(
                format!("wipe {path} and format it with XFS"),
                format!(
                    "the inventory says wipe: true for {path}, so what is on it goes: {} ({mib} MiB)",
                    goes.join("; ")
                ),
                Allowed::WhatIsThere,
            )
        }
    };
    planner.prepare(host, draft);
    true
}

const SWAPPED: &str = "put the disks back into their own hosts and places; nothing is done to this one";

fn refusal(path: &DevicePath, reasons: &[Reason]) -> String {
    let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    format!("{path} is not blank or not usable: {}", reasons.join("; "))
}

fn remedy(host: &Host, path: &DevicePath, reasons: &[Reason]) -> String {
    if reasons.iter().all(Reason::is_content) {
        format!(
            "name another device in the inventory, or empty this one by hand; or, if all that is on it may go, write \
             {{path: {path}, wipe: true}}"
        )
    } else if host.wipe.contains(path) {
        "wipe: true is about what a device holds: it does not cover this; name another device in the inventory".into()
    } else {
        "name another device in the inventory, or empty this one by hand; glusterctl formats only blank devices".into()
    }
}

/// The host and device of this inventory whose brick has that UUID.
fn owner<'p>(planner: &Planner<'p>, uuid: &str) -> Option<(&'p HostName, &'p DevicePath)> {
    let inventory = planner.inventory;
    let bricks = inventory
        .servers()
        .flat_map(|host| host.devices.iter().map(move |device| (&host.name, device)));
    let mut bricks = bricks.filter(|(host, device)| brick_uuid(&inventory.cluster, host, device).to_string() == uuid);
    bricks.next()
}

/// The names of devices moved: the brick is mounted by its UUID, wherever it is. What is under its old name now is left
/// alone, and unless that is another brick of this host, somebody should know. False if there is nothing to mount.
fn moved(planner: &mut Planner, host: &Host, path: &DevicePath, device: &Device, place: &Place) -> bool {
    let now = &place.path;
    if place.unfinished {
        let what = format!("mkfs.xfs of {path} was interrupted, and that disk is {now} now");
        planner.problem(
            host,
            what,
            "make the old name stand for it again, or wipe it by hand: wipefs -a",
        );
        return false;
    }
    let another = match (device.kind, device.xfs().and_then(|uuid| owner(planner, uuid))) {
        (DeviceKind::Missing, _) => return true,
        (_, Some((other, _))) if *other == host.name => return true,
        (_, Some((other, of))) => format!("the brick of {of} on {other}"),
        (_, None) => "another disk".to_owned(),
    };
    planner.problem(
        host,
        format!("the brick of {path} is {now} now, and {path} is {another}: the names of devices moved"),
        "the brick is mounted by its UUID all the same, and the other disk is left alone; to end this, name the disks by \
         paths that do not move, below /dev/disk/by-id, or detach the other disk",
    );
    true
}

/// Disks of other hosts of this inventory that were put into this one: their own hosts miss them.
fn strangers(planner: &mut Planner, host: &Host, observed: &HostFacts) {
    for (uuid, places) in &observed.xfs {
        let Some((other, of)) = owner(planner, uuid).filter(|(other, _)| **other != host.name) else {
            continue;
        };
        let facts = planner.facts;
        // Storage that several hosts see is no stranger; and what is under one of this host's names is told of there.
        let at_home = facts.of(other).is_none_or(|home| home.xfs.contains_key(uuid));
        let named = places
            .iter()
            .all(|place| observed.devices.values().any(|device| device.number == place.number));
        if at_home || named {
            continue;
        }
        let paths: Vec<&str> = places.iter().map(|place| place.path.as_str()).collect();
        let what = format!("{} holds the brick of {of} on {other}", paths.join(" and "));
        planner.problem(host, what, SWAPPED);
    }
}

/// Mounts each brick's file system, and makes the directories of volumes that do not exist yet.
pub fn mount(planner: &mut Planner, host: &Host, observed: &HostFacts, refused: &BTreeSet<DevicePath>) {
    for path in host.devices.iter().filter(|path| !refused.contains(path)) {
        let uuid = brick_uuid(&planner.inventory.cluster, &host.name, path).to_string();
        let target = brick_mount(path);
        let ours = observed.xfs.get(&uuid).and_then(|places| places.first());
        let adopted = is_adopted(planner.inventory, planner.facts, host, path);
        let mounted = observed.mounted_at(&target);
        match mounted {
            Some(mounted) if adopted || ours.is_some_and(|place| place.number == mounted.number) => {}
            Some(mounted) => {
                let what = format!(
                    "{} is mounted at {target}, where the brick of {path} belongs",
                    mounted.source
                );
                planner.problem(host, what, format!("unmount it: umount {target}"));
                continue;
            }
            None if fstab::foreign(planner, host, observed, &target).is_some() => continue,
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
            let mut command = format!("device=$(findmnt -n -o SOURCE -M {target})\n");
            if !adopted {
                command += &format!(
                    "[ \"$(blkid -p -s UUID -o value \"$device\")\" = {uuid} ] || \
                     {{ echo \"$device at {target} is not the brick of {path}\" >&2; exit 1; }}\n"
                );
            }
            command += &format!("mkdir -p {}", shell::words(&missing));
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
