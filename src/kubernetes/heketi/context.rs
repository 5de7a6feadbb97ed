//! What the templates of Heketi's objects may use, what a document made of them has to hold, and what the inventory lacks for
//! them. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use crate::inventory::kubernetes::heketi::{Heketi, HeketiClass};
use crate::inventory::{Host, Inventory, Volume};
use crate::kubernetes::directories::below;
use crate::kubernetes::nodes::{MOUNTED, node_label};

/// The Secret with the keys of Heketi's two users.
pub(super) const KEYS: &str = "heketi-keys";
/// The Secret with the private key for SSH.
pub(super) const SSH: &str = "heketi-ssh";
const SSH_PORT: u16 = 22;

/// What the templates may use.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Context<'a> {
    pub name: String,
    pub labels: BTreeMap<&'a str, &'a str>,
    /// The namespace of the object.
    pub namespace: &'a str,
    heketi: Shared<'a>,
    /// The class of a storage class and of the examples.
    storage_class: Class<'a>,
}

/// What all objects share.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Shared<'a> {
    namespace: &'a str,
    image: &'a str,
    keys: &'static str,
    ssh: &'static str,
    user: &'a str,
    sudo: bool,
    port: String,
    node_port: u16,
    host: Option<&'a str>,
    pub node_label: String,
    mounted: &'static str,
    /// The directory of the node that holds Heketi's database.
    path: String,
    nodes: Vec<Node<'a>>,
}

/// A server, as Heketi's topology has it.
#[derive(Debug, Clone, Serialize)]
struct Node<'a> {
    name: &'a str,
    address: String,
    zone: usize,
    devices: Vec<&'a str>,
}

#[derive(Debug, Clone, Serialize)]
struct Class<'a> {
    name: &'a str,
    /// The parameters of the class, whose values are texts all of them.
    parameters: BTreeMap<&'static str, String>,
    expansion: bool,
}

/// The servers with devices for Heketi; a server that leaves gets no new volumes.
pub(super) fn servers(inventory: &Inventory) -> impl Iterator<Item = &Host> {
    inventory.staying_servers().filter(|host| !host.heketi.is_empty())
}

/// The settings, or the presets.
pub(super) fn settings(inventory: &Inventory) -> Heketi {
    inventory.kubernetes.heketi.clone().unwrap_or_default()
}

/// The volume that keeps Heketi's database.
pub(super) fn database<'a>(inventory: &'a Inventory, heketi: &Heketi) -> Option<&'a Volume> {
    inventory.volumes.iter().find(|volume| volume.name == heketi.database)
}

/// Why Heketi could not run, or could not make volumes.
pub(in crate::kubernetes) fn lacks(inventory: &Inventory) -> Vec<String> {
    let heketi = settings(inventory);
    let mut reasons = Vec::new();
    let servers: Vec<&Host> = servers(inventory).collect();
    if servers.is_empty() {
        reasons.push(
            "no server has a device for Heketi; write `devices: [{path: /dev/vdc, heketi: true}]` at the servers"
                .to_owned(),
        );
    }
    if database(inventory, &heketi).is_none() {
        reasons.push(format!(
            "the inventory has no volume {0}, which is to keep Heketi's database; add `{{name: {0}, replica: 3, mount: \
             /srv/heketi}}`, or name another volume in `kubernetes: {{heketi: {{database: …}}}}`",
            heketi.database
        ));
    }
    for class in heketi
        .classes
        .iter()
        .filter(|class| class.volume_type.servers() > servers.len())
    {
        reasons.push(format!(
            "storage class {}: {} needs devices of Heketi on {} servers, and {} have them",
            class.name,
            class.volume_type,
            class.volume_type.servers(),
            servers.len()
        ));
    }
    let ports: BTreeSet<u16> = servers.iter().map(|host| host.ssh.port.unwrap_or(SSH_PORT)).collect();
    if ports.len() > 1 {
        let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
        reasons.push(format!(
            "Heketi reaches all servers at one port of SSH, and the inventory has {}; write one `port` for all of them",
            ports.join(" and ")
        ));
    }
    reasons
}

/// Zones are numbers in Heketi: the number at the end of a zone's name, or, unless each zone has a number of its own, the zone's
/// place. A server without a zone is a zone of its own.
fn zones(servers: &[&Host]) -> Vec<usize> {
    let names: Vec<String> = servers
        .iter()
        .map(|host| {
            host.zone
                .as_ref()
                .map_or_else(|| format!("host {}", host.name), ToString::to_string)
        })
        .collect();
    let distinct: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let number = |name: &str| {
        let digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        name[name.len() - digits..]
            .parse::<usize>()
            .ok()
            .filter(|number| *number > 0)
    };
    let numbers: BTreeSet<usize> = distinct.iter().filter_map(|name| number(name)).collect();
    let all_named = servers.iter().all(|host| host.zone.is_some());
    let place = |name: &str| 1 + distinct.iter().position(|known| *known == name).unwrap_or_default();
    let of = |name: &String| match all_named && numbers.len() == distinct.len() {
        true => number(name).unwrap_or_default(),
        false => place(name),
    };
    names.iter().map(of).collect()
}

pub(super) fn shared<'a>(inventory: &'a Inventory, heketi: &'a Heketi) -> Shared<'a> {
    let servers: Vec<&Host> = servers(inventory).collect();
    let zones = zones(&servers);
    let port = servers.first().and_then(|host| host.ssh.port).unwrap_or(SSH_PORT);
    let database = database(inventory, heketi);
    let of_database = database.and_then(|volume| Some((volume, inventory.kubernetes.volumes.get(&volume.name)?)));
    let node = |(host, zone): (&&'a Host, usize)| Node {
        name: host.name.as_str(),
        address: host.found_at(),
        zone,
        devices: host.heketi.iter().map(|path| path.as_str()).collect(),
    };
    Shared {
        namespace: heketi.namespace.as_str(),
        image: heketi.image.as_str(),
        keys: KEYS,
        ssh: SSH,
        user: &heketi.user,
        sudo: heketi.user != "root",
        port: port.to_string(),
        node_port: heketi.node_port,
        host: heketi.host.as_ref().map(|host| host.as_str()),
        node_label: of_database
            .map(|(_, settings)| node_label(settings))
            .unwrap_or_default(),
        mounted: MOUNTED,
        path: of_database
            .map(|(volume, settings)| below(volume.mount.path.as_str(), settings.shown()))
            .unwrap_or_default(),
        nodes: servers.iter().zip(zones).map(node).collect(),
    }
}

/// Where Kubernetes' control plane finds Heketi: what the inventory says, else the Ingress, else a port of the first server. The
/// name of a Service is of no use, as a control plane need not resolve names of the cluster.
fn rest_url(heketi: &Heketi, shared: &Shared<'_>) -> String {
    let first = shared
        .nodes
        .first()
        .map(|node| node.address.as_str())
        .unwrap_or_default();
    match (&heketi.url, &heketi.host) {
        (Some(url), _) => url.to_string(),
        (None, Some(host)) => format!("http://{host}"),
        (None, None) => format!("http://{first}:{}", heketi.node_port),
    }
}

fn parameters(class: &HeketiClass, heketi: &Heketi, shared: &Shared<'_>) -> BTreeMap<&'static str, String> {
    let (gid_min, gid_max) = class.gid;
    let always = [
        ("resturl", rest_url(heketi, shared)),
        ("restauthenabled", "true".to_owned()),
        ("restuser", "admin".to_owned()),
        ("secretNamespace", heketi.namespace.to_string()),
        ("secretName", KEYS.to_owned()),
        ("gidMin", gid_min.to_string()),
        ("gidMax", gid_max.to_string()),
        ("volumetype", class.volume_type.to_string()),
    ];
    let stated = [
        ("clusterid", class.cluster.as_ref().map(ToString::to_string)),
        ("volumenameprefix", class.prefix.as_ref().map(ToString::to_string)),
        ("volumeoptions", class.options.as_ref().map(ToString::to_string)),
        ("snapfactor", class.snapshot_factor.map(|factor| factor.to_string())),
    ];
    let stated = stated.into_iter().filter_map(|(key, value)| Some((key, value?)));
    always.into_iter().chain(stated).collect()
}

/// What the contexts of all objects are made of.
pub(super) struct Make<'a> {
    pub heketi: &'a Heketi,
    pub labels: BTreeMap<&'a str, &'a str>,
    pub shared: Shared<'a>,
}

impl<'a> Make<'a> {
    pub fn context(&self, class: &'a HeketiClass, name: &str, namespace: &'a str) -> Context<'a> {
        Context {
            name: name.to_owned(),
            labels: self.labels.clone(),
            namespace,
            storage_class: Class {
                name: class.name.as_str(),
                parameters: parameters(class, self.heketi, &self.shared),
                expansion: class.expansion,
            },
            heketi: self.shared.clone(),
        }
    }
}

/// What a document has to hold, made without its template.
#[derive(Debug)]
pub(in crate::kubernetes) struct Expected {
    /// Heketi's configuration and its topology, as JSON.
    pub files: [(&'static str, Value); 2],
    /// The parameters of the class.
    pub parameters: Value,
    /// The class's name.
    pub class: String,
    /// The directory of the database on the node.
    pub path: String,
}

impl Context<'_> {
    pub fn expected(&self) -> Expected {
        let shared = &self.heketi;
        let ssh = json!({
            "keyfile": "/etc/heketi-ssh/key", "user": shared.user, "sudo": shared.sudo, "port": shared.port,
            "fstab": "/etc/fstab",
        });
        let glusterfs = json!({
            "executor": "ssh", "sshexec": ssh, "db": "/var/lib/heketi/heketi.db", "loglevel": "warning",
        });
        let node = |node: &Node<'_>| {
            json!({
                "node": {"hostnames": {"manage": [node.name], "storage": [node.address]}, "zone": node.zone},
                "devices": node.devices,
            })
        };
        let nodes: Vec<Value> = shared.nodes.iter().map(node).collect();
        Expected {
            files: [
                (
                    "heketi.json",
                    json!({"port": "8080", "use_auth": true, "glusterfs": glusterfs}),
                ),
                ("topology.json", json!({"clusters": [{"nodes": nodes}]})),
            ],
            parameters: json!(self.storage_class.parameters),
            class: self.storage_class.name.to_owned(),
            path: shared.path.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory;

    fn zones_of(zones: [Option<&str>; 3]) -> Vec<usize> {
        let zone = |zone: Option<&str>| zone.map(|zone| format!("zone: {zone}, ")).unwrap_or_default();
        let host = |(at, name): (usize, &Option<&str>)| {
            let zone = zone(*name);
            format!(
                "  - {{name: h{at}, address: 198.51.100.{}, {zone}devices: [{{path: /dev/b, heketi: true}}]}}\n",
                at + 1
            )
        };
        let hosts: String = zones.iter().enumerate().map(host).collect();
        let inventory = inventory::read(&format!("cluster: kube\nhosts:\n{hosts}"), "test").unwrap();
        super::zones(&servers(&inventory).collect::<Vec<_>>())
    }

    #[test]
    fn zones_become_numbers_and_two_zones_never_the_same() {
        assert_eq!(zones_of([Some("zone-3"), Some("zone-1"), Some("zone-3")]), [3, 1, 3]);
        assert_eq!(zones_of([Some("rack1"), Some("row1"), Some("rack2")]), [1, 3, 2]);
        assert_eq!(zones_of([Some("b"), Some("a"), Some("b")]), [2, 1, 2]);
        assert_eq!(zones_of([None, None, None]), [1, 2, 3]);
        assert_eq!(zones_of([Some("zone-7"), None, Some("zone-7")]), [2, 1, 2]);
        assert_eq!(zones_of([Some("zone-0"), Some("zone-1"), Some("zone-2")]), [1, 2, 3]);
    }
}
