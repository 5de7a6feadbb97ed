//! Whether the names that peers and bricks use keep their meaning in /etc/hosts. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::machines::observed;
use super::{Doubt, Doubts, of_cluster, of_host};
use crate::desired::{Desired, HostsBlock};
use crate::facts::{Facts, HostFacts};
use crate::inventory::{Host, HostName};
use crate::plan::{Problem, hosts_file};

/// Files whose names contradict the inventory, and names in use that would be dropped or pointed elsewhere.
pub fn contradictions(desired: &Desired, facts: &Facts) -> Doubts {
    let (mut problems, mut known) = (Vec::new(), BTreeMap::new());
    for (host, seen) in observed(desired, facts) {
        let contradict = hosts_file::problems(desired, host.host, seen).into_iter();
        problems.extend(contradict.map(|problem| (Doubt::NameContradicts, problem)));
        for (name, address) in entries(&desired.names, seen) {
            known.entry((name, address)).or_insert(host.name());
        }
    }
    let used = known
        .iter()
        .filter(|((name, _), _)| facts.cluster.identities.is_used(name));
    let lost = used.filter_map(|((name, address), by)| lost(desired, facts, name, *address, by));
    problems.extend(lost.map(|problem| (Doubt::NameLost, problem)));
    problems
}

/// The names and addresses in the block that glusterctl wrote to a host's /etc/hosts earlier, if the block differs from
/// the block that has to be there.
fn entries<'a>(names: &HostsBlock, seen: &'a HostFacts) -> impl Iterator<Item = (&'a str, IpAddr)> {
    let block = hosts_file::block(&seen.hosts_file, names);
    let differs = block.concat() != names.text;
    let lines = block.into_iter().filter(move |_| differs);
    lines.filter_map(|line| {
        let mut words = line.split_ascii_whitespace();
        let address = words.next()?.parse().ok()?;
        Some((words.next()?, address))
    })
}

/// Why a name in use may not change: no host has the name any more, or the host has not proved that it moved.
fn lost(desired: &Desired, facts: &Facts, name: &str, address: IpAddr, by: &HostName) -> Option<Problem> {
    let Some(host) = desired.host_called(name).map(|host| host.host) else {
        if desired.replaced.as_ref().is_some_and(|old| old.as_str() == name) {
            return None;
        }
        let what = format!(
            "peers or bricks use the name {name} ({address} in /etc/hosts on {by}), and the inventory has no such host"
        );
        let remedy = "give the host its name back in the inventory: the name is part of its bricks";
        return Some(of_cluster(what, remedy));
    };
    if host.address.ip().is_none_or(|ip| ip == address) || is_moved(facts, host) {
        return None;
    }
    let what = format!(
        "peers or bricks use the host's name, whose address is {address} in /etc/hosts on {by} and {} in the inventory; \
         nothing proves that the host moved there",
        host.address
    );
    let remedy = format!(
        "write the address {address} again; if the host did move, make sure that glusterd runs on it and that SSH \
         reaches it"
    );
    Some(of_host(host, what, remedy))
}

/// Whether a host is proved to be at the inventory's address: the machine there has the address and the glusterd that
/// the pool knows by the host's name.
fn is_moved(facts: &Facts, host: &Host) -> bool {
    let Some(seen) = facts.of(&host.name) else { return false };
    let mut uuids = facts.cluster.identities.uuids_of(host.name.as_str());
    let is_there = host.address.ip().is_some_and(|ip| seen.addresses.contains(&ip));
    is_there && uuids.any(|(uuid, _)| Some(uuid) == seen.glusterd_uuid())
}

/// The hosts whose names are in use, and that the block in this host's /etc/hosts has at another address: they moved.
pub fn moved(desired: &Desired, facts: &Facts, seen: &HostFacts) -> BTreeSet<(HostName, IpAddr, IpAddr)> {
    let entries = entries(&desired.names, seen);
    let used = entries.filter(|(name, _)| facts.cluster.identities.is_used(name));
    used.filter_map(|(name, address)| {
        let host = desired.host_called(name)?.host;
        let now = host.address.ip()?;
        (now != address).then(|| (host.name.clone(), address, now))
    })
    .collect()
}
