//! The boot contract: what makes a host come back by itself, with its bricks and volumes. Made of fstab lines (see
//! `fstab`), unit files and directory attributes; nothing of ours runs on the host. Pure.

use std::borrow::Cow;

use super::outdated;
use super::ownership::Refused;
use super::steps::{Draft, Planner};
use crate::desired::{Desired, DesiredHost, UnitFile, units};
use crate::facts::{BarePoint, Facts, HostFacts, MountPoint};
use crate::scripts::{self, Text, lines};
use crate::shell;

/// A unit file that is not as it has to be.
pub struct FileDifference<'d> {
    /// The file.
    pub file: &'d UnitFile,
    /// The text that has to be in the file.
    pub text: Cow<'d, str>,
    /// The file is missing or empty; otherwise the file has another text.
    pub is_missing: bool,
}

/// The unit files that are not as they have to be.
pub fn file_differences<'d>(
    desired: &Desired,
    facts: &Facts,
    host: &'d DesiredHost,
    observed: &HostFacts,
    refused: &Refused,
) -> Vec<FileDifference<'d>> {
    let differences = host.unit_files.iter().filter_map(|file| {
        let text = match file.path {
            units::BRICKS => Cow::Owned(waits_for(desired, facts, host, observed, refused)),
            _ => Cow::Borrowed(&*file.text),
        };
        let found = observed.unit_files.get(file.path).map_or("", String::as_str);
        let is_missing = found.is_empty();
        (found != text).then_some(FileDifference { file, text, is_missing })
    });
    differences.collect()
}

/// The drop-in that makes glusterd wait for the file systems of its bricks: those that /etc/fstab mounts. A refused brick
/// that has no line there changes nothing, unless it leaves: then the file stays until the inventory has no line for the
/// brick. A brick that the inventory names no more, or names wrongly, is waited for as long as a volume needs it.
fn waits_for(desired: &Desired, facts: &Facts, host: &DesiredHost, observed: &HostFacts, refused: &Refused) -> String {
    let has_line = |mount: &str| observed.fstab.iter().any(|line| line.target == mount);
    let leaves = |mount: &str| {
        host.bricks
            .iter()
            .any(|brick| brick.mount == mount && brick.device.leaving)
    };
    let own = host.own_brick_mounts();
    let own = own.filter(|mount| has_line(mount) || leaves(mount) || !is_refused(host, refused, mount));
    let needed = outdated::needed_bricks(desired, facts, host, observed);
    units::waits_for(own.chain(needed))
}

/// Whether a refused brick belongs at a mount point.
fn is_refused(host: &DesiredHost, refused: &Refused, point: &str) -> bool {
    let mut bricks = host.bricks.iter();
    bricks.any(|brick| brick.mount == point && refused.contains(&brick.device.name))
}

/// The services that mount volumes and would not do so at the next boot.
pub fn disabled_services(host: &DesiredHost, observed: &HostFacts) -> Vec<String> {
    let services = host.mount_services();
    services.filter(|service| !observed.unit(service).enabled).collect()
}

/// Writes the unit files and enables the services that mount volumes at boot.
pub fn units(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, refused: &Refused) {
    let (mut paths, mut command) = (Vec::new(), Text::default());
    let mut reason = "the unit files are missing";
    let differences = file_differences(planner.desired, planner.facts, host, observed, refused);
    for FileDifference { file, text, is_missing } in &differences {
        if !is_missing {
            reason = "a unit file has another text";
        }
        let values = [("path", file.path), ("mode", file.mode()), ("text", text.trim_end())];
        command = command.then(&[&scripts::UNIT_FILE], &values);
        paths.push(file.path);
    }
    if !paths.is_empty() {
        // One daemon-reload for all files: with three hosts at a time, each reload took 0.17 s.
        let command = command.command("systemctl daemon-reload").end();
        let title = format!("write {}", paths.join(", "));
        planner.prepare(host.host, Draft::new(title, reason, command));
    }
    let disabled = disabled_services(host, observed);
    if !disabled.is_empty() {
        let command = format!("systemctl -q enable {}", shell::words(&disabled));
        let title = format!("enable {}", disabled.join(", "));
        planner.prepare(
            host.host,
            Draft::new(title, "the service would not mount the volume at boot", command),
        );
    }
}

/// Makes the bare mount points immutable: while a brick or volume is not mounted, nothing is written to its mount
/// point. The mount points of `refused` bricks do not exist: nothing is ever mounted for such bricks.
pub fn mount_points(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, refused: &Refused) {
    let bare = |point: &str| observed.bare_points.get(point).copied().unwrap_or(BarePoint::Unknown);
    // Files below a mount point would be locked in; such files are a problem of their own.
    let holds_files = |point: &str| {
        let mut points = observed.mount_points.iter();
        points.any(|(path, state)| {
            path.as_str() == point
                && matches!(
                    state,
                    MountPoint::HoldsFiles | MountPoint::Failing(_) | MountPoint::Other
                )
        })
    };
    let open: Vec<&str> = host
        .mount_points()
        .filter(|point| matches!(bare(point), BarePoint::Unknown | BarePoint::Writable) && !holds_files(point))
        .filter(|point| !is_refused(host, refused, point))
        .collect();
    if open.is_empty() {
        return;
    }
    let command = scripts::IMMUTABLE.with(&[("points", &lines(&open))]);
    let title = format!("make {} immutable below the mount", open.join(", "));
    planner.prepare(
        host.host,
        Draft::new(title, "files could be written there while nothing is mounted", command),
    );
}
