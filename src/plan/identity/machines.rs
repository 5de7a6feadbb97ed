//! Whether the machines that were reached are the hosts that the inventory means. Pure.

use std::collections::BTreeMap;

use super::{Doubt, Doubts, of_cluster, of_host};
use crate::desired::{Desired, DesiredHost, HostsBlock};
use crate::facts::{Facts, HostFacts};
use crate::inventory::{Host, HostName, Role};
use crate::plan::Problem;

/// The hosts that were observed.
pub fn observed<'a>(
    desired: &'a Desired,
    facts: &'a Facts,
) -> impl Iterator<Item = (&'a DesiredHost<'a>, &'a HostFacts)> {
    let hosts = desired.hosts.iter();
    hosts.filter_map(|host| Some((host, facts.of(host.name())?)))
}

/// Several hosts of the inventory are one machine, or several machines have one glusterd's identity.
pub fn shared(desired: &Desired, facts: &Facts) -> Doubts {
    let mut machines: BTreeMap<(&str, &str), Vec<&HostName>> = BTreeMap::new();
    let mut uuids: BTreeMap<&str, Vec<&HostName>> = BTreeMap::new();
    for (host, seen) in observed(desired, facts) {
        if !seen.boot_id.is_empty() {
            let machine = (seen.machine_id.as_str(), seen.boot_id.as_str());
            machines.entry(machine).or_default().push(host.name());
        }
        if let Some(uuid) = seen.glusterd_uuid() {
            uuids.entry(uuid).or_default().push(host.name());
        }
    }
    let several = |hosts: &&Vec<&HostName>| hosts.len() > 1;
    let one_machine = machines.values().filter(several).map(|hosts| {
        let remedy = "correct the addresses, or the hosts' ssh: sections, in the inventory";
        let what = format!("{} are one and the same machine", list(hosts));
        (Doubt::OneMachine, of_cluster(what, remedy))
    });
    let one_machine: Doubts = one_machine.collect();
    if !one_machine.is_empty() {
        return one_machine;
    }
    let clones = uuids.iter().filter(|(_, hosts)| hosts.len() > 1).map(|(uuid, hosts)| {
        let member = hosts.iter().find(|host| {
            let mut names = facts.cluster.identities.names_of(uuid);
            names.any(|(name, _)| name == host.as_str())
        });
        let clone = match member {
            Some(member) => format!("on the clone (the pool knows {member})"),
            None => format!("on all of them but {}", hosts[0]),
        };
        let what = format!(
            "glusterd has the same UUID, {uuid}, on {}: one machine was cloned from the other",
            list(hosts)
        );
        let remedy = format!("give glusterd a UUID of its own {clone}: gluster system uuid reset");
        (Doubt::SameUuid, of_cluster(what, remedy))
    });
    clones.collect()
}

fn list(hosts: &[&HostName]) -> String {
    let names: Vec<&str> = hosts.iter().map(|host| host.as_str()).collect();
    names.join(" and ")
}

/// Machines that are other hosts of the inventory than the inventory says: addresses were exchanged, for example. One
/// problem names all of them.
pub fn exchanged(desired: &Desired, facts: &Facts) -> Doubts {
    let wrong: Vec<String> = observed(desired, facts)
        .filter_map(|(host, seen)| {
            let (other, proof) = other_host(desired, facts, host, seen)?;
            Some(format!(
                "the machine at {} is {other}, not {} ({proof})",
                destination(host.host),
                host.name()
            ))
        })
        .collect();
    if wrong.is_empty() {
        return Vec::new();
    }
    let remedy = "correct the addresses in the inventory, or the names of the machines";
    vec![(Doubt::Exchanged, of_cluster(wrong.join("; "), remedy))]
}

/// Where the inventory says that a host is found.
fn destination(host: &Host) -> String {
    host.ssh.host.clone().unwrap_or_else(|| host.found_at())
}

/// The other host that a machine is, and the proof. A machine whose glusterd nobody knows is what the machine calls
/// itself.
fn other_host<'d>(
    desired: &'d Desired,
    facts: &Facts,
    host: &DesiredHost,
    seen: &HostFacts,
) -> Option<(&'d HostName, String)> {
    let known = |name: &str| {
        let mut hosts = desired.hosts.iter().filter(|other| other.name() != host.name());
        hosts.find(|other| other.host.is_known_as(name)).map(DesiredHost::name)
    };
    let uuid = seen.glusterd_uuid().unwrap_or_default();
    let names: Vec<_> = facts.cluster.identities.names_of(uuid).collect();
    if names.is_empty() {
        let short = seen.node_name.split('.').next().unwrap_or_default();
        let itself = |name: &str| name == host.name().as_str();
        if itself(&seen.node_name) || itself(short) {
            return None;
        }
        let other = known(&seen.node_name).or_else(|| known(short))?;
        return Some((other, "the machine itself says so".to_owned()));
    }
    if names.iter().any(|(name, _)| host.host.is_known_as(name)) {
        return None;
    }
    let other = names.iter().find_map(|(name, _)| known(name))?;
    Some((other, format!("its peers know glusterd {uuid} by that name")))
}

/// Machines that do not have their host's address, or that belong to another cluster.
pub fn unproven(desired: &Desired, facts: &Facts) -> Doubts {
    let (mut problems, mut others) = (Vec::new(), BTreeMap::<&str, Vec<&HostName>>::new());
    for (host, seen) in observed(desired, facts).filter(|(_, seen)| seen.self_managed.is_none()) {
        let is_there = |ip| seen.addresses.contains(&ip);
        if !host.host.address.ip().is_none_or(is_there) {
            problems.push((Doubt::LacksAddress, lacks_address(host.host, seen)));
        } else if let Some(other) = other_cluster(desired, host.host, seen) {
            others.entry(other).or_default().push(host.name());
        }
    }
    let ours = &desired.inventory.cluster;
    problems.extend(others.into_iter().map(|(other, hosts)| {
        let hosts = list(&hosts);
        let what =
            format!("{hosts}: /etc/hosts says that this is cluster {other}, and the inventory is of cluster {ours}");
        let remedy =
            format!("if the inventory means that cluster, write `cluster: {other}`; else correct the addresses");
        (Doubt::OtherCluster, of_cluster(what, remedy))
    }));
    problems
}

fn lacks_address(host: &Host, seen: &HostFacts) -> Problem {
    let own = seen.addresses.iter().filter(|address| !address.is_loopback());
    let own: Vec<String> = own.map(ToString::to_string).collect();
    let has = match own.is_empty() {
        true => "no other is known".to_owned(),
        false => format!("the machine has {}", own.join(", ")),
    };
    let what = format!(
        "the machine that SSH reached at {} does not have the address {}: {has}",
        destination(host),
        host.address
    );
    let remedy = "write an address of the machine's own as `address:`; another destination of SSH, such as a floating \
                  address, goes into `ssh: {host: …}`";
    of_host(host, what, remedy)
}

/// The other cluster of a server whose glusterd has an identity, and that carries another cluster's mark and not ours. A
/// new host may be a client of another cluster.
fn other_cluster<'f>(desired: &Desired, host: &Host, seen: &'f HostFacts) -> Option<&'f str> {
    let mut marks = seen
        .hosts_file
        .lines()
        .filter_map(|line| line.strip_prefix(HostsBlock::BEGIN));
    let ours = desired.inventory.cluster.as_str();
    let other = marks.next()?;
    let is_ours = host.role == Role::Client || seen.glusterd_uuid().is_none() || other == ours;
    (!is_ours && marks.all(|mark| mark != ours)).then_some(other)
}
