//! How a round of a run ended, which decides what the run does next. Pure.

use std::collections::BTreeSet;

use super::consent::Agreed;
use super::saved;
use crate::inventory::HostName;
use crate::plan::{Danger, Plan, Problem, Step, Success};

/// More rounds than any run needs: a round for the hosts, a round for what glusterd says once glusterd runs, a round for each
/// change of a volume's bricks, and spare rounds.
const ROUNDS: usize = 20;

/// How a round ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Round {
    /// The hosts are as the inventory wants them.
    Done,
    /// The current plan is to be executed.
    Again,
    /// Nothing can be done from this machine, and other hosts may still do their part; what the run waits for.
    Wait(String),
    /// The hosts cannot become what the inventory wants; every reason.
    Failed(Vec<String>),
}

/// What is known at the end of a round.
#[derive(Debug, Clone, Copy)]
pub struct State<'a> {
    /// What is left to do.
    pub plan: &'a Plan,
    /// Why steps of this round failed, a message for each step.
    pub failed: &'a [String],
    /// The steps that were done since the run last waited: host and title.
    pub done: &'a [(HostName, String)],
    /// The dangers that somebody agreed to.
    pub agreed: &'a Agreed,
    /// The only steps that the run may do, if it was given a saved plan.
    pub saved: Option<&'a Plan>,
    /// How many times a plan was executed since the run last waited.
    pub round: usize,
    /// The hosts that could not be observed.
    pub unreachable: &'a BTreeSet<HostName>,
    /// Whether some hosts provision themselves.
    pub self_managed: bool,
    /// Whether the run may wait any longer.
    pub patient: bool,
}

impl State<'_> {
    /// How the round ended.
    #[must_use]
    pub fn end(&self) -> Round {
        if self.plan.is_done() {
            // A step that failed does not fail the run if the hosts are right now: Gluster may have answered late.
            return Round::Done;
        }
        if self.failed.is_empty() && self.is_done_as_far_as_known() {
            return Round::Done;
        }
        let refusal = self.agreed.refusal(self.plan);
        let progress = !self.plan.steps.is_empty() && !self.repeats() && self.round < ROUNDS;
        if self.failed.is_empty() && progress && refusal.is_none() && !self.is_beyond_saved() {
            return Round::Again;
        }
        let errors = self.errors(refusal);
        if !self.patient || !self.may_come() {
            return Round::Failed(errors);
        }
        Round::Wait(match self.plan.waiting.first() {
            Some(waiting) => format!("{}: not until {}", waiting.what, waiting.until),
            None => errors.join("; "),
        })
    }

    /// Whether all that is left are steps that were done, and of which no fact says whether they are needed: to watch what was
    /// watched to its end, for example.
    fn is_done_as_far_as_known(&self) -> bool {
        let Plan {
            steps,
            problems,
            waiting,
            run: _,
            limit: _,
        } = self.plan;
        let is_unknown = |step: &Step| matches!(step.success, Success::Watch(_) | Success::Once);
        steps.iter().all(is_unknown) && self.repeats() && problems.is_empty() && waiting.is_empty()
    }

    /// Whether every step that is left was done before.
    fn repeats(&self) -> bool {
        let was_done = |step: &Step| self.done.contains(&(step.host.clone(), step.title.clone()));
        !self.plan.steps.is_empty() && self.plan.steps.iter().all(was_done)
    }

    /// Whether a step that is left is not in the saved plan.
    fn is_beyond_saved(&self) -> bool {
        let is_in = |saved: &Plan, step: &Step| saved.steps.iter().any(|other| saved::same(step, other));
        self.saved
            .is_some_and(|saved| !self.plan.steps.iter().all(|step| is_in(saved, step)))
    }

    /// Whether waiting may help: all problems are on hosts that cannot be reached, and steps failed only where other
    /// hosts provision themselves.
    fn may_come(&self) -> bool {
        let is_away = |problem: &Problem| {
            problem
                .host
                .as_ref()
                .is_some_and(|host| self.unreachable.contains(host))
        };
        // A dangerous step is tried only once. Other steps may have failed because another host was not ready.
        let dangerous = self.plan.steps.iter().any(|step| step.danger != Danger::Safe);
        self.plan.problems.iter().all(is_away)
            && (self.failed.is_empty() || self.self_managed)
            && !dangerous
            && !self.is_beyond_saved()
    }

    /// Why the run does not go on: failed steps, problems, missing consent, and else the steps or waits that are left.
    fn errors(&self, refusal: Option<String>) -> Vec<String> {
        let mut errors = self.failed.to_vec();
        for message in self.plan.problems.iter().map(Problem::message) {
            // A host that was lost during a step cannot be observed either, for the same reason.
            if !errors.contains(&message) {
                errors.push(message);
            }
        }
        errors.extend(refusal);
        if errors.is_empty() {
            let why = |step: &Step| match (self.repeats(), self.is_beyond_saved()) {
                (true, _) => format!("the step was done, but is needed again: {}", step.reason),
                (false, true) => "the saved plan does not have this step; make another plan".to_owned(),
                (false, false) => format!("still to be done after {ROUNDS} rounds: {}", step.reason),
            };
            let steps = self.plan.steps.iter();
            errors.extend(steps.map(|step| format!("{}: {}: {}", step.host, step.title, why(step))));
        }
        if errors.is_empty() {
            let waiting = self.plan.waiting.iter();
            errors.extend(waiting.map(|waiting| format!("{}: not until {}", waiting.what, waiting.until)));
        }
        errors
    }
}

#[cfg(test)]
mod tests;
