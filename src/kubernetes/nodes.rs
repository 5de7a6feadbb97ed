//! The nodes that mount volumes, and the label that says so. Pure.

use crate::inventory::{Host, Inventory, Kubernetes, Volume, VolumeSettings};

/// The value of the label on a node that mounts a volume.
pub const MOUNTED: &str = "mounted";

/// The name of the node that a host is.
#[must_use]
pub fn node_name(kubernetes: &Kubernetes, host: &Host) -> String {
    match kubernetes.nodes.get(&host.name) {
        Some(node) => node.to_string(),
        None => host.name.to_string(),
    }
}

/// The names of the nodes that mount a volume.
#[must_use]
pub fn nodes(inventory: &Inventory, volume: &Volume) -> Vec<String> {
    let hosts = inventory.hosts_mounting(volume);
    hosts.map(|host| node_name(&inventory.kubernetes, host)).collect()
}

/// The key of the label on the nodes that mount a volume.
#[must_use]
pub fn node_label(settings: &VolumeSettings) -> String {
    match &settings.node_label {
        Some(label) => label.to_string(),
        None => format!("glusterctl/{}", settings.name),
    }
}

/// The commands that label the nodes. Without `--overwrite`, kubectl changes no label that has another value.
pub(super) fn label_commands(inventory: &Inventory) -> Vec<String> {
    let settings = |volume: &Volume| inventory.kubernetes.volumes.get(&volume.name);
    let volumes = inventory.volumes.iter();
    let with_settings = volumes.filter_map(|volume| Some((volume, settings(volume)?)));
    with_settings
        .map(|(volume, settings)| {
            let (nodes, label) = (nodes(inventory, volume).join(" "), node_label(settings));
            format!("  kubectl label node {nodes} {label}={MOUNTED}")
        })
        .collect()
}
