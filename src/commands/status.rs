//! `status`: shows the state of pool, bricks, volumes, heals and mounts.

use std::sync::Arc;
use std::time::Duration;

use super::Ending;
use super::cluster::{self, Failures};
use crate::cli::Global;
use crate::desired::Desired;
use crate::facts::{self, Facts, HostFacts, heal_entries, volume_status};
use crate::health::{self, BricksSeen, Health};
use crate::inventory::HostName;
use crate::output;
use crate::remote::{Hosts, Script};
use crate::shell;

/// How many times a question to Gluster is asked: Gluster refuses while another command holds Gluster's lock.
const TRIES: usize = 5;

/// Runs `status`.
///
/// # Errors
/// The inventory is wrong, or a host cannot be observed.
pub fn run(global: &Global, exit_code: bool) -> anyhow::Result<Ending> {
    let inventory = cluster::inventory(global)?;
    let hosts = cluster::hosts(global, &inventory)?;
    let (facts, health) = cluster::run(&hosts, async {
        let desired = Desired::of(&inventory);
        let facts = facts::observe(&hosts, &desired).await;
        let health = of(&hosts, &facts).await;
        Ok((facts, health))
    })?;
    output::data(global.output, &health, || health::table(&health))?;
    let hosts = inventory.hosts.iter();
    let lost = hosts.filter_map(|host| Some(format!("{}: {}", host.name, facts.error_of(&host.name)?)));
    let lost: Vec<String> = lost.collect();
    if !lost.is_empty() {
        return Err(Failures(lost).into());
    }
    Ok(if exit_code && !health.healthy {
        Ending::Difference
    } else {
        Ending::Done
    })
}

/// The cluster's state. Asks Gluster for the state of bricks and of heals, which `facts` does not have.
pub async fn of(hosts: &Arc<Hosts>, facts: &Facts) -> Health {
    let inventory = hosts.inventory();
    let mut seen = BricksSeen::new();
    let answering = |name: &HostName| {
        let seen = facts.of(name).filter(|seen| seen.self_managed.is_none());
        seen.and_then(HostFacts::volumes)
    };
    let asked = inventory
        .servers()
        .find_map(|server| Some((&server.name, answering(&server.name)?)));
    if let Some((server, volumes)) = asked {
        let started = |name: &str| volumes.get(name).is_some_and(|volume| volume.started);
        for volume in inventory.volumes.iter().filter(|volume| started(volume.name.as_str())) {
            let name = volume.name.as_str();
            let status = ask(
                hosts,
                server,
                &format!("volume status {}", shell::quote(name)),
                volume_status,
            )
            .await;
            let heal = ask(
                hosts,
                server,
                &format!("volume heal {} info", shell::quote(name)),
                heal_entries,
            )
            .await;
            seen.insert(volume.name.clone(), status.and_then(|status| Ok((status, heal?))));
        }
    }
    Health::of(&Desired::of(inventory), facts, &seen)
}

async fn ask<T>(
    hosts: &Hosts,
    server: &HostName,
    words: &str,
    parse: fn(&str) -> Result<T, String>,
) -> Result<T, String> {
    let script = Script {
        text: format!("gluster --mode=script --xml {words}"),
        limit: Duration::from_secs(130),
        changes: false,
    };
    let mut answer = Err(String::new());
    for _ in 0..TRIES {
        let output = hosts.run(server, &script).await.map_err(|lost| lost.what)?;
        answer = parse(&output.stdout);
        if answer.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    answer
}
