//! `check`: validates the inventory and shows the hosts, volumes and bricks that it describes. Contacts no host.

use std::io::IsTerminal;

use serde::Serialize;

use super::{Ending, plan};
use crate::cli::{Global, OutputFormat};
use crate::desired::{Brick, BrickFileSystem, Desired, DesiredHost};
use crate::inventory::{
    self, Address, BrickName, ClusterName, DevicePath, HostName, Inventory, MountOn, MountOption, MountPath, NoLayout,
    Role, Volume, VolumeName, VolumeType, Zone,
};
use crate::kubernetes::{self, Request};
use crate::output;
use crate::text::counted;

/// Runs `check`.
///
/// # Errors
/// The inventory is wrong, or standard output cannot be written.
pub fn run(global: &Global) -> anyhow::Result<Ending> {
    let inventory = inventory::load(&global.inventory)?;
    let desired = Desired::of(&inventory);
    let summary = Summary::of(&desired)?;
    if !global.quiet {
        for warning in &summary.warnings {
            output::stderr(&format!("warning: {warning}\n"));
        }
    }
    output::report(global.output, &summary, || summary.table())?;
    if global.output == OutputFormat::Table && !global.quiet && std::io::stderr().is_terminal() {
        output::stderr(&format!("\n{}", plan::next("plan", &global.inventory)));
    }
    Ok(Ending::Done)
}

/// Why `glusterctl kubernetes` would print nothing, if the inventory has settings for Kubernetes.
fn refusals(inventory: &Inventory) -> Vec<String> {
    let is_meant = inventory.kubernetes.is_stated;
    let refused = is_meant.then(|| kubernetes::choose(&kubernetes::offered(inventory).0, Request::default()).err());
    let reasons = refused.flatten().unwrap_or_default().into_iter();
    reasons
        .map(|reason| format!("glusterctl kubernetes refuses this inventory: {reason}"))
        .collect()
}

/// What `check` prints; its JSON is a stable interface.
#[derive(Debug, Serialize)]
struct Summary<'i> {
    version: u32,
    cluster: &'i ClusterName,
    hosts: Vec<HostSummary<'i>>,
    volumes: Vec<VolumeSummary<'i>>,
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct HostSummary<'i> {
    name: &'i HostName,
    address: Address,
    role: Role,
    zone: Option<&'i Zone>,
    devices: Vec<DeviceSummary<'i>>,
    /// The devices that are left to Heketi.
    heketi: &'i [DevicePath],
}

#[derive(Debug, Serialize)]
struct DeviceSummary<'i> {
    name: &'i BrickName,
    path: &'i DevicePath,
    mount: &'i str,
    /// The UUID of the file system; none for the root file system.
    uuid: Option<&'i str>,
    /// Whether somebody else made the bricks.
    existing: bool,
}

#[derive(Debug, Serialize)]
struct VolumeSummary<'i> {
    name: &'i VolumeName,
    r#type: String,
    #[serde(flatten)]
    counts: Counts,
    /// How many bricks of a set can be lost while its files can be read and written.
    tolerates: usize,
    #[serde(skip)]
    volume_type: VolumeType,
    sets: Vec<Vec<BrickSummary>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'static str>,
    options: &'i std::collections::BTreeMap<String, String>,
    mount: MountSummary<'i>,
}

/// The numbers of bricks in a set, by the type of the volume.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Counts {
    Distribute {},
    Replicate { replica: usize, arbiter: usize },
    Disperse { data: usize, redundancy: usize },
}

#[derive(Debug, Serialize)]
struct BrickSummary {
    host: HostName,
    device: DevicePath,
    dir: String,
    arbiter: bool,
}

#[derive(Debug, Serialize)]
struct MountSummary<'i> {
    path: &'i MountPath,
    options: &'i [MountOption],
    on: &'static str,
}

impl<'i> Summary<'i> {
    fn of(desired: &'i Desired<'i>) -> Result<Self, NoLayout> {
        let inventory = desired.inventory;
        let volumes = inventory.volumes.iter();
        let volumes = volumes.map(|volume| Ok(VolumeSummary::of(volume, desired.layout(volume, &[]).new?)));
        Ok(Summary {
            version: 1,
            cluster: &inventory.cluster,
            hosts: desired.hosts.iter().map(HostSummary::of).collect(),
            volumes: volumes.collect::<Result<_, NoLayout>>()?,
            warnings: inventory.warnings().into_iter().chain(refusals(inventory)).collect(),
        })
    }

    fn table(&self) -> String {
        let servers = self.hosts.iter().filter(|host| host.role == Role::Server).count();
        let mut out = format!(
            "Cluster {} is valid: {}, {}, {}\n\n",
            self.cluster,
            counted(servers, "server"),
            counted(self.hosts.len() - servers, "client"),
            counted(self.volumes.len(), "volume"),
        );
        out += &output::table(
            &["HOST", "ADDRESS", "ROLE", "ZONE", "DEVICES"],
            self.hosts.iter().map(HostSummary::row),
        );
        if self.volumes.is_empty() {
            return out;
        }
        out += "\n";
        out += &output::table(
            &["VOLUME", "TYPE", "USABLE", "MOUNT", "ON"],
            self.volumes.iter().map(VolumeSummary::row),
        );
        out += "\n";
        out += &output::table(
            &["VOLUME", "SET", "BRICKS"],
            self.volumes.iter().flat_map(VolumeSummary::set_rows),
        );
        out
    }
}

impl<'i> HostSummary<'i> {
    fn of(desired: &'i DesiredHost<'i>) -> Self {
        let device = |brick: &'i BrickFileSystem<'i>| DeviceSummary {
            name: &brick.device.name,
            path: &brick.device.path,
            mount: &brick.mount,
            uuid: Some(brick.uuid.as_str()).filter(|uuid| !uuid.is_empty()),
            existing: brick.is_existing(),
        };
        let host = desired.host;
        HostSummary {
            name: &host.name,
            address: host.address,
            role: host.role,
            zone: host.zone.as_ref(),
            devices: desired.bricks.iter().map(device).collect(),
            heketi: &host.heketi,
        }
    }

    fn row(&self) -> Vec<String> {
        let role = match self.role {
            Role::Server => "server",
            Role::Client => "client",
        };
        let shown = |device: &DeviceSummary<'i>| match device.existing {
            true => device.mount,
            false => device.path.as_str(),
        };
        let devices = self.devices.iter().map(|device| shown(device).to_owned());
        let heketis = self.heketi.iter().map(|path| format!("{path} (Heketi's)"));
        let devices: Vec<String> = devices.chain(heketis).collect();
        vec![
            self.name.to_string(),
            self.address.to_string(),
            role.to_owned(),
            self.zone.map_or_else(|| "-".to_owned(), ToString::to_string),
            if devices.is_empty() {
                "-".to_owned()
            } else {
                devices.join("\n")
            },
        ]
    }
}

impl<'i> VolumeSummary<'i> {
    fn of(volume: &'i Volume, sets: Vec<Vec<Brick>>) -> Self {
        let volume_type = volume.volume_type;
        let data = volume_type.set_size() - volume_type.arbiters();
        let brick = |(at, brick): (usize, Brick)| BrickSummary {
            host: brick.host.clone(),
            device: brick.file_system.device.path.clone(),
            dir: brick.dir.to_owned(),
            arbiter: at >= data,
        };
        VolumeSummary {
            name: &volume.name,
            r#type: volume_type.title(sets.len()).to_ascii_lowercase(),
            counts: match volume_type {
                VolumeType::Distribute => Counts::Distribute {},
                VolumeType::Replicate { replica, arbiter } => Counts::Replicate { replica, arbiter },
                VolumeType::Disperse { data, redundancy } => Counts::Disperse { data, redundancy },
            },
            tolerates: volume_type.tolerates(),
            volume_type,
            sets: sets
                .into_iter()
                .map(|set| set.into_iter().enumerate().map(brick).collect())
                .collect(),
            profile: volume.profile.map(|profile| profile.name),
            options: &volume.options,
            mount: MountSummary {
                path: &volume.mount.path,
                options: &volume.mount.options,
                on: match volume.mount.on {
                    MountOn::All => "all",
                    MountOn::Servers => "servers",
                    MountOn::Clients => "clients",
                },
            },
        }
    }

    fn row(&self) -> Vec<String> {
        let (sets, size) = (self.sets.len(), self.volume_type.set_size());
        vec![
            self.name.to_string(),
            format!("{} {}", self.r#type, self.volume_type.shape(sets)),
            format!("{} of {} bricks", sets * self.volume_type.usable(), sets * size),
            self.mount.path.to_string(),
            self.mount.on.to_owned(),
        ]
    }

    fn set_rows(&self) -> impl Iterator<Item = Vec<String>> {
        self.sets.iter().enumerate().map(|(index, set)| {
            let bricks: Vec<String> = set
                .iter()
                .map(|brick| {
                    let arbiter = if brick.arbiter { " (arbiter)" } else { "" };
                    format!("{}:{}{arbiter}", brick.host, brick.dir)
                })
                .collect();
            vec![self.name.to_string(), (index + 1).to_string(), bricks.join("\n")]
        })
    }
}
