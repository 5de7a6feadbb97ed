//! `kubernetes scale`: the inventory for more pods.

use super::usage;
use crate::cli::{Global, KubernetesScale};
use crate::commands::{Ending, cluster};
use crate::inventory;
use crate::kubernetes::pods::{scaled, written};
use crate::output;

/// Runs `kubernetes scale`.
///
/// # Errors
/// [`crate::commands::Usage`] when there cannot be so many pods; the new inventory is not one, for example because so many hosts
/// form no whole sets.
pub fn run(global: &Global, options: &KubernetesScale) -> anyhow::Result<Ending> {
    let (inventory, keys) = cluster::inventory_with_keys(global)?;
    let replicas = usize::from(options.replicas);
    let keys = scaled(&inventory, &keys, replicas).map_err(|reasons| usage(&reasons))?;
    let text = written(&keys);
    inventory::read(&text, "the inventory for so many pods")?;
    output::stdout(&text)?;
    if !global.quiet {
        output::stderr(
            "note: this is the whole inventory, without its comments; save it, then print and apply the manifests again with\n      \
             glusterctl kubernetes pods --kind stateful-set\n",
        );
    }
    Ok(Ending::Done)
}
