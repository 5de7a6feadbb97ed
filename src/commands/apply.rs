//! `apply`: observe, plan, execute, and observe again until nothing is left to do.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use super::Ending;
use super::cluster::{self, Failures};
use crate::cli::{Global, OutputFormat};
use crate::execute::{self, Event, Events, Outcome};
use crate::facts::{Facts, Hosts};
use crate::inventory::HostName;
use crate::output::{self, progress::Progress};
use crate::plan::{self, Plan, Problem};

/// More rounds than any plan needs: one for the hosts, one for what is known once their daemons run, one to spare.
const ROUNDS: usize = 5;

/// Runs `apply`.
///
/// # Errors
/// The inventory is wrong, or the hosts did not become what it wants: every reason, with what was done all the same.
pub fn run(global: &Global) -> anyhow::Result<Ending> {
    let inventory = cluster::inventory(global)?;
    let hosts = cluster::hosts(global, &inventory)?;
    cluster::run(&hosts, converge(global, &hosts))?;
    Ok(Ending::Done)
}

/// What an `apply` came to.
struct Result {
    /// The hosts at the end, as last observed.
    facts: Facts,
    /// The steps that were done, by host.
    changed: Vec<HostName>,
    /// What went wrong.
    errors: Vec<String>,
}

/// Makes the hosts what their inventory wants, and returns what they look like then.
///
/// # Errors
/// They did not become that.
pub async fn converge(global: &Global, hosts: &Arc<Hosts>) -> anyhow::Result<Facts> {
    let begun = Instant::now();
    let (events, receiver) = Events::channel();
    let shown = tokio::spawn(Progress::new(global).show(receiver));
    let result = rounds(hosts, &events).await;
    let seconds = begun.elapsed().as_secs_f64();
    events.send(Event::Finished {
        done: result.errors.is_empty(),
        changed: result.changed.len(),
        errors: result.errors.clone(),
        seconds,
    });
    drop(events);
    let _ = shown.await;

    let count = super::plan::count(
        result.changed.len(),
        result.changed.iter().collect::<BTreeSet<_>>().len(),
    );
    let say = |text: String| {
        if !global.quiet && global.output == OutputFormat::Table {
            output::stderr(&text);
        }
    };
    if !result.errors.is_empty() {
        say(format!("Not finished: {count} done in {seconds:.1} s.\n"));
        return Err(Failures(result.errors).into());
    }
    say(match result.changed.is_empty() {
        true => format!("Nothing to do: everything is as the inventory wants it ({seconds:.1} s).\n"),
        false => format!("Done: {count}, observed again and proved, in {seconds:.1} s.\n"),
    });
    Ok(result.facts)
}

async fn rounds(hosts: &Arc<Hosts>, events: &Events) -> Result {
    let inventory = hosts.inventory();
    let mut done: BTreeSet<(HostName, String)> = BTreeSet::new();
    let mut changed = Vec::new();
    let mut failed: Vec<String> = Vec::new();
    for _ in 0..ROUNDS {
        events.send(Event::Observing {
            hosts: inventory.hosts.iter().map(|host| host.name.clone()).collect(),
        });
        let facts = hosts.observe().await;
        let plan = plan::plan(inventory, &facts);
        events.send(Event::Planned {
            steps: plan.steps.len(),
            problems: plan.problems.clone(),
            waiting: plan.waiting.clone(),
        });
        if plan.is_done() {
            // A step that failed though all is well now (Gluster answered late, say) is no failure of the whole.
            return Result {
                facts,
                changed,
                errors: Vec::new(),
            };
        }
        let key = |place: usize| (plan.steps[place].host.clone(), plan.steps[place].title.clone());
        let repeats = (0..plan.steps.len()).all(|place| done.contains(&key(place)));
        if plan.steps.is_empty() || !failed.is_empty() || repeats {
            let errors = left(&plan, failed, repeats);
            return Result { facts, changed, errors };
        }
        for (place, outcome) in execute::run(hosts, &plan, events).await.into_iter().enumerate() {
            let step = &plan.steps[place];
            match outcome {
                Outcome::Done => {
                    done.insert(key(place));
                    changed.push(step.host.clone());
                }
                Outcome::Failed(why) => failed.push(format!("{}: {}: {why}", step.host, step.title)),
                Outcome::Skipped => {}
            }
        }
    }
    let errors = vec![format!(
        "after {ROUNDS} rounds there is still something to do; look at glusterctl plan"
    )];
    Result {
        facts: Facts::default(),
        changed,
        errors,
    }
}

/// Why it is not finished: what failed, what stands in the way, and what the hosts do not take on.
fn left(plan: &Plan, failed: Vec<String>, repeats: bool) -> Vec<String> {
    let mut errors = failed;
    // A host that was lost during a step is also one that cannot be observed: that is the same news.
    errors.extend(
        plan.problems
            .iter()
            .map(Problem::message)
            .filter(|message| !errors.contains(message))
            .collect::<Vec<_>>(),
    );
    if errors.is_empty() && repeats {
        errors.extend(plan.steps.iter().map(|step| {
            format!(
                "{}: {}: it was done, but it is needed again: {}",
                step.host, step.title, step.reason
            )
        }));
    }
    if errors.is_empty() {
        errors.extend(
            plan.waiting
                .iter()
                .map(|waiting| format!("{}: not until {}", waiting.what, waiting.until)),
        );
    }
    errors
}
