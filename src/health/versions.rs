//! The versions of GlusterFS on the hosts, and the op-version of the cluster. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

use super::warnings::servers;
use super::{Found, Health, Kind};
use crate::facts::{Facts, HostFacts};
use crate::inventory::{HostName, Role};

/// The op-version: the level of features that all members of the pool, and all clients, have agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct OpVersion {
    /// The level in force; none if servers say different levels, or if no server tells.
    pub current: Option<u32>,
    /// The highest level that every server's GlusterFS knows; none if no server tells.
    pub highest: Option<u32>,
}

/// The version of the GlusterFS package that a host needs, as the package manager names it, without the distribution's
/// own part: `10.3` of `10.3-5`.
pub(super) fn of_host(facts: &Facts, host: &HostName, role: Role) -> Option<String> {
    let observed: &HostFacts = super::state::observed(facts, host)?;
    let name = observed.distro()?.gluster_package(role);
    let package = observed
        .packages
        .get(name)
        .filter(|package| package.status == "installed")?;
    let version = package.version.as_str();
    let version = version.rsplit_once('-').map_or(version, |(upstream, _)| upstream);
    Some(version.rsplit_once(':').map_or(version, |(_, rest)| rest).to_owned())
}

/// The op-version that a server's glusterd has on disk.
pub(super) fn op_version_of(facts: &Facts, host: &HostName) -> Option<u32> {
    super::state::observed(facts, host)?
        .operating_version
        .as_ref()?
        .parse()
        .ok()
}

/// The op-version of the cluster.
pub(super) fn op_version(health: &Health, highest: Option<u32>) -> OpVersion {
    let mut known = servers(health).filter_map(|server| server.op_version);
    let current = known.next().filter(|first| known.all(|other| other == *first));
    OpVersion { current, highest }
}

/// Hosts with different versions; servers with different op-versions; and an op-version below what all servers know.
pub(super) fn warnings(health: &Health) -> Vec<Found> {
    let mut found = Vec::new();
    let versions = grouped(
        health
            .hosts
            .iter()
            .filter_map(|host| Some((host.glusterfs.clone()?, &host.name))),
    );
    if versions.len() > 1 {
        let what = format!("hosts have different versions of GlusterFS: {}", listed(&versions));
        found.push(Found::new(Kind::VersionsMixed, what));
    }
    let levels = servers(health).filter_map(|server| Some((server.op_version?.to_string(), &server.name)));
    let levels = grouped(levels);
    if levels.len() > 1 {
        let what = format!("servers have different op-versions: {}", listed(&levels));
        found.push(Found::new(Kind::OpVersionsMixed, what));
    }
    let OpVersion { current, highest } = health.op_version;
    if let Some((current, highest)) = current.zip(highest).filter(|(current, highest)| current < highest) {
        let what = format!("the op-version is {current}, and all servers know {highest}");
        found.push(Found::new(Kind::OpVersionLow, what));
    }
    found
}

fn grouped<'h>(values: impl Iterator<Item = (String, &'h HostName)>) -> BTreeMap<String, Vec<&'h str>> {
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (value, host) in values {
        groups.entry(value).or_default().push(host.as_str());
    }
    groups
}

/// Each value with its hosts.
fn listed(groups: &BTreeMap<String, Vec<&str>>) -> String {
    let groups: Vec<String> = groups
        .iter()
        .map(|(value, hosts)| format!("{value} on {}", hosts.join(", ")))
        .collect();
    groups.join("; ")
}
