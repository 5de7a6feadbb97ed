//! The state of the cluster as metrics, in the text format of Prometheus for the textfile collector of node_exporter. What
//! is not known is `NaN`: an alert on a number does not fire, and an alert on the missing knowledge can. Pure.

use std::fmt::Write;

use super::space::FileSystemHealth;
use super::{Health, HostHealth, QuotaHealth, VolumeHealth, VolumeState};

/// One metric: all its samples, below what the metric means.
struct Metric<'t> {
    text: &'t mut String,
    name: &'static str,
}

impl<'t> Metric<'t> {
    /// Every metric is a gauge: the state of a moment.
    fn new(text: &'t mut String, name: &'static str, help: &str) -> Self {
        let _ = writeln!(text, "# HELP glusterctl_{name} {help}\n# TYPE glusterctl_{name} gauge");
        Metric { text, name }
    }

    /// A sample.
    fn add(&mut self, labels: &[(&str, &str)], value: Option<f64>) {
        let pairs = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
        let pairs: Vec<String> = pairs.collect();
        let labels = if pairs.is_empty() {
            String::new()
        } else {
            format!("{{{}}}", pairs.join(","))
        };
        let value = value.map_or_else(|| "NaN".to_owned(), |value| value.to_string());
        let _ = writeln!(self.text, "glusterctl_{}{labels} {value}", self.name);
    }
}

/// The value of a label: backslashes, quotes and line breaks are escaped.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn of_bool(value: Option<bool>) -> Option<f64> {
    value.map(|value| f64::from(u8::from(value)))
}

#[expect(clippy::cast_precision_loss, reason = "Prometheus has no other numbers")]
fn of_count(value: Option<u64>) -> Option<f64> {
    value.map(|value| value as f64)
}

/// The metrics.
#[must_use]
pub fn metrics(health: &Health) -> String {
    let mut text = String::new();
    let healthy = Some(health.healthy);
    Metric::new(&mut text, "healthy", "Whether nothing is wrong and nothing is unknown.").add(&[], of_bool(healthy));
    let count = |list: &[String]| of_count(Some(list.len() as u64));
    Metric::new(&mut text, "problems", "How many problems status names.").add(&[], count(&health.problems));
    Metric::new(&mut text, "warnings", "How many warnings status names.").add(&[], count(&health.warnings));
    hosts(&mut text, health);
    volumes(&mut text, health);
    quotas(&mut text, health);
    bricks(&mut text, health);
    let mut mounts = Metric::new(&mut text, "mount_answers", "Whether the volume is mounted and answers.");
    for mount in &health.mounts {
        let labels = [
            ("host", mount.host.as_str()),
            ("volume", mount.volume.as_str()),
            ("path", mount.path.as_str()),
        ];
        mounts.add(&labels, of_bool(mount.answers));
    }
    file_systems(&mut text, health);
    text
}

/// A metric's name, its meaning, and its value.
type Row<T> = (&'static str, &'static str, fn(&T) -> Option<f64>);

fn hosts(text: &mut String, health: &Health) {
    let rows: &[Row<HostHealth>] = &[
        ("host_reachable", "Whether the host was observed.", |host| {
            of_bool(Some(host.reachable))
        }),
        ("host_glusterd_answers", "Whether glusterd answers.", |host| {
            of_bool(host.glusterd)
        }),
        (
            "host_peers_connected",
            "How many other servers are connected peers.",
            |host| of_count(host.peers.map(|peers| peers as u64)),
        ),
        (
            "host_boot_ready",
            "Whether the host would come back after a reboot.",
            |host| of_bool(host.boot.as_ref().map(Vec::is_empty)),
        ),
        ("host_op_version", "The op-version that glusterd has on disk.", |host| {
            host.op_version.map(f64::from)
        }),
        (
            "host_clock_offset_seconds",
            "How far the clock is ahead of the clock of the machine that runs glusterctl.",
            |host| host.clock.map(|clock| clock.offset_seconds),
        ),
        (
            "host_clock_uncertainty_seconds",
            "By how much the offset of the clock may be wrong.",
            |host| host.clock.map(|clock| clock.uncertainty_seconds),
        ),
    ];
    for (name, help, value) in rows {
        let mut metric = Metric::new(text, name, help);
        for host in &health.hosts {
            // A client has neither glusterd nor peers.
            let is_of_servers = ["glusterd", "peers", "op_version"]
                .iter()
                .any(|word| name.contains(word));
            if is_of_servers && host.role == crate::inventory::Role::Client {
                continue;
            }
            metric.add(&[("host", host.name.as_str())], value(host));
        }
    }
    let mut versions = Metric::new(
        text,
        "host_glusterfs_info",
        "The version of GlusterFS that is installed.",
    );
    for host in &health.hosts {
        if let Some(version) = &host.glusterfs {
            versions.add(&[("host", host.name.as_str()), ("version", version)], Some(1.0));
        }
    }
}

fn volumes(text: &mut String, health: &Health) {
    let mut states = Metric::new(
        text,
        "volume_state",
        "1 for the state of the volume, 0 for the other states.",
    );
    for volume in &health.volumes {
        for state in VolumeState::ALL {
            let labels = [("volume", volume.name.as_str()), ("state", state.word())];
            states.add(&labels, of_bool(Some(volume.state == state)));
        }
    }
    let rows: &[Row<VolumeHealth>] = &[
        ("volume_started", "Whether the volume is started.", |volume| {
            of_bool(volume.started)
        }),
        (
            "volume_split_brain_entries",
            "How many entries are in split-brain.",
            |volume| of_count(volume.split_brain.as_ref().map(|known| known.entries)),
        ),
        (
            "volume_tasks_running",
            "How many rebalances and removals of bricks are at work.",
            |volume| {
                let tasks = volume.tasks.as_ref()?.iter();
                let running = tasks.filter(|task| task.state == crate::facts::TaskState::InProgress);
                of_count(Some(running.count() as u64))
            },
        ),
        (
            "volume_size_bytes",
            "The size of the volume, as its bricks' file systems allow.",
            |volume| of_count(volume.space.map(|space| space.bytes)),
        ),
        (
            "volume_available_bytes",
            "The bytes that can still be written to the volume.",
            |volume| of_count(volume.space.map(|space| space.available)),
        ),
    ];
    for (name, help, value) in rows {
        let mut metric = Metric::new(text, name, help);
        for volume in &health.volumes {
            metric.add(&[("volume", volume.name.as_str())], value(volume));
        }
    }
    let mut clients = Metric::new(text, "volume_clients", "How many clients of a kind are connected.");
    for volume in &health.volumes {
        match &volume.clients {
            Some(known) => {
                for (kind, count) in known {
                    clients.add(
                        &[("volume", volume.name.as_str()), ("kind", kind)],
                        of_count(Some(*count)),
                    );
                }
            }
            None => clients.add(&[("volume", volume.name.as_str()), ("kind", "")], None),
        }
    }
}

fn quotas(text: &mut String, health: &Health) {
    let rows: &[Row<QuotaHealth>] = &[
        (
            "quota_limit_bytes",
            "The limit of a directory, or of the volume.",
            |quota| of_count(Some(quota.limit)),
        ),
        ("quota_used_bytes", "The bytes that are used of the limit.", |quota| {
            of_count(quota.used)
        }),
    ];
    for (name, help, value) in rows {
        let mut metric = Metric::new(text, name, help);
        for volume in &health.volumes {
            for quota in volume.quota.iter().flatten() {
                metric.add(&[("volume", volume.name.as_str()), ("path", &quota.path)], value(quota));
            }
        }
    }
}

fn bricks(text: &mut String, health: &Health) {
    let rows: &[Row<super::BrickHealth>] = &[
        (
            "brick_online",
            "Whether the brick has a process and is reached.",
            |brick| of_bool(brick.online),
        ),
        ("brick_entries_to_heal", "How many entries are left to heal.", |brick| {
            of_count(brick.to_heal)
        }),
        (
            "brick_heal_waiting_seconds",
            "For how long at least the oldest entry has been waiting for healing.",
            |brick| of_count(brick.to_heal_seconds),
        ),
    ];
    for (name, help, value) in rows {
        let mut metric = Metric::new(text, name, help);
        for volume in &health.volumes {
            for brick in &volume.bricks {
                let labels = [
                    ("volume", volume.name.as_str()),
                    ("host", brick.host.as_str()),
                    ("dir", brick.dir.as_str()),
                ];
                metric.add(&labels, value(brick));
            }
        }
    }
}

fn file_systems(text: &mut String, health: &Health) {
    let rows: &[Row<FileSystemHealth>] = &[
        ("file_system_size_bytes", "The size of the file system.", |found| {
            of_count(found.bytes)
        }),
        (
            "file_system_available_bytes",
            "The bytes that can still be written.",
            |found| of_count(found.available),
        ),
        (
            "file_system_inodes",
            "How many inodes the file system can have.",
            |found| of_count(found.inodes),
        ),
        (
            "file_system_inodes_free",
            "How many more inodes the file system can have.",
            |found| of_count(found.inodes_free),
        ),
        (
            "file_system_full_in_seconds",
            "In how many seconds the file system will be full, as far as a rate is known.",
            |found| of_count(found.forecast.map(|forecast| forecast.full_in_seconds)),
        ),
    ];
    for (name, help, value) in rows {
        let mut metric = Metric::new(text, name, help);
        for found in &health.file_systems {
            metric.add(&[("host", found.host.as_str()), ("path", &found.path)], value(found));
        }
    }
}
