//! `status`: shows the state of pool, bricks, volumes, heals and mounts, within 30 seconds; with `--watch`, again and again.

mod ask;
mod watch;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::cluster::{self, Failures};
use super::{Ending, Usage, limit, waiting};
use crate::cli::{Global, LimitTo};
use crate::desired::Desired;
use crate::facts::{self, Facts};
use crate::health::{self, BricksSeen, Health, Looks};
use crate::inventory::{HostName, Inventory, VolumeName, VolumeType};
use crate::output;
use crate::plan::{self, Problem};
use crate::remote::Hosts;
use crate::shell;
use ask::Wanted;

pub(super) use ask::Asking;

/// For how long hosts are observed and Gluster is asked, in all: the connections take the rest of the 30 seconds to end.
pub const LIMIT: Duration = Duration::from_secs(26);

/// For how long Gluster is asked at least, however long observing the hosts took.
pub(super) const LEAST: Duration = Duration::from_secs(4);

/// The pause between two looks for connections that are missing.
const AGAIN: Duration = Duration::from_secs(1);

/// When clients are looked at for connections that are missing: the question takes the lock of each volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Connections {
    /// While entries are left to heal: a missing connection may be why.
    WhileHealing,
    /// Always.
    Always,
}

/// Runs `status`.
///
/// # Errors
/// The inventory is wrong, or a host cannot be observed.
pub fn run(global: &Global, limit: &LimitTo, exit_code: bool, watch: Option<Duration>) -> anyhow::Result<Ending> {
    let inventory = cluster::inventory(global)?;
    let limit = limit::hosts(&inventory, limit)?;
    if limit.is_some() && global.output == output::Format::Prometheus {
        let words = "error: --limit does not go with -o prometheus: metrics are of the whole cluster";
        return Err(Usage(words.to_owned()).into());
    }
    let hosts = cluster::hosts(global, &inventory)?;
    if let Some(pause) = watch {
        return watch::run(global, &hosts, limit.as_ref(), pause);
    }
    let (facts, mut looks) = waiting::look(global, &hosts, async { Ok(look(&hosts).await) })?;
    let health = Health::within(limit.as_ref(), &Desired::of(&inventory), &facts, &mut looks);
    show(global, &health)?;
    all_observed(&inventory, limit.as_ref(), &facts)?;
    Ok(if exit_code && !health.healthy {
        Ending::Difference
    } else {
        Ending::Done
    })
}

/// Prints the state of the cluster.
fn show(global: &Global, health: &Health) -> anyhow::Result<()> {
    match global.output {
        output::Format::Prometheus => output::stdout(&health::metrics(health)),
        format => output::report(format, health, || health::table(health)),
    }
}

/// Whether every host was observed, or with a limit every host within it.
///
/// # Errors
/// A host was not; a message for each.
pub fn all_observed(inventory: &Inventory, limit: Option<&BTreeSet<HostName>>, facts: &Facts) -> anyhow::Result<()> {
    let hosts = inventory.hosts.iter();
    let hosts = hosts.filter(|host| limit.is_none_or(|limit| limit.contains(&host.name)));
    let lost = hosts.filter_map(|host| Some(format!("{}: {}", host.name, facts.error_of(&host.name)?)));
    let lost: Vec<String> = lost.collect();
    match lost.is_empty() {
        true => Ok(()),
        false => Err(Failures(lost).into()),
    }
}

/// Observes the hosts and looks at everything that the facts do not have, within [`LIMIT`].
pub async fn look(hosts: &Arc<Hosts>) -> (Facts, Looks) {
    look_at(hosts, Connections::WhileHealing).await
}

/// The same for `doctor`.
pub async fn look_closely(hosts: &Arc<Hosts>) -> (Facts, Looks) {
    look_at(hosts, Connections::Always).await
}

async fn look_at(hosts: &Arc<Hosts>, connections: Connections) -> (Facts, Looks) {
    let begun = Instant::now();
    let facts = facts::glance(hosts, &Desired::of(hosts.inventory())).await;
    let left = LIMIT.saturating_sub(begun.elapsed()).max(LEAST);
    let looks = looks(hosts, &facts, left, connections).await;
    (facts, looks)
}

/// The cluster's state. Asks for what `facts` does not have; what is not answered within `limit` is unknown.
pub async fn of(hosts: &Arc<Hosts>, facts: &Facts, limit: Duration) -> Health {
    let looks = looks(hosts, facts, limit, Connections::WhileHealing).await;
    Health::of(&Desired::of(hosts.inventory()), facts, &looks)
}

/// Asks Gluster for the state of bricks and of heals, and the hosts how they fare. Connections that Gluster says do not
/// come about are tried.
async fn looks(hosts: &Arc<Hosts>, facts: &Facts, limit: Duration, connections: Connections) -> Looks {
    let desired = Desired::of(hosts.inventory());
    let until = Instant::now() + limit;
    let peers = health::between_peers(&desired, facts);
    let wanted = health::started(&desired, facts).into_iter();
    let wanted = wanted.map(|(volume, heals)| {
        let answers = health::is_answering(&desired, facts, volume);
        let info = facts.cluster.volume(volume.as_str()).map(|known| &known.info);
        let wanted = Wanted::All {
            heals,
            copies: info.is_some_and(|info| matches!(info.volume_type, VolumeType::Replicate { .. })),
            answers,
            has_quota: info.is_some_and(|info| info.has_quota()),
        };
        (volume, wanted)
    });
    let (mut seen, mut tried, vitals, highest_op_version) = tokio::join!(
        bricks(hosts, &desired, facts, wanted.collect(), limit),
        facts::try_contacts(hosts, &peers, limit),
        facts::vitals(hosts, &desired, facts, limit),
        highest_op_version(hosts, &desired, facts, limit)
    );
    let unreached = health::to_unreached_bricks(&desired, facts, &seen);
    let left = until.saturating_duration_since(Instant::now());
    tried.extend(facts::try_contacts(hosts, &unreached, left).await);
    let left = until.saturating_duration_since(Instant::now());
    look_for_connections(hosts, &desired, facts, &mut seen, left, connections).await;
    Looks {
        seen,
        tried,
        vitals,
        highest_op_version,
        earlier: None,
    }
}

/// Looks for connections of clients that are missing, twice: a client that is just coming or going has some of its
/// connections only.
async fn look_for_connections(
    hosts: &Arc<Hosts>,
    desired: &Desired<'_>,
    facts: &Facts,
    seen: &mut BricksSeen,
    limit: Duration,
    connections: Connections,
) {
    let Some(server) = health::server_to_ask(desired, facts) else {
        return;
    };
    let asking = Asking::new(hosts, server, limit);
    let missing = async |name: &VolumeName| {
        let info = &facts.cluster.volume(name.as_str())?.info;
        let mut clients = asking.connections(&shell::quote(name.as_str())).await.ok()?;
        for brick in &mut clients {
            brick.brick = desired.in_own_words(&brick.brick);
        }
        Some(health::missing_connections(desired, info, &clients))
    };
    let mut found = Vec::new();
    for (name, said) in seen {
        // The clients were asked for: every brick answers.
        if said.more.clients.is_some() && (connections == Connections::Always || said.is_healing()) {
            let first = missing(name).await.unwrap_or_default();
            if !first.is_empty() {
                found.push((name, said, first));
            }
        }
    }
    if found.is_empty() {
        return;
    }
    sleep(AGAIN).await;
    for (name, said, first) in found {
        let mut now = missing(name).await.unwrap_or_default();
        now.retain(|missing| first.contains(missing));
        said.more.missing = now;
    }
}

/// The highest op-version that all servers know: every glusterd is asked, so nobody asks while a glusterd is silent.
async fn highest_op_version(hosts: &Arc<Hosts>, desired: &Desired<'_>, facts: &Facts, limit: Duration) -> Option<u32> {
    if !health::is_pool_whole(desired, facts) {
        return None;
    }
    let server = health::server_to_ask(desired, facts)?;
    Asking::new(hosts, server, limit).highest_op_version().await.ok()
}

/// Why hosts do not reach bricks that run, a problem for each reason: asks Gluster for the ports of all bricks, and tries
/// each port from each host that uses the brick's volume. What is not answered within `limit` is not known.
pub async fn unreachable_bricks(hosts: &Arc<Hosts>, facts: &Facts, limit: Duration) -> Vec<Problem> {
    let desired = Desired::of(hosts.inventory());
    let until = Instant::now() + limit;
    // What there is to heal is another question.
    let volumes = health::started(&desired, facts)
        .into_iter()
        .map(|(volume, _)| (volume, Wanted::Processes));
    let seen = bricks(hosts, &desired, facts, volumes.collect(), limit).await;
    let all = health::to_all_bricks(&desired, facts, &seen);
    let left = until.saturating_duration_since(Instant::now());
    let tried = facts::try_contacts(hosts, &all, left).await;
    plan::contact_problems(hosts.inventory(), &tried)
}

/// What Gluster says within `limit` about these volumes.
async fn bricks(
    hosts: &Arc<Hosts>,
    desired: &Desired<'_>,
    facts: &Facts,
    wanted: Vec<(&VolumeName, Wanted)>,
    limit: Duration,
) -> BricksSeen {
    let Some(server) = health::server_to_ask(desired, facts) else {
        return BricksSeen::new();
    };
    let asking = Asking::new(hosts, server, limit);
    // Gluster locks each volume by itself.
    let mut volumes = JoinSet::new();
    for (volume, wanted) in wanted {
        let (asking, volume) = (asking.clone(), volume.clone());
        volumes.spawn(async move {
            let said = asking.about(&volume, wanted).await;
            (volume, said)
        });
    }
    let said = volumes.join_all().await.into_iter();
    said.map(|(volume, said)| (volume, said.in_words_of(desired))).collect()
}
