//! `reboot` and `update`: go through the hosts one by one, and carry on where an earlier run stopped.

use std::collections::BTreeSet;

use super::apply::{self, converge};
use super::cluster::{self, Failures};
use super::ok_to_stop::named;
use super::{Ending, gate, maintenance, plan};
use crate::cli::{Global, OneByOne, Update};
use crate::clock;
use crate::converge::Terms;
use crate::desired::Desired;
use crate::facts::{self, Facts, Progress, RollingNote};
use crate::health::gate::{Verdict, VolumesSeen, may_stop};
use crate::inventory::HostName;
use crate::output;
use crate::plan::{Act, Operation, Rolling};
use crate::remote::Hosts;

/// Runs `reboot`.
///
/// # Errors
/// The inventory or a host's name is wrong, a volume needs a host, or a step failed.
pub fn reboot(global: &Global, names: &[String], how: &OneByOne) -> anyhow::Result<Ending> {
    run(global, names, Act::Reboot, how)
}

/// Runs `update`.
///
/// # Errors
/// As of [`reboot`].
pub fn update(global: &Global, options: &Update) -> anyhow::Result<Ending> {
    let act = Act::Update {
        version: options.version.clone(),
        reboot: options.reboot,
        op_version: options.op_version,
    };
    run(global, &options.hosts, act, &options.how)
}

fn run(global: &Global, names: &[String], act: Act, how: &OneByOne) -> anyhow::Result<Ending> {
    let inventory = cluster::inventory(global)?;
    let all = || inventory.hosts.iter().map(|host| host.name.clone()).collect();
    let selected: BTreeSet<HostName> = match names {
        [] => all(),
        names => named(&inventory, names)?,
    };
    let hosts = cluster::hosts(global, &inventory)?;
    let facts = cluster::run(&hosts, async {
        Ok(facts::observe(&hosts, &Desired::of(&inventory)).await)
    });
    let facts = facts?;
    let rolling = resumed(&facts, act, &selected, how);
    let operation = Operation::Rolling(rolling.clone());
    let kind = rolling.act.kind();
    let is_rest = rolling.hosts.len() < selected.len();
    if is_rest && !global.quiet {
        let names: Vec<&str> = rolling.hosts.iter().map(HostName::as_str).collect();
        output::stderr(&format!(
            "carrying on with the {kind} that began at {}: {} left to do (--anew begins with all hosts again)\n",
            rolling.run,
            names.join(", ")
        ));
    }
    let hosts = cluster::hosts(global, &inventory)?;
    if how.stop.dry_run {
        return plan::show(global, &hosts, &operation);
    }
    let terms = Terms {
        operation,
        consent: apply::consent(global),
        saved: None,
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

/// The rest of an earlier run that was interrupted, or a new run.
fn resumed(facts: &Facts, act: Act, selected: &BTreeSet<HostName>, how: &OneByOne) -> Rolling {
    let note = |host: &HostName| facts.of(host).and_then(|observed| observed.rolling.as_ref());
    let is_same = |note: &&RollingNote| note.kind == act.kind() && note.what == act.what();
    let is_left = |note: &&RollingNote| matches!(note.progress, Progress::Todo(_));
    let notes = selected.iter().filter_map(note).filter(is_same).filter(is_left);
    let run = notes.map(|note| note.run.clone()).max().filter(|_| !how.anew);
    let is_of = |host: &&HostName| {
        let left = note(host).filter(is_same).filter(is_left);
        run.as_ref().is_none_or(|run| left.is_some_and(|note| note.run == *run))
    };
    Rolling {
        hosts: selected.iter().filter(is_of).cloned().collect(),
        run: run.clone().unwrap_or_else(clock::now),
        boot_seconds: how.boot_limit.as_secs(),
        act,
    }
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
