//! `apply`: observe, plan, execute, and observe again until nothing is left to do.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cluster::{self, Failures};
use super::consent::{self, Consent};
use super::{Ending, saved};
use crate::cli::{Global, OutputFormat};
use crate::converge::{lock, owner};
use crate::events::{self, Event, Events, Reading};
use crate::execute::{self, Outcome, Stop};
use crate::facts::{self, Facts};
use crate::inventory::{HostName, Inventory};
use crate::output::{self, progress::Progress};
use crate::plan::{self, Plan, Problem};
use crate::record::Record;
use crate::remote::{Hosts, Way};

/// More rounds than any plan needs: one for the hosts, one for what is known once their daemons run, one to spare.
const ROUNDS: usize = 5;

/// Runs `apply`.
///
/// # Errors
/// The inventory is wrong, or the hosts did not become what it wants: every reason, with what was done all the same.
pub fn run(global: &Global, file: Option<&Path>, wait: Option<Duration>) -> anyhow::Result<Ending> {
    let inventory = cluster::inventory(global)?;
    let saved = file.map(saved::read).transpose()?;
    let hosts = cluster::hosts(global, &inventory)?;
    let consent = Consent::of(global);
    let converge = |stop| Converge {
        global,
        hosts: &hosts,
        stop,
        consent,
        saved,
        wait,
    };
    cluster::run_gently(&hosts, |stop| converge(stop).run())?;
    Ok(Ending::Done)
}

/// Makes the hosts what their inventory wants.
pub struct Converge<'a> {
    /// How to show it.
    pub global: &'a Global,
    /// The hosts.
    pub hosts: &'a Arc<Hosts>,
    /// The wish to stop.
    pub stop: Stop,
    /// Who agrees to formatting.
    pub consent: Consent,
    /// Exactly this, or nothing.
    pub saved: Option<Plan>,
    /// For how long others are waited for.
    pub wait: Option<Duration>,
}

/// Starts the readers of events: the record, then whatever shows them.
fn readers(global: &Global, inventory: &Inventory) -> (Events, Reading) {
    let mut record = Record::new(&inventory.cluster, owner::this());
    let mut progress = Progress::new(global);
    events::read(move |event| {
        // First of all: what a person has seen is in the record, even if the power fails.
        if let Err(error) = record.event(event) {
            output::stderr(&format!("warning: this run leaves no record: {error:#}\n"));
        }
        progress.event(event);
    })
}

/// How often those that are waited for are looked at.
const PAUSE: Duration = Duration::from_secs(2);

/// What was done, and what went wrong.
#[derive(Default)]
struct Done {
    /// How many of the steps were done before something was waited for: they may have to be done again.
    settled: usize,
    /// The steps that were done: where and what.
    steps: Vec<(HostName, String)>,
    errors: Vec<String>,
}

impl Converge<'_> {
    /// Does it, and returns what the hosts look like then.
    ///
    /// # Errors
    /// They did not become what the inventory wants; all reasons.
    pub async fn run(self) -> anyhow::Result<Facts> {
        let begun = Instant::now();
        let mut done = Done::default();
        let (events, shown) = readers(self.global, self.hosts.inventory());
        let facts = self.rounds(&events, &mut done).await;
        let seconds = begun.elapsed().as_secs_f64();
        let (changed, errors) = (done.steps.len(), done.errors.clone());
        events.send(Event::Finished {
            done: errors.is_empty(),
            changed,
            errors,
            seconds,
        });
        drop(events);
        shown.finish().await;

        let hosts: BTreeSet<&HostName> = done.steps.iter().map(|(host, _)| host).collect();
        let count = super::plan::count(changed, hosts.len());
        let say = |text: String| {
            if !self.global.quiet && self.global.output == OutputFormat::Table {
                output::stderr(&text);
            }
        };
        if !done.errors.is_empty() {
            say(format!("Not finished after {seconds:.1} s: {count} done.\n"));
            return Err(Failures(done.errors).into());
        }
        for warning in self.warnings(&facts) {
            say(format!("warning: {warning}\n"));
        }
        say(match changed {
            0 => format!("Nothing to do: everything is as the inventory wants it ({seconds:.1} s).\n"),
            _ => format!("Done: {count}, observed again and proved, in {seconds:.1} s.\n"),
        });
        Ok(facts)
    }

    fn warnings(&self, facts: &Facts) -> Vec<String> {
        let hosts = self.hosts.inventory().hosts.iter();
        let of = |host| Some(plan::boot::unprotected(host, facts.of(&host.name)?));
        hosts.filter_map(of).flatten().collect()
    }

    /// Errors go to `done`.
    async fn rounds(&self, events: &Events, done: &mut Done) -> Facts {
        let locked = lock::take(self.hosts, &owner::this(), events, &self.stop).await;
        let (mut facts, mut plan) = match &locked {
            Ok(_) => self.look(events).await,
            Err(_) => (Facts::default(), Plan::default()),
        };
        if let Err(why) = locked {
            done.errors.push(why);
            return facts;
        }
        if let Some(saved) = &self.saved
            && let Some(changes) = saved::changes(saved, &plan)
        {
            done.errors.push(changes);
            return facts;
        }
        if plan.is_done() {
            return facts;
        }
        let agreed = match consent::ask(self.consent, &plan, events, &self.stop).await {
            Ok(agreed) => agreed,
            Err(refusal) => {
                done.errors.push(refusal);
                return facts;
            }
        };

        let begun = Instant::now();
        let (mut round, mut waited) = (0, String::new());
        loop {
            round += 1;
            let failed = self.execute(&plan, events, done).await;
            if let Some(reason) = self.stop.reason() {
                done.errors.extend(failed);
                done.errors.push(format!(
                    "stopped: {reason}; the next apply carries on from what is there"
                ));
                break;
            }
            (facts, plan) = self.look(events).await;
            if plan.is_done() {
                // A step that failed though all is well now (Gluster answered late, say) is no failure of the whole.
                break;
            }
            let may_come = self.may_come(&facts, &plan, &failed);
            let errors = self.left(&plan, failed, done, &agreed, round);
            if errors.is_empty() {
                continue;
            }
            if !may_come || self.wait.is_none_or(|limit| begun.elapsed() > limit) {
                done.errors.extend(errors);
                break;
            }
            self.wait_for(&plan, &errors, &mut waited, events).await;
            (facts, plan) = self.look(events).await;
            if plan.is_done() {
                break;
            }
            (round, done.settled) = (0, done.steps.len());
        }
        facts
    }

    async fn look(&self, events: &Events) -> (Facts, Plan) {
        let inventory = self.hosts.inventory();
        events.send(Event::Observing {
            hosts: inventory.hosts.iter().map(|host| host.name.clone()).collect(),
        });
        let facts = facts::observe(self.hosts).await;
        let plan = plan::plan(inventory, &facts);
        events.send(Event::Planned {
            steps: plan.steps.len(),
            problems: plan.problems.clone(),
            waiting: plan.waiting.clone(),
        });
        (facts, plan)
    }

    /// Executes a plan; returns what failed.
    async fn execute(&self, plan: &Plan, events: &Events, done: &mut Done) -> Vec<String> {
        let mut failed = Vec::new();
        let outcomes = execute::run(self.hosts, plan, events, &self.stop).await;
        for (step, outcome) in plan.steps.iter().zip(outcomes) {
            match outcome {
                Outcome::Done => done.steps.push((step.host.clone(), step.title.clone())),
                Outcome::Failed(why) => failed.push(format!("{}: {}: {why}", step.host, step.title)),
                Outcome::Skipped => {}
            }
        }
        failed
    }

    /// Whether what is left may come by itself: everything that stands in the way is on hosts that cannot be reached, or
    /// that provision themselves.
    fn may_come(&self, facts: &Facts, plan: &Plan, failed: &[String]) -> bool {
        let unreached = |host: &Option<HostName>| {
            host.as_ref()
                .is_some_and(|host| matches!(facts.hosts.get(host), Some(Err(_))))
        };
        let theirs = plan.problems.iter().all(|problem| unreached(&problem.host));
        // What failed for want of the others succeeds with them; a disk is tried once.
        let formats = plan.steps.iter().any(|step| step.formats.is_some());
        theirs && (failed.is_empty() || facts.is_partial()) && !formats
    }

    /// Pauses; what is waited for is said once.
    async fn wait_for(&self, plan: &Plan, errors: &[String], said: &mut String, events: &Events) {
        let why = match plan.waiting.first() {
            Some(waiting) => format!("{}: not until {}", waiting.what, waiting.until),
            None => errors.join("; "),
        };
        let inventory = self.hosts.inventory();
        let host = inventory.hosts.iter().find(|host| self.hosts.way(host) == Way::Here);
        if let Some(host) = host.or(inventory.hosts.first()).filter(|_| *said != why) {
            said.clone_from(&why);
            events.send(Event::Waiting {
                host: host.name.clone(),
                why,
            });
        }
        tokio::time::sleep(PAUSE).await;
    }

    /// Why it does not go on: what failed, what stands in the way, what the hosts do not take on. Empty if another
    /// round helps.
    fn left(
        &self,
        plan: &Plan,
        failed: Vec<String>,
        done: &Done,
        agreed: &consent::Agreed,
        round: usize,
    ) -> Vec<String> {
        let recent = &done.steps[done.settled..];
        let again = |step: &plan::Step| recent.contains(&(step.host.clone(), step.title.clone()));
        let repeats = !plan.steps.is_empty() && plan.steps.iter().all(again);
        // A host that was busy or came up later has devices, too: --yes is for all of the run, an answer for what was shown.
        let asked_for_more = match self.consent {
            Consent::Given => None,
            Consent::Ask | Consent::Missing => consent::missing(plan, agreed),
        };
        if failed.is_empty()
            && !plan.steps.is_empty()
            && !repeats
            && round < ROUNDS
            && asked_for_more.is_none()
            && self.saved.is_none()
        {
            return Vec::new();
        }
        let mut errors = failed;
        for message in plan.problems.iter().map(Problem::message) {
            // A host that was lost during a step cannot be observed either: that is the same news.
            if !errors.contains(&message) {
                errors.push(message);
            }
        }
        errors.extend(asked_for_more);
        if errors.is_empty() {
            let why = |step: &plan::Step| match (repeats, self.saved.is_some()) {
                (true, _) => format!("it was done, but it is needed again: {}", step.reason),
                (false, true) => "the saved plan does not have it; make another plan".to_owned(),
                (false, false) => format!("still to be done after {ROUNDS} rounds: {}", step.reason),
            };
            errors.extend(
                plan.steps
                    .iter()
                    .map(|step| format!("{}: {}: {}", step.host, step.title, why(step))),
            );
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
}
