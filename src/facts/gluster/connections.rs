//! Which clients are connected to which bricks, from the XML of `volume status VOLUME clients`. Pure.

use std::net::IpAddr;

use serde::Deserialize;

use super::envelope::status_volumes;
use crate::desired::BrickSpec;

/// The clients of a brick. Gluster leaves out the bricks of hosts whose glusterd it does not reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrickClients {
    /// The brick.
    pub brick: BrickSpec,
    /// Whether the brick has a process.
    pub online: bool,
    /// Where the brick's connections come from, an address for each connection. A client on the brick's own host may
    /// connect from 127.0.0.1.
    pub addresses: Vec<IpAddr>,
}

#[derive(Deserialize)]
struct Volume {
    #[serde(default)]
    node: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    hostname: String,
    path: String,
    status: u8,
    #[serde(rename = "clientsStatus", default)]
    clients: Clients,
}

#[derive(Deserialize, Default)]
struct Clients {
    #[serde(default)]
    client: Vec<Client>,
}

#[derive(Deserialize)]
struct Client {
    hostname: String,
}

/// Parses `volume status VOLUME clients`.
///
/// # Errors
/// An element of the XML is not as expected, or Gluster refused.
pub fn volume_clients(text: &str) -> Result<Vec<BrickClients>, String> {
    let volumes = status_volumes::<Volume>(text, "volume status clients")?;
    let nodes = volumes.into_iter().flat_map(|volume| volume.node);
    let bricks = nodes.filter(|node| node.path.starts_with('/')).map(|node| {
        let clients = node.clients.client.into_iter();
        let addresses = clients.map(|client| address(&client.hostname));
        Ok(BrickClients {
            addresses: addresses.collect::<Result<_, _>>()?,
            online: node.status == 1,
            brick: BrickSpec {
                host: node.hostname,
                dir: node.path,
            },
        })
    });
    bricks.collect()
}

/// The address of `198.51.100.11:49151`.
fn address(client: &str) -> Result<IpAddr, String> {
    let address = client.rsplit_once(':').and_then(|(address, _)| address.parse().ok());
    address.ok_or_else(|| format!("gluster volume status clients: {client:?} is no address and port"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gluster::captured;

    #[test]
    fn each_brick_has_its_connections() {
        let bricks = volume_clients(captured!("volume-status-clients.xml")).unwrap();
        let seen = |brick: &BrickClients| (brick.brick.to_string(), brick.online, brick.addresses.len());
        let spec = |host| format!("{host}:/bricks/b1/gv0");
        assert_eq!(
            bricks.iter().map(seen).collect::<Vec<_>>(),
            ["n1", "n2", "n3"].map(|host| (spec(host), true, 6))
        );
        assert_eq!(bricks[0].addresses[0], IpAddr::from([10, 78, 0, 11]));
        assert!(address("kube1").is_err() && address("fe80::1:49151").is_ok());
    }
}
