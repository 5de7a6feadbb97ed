//! What whoever applies the manifests must know and do: lines that head the manifests, as comments. Pure.

use super::choice::Choice;
use super::nodes::label_commands;
use super::plugins::{definition, needs_the_nodes_mount, pods_name_nodes};
use super::{field_manager, heketi};
use crate::inventory::{Inventory, VolumePlugin};

/// What gives a persistent volume a node affinity. The API server takes an affinity where there was none
/// (kubernetes/kubernetes, `ValidatePersistentVolumeUpdate`: "Allow setting `NodeAffinity` if oldPv `NodeAffinity` was not
/// set").
const TIED: &str = r#"{"spec":{"nodeAffinity":{"required":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"LABEL","operator":"Exists"}]}]}}}}"#;

/// The lines, in the order in which they matter.
#[must_use]
pub fn notes(inventory: &Inventory, choice: &Choice) -> Vec<String> {
    let Choice { version, plugin, .. } = choice;
    let kubernetes = &inventory.kubernetes;
    if *plugin == VolumePlugin::Heketi {
        return heketi::notes(inventory);
    }
    let definition = definition(*plugin);
    let mut notes = vec![format!(
        "For Kubernetes {version}, method {plugin}: {}",
        definition.summary
    )];
    notes.extend(definition.notes.iter().map(|line| (*line).to_owned()));
    if needs_the_nodes_mount(*plugin) {
        let names = match kubernetes.nodes.is_empty() {
            true => ". For nodes that are called as the hosts:",
            false => ":",
        };
        let pods = match pods_name_nodes(*plugin, *version) {
            true => "Only pods that ask for the label of the volume, as the examples do, stay on nodes with the label",
            false => "Pods run on nodes with the label of the volume",
        };
        notes.push(format!("{pods}{names}"));
        notes.extend(label_commands(inventory));
        if *plugin == VolumePlugin::LocalPathProvisioner && pods_name_nodes(*plugin, *version) {
            notes.push(
                "Elsewhere Kubernetes makes the directory on the node's own disk. What ties a volume to the nodes,"
                    .to_owned(),
            );
            notes
                .push("once for each persistent volume of the class, with the label of the Gluster volume:".to_owned());
            notes.push(format!("  kubectl patch pv NAME --type=merge -p '{TIED}'"));
        }
    }
    let namespaces: Vec<&str> = kubernetes.namespaces.all().iter().map(|one| one.as_str()).collect();
    notes.push(format!(
        "What `glusterctl kubernetes apply` does, by hand: kubectl apply --server-side --field-manager={} -f FILE",
        field_manager(&inventory.cluster)
    ));
    notes.push(match namespaces.as_slice() {
        [one] => format!("The namespace {one} must exist."),
        several => format!("The namespaces {} must exist.", several.join(", ")),
    });
    notes
}
