//! Whether the pool's members are the inventory's servers. Pure.

use std::collections::HashSet;
use std::net::IpAddr;

use super::machines::observed;
use super::{Doubt, Doubts, of_cluster, of_host};
use crate::desired::{Desired, DesiredHost};
use crate::facts::{Facts, Glusterd, HostFacts};
use crate::inventory::{Address, HostName, Role};
use crate::plan::{Problem, hosts_file};

/// What the pool says of a host, and what the host says of itself or its disks, contradict each other.
pub fn contradictions(desired: &Desired, facts: &Facts) -> Doubts {
    let mut doubts = Vec::new();
    for (host, seen) in observed(desired, facts) {
        let other = other_identity(facts, host, seen).map(|problem| (Doubt::OtherIdentity, problem));
        let elsewhere = || Some((Doubt::LivesElsewhere, lives_elsewhere(desired, facts, host, seen)?));
        doubts.extend(other.or_else(elsewhere));
        let disks = disks_of_others(desired, facts, host, seen).into_iter();
        doubts.extend(disks.map(|problem| (Doubt::DiskOfOther, problem)));
    }
    let outsiders = outsiders(desired, facts).into_iter();
    doubts.extend(outsiders.map(|problem| (Doubt::Outsider, problem)));
    doubts
}

/// The UUIDs by which the pool knows a host, each with a server that says so.
fn uuids_of<'f>(facts: &'f Facts, host: &DesiredHost) -> Vec<(&'f str, &'f HostName)> {
    let identities = &facts.cluster.identities;
    let by_name = identities.uuids_of(host.name().as_str());
    let ip = host.host.address.ip().map(|ip| ip.to_string());
    let by_address = ip.iter().flat_map(|ip| identities.uuids_of(ip));
    by_name.chain(by_address).collect()
}

/// The pool knows another glusterd by the host's name than the glusterd that was found.
fn other_identity(facts: &Facts, host: &DesiredHost, seen: &HostFacts) -> Option<Problem> {
    let own = seen.glusterd_uuid()?;
    let uuids = uuids_of(facts, host);
    let (uuid, by) = uuids.iter().find(|(uuid, _)| *uuid != own)?;
    let what = format!("{by} knows glusterd on this host as {uuid}, but glusterd there calls itself {own}");
    let remedy = "if another machine has the host's address, correct the address in the inventory; if the host was \
                  reinstalled or restored from an older copy, give glusterd its old UUID back in \
                  /var/lib/glusterd/glusterd.info";
    Some(of_host(host.host, what, remedy))
}

/// A machine without an identity has the host's address, while a server is connected to the host elsewhere. A server
/// whose names have the host at the machine's very address is connected to this machine, or was a moment ago: the state
/// of glusterd there was removed.
fn lives_elsewhere(desired: &Desired, facts: &Facts, host: &DesiredHost, seen: &HostFacts) -> Option<Problem> {
    if host.host.role == Role::Client || seen.glusterd != Glusterd::Blank {
        return None;
    }
    let identities = &facts.cluster.identities;
    let mut uuids = uuids_of(facts, host).into_iter();
    let (uuid, by) = uuids.find_map(|(uuid, _)| Some((uuid, identities.connected_to(uuid)?)))?;
    let line = format!("{} {}", host.host.found_at(), host.name());
    let block = facts.of(by).map(|by| hosts_file::block(&by.hosts_file, &desired.names));
    if block.is_some_and(|block| block.iter().any(|found| found.trim_end() == line)) {
        return None;
    }
    let what = format!(
        "{by} is connected to glusterd {uuid} on this host, but on the machine at {} glusterd has no identity: this is \
         another machine",
        host.host.found_at()
    );
    let remedy = "correct the address in the inventory; if the host was reinstalled a moment ago, wait a minute until \
                  its peers have noticed, and run the same command again";
    Some(of_host(host.host, what, remedy))
}

/// Disks of other hosts of this inventory that were put into this one: their own hosts miss them.
fn disks_of_others(desired: &Desired, facts: &Facts, host: &DesiredHost, seen: &HostFacts) -> Vec<Problem> {
    let strangers = seen.xfs.iter().filter_map(|(uuid, devices)| {
        let (other, of) = desired.brick_of(uuid).filter(|(other, _)| *other != host.name())?;
        // A device that several hosts see is a problem of its own.
        if facts.of(other).is_none_or(|home| home.xfs.contains_key(uuid)) {
            return None;
        }
        let paths = devices.iter().map(|device| {
            let mut named = seen.devices.iter().filter(|(_, named)| named.number == device.number);
            named.next().map_or(device.path.as_str(), |(path, _)| path.as_str())
        });
        let paths: Vec<&str> = paths.collect();
        let what = format!(
            "{} holds the brick of {} on {other}",
            paths.join(" and "),
            of.device.path
        );
        let remedy = "put the disks back into their own hosts, or correct the addresses in the inventory; nothing is \
                      done to this disk";
        Some(of_host(host.host, what, remedy))
    });
    strangers.collect()
}

/// Peers that are no hosts of the inventory: the inventory has lost a host, calls a host by another name, or names a
/// machine of another pool.
fn outsiders(desired: &Desired, facts: &Facts) -> Vec<Problem> {
    let identities = &facts.cluster.identities;
    let own: HashSet<&str> = desired
        .servers()
        .filter_map(|host| facts.of(host.name())?.glusterd_uuid())
        .collect();
    let is_host = |name: &str| desired.servers().any(|host| host.host.is_known_as(name));
    let mut uuids: Vec<&str> = identities.all().filter(|uuid| !own.contains(uuid)).collect();
    uuids.sort_unstable();
    let outside = uuids.into_iter().filter_map(|uuid| {
        let names: Vec<(&str, &HostName)> = identities.names_of(uuid).collect();
        let is_replaced = |name: &str| desired.replaced.as_ref().is_some_and(|old| old.as_str() == name);
        if names.iter().any(|(name, _)| is_host(name) || is_replaced(name)) {
            return None;
        }
        let (name, by) = *names.first()?;
        let volume = names.iter().find_map(|(name, _)| identities.volume_on(name));
        let unfound = || desired.servers().find(|host| is_unfound(facts, host));
        match unfound().filter(|_| name.parse::<IpAddr>().is_ok()) {
            Some(host) => Some(unnamed(name, by, host.name())),
            None => Some(outsider(name, by, volume)),
        }
    });
    outside.collect()
}

/// Whether a server that is known by its name alone was not found, and no pool has the name.
fn is_unfound(facts: &Facts, host: &DesiredHost) -> bool {
    let mut uuids = facts.cluster.identities.uuids_of(host.name().as_str());
    host.host.address == Address::Dns
        && uuids.next().is_none()
        && facts.of(host.name()).and_then(HostFacts::glusterd_uuid).is_none()
}

/// A member that is known by an address only, while name servers do not find a host of the inventory.
fn unnamed(address: &str, by: &HostName, host: &HostName) -> Problem {
    let what = format!("{by} is in a trusted storage pool with {address}, which may be {host}: that name is not found");
    let remedy = format!(
        "if {address} is {host}, wait until name servers give {host} an address; if it is another server, put it into the \
         inventory"
    );
    of_cluster(what, remedy)
}

fn outsider(name: &str, by: &HostName, volume: Option<&str>) -> Problem {
    let (holds, remedy) = match volume {
        Some(volume) => (
            format!(", which holds bricks of volume {volume}"),
            "put that server back into the inventory, with `leaving: true` if the server is to go: apply moves its data to \
             other servers, detaches the server, and says when the line can be deleted"
                .to_owned(),
        ),
        None => (
            String::new(),
            format!(
                "put that server into the inventory; or, if the server is to leave the pool, detach it first: gluster \
                 peer detach {name}"
            ),
        ),
    };
    let what = format!("{by} is in a trusted storage pool with {name}{holds}, and the inventory has no such server");
    of_cluster(what, remedy)
}
