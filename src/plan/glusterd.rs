//! glusterd: enabled, running, and with the identity that its peers know. Pure.

use super::steps::{Draft, GLUSTER, Planner};
use super::units::GLUSTERD;
use super::{peers, residue};
use crate::facts::{Glusterd, HostFacts};
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
    residue::definitions(planner, host, observed);
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
    if !unit.active && lost.is_none() {
        command.push_str(&wait_for_bricks(&expected));
    }
    planner.prepare(
        host,
        Draft::new("enable and start glusterd", wrong, command).limit(GLUSTER),
    );
    if let Some(survivor) = lost {
        rejoin(planner, host, &survivor, &expected);
    }
}

/// The bricks that glusterd starts by itself: those of started volumes.
pub fn expected_bricks(planner: &Planner, host: &Host) -> Vec<String> {
    let prefix = format!("{}:", host.name);
    let known = planner
        .inventory
        .servers()
        .find_map(|server| planner.facts.of(&server.name)?.volumes());
    let started = known
        .into_iter()
        .flat_map(|volumes| volumes.values())
        .filter(|volume| volume.started);
    started
        .flat_map(|volume| &volume.bricks)
        .filter_map(|brick| brick.strip_prefix(&prefix))
        .map(str::to_owned)
        .collect()
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

/// Gluster's state on a host was lost, and others remember it.
fn restore_identity(planner: &mut Planner, host: &Host, survivor: &peers::Remembered) {
    let uuid = &survivor.uuid;
    let command = format!(
        "systemctl stop glusterd 2>/dev/null || :\n\
         mkdir -p /var/lib/glusterd\n\
         umask 077\n\
         printf 'UUID=%s\\noperating-version=100000\\n' {} >/var/lib/glusterd/glusterd.info\n\
         sync /var/lib/glusterd/glusterd.info",
        shell::quote(uuid)
    );
    let reason = format!(
        "/var/lib/glusterd is empty, but {} knows the host as {uuid}",
        survivor.by
    );
    planner.prepare(host, Draft::new("give glusterd its old identity back", reason, command));
}

fn rejoin(planner: &mut Planner, host: &Host, survivor: &peers::Remembered, bricks: &[String]) {
    let probe = format!("peer probe {}", shell::quote(survivor.by.as_str()));
    let reason = "the others have to send it what it lost";
    planner.prepare(
        host,
        Draft::gluster(format!("rejoin the pool through {}", survivor.by), reason, &probe),
    );
    if survivor.volumes.is_empty() {
        return;
    }
    let volumes: Vec<&str> = survivor.volumes.iter().map(|volume| volume.name.as_str()).collect();
    // Only a restart makes glusterd start the bricks of volumes it was sent (measured).
    let command = format!(
        "for volume in {}; do\n    tries=300\n    \
         until gluster --mode=script volume list 2>/dev/null | grep -qxF \"$volume\"; do\n        \
         tries=$((tries - 1)); [ \"$tries\" != 0 ] || {{ echo \"$volume was not sent by its peers\" >&2; exit 1; }}\n        \
         sleep 0.2\n    done\ndone\nsystemctl restart glusterd{}",
        shell::words(&volumes),
        wait_for_bricks(bricks)
    );
    let title = format!("receive the definition of {} and restart glusterd", volumes.join(", "));
    planner.prepare(
        host,
        Draft::new(title, "its bricks start only then", command).limit(GLUSTER),
    );
}
