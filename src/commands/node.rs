//! `node`: is a host without systemd, and the probes that look at it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;

use super::interruption::interrupted;
use super::{Ending, Usage, gate};
use crate::cli::{Global, Node, Probe};
use crate::health::gate::Verdict;
use crate::inventory::{self, HostName};
use crate::node::{self, Options};
use crate::output;
use crate::remote::{Connections, Hosts};
use crate::text::counted;

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
        Some(probe) => runtime.block_on(look(global, probe, options.host())),
        None => runtime.block_on(work(global, options)),
    };
    // A question to a volume that hangs is not waited for.
    runtime.shutdown_timeout(Duration::ZERO);
    result
}

async fn look(global: &Global, probe: &Probe, name: Option<&str>) -> anyhow::Result<Ending> {
    let (answer, no) = match probe {
        Probe::Ready => (node::ready().await, Ending::No),
        Probe::Alive { within } => (node::alive(*within), Ending::No),
        Probe::OkToStop => (may_stop(global, name).await?, Ending::Difference),
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
        Err(_) => Ok(no),
    }
}

/// Whether this very host can stop: what `ok-to-stop` asks, with all questions asked from here.
///
/// # Errors
/// The inventory is wrong.
async fn may_stop(global: &Global, name: Option<&str>) -> anyhow::Result<Result<String, String>> {
    let inventory = Arc::new(inventory::load(&global.inventory)?);
    let this = match node::this(&inventory, name) {
        Ok(this) => this,
        Err(why) => return Ok(Err(why)),
    };
    let hosts = Hosts::new(inventory, Connections::of_node(this.clone())?);
    let verdict = gate::may_stop(&hosts, &BTreeSet::from([this]), None, true).await;
    hosts.close().await;
    Ok(sentence(&verdict))
}

/// The verdict on one host in a sentence.
fn sentence(verdict: &Verdict) -> Result<String, String> {
    let names: Vec<&str> = verdict.hosts.iter().map(HostName::as_str).collect();
    let names = names.join(", ");
    let first = match verdict.reasons.as_slice() {
        [] => return Ok(format!("{names} can stop, and every volume goes on")),
        [first, ..] => &first.text,
    };
    Err(match verdict.reasons.len() - 1 {
        0 => first.clone(),
        more => format!(
            "{first} ({}: glusterctl ok-to-stop {names})",
            counted(more, "more reason")
        ),
    })
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
        name: options.host().map(str::to_owned),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::gate::{Kind, Reason};

    #[test]
    fn the_sentence_has_the_first_reason_and_says_who_tells_the_others() {
        let said = |reasons: &[&str]| {
            let reasons = reasons.iter().map(|text| Reason {
                kind: Kind::Heal,
                host: None,
                volume: Some("gv0".to_owned()),
                text: (*text).to_owned(),
            });
            let reasons: Vec<Reason> = reasons.collect();
            sentence(&Verdict {
                version: 1,
                hosts: BTreeSet::from([HostName::parse("kube2").unwrap()]),
                ok: reasons.is_empty(),
                reasons,
            })
        };
        assert_eq!(said(&[]), Ok("kube2 can stop, and every volume goes on".to_owned()));
        assert_eq!(said(&["a"]), Err("a".to_owned()));
        assert_eq!(
            said(&["a", "b", "c"]),
            Err("a (2 more reasons: glusterctl ok-to-stop kube2)".to_owned())
        );
    }
}
