//! Maintenance: a host whose bricks and glusterd are stopped, and start neither at boot nor by apply, until the maintenance
//! is over. The mark is on the host itself. Pure.

use super::identity;
use super::steps::{Draft, GLUSTER, Planner};
use super::stopping::Stopping;
use crate::desired::units::GLUSTERD;
use crate::desired::{Desired, DesiredHost};
use crate::facts::{Facts, HostFacts, Maintenance};
use crate::inventory::{HostName, Role};
use crate::plan::Danger;
use crate::scripts::{self, Text};

/// Where the mark of a host in maintenance is, on the host.
pub const MAINTENANCE_MARK: &str = "/etc/glusterctl/maintenance";

/// The files that keep the units of a host in maintenance from starting.
pub const MAINTENANCE_DROP_INS: [&str; 2] = [
    "/etc/systemd/system/glusterd.service.d/glusterctl-maintenance.conf",
    "/etc/systemd/system/gluster-heal.service.d/glusterctl-maintenance.conf",
];

/// How long the last look and the end of the bricks may take, in seconds.
const STOP: u64 = 900;

/// The mark of a host, if the host is in maintenance.
#[must_use]
pub fn maintenance<'f>(facts: &'f Facts, host: &HostName) -> Option<&'f Maintenance> {
    facts.of(host)?.maintenance.as_ref()
}

/// A sentence for each host in maintenance, for whoever wonders why nothing is planned there.
#[must_use]
pub fn in_maintenance(desired: &Desired, facts: &Facts) -> Vec<String> {
    let marked = desired
        .hosts
        .iter()
        .filter_map(|host| Some((host.name(), maintenance(facts, host.name())?)));
    let sentence = |(name, mark): (&HostName, &Maintenance)| {
        format!(
            "{name} is in maintenance{} and is left alone; glusterctl maintenance exit {name} ends the maintenance",
            since(mark)
        )
    };
    marked.map(sentence).collect()
}

/// ` since …`, if the mark says so.
fn since(mark: &Maintenance) -> String {
    match mark.since.as_str() {
        "" => String::new(),
        time => format!(" since {time}"),
    }
}

/// The servers in maintenance.
pub fn resting<'p>(planner: &'p Planner) -> impl Iterator<Item = &'p HostName> {
    let servers = planner.desired.servers().map(DesiredHost::name);
    servers.filter(|name| maintenance(planner.facts, name).is_some())
}

/// The host and what was observed of it; none if nothing can be planned, which the plan then says.
fn observed<'d>(planner: &mut Planner<'d>, name: &HostName) -> Option<(Stopping<'d>, &'d HostFacts)> {
    let desired = planner.desired.host(name)?;
    let facts = planner.facts;
    let Some(observed) = facts.of(name) else {
        match facts.error_of(name) {
            Some(error) => planner.problem(desired.host, error.what.clone(), error.remedy.clone()),
            None => planner.problem(desired.host, "was not observed", "run the same command again"),
        }
        return None;
    };
    if observed.self_managed.is_some() {
        let remedy = format!("run the same command on {name}");
        planner.problem(desired.host, "provisions itself (connection: local)", remedy);
        return None;
    }
    if desired.host.role != Role::Server {
        planner.problem(
            desired.host,
            "holds no brick",
            "a client can stop at any time, without maintenance",
        );
        return None;
    }
    identity::is_proven(planner).then(|| (Stopping::of(planner, desired), observed))
}

/// Stops the bricks and glusterd of the host, for as long as the maintenance takes.
pub fn enter(planner: &mut Planner, name: &HostName) {
    let Some((stopping, observed)) = observed(planner, name) else {
        return;
    };
    let runs = observed.unit(GLUSTERD).active || !observed.brick_processes.is_empty();
    let reason = match (&observed.maintenance, runs) {
        (Some(Maintenance { holds: true, .. }), false) => return,
        (Some(_), _) => "the host is marked as in maintenance, and is not held there",
        (None, _) => "the host enters maintenance",
    };
    let command = scripts::MAINTENANCE_ENTER.with(&[("volumes", &stopping.volumes()), ("mark", MAINTENANCE_MARK)]);
    let draft = Draft::new(
        "stop the bricks and glusterd until the maintenance is over",
        reason,
        command,
    );
    planner.prepare(stopping.host, draft.danger(Danger::StopsBricks).limit(STOP));
}

/// Starts glusterd and the bricks of the host again, waits until everything is healed, and removes the mark.
pub fn exit(planner: &mut Planner, name: &HostName) {
    let Some((stopping, observed)) = observed(planner, name) else {
        return;
    };
    let Some(mark) = &observed.maintenance else {
        return;
    };
    let mut needs = Vec::new();
    if mark.holds || !observed.unit(GLUSTERD).active {
        let command = Text::default().then(&[&scripts::MAINTENANCE_EXIT], &[("bricks", &stopping.bricks())]);
        let reason = format!("the host leaves maintenance, where it was{}", since(mark));
        let draft = Draft::new("start glusterd and the bricks", reason, command.end());
        needs.push(planner.prepare(stopping.host, draft.limit(GLUSTER)));
    }
    needs = stopping.healed(
        planner,
        "the bricks have missed what was written during the maintenance",
        needs,
    );
    needs = stopping.connected(planner, needs);
    let command = scripts::MAINTENANCE_END.with(&[("mark", MAINTENANCE_MARK)]);
    let draft = Draft::new("remove the mark of maintenance", "the host serves again", command);
    planner.aside(stopping.host, draft, needs);
}
