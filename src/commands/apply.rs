//! `apply`: makes the hosts what their inventory wants, and shows and records every step.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::cluster::{self, Failures};
use super::plan::count;
use super::{Ending, Usage, agreement, limit, report, status, waiting};
use crate::cli::{Global, LimitTo, OutputFormat, SavedPlan};
use crate::converge::{self, Outcome, Terms, invoker, saved};
use crate::desired::Desired;
use crate::events::{self, Event, Events, Reading};
use crate::execute::Stop;
use crate::facts::Facts;
use crate::health;
use crate::inventory::{HostName, Inventory};
use crate::output::{self, progress::Progress};
use crate::plan::{self, Operation, Plan};
use crate::record::{Notes, Record};
use crate::remote::Hosts;

/// For how long a run that changed something looks whether the bricks are reached.
const LOOK: Duration = Duration::from_secs(12);

/// Runs `apply`.
///
/// # Errors
/// The inventory or the saved plan is wrong, or the hosts did not become what the inventory wants: every reason.
pub fn run(
    global: &Global,
    file: &SavedPlan,
    limit: &LimitTo,
    wait: Option<Duration>,
    page: Option<&Path>,
) -> anyhow::Result<Ending> {
    report::is_possible(page)?;
    let inventory = cluster::inventory(global)?;
    if file.plan.is_some() && !limit.limit.is_empty() {
        let words = "error: --limit does not go with --plan: a saved plan has its own limit, or none\n\
                     make another plan with: glusterctl plan --limit HOST --out FILE";
        return Err(Usage(words.to_owned()).into());
    }
    let (limit, saved) = (limit::hosts(&inventory, limit)?, saved_plan(file)?);
    let limit = limit.or_else(|| Some(saved.as_ref()?.limit.as_ref()?.hosts.clone()));
    let terms = Terms {
        operation: limit::operation(limit),
        consent: agreement::by_yes(global),
        saved,
        wait,
    };
    let hosts = cluster::hosts(global, &inventory)?;
    let notes = Notes::default();
    let done = cluster::run_gently(&hosts, |stop| noted(global, &hosts, terms, stop, notes.clone()));
    let written = report::write(page, &notes.entries(), &[], global.quiet);
    done?;
    written?;
    let is_told = global.output == OutputFormat::Table && !global.quiet && io::stderr().is_terminal();
    if is_told && global.lab.is_none() && notes.has_steps() {
        output::stderr(&super::plan::next("status", &global.inventory));
    }
    Ok(Ending::Done)
}

/// Makes the hosts what their inventory wants, and returns what was observed at the end.
///
/// # Errors
/// The hosts did not become what the inventory wants: every reason.
pub async fn converge(global: &Global, hosts: &Arc<Hosts>, terms: Terms, stop: Stop) -> anyhow::Result<Facts> {
    noted(global, hosts, terms, stop, Notes::default()).await
}

/// The same, with notes for a report. `rehearse` calls this, too.
///
/// # Errors
/// As [`converge`].
pub async fn noted(
    global: &Global,
    hosts: &Arc<Hosts>,
    terms: Terms,
    stop: Stop,
    notes: Notes,
) -> anyhow::Result<Facts> {
    let limit: Vec<HostName> = match &terms.operation {
        Operation::ApplyOn(hosts) => hosts.iter().cloned().collect(),
        _ => Vec::new(),
    };
    notes.begin(&hosts.inventory().cluster, invoker::this(), limit.clone());
    waiting::tell(global, hosts.inventory());
    let (events, reading) = readers(global, hosts.inventory(), limit, move |event| notes.event(event));
    let outcome = converge::run(hosts, &terms, &events, &stop).await;
    drop(events);
    reading.finish().await;

    let say = |text: String| {
        if !global.quiet && global.output == OutputFormat::Table {
            output::stderr(&text);
        }
    };
    let Outcome { done, seconds, .. } = &outcome;
    // A run that had nothing to do does not pay for this, and while a host is lost Gluster answers late.
    let all_seen = hosts
        .inventory()
        .hosts
        .iter()
        .all(|host| outcome.facts.of(&host.name).is_some());
    let serves = !matches!(terms.operation, Operation::Destroy(_));
    if serves && (!done.is_empty() || !outcome.errors.is_empty()) && all_seen && stop.reason().is_none() {
        for problem in status::unreachable_bricks(hosts, &outcome.facts, LOOK).await {
            say(format!("warning: {}; {}\n", problem.what, problem.remedy));
        }
    }
    let changed: BTreeSet<&HostName> = done.iter().map(|(host, _)| host).collect();
    let steps = count(done.len(), changed.len());
    if let Some(limit) = &outcome.limit {
        say(limit::left_out(limit, output::room()));
    }
    if !outcome.errors.is_empty() {
        // Of a question that was not answered with yes, the error says the same.
        if !outcome.errors.iter().any(|error| error.contains("nothing was changed")) {
            say(format!("Not finished after {seconds:.1} s: {steps} done.\n"));
        }
        return Err(Failures(outcome.errors).into());
    }
    let desired = Desired::of(hosts.inventory());
    let warnings = [health::unprotected, health::doubled].map(|warnings| warnings(&desired, &outcome.facts));
    let resting = plan::in_maintenance(&desired, &outcome.facts);
    let resting = resting.into_iter().filter(|_| terms.operation.is_apply());
    for warning in warnings.concat().into_iter().filter(|_| serves).chain(resting) {
        say(format!("warning: {warning}\n"));
    }
    for sentence in plan::deletable(&desired, &outcome.facts) {
        say(format!("note: {sentence}\n"));
    }
    say(match done.len() {
        0 => format!("{} ({seconds:.1} s).\n", nothing(&terms.operation)),
        _ => format!("Done: {steps}, observed again and proved, in {seconds:.1} s.\n"),
    });
    Ok(outcome.facts)
}

/// What is said of an operation that is done already.
pub fn nothing(operation: &Operation) -> String {
    match operation {
        Operation::Apply => "Nothing to do: everything is as the inventory wants it".to_owned(),
        Operation::ApplyOn(hosts) => {
            format!("Nothing to do on {} alone", limit::names(hosts))
        }
        Operation::EnterMaintenance(host) => format!("Nothing to do: {host} is in maintenance"),
        Operation::ExitMaintenance(host) => format!("Nothing to do: {host} is not in maintenance"),
        Operation::Rolling(_) => "Nothing to do: all hosts are done".to_owned(),
        Operation::SnapshotCreate { name, .. } => format!("Nothing to do: snapshot {name} exists"),
        Operation::SnapshotRestore(_) => "Nothing to do".to_owned(),
        Operation::SnapshotDelete { name } => format!("Nothing to do: there is no snapshot {name}"),
        Operation::Destroy(_) => "Nothing to do: nothing is left that goes".to_owned(),
        Operation::Replace(_) => "Nothing to do: every brick is whole".to_owned(),
    }
}

/// Starts the readers of events: the record, then the progress on the screen, then `more`.
pub(super) fn readers(
    global: &Global,
    inventory: &Inventory,
    limit: Vec<HostName>,
    mut more: impl FnMut(&Event) + Send + 'static,
) -> (Events, Reading) {
    let mut record = Record::new(&inventory.cluster, invoker::this(), limit);
    let mut progress = Progress::new(global);
    events::read(move |event| {
        // The record comes first: what a person has seen is recorded, even if the power fails.
        if let Err(error) = record.event(event) {
            output::stderr(&format!("warning: this run leaves no record: {error:#}\n"));
        }
        progress.event(event);
        more(event);
    })
}

/// Reads the saved plan, if the command line names one.
///
/// # Errors
/// The file is no saved plan.
pub fn saved_plan(options: &SavedPlan) -> anyhow::Result<Option<Plan>> {
    let Some(file) = &options.plan else { return Ok(None) };
    let wrong = |why: String| Usage(format!("error: {}{why}", file.display()));
    let text = std::fs::read_to_string(file)
        .map_err(|error| wrong(format!(": {error}\nmake a plan with: glusterctl plan --out FILE")))?;
    let plan = saved::read(&text).map_err(|why| wrong(format!(" {why}")))?;
    Ok(Some(plan))
}
