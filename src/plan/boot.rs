//! The boot contract: what makes a host come back by itself, with its bricks and volumes. Made of fstab lines (see
//! `fstab`), unit files and directory attributes; nothing of ours runs on the host. Pure.

use std::collections::BTreeSet;

use super::adoption::is_adopted;
use super::steps::{Draft, Planner};
use super::{fstab, hosts_file};
use crate::facts::{BarePoint, Content, DeviceKind, Facts, HostFacts, MountPoint};
use crate::inventory::{DevicePath, Host, Inventory, Role, brick_dir, brick_mount, brick_uuid};
use crate::scripts::{self, Text, lines};
use crate::{shell, units};

/// Writes the unit files and enables the services that mount volumes at boot.
pub fn units(planner: &mut Planner, host: &Host, observed: &HostFacts) {
    let (mut paths, mut command) = (Vec::new(), Text::default());
    let mut reason = "not there yet";
    for file in units::files(planner.inventory, host) {
        let there = observed.unit_files.get(file.path).map_or("", String::as_str);
        if there == file.text {
            continue;
        }
        if !there.is_empty() {
            reason = "not as it should be";
        }
        let values = [("path", file.path), ("text", file.text.trim_end())];
        command = command.then(&[&scripts::UNIT_FILE], &values);
        paths.push(file.path);
    }
    if !paths.is_empty() {
        // Once for all of them: with three hosts at a time, each took 0.17 s.
        let command = command.command("systemctl daemon-reload").end();
        let title = format!("write {}", paths.join(", "));
        planner.prepare(host, Draft::new(title, reason, command));
    }
    let disabled: Vec<String> = units::mount_services(planner.inventory, host)
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

/// Makes the bare mount points immutable: while a brick or volume is not mounted, nothing is written below it.
/// Those of `refused` devices do not exist: nothing is ever mounted for them.
pub fn mount_points(planner: &mut Planner, host: &Host, observed: &HostFacts, refused: &BTreeSet<DevicePath>) {
    let bare = |point: &String| observed.bare_points.get(point).copied().unwrap_or(BarePoint::Unknown);
    // What is there already would be locked in; that it is there is a problem of its own.
    let holds_files = |point: &str| {
        let mut points = observed.mount_points.iter();
        points
            .any(|(path, state)| path.as_str() == point && matches!(state, MountPoint::HoldsFiles | MountPoint::Other))
    };
    let open: Vec<String> = units::mount_points(planner.inventory, host)
        .into_iter()
        .filter(|point| matches!(bare(point), BarePoint::Unknown | BarePoint::Writable) && !holds_files(point))
        .filter(|point| refused.iter().all(|device| brick_mount(device) != *point))
        .collect();
    if open.is_empty() {
        return;
    }
    let command = scripts::IMMUTABLE.with(&[("points", &lines(&open))]);
    let title = format!("make {} immutable below the mount", open.join(", "));
    planner.prepare(
        host,
        Draft::new(title, "without the mount, it could be written to", command),
    );
}

/// Every reason why a host would not come back by itself after a reboot with its bricks and volumes.
#[must_use]
pub fn reasons(inventory: &Inventory, facts: &Facts, host: &Host, observed: &HostFacts) -> Vec<String> {
    let mut reasons = Vec::new();
    if !observed.systemd {
        reasons.push("it does not run systemd".to_owned());
    }
    if !observed.hosts_file.contains(&hosts_file::block(inventory)) {
        reasons.push("the names of the hosts are not in /etc/hosts".to_owned());
    }
    for device in &host.devices {
        if !is_adopted(inventory, facts, host, device) {
            reasons.extend(brick(inventory, host, observed, device));
        }
    }
    reasons.extend(fstab::differences(inventory, facts, host, observed));
    for file in units::files(inventory, host) {
        match observed.unit_files.get(file.path).map_or("", String::as_str) {
            there if there == file.text => {}
            "" => reasons.push(format!("{} is missing", file.path)),
            _ => reasons.push(format!("{} is not as apply wrote it", file.path)),
        }
    }
    let mut services: Vec<String> = units::mount_services(inventory, host).collect();
    if host.role == Role::Server {
        services.push(units::GLUSTERD.to_owned());
    }
    let disabled = services.iter().filter(|service| !observed.unit(service).enabled);
    reasons.extend(disabled.map(|service| format!("{service} is not enabled")));
    for (point, bare) in &observed.bare_points {
        match bare {
            BarePoint::Immutable | BarePoint::Unprotectable => {}
            BarePoint::Writable => reasons.push(format!("{point} could be written to while nothing is mounted there")),
            BarePoint::Unknown => reasons.push(format!("{point} is missing")),
        }
    }
    reasons
}

/// Why a brick would not come back.
fn brick(inventory: &Inventory, host: &Host, observed: &HostFacts, device: &DevicePath) -> Option<String> {
    let uuid = brick_uuid(&inventory.cluster, &host.name, device).to_string();
    if !observed.xfs.contains_key(&uuid) {
        let seen = observed.devices.get(device);
        let instead = match seen.map(|seen| (seen.kind, &seen.content)) {
            None | Some((DeviceKind::Missing, _)) => format!("{device} is missing"),
            Some((DeviceKind::Block, Content::Known(known))) => match whose(inventory, &known.uuid) {
                Some(other) => format!("{device} holds the brick of {other}"),
                None => format!("{device} holds {} {}", known.kind, known.uuid)
                    .trim_end()
                    .to_owned(),
            },
            Some((DeviceKind::Block, Content::Zeros)) => format!("{device} is blank"),
            Some(_) => format!("{device} holds something else"),
        };
        return Some(format!(
            "the brick of {device} (file system {uuid}) is on no device; {instead}"
        ));
    }
    // Seen only while it is mounted.
    observed.mounted_at(&brick_mount(device))?;
    inventory.volumes.iter().find_map(|volume| {
        let info = observed.volumes()?.get(volume.name.as_str())?;
        let dir = brick_dir(device, &volume.name);
        let there = observed.bricks.get(&dir)?.volume_id.as_deref();
        (there != Some(info.id.replace('-', "").as_str())).then(|| match there {
            Some(_) => format!("{dir} belongs to another volume than {}", volume.name),
            None => format!("{dir} belongs to no volume"),
        })
    })
}

/// The host and device of the inventory whose brick has that UUID.
fn whose(inventory: &Inventory, uuid: &str) -> Option<String> {
    inventory.hosts.iter().find_map(|host| {
        let device = host
            .devices
            .iter()
            .find(|device| brick_uuid(&inventory.cluster, &host.name, device).to_string() == uuid)?;
        Some(format!("{}'s {device}", host.name))
    })
}

/// The mount points that cannot be protected, a sentence each: nothing fails for that, but it has to be known.
#[must_use]
pub fn unprotected(host: &Host, observed: &HostFacts) -> Vec<String> {
    let points = observed.bare_points.iter();
    points
        .filter(|(_, bare)| **bare == BarePoint::Unprotectable)
        .map(|(point, _)| {
            format!(
                "{}: the file system below {point} does not know chattr +i: what is written there while nothing is mounted \
                 fills it",
                host.name
            )
        })
        .collect()
}
