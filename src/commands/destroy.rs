//! `destroy`: takes a volume, or all that glusterctl made of the cluster, off the hosts again. Wants the name of what goes.

use super::apply::{converge, saved_plan};
use super::cluster;
use super::{Ending, agreement};
use crate::cli::{Destroy as Options, Global, OutputFormat};
use crate::converge::Terms;
use crate::desired::Desired;
use crate::output;
use crate::plan::{Destroy, Operation, Target, left};

/// Runs `destroy`.
///
/// # Errors
/// The inventory is wrong, the name is wrong, nobody agreed, or something is left that should have gone: every reason.
pub fn run(global: &Global, options: &Options) -> anyhow::Result<Ending> {
    let inventory = cluster::inventory(global)?;
    let name = match &options.volume {
        Some(volume) => volume.to_string(),
        None => inventory.cluster.to_string(),
    };
    let terms = Terms {
        consent: agreement::by_name(name, options.confirm.as_deref())?,
        operation: operation(options),
        saved: saved_plan(&options.plan)?,
        wait: None,
    };
    let hosts = cluster::hosts(global, &inventory)?;
    let operation = terms.operation.clone();
    let facts = cluster::run_gently(&hosts, |stop| converge(global, &hosts, terms, stop))?;
    if let Operation::Destroy(destroy) = &operation
        && !global.quiet
        && global.output == OutputFormat::Table
    {
        for sentence in left(&Desired::of(&inventory), &facts, destroy) {
            output::stderr(&format!("{sentence}\n"));
        }
    }
    Ok(Ending::Done)
}

/// What the options say.
pub fn operation(options: &Options) -> Operation {
    Operation::Destroy(Destroy {
        target: options.volume.clone().map_or(Target::Cluster, Target::Volume),
        wipe: options.wipe,
        purge: options.purge,
    })
}
