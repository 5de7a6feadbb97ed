//! Runs a plan's steps on all hosts: a step waits only for the steps before it on its host and for the steps that it
//! needs. Called by `converge`.

mod boot;
mod judge;
mod schedule;
mod step;
mod stop;
mod watch;

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::events::{Event, Events};
use crate::plan::{Plan, Step};
use crate::remote::Hosts;
use crate::scale;

pub use stop::Stop;

use schedule::{Next, Schedule};
use step::Runner;

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The step succeeded.
    Done,
    /// Why the step failed, with the command's own words.
    Failed(String),
    /// The step found that earlier steps did not do what they were for, and has taken the beginning back; why.
    Anew(String),
    /// The step was not begun, because a step that it needs did not succeed, or because the run was asked to stop.
    Skipped,
}

/// Runs all steps of a plan and says how each ended, in the plan's order. When asked to stop, the steps that run are
/// finished, and no other step is begun.
pub async fn run(hosts: &Arc<Hosts>, plan: &Plan, events: &Events, stop: &Stop) -> Vec<End> {
    let mut ends = vec![End::Skipped; plan.steps.len()];
    let mut schedule = Schedule::new(&plan.steps);
    let mut running = JoinSet::new();
    let skipped = |step: &Step| {
        events.send(Event::Skipped {
            host: step.host.clone(),
            step: step.title.clone(),
        });
    };
    loop {
        while running.len() < scale::STEPS
            && let Some(next) = schedule.next()
        {
            match next {
                Next::Run(place) if stop.reason().is_none() => {
                    let runner = Runner {
                        hosts: Arc::clone(hosts),
                        step: plan.steps[place].clone(),
                        events: events.clone(),
                        stop: stop.clone(),
                    };
                    running.spawn(async move { (place, runner.run().await) });
                }
                Next::Run(place) => {
                    schedule.ended(place, false);
                    skipped(&plan.steps[place]);
                }
                Next::Skip(place) => skipped(&plan.steps[place]),
            }
        }
        match running.join_next().await {
            None => return ends,
            Some(Ok((place, end))) => {
                schedule.ended(place, end == End::Done);
                ends[place] = end;
            }
            // No step is ever aborted, so the error of a join is a panic.
            Some(Err(panic)) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
}
