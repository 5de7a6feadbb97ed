//! The inventory of a cluster of Heketi, from Heketi's JSON alone. Pure.

use std::fmt::Write;

use super::{Node, Pool};
use crate::inventory::ClusterName;

/// The text of the inventory. `origin` is the file that was read, `ssh` the section about SSH.
#[must_use]
pub fn describe(origin: &str, cluster: &ClusterName, ssh: &str, pool: &Pool) -> String {
    let mut text = format!(
        "# The cluster of Heketi that `glusterctl init --from-heketi {origin}` read; no host was contacted.\n\
         #\n\
         # Devices with `heketi: true` are Heketi's. LVM is on them as soon as Heketi has them, so that they are not\n\
         # blank: glusterctl neither formats nor erases them. A device for a brick of glusterctl is an entry of its\n\
         # own, for example `- /dev/vdx`.\n\
         # Do not run apply while glusterd runs in pods (gluster-kubernetes): a host has one glusterd.\n\
         cluster: {cluster}\n{ssh}hosts:\n"
    );
    for node in &pool.nodes {
        text += &host(node);
    }
    text + &volumes(origin, pool)
}

fn host(node: &Node) -> String {
    let Node { name, address, .. } = node;
    let mut text = String::new();
    if node.is_named_by_address {
        text += "  # Heketi knows this server by its address only: write the host's own name.\n";
    }
    let _ = writeln!(text, "  - name: {name}\n    address: {address}");
    if let Some(host) = node.ssh_host {
        let _ = writeln!(text, "    ssh: {{host: {host}}}");
    }
    text += &node.zone_line();
    text += "    devices:\n";
    text + &node.device_lines()
}

/// What is known of the volumes: a comment, because only the servers know the UUIDs of the bricks' file systems.
fn volumes(origin: &str, pool: &Pool) -> String {
    let first = pool.nodes.first().map(|node| node.name.as_str()).unwrap_or_default();
    let (known, names) = match &pool.volumes {
        Some(volumes) if volumes.is_empty() => return "# Heketi has made no volume.\n".to_owned(),
        Some(volumes) => {
            let line = |volume: &super::Volume| format!("#   {}: {}\n", volume.name, volume.about);
            (
                "Heketi's volumes, which stay as they are:",
                volumes.iter().map(line).collect(),
            )
        }
        None => ("This file does not say which volumes Heketi has made.", String::new()),
    };
    format!(
        "# {known}\n{names}\
         # An inventory knows a brick that exists already by the UUID of its file system, which only the server knows.\n\
         # This looks at the servers, and writes the inventory with the volumes; it changes nothing on any host:\n\
         #   glusterctl init --from {first} --from-heketi {origin}\n"
    )
}
