//! Operations that go through the hosts one by one: each host is stopped, done, and healed before the next; servers first,
//! then clients. How far an operation has come is noted on each host, so that another run carries on. Pure.

use super::identity;
use super::leaving::has_left;
use super::maintenance::maintenance;
use super::packages::with_extra;
use super::steps::{Draft, PACKAGES, Planner, Success};
use super::stopping::Stopping;
use crate::desired::DesiredHost;
use crate::facts::{HostFacts, Progress, RollingNote};
use crate::inventory::{GlusterVersion, HostName, Role};
use crate::plan::Danger;
use crate::scripts::{self, lines};

/// Where a host's note is.
pub const NOTE: &str = "/etc/glusterctl/rolling";

/// How long the last look and the end of the bricks may take, in seconds.
const STOP: u64 = 900;

/// How many seconds a host that has booted may take until it serves and mounts.
const BACK: u64 = 300;

/// An operation that goes through the hosts one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rolling {
    /// What is done to each host.
    pub act: Act,
    /// The name of the run, which the notes on the hosts have.
    pub run: String,
    /// The hosts.
    pub hosts: Vec<HostName>,
    /// How many seconds a host may take to boot.
    pub boot_seconds: u64,
}

/// What is done to each host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// The host is rebooted.
    Reboot,
    /// Gluster's packages are updated.
    Update {
        /// The version; the newest if there is none.
        version: Option<String>,
        /// Whether the host is rebooted, too.
        reboot: bool,
        /// Whether the operating version of the cluster is raised at the end.
        op_version: bool,
    },
}

impl Act {
    /// The kind of operation, as a note names it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Act::Reboot => "reboot",
            Act::Update { .. } => "update",
        }
    }

    /// What the operation wants besides, as a note names it.
    #[must_use]
    pub fn what(&self) -> &str {
        match self {
            Act::Reboot => "-",
            Act::Update { version, .. } => version.as_deref().unwrap_or("-"),
        }
    }

    fn reboots(&self) -> bool {
        match self {
            Act::Reboot => true,
            Act::Update { reboot, .. } => *reboot,
        }
    }
}

impl Rolling {
    /// How far the operation has come on a host; none if the host has no note of this run.
    fn progress<'f>(&self, observed: &'f HostFacts) -> Option<&'f Progress> {
        let note = observed.rolling.as_ref()?;
        let is_own =
            (note.kind.as_str(), &note.run, note.what.as_str()) == (self.act.kind(), &self.run, self.act.what());
        is_own.then_some(&note.progress)
    }

    fn note(&self, progress: Progress) -> String {
        let note = RollingNote {
            kind: self.act.kind().to_owned(),
            run: self.run.clone(),
            what: self.act.what().to_owned(),
            progress,
        };
        scripts::ROLLING_NOTE.with(&[("note", NOTE), ("text", &note.line())])
    }
}

/// Plans all that is left of the operation.
pub fn plan(planner: &mut Planner, rolling: &Rolling) {
    let Some(left) = left(planner, rolling) else {
        return;
    };
    if left.is_empty() || !identity::is_proven(planner) {
        return;
    }
    planner.name_run(&rolling.run);
    let mut needs = Vec::new();
    for (desired, observed) in left.iter().filter(|(_, observed)| rolling.progress(observed).is_none()) {
        let title = format!("note that the {} is to be done here", rolling.act.kind());
        let command = rolling.note(Progress::Todo(observed.boot_id.clone()));
        let reason = "a run that is interrupted can be taken up again";
        needs.push(planner.aside(desired.host, Draft::new(title, reason, command), Vec::new()));
    }
    let last = left.len() - 1;
    let mut healed = String::new();
    for (at, (desired, observed)) in left.into_iter().enumerate() {
        needs = host(planner, rolling, (desired, observed), needs, &mut healed, at == last);
    }
}

/// The hosts that are left to do, servers first; none if something stands in the way, which the plan then says.
fn left<'d>(planner: &mut Planner<'d>, rolling: &Rolling) -> Option<Vec<(&'d DesiredHost<'d>, &'d HostFacts)>> {
    let (desired, facts) = (planner.desired, planner.facts);
    let of_role = |role| desired.hosts.iter().filter(move |host| host.host.role == role);
    let all = of_role(Role::Server).chain(of_role(Role::Client));
    let (mut left, mut clear) = (Vec::new(), true);
    // A host that has left the cluster is no concern of the cluster.
    let stays = |host: &&DesiredHost| !has_left(desired, facts, host.name());
    for host in all.filter(stays).filter(|host| rolling.hosts.contains(host.name())) {
        let name = host.name();
        let problem = match (facts.of(name), facts.error_of(name)) {
            (None, Some(error)) => Some((error.what.clone(), error.remedy.clone())),
            (None, None) => Some(("was not observed".to_owned(), "run the same command again".to_owned())),
            (Some(observed), _) if observed.self_managed.is_some() => {
                let remedy = "hosts that provision themselves are rebooted and updated one by one, by hand";
                Some(("provisions itself (connection: local)".to_owned(), remedy.to_owned()))
            }
            (Some(_), _) if maintenance(facts, name).is_some() => {
                let remedy = format!("finish the maintenance first: glusterctl maintenance exit {name}");
                Some(("is in maintenance".to_owned(), remedy))
            }
            (Some(observed), _) => {
                if rolling.progress(observed) != Some(&Progress::Done) {
                    left.push((host, observed));
                }
                None
            }
        };
        if let Some((what, remedy)) = problem {
            planner.problem(host.host, what, remedy);
            clear = false;
        }
    }
    clear.then_some(left)
}

/// Plans all that is left to do to one host; returns the last step. `healed` are the volumes that the last host waited for.
fn host(
    planner: &mut Planner,
    rolling: &Rolling,
    (desired, observed): (&DesiredHost, &HostFacts),
    mut needs: Vec<usize>,
    healed: &mut String,
    is_last: bool,
) -> Vec<usize> {
    let (host, name) = (desired.host, desired.name());
    let Some(planned) = planner.desired.host(name) else {
        return needs;
    };
    let stopping = Stopping::of(planner, planned);
    let boot = match rolling.progress(observed) {
        Some(Progress::Todo(boot)) => boot,
        _ => &observed.boot_id,
    };
    let has_rebooted = rolling.act.reboots() && *boot != observed.boot_id;
    if !has_rebooted {
        if stopping.volumes() != *healed {
            needs = stopping.healed(planner, &format!("{name} is the next host"), needs);
        }
        needs = vec![planner.aside(host, act(&rolling.act, desired, observed, &stopping), needs)];
    }
    if rolling.act.reboots() {
        let reason = "the host was rebooted";
        let mut draft = Draft::new(
            format!("wait until {name} has booted"),
            reason,
            scripts::BOOT_ID.with(&[]),
        );
        draft.success = Success::NewBoot(boot.clone());
        needs = vec![planner.aside(host, draft.limit(rolling.boot_seconds), needs)];
    }
    needs = vec![planner.aside(host, back(desired, &stopping), needs)];
    needs = stopping.healed(planner, &format!("{name} has missed what was written meanwhile"), needs);
    needs = stopping.connected(planner, needs);
    *healed = stopping.volumes();
    if let Act::Update { op_version: true, .. } = rolling.act
        && is_last
    {
        let reason = "every server has the new version";
        let draft = Draft::new(
            "raise the operating version of the cluster",
            reason,
            scripts::OP_VERSION.with(&[]),
        );
        needs = vec![planner.aside(stopping.watcher, draft.limit(GLUSTER_TWICE), needs)];
    }
    let title = format!("note that the {} is done here", rolling.act.kind());
    let draft = Draft::new(title, "the host is back and healed", rolling.note(Progress::Done));
    vec![planner.aside(host, draft, needs)]
}

/// Three questions and one change.
const GLUSTER_TWICE: u64 = 300;

/// The step that stops the host.
fn act(act: &Act, desired: &DesiredHost, observed: &HostFacts, stopping: &Stopping) -> Draft {
    let (name, volumes) = (desired.name(), stopping.volumes());
    let is_server = desired.host.role == Role::Server;
    let danger = |reboot: bool| match (reboot, is_server) {
        (true, _) => Danger::Reboots,
        (false, true) => Danger::StopsBricks,
        (false, false) => Danger::Safe,
    };
    match act {
        Act::Reboot => {
            let command = scripts::REBOOT.with(&[("volumes", &volumes)]);
            let draft = Draft::new(format!("reboot {name}"), "the reboot was asked for", command);
            draft.danger(danger(true)).limit(STOP)
        }
        Act::Update { version, reboot, .. } => {
            let distro = observed.distro();
            let packages = distro.map(|distro| distro.packages(desired.host)).unwrap_or_default();
            let wanted = desired.gluster_version.map(GlusterVersion::as_str);
            let command = distro.map_or(String::new(), |distro| {
                let values = [
                    ("packages", &*lines(packages)),
                    ("version", version.as_deref().or(wanted).unwrap_or_default()),
                    ("role", if is_server { "server" } else { "client" }),
                    ("reboot", if *reboot { "yes" } else { "" }),
                    ("volumes", &volumes),
                    ("bricks", &stopping.bricks()),
                ];
                with_extra(distro, &[&distro.manager.update], &values)
            });
            let title = match version {
                Some(version) => format!("update Gluster on {name} to {version}"),
                None => format!("update Gluster on {name}"),
            };
            let draft = Draft::new(title, "the update was asked for", command);
            draft.danger(danger(*reboot)).limit(PACKAGES + STOP)
        }
    }
}

/// Waits until a host serves and mounts again.
fn back(desired: &DesiredHost, stopping: &Stopping) -> Draft {
    let paths = lines(desired.mounts.iter().map(|volume| &volume.mount.path));
    let values = [
        ("bricks", &*stopping.bricks()),
        ("paths", &paths),
        ("seconds", &BACK.to_string()),
    ];
    let title = format!("wait until {} serves and mounts", desired.name());
    let reason = "the host was stopped";
    Draft::new(title, reason, scripts::HOST_IS_BACK.with(&values)).limit(BACK + 60)
}
