//! Clients that are not connected to all bricks of a volume: what they write misses a copy, until it is healed. Pure.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use crate::desired::{BrickSpec, Desired};
use crate::facts::{BrickClients, VolumeInfo};

/// A connection that a client should have to a brick that is online. Displays as `a client on CLIENT is not connected to brick …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingConnection {
    /// The name of the client's host, or its address.
    pub client: String,
    /// The brick.
    pub brick: BrickSpec,
}

impl fmt::Display for MissingConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a client on {} is not connected to brick {}",
            self.client, self.brick
        )
    }
}

/// The connections that are missing. A client that has lost sight of a brick has fewer connections to the brick than to
/// other bricks of the volume.
#[must_use]
pub fn missing(desired: &Desired, info: &VolumeInfo, clients: &[BrickClients]) -> Vec<MissingConnection> {
    let mut counts: BTreeMap<String, BTreeMap<&BrickSpec, usize>> = BTreeMap::new();
    for brick in clients {
        for address in &brick.addresses {
            let of_client = counts.entry(client(desired, &brick.brick, *address)).or_default();
            *of_client.entry(&brick.brick).or_default() += 1;
        }
    }
    // The bit-rot daemons connect to the bricks of their own host only.
    let few = info.options.get("features.bitrot").is_some_and(|value| value == "on");
    let mut missing = Vec::new();
    for (client, seen) in &counts {
        let most = if few {
            1
        } else {
            seen.values().max().copied().unwrap_or_default()
        };
        for brick in clients.iter().filter(|brick| brick.online) {
            if seen.get(&brick.brick).copied().unwrap_or_default() < most {
                missing.push(MissingConnection {
                    client: client.clone(),
                    brick: brick.brick.clone(),
                });
            }
        }
    }
    missing
}

/// The name of the host that a connection comes from, or else its address.
fn client(desired: &Desired, brick: &BrickSpec, address: IpAddr) -> String {
    let mut hosts = desired.hosts.iter();
    let host = match address.is_loopback() {
        true => desired.host_known_as(&brick.host),
        false => hosts.find(|host| host.host.address.ip().is_some_and(|ip| ip == address)),
    };
    host.map_or_else(|| address.to_string(), |host| host.name().to_string())
}
