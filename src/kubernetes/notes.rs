//! What whoever applies the manifests must know and do: lines that head the manifests, as comments. Pure.

use super::choice::Choice;
use super::nodes::label_commands;
use super::plugins::{definition, needs_the_nodes_mount};
use crate::inventory::Inventory;

/// The lines, in the order in which they matter.
#[must_use]
pub fn notes(inventory: &Inventory, choice: &Choice) -> Vec<String> {
    let Choice { version, plugin, .. } = choice;
    let kubernetes = &inventory.kubernetes;
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
        notes.push(format!("Pods run on nodes with the label of the volume{names}"));
        notes.extend(label_commands(inventory));
    }
    let namespaces: Vec<&str> = kubernetes.namespaces.all().iter().map(|one| one.as_str()).collect();
    notes.push(match namespaces.as_slice() {
        [one] => format!("The namespace {one} must exist."),
        several => format!("The namespaces {} must exist.", several.join(", ")),
    });
    notes
}
