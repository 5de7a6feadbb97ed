//! `check`: validates the inventory and shows what it comes to, offline.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::Ending;
use crate::cli::Global;
use crate::inventory::{
    self, Brick, ClusterName, DevicePath, Host, HostName, Inventory, MountOn, MountOption, MountPath, NoLayout, Role,
    Volume, VolumeName, Zone, brick_mount, brick_uuid, replica_sets,
};
use crate::output;

/// Runs `check`.
///
/// # Errors
/// The inventory is wrong, or standard output cannot be written.
pub fn run(global: &Global) -> anyhow::Result<Ending> {
    let inventory = inventory::load(&global.inventory)?;
    let summary = Summary::of(&inventory)?;
    if !global.quiet {
        for warning in &summary.warnings {
            output::stderr(&format!("warning: {warning}\n"));
        }
    }
    output::data(global.output, &summary, || summary.table())?;
    Ok(Ending::Done)
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
    address: Ipv4Addr,
    role: Role,
    zone: Option<&'i Zone>,
    devices: Vec<DeviceSummary<'i>>,
}

#[derive(Debug, Serialize)]
struct DeviceSummary<'i> {
    path: &'i DevicePath,
    mount: String,
    uuid: String,
}

#[derive(Debug, Serialize)]
struct VolumeSummary<'i> {
    name: &'i VolumeName,
    r#type: &'static str,
    replica: usize,
    arbiter: usize,
    sets: Vec<Vec<BrickSummary>>,
    options: &'i std::collections::BTreeMap<String, String>,
    mount: MountSummary<'i>,
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
    fn of(inventory: &'i Inventory) -> Result<Self, NoLayout> {
        Ok(Summary {
            version: 1,
            cluster: &inventory.cluster,
            hosts: inventory
                .hosts
                .iter()
                .map(|host| HostSummary::of(&inventory.cluster, host))
                .collect(),
            volumes: inventory
                .volumes
                .iter()
                .map(|volume| Ok(VolumeSummary::of(volume, replica_sets(inventory, volume)?)))
                .collect::<Result<_, NoLayout>>()?,
            warnings: inventory.warnings(),
        })
    }

    fn table(&self) -> String {
        let count = |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
        let servers = self.hosts.iter().filter(|host| host.role == Role::Server).count();
        let mut out = format!(
            "Cluster {}: {}, {}, {}\n\n",
            self.cluster,
            count(servers, "server"),
            count(self.hosts.len() - servers, "client"),
            count(self.volumes.len(), "volume"),
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
    fn of(cluster: &ClusterName, host: &'i Host) -> Self {
        let device = |path: &'i DevicePath| DeviceSummary {
            path,
            mount: brick_mount(path),
            uuid: brick_uuid(cluster, &host.name, path).to_string(),
        };
        HostSummary {
            name: &host.name,
            address: host.address,
            role: host.role,
            zone: host.zone.as_ref(),
            devices: host.devices.iter().map(device).collect(),
        }
    }

    fn row(&self) -> Vec<String> {
        let role = match self.role {
            Role::Server => "server",
            Role::Client => "client",
        };
        let devices: Vec<&str> = self.devices.iter().map(|device| device.path.as_str()).collect();
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
        let shape = volume.replicate;
        let data = shape.replica - shape.arbiter;
        let set = |bricks: Vec<Brick>| {
            bricks
                .into_iter()
                .enumerate()
                .map(|(at, brick)| BrickSummary {
                    host: brick.host,
                    device: brick.device,
                    dir: brick.dir,
                    arbiter: at >= data,
                })
                .collect()
        };
        VolumeSummary {
            name: &volume.name,
            r#type: if sets.len() > 1 {
                "distributed-replicate"
            } else {
                "replicate"
            },
            replica: shape.replica,
            arbiter: shape.arbiter,
            sets: sets.into_iter().map(set).collect(),
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

    /// `gluster volume info` writes the shape the same way: sets × bricks.
    fn row(&self) -> Vec<String> {
        let shape = match self.arbiter {
            0 => self.replica.to_string(),
            arbiter => format!("({} + {arbiter})", self.replica - arbiter),
        };
        vec![
            self.name.to_string(),
            format!("{} {} x {shape}", self.r#type, self.sets.len()),
            format!("{} of {} bricks", self.sets.len(), self.sets.len() * self.replica),
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
