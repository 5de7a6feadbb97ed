//! Whether every host is the machine that the inventory means, and whether every name keeps its meaning. While that is
//! open or contradictory, nothing is changed on any host: clients tell the bricks of a set apart by the names of their
//! hosts alone, so with names that point at the wrong hosts, data is healed in the wrong direction. Pure.

mod machines;
mod members;
mod names;

use super::steps::{Planner, Problem};
use crate::desired::Desired;
use crate::facts::Facts;
use crate::inventory::Host;

pub use names::moved;

/// Finds problems of one kind.
type Check = fn(&Desired, &Facts) -> Vec<Problem>;

/// In this order: after a mistake of one kind, later checks would only tell what follows from the mistake.
const CHECKS: [Check; 5] = [
    machines::shared,
    machines::exchanged,
    machines::unproven,
    members::contradictions,
    names::contradictions,
];

/// Whether every host has proved to be the machine that the inventory means; if not, the plan has the problems.
pub fn is_proven(planner: &mut Planner) -> bool {
    let (desired, facts) = (planner.desired, planner.facts);
    let found = CHECKS.iter().map(|check| check(desired, facts));
    let Some(problems) = found.into_iter().find(|problems| !problems.is_empty()) else {
        return true;
    };
    for problem in problems {
        planner.add(problem);
    }
    planner.wait("every change, on every host", "it is clear which machine is which host");
    false
}

fn of_host(host: &Host, what: String, remedy: impl Into<String>) -> Problem {
    Problem {
        host: Some(host.name.clone()),
        what,
        remedy: remedy.into(),
    }
}

fn of_cluster(what: String, remedy: impl Into<String>) -> Problem {
    Problem {
        host: None,
        what,
        remedy: remedy.into(),
    }
}
