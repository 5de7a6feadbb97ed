//! `kubernetes scale`: the inventory for more or fewer pods.

use super::usage;
use crate::cli::{Global, KubernetesScale};
use crate::commands::{Ending, cluster};
use crate::inventory;
use crate::kubernetes::pods::{Scaled, ScaledPods, scaled, written};
use crate::output;

/// Runs `kubernetes scale`.
///
/// # Errors
/// [`crate::commands::Usage`] when there cannot be so many pods; the new inventory is not one, for example because so many hosts
/// form no whole sets.
pub fn run(global: &Global, options: &KubernetesScale) -> anyhow::Result<Ending> {
    let (inventory, keys) = cluster::inventory_with_keys(global)?;
    let replicas = usize::from(options.replicas);
    let Scaled { keys, pods } = scaled(&inventory, &keys, replicas).map_err(|reasons| usage(&reasons))?;
    let text = written(&keys);
    inventory::read(&text, "the inventory for so many pods")?;
    output::stdout(&text)?;
    if !global.quiet {
        output::stderr(&format!("note: {}\n", note(&pods, replicas).join("\n      ")));
    }
    Ok(Ending::Done)
}

/// What is to be done with the inventory, a line each.
fn note(pods: &ScaledPods, replicas: usize) -> Vec<String> {
    let whole =
        "this is the whole inventory, without its comments; save it, then print and apply the manifests again with";
    let print = "glusterctl kubernetes pods --kind stateful-set";
    let mut note = vec![whole.to_owned(), print.to_owned()];
    match pods {
        ScaledPods::Serve => {}
        ScaledPods::Leave(hosts) => note.extend([
            format!("The pods then move the data of {} to the others, and go on running.", hosts.join(", ")),
            "How far that is, each pod says: glusterctl node ready. Once each of these says that it has left the cluster:".to_owned(),
            format!("glusterctl kubernetes scale --replicas {replicas}, with the inventory that was saved"),
        ]),
        ScaledPods::End(hosts) => note.extend([
            format!("The pods of {} end; their disks stay.", hosts.join(", ")),
            "Apply the manifests once each of these pods says that its host has left the cluster: glusterctl node ready."
                .to_owned(),
            "Too early, nothing is lost: the other pods say what is missing, and change nothing.".to_owned(),
        ]),
    }
    note
}
