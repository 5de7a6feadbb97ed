//! glusterd: enabled, running, and with the identity that its peers know. Pure.

use super::peers;
use super::steps::{Draft, GLUSTER, Planner};
use crate::desired::units::GLUSTERD;
use crate::facts::{Glusterd, HostFacts, PEER_IN_CLUSTER};
use crate::inventory::Host;
use crate::scripts::{self, Text, lines};

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
        (true, true) => "glusterd runs without its former state",
        (false, true) => "glusterd would not start at boot",
        (true, false) => "glusterd does not run",
        (false, false) => "glusterd neither runs nor starts at boot",
    };
    let expected = expected_bricks(planner, host);
    let mut command = Text::default();
    let waits = !expected.is_empty() && (!unit.active || lost.is_some());
    if waits {
        command = command.then(&[&scripts::WAIT_FOR_BRICKS], &[("bricks", &lines(&expected))]);
    }
    command = command.then(&[&scripts::ENABLE_GLUSTERD], &[]);
    if waits {
        command = command.command("wait_for_bricks");
    }
    planner.prepare(
        host,
        Draft::new("enable and start glusterd", wrong, command.end()).limit(GLUSTER),
    );
}

/// The bricks that glusterd starts by itself: those of started volumes, unless the brick's file system is lost.
pub fn expected_bricks(planner: &Planner, host: &Host) -> Vec<String> {
    let (desired, observed) = (planner.desired.host(&host.name), planner.facts.of(&host.name));
    let is_lost = |dir: &str| {
        let mut bricks = desired.iter().flat_map(|desired| &desired.bricks);
        let brick = bricks.find(|brick| brick.dirs().any(|known| known == dir) && !brick.is_existing());
        brick.is_some_and(|brick| {
            observed.is_some_and(|seen| seen.mounted_at(&brick.mount).is_none() && !seen.xfs.contains_key(&brick.uuid))
        })
    };
    let volumes = planner.facts.cluster.volumes.values().map(|known| &known.info);
    let bricks = volumes.filter(|info| info.started).flat_map(|info| &info.bricks);
    let own = bricks.filter(|brick| brick.host == host.name.as_str() && !is_lost(&brick.dir));
    own.map(|brick| brick.dir.clone()).collect()
}

/// Gluster's state on a host was lost, and the other servers remember the host: with its old identity and its peers,
/// the host is a member that was away for a while, and the other servers send all volumes as soon as glusterd starts.
/// (Without the peers, a probe of another server races with that server's own attempts to connect, and may end in "Peer
/// Rejected" without volumes; measured.)
fn restore_identity(planner: &mut Planner, host: &Host, survivor: &peers::Remembered) {
    let uuid = &survivor.uuid;
    let peers = survivor
        .peers
        .iter()
        .map(|(uuid, names)| format!("{uuid} {}", names.join(" ")));
    let command = scripts::GLUSTERD_IDENTITY.with(&[
        ("uuid", uuid),
        ("version", survivor.version.as_deref().unwrap_or_default()),
        ("peers", &lines(peers)),
        ("state", &PEER_IN_CLUSTER.to_string()),
    ]);
    let reason = format!(
        "/var/lib/glusterd has no identity, but {} knows the host as {uuid}",
        survivor.by
    );
    planner.prepare(host, Draft::new("give glusterd its old identity back", reason, command));
}
