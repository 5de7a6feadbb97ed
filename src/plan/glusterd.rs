//! glusterd: enabled, running, and with the identity that its peers know. Pure.

use super::peers;
use super::steps::{Draft, GLUSTER, Planner};
use crate::desired::units::GLUSTERD;
use crate::facts::{Glusterd, HostFacts, PEER_IN_CLUSTER};
use crate::inventory::Host;
use crate::shell;

pub fn plan(planner: &mut Planner, host: &Host, observed: &HostFacts) {
    let unit = observed.unit(GLUSTERD);
    let lost = match observed.glusterd {
        Glusterd::Blank => peers::remembered(planner, host),
        _ => None,
    };
    if let Some(survivor) = &lost {
        restore_identity(planner, host, survivor);
    }
    let wrong = match (unit.enabled, unit.active) {
        (true, true) if lost.is_none() => return,
        (true, true) => "it runs without the state it once had",
        (false, true) => "it would not start at boot",
        (true, false) => "it does not run",
        (false, false) => "it neither runs nor starts at boot",
    };
    let expected = expected_bricks(planner, host);
    // After a crash systemd waits a minute before it starts it again, and lets everybody else wait, too.
    let mut command = String::from(
        "systemctl reset-failed glusterd 2>/dev/null || :\n\
         [ \"$(systemctl show -p SubState --value glusterd)\" != auto-restart ] || systemctl stop glusterd\n\
         systemctl enable --now glusterd || {\n    \
         grep -h '\\] E \\[' /var/log/glusterfs/glusterd.log | tail -n 5 >&2; exit 1\n}",
    );
    if !unit.active || lost.is_some() {
        command.push_str(&wait_for_bricks(&expected));
    }
    planner.prepare(
        host,
        Draft::new("enable and start glusterd", wrong, command).limit(GLUSTER),
    );
}

/// The bricks that glusterd starts by itself: those of started volumes.
pub fn expected_bricks(planner: &Planner, host: &Host) -> Vec<String> {
    let volumes = planner.facts.cluster.volumes.values().map(|known| &known.info);
    let bricks = volumes.filter(|info| info.started).flat_map(|info| &info.bricks);
    let own = bricks.filter(|brick| brick.host == host.name.as_str());
    own.map(|brick| brick.dir.clone()).collect()
}

/// Bricks come up a moment after their glusterd, or not at all while it is alone: what is still missing after the wait
/// is for the next round to see.
pub fn wait_for_bricks(bricks: &[String]) -> String {
    if bricks.is_empty() {
        return String::new();
    }
    format!(
        "\nfor brick in {}; do\n    tries=100\n    \
         until grep -qsxzF \"$brick\" /proc/[0-9]*/cmdline || [ \"$tries\" = 0 ]; do sleep 0.1; tries=$((tries - 1)); done\n\
         done",
        shell::words(bricks)
    )
}

/// Gluster's state on a host was lost, and others remember it: with its old identity and its peers, it is a member that
/// was away for a while, and the others send it all volumes as soon as it starts. (Without the peers, probing one of the
/// others races with their own attempts to connect, and may end in "Peer Rejected" without volumes; measured.)
fn restore_identity(planner: &mut Planner, host: &Host, survivor: &peers::Remembered) {
    let uuid = &survivor.uuid;
    let mut command = format!(
        "systemctl stop glusterd 2>/dev/null || :\n\
         mkdir -p /var/lib/glusterd/peers\n\
         umask 077\n\
         printf 'UUID=%s\\noperating-version=100000\\n' {} >/var/lib/glusterd/glusterd.info\n",
        shell::quote(uuid)
    );
    for (uuid, names) in &survivor.peers {
        let names = (1..)
            .zip(names)
            .map(|(number, name)| format!("hostname{number}={name}"));
        let lines: Vec<String> = [format!("uuid={uuid}"), format!("state={PEER_IN_CLUSTER}")]
            .into_iter()
            .chain(names)
            .collect();
        command.push_str(&format!(
            "printf '%s\\n' {} >{}\n",
            shell::words(&lines),
            shell::quote(&format!("/var/lib/glusterd/peers/{uuid}"))
        ));
    }
    command.push_str("sync");
    let reason = format!(
        "/var/lib/glusterd has no identity, but {} knows the host as {uuid}",
        survivor.by
    );
    planner.prepare(host, Draft::new("give glusterd its old identity back", reason, command));
}
