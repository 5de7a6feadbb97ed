//! The state of the cluster, as tables for people. Pure.

use std::collections::BTreeSet;

use super::space::{Purpose, size};
use super::{
    BrickHealth, FileSystemHealth, Health, HealthLimit, HostHealth, MountHealth, QuotaHealth, TaskHealth, VolumeHealth,
};
use super::{clocks, problems, split_brain, state};
use crate::facts::{TaskKind, TaskState};
use crate::inventory::{HostName, Role};
use crate::output;
use crate::text::{counted, span, wrapped};

/// The tables of hosts, volumes, bricks, mounts and file systems, then the ways out of split-brain, warnings and problems.
#[must_use]
pub fn table(health: &Health) -> String {
    let mut tables = vec![hosts(health), versions(health)];
    // Of a volume as a whole, a picture of some hosts says nothing.
    let is_whole = health.limit.is_none();
    if !health.volumes.is_empty() {
        if is_whole {
            tables.extend([volumes(health), use_of_volumes(health)]);
            tables.extend(quotas(health));
        }
        tables.push(bricks(health));
    }
    if !health.volumes.is_empty() || !health.mounts.is_empty() {
        tables.push(mounts(health));
    }
    tables.push(file_systems(health));
    if is_whole {
        tables.extend(entries_in_split_brain(health));
    }
    tables.extend(health.limit.as_ref().map(left_out));
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

/// What a picture of some hosts leaves out.
fn left_out(limit: &HealthLimit) -> String {
    let hosts = counted(limit.left_out.len(), "host");
    let names = |hosts: &[HostName]| hosts.iter().map(HostName::as_str).collect::<Vec<_>>().join(", ");
    let mut text = format!(
        "Left out by --limit: {hosts} ({}), and what concerns the volumes and the cluster as a whole.",
        names(&limit.left_out)
    );
    if !limit.unreachable.is_empty() {
        text += &format!(" Could not be observed of these: {}.", names(&limit.unreachable));
    }
    wrapped(&text, output::COLUMNS.into()) + "\n"
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
                _ if host.maintenance == Some(true) => "MAINTENANCE",
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

fn or_unknown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), |value| value.to_string())
}

fn versions(health: &Health) -> String {
    let row = |host: &HostHealth| {
        let op_version = match host.role {
            Role::Client => "-".to_owned(),
            Role::Server => or_unknown(host.op_version),
        };
        [
            host.name.to_string(),
            or_unknown(host.glusterfs.as_ref()),
            op_version,
            or_unknown(clocks::cell(host.clock)),
        ]
    };
    output::table(
        &["HOST", "GLUSTERFS", "OP-VERSION", "CLOCK"],
        health.hosts.iter().map(row),
    )
}

/// Rebalance, quorum, clients and space of the volumes.
fn use_of_volumes(health: &Health) -> String {
    let row = |volume: &VolumeHealth| {
        let nothing = || if volume.exists == Some(false) { "-" } else { UNKNOWN }.to_owned();
        let quorum = volume
            .quorum
            .map(|quorum| format!("{} of {}", quorum.needed, quorum.of));
        let clients = volume.clients.as_ref().map(|clients| {
            let kind = |(kind, count): (&String, &u64)| format!("{count} {kind}");
            clients.iter().map(kind).collect::<Vec<_>>().join(", ")
        });
        let space = volume.space.map(|space| (size(space.bytes), size(space.available)));
        let (bytes, free) = space.unwrap_or_else(|| (nothing(), nothing()));
        [
            volume.name.to_string(),
            quorum.unwrap_or_else(nothing),
            clients.unwrap_or_else(nothing),
            volume.tasks.as_ref().map_or_else(nothing, |tasks| task_words(tasks)),
            bytes,
            free,
        ]
    };
    output::table(
        &["VOLUME", "QUORUM", "CLIENTS", "REBALANCE", "SIZE", "AVAILABLE"],
        health.volumes.iter().map(row),
    )
}

fn task_words(tasks: &[TaskHealth]) -> String {
    let words = |task: &TaskHealth| {
        let state = match task.state {
            TaskState::NotStarted => "not started",
            TaskState::InProgress => "in progress",
            TaskState::Stopped => "stopped",
            TaskState::Completed => "completed",
            TaskState::Failed => "FAILED",
            TaskState::Unknown => UNKNOWN,
        };
        match task.kind {
            TaskKind::Rebalance => state.to_owned(),
            TaskKind::RemoveBrick => format!("removal: {state}"),
            TaskKind::Other => format!("{}: {state}", state::task_words(task.kind)),
        }
    };
    match tasks {
        [] => "-".to_owned(),
        tasks => tasks.iter().map(words).collect::<Vec<_>>().join(", "),
    }
}

/// The limits of quotas, if there are any.
fn quotas(health: &Health) -> Option<String> {
    let row = |volume: &VolumeHealth, quota: &QuotaHealth| {
        let state = match quota.used {
            None => UNKNOWN,
            Some(_) if quota.is_full() => "REACHED",
            Some(_) if quota.is_nearly_full() => "NEARLY REACHED",
            Some(_) => "",
        };
        [
            volume.name.to_string(),
            quota.path.clone(),
            size(quota.limit),
            or_unknown(quota.used.map(size)),
            state.to_owned(),
        ]
    };
    let mut rows = Vec::new();
    for volume in &health.volumes {
        match &volume.quota {
            Some(limits) => rows.extend(limits.iter().map(|quota| row(volume, quota))),
            // The quota is on, and neither Gluster nor a brick told its limits.
            None if volume.started == Some(true) => {
                let [path, limit, used, state] = [UNKNOWN; 4].map(str::to_owned);
                rows.push([volume.name.to_string(), path, limit, used, state]);
            }
            None => {}
        }
    }
    (!rows.is_empty()).then(|| output::table(&["VOLUME", "DIRECTORY", "LIMIT", "USED", "STATE"], rows))
}

fn file_systems(health: &Health) -> String {
    let row = |found: &FileSystemHealth| {
        let state = match (found.bytes, found.is_full()) {
            (None, _) => UNKNOWN.to_owned(),
            (_, true) => "FULL".to_owned(),
            _ if found.is_nearly_full() || found.is_short_of_inodes() => "NEARLY FULL".to_owned(),
            _ => String::new(),
        };
        let forecast = found.forecast.map(|forecast| span(forecast.full_in_seconds));
        [
            found.host.to_string(),
            found.path.clone(),
            or_unknown(found.bytes.map(size)),
            or_unknown(found.available.map(size)),
            or_unknown(found.inodes_free),
            state,
            forecast.unwrap_or_default(),
        ]
    };
    let bricks = health.file_systems.iter();
    // Of logs and state, only what is wrong or not known is worth a line.
    let shown = bricks.filter(|found| {
        found.purpose == Purpose::Brick || found.is_full() || found.is_nearly_full() || found.is_short_of_inodes()
    });
    let header = [
        "HOST",
        "FILE SYSTEM",
        "SIZE",
        "AVAILABLE",
        "INODES LEFT",
        "STATE",
        "FULL IN",
    ];
    let mut text = output::table(&header, shown.map(row));
    let bases = health.file_systems.iter().filter_map(|found| found.forecast);
    let bases: BTreeSet<&str> = bases.map(|forecast| forecast.basis.words()).collect();
    text.extend(bases.iter().map(|words| format!("FULL IN is a forecast: {words}\n")));
    text
}

/// The entries in split-brain, each with its ways out.
fn entries_in_split_brain(health: &Health) -> Option<String> {
    /// Entries that are shown; JSON has more.
    const SHOWN: usize = 10;
    let mut text = String::new();
    for volume in &health.volumes {
        let Some(known) = volume.split_brain.as_ref().filter(|known| known.entries > 0) else {
            continue;
        };
        text += &format!(
            "In split-brain on volume {}; each of the commands below an entry keeps another copy for good, and drops \
             the others:\n",
            volume.name
        );
        for file in known.files.iter().take(SHOWN) {
            let names = if file.ways_out.is_empty() {
                ": names in this directory"
            } else {
                ""
            };
            text += &format!("  {}{names}\n", file.name);
            text.extend(file.ways_out.iter().map(|way| format!("    {way}\n")));
        }
        let more = known.entries.saturating_sub(SHOWN as u64);
        if more > 0 {
            text += &format!(
                "  and {more} more: gluster volume heal {} info split-brain\n",
                volume.name
            );
        }
    }
    (!text.is_empty()).then(|| text + split_brain::NOTE)
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
            match volume.state.word() {
                word @ ("partial" | "down") => word.to_uppercase(),
                "unknown" => UNKNOWN.to_owned(),
                word => word.to_owned(),
            },
            format!("{} of {}", online(&volume.bricks), volume.bricks.len()),
            to_heal.map_or_else(nothing, |entries| entries.to_string()),
        ]
    };
    output::table(
        &["VOLUME", "TYPE", "STATE", "HEALTH", "BRICKS", "TO HEAL"],
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
            // A brick without a process has no port.
            let port = match (brick.port, brick.online) {
                (Some(port), _) => port.to_string(),
                (None, Some(false)) => "-".to_owned(),
                (None, _) => UNKNOWN.to_owned(),
            };
            [volume.name.to_string(), spec, state.to_owned(), port, to_heal, age]
        })
    });
    output::table(&["VOLUME", "BRICK", "STATE", "PORT", "TO HEAL", "FOR AT LEAST"], rows)
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
