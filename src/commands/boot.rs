//! `boot`: runs on the node itself, until the node's volumes are mounted.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;

use super::Ending;
use super::cluster::Failures;
use crate::boot::{Boot, Contract, NeedState};
use crate::cli::{Global, OutputFormat};
use crate::output;
use crate::text::printable_lines;

const FSTAB: &str = "/etc/fstab";

/// What `boot` prints as JSON: a stable interface.
#[derive(Serialize)]
struct Report<'r> {
    version: u32,
    done: bool,
    steps: &'r [NeedState],
}

/// Runs `boot`.
///
/// # Errors
/// This node has nothing to mount, or something was not mounted in time: every reason.
pub fn run(global: &Global, limit: Duration) -> anyhow::Result<Ending> {
    let fstab = std::fs::read(Path::new(FSTAB)).with_context(|| format!("reading {FSTAB}"))?;
    let contract = Contract::parse(&String::from_utf8_lossy(&fstab));
    if contract == Contract::default() {
        return Err(Failures(vec![format!(
            "{FSTAB} mounts no brick and no volume on this node\nrun glusterctl apply first"
        )])
        .into());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    let rests = Path::new(crate::plan::MAINTENANCE_MARK).exists();
    if rests && !global.quiet {
        output::stderr("warning: this node is in maintenance: its bricks and glusterd are not started\n");
    }
    let lines = runtime.block_on(Boot::new(&contract, rests, limit).run(|line| {
        if global.output == OutputFormat::Table && !global.quiet {
            // Mounting goes on when nobody reads standard output any more.
            let _ = output::stdout(&printable_lines(&format!(
                "{}: {} ({:.1} s)\n",
                line.step, line.what, line.seconds
            )));
        }
    }));
    // A read that hangs, because the volume does not answer, is not waited for.
    runtime.shutdown_background();
    let failed: Vec<String> = lines
        .iter()
        .filter(|line| !line.done)
        .map(|line| format!("{}: {}", line.step, line.what))
        .collect();
    let report = Report {
        version: 1,
        done: failed.is_empty(),
        steps: &lines,
    };
    output::data(global.output, &report, String::new)?;
    if failed.is_empty() {
        return Ok(Ending::Done);
    }
    Err(Failures(failed).into())
}
