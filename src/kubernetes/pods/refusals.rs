//! Why hosts of an inventory cannot be pods.

use super::stateful_set::StatefulSet;
use super::workload::other_namespace;
use super::{Kind, Request};
use crate::inventory::{Address, Host, Inventory, KubeVersion};
use crate::kubernetes::choice::hosts_of_one_node;

/// The first minor version with everything that the manifests use: `policy/v1` is stable since 1.21.
const FIRST: u16 = 21;

/// Every reason, a sentence each.
pub(super) fn all(inventory: &Inventory, request: &Request, version: KubeVersion) -> Vec<String> {
    let mut reasons = match request.kind {
        Kind::DaemonSet | Kind::Pod => on_their_nodes(inventory, request),
        Kind::StatefulSet => on_any_node(inventory, request),
    };
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

/// Why hosts cannot be pods on nodes of their own.
fn on_their_nodes(inventory: &Inventory, request: &Request) -> Vec<String> {
    let mut reasons = hosts_of_one_node(inventory);
    let without = inventory.hosts.iter().filter(|host| host.address == Address::Dns);
    reasons.extend(without.map(|host| {
        format!(
            "{}: `address: dns`, and these pods have the address of their node; write the node's address, or make a \
             StatefulSet with --kind stateful-set",
            host.name
        )
    }));
    reasons.extend(inventory.hosts.iter().flat_map(claims));
    let disk = &request.disk;
    if disk.size.is_some() || disk.class.is_some() || disk.provisioner.is_some() {
        reasons.push(
            "--size, --storage-class and --provisioner are about the disks of a StatefulSet, and these pods use the disks of their \
             nodes; leave the options out, or add --kind stateful-set"
                .to_owned(),
        );
    }
    reasons
}

/// Why hosts cannot be the pods of a `StatefulSet`.
fn on_any_node(inventory: &Inventory, request: &Request) -> Vec<String> {
    let (set, mut reasons) = match StatefulSet::of(inventory) {
        Ok(set) => (Some(set), Vec::new()),
        Err(reasons) => (None, reasons),
    };
    reasons.extend(set.and_then(|set| other_namespace(&set, request.namespace.as_ref())));
    if request.disk.class.is_none() && request.disk.provisioner.is_none() {
        reasons.push(
            "where the disks come from is not said; name a storage class with --storage-class, or with --provisioner the \
             provisioner of one that is to be made"
                .to_owned(),
        );
    }
    if request.state.is_some() {
        reasons.push("--state: glusterd's state is on the disk of each pod; leave the option out".to_owned());
    }
    reasons
}

/// A file system that a kubelet mounts is a claim of each pod's own.
fn claims(host: &Host) -> impl Iterator<Item = String> {
    let claims = host.devices.iter().filter(|device| device.is_directory);
    claims.map(|device| {
        format!(
            "{}: `directory: {}`, and these pods use the disks of their nodes; write `devices: [/dev/vdb]`, or make a StatefulSet with \
             --kind stateful-set",
            host.name, device.path
        )
    })
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
