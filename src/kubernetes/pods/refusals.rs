//! Why hosts of an inventory cannot be pods.

use crate::inventory::{Host, Inventory, KubeVersion};
use crate::kubernetes::choice::hosts_of_one_node;

/// The first minor version with everything that the manifests use: `policy/v1` is stable since 1.21.
const FIRST: u16 = 21;

/// Every reason, a sentence each.
pub(super) fn all(inventory: &Inventory, version: KubeVersion) -> Vec<String> {
    let mut reasons = hosts_of_one_node(inventory);
    if version.minor() < FIRST {
        reasons.push(format!(
            "pods on Kubernetes {version}: the manifests need policy/v1, which exists from 1.{FIRST} on; run GlusterFS on the \
             nodes themselves, with glusterctl apply"
        ));
    }
    if inventory.tls.is_some() {
        reasons.push(
            "tls: pods have no certificates, because nothing brings them into pods yet; remove `tls`, or run GlusterFS on the \
             nodes themselves, with glusterctl apply"
                .to_owned(),
        );
    }
    reasons.extend(inventory.hosts.iter().flat_map(of_host));
    reasons
}

fn of_host(host: &Host) -> impl Iterator<Item = String> {
    host.devices.iter().filter_map(|device| {
        let (name, path) = (&host.name, &device.path);
        if let Some(existing) = &device.existing {
            return Some(format!(
                "{name}: the bricks at {} exist already, on a file system that the node itself mounts, and a pod does not see the \
                 node's mounts; leave this cluster on its nodes",
                existing.mount
            ));
        }
        device.lvm.is_some().then(|| {
            format!(
                "{name}: {path} has `lvm`, and LVM's commands in a pod and on its node would not know of each other; remove \
                 `lvm`, or run GlusterFS on the nodes themselves, with glusterctl apply"
            )
        })
    })
}
