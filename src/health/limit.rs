//! The state of some hosts of the cluster alone: their rows, and what is wrong with them. Pure.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Found, Health, Kind, Looks};
use crate::desired::Desired;
use crate::facts::Facts;
use crate::inventory::HostName;

/// What the state of the cluster is limited to.
#[derive(Debug, Serialize)]
pub struct HealthLimit {
    /// The hosts that are shown.
    pub hosts: BTreeSet<HostName>,
    /// The hosts that are left out.
    pub left_out: Vec<HostName>,
    /// Those of the hosts left out that could not be observed.
    pub unreachable: Vec<HostName>,
}

impl Health {
    /// The state of these hosts; of the whole cluster without a limit. What concerns the cluster or a volume as a whole is left
    /// out, and of volumes, all bricks of other hosts.
    #[must_use]
    pub fn within(limit: Option<&BTreeSet<HostName>>, desired: &Desired, facts: &Facts, looks: &mut Looks) -> Self {
        let Some(hosts) = limit else {
            return Health::of(desired, facts, looks);
        };
        let is_in = |host: &HostName| hosts.contains(host);
        let tried = &mut looks.tried;
        tried.retain(|tried| is_in(&tried.contact.from) || is_in(&tried.contact.to));
        let mut health = Health::of(desired, facts, looks);
        let (shown, others): (Vec<_>, Vec<_>) = health.hosts.into_iter().partition(|host| is_in(&host.name));
        let lost = others.iter().filter(|host| !host.reachable && !host.self_managed);
        health.limit = Some(HealthLimit {
            hosts: hosts.clone(),
            unreachable: lost.map(|host| host.name.clone()).collect(),
            left_out: others.iter().map(|host| host.name.clone()).collect(),
        });
        health.hosts = shown;
        health.mounts.retain(|mount| is_in(&mount.host));
        health.file_systems.retain(|found| is_in(&found.host));
        for volume in &mut health.volumes {
            volume.bricks.retain(|brick| is_in(&brick.host));
        }
        health.volumes.retain(|volume| !volume.bricks.is_empty());
        let mut problems = std::mem::take(&mut health.found);
        let warnings = problems.split_off(health.problems.len());
        let [problems, warnings] = [problems, warnings].map(|mut all| {
            all.retain(|found| concerns(found, hosts));
            all
        });
        health.tell(problems, warnings);
        health
    }
}

/// Whether something that was found is about one of these hosts.
fn concerns(found: &Found, hosts: &BTreeSet<HostName>) -> bool {
    // Only connections of these hosts were looked at.
    let is_contact = matches!(found.kind, Kind::Contact | Kind::PeerNotAccepted);
    is_contact
        || found
            .host
            .as_ref()
            .or(found.about.as_ref())
            .is_some_and(|host| hosts.contains(host))
}
