//! The boot contract: what makes a host come back by itself, with its bricks and volumes. Made of fstab lines (see
//! `fstab`), unit files and directory attributes; nothing of ours runs on the host. Pure.

use super::ownership::Refused;
use super::steps::{Draft, Planner};
use crate::desired::{DesiredHost, UnitFile};
use crate::facts::{BarePoint, HostFacts, MountPoint};
use crate::scripts::{self, Text, lines};
use crate::shell;

/// A unit file that is not as it has to be.
pub struct FileDifference<'d> {
    /// The file as it has to be.
    pub file: &'d UnitFile,
    /// The file is missing or empty; otherwise the file has another text.
    pub is_missing: bool,
}

/// The unit files that are not as they have to be.
pub fn file_differences<'d>(host: &'d DesiredHost, observed: &HostFacts) -> impl Iterator<Item = FileDifference<'d>> {
    host.unit_files.iter().filter_map(|file| {
        let found = observed.unit_files.get(file.path).map_or("", String::as_str);
        let is_missing = found.is_empty();
        (found != file.text).then_some(FileDifference { file, is_missing })
    })
}

/// The services that mount volumes and would not do so at the next boot.
pub fn disabled_services(host: &DesiredHost, observed: &HostFacts) -> Vec<String> {
    let services = host.mount_services();
    services.filter(|service| !observed.unit(service).enabled).collect()
}

/// Writes the unit files and enables the services that mount volumes at boot.
pub fn units(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts) {
    let (mut paths, mut command) = (Vec::new(), Text::default());
    let mut reason = "the unit files are missing";
    for FileDifference { file, is_missing } in file_differences(host, observed) {
        if !is_missing {
            reason = "a unit file has another text";
        }
        let values = [
            ("path", file.path),
            ("mode", file.mode()),
            ("text", file.text.trim_end()),
        ];
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
    let is_refused = |point: &str| {
        let mut bricks = host.bricks.iter();
        bricks.any(|brick| brick.mount == point && refused.contains(&brick.device.name))
    };
    let open: Vec<&str> = host
        .mount_points()
        .filter(|point| matches!(bare(point), BarePoint::Unknown | BarePoint::Writable) && !holds_files(point))
        .filter(|point| !is_refused(point))
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
