//! Runs a plan: every host on its own, waiting only for the steps that a step needs.

mod judge;
mod stop;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::events::{Event, Events};
use crate::inventory::HostName;
use crate::plan::{Plan, Step, Success};
use crate::remote::{Hosts, Output};

pub use stop::Stop;

use judge::Verdict;

/// How one step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It succeeded.
    Done,
    /// It failed; why, with the command's own words.
    Failed(String),
    /// It was not begun, because a step that it needs did not succeed.
    Skipped,
}

/// For how long a command is repeated while another holds Gluster's lock: a crashed owner's is gone after 3 minutes.
const BUSY_LIMIT: Duration = Duration::from_secs(240);
/// For how long peers are waited for; it took 1.2 s with three servers.
const PEERS_LIMIT: Duration = Duration::from_secs(90);

/// A step's end, once it has come: whether it succeeded.
type Told = watch::Sender<Option<bool>>;

/// Runs all steps of a plan and says how each ended, in the plan's order. When asked to stop, it finishes what runs.
pub async fn run(hosts: &Arc<Hosts>, plan: &Plan, events: &Events, stop: &Stop) -> Vec<End> {
    let plan = Arc::new(plan.clone());
    let mut watched = Vec::with_capacity(plan.steps.len());
    let mut of_host: BTreeMap<&HostName, Vec<(usize, Told)>> = BTreeMap::new();
    for (place, step) in plan.steps.iter().enumerate() {
        let (end, receiver) = watch::channel(None);
        watched.push(receiver);
        of_host.entry(&step.host).or_default().push((place, end));
    }
    let mut workers = JoinSet::new();
    for (_, steps) in of_host {
        let worker = Worker {
            hosts: Arc::clone(hosts),
            plan: Arc::clone(&plan),
            watched: watched.clone(),
            events: events.clone(),
            stop: stop.clone(),
        };
        workers.spawn(worker.run(steps));
    }
    let mut outcomes = vec![End::Skipped; plan.steps.len()];
    for (place, outcome) in workers.join_all().await.into_iter().flatten() {
        outcomes[place] = outcome;
    }
    outcomes
}

/// Does the steps of one host, one after the other.
struct Worker {
    hosts: Arc<Hosts>,
    plan: Arc<Plan>,
    watched: Vec<watch::Receiver<Option<bool>>>,
    events: Events,
    stop: Stop,
}

impl Worker {
    async fn run(mut self, steps: Vec<(usize, Told)>) -> Vec<(usize, End)> {
        let plan = Arc::clone(&self.plan);
        let mut outcomes = Vec::with_capacity(steps.len());
        for (place, end) in steps {
            let step = &plan.steps[place];
            let outcome = if self.ready(step).await {
                self.step(step).await
            } else {
                End::Skipped
            };
            if outcome == End::Skipped {
                self.events.send(Event::Skipped {
                    host: step.host.clone(),
                    step: step.title.clone(),
                });
            }
            end.send_replace(Some(outcome == End::Done));
            outcomes.push((place, outcome));
        }
        outcomes
    }

    /// Waits until the steps that this one needs have ended; whether all succeeded, and nobody wants to stop.
    async fn ready(&mut self, step: &Step) -> bool {
        for need in &step.needs {
            match self.watched[*need].wait_for(Option::is_some).await {
                Ok(end) if *end == Some(true) => {}
                _ => return false,
            }
        }
        self.stop.reason().is_none()
    }

    async fn step(&self, step: &Step) -> End {
        let begun = Instant::now();
        let (host, title) = (step.host.clone(), step.title.clone());
        self.events.send(Event::Started {
            host,
            step: title,
            reason: step.reason.clone(),
        });
        let (outcome, output) = self.attempt(step, begun).await;
        let (host, title) = (step.host.clone(), step.title.clone());
        self.events.send(Event::Ended {
            host,
            step: title,
            seconds: begun.elapsed().as_secs_f64(),
            error: match &outcome {
                End::Failed(why) => Some(why.clone()),
                End::Done | End::Skipped => None,
            },
            command: step.command.clone(),
            status: output.as_ref().map(|output| output.status),
            output: output
                .map(|output| [output.stdout, output.stderr].concat())
                .unwrap_or_default(),
        });
        outcome
    }

    /// Runs the command, again while Gluster is busy or peers are not there yet.
    async fn attempt(&self, step: &Step, begun: Instant) -> (End, Option<Output>) {
        let script = step.script();
        let peers = matches!(step.success, Success::Peers(_));
        let limit = if peers { PEERS_LIMIT } else { BUSY_LIMIT };
        let mut pause = Duration::from_millis(100);
        loop {
            let output = match self.hosts.run(&step.host, &script).await {
                Ok(output) => output,
                Err(lost) => return (End::Failed(lost.to_string()), None),
            };
            match judge::judge(step, &output) {
                Verdict::Done => return (End::Done, Some(output)),
                Verdict::Failed(why) => return (End::Failed(why), Some(output)),
                Verdict::Again(why) if begun.elapsed() > limit => {
                    let remedy = match peers {
                        true => "check that port 24007 is open between all servers",
                        false => "another gluster command may hang; look at /var/log/glusterfs/glusterd.log there",
                    };
                    let why = format!("{why}, for {} s\n{remedy}", limit.as_secs());
                    return (End::Failed(why), Some(output));
                }
                Verdict::Again(why) => {
                    self.events.send(Event::Again {
                        host: step.host.clone(),
                        step: step.title.clone(),
                        why: why.clone(),
                    });
                    // Nothing runs between two tries: whoever wants to stop need not wait for the next.
                    tokio::select! {
                        () = sleep(pause) => {}
                        reason = self.stop.asked() => {
                            return (End::Failed(format!("{why}\nnot tried again: {reason}")), Some(output));
                        }
                    }
                    if !peers {
                        pause = (pause * 2).min(Duration::from_secs(5));
                    }
                }
            }
        }
    }
}
