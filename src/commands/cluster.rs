//! What the commands that talk to hosts share: the runtime, the connections, and an orderly end.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;

use super::lab;
use crate::cli::Global;
use crate::facts::Hosts;
use crate::inventory::{self, Inventory};
use crate::output;
use crate::remote::Connections;

/// Several things went wrong: a message each.
#[derive(Debug)]
pub struct Failures(pub Vec<String>);

impl std::fmt::Display for Failures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // `main` begins with "error: ", once.
        f.write_str(&self.0.join("\nerror: "))
    }
}

impl std::error::Error for Failures {}

/// Loads the inventory, with its warnings shown.
///
/// # Errors
/// The inventory is wrong.
pub fn inventory(global: &Global) -> anyhow::Result<Arc<Inventory>> {
    let inventory = inventory::load(&global.inventory)?;
    if !global.quiet {
        for warning in inventory.warnings() {
            output::stderr(&format!("warning: {warning}\n"));
        }
    }
    Ok(Arc::new(inventory))
}

/// The hosts of the inventory, or their stand-ins with `--lab`. Nothing is contacted yet.
///
/// # Errors
/// There is no such lab, or no place for connections.
pub fn hosts(global: &Global, inventory: &Arc<Inventory>) -> anyhow::Result<Arc<Hosts>> {
    let config: Option<PathBuf> = match &global.lab {
        None => None,
        Some(name) => Some(lab::open_named(name, &inventory.cluster)?.ssh_config()),
    };
    Ok(Hosts::new(Arc::clone(inventory), Connections::new(config)?))
}

/// Runs `work` to its end, or until Ctrl-C, and ends the connections either way.
///
/// # Errors
/// Those of `work`, and that it was interrupted.
pub fn run<T>(hosts: &Arc<Hosts>, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(async {
        let result = tokio::select! {
            result = work => result,
            _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!(
                "interrupted: commands that were running on hosts may go on to their end; \
                 run the same command again, it carries on from what is there"
            )),
        };
        hosts.close().await;
        result
    })
}
