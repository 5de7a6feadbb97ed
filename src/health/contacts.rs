//! Which connections are tried because Gluster says that they do not come about, and what is said of them. Pure.

use std::collections::BTreeSet;

use super::{BricksSaid, BricksSeen, Found, Kind, state};
use crate::desired::{BrickSpec, Desired, DesiredHost};
use crate::facts::{BrickStatus, Contact, Facts, Glusterd, Link, Listener, Tried};
use crate::inventory::{HostName, VolumeName};
use crate::plan::{comes_about, contact_problems};

/// The connections between servers whose glusterds both answer on their own hosts, where one does not have the other as
/// a connected and accepted peer.
#[must_use]
pub fn between_peers(desired: &Desired, facts: &Facts) -> BTreeSet<Contact> {
    let mut contacts = BTreeSet::new();
    for (from, to, _) in unready(desired, facts) {
        // Each of two peers connects to the other.
        for (from, to) in [(from, to), (to, from)] {
            contacts.insert(Contact {
                from: from.clone(),
                to: to.clone(),
                listener: Listener::Glusterd,
            });
        }
    }
    contacts
}

/// The connections to the bricks that have a process though Gluster does not reach them.
#[must_use]
pub fn to_unreached_bricks(desired: &Desired, facts: &Facts, seen: &BricksSeen) -> BTreeSet<Contact> {
    let unreached = |said: &BricksSaid, status: &BrickStatus| {
        let heal = said
            .heal
            .as_ref()
            .and_then(|heal| heal.as_ref().ok())
            .into_iter()
            .flatten();
        heal.into_iter()
            .any(|heal| heal.brick == status.brick && !heal.connected)
    };
    to_bricks(desired, facts, seen, unreached)
}

/// The connections to all bricks that have a process.
#[must_use]
pub fn to_all_bricks(desired: &Desired, facts: &Facts, seen: &BricksSeen) -> BTreeSet<Contact> {
    to_bricks(desired, facts, seen, |_, _| true)
}

/// The connections to these bricks, from each host whose self-heal daemon or mount uses the volume.
fn to_bricks(
    desired: &Desired,
    facts: &Facts,
    seen: &BricksSeen,
    is_wanted: impl Fn(&BricksSaid, &BrickStatus) -> bool,
) -> BTreeSet<Contact> {
    let mut contacts = BTreeSet::new();
    for (volume, said) in seen {
        let running = said.status.iter().flatten().filter(|status| status.online);
        for status in running.filter(|status| is_wanted(said, status)) {
            let BrickSpec { host, dir } = &status.brick;
            let (Some(port), Ok(to)) = (status.port, HostName::parse(host)) else {
                continue;
            };
            for from in users(desired, facts, volume).filter(|from| **from != to) {
                let listener = Listener::Brick { dir: dir.clone(), port };
                let (from, to) = (from.clone(), to.clone());
                contacts.insert(Contact { from, to, listener });
            }
        }
    }
    contacts
}

/// The hosts that were reached and that connect to the bricks of a volume. A host that has left neither mounts the volume nor
/// knows the names of the others.
fn users<'d>(desired: &'d Desired, facts: &Facts, volume: &VolumeName) -> impl Iterator<Item = &'d HostName> {
    let servers: BTreeSet<&HostName> = state::members(desired, facts).map(DesiredHost::name).collect();
    let uses = move |host: &&DesiredHost| {
        let mounts = !host.host.leaving && host.mounts.iter().any(|mounted| mounted.name == *volume);
        (mounts || servers.contains(host.name())) && state::observed(facts, host.name()).is_some()
    };
    desired.hosts.iter().filter(uses).map(DesiredHost::name)
}

/// Server, peer, and Gluster's words for the peer's state, where the peer is not connected and accepted.
fn unready<'d>(desired: &'d Desired, facts: &'d Facts) -> Vec<(&'d HostName, &'d HostName, &'d str)> {
    let servers: Vec<&HostName> = desired.servers().map(DesiredHost::name).collect();
    let answers = |server: &HostName| {
        let seen = facts.of(server);
        seen.is_some_and(|seen| matches!(seen.glusterd, Glusterd::Answers { .. }))
    };
    let mut found = Vec::new();
    for (observer, from) in servers.iter().enumerate().filter(|(_, server)| answers(server)) {
        let peers = facts.of(from).and_then(|seen| seen.pool()).map(|pool| &pool.peers);
        for (other, to) in servers.iter().enumerate().filter(|(_, server)| answers(server)) {
            let link = facts.cluster.link(observer, other);
            if let Some(Link { peer, .. }) = link.filter(|link| !link.is_connected || !link.in_cluster) {
                let peer = peers.and_then(|peers| peers.get(peer as usize));
                found.push((*from, *to, peer.map_or("", |peer| peer.state.as_str())));
            }
        }
    }
    found
}

/// A sentence for each reason why connections do not come about, and for each peer that is not accepted though the
/// connection comes about.
pub(super) fn problems(desired: &Desired, facts: &Facts, tried: &[Tried]) -> Vec<Found> {
    let found = contact_problems(desired.inventory, tried).into_iter();
    let mut sentences: Vec<Found> = found
        .map(|problem| {
            let what = format!("{}; {}", problem.what, problem.remedy);
            Found::new(Kind::Contact, what).remedy(problem.remedy)
        })
        .collect();
    for (from, to, state) in unready(desired, facts) {
        let works = |tried: &Tried| {
            let Contact {
                from: one,
                to: other,
                listener,
            } = &tried.contact;
            *listener == Listener::Glusterd
                && [(one, other), (other, one)].contains(&(from, to))
                && comes_about(desired.inventory, tried)
        };
        if tried.iter().filter(|tried| works(tried)).count() == 2 {
            let said = if state.is_empty() {
                String::new()
            } else {
                format!(" (Gluster says: {state})")
            };
            let what = format!(
                "{from} and {to} can connect to each other, but {to} is no connected and accepted peer of {from}{said}; look \
                 at /var/log/glusterfs/glusterd.log on both hosts"
            );
            sentences.push(Found::new(Kind::PeerNotAccepted, what));
        }
    }
    sentences
}
