//! Which labels nodes get and lose.

use std::collections::BTreeSet;

use serde_json::Value;

use super::text;
use crate::inventory::{Inventory, Volume};
use crate::kubernetes::{MOUNTED, node_label, nodes};

/// What is to be done about the labels of nodes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NodeLabels {
    /// Labels, each with the nodes that mount the volume and have no such label yet.
    pub missing: Vec<(String, Vec<String>)>,
    /// Labels, each with the nodes that have the label and do not mount the volume.
    pub left_over: Vec<(String, Vec<String>)>,
    /// What whoever runs the program should know.
    pub notes: Vec<String>,
}

struct Nodes<'a>(&'a [Value]);

impl<'a> Nodes<'a> {
    fn names(&self) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter_map(|node| text(node, "/metadata/name"))
    }

    /// The value of a label on a node.
    fn label(&self, node: &str, label: &str) -> Option<&'a str> {
        let node = self.0.iter().find(|one| text(one, "/metadata/name") == Some(node))?;
        node.pointer("/metadata/labels")?.get(label)?.as_str()
    }
}

/// Decides about the labels of all volumes. `list` is what `kubectl get nodes -o json` printed.
///
/// # Errors
/// Every reason why labels cannot say which nodes mount the volumes. No label that somebody else set is ever changed.
pub(crate) fn node_labels(inventory: &Inventory, list: &Value) -> Result<NodeLabels, Vec<String>> {
    let Some(items) = list.get("items").and_then(Value::as_array) else {
        return Err(vec!["kubectl get nodes lists none".to_owned()]);
    };
    let known = Nodes(items);
    let mut labels = NodeLabels::default();
    let mut reasons = Vec::new();
    for volume in &inventory.volumes {
        if let Err(why) = of_volume(inventory, volume, &known, &mut labels) {
            reasons.extend(why);
        }
    }
    match reasons.is_empty() {
        true => Ok(labels),
        false => Err(reasons),
    }
}

fn of_volume(
    inventory: &Inventory,
    volume: &Volume,
    known: &Nodes<'_>,
    labels: &mut NodeLabels,
) -> Result<(), Vec<String>> {
    let Some(settings) = inventory.kubernetes.volumes.get(&volume.name) else {
        return Ok(());
    };
    let label = node_label(settings);
    let all: BTreeSet<&str> = known.names().collect();
    let (there, missing): (Vec<String>, Vec<String>) = nodes(inventory, volume)
        .into_iter()
        .partition(|node| all.contains(node.as_str()));
    if there.is_empty() {
        return Err(vec![format!(
            "none of the hosts that mount volume {} is a node of this cluster, whose nodes are {}; if they have other names \
             there, write `kubernetes: {{nodes: {{HOST: NODE}}}}` in the inventory",
            volume.name,
            all.into_iter().collect::<Vec<_>>().join(", ")
        )]);
    }
    // A host need not be a node: a storage server often is none.
    let absent = missing.iter().map(|node| {
        let name = &volume.name;
        format!("{node} mounts volume {name} and is no node of this cluster")
    });
    labels.notes.extend(absent);
    let others = there.iter().filter_map(|node| {
        let value = known.label(node, &label).filter(|value| *value != MOUNTED)?;
        Some(format!(
            "node {node} has the label {label}={value} already, and volume {} needs {label}={MOUNTED}; glusterctl changes no \
             label that it did not set: give the volume another `node_label`, or remove the label with: kubectl label node \
             {node} {label}-",
            volume.name
        ))
    });
    let others: Vec<String> = others.collect();
    if !others.is_empty() {
        return Err(others);
    }
    // A label of the operator's own may be on nodes that the inventory knows nothing of.
    let hosts: BTreeSet<String> = inventory
        .hosts
        .iter()
        .map(|host| crate::kubernetes::node_name(&inventory.kubernetes, host))
        .collect();
    let is_ours = settings.node_label.is_none();
    let left_over = all.iter().filter(|node| {
        let labelled = known.label(node, &label) == Some(MOUNTED);
        labelled && !there.iter().any(|one| one == *node) && (is_ours || hosts.contains(**node))
    });
    let left_over: Vec<String> = left_over.map(|node| (*node).to_owned()).collect();
    let new = there.into_iter().filter(|node| known.label(node, &label).is_none());
    let new: Vec<String> = new.collect();
    for (nodes, list) in [(new, &mut labels.missing), (left_over, &mut labels.left_over)] {
        // Two volumes may share a label.
        if !nodes.is_empty() && !list.contains(&(label.clone(), nodes.clone())) {
            list.push((label.clone(), nodes));
        }
    }
    Ok(())
}
