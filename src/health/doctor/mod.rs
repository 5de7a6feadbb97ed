//! `doctor`: checks with codes that never change, each with a severity, a sentence, and the command that mends. A check
//! asks what `status` and `plan` ask; no check has an answer of its own to a question that they answer. Pure.
//!
//! A file for each family of checks; a new check is a new line in its family, with a code that no check ever had.

mod apply;
mod boot;
mod bricks;
mod disks;
mod hosts;
mod identity;
mod mounts;
mod packages;
mod pool;
mod report;
mod space;
#[cfg(test)]
mod tests;
mod tls;
mod volumes;

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Found, Health, Kind, Looks, state};
use crate::desired::{Desired, DesiredHost};
use crate::facts::{Facts, HostFacts, VolumeInfo};
use crate::inventory::{HostName, VolumeName};
use crate::plan::{self, Doubt, Operation, Plan, Problem, has_left};

pub use report::{Report, explanation, list};

/// How bad what a check finds is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something does not work, or data are in danger.
    Error,
    /// Something will not work one day, or after one more failure.
    Warning,
    /// Something is worth knowing, and may be as it should be.
    Note,
}

impl Severity {
    /// The word, as in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// A check.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// The code, which never changes and is never used again, for example `GC101`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong when the check finds something: one sentence.
    pub sentence: &'static str,
    /// The command that mends it, or that shows more. `HOST` and `VOLUME` stand for the names.
    pub mend: &'static str,
    find: Find,
}

/// How a check finds something.
#[derive(Debug, Clone, Copy)]
enum Find {
    /// `status` finds things of this kind.
    Status(Kind),
    /// `plan` is in doubt which machine is which host.
    Doubt(Doubt),
    /// The check looks at the facts.
    Facts(fn(&Examined) -> Vec<Found>),
}

/// A family of checks.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// What the checks are about.
    pub title: &'static str,
    /// The checks, in the order of their codes.
    pub checks: &'static [Check],
}

/// Every family, in the order of the codes.
pub const FAMILIES: &[Family] = &[
    apply::FAMILY,
    hosts::FAMILY,
    identity::FAMILY,
    packages::FAMILY,
    boot::FAMILY,
    disks::FAMILY,
    space::FAMILY,
    pool::FAMILY,
    volumes::FAMILY,
    bricks::FAMILY,
    mounts::FAMILY,
    tls::FAMILY,
];

/// Every check, in the order of the codes.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    FAMILIES.iter().flat_map(|family| family.checks)
}

const fn check(
    code: &'static str,
    severity: Severity,
    find: Find,
    sentence: &'static str,
    mend: &'static str,
) -> Check {
    Check {
        code,
        severity,
        sentence,
        mend,
        find,
    }
}

/// Everything that checks look at.
struct Examined<'e> {
    desired: &'e Desired<'e>,
    facts: &'e Facts,
    looks: &'e Looks,
    health: &'e Health,
    doubts: Vec<(Doubt, Problem)>,
    plan: Plan,
}

impl<'e> Examined<'e> {
    /// The hosts of the cluster that were observed themselves.
    fn observed(&self) -> impl Iterator<Item = (&'e DesiredHost<'e>, &'e HostFacts)> {
        let (desired, facts) = (self.desired, self.facts);
        desired
            .hosts
            .iter()
            .filter(move |host| !has_left(desired, facts, host.name()))
            .filter_map(move |host| Some((host, state::observed(facts, host.name())?)))
    }

    /// The volumes of the inventory that a server knows.
    fn volumes(&self) -> impl Iterator<Item = (&'e VolumeName, &'e VolumeInfo)> {
        let (desired, facts) = (self.desired, self.facts);
        let volumes = desired.inventory.volumes.iter().map(|volume| &volume.name);
        volumes.filter_map(move |name| Some((name, &*facts.cluster.volume(name.as_str())?.info)))
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check's code.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The host that it is about, if it is about one host.
    pub host: Option<HostName>,
    /// The volume that it is about, if it is about one volume.
    pub volume: Option<VolumeName>,
    /// The whole sentence.
    pub what: String,
    /// The command that mends it, or what to do.
    pub mend: String,
}

impl Check {
    fn findings(&self, examined: &Examined) -> Vec<Finding> {
        let found = match self.find {
            Find::Status(kind) => {
                let found = examined.health.found.iter().filter(|found| found.kind == kind);
                found.cloned().collect()
            }
            Find::Doubt(doubt) => {
                let doubts = examined.doubts.iter().filter(|(found, _)| *found == doubt);
                doubts.map(|(_, problem)| of_problem(problem)).collect()
            }
            Find::Facts(find) => find(examined),
        };
        found.into_iter().map(|found| self.finding(found)).collect()
    }

    fn finding(&self, found: Found) -> Finding {
        let what = found.sentence();
        let mend = match found.remedy {
            Some(remedy) => remedy,
            None => {
                let host = found.host.as_ref().map_or("HOST", HostName::as_str);
                let volume = found.volume.as_ref().map_or("VOLUME", VolumeName::as_str);
                self.mend.replace("HOST", host).replace("VOLUME", volume)
            }
        };
        // A remedy that the sentence ends with is told once.
        let what = what
            .strip_suffix(&format!("; {mend}"))
            .map_or(what.clone(), str::to_owned);
        Finding {
            code: self.code,
            severity: self.severity,
            host: found.host,
            volume: found.volume,
            what,
            mend,
        }
    }
}

/// A problem of a plan.
fn of_problem(problem: &Problem) -> Found {
    let found = Found::new(Kind::Doctor, &problem.what).remedy(&problem.remedy);
    Found {
        host: problem.host.clone(),
        ..found
    }
}

/// Something about a host that only `doctor` tells.
fn on_host(host: &HostName, what: impl Into<String>) -> Found {
    Found::of_host(Kind::Doctor, host, what)
}

/// Something about a volume that only `doctor` tells.
fn on_volume(volume: &VolumeName, what: impl Into<String>) -> Found {
    Found::of_volume(Kind::Doctor, volume, what)
}

/// What all checks find, the worst first.
#[must_use]
pub fn examine(desired: &Desired, facts: &Facts, looks: &Looks) -> Vec<Finding> {
    let health = Health::of(desired, facts, looks);
    let examined = Examined {
        desired,
        facts,
        looks,
        health: &health,
        doubts: plan::doubts(desired, facts),
        plan: plan::plan(desired, facts, &Operation::Apply),
    };
    let mut findings: Vec<Finding> = checks().flat_map(|check| check.findings(&examined)).collect();
    findings.sort_by_key(|finding| finding.severity);
    findings
}

/// Groups hosts by a value, if not all hosts have the same value: each value with its hosts.
fn different<V: Ord + ToString>(values: impl Iterator<Item = (V, HostName)>) -> Option<String> {
    let mut groups: BTreeMap<V, Vec<String>> = BTreeMap::new();
    for (value, host) in values {
        groups.entry(value).or_default().push(host.to_string());
    }
    let words = groups
        .iter()
        .map(|(value, hosts)| format!("{} on {}", value.to_string(), hosts.join(", ")));
    let words: Vec<String> = words.collect();
    (words.len() > 1).then(|| words.join("; "))
}
