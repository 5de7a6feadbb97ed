//! Hosts that provision themselves: what they have to do is theirs, and here it is waited for. Pure.

use super::steps::{Plan, Waiting};
use crate::facts::Facts;

/// The plan without the steps of hosts elsewhere, and without those that need one of them: these are waited for.
pub fn left_to_them(plan: Plan, facts: &Facts) -> Plan {
    if !facts.is_partial() {
        return plan;
    }
    let mut own = Plan {
        steps: Vec::new(),
        ..plan
    };
    // Where each step is now; none if it is not among them any more.
    let mut places: Vec<Option<usize>> = Vec::with_capacity(plan.steps.len());
    for mut step in plan.steps {
        let elsewhere = facts.of(&step.host).is_some_and(|host| host.elsewhere.is_some());
        let needs: Option<Vec<usize>> = step.needs.iter().map(|need| places[*need]).collect();
        places.push(match needs {
            Some(needs) if !elsewhere => {
                step.needs = needs;
                own.steps.push(step);
                Some(own.steps.len() - 1)
            }
            _ => {
                let until = if elsewhere {
                    format!("{} has done that", step.host)
                } else {
                    "the others have done their part".to_owned()
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
