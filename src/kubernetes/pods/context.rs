//! What the templates of pods may use.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::stateful_set::StatefulSet;
use super::{Kind, Request, inventory, workload};
use crate::inventory::{Host, Inventory};
use crate::kubernetes::context::labels;
use crate::kubernetes::node_name;

/// Where the ConfigMap is in a pod: below `/etc/glusterctl`, where `glusterctl node` may write notes.
const DIRECTORY: &str = "/etc/glusterctl/inventory";

/// The longest name: what controllers add to it becomes part of a label, which has at most 63 characters.
pub(super) const NAME_MAX: usize = 52;

/// The pods of an inventory, or one of them.
#[derive(Clone, Serialize)]
pub(in crate::kubernetes) struct Context<'a> {
    /// The name of the objects.
    pub name: String,
    pub namespace: String,
    /// The name of the DaemonSet, or of the pod.
    pub workload: String,
    pub kind: &'static str,
    pub labels: BTreeMap<&'a str, &'a str>,
    /// The inventory as data.
    pub inventory: Value,
    /// How many pods have to be ready while one is evicted.
    pub available: usize,
    /// All hosts.
    pub hosts: Vec<Named<'a>>,
    /// The host that the pod is, if there is a pod for each host.
    pub host: Option<&'a str>,
    /// The nodes that the pods run on.
    pub nodes: Vec<String>,
    /// The nodes have the names of their hosts.
    pub by_name: bool,
    pub image: &'a str,
    /// The directory on the node that keeps glusterd's state.
    pub state: String,
    /// The directory in the pod that keeps glusterd's state.
    pub state_in_pod: String,
    /// What a `StatefulSet` has besides.
    pub set: Option<Set<'a>>,
    pub inventory_directory: &'static str,
    pub inventory_file: String,
    /// The directories of the node in which volumes are mounted.
    pub host_mounts: Vec<HostMount>,
    #[serde(skip)]
    pub cluster: &'a str,
    /// What the inventory as data has to mean.
    #[serde(skip)]
    pub expected: Inventory,
}

/// A host's name and address.
#[derive(Clone, Serialize)]
pub(in crate::kubernetes) struct Named<'a> {
    pub name: &'a str,
    pub address: String,
}

/// A `StatefulSet` and its disks.
#[derive(Clone, Serialize)]
pub(in crate::kubernetes) struct Set<'a> {
    pub service: &'a str,
    pub replicas: usize,
    /// Where a pod has its disk, or the file system on it.
    pub place: &'a str,
    /// Whether the pods get file systems, which a kubelet makes and mounts, and not bare disks.
    pub file_systems: bool,
    pub class: String,
    pub provisioner: Option<&'a str>,
    pub size: &'a str,
}

/// A directory of the node that a pod sees.
#[derive(Clone, Serialize)]
pub(in crate::kubernetes) struct HostMount {
    pub name: String,
    pub on_node: String,
    pub in_pod: String,
}

impl<'a> Context<'a> {
    pub fn new(inventory: &'a Inventory, keys: &Value, request: &'a Request) -> anyhow::Result<Self> {
        let cluster = inventory.cluster.as_str();
        let name = workload::name(inventory);
        let kubernetes = &inventory.kubernetes;
        let is_called_so = |host: &Host| node_name(kubernetes, host) == host.name.as_str();
        let state = request.state.as_ref().map(ToString::to_string);
        let set = match request.kind {
            Kind::StatefulSet => StatefulSet::of(inventory).ok(),
            Kind::DaemonSet | Kind::Pod => None,
        };
        let disk = &request.disk;
        let asked = request.namespace.as_ref().map(ToString::to_string);
        let namespace = set.as_ref().map(|set| set.namespace.to_owned()).or(asked);
        Ok(Context {
            namespace: namespace.unwrap_or_else(|| name.clone()),
            workload: set.as_ref().map_or_else(|| name.clone(), |set| set.name.to_owned()),
            state_in_pod: set
                .as_ref()
                .map_or_else(|| "/var/lib/glusterctl".to_owned(), StatefulSet::state),
            set: set.map(|set| Set {
                service: set.service,
                replicas: inventory.hosts.len(),
                place: set.device.path.as_str(),
                file_systems: set.device.is_directory,
                class: disk.class.as_ref().map_or_else(|| name.clone(), ToString::to_string),
                provisioner: disk.provisioner.as_ref().map(|name| name.as_str()),
                size: disk.size.as_ref().map(|size| size.as_str()).unwrap_or_default(),
            }),
            name,
            kind: request.kind.name(),
            labels: labels(inventory),
            inventory: inventory::keys(inventory, keys),
            available: inventory.hosts.len() - 1,
            hosts: inventory.hosts.iter().map(named).collect(),
            host: None,
            nodes: inventory.hosts.iter().map(|host| node_name(kubernetes, host)).collect(),
            by_name: inventory.hosts.iter().all(is_called_so),
            image: request.image.as_str(),
            state: state.unwrap_or_else(|| format!("/var/lib/glusterctl/{cluster}")),
            inventory_directory: DIRECTORY,
            inventory_file: format!("{DIRECTORY}/inventory.yaml"),
            host_mounts: host_mounts(inventory),
            cluster,
            expected: inventory::expected(inventory)?,
        })
    }

    /// The same for the pod of one host.
    pub fn of_host(&self, inventory: &'a Inventory, host: &'a Host) -> Self {
        Context {
            workload: format!("{}-{}", self.name, host.name),
            host: Some(host.name.as_str()),
            nodes: vec![node_name(&inventory.kubernetes, host)],
            ..self.clone()
        }
    }
}

fn named(host: &Host) -> Named<'_> {
    Named {
        name: host.name.as_str(),
        address: host.found_at(),
    }
}

/// The directories above the mount points of volumes, without directories that are below another one. The mount points
/// themselves cannot be mounted into a container: a client that was killed leaves a mount behind that nobody can look at, and
/// no container would start over it.
fn host_mounts(inventory: &Inventory) -> Vec<HostMount> {
    let above = |path: &str| match path.rsplit_once('/') {
        Some((above, _)) if !above.is_empty() => above.to_owned(),
        _ => "/".to_owned(),
    };
    let all: BTreeSet<String> = inventory
        .volumes
        .iter()
        .map(|volume| above(volume.mount.path.as_str()))
        .collect();
    let is_below = |path: &String| {
        let below = |other: &String| other == "/" || path.starts_with(&format!("{other}/"));
        all.iter().any(|other| other != path && below(other))
    };
    let outermost = all.iter().filter(|path| !is_below(path));
    outermost
        .enumerate()
        .map(|(index, path)| HostMount {
            name: format!("node-{index}"),
            on_node: path.clone(),
            in_pod: inventory::in_pod(path),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_see_the_directories_above_the_mount_points_once() {
        let mounts = |paths: &[&str]| -> Vec<(String, String)> {
            let volumes = paths.iter().enumerate();
            let volumes = volumes.map(|(index, path)| format!("{{name: v{index}, replica: 3, mount: {path}}}"));
            let text = format!(
                "cluster: a\nhosts:\n- {{name: a, address: 198.51.100.1, devices: [/dev/b]}}\n\
                 - {{name: b, address: 198.51.100.2, devices: [/dev/b]}}\n- {{name: c, address: 198.51.100.3, devices: [/dev/b]}}\n\
                 volumes: [{}]\n",
                volumes.collect::<Vec<_>>().join(", ")
            );
            let inventory = crate::inventory::read(&text, "test").unwrap();
            host_mounts(&inventory)
                .into_iter()
                .map(|mount| (mount.on_node, mount.in_pod))
                .collect()
        };
        let pair = |on_node: &str, in_pod: &str| (on_node.to_owned(), in_pod.to_owned());
        assert_eq!(mounts(&["/data"]), [pair("/", "/host")]);
        assert_eq!(mounts(&["/srv/a/x", "/srv/a/y"]), [pair("/srv/a", "/host/srv/a")]);
        assert_eq!(
            mounts(&["/srv/a/x", "/srv/ab/y"]),
            [pair("/srv/a", "/host/srv/a"), pair("/srv/ab", "/host/srv/ab")]
        );
        assert_eq!(mounts(&["/srv/a/x", "/data"]), [pair("/", "/host")]);
        assert_eq!(mounts(&["/srv/a/x/y", "/srv/a/z"]), [pair("/srv/a", "/host/srv/a")]);
    }
}
