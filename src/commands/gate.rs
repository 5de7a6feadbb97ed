//! The gate of every command that stops hosts: asks Gluster, and waits until the hosts can stop if that was asked for.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::status;
use super::status::Asking;
use crate::desired::Desired;
use crate::facts::{self, Facts};
use crate::health::gate::{self, Kind, Reason, Verdict, VolumeSeen, VolumesSeen};
use crate::health::{self, BricksSaid};
use crate::inventory::HostName;
use crate::output;
use crate::remote::Hosts;
use crate::shell;

/// The pause before another look.
const PAUSE: Duration = Duration::from_secs(3);

/// How many looks it takes until a client that is not connected counts: a client that comes or goes reaches the bricks one
/// after the other.
const LOOKS: usize = 3;

/// Whether these hosts can stop, all at the same time; looks again and again for as long as `wait` says.
pub async fn may_stop(
    hosts: &Arc<Hosts>,
    stopping: &BTreeSet<HostName>,
    wait: Option<Duration>,
    quiet: bool,
) -> Verdict {
    let judge =
        |facts: &Facts, seen: &VolumesSeen| gate::may_stop(&Desired::of(hosts.inventory()), facts, seen, stopping);
    waited(hosts, wait, quiet, judge).await
}

/// Looks until `judge` finds no reason, or for as long as `wait` says; returns the last verdict.
pub async fn waited(
    hosts: &Arc<Hosts>,
    wait: Option<Duration>,
    quiet: bool,
    judge: impl Fn(&Facts, &VolumesSeen) -> Verdict,
) -> Verdict {
    let (begun, mut told, mut looks) = (Instant::now(), Vec::new(), 0);
    loop {
        let (facts, seen) = look(hosts).await;
        let verdict = judge(&facts, &seen);
        looks += 1;
        let fleeting = looks < LOOKS && verdict.reasons.iter().all(|reason| reason.kind == Kind::Client);
        let patient = wait.is_some_and(|wait| begun.elapsed() + PAUSE <= wait);
        if verdict.ok || !(patient || fleeting) {
            return verdict;
        }
        if patient && !quiet && told != verdict.reasons {
            output::stderr(&format!(
                "waiting: {}\n",
                sentences(&verdict.reasons).join("\nwaiting: ")
            ));
            told.clone_from(&verdict.reasons);
        }
        sleep(PAUSE).await;
    }
}

/// The reasons as sentences.
#[must_use]
pub fn sentences(reasons: &[Reason]) -> Vec<String> {
    reasons.iter().map(|reason| reason.text.clone()).collect()
}

/// Observes the hosts and asks Gluster about every volume that is started.
async fn look(hosts: &Arc<Hosts>) -> (Facts, VolumesSeen) {
    let desired = Desired::of(hosts.inventory());
    let begun = Instant::now();
    let facts = facts::glance(hosts, &desired).await;
    let left = status::LIMIT.saturating_sub(begun.elapsed()).max(status::LEAST);
    let Some(server) = health::server_to_ask(&desired, &facts) else {
        return (facts, VolumesSeen::new());
    };
    let asking = Asking::new(hosts, server, left);
    let mut volumes = JoinSet::new();
    for (name, known) in facts.cluster.volumes.iter().filter(|(_, known)| known.info.started) {
        let (asking, name, heals) = (asking.clone(), name.clone(), known.info.heals());
        volumes.spawn(async move {
            let seen = volume(&asking, &name, heals).await;
            (name, seen)
        });
    }
    let seen = volumes.join_all().await.into_iter().collect();
    (facts, seen)
}

async fn volume(asking: &Asking, name: &str, heals: bool) -> VolumeSeen {
    let name = shell::quote(name);
    let ((status, more), heal) = tokio::join!(asking.processes(&name), asking.heals(&name, heals));
    let runs = status
        .as_ref()
        .is_ok_and(|bricks| bricks.iter().all(|brick| brick.online));
    let reached = match &heal {
        Some(heal) => heal
            .as_ref()
            .is_ok_and(|bricks| bricks.iter().all(|brick| brick.connected)),
        None => true,
    };
    let clients = match runs && reached {
        true => Some(asking.connections(&name).await),
        false => None,
    };
    VolumeSeen {
        bricks: BricksSaid { status, heal, more },
        clients,
    }
}
