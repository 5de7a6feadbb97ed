//! `kubernetes migrate`: reads persistent volumes on standard input, prints the persistent volumes that replace them.

use std::io::Read;

use anyhow::{Context as _, bail};

use super::print;
use super::{request, usage, warn};
use crate::cli::{Global, KubernetesMake};
use crate::commands::Ending;
use crate::commands::cluster::Failures;
use crate::inventory::Inventory;
use crate::kubernetes::migrate::{self, Migration};
use crate::kubernetes::templates::Templates;
use crate::output;

/// Ten thousand persistent volumes are some 20 MiB.
const MAX_BYTES: u64 = 256 << 20;

/// Runs `kubernetes migrate`.
///
/// # Errors
/// The plugin cannot replace a `glusterfs` volume, the input is no list of persistent volumes, or some volumes cannot
/// be migrated; the other volumes are printed all the same.
pub fn run(
    global: &Global,
    inventory: &Inventory,
    make: &KubernetesMake,
    templates: &Templates,
) -> anyhow::Result<Ending> {
    let choice = migrate::choose(inventory, request(make)).map_err(|reasons| usage(&reasons))?;
    warn(global, &choice);
    let mut text = String::new();
    let mut input = std::io::stdin().lock().take(MAX_BYTES);
    input.read_to_string(&mut text).context("reading standard input")?;
    if text.trim().is_empty() {
        bail!("nothing came in on standard input; run: kubectl get pv -o json | glusterctl kubernetes migrate");
    }
    let input = serde_json::from_str(&text).context("standard input is not what kubectl get pv -o json prints")?;
    let Migration {
        volumes,
        notes,
        refused,
        warnings,
    } = migrate::migrate(inventory, choice.plugin, templates, &input)?;
    if !global.quiet {
        for warning in &warnings {
            output::stderr(&format!("warning: {warning}\n"));
        }
        if volumes.is_empty() && refused.is_empty() {
            output::stderr("there is no persistent volume with a glusterfs source, so there is nothing to migrate\n");
        }
    }
    print::print(global.output, &notes, &volumes)?;
    if refused.is_empty() {
        return Ok(Ending::Done);
    }
    Err(Failures(refused).into())
}
