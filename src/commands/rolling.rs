//! `reboot` and `update`: go through the hosts one by one, and carry on where an earlier run stopped.

use std::collections::BTreeSet;

use super::apply::{converge, saved_plan};
use super::cluster::{self, Failures};
use super::ok_to_stop::all_named;
use super::{Ending, Usage, agreement, gate, maintenance};
use crate::cli::{Global, OneByOne, Reboot, Update};
use crate::clock;
use crate::converge::Terms;
use crate::desired::Desired;
use crate::facts::{self, Facts, Progress};
use crate::health::gate::{Verdict, VolumesSeen, may_stop};
use crate::inventory::{HostName, Inventory};
use crate::output;
use crate::plan::{Act, Operation, Rolling};
use crate::remote::Hosts;

/// What the options of `reboot` say: a new run.
///
/// # Errors
/// The inventory does not have a host.
pub fn reboot(inventory: &Inventory, options: &Reboot) -> Result<Rolling, Usage> {
    new(inventory, &options.hosts, Act::Reboot, &options.how)
}

/// What the options of `update` say: a new run.
///
/// # Errors
/// As of [`reboot`].
pub fn update(inventory: &Inventory, options: &Update) -> Result<Rolling, Usage> {
    let act = Act::Update {
        version: options.version.clone(),
        reboot: options.reboot,
        op_version: options.op_version,
    };
    new(inventory, &options.hosts, act, &options.how)
}

fn new(inventory: &Inventory, names: &[String], act: Act, how: &OneByOne) -> Result<Rolling, Usage> {
    let hosts: BTreeSet<HostName> = match names {
        [] => inventory.hosts.iter().map(|host| host.name.clone()).collect(),
        names => all_named(inventory, names)?,
    };
    Ok(Rolling {
        act,
        run: clock::now(),
        hosts: hosts.into_iter().collect(),
        boot_seconds: how.boot_limit.as_secs(),
    })
}

/// Runs `reboot` or `update`.
///
/// # Errors
/// The inventory, a host's name or the saved plan is wrong, a volume needs a host, or a step failed.
pub fn run(
    global: &Global,
    how: &OneByOne,
    rolling: impl FnOnce(&Inventory) -> Result<Rolling, Usage>,
) -> anyhow::Result<Ending> {
    let inventory = cluster::inventory(global)?;
    let mut rolling = rolling(&inventory)?;
    let saved = saved_plan(&how.stop.plan)?;
    if let Some(run) = saved.as_ref().and_then(|saved| saved.run.as_ref()) {
        rolling.run.clone_from(run);
    }
    let hosts = cluster::hosts(global, &inventory)?;
    let facts = cluster::run(&hosts, async {
        Ok(facts::observe(&hosts, &Desired::of(&inventory)).await)
    });
    let (selected, kind) = (rolling.hosts.len(), rolling.act.kind());
    let rolling = carried_on(rolling, &facts?, how);
    if rolling.hosts.len() < selected && !global.quiet {
        let names: Vec<&str> = rolling.hosts.iter().map(HostName::as_str).collect();
        output::stderr(&format!(
            "carrying on with the {kind} that began at {}: {} left to do (--anew begins with all hosts again)\n",
            rolling.run,
            names.join(", ")
        ));
    }
    let hosts = cluster::hosts(global, &inventory)?;
    let terms = Terms {
        operation: Operation::Rolling(rolling.clone()),
        consent: agreement::by_yes(global),
        saved,
        wait: None,
    };
    let ended = cluster::run_gently(&hosts, async |stop| {
        let judge = |facts: &Facts, seen: &VolumesSeen| judged(&hosts, facts, seen, &rolling);
        let verdict = gate::waited(&hosts, how.stop.wait, global.quiet, judge).await;
        if let (false, Some(first)) = (verdict.ok, verdict.hosts.first()) {
            return Err(Failures(maintenance::refusal(first, &verdict)).into());
        }
        converge(global, &hosts, terms, stop).await
    });
    ended.map_err(|error| how_to_go_on(error, kind))?;
    Ok(Ending::Done)
}

/// The rest of an earlier run that was interrupted, or else this new run.
pub fn carried_on(mut rolling: Rolling, facts: &Facts, how: &OneByOne) -> Rolling {
    let left = |host: &HostName| {
        let note = facts.of(host).and_then(|observed| observed.rolling.as_ref())?;
        let is_same = note.kind == rolling.act.kind() && note.what == rolling.act.what();
        let is_left = matches!(note.progress, Progress::Todo(_));
        (is_same && is_left).then(|| note.run.clone())
    };
    let runs: Vec<Option<String>> = rolling.hosts.iter().map(left).collect();
    let last = runs.iter().flatten().max().filter(|_| !how.anew).cloned();
    if let Some(last) = last {
        let mut runs = runs.into_iter();
        rolling.hosts.retain(|_| runs.next().flatten().as_ref() == Some(&last));
        rolling.run = last;
    }
    rolling
}

/// Whether each of the hosts can stop, one at a time. What heals by itself does not count while a host that an earlier run
/// stopped is coming back: the steps wait for that.
fn judged(hosts: &Hosts, facts: &Facts, seen: &VolumesSeen, rolling: &Rolling) -> Verdict {
    let desired = Desired::of(hosts.inventory());
    let mut all = Verdict {
        version: 1,
        hosts: BTreeSet::new(),
        ok: true,
        reasons: Vec::new(),
    };
    let is_resumed = rolling.hosts.iter().any(|host| {
        let note = facts.of(host).and_then(|observed| observed.rolling.as_ref());
        note.is_some_and(|note| note.run == rolling.run)
    });
    for host in &rolling.hosts {
        let mut verdict = may_stop(&desired, facts, seen, &BTreeSet::from([host.clone()]));
        verdict.reasons.retain(|reason| !is_resumed || !reason.kind.heals());
        if !verdict.reasons.is_empty() {
            all.hosts.insert(host.clone());
            all.reasons.extend(verdict.reasons);
        }
    }
    all.reasons.sort();
    all.reasons.dedup();
    all.ok = all.reasons.is_empty();
    all
}

/// The errors, and what to do then.
fn how_to_go_on(error: anyhow::Error, kind: &str) -> anyhow::Error {
    match error.downcast::<Failures>() {
        Ok(Failures(mut errors)) => {
            errors.push(format!(
                "the {kind} stopped here: the hosts after this one were left alone\nonce the cause is gone, run the same \
                 command again: it carries on with the hosts that are left"
            ));
            Failures(errors).into()
        }
        Err(error) => error,
    }
}
