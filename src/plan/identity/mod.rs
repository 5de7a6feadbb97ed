//! Whether every host is the machine that the inventory means, and whether every name keeps its meaning. While that is
//! open or contradictory, nothing is changed on any host: clients tell the bricks of a set apart by the names of their
//! hosts alone, so with names that point at the wrong hosts, data is healed in the wrong direction. Pure.

mod family;
mod machines;
mod members;
mod names;

use super::steps::{Planner, Problem};
use crate::desired::Desired;
use crate::facts::Facts;
use crate::inventory::Host;

pub use names::moved;

/// Why it is in doubt which machine is which host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// Several hosts are one and the same machine.
    OneMachine,
    /// glusterd has the same UUID on several hosts.
    SameUuid,
    /// The machine that was reached is another host.
    Exchanged,
    /// The machine that was reached does not have the host's address.
    LacksAddress,
    /// The machine that was reached is of another cluster.
    OtherCluster,
    /// A volume was created over the other version of IP than that of the hosts' addresses.
    OtherFamily,
    /// The pool knows another glusterd by the host's name.
    OtherIdentity,
    /// The pool is connected to the host on another machine.
    LivesElsewhere,
    /// A disk holds the brick of another host.
    DiskOfOther,
    /// The pool has a member that is no host of the inventory.
    Outsider,
    /// /etc/hosts contradicts the inventory.
    NameContradicts,
    /// A name in use would lose its meaning.
    NameLost,
}

/// Doubts, each with what a person can do.
type Doubts = Vec<(Doubt, Problem)>;

/// Finds doubts of one kind.
type Check = fn(&Desired, &Facts) -> Doubts;

/// In this order: after a mistake of one kind, later checks would only tell what follows from the mistake.
const CHECKS: [Check; 6] = [
    machines::shared,
    machines::exchanged,
    machines::unproven,
    family::contradictions,
    members::contradictions,
    names::contradictions,
];

/// Why it is in doubt which machine is which host: the doubts of the first kind that is found.
#[must_use]
pub fn doubts(desired: &Desired, facts: &Facts) -> Vec<(Doubt, Problem)> {
    let found = CHECKS.iter().map(|check| check(desired, facts));
    found.into_iter().find(|doubts| !doubts.is_empty()).unwrap_or_default()
}

/// Whether every host has proved to be the machine that the inventory means; if not, the plan has the problems.
pub fn is_proven(planner: &mut Planner) -> bool {
    let doubts = doubts(planner.desired, planner.facts);
    if doubts.is_empty() {
        return true;
    }
    for (_, problem) in doubts {
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
