//! The disks of one host as an inventory lists them: blank disks as devices, all others as comments with the reason. Pure.

use std::collections::BTreeSet;

use super::propose::comment;
use crate::facts::{Disk, Disks};
use crate::inventory::{BrickName, DevicePath};
use crate::plan::{Ownership, ownership};
use crate::text::{printable, size};

/// The disks of a host.
#[derive(Debug, Default)]
pub struct Choice {
    /// The names of the bricks that the listed devices become.
    pub bricks: Vec<String>,
    /// The lines of the inventory, comments included.
    pub lines: String,
    /// What was asked for and cannot be, a sentence each.
    pub warnings: Vec<String>,
}

/// Chooses the blank disks; of these, only the `wanted` paths if there are any.
pub fn choose(disks: &Disks, wanted: &[String]) -> Choice {
    let mut choice = Choice::default();
    let (mut missed, mut others): (BTreeSet<&String>, String) = (wanted.iter().collect(), String::new());
    for disk in &disks.disks {
        let is_at = |path: &String| disk.path == *path || disk.stable.contains(path);
        let is_wanted = wanted.is_empty() || wanted.iter().any(is_at);
        missed.retain(|path| !is_at(path));
        let why = match (reasons(disks, disk), is_wanted) {
            (None, true) => {
                if let Some((name, line)) = device(disk, &choice.bricks) {
                    choice.bricks.push(name);
                    choice.lines += &line;
                    continue;
                }
                "its path can be no path of an inventory".to_owned()
            }
            (None, false) => "blank, and not among the devices of the list".to_owned(),
            // Loop devices and partitions come and go with what they belong to.
            (Some(_), _) if wanted.is_empty() && is_minor(disk) => continue,
            (Some(why), is_wanted) => {
                if is_wanted && !wanted.is_empty() {
                    choice
                        .warnings
                        .push(format!("{} of the list is no blank disk: {why}", disk.path));
                }
                why
            }
        };
        others += &comment(
            "      ",
            &format!("{}, {}: {why}", printable(&disk.path), size(disk.device.bytes)),
        );
    }
    let missed = missed
        .into_iter()
        .map(|path| format!("{} of the list is no block device", printable(path)));
    choice.warnings.extend(missed);
    choice.lines += &others;
    choice
}

/// Why a disk is not for bricks; nothing if it is blank.
fn reasons(disks: &Disks, disk: &Disk) -> Option<String> {
    match ownership(&disks.mounted, &disk.device, None) {
        Ownership::Blank(_) if disk.depth == 0 && !disk.path.starts_with("/dev/loop") => None,
        Ownership::Blank(_) => Some("blank, but not a whole disk".to_owned()),
        Ownership::Theirs(reasons) => {
            let reasons: Vec<String> = reasons.iter().map(|reason| printable(&reason.to_string())).collect();
            Some(reasons.join("; "))
        }
        Ownership::Ours | Ownership::Unfinished(_) => Some("it holds a brick".to_owned()),
    }
}

/// Whether nobody would look for a device in a list of disks.
fn is_minor(disk: &Disk) -> bool {
    disk.device.partition_of.is_some()
        || ["/dev/loop", "/dev/zram", "/dev/ram"]
            .iter()
            .any(|start| disk.path.starts_with(start))
}

/// The brick's name, and the line of a device that becomes a brick.
fn device(disk: &Disk, taken: &[String]) -> Option<(String, String)> {
    let path = stable(disk).or_else(|| DevicePath::parse(&disk.path).ok())?;
    let short = BrickName::of_device(&DevicePath::parse(&disk.path).ok()?)
        .ok()?
        .to_string();
    let name = match taken.contains(&short) {
        true => BrickName::of_device(&path).ok()?.to_string(),
        false => short,
    };
    let mut told = vec![size(disk.device.bytes)];
    told.extend(Some(printable(disk.device.model.trim())).filter(|model| !model.is_empty()));
    if !path.as_str().starts_with("/dev/disk/") {
        told.push("no path below /dev/disk/by-id".to_owned());
    }
    let about = comment("      ", &told.join(", "));
    let is_default = BrickName::of_device(&path).is_ok_and(|default| default.as_str() == name);
    let line = match is_default {
        true => format!("      - {path}\n"),
        false => format!("      - {{path: {path}, name: {name}}}\n"),
    };
    Some((name, about + &line))
}

/// The path that stays when the kernel's names of disks move, and that says most about the disk.
fn stable(disk: &Disk) -> Option<DevicePath> {
    const TELLING: [&str; 7] = ["virtio-", "google-", "scsi-0", "ata-", "nvme-", "scsi-", "usb-"];
    let rank = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or_default();
        let is_number = ["nvme-eui", "nvme-uuid", "nvme-nvme", "scsi-3"]
            .iter()
            .any(|start| name.starts_with(start));
        let place = TELLING
            .iter()
            .position(|start| name.starts_with(start))
            .filter(|_| !is_number);
        (place.unwrap_or(TELLING.len()), path.len(), path.to_owned())
    };
    let paths = disk.stable.iter().filter_map(|path| DevicePath::parse(path).ok());
    paths.min_by_key(|path| rank(path.as_str()))
}
