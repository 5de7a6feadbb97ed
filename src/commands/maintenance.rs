//! `maintenance`: takes a server out of service, if every volume can do without the server, and back.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::apply::{self, converge};
use super::cluster::{self, Failures};
use super::ok_to_stop::named;
use super::{Ending, gate, plan};
use crate::cli::{Global, Maintenance};
use crate::converge::Terms;
use crate::desired::Desired;
use crate::health::gate::{Verdict, may_stop};
use crate::inventory::HostName;
use crate::plan::{Operation, maintenance};
use crate::remote::Hosts;

/// Runs `maintenance`.
///
/// # Errors
/// The inventory or the host's name is wrong, a volume needs the host, or a step failed.
pub fn run(global: &Global, what: &Maintenance) -> anyhow::Result<Ending> {
    let inventory = cluster::inventory(global)?;
    let (name, dry_run) = match what {
        Maintenance::Enter { host, stop } => (host, stop.dry_run),
        Maintenance::Exit { host, dry_run } => (host, *dry_run),
    };
    let found = named(&inventory, std::slice::from_ref(name))?;
    let Some(host) = found.first() else {
        return Ok(Ending::Done);
    };
    let operation = match what {
        Maintenance::Enter { .. } => Operation::EnterMaintenance(host.clone()),
        Maintenance::Exit { .. } => Operation::ExitMaintenance(host.clone()),
    };
    let hosts = cluster::hosts(global, &inventory)?;
    if dry_run {
        return plan::show(global, &hosts, &operation);
    }
    let terms = Terms {
        operation,
        consent: apply::consent(global),
        saved: None,
        wait: None,
    };
    cluster::run_gently(&hosts, async |stop| {
        if let Maintenance::Enter { stop: how, .. } = what {
            let verdict = gate_of(&hosts, host, how.wait, global.quiet).await;
            if !verdict.ok {
                return Err(Failures(refusal(host, &verdict)).into());
            }
        }
        converge(global, &hosts, terms, stop).await
    })?;
    Ok(Ending::Done)
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
