//! `plan`: shows the steps that `apply`, or another command, would run.

mod summary;

use std::path::Path;
use std::sync::Arc;

use super::cluster::{self, Failures};
use super::{Ending, Usage, apply, destroy, limit, maintenance, replace, rolling, snapshot, waiting};
use crate::cli::{DEFAULT_INVENTORY, Global, PlanOptions, Planned, Reboot, Update};
use crate::converge::consent::Dangers;
use crate::converge::saved::Saved;
use crate::desired::Desired;
use crate::facts::{self, Facts};
use crate::inventory::Inventory;
use crate::output;
use crate::plan::{self, Operation, Plan, Problem};
use crate::record::{Estimate, Times};
use crate::shell;
use crate::text::{counted, printable_lines, span, wrapped};
use summary::{Look, numbered, summary};

/// Runs `plan`.
///
/// # Errors
/// The inventory is wrong, a host cannot be observed, or the plan has problems. If no host can be observed, there is no
/// plan: nothing is printed as data, and no file is written.
pub fn run(global: &Global, how: &PlanOptions, what: Option<&Planned>) -> anyhow::Result<Ending> {
    let mut inventory = cluster::inventory(global)?;
    let operation = match what {
        None => limit::operation(limit::hosts(&inventory, &how.limit)?),
        Some(_) if !how.limit.limit.is_empty() => {
            let words = "error: --limit is for the plan of apply alone: another command names its hosts itself";
            return Err(Usage(words.to_owned()).into());
        }
        Some(Planned::Destroy(options)) => destroy::operation(options),
        Some(Planned::Replace(options)) => replace::operation(Arc::make_mut(&mut inventory), options)?.0,
        Some(Planned::Maintenance(what)) => maintenance::operation(&inventory, what)?,
        Some(Planned::Reboot(options)) => Operation::Rolling(rolling::reboot(&inventory, options)?),
        Some(Planned::Update(options)) => Operation::Rolling(rolling::update(&inventory, options)?),
        Some(Planned::Snapshot(what)) => snapshot::operation(&inventory, what)?,
    };
    let hosts = cluster::hosts(global, &inventory)?;
    let desired = Desired::of(&inventory);
    let facts = waiting::look(global, &hosts, async { Ok(facts::observe(&hosts, &desired).await) })?;
    let operation = match (operation, what) {
        (Operation::Rolling(new), Some(Planned::Reboot(Reboot { how, .. }) | Planned::Update(Update { how, .. }))) => {
            Operation::Rolling(rolling::carried_on(new, &facts, how))
        }
        (operation, _) => operation,
    };
    let plan = plan::plan(&desired, &facts, &operation);
    let problems = plan.problems.iter().map(Problem::message);
    if facts.is_empty() {
        let nothing = "nothing could be planned: no host was reached".to_owned();
        return Err(Failures([nothing].into_iter().chain(problems).collect()).into());
    }
    if let Some(file) = &how.out {
        output::replace(file, &output::json(&Saved::of(&plan))?)?;
    }
    output::styled(global.output, &Saved::of(&plan), || {
        let full = how.full || global.verbose;
        text(&plan, &operation, full, || {
            short(global, &inventory, &facts, &plan, &operation)
        })
    })?;
    if !global.quiet && operation.is_apply() {
        for warning in plan::in_maintenance(&desired, &facts) {
            output::stderr(&format!("warning: {warning}\n"));
        }
    }
    if !plan.problems.is_empty() {
        return Err(Failures(problems.collect()).into());
    }
    Ok(if how.exit_code && !plan.is_done() {
        Ending::Difference
    } else {
        Ending::Done
    })
}

/// The text of a plan for people: in full, or in short; with every control sequence in it made visible, but for its own colours.
fn text(plan: &Plan, operation: &Operation, full: bool, short: impl FnOnce() -> String) -> String {
    let left_out = || limit::paragraph(plan, width());
    match (plan.is_done(), full) {
        (true, _) => output::fold(&format!("{}.\n{}", apply::nothing(operation), left_out())),
        (false, true) => printable_lines(&in_full(plan)) + &took(plan) + &left_out(),
        (false, false) => short(),
    }
}

/// The columns that a line may have.
fn width() -> usize {
    output::width(&std::io::stdout()).unwrap_or(output::COLUMNS.into())
}

/// The plan in short, and what to type next.
fn short(global: &Global, inventory: &Inventory, facts: &Facts, plan: &Plan, operation: &Operation) -> String {
    let look = Look {
        width: width(),
        colour: output::colour(global.color, &std::io::stdout()),
    };
    let asks = match Dangers::of(plan).is_empty() {
        true => "",
        false => ", after it has asked",
    };
    let (apply, limit) = match operation {
        Operation::Apply => (format!("`glusterctl apply` runs the steps{asks}; "), String::new()),
        Operation::ApplyOn(hosts) => {
            let limit = format!(" --limit {}", limit::names(hosts));
            (format!("`glusterctl apply{limit}` runs the steps{asks}; "), limit)
        }
        _ => Default::default(),
    };
    let last = format!("{apply}`glusterctl plan --full{limit}` shows every command.");
    summary(plan, inventory, facts, look) + &took(plan) + &wrapped(&last, look.width) + "\n"
}

/// How long such steps took before, if a record knows any.
fn took(plan: &Plan) -> String {
    let Some(Estimate { duration, known }) = Times::of_records().estimate(&plan.steps) else {
        return String::new();
    };
    let seconds = duration.as_secs_f64().ceil() as u64;
    let known = match known == plan.steps.len() {
        true => String::new(),
        false => format!(" ({known} of {} are known)", plan.steps.len()),
    };
    let told = format!("Such steps took {} before{known}.\n", span(seconds));
    output::fold(&told)
}

/// The steps in order, each with its reason and its script, with a heading wherever the host changes.
fn in_full(plan: &Plan) -> String {
    let mut text = String::new();
    let mut host = None;
    for (place, step) in plan.steps.iter().enumerate() {
        if host != Some(&step.host) {
            text.push_str(&format!("{}{}\n", if host.is_some() { "\n" } else { "" }, step.host));
            host = Some(&step.host);
        }
        text.push_str(&format!(
            "  {}. {}\n     because: {}\n",
            place + 1,
            step.title,
            step.reason
        ));
        for line in step.command.lines() {
            text.push_str(&format!("         {line}\n"));
        }
    }
    for waiting in &plan.waiting {
        text.push_str(&format!(
            "\nNot planned yet: {}, until {}.\n",
            waiting.what, waiting.until
        ));
    }
    let hosts: std::collections::BTreeSet<_> = plan.steps.iter().map(|step| &step.host).collect();
    text.push_str(&format!("\n{}.\n", count(plan.steps.len(), hosts.len())));
    text
}

/// The steps of a plan as a person at a terminal sees them before a question.
#[must_use]
pub fn steps(plan: &Plan) -> String {
    numbered(plan, output::room())
}

/// What to type next: a command on an inventory.
#[must_use]
pub fn next(command: &str, inventory: &Path) -> String {
    match inventory == Path::new(DEFAULT_INVENTORY) {
        true => format!("next: glusterctl {command}\n"),
        false => format!(
            "next: glusterctl {command} -i {}\n",
            shell::words([inventory.to_string_lossy()])
        ),
    }
}

/// How many steps on how many hosts, in words: `19 steps on 3 hosts`.
#[must_use]
pub fn count(steps: usize, hosts: usize) -> String {
    if steps == 0 {
        "no steps".into()
    } else {
        format!("{} on {}", counted(steps, "step"), counted(hosts, "host"))
    }
}
