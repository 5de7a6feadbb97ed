//! A plan for some hosts alone: of the steps of `apply`, those that concern one of these hosts and nothing else. What concerns
//! the cluster as a whole, and what needs a step that is left out, is left out, and the plan says so. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::take;

use serde::{Deserialize, Serialize};

use super::parted::parted;
use super::steps::{Plan, Planner, Problem, Waiting};
use crate::inventory::HostName;

/// What a plan is limited to, and what was left out of it therefore. Its JSON is a stable interface.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Limited {
    /// The hosts whose own steps the plan has.
    pub hosts: BTreeSet<HostName>,
    /// The steps that were left out, in their order.
    pub steps: Vec<LeftOut>,
    /// What stands in the way of the other hosts and of the cluster.
    pub problems: Vec<Problem>,
    /// What of the other hosts and of the cluster cannot be planned yet.
    pub waiting: Vec<Waiting>,
}

/// A step that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The host that the step runs on.
    pub host: HostName,
    /// What the step does.
    pub title: String,
    /// Why the step was left out.
    pub why: Why,
    /// Host and title of a step that this step needs and that was left out, if this is why.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub needs: Option<String>,
}

/// Why a step was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The step is another host's own.
    OtherHost,
    /// The step concerns the cluster as a whole: the pool, a volume, or what a name means.
    Cluster,
    /// The step needs a step that was left out.
    Needs,
}

impl Limited {
    /// A limit to these hosts, with nothing left out.
    pub fn to(hosts: &BTreeSet<HostName>) -> Self {
        Limited {
            hosts: hosts.clone(),
            ..Limited::default()
        }
    }

    /// Whether nothing was left out.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.steps.is_empty() && self.problems.is_empty() && self.waiting.is_empty()
    }
}

/// The plan for these hosts alone.
pub fn limited(mut planner: Planner, hosts: &BTreeSet<HostName>) -> Plan {
    let (own, own_waits) = (take(&mut planner.own), take(&mut planner.own_waits));
    let least_needs = take(&mut planner.least_needs);
    let Plan {
        mut steps,
        problems,
        waiting,
        run,
        limit: _,
    } = planner.finish();
    // A volume that runs can be mounted before other hosts are prepared again, for example before they know a new client's name.
    for (place, needs) in least_needs {
        steps[place].needs = needs;
    }
    let names: BTreeMap<usize, String> = steps
        .iter()
        .map(|step| format!("{}: {}", step.host, step.title))
        .enumerate()
        .collect();
    let (steps, taken) = parted(steps, |place, step| match own.contains(&place) {
        false => Some(Why::Cluster),
        true => (!hosts.contains(&step.host)).then_some(Why::OtherHost),
    });
    let left = taken.into_iter().map(|taken| LeftOut {
        host: taken.step.host,
        title: taken.step.title,
        why: taken.why.unwrap_or(Why::Needs),
        needs: match taken.why {
            None => taken.lacks.and_then(|place| names.get(&place).cloned()),
            Some(_) => None,
        },
    });
    let mut limit = Limited {
        steps: left.collect(),
        ..Limited::to(hosts)
    };
    let is_in = |problem: &Problem| problem.host.as_ref().is_some_and(|host| hosts.contains(host));
    let (problems, others) = problems.into_iter().partition(is_in);
    limit.problems = others;
    let (mut kept, mut places) = (Vec::new(), 0..);
    for wait in waiting {
        let of = places.next().and_then(|place| own_waits.get(&place));
        match of.is_some_and(|host| hosts.contains(host)) {
            true => kept.push(wait),
            false => limit.waiting.push(wait),
        }
    }
    Plan {
        steps,
        problems,
        waiting: kept,
        run,
        limit: Some(limit),
    }
}
