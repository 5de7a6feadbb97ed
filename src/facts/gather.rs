//! Observes all hosts at once: one script and one round trip for each host.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::{Facts, HostFacts};
use crate::desired::{Desired, DesiredHost, firewall, heketi_login, units};
use crate::distro;
use crate::inventory::{DevicePath, Host, Role};
use crate::remote::{Hosts, Output, Reach, RemoteError, Script};
use crate::scripts::{self, lines};

/// How long answers may take.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// How long a host may take for all of its answers.
    host: Duration,
    /// How long a glusterd may take.
    glusterd: Duration,
    /// Whether to look for how long entries wait for healing, which changes nothing in what is to be done.
    heal_ages: bool,
}

/// Before a change, the answer of a slow host is worth waiting for.
const LONG: Patience = Patience {
    host: Duration::from_secs(150),
    glusterd: Duration::from_secs(60),
    heal_ages: false,
};

/// Somebody waits for a picture of the cluster: what a host does not answer soon is unknown.
const SHORT: Patience = Patience {
    host: Duration::from_secs(20),
    glusterd: Duration::from_secs(6),
    heal_ages: true,
};

/// The programs that the scripts need on a host whose packages nobody installs.
const PROGRAMS: [&str; 16] = [
    "awk",
    "blkid",
    "chattr",
    "findmnt",
    "flock",
    "getfattr",
    "gluster",
    "glusterd",
    "glusterfs",
    "glusterfsd",
    "grep",
    "lsblk",
    "mkfs.xfs",
    "mount",
    "setfattr",
    "wipefs",
];

/// Observes every host, all at once.
pub async fn observe(hosts: &Arc<Hosts>, desired: &Desired<'_>) -> Facts {
    gather(hosts, desired, LONG).await
}

/// Observes every host, all at once, and waits only a short time for hosts that hang.
pub async fn glance(hosts: &Arc<Hosts>, desired: &Desired<'_>) -> Facts {
    gather(hosts, desired, SHORT).await
}

async fn gather(hosts: &Arc<Hosts>, desired: &Desired<'_>, patience: Patience) -> Facts {
    let mut runs = JoinSet::new();
    for observed in desired
        .hosts
        .iter()
        .filter(|desired| hosts.reach(desired.host) != Reach::SelfManaged)
    {
        // Nothing that a host prints can look like the mark by chance.
        let mark = format!("@{}", uuid::Uuid::new_v4().simple());
        let script = script_within(patience, observed, &self_managed(hosts, desired, observed), &mark);
        let (hosts, name) = (Arc::clone(hosts), observed.name().clone());
        runs.spawn(async move {
            let output = hosts.run(&name, &script).await;
            (name, mark, output)
        });
    }
    let mut facts = BTreeMap::new();
    while let Some(run) = runs.join_next().await {
        let Ok((name, mark, output)) = run else { continue };
        let Some(observed) = desired.host(&name) else { continue };
        let others = self_managed(hosts, desired, observed).into_iter();
        for other in others.filter_map(|other| desired.host(&other.name)) {
            let seen = parsed(&output, |text| HostFacts::parse_self_managed(text, &mark, other));
            facts.insert(other.name().clone(), seen);
        }
        facts.insert(name, parsed(&output, |text| HostFacts::parse(text, &mark, observed)));
    }
    Facts::new(desired, facts)
}

/// The self-managed hosts, if `host` is this machine: this machine asks their glusterds, because nothing else of
/// self-managed hosts can be reached from here.
fn self_managed<'i>(hosts: &Hosts, desired: &Desired<'i>, host: &DesiredHost) -> Vec<&'i Host> {
    let all = desired.inventory.hosts.iter();
    match hosts.reach(host.host) {
        Reach::ThisMachine => all.filter(|other| hosts.reach(other) == Reach::SelfManaged).collect(),
        Reach::Ssh | Reach::SelfManaged => Vec::new(),
    }
}

fn parsed(
    output: &Result<Output, RemoteError>,
    parse: impl Fn(&str) -> Result<HostFacts, String>,
) -> Result<HostFacts, RemoteError> {
    let output = output.as_ref().map_err(Clone::clone)?;
    parse(&output.stdout).map_err(|error| RemoteError {
        what: format!("observing the host failed: {error}\n{}", output.stderr.trim()),
        remedy: "look at the host; then run the same command again".into(),
    })
}

/// The script that observes a host, and asks the glusterd of the `others` over the network. The script changes nothing.
#[must_use]
pub fn script(desired: &DesiredHost, others: &[&Host], mark: &str) -> Script {
    script_within(LONG, desired, others, mark)
}

fn script_within(patience: Patience, desired: &DesiredHost, others: &[&Host], mark: &str) -> Script {
    let host = desired.host;
    let devices = host.new_devices().map(|device| &device.path);
    let thin: Vec<&DevicePath> = desired.thin_volumes().map(|thin| &thin.path).collect();
    let servers = others.iter().filter(|other| other.role == Role::Server);
    let others = servers.map(|other| format!("{}={}", other.name, other.found_at()));
    let ours = desired.bricks.iter().filter(|brick| !brick.is_existing());
    let existing = desired
        .bricks
        .iter()
        .filter(|brick| brick.is_existing() && !brick.is_on_root());
    let claims = desired.bricks.iter().filter(|brick| brick.is_directory());
    // Only bricks whose data may be moved are asked how full they are.
    let rooms = desired.brick_mounts().filter(|_| desired.looks_at_room);
    let ages = desired.brick_dirs().filter(|_| patience.heal_ages);
    let login = desired.heketi_login.as_ref();
    let text = scripts::OBSERVE.with(&[
        ("mark", mark),
        ("devices", &lines(devices.chain(thin.iter().copied()))),
        ("ours", &lines(ours.map(|brick| &brick.uuid))),
        ("existing", &lines(existing.map(|brick| &brick.uuid))),
        ("claims", &lines(claims.map(|brick| &brick.mount))),
        ("bricks", &lines(desired.brick_dirs())),
        ("mounts", &lines(desired.mounts.iter().map(|volume| &volume.mount.path))),
        ("directories", &lines(&desired.directories)),
        ("units", &lines(desired.units())),
        ("packages", &lines(distro::asked_about(host, desired.gluster_version))),
        ("programs", &lines(PROGRAMS)),
        ("unit_files", &lines(units::PATHS)),
        ("points", &lines(desired.mount_points())),
        ("others", &lines(others)),
        ("hosts_templates", &lines(distro::hosts_templates())),
        (
            "version",
            desired.gluster_version.map_or("", |version| version.as_str()),
        ),
        ("lvm", if thin.is_empty() { "no" } else { "yes" }),
        (
            "firewall",
            &match desired.opens_firewall {
                true => firewall::chain(desired.cluster),
                false => String::new(),
            },
        ),
        (
            "own_address",
            &host.address.ip().map_or_else(String::new, |ip| ip.to_string()),
        ),
        ("heketi_mark", &heketi_login::mark(desired.cluster)),
        ("heketi_user", login.map_or("", |login| login.user.as_str())),
        ("heketi_key", login.map_or("", |login| login.key.as_str())),
        ("patience", &patience.glusterd.as_secs().to_string()),
        ("ages", &lines(ages)),
        ("rooms", &lines(rooms)),
        ("family", desired.family.gluster()),
        ("tls", if desired.tls.is_some() { "yes" } else { "no" }),
    ]);
    Script {
        text,
        limit: patience.host,
        changes: false,
    }
}
