//! Checks of what `apply` would do, or cannot do.

use std::collections::BTreeMap;

use super::{Check, Examined, Family, Find, Severity, check, mounts, of_problem, on_host};
use crate::health::Found;
use crate::inventory::HostName;
use crate::plan::Problem;

pub(super) const FAMILY: Family = Family {
    title: "What apply would do",
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check(
        "GC001",
        Severity::Error,
        Find::Facts(refusals),
        "apply would refuse something that only a person can decide or change.",
        "glusterctl plan",
    ),
    check(
        "GC002",
        Severity::Warning,
        Find::Facts(steps),
        "The host is not what the inventory wants: apply has steps to do there.",
        "glusterctl apply",
    ),
];

/// The problems of the plan that no other check tells: hosts that were not observed, and doubts about machines, have
/// codes of their own.
fn refusals(examined: &Examined) -> Vec<Found> {
    let is_told = |problem: &Problem| {
        let unobserved = problem
            .host
            .as_ref()
            .is_some_and(|host| examined.facts.of(host).is_none());
        let is_same = |found: &Found| found.host == problem.host && found.what == problem.what;
        let distribution = super::hosts::unsupported(examined);
        unobserved
            || examined.doubts.iter().any(|(_, doubt)| doubt == problem)
            || examined.health.found.iter().any(is_same)
            || distribution.iter().any(is_same)
            || mounts::is_told(examined, problem)
            || problem.what == "does not run systemd"
    };
    let problems = examined.plan.problems.iter().filter(|problem| !is_told(problem));
    problems.map(of_problem).collect()
}

fn steps(examined: &Examined) -> Vec<Found> {
    const FEW: usize = 3;
    let mut titles: BTreeMap<&HostName, Vec<&str>> = BTreeMap::new();
    for step in &examined.plan.steps {
        titles.entry(&step.host).or_default().push(&step.title);
    }
    let of_host = |(host, titles): (&HostName, Vec<&str>)| {
        let count = match titles.len() {
            1 => "apply has 1 step to do".to_owned(),
            count => format!("apply has {count} steps to do"),
        };
        let more = titles.len().saturating_sub(FEW);
        let more = if more > 0 {
            format!("; and {more} more")
        } else {
            String::new()
        };
        let first = titles[..titles.len().min(FEW)].join("; ");
        on_host(host, format!("{count}: {first}{more}"))
    };
    titles.into_iter().map(of_host).collect()
}
