//! Steps that somebody else has to take, and for which the plan waits: a self-managed host takes its own steps, and what a node
//! may not do unattended is for a person to do. Pure.

use super::parted::parted;
use super::steps::{Plan, Step, Waiting};
use crate::facts::Facts;

/// The plan without the steps of self-managed hosts and without the steps that need such a step: the plan waits for
/// these steps.
pub fn left_to_them(plan: Plan, facts: &Facts) -> Plan {
    if !facts.is_partial() {
        return plan;
    }
    let of_them = |step: &Step| {
        let is_self_managed = facts.of(&step.host).is_some_and(|host| host.self_managed.is_some());
        is_self_managed.then(|| format!("{} has done this step", step.host))
    };
    without(plan, of_them, "the self-managed hosts have done their steps")
}

/// The plan without the steps that destroy what cannot be had again, and without the steps that need such a step: nobody looks
/// at the plan before it runs.
#[must_use]
pub fn left_to_a_person(plan: Plan) -> Plan {
    let until = "a person has run glusterctl apply on this host, which asks first";
    let of_a_person = |step: &Step| step.danger.needs_a_person().then(|| until.to_owned());
    without(plan, of_a_person, until)
}

/// The plan without some steps, for each of which `until` says what it waits for, and without the steps that need them.
fn without(mut plan: Plan, until: impl Fn(&Step) -> Option<String>, until_they: &str) -> Plan {
    let (steps, taken) = parted(std::mem::take(&mut plan.steps), |_, step| until(step));
    plan.steps = steps;
    plan.waiting.extend(taken.into_iter().map(|taken| Waiting {
        what: taken.step.title,
        until: taken.why.unwrap_or_else(|| until_they.to_owned()),
    }));
    plan
}
