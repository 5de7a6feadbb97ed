//! The method `heketi`, up to Kubernetes 1.25: Heketi itself, the storage classes that ask it for volumes, and examples. Pure.
//!
//! What Heketi wants of its configuration is said by heketi/heketi: `main.go` (`setWithEnvVariables` takes the keys from the
//! environment, and turns the authentication on), `middleware/jwt.go` (`NewJwtAuth` wants both keys) and
//! `extras/docker/fromsource/heketi-start.sh` (on a volume `heketidbstorage` without a database the script waits and gives up, so
//! that the program is started without the script).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use super::check::{self, Identity};
use super::context::labels;
use super::directories::below;
use super::live::CLUSTER;
use super::nodes::{MOUNTED, node_label};
use super::templates::Templates;
use super::{Manifest, field_manager, rendered};
use crate::inventory::kubernetes::heketi::{Heketi, HeketiClass};
use crate::inventory::{Host, Inventory, Volume};

/// The name of Heketi's objects in their namespace.
const NAME: &str = "heketi";
/// The Secret with the keys of Heketi's two users.
const KEYS: &str = "heketi-keys";
/// The Secret with the private key for SSH.
const SSH: &str = "heketi-ssh";
const SSH_PORT: u16 = 22;

/// What the templates may use.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Context<'a> {
    name: String,
    labels: BTreeMap<&'a str, &'a str>,
    /// The namespace of the object.
    namespace: &'a str,
    heketi: Shared<'a>,
    /// The class of a storage class and of the examples.
    storage_class: Class<'a>,
}

/// What all objects share.
#[derive(Debug, Clone, Serialize)]
struct Shared<'a> {
    namespace: &'a str,
    image: &'a str,
    keys: &'static str,
    ssh: &'static str,
    user: &'a str,
    sudo: bool,
    port: String,
    node_port: u16,
    host: Option<&'a str>,
    node_label: String,
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

/// A kind of object: version, kind, template, and whether it only shows how the others are used.
struct Kind(&'static str, &'static str, &'static str, bool);

const OWN: [Kind; 5] = [
    Kind("v1", "Namespace", "heketi-namespace", false),
    Kind("v1", "ConfigMap", "heketi-config", false),
    Kind("v1", "Service", "heketi-service", false),
    Kind("apps/v1", "Deployment", "heketi-deployment", false),
    Kind("networking.k8s.io/v1", "Ingress", "heketi-ingress", false),
];
const CLASS: Kind = Kind("storage.k8s.io/v1", "StorageClass", "heketi-storage-class", false);
const EXAMPLES: [Kind; 4] = [
    Kind("v1", "PersistentVolumeClaim", "heketi-claim", true),
    Kind("v1", "Pod", "heketi-example-pod", true),
    Kind("apps/v1", "Deployment", "heketi-example-deployment", true),
    Kind("apps/v1", "StatefulSet", "heketi-example-stateful-set", true),
];

/// The servers with devices for Heketi; a server that leaves gets no new volumes.
fn servers(inventory: &Inventory) -> impl Iterator<Item = &Host> {
    inventory.staying_servers().filter(|host| !host.heketi.is_empty())
}

/// The settings, or the presets.
fn settings(inventory: &Inventory) -> Heketi {
    inventory.kubernetes.heketi.clone().unwrap_or_default()
}

/// The volume that keeps Heketi's database.
fn database<'a>(inventory: &'a Inventory, heketi: &Heketi) -> Option<&'a Volume> {
    inventory.volumes.iter().find(|volume| volume.name == heketi.database)
}

/// Why Heketi could not run, or could not make volumes.
pub(super) fn lacks(inventory: &Inventory) -> Vec<String> {
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

fn shared<'a>(inventory: &'a Inventory, heketi: &'a Heketi) -> Shared<'a> {
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
struct Make<'a> {
    heketi: &'a Heketi,
    labels: BTreeMap<&'a str, &'a str>,
    shared: Shared<'a>,
}

impl<'a> Make<'a> {
    fn context(&self, class: &'a HeketiClass, name: &str, namespace: &'a str) -> Context<'a> {
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

/// The manifests, in the order in which they are applied.
///
/// # Errors
/// A template makes what cannot be right; names its file and line.
pub(super) fn manifests(inventory: &Inventory, templates: &Templates) -> anyhow::Result<Vec<Manifest>> {
    let heketi = settings(inventory);
    let shared = shared(inventory, &heketi);
    let make = Make {
        heketi: &heketi,
        labels: labels(inventory),
        shared,
    };
    let Some(first) = heketi.classes.first() else {
        return Ok(Vec::new());
    };
    let mut manifests = Vec::new();
    for kind in OWN.iter().filter(|kind| kind.1 != "Ingress" || heketi.host.is_some()) {
        let name = if kind.1 == "Namespace" {
            heketi.namespace.as_str()
        } else {
            NAME
        };
        manifests.push(manifest(
            kind,
            &make.context(first, name, heketi.namespace.as_str()),
            templates,
        )?);
    }
    for class in &heketi.classes {
        manifests.push(manifest(
            &CLASS,
            &make.context(class, class.name.as_str(), ""),
            templates,
        )?);
    }
    let namespaces = inventory.kubernetes.namespaces.all();
    for kind in &EXAMPLES {
        let namespace = namespaces.first().map_or("default", |namespace| namespace.as_str());
        manifests.push(manifest(
            kind,
            &make.context(first, "heketi-example", namespace),
            templates,
        )?);
    }
    Ok(manifests)
}

fn manifest(kind: &Kind, context: &Context<'_>, templates: &Templates) -> anyhow::Result<Manifest> {
    let Kind(api_version, kind, template, example) = *kind;
    let namespace = match kind {
        "Namespace" | "StorageClass" => None,
        _ => Some(context.namespace),
    };
    let identity = Identity {
        api_version,
        kind,
        name: &context.name,
        namespace,
        cluster: context.labels.get(CLUSTER).copied().unwrap_or_default(),
    };
    let check = |document: &Value| check::heketi(&identity, &context.expected(), document);
    let (yaml, object) = rendered(templates, template, kind, context, check)?;
    let base = if kind == "StorageClass" {
        &format!("{}-", context.name)
    } else {
        ""
    };
    Ok(Manifest {
        file_name: format!("{base}{template}.yaml"),
        kind,
        name: context.name.clone(),
        namespace: namespace.map(str::to_owned),
        example,
        yaml,
        object,
    })
}

/// What a document has to hold, made without its template.
#[derive(Debug)]
pub(super) struct Expected {
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
    fn expected(&self) -> Expected {
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

/// What whoever applies the manifests must do, in order, as lines for a comment.
pub(super) fn notes(inventory: &Inventory) -> Vec<String> {
    let heketi = settings(inventory);
    let (namespace, user) = (&heketi.namespace, &heketi.user);
    let servers: Vec<&str> = servers(inventory).map(|host| host.name.as_str()).collect();
    let manager = field_manager(&inventory.cluster);
    let label = shared(inventory, &heketi).node_label;
    let nodes = database(inventory, &heketi).map(|volume| super::nodes::nodes(inventory, volume).join(" "));
    vec![
        "Heketi reaches the servers over SSH, and makes a Gluster volume for each claim of its classes. In this order:".to_owned(),
        "1. Label the nodes that mount the volume with Heketi's database, which can run Heketi:".to_owned(),
        format!("     kubectl label node {} {label}={MOUNTED}", nodes.unwrap_or_default()),
        "2. Apply this file. Heketi waits for the Secrets of step 3.".to_owned(),
        format!("     kubectl apply --server-side --field-manager={manager} -f FILE"),
        "3. Make the Secrets once, in a directory that nobody else reads; they do not pass through glusterctl. For keys of your".to_owned(),
        "   own, write the files heketi-admin, heketi-user and heketi-ssh yourself.".to_owned(),
        "     umask 077".to_owned(),
        "     head -c 30 /dev/urandom | base64 | tr -d '\\n' > heketi-admin".to_owned(),
        "     head -c 30 /dev/urandom | base64 | tr -d '\\n' > heketi-user".to_owned(),
        "     ssh-keygen -q -t rsa -b 4096 -m PEM -N '' -C heketi -f heketi-ssh".to_owned(),
        format!("     kubectl --namespace {namespace} create secret generic {KEYS} --type=kubernetes.io/glusterfs \\"),
        "       --from-file=key=heketi-admin --from-file=user=heketi-user".to_owned(),
        format!("     kubectl --namespace {namespace} create secret generic {SSH} --from-file=key=heketi-ssh"),
        format!("4. Add the line of heketi-ssh.pub to the authorized_keys of {user} on {}.", servers.join(", ")),
        "   Heketi needs everything that root may do: write from=\"ADDRESS,…\" with the addresses of the nodes before the key."
            .to_owned(),
        "5. Load the topology, again after each change of it; Heketi takes blank devices only:".to_owned(),
        format!("     kubectl --namespace {namespace} exec deployment/{NAME} -- \\"),
        "       heketi-cli topology load --json=/etc/heketi/topology.json".to_owned(),
    ]
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
