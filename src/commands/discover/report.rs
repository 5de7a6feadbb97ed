//! The report of `discover`: a table for people, and data for programs. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Asked;
use crate::desired::Desired;
use crate::facts::{Content, Device, Disk, Disks};
use crate::inventory::{Consent, DevicePath, HostName};
use crate::output;
use crate::plan::{Ownership, Reason, content_name, ownership};
use crate::remote::RemoteError;
use crate::text::size;

/// What `discover` prints; its JSON is a stable interface.
#[derive(Debug, Serialize)]
pub struct Report {
    version: u32,
    /// The hosts that were asked for.
    pub hosts: Vec<HostReport>,
}

#[derive(Debug, Serialize)]
pub struct HostReport {
    pub name: String,
    /// Why the host's devices are not known.
    pub error: Option<String>,
    devices: Vec<DeviceReport>,
}

#[derive(Debug, Serialize)]
pub struct DeviceReport {
    path: String,
    /// The paths below /dev/disk/by-id.
    stable_paths: Vec<String>,
    /// The path of the disk or partition that the device is on.
    on: Option<String>,
    bytes: u64,
    model: Option<String>,
    /// What tells the disk from another disk: a file of sysfs, and the file's content.
    identity: Option<String>,
    state: State,
    /// The brick of the inventory that the device holds.
    brick: Option<BrickReport>,
    /// Why the device is not usable.
    reasons: Vec<String>,
    /// What the inventory has to name, with the key `wipe`, so that apply may erase what the device holds; nothing if the
    /// device could not be used even then. `apply` refuses all the same if a server lists a brick on the device.
    wipe: Option<String>,
    #[serde(skip)]
    depth: usize,
}

#[derive(Debug, Clone, Serialize)]
struct BrickReport {
    host: HostName,
    device: DevicePath,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// The device is blank, and may become a brick.
    Usable,
    /// The device holds a brick of this inventory; mkfs.xfs may not have finished.
    Brick,
    /// The device is neither blank nor a brick of this inventory.
    Unusable,
}

impl Report {
    pub fn of(desired: &Desired, asked: &[Asked], seen: &BTreeMap<HostName, Result<Disks, RemoteError>>) -> Self {
        let host = |asked: &Asked| {
            let (error, devices) = match seen.get(&asked.host) {
                Some(Ok(disks)) => (None, devices(desired, &asked.host, disks)),
                Some(Err(lost)) => (Some(lost.to_string()), Vec::new()),
                None => (Some("the host was not observed".to_owned()), Vec::new()),
            };
            HostReport {
                name: asked.called.clone(),
                error,
                devices,
            }
        };
        Report {
            version: 1,
            hosts: asked.iter().map(host).collect(),
        }
    }

    pub fn text(&self) -> String {
        let rows = self.hosts.iter().flat_map(|host| {
            let rows = host.devices.iter().enumerate();
            rows.map(|(at, device)| device.row(if at == 0 { &host.name } else { "" }))
        });
        output::table(&["HOST", "DEVICE", "SIZE", "USABLE"], rows) + &self.consents()
    }

    /// The devices that could be wiped, as the inventory names them: not in the table, which breaks long lines.
    fn consents(&self) -> String {
        let lines = self.hosts.iter().flat_map(|host| {
            let named = host
                .devices
                .iter()
                .filter_map(|device| Some((device, device.wipe.as_ref()?)));
            named
                .map(|(device, name)| format!("{}: {{path: {}, {}}}\n", host.name, device.path, Consent::written(name)))
        });
        let lines: String = lines.collect();
        match lines.is_empty() {
            true => lines,
            false => {
                let head = "Only if all that is on a device may be lost for ever, the inventory may say:";
                format!("\n{}\n{lines}", output::fold(head))
            }
        }
    }
}

fn devices(desired: &Desired, host: &HostName, disks: &Disks) -> Vec<DeviceReport> {
    let host = desired.inventory.host(host);
    let heketis: Vec<&str> = host
        .iter()
        .flat_map(|host| &host.heketi)
        .map(DevicePath::as_str)
        .collect();
    let path_of = |name: &String| {
        let disk = disks.disks.iter().find(|disk| disk.device.name == *name);
        disk.map(|disk| disk.path.clone())
    };
    let report = |disk: &Disk| {
        let physical = physical(&disk.device).and_then(|uuid| brick(desired, uuid));
        let brick = disk.device.xfs().and_then(|uuid| brick(desired, uuid));
        let ownership = ownership(
            &disks.mounted,
            &disk.device,
            disk.device.xfs().filter(|_| brick.is_some()),
        );
        let mut wipe = None;
        let mut paths = disk.stable.iter().chain([&disk.path]);
        let (state, reasons) = match ownership {
            _ if paths.any(|path| heketis.contains(&path.as_str())) => {
                (State::Unusable, vec!["the inventory leaves it to Heketi".to_owned()])
            }
            Ownership::Ours => (State::Brick, Vec::new()),
            Ownership::Unfinished(_) => (
                State::Brick,
                vec!["mkfs.xfs never finished: apply formats the device again".to_owned()],
            ),
            Ownership::Blank(_) => (State::Usable, Vec::new()),
            Ownership::Theirs(_) if physical.is_some() => (State::Brick, vec!["on a thin volume of LVM".to_owned()]),
            Ownership::Theirs(reasons) => {
                let is_wipeable = brick.is_none() && reasons.iter().all(Reason::is_content);
                wipe = content_name(&disk.device).filter(|_| is_wipeable);
                (State::Unusable, reasons.iter().map(ToString::to_string).collect())
            }
        };
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        DeviceReport {
            path: disk.path.clone(),
            stable_paths: disk.stable.clone(),
            on: disk.below.as_ref().and_then(path_of),
            bytes: disk.device.bytes,
            model: text(&disk.device.model),
            identity: text(&disk.device.identity),
            state,
            brick: brick.or(physical),
            reasons,
            wipe,
            depth: disk.depth,
        }
    };
    disks.disks.iter().map(report).collect()
}

/// The UUID of the LVM physical volume, if the device holds one and nothing else.
fn physical(device: &Device) -> Option<&str> {
    match &device.content {
        Content::Known(known) if known.kinds() == ["LVM2_member"] => Some(&known.uuid),
        _ => None,
    }
}

/// The brick of this inventory that has that UUID.
fn brick(desired: &Desired, uuid: &str) -> Option<BrickReport> {
    let (host, brick) = desired.brick_of(uuid)?;
    Some(BrickReport {
        host: host.clone(),
        device: brick.device.path.clone(),
    })
}

impl DeviceReport {
    fn row(&self, host: &str) -> Vec<String> {
        let mut says = Vec::new();
        if let Some(brick) = &self.brick {
            says.push(format!("the brick of {} on {}", brick.device, brick.host));
        }
        says.extend(self.reasons.iter().cloned());
        let usable = match self.state {
            State::Usable => "yes".to_owned(),
            State::Brick => says.join("\n"),
            State::Unusable => format!("no: {}", says.join("\n")),
        };
        vec![
            host.to_owned(),
            // The table would trim spaces, but keeps no-break spaces.
            format!("{}{}", "\u{a0}\u{a0}".repeat(self.depth), self.path),
            size(self.bytes),
            usable,
        ]
    }
}
