//! Makes the hosts what their inventory wants: observes, plans, gets consent, executes, and observes again until
//! nothing is left to do. Called by the commands `apply` and `rehearse`. Prints nothing: events tell what happens, and
//! the outcome tells how the run ended.

mod attempts;
pub mod consent;
pub mod invoker;
mod lock;
mod round;
pub mod saved;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::desired::{Desired, DesiredHost};
use crate::events::{Event, Events};
use crate::execute::{self, End, Stop};
use crate::facts::{self, Facts};
use crate::inventory::HostName;
use crate::plan::{self, Limited, Operation, Plan};
use crate::remote::{Hosts, Reach};

use attempts::Attempts;
use consent::{Agreed, Consent};
use round::{Round, State};

/// The pause of a run that waits for hosts, before the run observes the hosts again.
const PAUSE: Duration = Duration::from_secs(2);

/// What a run may do.
#[derive(Debug)]
pub struct Terms {
    /// What is to be done.
    pub operation: Operation,
    /// How the run gets consent to the dangers of plans.
    pub consent: Consent,
    /// The only plan that may be executed, if the hosts still need exactly that plan.
    pub saved: Option<Plan>,
    /// For how long the run waits for hosts that are unreachable or provision themselves; without a duration, not at
    /// all.
    pub wait: Option<Duration>,
}

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    /// The hosts as they were observed last.
    pub facts: Facts,
    /// The steps that were done: host and title.
    pub done: Vec<(HostName, String)>,
    /// What was left out of the last plan because of a limit.
    pub limit: Option<Limited>,
    /// Why the hosts did not become what the inventory wants; empty if they did.
    pub errors: Vec<String>,
    /// How long the run took, in seconds.
    pub seconds: f64,
}

/// Makes the hosts what their inventory wants. When asked to stop, the run finishes the steps that have begun.
pub async fn run(hosts: &Arc<Hosts>, terms: &Terms, events: &Events, stop: &Stop) -> Outcome {
    let begun = Instant::now();
    let mut run = Run {
        hosts,
        desired: Desired::of(hosts.inventory()),
        terms,
        events,
        stop,
        facts: Facts::default(),
        plan: Plan::default(),
        done: Vec::new(),
        attempts: Attempts::default(),
    };
    let errors = run.converge().await.err().unwrap_or_default();
    run.tell_of_new_keys();
    let seconds = begun.elapsed().as_secs_f64();
    events.send(Event::Finished {
        done: errors.is_empty(),
        changed: run.done.len(),
        errors: errors.clone(),
        seconds,
    });
    Outcome {
        facts: run.facts,
        done: run.done,
        limit: run.plan.limit,
        errors,
        seconds,
    }
}

struct Run<'a> {
    hosts: &'a Arc<Hosts>,
    desired: Desired<'a>,
    terms: &'a Terms,
    events: &'a Events,
    stop: &'a Stop,
    /// The hosts as they were observed last.
    facts: Facts,
    /// The plan that these facts need.
    plan: Plan,
    done: Vec<(HostName, String)>,
    attempts: Attempts,
}

impl Run<'_> {
    /// Takes the lock, gets consent, and goes through the rounds; fails with every reason.
    async fn converge(&mut self) -> Result<(), Vec<String>> {
        let one = |why: String| vec![why];
        let lock = lock::take(self.hosts, self.events, self.stop).await.map_err(one)?;
        self.observe().await;
        let answers = |host: &&HostName| self.facts.of(host).is_some();
        if let Some(host) = lock.silent.iter().find(answers) {
            return Err(vec![format!(
                "{host}: the host can be reached, but did not say whether the lock of the cluster is taken\n\
                 run the same command again; if this repeats, look whether /run on the host can be written"
            )]);
        }
        if let Some(saved) = &self.terms.saved
            && let Some(changes) = saved::changes(saved, &self.plan)
        {
            return Err(vec![changes]);
        }
        if self.plan.is_done() {
            return Ok(());
        }
        let agreed = consent::get(self.terms.consent.clone(), &self.plan, self.events, self.stop).await;
        self.rounds(&agreed.map_err(one)?).await
    }

    async fn rounds(&mut self, agreed: &Agreed) -> Result<(), Vec<String>> {
        let begun = Instant::now();
        let (mut next, mut round, mut waited) = (Round::Again, 0, String::new());
        // How many steps were done before the run last waited: those steps may have to be done again.
        let mut settled = 0;
        loop {
            let mut failed = Vec::new();
            match next {
                Round::Done => return Ok(()),
                Round::Failed(errors) => return Err(errors),
                Round::Again => {
                    round += 1;
                    failed = self.execute().await;
                }
                Round::Wait(why) => {
                    (round, settled) = (0, self.done.len());
                    self.wait(why, &mut waited).await;
                }
            }
            if let Some(reason) = self.stop.reason() {
                failed.push(format!(
                    "stopped: {reason}; the next apply observes the hosts again and does what is left to do"
                ));
                return Err(failed);
            }
            self.observe().await;
            let hosts = self.desired.hosts.iter().map(DesiredHost::name);
            let unreachable = hosts.filter(|host| self.facts.error_of(host).is_some());
            next = State {
                plan: &self.plan,
                failed: &failed,
                done: &self.done[settled..],
                agreed,
                saved: self.terms.saved.as_ref(),
                round,
                unreachable: &unreachable.cloned().collect::<BTreeSet<_>>(),
                self_managed: self.facts.is_partial(),
                patient: self.terms.wait.is_some_and(|limit| begun.elapsed() <= limit),
            }
            .end();
        }
    }

    /// Observes the hosts and plans what is left to do.
    async fn observe(&mut self) {
        let inventory = self.hosts.inventory();
        self.events.send(Event::Observing {
            hosts: inventory.hosts.iter().map(|host| host.name.clone()).collect(),
        });
        self.facts = facts::observe(self.hosts, &self.desired).await;
        self.tell_of_new_keys();
        self.plan = plan::plan(&self.desired, &self.facts, &self.terms.operation);
        if matches!(self.terms.consent, Consent::Unattended) {
            self.plan = plan::left_to_a_person(std::mem::take(&mut self.plan));
        }
        self.events.send(Event::Planned {
            steps: self.plan.steps.len(),
            problems: self.plan.problems.clone(),
            waiting: self.plan.waiting.clone(),
            limit: self.plan.limit.clone(),
        });
    }

    /// Tells which host keys ssh trusted at first sight.
    fn tell_of_new_keys(&self) {
        for key in self.hosts.take_new_keys() {
            self.events.send(Event::NewHostKey(key));
        }
    }

    /// Executes the plan; returns why steps failed, a message for each step.
    async fn execute(&mut self) -> Vec<String> {
        let (mut failed, mut anew) = (Vec::new(), Vec::new());
        let ends = execute::run(self.hosts, &self.plan, self.events, self.stop).await;
        for (step, end) in self.plan.steps.iter().zip(ends) {
            match end {
                End::Done => self.done.push((step.host.clone(), step.title.clone())),
                End::Failed(why) => failed.push(format!("{}: {}: {why}", step.host, step.title)),
                End::Anew(why) => anew.push(format!("{}: {}: {why}", step.host, step.title)),
                End::Skipped => {}
            }
        }
        self.attempts.failures(failed, anew)
    }

    /// Pauses. An event tells what the run waits for, whenever that changes.
    async fn wait(&self, why: String, told: &mut String) {
        let inventory = self.hosts.inventory();
        let here = inventory
            .hosts
            .iter()
            .find(|host| self.hosts.reach(host) == Reach::ThisMachine);
        if let Some(host) = here.or(inventory.hosts.first()).filter(|_| *told != why) {
            told.clone_from(&why);
            self.events.send(Event::Waiting {
                host: host.name.clone(),
                why,
            });
        }
        tokio::time::sleep(PAUSE).await;
    }
}
