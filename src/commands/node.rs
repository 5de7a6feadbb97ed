//! `node`: is a host without systemd, and the probes that look at it.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;

use super::interruption::interrupted;
use super::{Ending, Usage};
use crate::cli::{Global, Node, Probe};
use crate::node::{self, Options};
use crate::output;

/// What a probe prints as JSON: a stable interface.
#[derive(Serialize)]
struct Answer<'a> {
    version: u32,
    ok: bool,
    why: &'a str,
}

/// Runs `node`, or a probe.
///
/// # Errors
/// The host could not be looked after or stopped; the probe's answer is no.
pub fn run(global: &Global, options: &Node) -> anyhow::Result<Ending> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    let result = match &options.probe {
        Some(probe) => runtime.block_on(look(global, probe)),
        None => runtime.block_on(work(global, options)),
    };
    // A question to a volume that hangs is not waited for.
    runtime.shutdown_timeout(Duration::ZERO);
    result
}

async fn look(global: &Global, probe: &Probe) -> anyhow::Result<Ending> {
    let answer = match probe {
        Probe::Ready => node::ready().await,
        Probe::Alive { within } => node::alive(*within),
    };
    let why = answer.as_ref().unwrap_or_else(|why| why);
    let said = Answer {
        version: 1,
        ok: answer.is_ok(),
        why,
    };
    output::data(global.output, &said, || format!("{why}\n"))?;
    match answer {
        Ok(_) => Ok(Ending::Done),
        Err(_) => Ok(Ending::No),
    }
}

async fn work(global: &Global, options: &Node) -> anyhow::Result<Ending> {
    if global.inventory == Path::new("-") {
        let words =
            "error: node reads the inventory again whenever it changes, which standard input cannot\nwrite -i FILE";
        return Err(Usage(words.to_owned()).into());
    }
    let state = &options.state;
    if !state.is_absolute()
        || state
            .to_string_lossy()
            .contains(|sign: char| sign.is_whitespace() || sign.is_control())
    {
        let words = "error: --state wants the full path of a directory, without white space\nwrite --state /DIR";
        return Err(Usage(words.to_owned()).into());
    }
    if node::is_first_process() {
        let status = node::as_init().await?;
        std::process::exit(status.into());
    }
    let options = Options {
        inventory: global.inventory.clone(),
        name: options.name.clone().filter(|name| !name.is_empty()),
        state: options.state.clone(),
        grace: options.grace,
        format: global.output,
    };
    let end = async {
        interrupted().await;
    };
    node::run(options, end).await?;
    Ok(Ending::Done)
}
