//! What the inventory says is to leave: hosts, devices and volumes, and how far each has gone. Pure.

use std::fmt;

use super::emptying;
use super::removal::ATTEMPTS;
use super::steps::Planner;
use super::unfinished::{Underway, Unfinished};
use crate::desired::{BrickFileSystem, Desired, DesiredHost};
use crate::facts::{Facts, Glusterd, MigrationState};
use crate::inventory::{HostName, Role, Volume};
use crate::text;

/// How far a host has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The host stays, or holds bricks, or may hold bricks: it is looked after like any other host.
    Member,
    /// The host holds no brick any more, and is in the pool.
    Empty,
    /// The host has left the pool, or never was in the pool.
    Gone,
}

/// The servers that stay, each with its place among all servers.
fn staying<'d>(desired: &'d Desired) -> impl Iterator<Item = (usize, &'d HostName)> {
    let servers = desired.servers().enumerate();
    servers
        .filter(|(_, server)| !server.host.leaving)
        .map(|(at, server)| (at, server.name()))
}

/// Whether every server that stays says which volumes there are.
pub fn volumes_are_known(desired: &Desired, facts: &Facts) -> bool {
    staying(desired).all(|(_, server)| {
        facts.of(server).is_some_and(|seen| match seen.glusterd {
            Glusterd::Answers { .. } => true,
            Glusterd::Blank => seen.volume_ids.is_empty(),
            Glusterd::Silent | Glusterd::Refuses(_) => false,
        })
    })
}

/// Whether the work on every volume is finished: no volume needs the bricks that it had before.
fn is_settled(facts: &Facts) -> bool {
    let mut volumes = facts.cluster.volumes.values();
    volumes.all(|known| Unfinished::of(&known.info) != Unfinished::Heal && known.disagreement.is_none())
}

/// How far a host has gone.
pub fn stage(desired: &Desired, facts: &Facts, host: &DesiredHost) -> Stage {
    if !host.host.leaving || !volumes_are_known(desired, facts) || !is_settled(facts) {
        return Stage::Member;
    }
    if host.host.role == Role::Client {
        return Stage::Gone;
    }
    let uuid = facts.of(host.name()).and_then(|seen| seen.glusterd_uuid());
    let holds = facts.cluster.volumes.values().any(|known| {
        let bricks = &known.info.bricks;
        let is_own = |at: usize| {
            let by = known.info.brick_hosts.get(at).map(String::as_str);
            host.host.is_known_as(&bricks[at].host) || (by.is_some() && by == uuid)
        };
        (0..bricks.len()).any(is_own)
    });
    if holds {
        return Stage::Member;
    }
    let place = desired.servers().position(|server| server.name() == host.name());
    let is_peer = |observer| place.is_some_and(|place| facts.cluster.link(observer, place).is_some());
    match staying(desired).any(|(observer, _)| is_peer(observer)) {
        true => Stage::Empty,
        false => Stage::Gone,
    }
}

/// Whether a host has left the cluster: nothing of the cluster depends on it.
#[must_use]
pub fn has_left(desired: &Desired, facts: &Facts, host: &HostName) -> bool {
    desired
        .host(host)
        .is_some_and(|host| stage(desired, facts, host) == Stage::Gone)
}

/// Whether a device that leaves holds no brick of any volume any more.
#[must_use]
pub fn is_spent(desired: &Desired, facts: &Facts, host: &DesiredHost, brick: &BrickFileSystem) -> bool {
    if !brick.device.leaving || brick.is_existing() || !volumes_are_known(desired, facts) || !is_settled(facts) {
        return false;
    }
    let mut volumes = facts.cluster.volumes.values();
    !volumes.any(|known| {
        let mut bricks = known.info.bricks.iter();
        bricks.any(|spec| host.host.is_known_as(&spec.host) && spec.dir.starts_with(&format!("{}/", brick.mount)))
    })
}

/// What has left, a sentence each: the lines that can be deleted from the inventory.
#[must_use]
pub fn deletable(desired: &Desired, facts: &Facts) -> Vec<String> {
    let mut told = Vec::new();
    if !volumes_are_known(desired, facts) {
        return told;
    }
    for host in &desired.hosts {
        let name = host.name();
        let Some(seen) = facts.of(name) else { continue };
        if stage(desired, facts, host) == Stage::Gone {
            told.push(format!(
                "host {name} has left the cluster: its line can be deleted from the inventory"
            ));
            continue;
        }
        let spent = host.bricks.iter().filter(|brick| is_spent(desired, facts, host, brick));
        for brick in spent.filter(|brick| brick.is_directory() || seen.mounted_at(&brick.mount).is_none()) {
            told.push(format!(
                "{} of {name} holds no brick any more: the device can be deleted from the inventory",
                brick.device.path
            ));
        }
    }
    let volumes = desired.inventory.volumes.iter().filter(|volume| volume.leaving);
    let gone = volumes.filter(|volume| facts.cluster.volume(volume.name.as_str()).is_none());
    told.extend(gone.map(|Volume { name, .. }| {
        format!("volume {name} does not exist any more: its line can be deleted from the inventory")
    }));
    told
}

/// Hosts on their way out of the cluster: who, and how far they have come, which changes all the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departing {
    /// Which hosts, and what they do, as a sentence.
    pub what: String,
    /// How far that has come; empty if there is nothing to tell.
    pub progress: String,
}

impl fmt::Display for Departing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.progress.is_empty() {
            true => f.write_str(&self.what),
            false => write!(f, "{}: {}", self.what, self.progress),
        }
    }
}

/// The hosts that leave, by how far they have come.
#[must_use]
pub fn departing(desired: &Desired, facts: &Facts) -> Vec<Departing> {
    let leaving = desired.hosts.iter().filter(|host| host.host.leaving);
    let staged: Vec<(Stage, &str)> = leaving
        .map(|host| (stage(desired, facts, host), host.name().as_str()))
        .collect();
    let told = [Stage::Member, Stage::Empty, Stage::Gone].map(|stage| {
        let hosts: Vec<&str> = staged
            .iter()
            .filter(|(of, _)| *of == stage)
            .map(|(_, name)| *name)
            .collect();
        let (is, has) = if hosts.len() == 1 {
            ("is", "has")
        } else {
            ("are", "have")
        };
        let who = hosts.join(", ");
        let (what, progress) = match stage {
            Stage::Member => (format!("{who} {is} leaving"), moved(facts)),
            Stage::Empty => (
                format!("{who} {is} leaving, and {has} no brick any more"),
                String::new(),
            ),
            Stage::Gone => (format!("{who} {has} left the cluster"), String::new()),
        };
        (!hosts.is_empty()).then_some(Departing { what, progress })
    });
    told.into_iter().flatten().collect()
}

/// How many files Gluster has moved off the bricks that leave, or that it moves none any more.
fn moved(facts: &Facts) -> String {
    let volumes = facts.cluster.volumes.values().map(|known| &known.info);
    let told = volumes.filter_map(|info| {
        let Some(removal) = Underway::of(facts, info).removal else {
            let told = format!(
                "volume {}: {ATTEMPTS} attempts to empty its bricks failed; what to do is in the log",
                info.name
            );
            return emptying::is_given_up(info).then_some(told);
        };
        let (moved, looked_at) = (removal.migration.files, removal.migration.looked_at);
        let size = text::size(removal.migration.bytes);
        let end = match removal.migration.state {
            MigrationState::Completed => "; Gluster has looked at every file",
            MigrationState::Runs | MigrationState::Failed | MigrationState::Idle(_) => "",
        };
        Some(format!(
            "volume {}: {moved} of {looked_at} files that were looked at are moved ({size}){end}",
            info.name
        ))
    });
    told.collect::<Vec<_>>().join(", ")
}

/// The hosts of the plan that are looked after like members of the cluster.
pub fn is_member(planner: &Planner, host: &DesiredHost) -> bool {
    stage(planner.desired, planner.facts, host) == Stage::Member
}
