//! What an operation has to know that stops a host for a while: the volumes with bricks there, and a server that watches.
//! Pure.

use super::glusterd::expected_bricks;
use super::leaving::has_left;
use super::steps::{Draft, GLUSTER, Planner};
use crate::desired::DesiredHost;
use crate::facts::{HostFacts, VolumeInfo};
use crate::inventory::{Host, Role};
use crate::scripts::{self, lines};

/// How many seconds clients may take to reach the bricks of a host that has come back.
const CLIENTS: u64 = 300;

/// A host that stops for a while.
pub struct Stopping<'d> {
    pub host: &'d Host,
    /// The volumes that are started and have bricks on the host.
    volumes: Vec<&'d VolumeInfo>,
    /// The directories of these bricks.
    bricks: Vec<String>,
    /// The server that watches while the host is away: another server whose glusterd answers, if there is one.
    pub watcher: &'d Host,
}

impl<'d> Stopping<'d> {
    pub fn of(planner: &Planner<'d>, desired: &DesiredHost<'d>) -> Self {
        let (facts, host) = (planner.facts, desired.host);
        let uuid = facts
            .of(&host.name)
            .and_then(HostFacts::glusterd_uuid)
            .unwrap_or_default();
        let is_own = |info: &&VolumeInfo| {
            let named = |name: &str| {
                planner
                    .desired
                    .host_known_as(name)
                    .is_some_and(|known| known.name() == &host.name)
            };
            info.bricks.iter().any(|brick| named(&brick.host)) || info.bricks_of(uuid).next().is_some()
        };
        let known = facts.cluster.volumes.values().map(|known| &*known.info);
        let others: Vec<&Host> = planner
            .desired
            .servers()
            .map(|server| server.host)
            .filter(|other| other.name != host.name && !has_left(planner.desired, facts, &other.name))
            .collect();
        let answers = |other: &Host| facts.of(&other.name).is_some_and(|seen| seen.pool().is_some());
        let watcher = others.iter().find(|other| answers(other)).or(others.first()).copied();
        Stopping {
            host,
            volumes: match host.role {
                Role::Server => known.filter(|info| info.started).filter(is_own).collect(),
                Role::Client => Vec::new(),
            },
            bricks: expected_bricks(planner, host),
            watcher: watcher.unwrap_or(host),
        }
    }

    /// The names of the volumes with bricks on the host, as a value for scripts.
    pub fn volumes(&self) -> String {
        lines(self.volumes.iter().map(|info| &info.name))
    }

    /// The directories of the host's bricks, as a value for scripts.
    pub fn bricks(&self) -> String {
        lines(&self.bricks)
    }

    /// Watches the healing of the volumes to its end, one volume after the other; returns the last step.
    pub fn healed(&self, planner: &mut Planner, reason: &str, mut needs: Vec<usize>) -> Vec<usize> {
        for info in self.volumes.iter().filter(|info| info.heals()) {
            needs = vec![planner.aside(self.watcher, Draft::healed(&info.name, reason), needs)];
        }
        needs
    }

    /// Waits until all clients are connected to all bricks again; returns the last step.
    pub fn connected(&self, planner: &mut Planner, mut needs: Vec<usize>) -> Vec<usize> {
        for info in &self.volumes {
            let title = format!("wait until all clients of volume {} see all bricks", info.name);
            let reason = format!("clients lost sight of the bricks of {}", self.host.name);
            let command = scripts::CONNECTED.with(&[("volume", &info.name)]);
            let draft = Draft::new(title, reason, command).limit(GLUSTER + CLIENTS);
            needs = vec![planner.aside(self.watcher, draft, needs)];
        }
        needs
    }
}
