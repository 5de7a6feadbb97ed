//! Peers by their names: glusterd connects to a peer by the first name that it has of the peer. If that is an address, glusterd
//! does not find the peer any more once DNS gives the peer another address (measured: the other names are not tried). Pure.

use std::net::IpAddr;

use super::steps::{Draft, GLUSTER, Planner};
use crate::facts::{HostFacts, Peer};
use crate::inventory::{Address, Host};
use crate::scripts::{self, lines};

/// Whether glusterd would look for a host whose address changes at an address.
pub fn is_by_address(host: &Host, peer: &Peer) -> bool {
    let first = peer.names.first();
    host.address == Address::Dns && first.is_some_and(|name| name.parse::<IpAddr>().is_ok())
}

/// Puts the names before the addresses. glusterd is restarted, which interrupts no brick on a supervised host. A connected peer
/// is probed by its name first: then the peer's name is proved.
pub fn plan(planner: &mut Planner, host: &Host, observed: &HostFacts) {
    let Some(pool) = observed.pool().filter(|_| observed.supervised.is_some()) else {
        return;
    };
    let servers = || planner.desired.servers().enumerate();
    let Some((own, _)) = servers().find(|(_, server)| server.host.name == host.name) else {
        return;
    };
    let stale: Vec<(&str, &Host)> = servers()
        .filter_map(|(at, server)| {
            let link = planner.facts.cluster.link(own, at)?;
            let peer = pool.peers.get(link.peer as usize)?;
            let is_proved = link.is_named || !link.is_connected;
            (is_proved && is_by_address(server.host, peer)).then_some((peer.uuid.as_str(), server.host))
        })
        .collect();
    if stale.is_empty() {
        return;
    }
    let names: Vec<&str> = stale.iter().map(|(_, host)| host.name.as_str()).collect();
    let title = format!("let glusterd find {} by name", names.join(" and "));
    let reason = "glusterd would look for it at an address that may change";
    let peers = lines(stale.iter().map(|(uuid, host)| format!("{uuid} {}", host.name)));
    let command = scripts::PEER_NAMES.with(&[("peers", &peers)]);
    planner.prepare(host, Draft::new(title, reason, command).limit(GLUSTER));
}
