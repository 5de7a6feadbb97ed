//! Self-managed hosts: each host takes its own steps, and the plan waits for them. Pure.

use super::steps::{Plan, Waiting};
use crate::facts::Facts;

/// The plan without the steps of self-managed hosts and without the steps that need such a step: the plan waits for
/// these steps.
pub fn left_to_them(plan: Plan, facts: &Facts) -> Plan {
    if !facts.is_partial() {
        return plan;
    }
    let mut own = Plan {
        steps: Vec::new(),
        ..plan
    };
    // The place of each step among the remaining steps; none if the step was left out.
    let mut places: Vec<Option<usize>> = Vec::with_capacity(plan.steps.len());
    for mut step in plan.steps {
        let is_self_managed = facts.of(&step.host).is_some_and(|host| host.self_managed.is_some());
        let needs: Option<Vec<usize>> = step.needs.iter().map(|need| places[*need]).collect();
        places.push(match needs {
            Some(needs) if !is_self_managed => {
                step.needs = needs;
                own.steps.push(step);
                Some(own.steps.len() - 1)
            }
            _ => {
                let until = if is_self_managed {
                    format!("{} has done this step", step.host)
                } else {
                    "the self-managed hosts have done their steps".to_owned()
                };
                own.waiting.push(Waiting {
                    what: step.title,
                    until,
                });
                None
            }
        });
    }
    own
}
