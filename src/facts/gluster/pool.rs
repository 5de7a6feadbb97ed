//! The trusted storage pool, from the XML of `pool list` and `peer status`. Pure.

use std::net::IpAddr;

use serde::Deserialize;

use super::reply::checked;
use crate::inventory::HostName;

/// The trusted storage pool as one host sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pool {
    /// The host's own UUID.
    pub own_uuid: String,
    /// All other members.
    pub peers: Vec<Peer>,
}

/// One other member of the pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// The peer's UUID.
    pub uuid: String,
    /// Every name that the pool knows the peer by. By the first of them glusterd connects to the peer, now or after its next
    /// start; that is an address if either is one.
    pub names: Vec<String>,
    /// Whether the peer is connected now.
    pub connected: bool,
    /// Whether all members accept the peer, so that volumes can be created on the peer ("Peer in Cluster", state 3).
    pub in_cluster: bool,
    /// Gluster's words for the peer's state, for example `Peer in Cluster`; no words if Gluster was not asked.
    pub state: String,
}

impl Peer {
    /// Whether the pool knows who the peer is: before a probed peer has answered, Gluster records zeros as its UUID.
    #[must_use]
    pub fn is_identified(&self) -> bool {
        self.uuid.chars().any(|digit| digit != '0' && digit != '-')
    }

    /// Whether the pool knows the peer by that name.
    #[must_use]
    pub fn is_called(&self, name: &HostName) -> bool {
        self.names.iter().any(|known| known == name.as_str())
    }
}

#[derive(Deserialize)]
struct PeersXml {
    #[serde(rename = "peerStatus")]
    status: PeerList,
}

#[derive(Deserialize)]
struct PeerList {
    #[serde(default)]
    peer: Vec<PeerXml>,
}

#[derive(Deserialize)]
struct PeerXml {
    uuid: String,
    hostname: String,
    #[serde(default)]
    hostnames: Names,
    connected: u8,
    state: Option<u8>,
    #[serde(rename = "stateStr", default)]
    words: String,
}

#[derive(Deserialize, Default)]
struct Names {
    #[serde(default)]
    hostname: Vec<String>,
}

/// "Peer in Cluster": the state of a peer that all members accept, in XML and in /var/lib/glusterd/peers.
pub const PEER_IN_CLUSTER: u8 = 3;

impl From<PeerXml> for Peer {
    fn from(peer: PeerXml) -> Self {
        // glusterd's memory has one name, and its file the others in an order of their own, of which a restart takes the first
        // (seen: the memory had the name, and the file an address before the name).
        let stored = peer.hostnames.hostname;
        let begins_with_address = stored.first().is_some_and(|name| name.parse::<IpAddr>().is_ok());
        let (first, others) = match begins_with_address {
            true => (stored, vec![peer.hostname]),
            false => (vec![peer.hostname], stored),
        };
        let mut names = first;
        for name in others {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Peer {
            uuid: peer.uuid,
            names,
            connected: peer.connected == 1,
            in_cluster: peer.state == Some(PEER_IN_CLUSTER),
            state: peer.words,
        }
    }
}

/// Parses `pool list`.
///
/// # Errors
/// An element of the XML is not as expected, or Gluster refused.
pub fn pool(text: &str) -> Result<Pool, String> {
    let mut pool = Pool::default();
    for peer in checked::<PeersXml>(text, "pool list")?.status.peer {
        // Of all members, only the host itself has no state.
        if peer.hostname == "localhost" && peer.state.is_none() {
            pool.own_uuid = peer.uuid;
        } else {
            pool.peers.push(peer.into());
        }
    }
    Ok(pool)
}

/// The peers in the answer of `peer status`.
///
/// # Errors
/// An element of the XML is not as expected, or Gluster refused.
pub fn peers_in_reply(text: &str) -> Result<Vec<Peer>, String> {
    Ok(checked::<PeersXml>(text, "peer status")?
        .status
        .peer
        .into_iter()
        .map(Peer::from)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gluster::captured;

    #[test]
    fn the_pool_tells_the_host_itself_from_its_peers() {
        let pool = pool(captured!("pool-list-just-probed.xml")).unwrap();
        assert_eq!(pool.own_uuid, "a7abd8dc-76b9-41ea-b4d0-433db81b30bb");
        assert_eq!(pool.peers.len(), 1);
        assert_eq!(pool.peers[0].names, ["n2"]);
        assert!(pool.peers[0].connected && pool.peers[0].in_cluster);
        let alone = super::pool(captured!("pool-list-standalone-nouuid.xml")).unwrap();
        assert!(alone.peers.is_empty());
    }

    #[test]
    fn an_accepted_peer_is_not_yet_in_the_cluster() {
        let peers = peers_in_reply(captured!("peer-status-converging.xml")).unwrap();
        let ready: Vec<&str> = peers
            .iter()
            .filter(|peer| peer.in_cluster)
            .map(|peer| peer.names[0].as_str())
            .collect();
        assert_eq!(ready, ["n3", "n2"]);
        assert_eq!(peers.len(), 5);
    }

    #[test]
    fn an_address_that_glusterd_takes_after_its_next_start_is_the_first_name() {
        let text = captured!("pool-list-address-stored-first.xml");
        let peers = pool(text).unwrap().peers;
        assert_eq!(peers[0].names, ["198.51.100.101", "gluster-0.gluster.storage.svc"]);
        assert_eq!(peers[1].names, ["gluster-1.gluster.storage.svc"]);
    }

    #[test]
    fn a_failed_pool_list_repeats_what_gluster_said() {
        let error = pool(captured!("fail-half-probed-pool-list.xml")).unwrap_err();
        assert_eq!(error, "gluster pool list: failed without a word (opRet -22)");
    }
}
