//! `ok-to-stop`: whether hosts can stop now without any volume losing reads or writes, for scripts and hooks.

use std::collections::BTreeSet;
use std::time::Duration;

use super::cluster::{self, Failures};
use super::{Ending, Usage, gate, limit};
use crate::cli::Global;
use crate::health::gate::{Kind, Verdict};
use crate::inventory::{HostName, Inventory};
use crate::output;

/// Runs `ok-to-stop`: [`Ending::Difference`] means no.
///
/// # Errors
/// The inventory or a host's name is wrong, or no host was reached.
pub fn run(global: &Global, names: &[String], wait: Option<Duration>) -> anyhow::Result<Ending> {
    let inventory = cluster::inventory(global)?;
    let stopping = all_named(&inventory, names)?;
    let hosts = cluster::hosts(global, &inventory)?;
    let verdict = cluster::run(&hosts, async {
        Ok(gate::may_stop(&hosts, &stopping, wait, global.quiet).await)
    })?;
    let unobserved = verdict.reasons.iter().filter(|reason| reason.kind == Kind::Unobserved);
    if unobserved.count() == inventory.hosts.len() {
        return Err(Failures(gate::sentences(&verdict.reasons)).into());
    }
    output::report(global.output, &verdict, || text(&verdict))?;
    Ok(if verdict.ok { Ending::Done } else { Ending::Difference })
}

/// The host of this name.
///
/// # Errors
/// The inventory does not have the name.
pub fn named(inventory: &Inventory, name: &str) -> Result<HostName, Usage> {
    let mut names = inventory.hosts.iter().map(|host| &host.name);
    let found = names.find(|known| known.as_str() == name).cloned();
    found.ok_or_else(|| Usage(format!("error: {}", limit::unknown(inventory, name))))
}

/// The hosts of these names.
///
/// # Errors
/// As of [`named`].
pub fn all_named(inventory: &Inventory, names: &[String]) -> Result<BTreeSet<HostName>, Usage> {
    names.iter().map(|name| named(inventory, name)).collect()
}

fn text(verdict: &Verdict) -> String {
    let names: Vec<&str> = verdict.hosts.iter().map(HostName::as_str).collect();
    let names = names.join(", ");
    match verdict.ok {
        true => format!("yes: {names} can stop, and every volume goes on\n"),
        false => format!("no: {names}\n  {}\n", gate::sentences(&verdict.reasons).join("\n  ")),
    }
}
