//! The state of the cluster, as tables for people. Pure.

use super::{BrickHealth, Health, HostHealth, MountHealth, VolumeHealth, problems};
use crate::inventory::Role;
use crate::output;

/// The tables of hosts, volumes, bricks and mounts, then warnings and problems.
#[must_use]
pub fn table(health: &Health) -> String {
    let mut tables = vec![hosts(health)];
    if !health.volumes.is_empty() {
        tables.extend([volumes(health), bricks(health), mounts(health)]);
    }
    if !health.warnings.is_empty() {
        let lines: Vec<String> = health.warnings.iter().map(|warning| format!("  {warning}\n")).collect();
        tables.push(format!("Warnings:\n{}", lines.concat()));
    }
    tables.push(match health.healthy {
        true => "Healthy.\n".to_owned(),
        false => {
            let lines: Vec<String> = health.problems.iter().map(|problem| format!("  {problem}\n")).collect();
            format!("Not healthy:\n{}", lines.concat())
        }
    });
    tables.join("\n")
}

const UNKNOWN: &str = "?";

fn hosts(health: &Health) -> String {
    let row = |host: &HostHealth| {
        let client = host.role == Role::Client;
        [
            host.name.to_string(),
            host.address.to_string(),
            if client { "client" } else { "server" }.to_owned(),
            match (host.reachable, host.self_managed) {
                (true, _) => "yes",
                (false, true) => "self-managed",
                (false, false) => "NO",
            }
            .to_owned(),
            match host.glusterd {
                _ if client => "-",
                Some(true) => "answers",
                Some(false) => "NO ANSWER",
                None => UNKNOWN,
            }
            .to_owned(),
            match host.peers {
                _ if client => "-".to_owned(),
                Some(peers) => format!("{peers} of {}", host.peers_wanted),
                None => UNKNOWN.to_owned(),
            },
            match host.boot.as_deref() {
                Some([]) => "ready",
                Some(_) => "NOT READY",
                None => UNKNOWN,
            }
            .to_owned(),
        ]
    };
    output::table(
        &["HOST", "ADDRESS", "ROLE", "REACHED", "GLUSTERD", "PEERS", "BOOT"],
        health.hosts.iter().map(row),
    )
}

fn volumes(health: &Health) -> String {
    let row = |volume: &VolumeHealth| {
        let (exists, bricks) = (volume.exists != Some(false), volume.bricks.iter());
        let to_heal: Option<u64> = bricks.map(|brick| brick.to_heal).sum();
        let nothing = || if exists { UNKNOWN } else { "-" }.to_owned();
        [
            volume.name.to_string(),
            match (&volume.r#type, &volume.shape) {
                (Some(named), Some(shape)) => format!("{named} {shape}"),
                _ => nothing(),
            },
            match (volume.exists, volume.started) {
                (Some(false), _) => "MISSING",
                (_, Some(true)) => "started",
                (_, Some(false)) => "STOPPED",
                (_, None) => UNKNOWN,
            }
            .to_owned(),
            format!("{} of {}", online(&volume.bricks), volume.bricks.len()),
            to_heal.map_or_else(nothing, |entries| entries.to_string()),
        ]
    };
    output::table(
        &["VOLUME", "TYPE", "STATE", "BRICKS", "TO HEAL"],
        health.volumes.iter().map(row),
    )
}

/// How many bricks are online, and whether there may be more.
fn online(bricks: &[BrickHealth]) -> String {
    let count = |state| bricks.iter().filter(|brick| brick.online == state).count();
    match (count(Some(true)), count(None)) {
        (online, 0) => online.to_string(),
        (0, _) => UNKNOWN.to_owned(),
        (online, _) => format!("{online}+{UNKNOWN}"),
    }
}

fn bricks(health: &Health) -> String {
    let rows = health.volumes.iter().flat_map(|volume| {
        volume.bricks.iter().map(|brick| {
            let state = match (brick.mounted, brick.online) {
                (_, Some(true)) => "online",
                (Some(false), _) => "NOT MOUNTED",
                (_, Some(false)) => "OFFLINE",
                (_, None) => UNKNOWN,
            };
            let spec = format!("{}:{}", brick.host, brick.dir);
            let to_heal = brick.to_heal.map(|entries| entries.to_string());
            let to_heal = to_heal.unwrap_or_else(|| UNKNOWN.to_owned());
            let age = problems::waiting(brick).unwrap_or_default();
            [volume.name.to_string(), spec, state.to_owned(), to_heal, age]
        })
    });
    output::table(&["VOLUME", "BRICK", "STATE", "TO HEAL", "FOR AT LEAST"], rows)
}

fn mounts(health: &Health) -> String {
    let row = |mount: &MountHealth| {
        let state = match (mount.mounted, mount.answers) {
            (_, Some(true)) => "mounted",
            (Some(true), Some(false)) => "DEAD",
            (Some(false), _) => "NOT MOUNTED",
            (_, None) | (None, _) => UNKNOWN,
        };
        [
            mount.host.to_string(),
            mount.volume.to_string(),
            mount.path.to_string(),
            state.to_owned(),
        ]
    };
    output::table(
        &["HOST", "VOLUME", "MOUNT POINT", "STATE"],
        health.mounts.iter().map(row),
    )
}
