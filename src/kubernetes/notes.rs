//! What whoever applies the manifests must know and do: lines that head them, as comments. Pure.

use super::choice::Choice;
use crate::inventory::{Inventory, Volume, Way};

/// What a label says of a node that mounts a volume.
pub const MOUNTED: &str = "mounted";

/// The lines, in the order in which they matter.
#[must_use]
pub fn notes(inventory: &Inventory, choice: &Choice) -> Vec<String> {
    let Choice { version, way, .. } = choice;
    let mut notes = vec![format!("For Kubernetes {version}, way {way}: {}", what(*way))];
    notes.extend(prerequisites(*way).iter().map(|line| (*line).to_owned()));
    if way.needs_the_nodes_mount() {
        notes.extend(labels(inventory));
    }
    let namespaces: Vec<&str> = inventory
        .kubernetes
        .namespaces
        .all()
        .iter()
        .map(|one| one.as_str())
        .collect();
    notes.push(match namespaces.as_slice() {
        [one] => format!("The namespace {one} must exist."),
        several => format!("The namespaces {} must exist.", several.join(", ")),
    });
    notes
}

fn what(way: Way) -> &'static str {
    match way {
        Way::Glusterfs => "each node mounts the volume for each pod, with the plugin that 1.26 removed.",
        Way::Local | Way::HostPath => "pods use the mount that `glusterctl apply` made on the node.",
        Way::Nfs => "pods mount what an NFS server exports.",
        Way::LocalPathProvisioner => "every claim gets a directory of its own on the volume.",
        Way::Kadalu => "every claim gets a directory of its own on the volume, which Kadalu mounts.",
    }
}

fn prerequisites(way: Way) -> &'static [&'static str] {
    match way {
        Way::Glusterfs => &[
            "Every node that runs such a pod needs the GlusterFS client, and must resolve the storage servers' names.",
        ],
        Way::Local | Way::HostPath => &["`glusterctl apply` made the directory, too; nothing enforces a size."],
        Way::Nfs => &["Every node that runs such a pod needs an NFS client."],
        Way::LocalPathProvisioner => {
            &["`glusterctl apply` made the mount on the nodes; nothing enforces a size, and every user may write."]
        }
        Way::Kadalu => &[
            "Its operator must be installed in namespace kadalu. Known against it: no release after 1.3.0, which",
            "crash-loops on Kubernetes 1.33 and newer (kadalu/kadalu#1106); CSI sidecars of 2020.",
        ],
    }
}

/// The commands that label the nodes, after a line that says so.
pub(super) fn labels(inventory: &Inventory) -> Vec<String> {
    let mut lines =
        vec!["Pods run on nodes with the label of the volume. For nodes that are called as the hosts:".to_owned()];
    if !inventory.kubernetes.nodes.is_empty() {
        lines = vec!["Pods run on nodes with the label of the volume:".to_owned()];
    }
    for volume in &inventory.volumes {
        let Some(settings) = inventory.kubernetes.volumes.get(&volume.name) else {
            continue;
        };
        lines.push(format!(
            "  kubectl label --overwrite node {} {}={MOUNTED}",
            nodes(inventory, volume).join(" "),
            settings.node_label
        ));
    }
    lines
}

/// What Kubernetes calls the hosts that mount a volume.
#[must_use]
pub fn nodes(inventory: &Inventory, volume: &Volume) -> Vec<String> {
    let hosts = inventory.hosts_mounting(volume);
    hosts.map(|host| inventory.kubernetes.node(host)).collect()
}
