//! The state of the cluster, as tables for people. Pure.

use super::Health;
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

fn hosts(health: &Health) -> String {
    let row = |host: &super::HostHealth| {
        let (role, glusterd) = match (host.role, host.reachable, host.glusterd) {
            (Role::Client, _, _) => ("client", "-"),
            (Role::Server, _, Some(true)) => ("server", "answers"),
            (Role::Server, false, None) => ("server", "?"),
            (Role::Server, _, _) => ("server", "DOWN"),
        };
        let boot = match (host.reachable, host.boot.is_empty()) {
            (false, _) => "?",
            (true, true) => "ready",
            (true, false) => "NOT READY",
        };
        [
            host.name.to_string(),
            host.address.to_string(),
            role.to_owned(),
            match (host.reachable, host.self_managed) {
                (true, _) => "yes",
                (false, true) => "self-managed",
                (false, false) => "NO",
            }
            .to_owned(),
            glusterd.to_owned(),
            host.peers
                .map_or("-".to_owned(), |peers| format!("{peers} of {}", host.peers_wanted)),
            boot.to_owned(),
        ]
    };
    output::table(
        &["HOST", "ADDRESS", "ROLE", "REACHED", "GLUSTERD", "PEERS", "BOOT"],
        health.hosts.iter().map(row),
    )
}

fn volumes(health: &Health) -> String {
    let row = |volume: &super::VolumeHealth| {
        let online = volume.bricks.iter().filter(|brick| brick.online).count();
        let to_heal: Option<u64> = volume.bricks.iter().map(|brick| brick.to_heal).sum();
        [
            volume.name.to_string(),
            volume.r#type.clone().unwrap_or_else(|| "-".into()),
            match (&volume.r#type, volume.started) {
                (None, _) => "MISSING",
                (Some(_), true) => "started",
                (Some(_), false) => "STOPPED",
            }
            .to_owned(),
            format!("{online} of {}", volume.bricks.len()),
            number(to_heal),
        ]
    };
    output::table(
        &["VOLUME", "TYPE", "STATE", "BRICKS", "TO HEAL"],
        health.volumes.iter().map(row),
    )
}

fn bricks(health: &Health) -> String {
    let rows = health.volumes.iter().flat_map(|volume| {
        volume.bricks.iter().map(|brick| {
            let state = match (brick.mounted, brick.online) {
                (_, true) => "online",
                (true, false) => "OFFLINE",
                (false, false) => "NOT MOUNTED",
            };
            let spec = format!("{}:{}", brick.host, brick.dir);
            [volume.name.to_string(), spec, state.to_owned(), number(brick.to_heal)]
        })
    });
    output::table(&["VOLUME", "BRICK", "STATE", "TO HEAL"], rows)
}

fn mounts(health: &Health) -> String {
    let row = |mount: &super::MountHealth| {
        let self_managed = health
            .hosts
            .iter()
            .any(|host| host.self_managed && host.name == mount.host);
        let state = match (mount.mounted, mount.answers) {
            _ if self_managed => "?",
            (_, true) => "mounted",
            (true, false) => "DEAD",
            (false, false) => "NOT MOUNTED",
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

fn number(number: Option<u64>) -> String {
    number.map_or("?".to_owned(), |number| number.to_string())
}
