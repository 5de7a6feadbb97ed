//! `discover`: every block device of every host, usable or every reason why not.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use tokio::task::JoinSet;

use super::cluster::{self, Failures};
use super::{Ending, Usage};
use crate::cli::Global;
use crate::facts::{Disk, Disks, Hosts};
use crate::inventory::{ClusterName, DevicePath, Host, HostName, Inventory, Kubernetes, Role, Ssh, brick_uuid};
use crate::output;
use crate::plan::{Ownership, ownership};
use crate::remote::Lost;

/// Runs `discover`.
///
/// # Errors
/// [`Usage`] when a host is not in the inventory; or hosts could not be looked at: the others were shown.
pub fn run(global: &Global, names: &[String]) -> anyhow::Result<Ending> {
    let (inventory, asked) = if names.is_empty() || global.inventory.exists() || !is_default(&global.inventory) {
        let inventory = cluster::inventory(global)?;
        let asked = chosen(&inventory, names)?;
        (inventory, asked)
    } else {
        without_inventory(names)?
    };
    if inventory.volumes.is_empty() && global.lab.as_deref() == Some("") && !global.inventory.exists() {
        return Err(Usage(
            "--lab stands for the cluster's name, and without an inventory there is none: --lab=NAME".into(),
        )
        .into());
    }
    let hosts = cluster::hosts(global, &inventory)?;
    let seen = cluster::run(&hosts, async { Ok(look(&hosts, &asked).await) })?;
    let report = Report::of(&inventory, &asked, &seen);
    output::data(global.output, &report, || report.text())?;
    let lost: Vec<String> = report
        .hosts
        .iter()
        .filter_map(|host| Some(format!("{}: {}", host.name, host.error.as_ref()?)))
        .collect();
    if lost.is_empty() {
        Ok(Ending::Done)
    } else {
        Err(Failures(lost).into())
    }
}

/// A host to look at, and what it is called in the report.
struct Asked {
    host: HostName,
    called: String,
}

fn is_default(path: &Path) -> bool {
    path == Path::new("glusterctl.yaml")
}

/// The hosts of the inventory with these names; all of them if there are none.
fn chosen(inventory: &Inventory, names: &[String]) -> Result<Vec<Asked>, Usage> {
    let known: Vec<&str> = inventory.hosts.iter().map(|host| host.name.as_str()).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(Usage(format!(
            "{name:?} is no host of the inventory; its hosts are {}",
            known.join(", ")
        )));
    }
    let asked = inventory
        .hosts
        .iter()
        .filter(|host| names.is_empty() || names.iter().any(|name| name == host.name.as_str()));
    Ok(asked
        .map(|host| Asked {
            host: host.name.clone(),
            called: host.name.to_string(),
        })
        .collect())
}

/// An inventory of hosts that ssh knows by these names, and of nothing else.
fn without_inventory(names: &[String]) -> anyhow::Result<(Arc<Inventory>, Vec<Asked>)> {
    let mut hosts = Vec::new();
    let mut asked: Vec<Asked> = Vec::new();
    for (place, called) in names.iter().enumerate() {
        if called.is_empty()
            || called.starts_with('-')
            || called.contains(|c: char| c.is_whitespace() || c.is_control())
        {
            return Err(Usage(format!("{called:?} is nothing that ssh could connect to")).into());
        }
        if asked.iter().any(|other| other.called == *called) {
            continue;
        }
        // What ssh takes need not be a host name: an address, user@host, or a name from its configuration.
        let name = HostName::parse(called).or_else(|_| HostName::parse(&format!("host-{place}")))?;
        hosts.push(Host {
            name: name.clone(),
            address: Ipv4Addr::UNSPECIFIED,
            ssh: Ssh {
                host: Some(called.clone()),
                ..Ssh::default()
            },
            zone: None,
            role: Role::Server,
            devices: Vec::new(),
            wipe: std::collections::BTreeSet::new(),
        });
        asked.push(Asked {
            host: name,
            called: called.clone(),
        });
    }
    let inventory = Inventory {
        cluster: ClusterName::parse("none")?,
        hosts,
        volumes: Vec::new(),
        kubernetes: Kubernetes {
            namespace: "default".into(),
        },
    };
    Ok((Arc::new(inventory), asked))
}

async fn look(hosts: &Arc<Hosts>, asked: &[Asked]) -> BTreeMap<HostName, Result<Disks, Lost>> {
    let mut looks = JoinSet::new();
    for Asked { host, .. } in asked {
        let (hosts, name) = (Arc::clone(hosts), host.clone());
        looks.spawn(async move {
            let inventory = hosts.inventory();
            let devices = inventory.host(&name).map_or(&[][..], |host| &host.devices);
            let ours: Vec<String> = devices
                .iter()
                .map(|device| brick_uuid(&inventory.cluster, &name, device).to_string())
                .collect();
            let disks = Disks::of(&hosts, &name, &ours).await;
            (name, disks)
        });
    }
    looks.join_all().await.into_iter().collect()
}

/// What `discover` prints; its JSON is a stable interface.
#[derive(Debug, Serialize)]
struct Report {
    version: u32,
    hosts: Vec<HostReport>,
}

#[derive(Debug, Serialize)]
struct HostReport {
    name: String,
    /// Why its devices are not known.
    error: Option<String>,
    devices: Vec<DeviceReport>,
}

#[derive(Debug, Serialize)]
struct DeviceReport {
    path: String,
    /// The paths below /dev/disk/by-id.
    stable_paths: Vec<String>,
    /// The path of the disk or partition that it is on.
    on: Option<String>,
    bytes: u64,
    model: Option<String>,
    /// What tells it from another disk: a file of sysfs, and what it says.
    identity: Option<String>,
    state: State,
    /// For a brick of the inventory: whose.
    brick: Option<BrickReport>,
    /// Why it is not usable.
    reasons: Vec<String>,
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
    /// Blank: it may become a brick.
    Usable,
    /// A brick of this inventory, finished or not.
    Brick,
    /// Neither; for every reason that is listed.
    Unusable,
}

impl Report {
    fn of(inventory: &Inventory, asked: &[Asked], seen: &BTreeMap<HostName, Result<Disks, Lost>>) -> Self {
        let host = |asked: &Asked| {
            let (error, devices) = match seen.get(&asked.host) {
                Some(Ok(disks)) => (None, devices(inventory, disks)),
                Some(Err(lost)) => (Some(lost.to_string()), Vec::new()),
                None => (Some("it was not looked at".to_owned()), Vec::new()),
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

    fn text(&self) -> String {
        let rows = self.hosts.iter().flat_map(|host| {
            let rows = host.devices.iter().enumerate();
            rows.map(|(at, device)| device.row(if at == 0 { &host.name } else { "" }))
        });
        output::table(&["HOST", "DEVICE", "SIZE", "USABLE"], rows)
    }
}

fn devices(inventory: &Inventory, disks: &Disks) -> Vec<DeviceReport> {
    let path_of = |name: &String| {
        let disk = disks.disks.iter().find(|disk| disk.device.name == *name);
        disk.map(|disk| disk.path.clone())
    };
    let report = |disk: &Disk| {
        let brick = disk.device.xfs().and_then(|uuid| brick(inventory, uuid));
        let whose = ownership(
            &disks.mounted,
            &disk.device,
            disk.device.xfs().filter(|_| brick.is_some()),
        );
        let (state, reasons) = match whose {
            Ownership::Ours => (State::Brick, Vec::new()),
            Ownership::Unfinished => (
                State::Brick,
                vec!["its mkfs never finished: apply does it again".to_owned()],
            ),
            Ownership::Blank => (State::Usable, Vec::new()),
            Ownership::Theirs(reasons) => (State::Unusable, reasons.iter().map(ToString::to_string).collect()),
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
            brick,
            reasons,
            depth: disk.depth,
        }
    };
    disks.disks.iter().map(report).collect()
}

/// The brick of this inventory that has that UUID.
fn brick(inventory: &Inventory, uuid: &str) -> Option<BrickReport> {
    let bricks = inventory
        .servers()
        .flat_map(|host| host.devices.iter().map(move |device| (host, device)));
    let mut bricks =
        bricks.filter(|(host, device)| brick_uuid(&inventory.cluster, &host.name, device).to_string() == uuid);
    let (host, device) = bricks.next()?;
    Some(BrickReport {
        host: host.name.clone(),
        device: device.clone(),
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
            // The table trims spaces; these are none to it.
            format!("{}{}", "\u{a0}\u{a0}".repeat(self.depth), self.path),
            size(self.bytes),
            usable,
        ]
    }
}

/// In the unit that leaves the fewest digits, of 1024 each.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let text = format!("{value:.1}");
    format!("{} {}", text.strip_suffix(".0").unwrap_or(&text), UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_few_digits() {
        for (bytes, told) in [
            (0, "0 KiB"),
            (512, "0.5 KiB"),
            (536_870_912, "512 MiB"),
            (1_099_511_627_775, "1 TiB"),
            (270_582_939_648, "252 GiB"),
            (10_995_116_277_760, "10 TiB"),
        ] {
            assert_eq!(size(bytes), told);
        }
    }

    #[test]
    fn what_is_not_for_ssh_is_refused() {
        for bad in ["", "-oProxyCommand=x", "a b", "a\nb"] {
            assert!(without_inventory(&[bad.to_owned()]).is_err(), "{bad:?}");
        }
        let (inventory, asked) =
            without_inventory(&["198.51.100.7", "root@Node_1", "kube1", "kube1"].map(str::to_owned)).unwrap();
        let names: Vec<&str> = inventory.hosts.iter().map(|host| host.name.as_str()).collect();
        assert_eq!(names, ["host-0", "host-1", "kube1"]);
        assert_eq!(asked[1].called, "root@Node_1");
    }
}
