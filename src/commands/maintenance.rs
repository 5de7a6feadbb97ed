//! `maintenance`: takes a server out of service, if every volume can do without the server, and back.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::apply::{converge, saved_plan};
use super::cluster::{self, Failures};
use super::ok_to_stop::named;
use super::{Ending, Usage, agreement, gate};
use crate::cli::{Global, Maintenance};
use crate::converge::Terms;
use crate::desired::Desired;
use crate::health::gate::{Verdict, may_stop};
use crate::inventory::{HostName, Inventory};
use crate::plan::{Operation, maintenance};
use crate::remote::Hosts;

/// Runs `maintenance`.
///
/// # Errors
/// The inventory or the host's name is wrong, a volume needs the host, or a step failed.
pub fn run(global: &Global, what: &Maintenance) -> anyhow::Result<Ending> {
    let inventory = cluster::inventory(global)?;
    let (plan, wait) = match what {
        Maintenance::Enter { stop, .. } => (&stop.plan, stop.wait),
        Maintenance::Exit { plan, .. } => (plan, None),
    };
    let terms = Terms {
        operation: operation(&inventory, what)?,
        consent: agreement::by_yes(global),
        saved: saved_plan(plan)?,
        wait: None,
    };
    let hosts = cluster::hosts(global, &inventory)?;
    cluster::run_gently(&hosts, async |stop| {
        if let Operation::EnterMaintenance(host) = &terms.operation {
            let verdict = gate_of(&hosts, host, wait, global.quiet).await;
            if !verdict.ok {
                return Err(Failures(refusal(host, &verdict)).into());
            }
        }
        converge(global, &hosts, terms, stop).await
    })?;
    Ok(Ending::Done)
}

/// What the options say.
///
/// # Errors
/// The inventory does not have the host.
pub fn operation(inventory: &Inventory, what: &Maintenance) -> Result<Operation, Usage> {
    Ok(match what {
        Maintenance::Enter { host, .. } => Operation::EnterMaintenance(named(inventory, host)?),
        Maintenance::Exit { host, .. } => Operation::ExitMaintenance(named(inventory, host)?),
    })
}

/// Whether a host can stop. A host that is marked has passed the gate before: the rest of an interrupted run follows.
async fn gate_of(hosts: &Arc<Hosts>, host: &HostName, wait: Option<std::time::Duration>, quiet: bool) -> Verdict {
    let stopping = BTreeSet::from([host.clone()]);
    gate::waited(hosts, wait, quiet, |facts, seen| {
        let mut verdict = may_stop(&Desired::of(hosts.inventory()), facts, seen, &stopping);
        if maintenance(facts, host).is_some() {
            verdict.reasons.clear();
            verdict.ok = true;
        }
        verdict
    })
    .await
}

/// Why a host is not stopped.
pub fn refusal(host: &HostName, verdict: &Verdict) -> Vec<String> {
    let head = format!("{host} was not stopped, and nothing was changed: see what follows, or wait with --wait");
    [vec![head], gate::sentences(&verdict.reasons)].concat()
}
