//! A cluster of Heketi, from Heketi's own JSON: servers, zones, the devices that Heketi makes bricks on, and the volumes
//! that it made. Pure.

mod describe;
mod read;

use std::fmt::Write;
use std::net::IpAddr;

use crate::inventory::{DevicePath, Family, HostName, VolumeName, Zone};
use crate::text::{counted, printable, size};

pub use describe::describe;

/// A trusted storage pool that Heketi manages.
#[derive(Debug)]
pub struct Pool {
    /// The servers, in the order of the file.
    pub nodes: Vec<Node>,
    /// The volumes, by name; nothing in a topology file, which does not know them.
    volumes: Option<Vec<Volume>>,
}

/// A server of Heketi.
#[derive(Debug)]
pub struct Node {
    /// The first name of the server that an inventory can have, or one made of the address.
    pub name: HostName,
    /// Heketi knows the server by addresses only.
    is_named_by_address: bool,
    address: IpAddr,
    /// Where Heketi's SSH goes, if to another address.
    ssh_host: Option<IpAddr>,
    /// Every name and address that Heketi has for the server.
    known_as: Vec<String>,
    zone: Option<Zone>,
    devices: Vec<Device>,
}

/// A device that Heketi makes bricks on.
#[derive(Debug)]
struct Device {
    path: DevicePath,
    /// What Heketi says of the device, for a comment.
    about: String,
}

/// A volume that Heketi made.
#[derive(Debug)]
struct Volume {
    name: VolumeName,
    /// Type, size and number of bricks, for a comment.
    about: String,
}

impl Pool {
    /// Reads a topology file, or the output of `heketi-cli topology info --json`. `which` names one of several clusters by
    /// its id or its number in the file.
    ///
    /// # Errors
    /// Every reason why the text describes no pool that an inventory can describe.
    pub fn read(text: &str, which: Option<&str>) -> Result<Self, Vec<String>> {
        let file = read::file(text).map_err(|wrong| vec![wrong])?;
        let cluster = chosen(file, which).map_err(|wrong| vec![wrong])?;
        let mut problems = Vec::new();
        let volumes = cluster.volumes.or(cluster.id.map(|_| Vec::new()));
        let mut nodes = Vec::new();
        let all = cluster.nodes.unwrap_or_default();
        let family = family(&all);
        for (at, node) in all.into_iter().enumerate() {
            nodes.extend(Node::of(node, at + 1, family, &mut problems));
        }
        if nodes.is_empty() && problems.is_empty() {
            problems.push("the cluster has no nodes".to_owned());
        }
        let volumes = volumes.map(|volumes| {
            let mut volumes: Vec<Volume> = volumes
                .iter()
                .filter_map(|raw| Volume::of(raw, &mut problems))
                .collect();
            volumes.sort_by(|a, b| a.name.cmp(&b.name));
            volumes
        });
        match problems.is_empty() {
            true => Ok(Pool { nodes, volumes }),
            false => Err(problems),
        }
    }
}

/// The cluster that `which` names, or the only one.
fn chosen(file: read::File, which: Option<&str>) -> Result<read::Cluster, String> {
    let id = |at: usize, cluster: &read::Cluster| match &cluster.id {
        Some(id) => printable(id),
        None => (at + 1).to_string(),
    };
    let ids: Vec<String> = file.clusters.iter().enumerate().map(|(at, one)| id(at, one)).collect();
    let several = "an inventory describes one trusted storage pool";
    let at = match which {
        Some(which) => {
            let by_number = which.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            let by_id = ids.iter().position(|id| id == which);
            by_id.or(by_number.filter(|at| *at < ids.len())).ok_or_else(|| {
                let all = ids.join(", ");
                format!("there is no cluster {which:?}; the clusters are {all}")
            })?
        }
        None if ids.is_empty() => return Err("it has no cluster: load a topology into Heketi first".to_owned()),
        None if ids.len() > 1 => {
            let all = ids.join(", ");
            return Err(format!(
                "it has {} clusters, and {several}; name one with --heketi-cluster: {all}",
                ids.len()
            ));
        }
        None => 0,
    };
    file.clusters
        .into_iter()
        .nth(at)
        .ok_or_else(|| "it has no cluster".to_owned())
}

/// The family of which all nodes have an address; IPv4 if there is none.
fn family(nodes: &[read::Node]) -> Family {
    let addresses = |node: &read::Node| {
        let placed = node.node.as_ref().and_then(|place| place.hostnames.as_ref());
        let names = placed.or(node.hostnames.as_ref()).cloned().unwrap_or_default();
        let names = [names.storage, names.manage].into_iter().flatten().flatten();
        names.filter_map(|name| name.parse().ok()).collect()
    };
    let addresses: Vec<Vec<IpAddr>> = nodes.iter().map(addresses).collect();
    Family::common(&addresses).unwrap_or_default()
}

impl Node {
    fn of(raw: read::Node, number: usize, family: Family, problems: &mut Vec<String>) -> Option<Self> {
        let read::Node {
            node,
            hostnames,
            zone,
            id,
            state,
            devices,
        } = raw;
        let (placed, zone) = match node {
            Some(place) => (place.hostnames.or(hostnames), place.zone.or(zone)),
            None => (hostnames, zone),
        };
        let read::Names { manage, storage } = placed.unwrap_or_default();
        let (manage, storage) = (manage.unwrap_or_default(), storage.unwrap_or_default());
        let known_as: Vec<String> = manage.iter().chain(&storage).cloned().collect();
        let called = match (known_as.first(), id) {
            (Some(name), _) => format!("node {}", printable(name)),
            (None, Some(id)) => format!("node {}", printable(&id)),
            (None, None) => format!("node {number} of the cluster"),
        };
        let address = |names: &[String]| {
            let mut addresses = names.iter().filter_map(|name| name.parse::<IpAddr>().ok());
            addresses.find(|address| Family::of(*address) == family)
        };
        let Some(own) = address(&storage).or_else(|| address(&manage)) else {
            problems.push(format!(
                "{called} has no {family} address: write the address that bricks use into hostnames.storage of the node"
            ));
            return None;
        };
        let named = known_as
            .iter()
            .find_map(|name| HostName::parse(&name.to_ascii_lowercase()).ok());
        let state = state.filter(|state| state != "online");
        let mut listed = Vec::new();
        for device in devices.unwrap_or_default() {
            listed.extend(Device::of(device, state.as_deref(), &called, problems));
        }
        if listed.is_empty() {
            problems.push(format!(
                "{called} has no device that an inventory can name: take the node out of the file, or add its devices"
            ));
        }
        Some(Node {
            is_named_by_address: named.is_none(),
            name: named.or_else(|| HostName::of_address(own))?,
            address: own,
            ssh_host: manage
                .first()
                .and_then(|host| host.parse().ok())
                .filter(|host| *host != own),
            known_as,
            zone: zone.and_then(|zone| Zone::parse(&format!("zone-{zone}")).ok()),
            devices: listed,
        })
    }

    /// Whether Heketi knows the server by one of these names or addresses.
    pub fn is_one_of(&self, names: &[String]) -> bool {
        let known = self.known_as.iter().map(|known| known.to_ascii_lowercase());
        known.into_iter().any(|known| names.contains(&known))
    }

    /// The lines of the inventory for the zone.
    pub fn zone_line(&self) -> String {
        self.zone
            .as_ref()
            .map(|zone| format!("    zone: {zone}\n"))
            .unwrap_or_default()
    }

    /// The lines of the inventory for the devices.
    pub fn device_lines(&self) -> String {
        let mut text = String::new();
        for Device { path, about } in &self.devices {
            let _ = writeln!(text, "      - {{path: {path}, heketi: true}}{about}");
        }
        text
    }
}

impl Device {
    fn of(raw: read::Device, node_state: Option<&str>, node: &str, problems: &mut Vec<String>) -> Option<Self> {
        let block = match raw {
            read::Device::Path(name) => read::DeviceBlock {
                name,
                ..read::DeviceBlock::default()
            },
            read::Device::Block(block) => block,
        };
        let path = match DevicePath::parse(&block.name) {
            Ok(path) => path,
            Err(refused) => {
                problems.push(format!("{node}: the device {:?}: {refused}", block.name));
                return None;
            }
        };
        let state = block.state.as_deref().filter(|state| *state != "online").or(node_state);
        let about = [
            block.storage.map(|storage| size(storage.total.saturating_mul(1024))),
            block.bricks.map(|bricks| counted(bricks.len(), "brick")),
            state.map(|state| format!("{} in Heketi", printable(state))),
            block
                .destroydata
                .then(|| "destroydata: Heketi erases the device when it is added".to_owned()),
        ];
        let about: Vec<String> = about.into_iter().flatten().collect();
        let about = match about.is_empty() {
            true => String::new(),
            false => format!(" # {}", about.join(", ")),
        };
        Some(Device { path, about })
    }
}

impl Volume {
    fn of(raw: &read::Volume, problems: &mut Vec<String>) -> Option<Self> {
        let name = match VolumeName::parse(&raw.name) {
            Ok(name) => name,
            Err(refused) => {
                problems.push(format!("the volume {:?}: {refused}", raw.name));
                return None;
            }
        };
        let durability = &raw.durability;
        let mut options = raw.glustervolumeoptions.iter().flatten();
        let shape = match durability.kind.as_str() {
            "replicate" if options.any(|option| option.starts_with("user.heketi.arbiter true")) => {
                format!("replica {} with arbiters", durability.replicate.replica)
            }
            "replicate" => format!("replica {}", durability.replicate.replica),
            "disperse" => format!(
                "disperse {}+{}",
                durability.disperse.data, durability.disperse.redundancy
            ),
            "none" => "distribute".to_owned(),
            other => format!("type {:?}", printable(other)),
        };
        let bricks = raw.bricks.as_deref().unwrap_or_default();
        let hosts: std::collections::BTreeSet<&str> = bricks.iter().filter_map(|brick| brick.node.as_deref()).collect();
        let about = format!(
            "{shape}, {} GiB, {} on {}",
            raw.size,
            counted(bricks.len(), "brick"),
            counted(hosts.len(), "server"),
        );
        Some(Volume { name, about })
    }
}
