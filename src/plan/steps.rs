//! What a plan is made of, and how a plan is put together. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::danger::Danger;
use super::limit::Limited;
use crate::desired::Desired;
use crate::facts::Facts;
use crate::inventory::{Family, Host, HostName, VolumeName};
use crate::remote::Script;
use crate::scripts;

/// Everything that has to be done, and what stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Plan {
    /// In an order in which the steps can be run one by one.
    pub steps: Vec<Step>,
    /// What only a person can change.
    pub problems: Vec<Problem>,
    /// What cannot be planned yet.
    pub waiting: Vec<Waiting>,
    /// The name of the run, if the steps note it on the hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// What the plan is limited to, and what was left out therefore; none of a whole plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limited>,
}

/// One command on one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The host that the command runs on.
    pub host: HostName,
    /// What the step does, in a few words.
    pub title: String,
    /// Why the step is needed: what was observed.
    pub reason: String,
    /// The POSIX shell script of the step, exactly as it runs.
    pub command: String,
    /// What the step can destroy.
    pub danger: Danger,
    /// How the end of the command is judged.
    pub success: Success,
    /// After this many seconds the step counts as failed.
    pub limit_seconds: u64,
    /// The steps (by their place in the plan) that must have succeeded before.
    pub needs: Vec<usize>,
}

/// How a command's end is judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Success {
    /// Exit status 0.
    Exit,
    /// Exit status 0, of a command that itself proves what it did. No fact says whether the step is needed: a run does it once.
    Once,
    /// Exit status 0. With [`Success::ANEW`], the command has found that earlier steps of the plan did not do what they were for,
    /// and has taken the beginning back: a run begins those steps anew, a few times.
    Anew,
    /// Gluster's XML says so; while another holds Gluster's lock, the command is repeated. [`Success::ANEW`] means what it means for
    /// [`Success::Anew`].
    Gluster,
    /// Like [`Success::Gluster`], of a command that connects to glusterd of this host: if the command fails, the
    /// connection is tried, and the failure says why it does not come about.
    Probe(HostName),
    /// Every one of these names is a connected peer in the cluster; until then the command is repeated.
    Peers(Vec<HostName>),
    /// The command prints the kernel's number of the current boot, and the number is another one than this one: the host was
    /// rebooted. Until then the command is repeated, also while the host cannot be reached.
    NewBoot(String),
    /// The command asks how far long work has come that Gluster does by itself; until the work has ended the command is
    /// repeated. Whoever stops glusterctl meanwhile does not stop the work.
    Watch(Watch),
}

/// Long work that Gluster does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Watch {
    /// Healing: the command prints `volume heal VOLUME info`. The work has ended well once every brick is connected and has
    /// no entry to heal.
    Heal,
    /// The names of a new brick: the command prints how many names the brick lacks that another brick of its set has. The
    /// work has ended well once the brick lacks none.
    Names,
    /// Moving files between bricks: the command prints the status of a rebalance or of the removal of bricks. The work has
    /// ended well once Gluster says that the work is completed, without a failure.
    Migration,
    /// Emptying bricks that are being removed: the command prints the status of the removal. The work has ended well once Gluster
    /// says that the work is completed, whatever number of failures Gluster counted: a file that a program renamed or deleted
    /// meanwhile is one of them (measured with GlusterFS 10.3). The bricks tell whether a file was left.
    Removal,
}

impl Success {
    /// The exit status of a command that has taken back what earlier steps began.
    pub const ANEW: i32 = 75;
}

/// What stands in the way, and what a person can do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where, unless it concerns the cluster.
    pub host: Option<HostName>,
    /// What is wrong.
    pub what: String,
    /// What a person can do about the problem.
    pub remedy: String,
}

/// What cannot be planned yet, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The thing.
    pub what: String,
    /// What the thing waits for.
    pub until: String,
}

impl Plan {
    /// Nothing is left to do, and nothing stands in the way.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.steps.is_empty() && self.problems.is_empty() && self.waiting.is_empty()
    }
}

impl Step {
    /// What is sent to the host.
    #[must_use]
    pub fn script(&self) -> Script {
        Script {
            text: self.command.clone(),
            limit: Duration::from_secs(self.limit_seconds),
            changes: true,
        }
    }
}

#[cfg(test)]
impl Step {
    /// A step for tests.
    pub fn made_up(host: &str, title: &str) -> Self {
        Step {
            host: HostName::parse(host).unwrap(),
            title: title.into(),
            reason: "r".into(),
            command: "c".into(),
            danger: Danger::Safe,
            success: Success::Exit,
            limit_seconds: 60,
            needs: Vec::new(),
        }
    }
}

impl Problem {
    /// As one message: host, thing and remedy.
    #[must_use]
    pub fn message(&self) -> String {
        let host = self.host.as_ref().map(|host| format!("{host}: ")).unwrap_or_default();
        format!("{host}{}\n{}", self.what, self.remedy)
    }
}

/// A few seconds' work.
const SHORT: u64 = 60;
/// Gluster itself gives up after 120 s.
pub const GLUSTER: u64 = 150;
/// Another's package lock is waited for up to 300 s, then packages are fetched and unpacked.
pub const PACKAGES: u64 = 1_800;
/// mkfs.xfs writes into each allocation group of the device, and a large device may be slow.
pub const FORMAT: u64 = 900;

/// A plan being made.
pub struct Planner<'a> {
    pub desired: &'a Desired<'a>,
    pub facts: &'a Facts,
    plan: Plan,
    /// The last step of each host's own preparation: the host's next step needs this step.
    last: BTreeMap<HostName, usize>,
    /// Hosts whose preparation cannot be finished, whatever else succeeds.
    unfit: BTreeSet<HostName>,
    /// The places of the steps that concern their own host alone.
    pub own: BTreeSet<usize>,
    /// The places of the waits that concern one host alone, each with the host.
    pub own_waits: BTreeMap<usize, HostName>,
    /// The places of the steps with which servers let other hosts in: a client needs them, also of a volume that runs.
    pub lets_in: Vec<usize>,
    /// The volumes that are started, and all of whose bricks run, with the options that the inventory wants.
    pub running: BTreeSet<VolumeName>,
    /// The places of the mounts of such volumes, each with the steps that it needs whatever else is planned.
    pub least_needs: BTreeMap<usize, Vec<usize>>,
}

/// A step to be, without its place in the plan.
pub struct Draft {
    pub title: String,
    pub reason: String,
    pub command: String,
    pub danger: Danger,
    pub success: Success,
    pub limit_seconds: u64,
}

impl Draft {
    /// A short command judged by its exit status.
    pub fn new(title: impl Into<String>, reason: impl Into<String>, command: impl Into<String>) -> Self {
        Draft {
            title: title.into(),
            reason: reason.into(),
            command: command.into(),
            danger: Danger::Safe,
            success: Success::Exit,
            limit_seconds: SHORT,
        }
    }

    /// A gluster command judged by its XML. `words` must be quoted.
    pub fn gluster(title: impl Into<String>, reason: impl Into<String>, words: &str) -> Self {
        let command = format!("gluster --mode=script --xml {words}");
        Draft {
            success: Success::Gluster,
            limit_seconds: GLUSTER,
            ..Draft::new(title, reason, command)
        }
    }

    /// The step can destroy this: that needs consent.
    pub fn danger(self, danger: Danger) -> Self {
        Draft { danger, ..self }
    }

    pub fn limit(self, limit_seconds: u64) -> Self {
        Draft { limit_seconds, ..self }
    }

    /// A step that watches the healing of a volume to its end: heals again and again, because one crawl may leave entries
    /// pending (measured).
    pub fn healed(volume: &str, reason: impl Into<String>) -> Self {
        let command = scripts::HEAL_AND_ASK.with(&[("volume", volume)]);
        Draft {
            success: Success::Watch(Watch::Heal),
            limit_seconds: GLUSTER,
            ..Draft::new(format!("heal volume {volume}"), reason, command)
        }
    }
}

impl<'a> Planner<'a> {
    pub fn new(desired: &'a Desired<'a>, facts: &'a Facts) -> Self {
        let plan = Plan::default();
        Planner {
            desired,
            facts,
            plan,
            last: BTreeMap::new(),
            unfit: BTreeSet::new(),
            own: BTreeSet::new(),
            own_waits: BTreeMap::new(),
            lets_in: Vec::new(),
            running: BTreeSet::new(),
            least_needs: BTreeMap::new(),
        }
    }

    /// The steps note the name of the run on the hosts.
    pub fn name_run(&mut self, run: &str) {
        self.plan.run = Some(run.to_owned());
    }

    pub fn finish(self) -> Plan {
        self.plan
    }

    /// Notes a problem for each host that could not be observed.
    pub fn note_unobserved(&mut self) {
        for host in self.desired.hosts.iter().map(|desired| desired.host) {
            match (self.facts.of(&host.name), self.facts.error_of(&host.name)) {
                (Some(_), _) => {}
                (None, Some(error)) => self.problem(host, error.what.clone(), error.remedy.clone()),
                (None, None) => self.problem(host, "was not observed", "run the same command again"),
            }
        }
    }

    /// Adds a step to the host's own preparation: the step needs all of the host's earlier steps.
    pub fn prepare(&mut self, host: &Host, draft: Draft) -> usize {
        self.push(host, draft, Vec::new())
    }

    /// Adds a step that needs these steps and the host's own earlier steps.
    pub fn push(&mut self, host: &Host, draft: Draft, mut needs: Vec<usize>) -> usize {
        needs.extend(self.last.get(&host.name));
        // A name means the same machine on all hosts: such a change is of the cluster.
        let moves = matches!(draft.danger, Danger::MovesHosts { .. });
        let place = self.aside(host, draft, needs);
        self.last.insert(host.name.clone(), place);
        if !moves {
            self.own.insert(place);
        }
        place
    }

    /// Adds a step that needs only these steps; another step needs this step only if it says so.
    pub fn aside(&mut self, host: &Host, draft: Draft, mut needs: Vec<usize>) -> usize {
        let place = self.plan.steps.len();
        needs.sort_unstable();
        needs.dedup();
        let supervised = self.facts.of(&host.name).is_some_and(|seen| seen.supervised.is_some());
        let command = match supervised {
            true => format!("{}\n{}", scripts::SUPERVISED.with(&[]), draft.command),
            false => draft.command,
        };
        let command = match self.desired.inventory.family() {
            Family::V4 => command,
            Family::V6 => scripts::of_ipv6(&command),
        };
        self.plan.steps.push(Step {
            host: host.name.clone(),
            title: draft.title,
            reason: draft.reason,
            command,
            danger: draft.danger,
            success: draft.success,
            limit_seconds: draft.limit_seconds,
            needs,
        });
        place
    }

    /// The last step of a host's preparation so far, if it has any.
    pub fn last(&self, host: &Host) -> Option<usize> {
        self.last.get(&host.name).copied()
    }

    /// Something on a host that only a person can change; the host counts as unfit for steps that need all of the host.
    pub fn problem(&mut self, host: &Host, what: impl Into<String>, remedy: impl Into<String>) {
        self.add(Problem {
            host: Some(host.name.clone()),
            what: what.into(),
            remedy: remedy.into(),
        });
    }

    /// Something about the cluster that only a person can change.
    pub fn cluster_problem(&mut self, what: impl Into<String>, remedy: impl Into<String>) {
        self.add(Problem {
            host: None,
            what: what.into(),
            remedy: remedy.into(),
        });
    }

    /// Adds a problem; its host, if it has one, counts as unfit.
    pub fn add(&mut self, problem: Problem) {
        self.unfit.extend(problem.host.clone());
        self.plan.problems.push(problem);
    }

    /// Whether anything stands in the way.
    pub fn has_problems(&self) -> bool {
        !self.plan.problems.is_empty()
    }

    /// Whether anything cannot be planned yet.
    pub fn has_waits(&self) -> bool {
        !self.plan.waiting.is_empty()
    }

    /// Whether a host has no problem: a host with a problem cannot carry steps that need all of the host.
    pub fn is_fit(&self, host: &Host) -> bool {
        !self.unfit.contains(&host.name)
    }

    pub fn wait(&mut self, what: impl Into<String>, until: impl Into<String>) {
        self.plan.waiting.push(Waiting {
            what: what.into(),
            until: until.into(),
        });
    }

    /// A wait that concerns one host alone: no step of the cluster brings its end about.
    pub fn wait_on(&mut self, host: &Host, what: impl Into<String>, until: impl Into<String>) {
        self.own_waits.insert(self.plan.waiting.len(), host.name.clone());
        self.wait(what, until);
    }
}
