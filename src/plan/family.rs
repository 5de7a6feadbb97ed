//! The version of IP that glusterd speaks: IPv4, unless its own file says IPv6. Pure.
//!
//! The processes that glusterd starts, and the volumes that it creates, speak the same (measured with 10.3).

use super::steps::{Draft, GLUSTER, Planner};
use crate::desired::units::GLUSTERD;
use crate::facts::HostFacts;
use crate::inventory::Host;
use crate::scripts;

/// Lets glusterd speak IPv6 if the hosts have IPv6 addresses. Whether glusterd may be started.
pub fn plan(planner: &mut Planner, host: &Host, observed: &HostFacts) -> bool {
    let Some(speaks) = &observed.speaks_ipv6 else {
        return true;
    };
    // Gluster's daemons look for the glusterd of their own host at 127.0.0.1, whatever the family (measured with 10.3).
    if speaks.only {
        let what = "has net.ipv6.bindv6only = 1, with which Gluster's own daemons do not reach glusterd over 127.0.0.1";
        let remedy = "take the setting out of /etc/sysctl.conf and /etc/sysctl.d, and set it back: sysctl -w net.ipv6.bindv6only=0";
        planner.problem(host, what, remedy);
        return false;
    }
    let runs_without = observed.unit(GLUSTERD).active && !speaks.listens;
    if speaks.is_set && !runs_without {
        return true;
    }
    let restarts = runs_without && observed.brick_processes.is_empty();
    if restarts || !speaks.is_set {
        let command = scripts::GLUSTERD_FAMILY.with(&[("restart", if restarts { "yes" } else { "" })]);
        let reason = "the addresses of the cluster are IPv6, and glusterd speaks IPv4 by default";
        let draft = Draft::new("let glusterd speak IPv6", reason, command).limit(GLUSTER);
        planner.prepare(host, draft);
    }
    if runs_without && !restarts {
        let remedy = format!(
            "at a time when the volumes can lose the bricks of {name}: `glusterctl maintenance enter {name}`, then \
             `glusterctl maintenance exit {name}`, which starts glusterd anew",
            name = host.name
        );
        planner.problem(host, "runs bricks with a glusterd that speaks IPv4", remedy);
        return false;
    }
    true
}

/// Takes back what lets glusterd speak IPv6.
pub fn drop(planner: &mut Planner, host: &Host, observed: &HostFacts, needs: Vec<usize>) {
    if !observed.made.iter().any(|line| line.starts_with("family ")) {
        return;
    }
    let draft = Draft::new(
        "let glusterd speak IPv4, as before",
        "glusterctl let it speak IPv6",
        scripts::GLUSTERD_FAMILY_DROP.with(&[]),
    );
    planner.push(host, draft, needs);
}
