//! Observes hosts: one script, one round trip, all at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::devices::{BLANK, DEVICES};
use super::{Facts, HOSTS_TEMPLATE, HostFacts};
use crate::distro;
use crate::inventory::{Host, HostName, Inventory, Role, brick_dir, brick_uuid};
use crate::kubernetes::directories;
use crate::remote::{Hosts, Lost, Script, Way};
use crate::{shell, units};

/// How long a host may take to say what it looks like.
const LIMIT: Duration = Duration::from_secs(150);

/// Observes every host, all at once.
pub async fn observe(hosts: &Arc<Hosts>) -> Facts {
    let mut observations = JoinSet::new();
    for host in &hosts.inventory().hosts {
        if hosts.way(host) != Way::Elsewhere {
            let (hosts, host) = (Arc::clone(hosts), host.clone());
            observations.spawn(async move { observe_host(&hosts, &host).await });
        }
    }
    Facts {
        hosts: observations.join_all().await.into_iter().flatten().collect(),
    }
}

/// Observes one host; the one that is this machine tells of those elsewhere, too.
async fn observe_host(hosts: &Hosts, host: &Host) -> Vec<(HostName, Result<HostFacts, Lost>)> {
    let inventory = hosts.inventory();
    let all = inventory.hosts.iter();
    let others: Vec<&Host> = match hosts.way(host) {
        Way::Here => all.filter(|other| hosts.way(other) == Way::Elsewhere).collect(),
        Way::Ssh | Way::Elsewhere => Vec::new(),
    };
    // Nothing that a host prints can look like it by chance.
    let mark = format!("@{}", uuid::Uuid::new_v4().simple());
    let output = hosts.run(&host.name, &script(inventory, host, &others, &mark)).await;
    let parsed = |parse: &dyn Fn(&str) -> Result<HostFacts, String>| {
        let output = output.as_ref().map_err(Clone::clone)?;
        parse(&output.stdout).map_err(|error| Lost {
            what: format!("observing it failed: {error}\n{}", output.stderr.trim()),
            remedy: "look at the host; then run the same command again".into(),
        })
    };
    let own = parsed(&|text| HostFacts::parse(text, &mark, inventory, host));
    let mut facts = vec![(host.name.clone(), own)];
    for other in others {
        let seen = parsed(&|text| HostFacts::parse_elsewhere(text, &mark, other));
        facts.push((other.name.clone(), seen));
    }
    facts
}

/// The script that observes a host, and asks the glusterd of the `others` over the network. It changes nothing.
#[must_use]
pub fn script(inventory: &Inventory, host: &Host, others: &[&Host], mark: &str) -> Script {
    let devices = host.devices.iter().map(|device| device.to_string());
    let ours = host
        .devices
        .iter()
        .map(|device| brick_uuid(&inventory.cluster, &host.name, device).to_string());
    let volumes = &inventory.volumes;
    let bricks = host
        .devices
        .iter()
        .flat_map(|device| volumes.iter().map(|volume| brick_dir(device, &volume.name)));
    let mounts = inventory.mounts_on(host).map(|volume| volume.mount.path.to_string());
    let directories = inventory
        .mounts_on(host)
        .flat_map(|volume| directories(&inventory.kubernetes, volume));
    let asked = units::of(inventory, host);
    let mut text = String::new();
    let mut set = |name: &str, words: Vec<String>| {
        text.push_str(&format!("{name}={}\n", shell::quote(&words.join(" "))));
    };
    set("mark", vec![mark.to_owned()]);
    set("devices", devices.collect());
    set("ours", ours.collect());
    set("bricks", bricks.collect());
    set("mounts", mounts.collect());
    set("directories", directories.collect());
    set("units", asked);
    set(
        "packages",
        distro::APT
            .packages(host.role)
            .iter()
            .map(ToString::to_string)
            .collect(),
    );
    set(
        "unit_files",
        units::files(inventory, host)
            .iter()
            .map(|file| file.path.to_owned())
            .collect(),
    );
    set("points", units::mount_points(inventory, host));
    let others = others.iter().filter(|other| other.role == Role::Server);
    set(
        "others",
        others
            .map(|other| format!("{}={}", other.name, other.address))
            .collect(),
    );
    set("hosts_template", vec![HOSTS_TEMPLATE.to_owned()]);
    for part in [
        BLANK,
        DEVICES,
        include_str!("../../templates/whole.sh"),
        include_str!("../../templates/observe.sh"),
    ] {
        text.push_str(part);
    }
    Script {
        text,
        limit: LIMIT,
        changes: false,
    }
}
