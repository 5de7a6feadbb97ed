//! Which volume plugin, for which version: what was asked for, what the inventory says, and what can work. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::heketi;
use super::nodes::{node_label, node_name, nodes};
use super::plugins::{self, Support, definition};
use crate::inventory::names::{HostName, VolumeName};
use crate::inventory::{Family, Inventory, KubeVersion, VolumePlugin};

/// What was asked for on the command line; the inventory decides the rest.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request {
    /// The cluster's version.
    pub version: Option<KubeVersion>,
    /// The volume plugin.
    pub method: Option<VolumePlugin>,
    /// Consent to a plugin that is deprecated or works on some nodes only.
    pub allow_deprecated: bool,
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The cluster's version.
    pub version: KubeVersion,
    /// The volume plugin.
    pub plugin: VolumePlugin,
    /// What whoever uses the plugin should know.
    pub warnings: Vec<String>,
}

/// Whether two choices make objects of the same kinds and versions.
pub(crate) fn same_objects(one: &Choice, other: &Choice) -> bool {
    let objects = |choice: &Choice| {
        let objects = plugins::objects(choice.plugin, choice.version);
        objects.map(|object| object.template).collect::<Vec<_>>()
    };
    one.plugin == other.plugin && objects(one) == objects(other)
}

/// Chooses the volume plugin.
///
/// # Errors
/// Every reason why the plugin cannot work, with the alternative.
pub fn choose(inventory: &Inventory, request: Request) -> Result<Choice, Vec<String>> {
    let kubernetes = &inventory.kubernetes;
    let version = request.version.or(kubernetes.version).unwrap_or(KubeVersion::NEWEST);
    let asked = request.method.or(kubernetes.method);
    let plugin = asked.unwrap_or_else(|| plugins::default(version));
    let definition = definition(plugin);
    let mut warnings = Vec::new();
    let mut reasons = Vec::new();
    let about = format!("method {plugin} on Kubernetes {version}");
    match plugins::support(plugin, version) {
        Support::Works => {}
        Support::Warning(what) => warnings.push(format!("{about}: {what}")),
        Support::Consent(why, _) if request.allow_deprecated => warnings.push(format!("{about}: {why}")),
        Support::Consent(why, instead) => {
            reasons.push(format!("{about}: {why}; {instead}, or consent with --allow-deprecated"));
        }
        Support::Refused(why, instead) => reasons.push(format!("{about}: {why}; {instead}")),
    }
    if plugin == VolumePlugin::Heketi {
        reasons.extend(heketi::lacks(inventory));
    }
    warnings.extend(unchecked(version));
    reasons.extend(unsuited_addresses(inventory, plugin));
    for volume in &inventory.volumes {
        let name = &volume.name;
        let settings = kubernetes.volumes.get(name);
        if let Some((lacking, key)) = settings.and_then(definition.lacks) {
            reasons.push(format!(
                "volume {name}: the inventory names no {lacking} of it; add `kubernetes: {{volumes: {{{name}: \
                 {{{key}}}}}}}`, or use --method local"
            ));
        }
        if plugins::needs_the_nodes_mount(plugin) && inventory.hosts_mounting(volume).next().is_none() {
            reasons.push(format!(
                "volume {name}: no host mounts it, and method {plugin} needs nodes that do; change `on` of its mount"
            ));
        }
    }
    if plugins::needs_the_nodes_mount(plugin) {
        reasons.extend(unclear_nodes(inventory));
    }
    match reasons.is_empty() {
        true => Ok(Choice {
            version,
            plugin,
            warnings,
        }),
        false => Err(reasons),
    }
}

/// Why a plugin whose manifests have the servers' addresses cannot work: servers whose addresses change, or are IPv6, which none
/// of these plugins tells the client that it starts.
fn unsuited_addresses(inventory: &Inventory, plugin: VolumePlugin) -> Option<String> {
    use VolumePlugin::{Glusterfs, Heketi, HostPath, Kadalu, Local, LocalPathProvisioner, Nfs};
    match plugin {
        Glusterfs | Heketi | Kadalu => {}
        HostPath | Local | LocalPathProvisioner | Nfs => return None,
    }
    if inventory.family() == Family::V6 {
        return Some(format!(
            "method {plugin} mounts volumes over IPv4, and the servers' addresses are IPv6; use --method local on nodes that mount \
             the volume"
        ));
    }
    let mut servers = inventory.staying_servers().filter(|host| host.address.ip().is_none());
    let name = &servers.next()?.name;
    Some(format!(
        "method {plugin} needs the servers' addresses, and that of {name} is `address: dns`, which changes; write addresses, or \
         use --method local on nodes that mount the volume"
    ))
}

/// A warning about a version that no manifest was checked against.
pub(super) fn unchecked(version: KubeVersion) -> Option<String> {
    (version > KubeVersion::NEWEST).then(|| {
        format!(
            "Kubernetes {version} is newer than what the manifests were checked against, {}",
            KubeVersion::NEWEST
        )
    })
}

/// Why the labels of nodes could not say which nodes mount which volume: hosts that are one node, and a label of two
/// volumes that different hosts mount.
fn unclear_nodes(inventory: &Inventory) -> Vec<String> {
    let mut reasons = hosts_of_one_node(inventory);
    let mut labels: BTreeMap<String, (&VolumeName, BTreeSet<String>)> = BTreeMap::new();
    for volume in &inventory.volumes {
        let Some(settings) = inventory.kubernetes.volumes.get(&volume.name) else {
            continue;
        };
        let label = node_label(settings);
        let mounting: BTreeSet<String> = nodes(inventory, volume).into_iter().collect();
        match labels.get(&label) {
            Some((other, others)) if *others != mounting => reasons.push(format!(
                "volumes {other} and {} have one label, {label}, and different hosts mount them; give each volume its own \
                 `node_label`",
                volume.name
            )),
            Some(_) => {}
            None => {
                labels.insert(label, (&volume.name, mounting));
            }
        }
    }
    reasons
}

/// A sentence for each host whose node is another host's, too.
pub(super) fn hosts_of_one_node(inventory: &Inventory) -> Vec<String> {
    let mut reasons = Vec::new();
    let mut hosts: BTreeMap<String, &HostName> = BTreeMap::new();
    for host in &inventory.hosts {
        let node = node_name(&inventory.kubernetes, host);
        if let Some(other) = hosts.insert(node.clone(), &host.name) {
            reasons.push(format!(
                "hosts {other} and {} would both be the node {node}; give each host its own node in `kubernetes: {{nodes: \
                 {{HOST: NODE}}}}`",
                host.name
            ));
        }
    }
    reasons
}
