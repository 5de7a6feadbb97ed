//! Which step may begin next: counts the needs of each step that have not ended. Pure.
//!
//! The steps of one host run one after the other in the plan's order; hosts do not wait for each other, except where a
//! step needs another host's step.

use std::collections::{BTreeMap, VecDeque};

use crate::inventory::HostName;
use crate::plan::Step;

/// What is to be done next with a step. A step is named by its place: its index in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The step is to be run, and its end to be told to [`Schedule::ended`].
    Run(usize),
    /// The step is not run, because a step that it needs did not succeed.
    Skip(usize),
}

/// The steps of a plan that have not begun, and what they wait for.
#[derive(Debug)]
pub struct Schedule {
    steps: Vec<Pending>,
    lanes: Vec<Lane>,
    /// Lanes whose first step may be ready; a lane may be in this queue more than once, or too early.
    due: VecDeque<usize>,
}

#[derive(Debug)]
struct Pending {
    /// The lane of the step's host.
    lane: usize,
    /// How many of the step's needs have not ended.
    unmet: usize,
    /// A step that this step needs did not succeed.
    doomed: bool,
    /// The steps that need this step.
    dependents: Vec<usize>,
}

/// The steps of one host.
#[derive(Debug, Default)]
struct Lane {
    queue: VecDeque<usize>,
    /// A step of this host runs.
    busy: bool,
}

impl Schedule {
    /// The schedule of a plan's steps. A need that is no earlier step of the plan counts as a step that did not
    /// succeed.
    #[must_use]
    pub fn new(plan: &[Step]) -> Self {
        let mut names: BTreeMap<&HostName, usize> = BTreeMap::new();
        let mut lanes: Vec<Lane> = Vec::new();
        let mut steps: Vec<Pending> = Vec::with_capacity(plan.len());
        for (place, step) in plan.iter().enumerate() {
            let lane = *names.entry(&step.host).or_insert_with(|| {
                lanes.push(Lane::default());
                lanes.len() - 1
            });
            lanes[lane].queue.push_back(place);
            for need in step.needs.iter().filter(|need| **need < place) {
                steps[*need].dependents.push(place);
            }
            steps.push(Pending {
                lane,
                unmet: step.needs.len(),
                doomed: step.needs.iter().any(|need| *need >= place),
                dependents: Vec::new(),
            });
        }
        let due = (0..lanes.len()).collect();
        Schedule { steps, lanes, due }
    }

    /// The next step that can be run or skipped now. None means that no step can until a running step has ended; if no
    /// step runs, all steps are decided.
    pub fn next(&mut self) -> Option<Next> {
        while let Some(lane) = self.due.pop_front() {
            let Lane { queue, busy } = &mut self.lanes[lane];
            let Some(&first) = queue.front().filter(|_| !*busy) else {
                continue;
            };
            if self.steps[first].doomed {
                queue.pop_front();
                self.settle(first, false);
                return Some(Next::Skip(first));
            }
            if self.steps[first].unmet == 0 {
                queue.pop_front();
                *busy = true;
                return Some(Next::Run(first));
            }
        }
        None
    }

    /// Takes note that a step that was to be run has ended.
    pub fn ended(&mut self, place: usize, succeeded: bool) {
        let lane = self.steps[place].lane;
        self.lanes[lane].busy = false;
        self.settle(place, succeeded);
    }

    /// Tells a step's end to the steps that need it, and lets the step's host go on.
    fn settle(&mut self, place: usize, succeeded: bool) {
        self.due.push_back(self.steps[place].lane);
        for dependent in std::mem::take(&mut self.steps[place].dependents) {
            let step = &mut self.steps[dependent];
            step.unmet -= 1;
            step.doomed |= !succeeded;
            if step.unmet == 0 || step.doomed {
                self.due.push_back(step.lane);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;

    fn plan(steps: &[(&str, &[usize])]) -> Vec<Step> {
        let step = |(host, needs): &(&str, &[usize])| Step {
            needs: needs.to_vec(),
            ..Step::made_up(host, "t")
        };
        steps.iter().map(step).collect()
    }

    fn all(schedule: &mut Schedule) -> Vec<Next> {
        std::iter::from_fn(|| schedule.next()).collect()
    }

    #[test]
    fn hosts_go_on_side_by_side_and_each_in_the_order_of_the_plan() {
        let plan = plan(&[("a", &[]), ("a", &[]), ("b", &[]), ("b", &[0]), ("b", &[])]);
        let mut schedule = Schedule::new(&plan);
        assert_eq!(all(&mut schedule), [Next::Run(0), Next::Run(2)]);
        schedule.ended(2, true);
        assert_eq!(
            all(&mut schedule),
            [],
            "step 3 needs step 0, and step 4 comes after step 3"
        );
        schedule.ended(0, true);
        assert_eq!(all(&mut schedule), [Next::Run(1), Next::Run(3)]);
        schedule.ended(3, false);
        assert_eq!(all(&mut schedule), [Next::Run(4)]);
    }

    #[test]
    fn what_needs_a_step_that_failed_is_skipped_with_all_that_needs_it() {
        let plan = plan(&[("a", &[]), ("b", &[0]), ("b", &[1]), ("b", &[])]);
        let mut schedule = Schedule::new(&plan);
        assert_eq!(all(&mut schedule), [Next::Run(0)]);
        schedule.ended(0, false);
        assert_eq!(all(&mut schedule), [Next::Skip(1), Next::Skip(2), Next::Run(3)]);
    }

    #[test]
    fn a_need_that_no_earlier_step_meets_is_never_met() {
        let plan = plan(&[("a", &[0]), ("a", &[7]), ("a", &[])]);
        assert_eq!(
            all(&mut Schedule::new(&plan)),
            [Next::Skip(0), Next::Skip(1), Next::Run(2)]
        );
    }

    prop_compose! {
        fn any_step()(host in 0..5_usize, needs in prop::collection::vec(any::<Index>(), 0..4), succeeds in prop::bool::weighted(0.8)) -> (usize, Vec<Index>, bool) {
            (host, needs, succeeds)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

        #[test]
        fn every_step_runs_after_all_that_it_needs_or_is_skipped_because_a_need_did_not_succeed(
            wishes in prop::collection::vec(any_step(), 0..40),
            order in prop::collection::vec(any::<Index>(), 40),
        ) {
            let plan: Vec<Step> = wishes.iter().enumerate().map(|(place, (host, needs, _))| Step {
                needs: needs.iter().filter(|_| place > 0).map(|need| need.index(place.max(1))).collect(),
                ..Step::made_up(&format!("kube{host}"), "t")
            }).collect();
            let mut schedule = Schedule::new(&plan);
            let mut ends: Vec<Option<bool>> = vec![None; plan.len()];
            let (mut running, mut order) = (Vec::new(), order.into_iter());
            let mut last: BTreeMap<&HostName, usize> = BTreeMap::new();
            loop {
                while let Some(next) = schedule.next() {
                    let (Next::Run(place) | Next::Skip(place)) = next;
                    let step = &plan[place];
                    prop_assert!(last.insert(&step.host, place).is_none_or(|before| before < place));
                    match next {
                        Next::Run(_) => {
                            prop_assert!(step.needs.iter().all(|need| ends[*need] == Some(true)));
                            prop_assert!(running.iter().all(|other: &usize| plan[*other].host != step.host));
                            running.push(place);
                        }
                        Next::Skip(_) => {
                            prop_assert!(step.needs.iter().any(|need| ends[*need] == Some(false)));
                            ends[place] = Some(false);
                        }
                    }
                }
                let Some(index) = order.next().filter(|_| !running.is_empty()) else { break };
                let place = running.swap_remove(index.index(running.len()));
                ends[place] = Some(wishes[place].2);
                schedule.ended(place, wishes[place].2);
            }
            prop_assert!(ends.iter().all(Option::is_some), "{ends:?}");
        }
    }
}
