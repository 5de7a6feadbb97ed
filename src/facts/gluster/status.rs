//! The processes of bricks, from the XML of `volume status`. Pure.

use serde::Deserialize;

use super::envelope::status_volumes;
use crate::desired::BrickSpec;

/// The state of a brick's process. Gluster leaves out the bricks of hosts that are down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrickStatus {
    /// The brick.
    pub brick: BrickSpec,
    /// Whether the brick has a process, which does not prove that clients reach the brick.
    pub online: bool,
    /// The port on which the brick listens, if the brick has a process.
    pub port: Option<u16>,
}

/// The quota daemon of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaDaemon {
    /// The UUID of the server's glusterd.
    pub server: String,
    /// Whether the daemon runs.
    pub runs: bool,
}

#[derive(Deserialize)]
struct StatusVolume {
    #[serde(default)]
    node: Vec<NodeXml>,
}

#[derive(Deserialize)]
struct NodeXml {
    hostname: String,
    path: String,
    status: u8,
    #[serde(default)]
    port: String,
    #[serde(default)]
    peerid: String,
}

fn nodes(text: &str) -> Result<impl Iterator<Item = NodeXml>, String> {
    let volumes = status_volumes::<StatusVolume>(text, "volume status")?;
    Ok(volumes.into_iter().flat_map(|volume| volume.node))
}

/// Parses `volume status VOLUME`: the bricks' processes (daemons, whose path is no path, are left out).
///
/// # Errors
/// An element of the XML is not as expected, or Gluster refused.
pub fn volume_status(text: &str) -> Result<Vec<BrickStatus>, String> {
    Ok(nodes(text)?
        .filter(|node| node.path.starts_with('/'))
        .map(|node| BrickStatus {
            brick: BrickSpec {
                host: node.hostname,
                dir: node.path,
            },
            online: node.status == 1,
            // Gluster writes "N/A" for a brick without a process.
            port: node.port.parse().ok(),
        })
        .collect())
}

/// Parses the quota daemons in `volume status VOLUME`; Gluster lists them if the volume's quota is on, and leaves out the
/// servers that are down.
///
/// # Errors
/// An element of the XML is not as expected, or Gluster refused.
pub fn quota_daemons(text: &str) -> Result<Vec<QuotaDaemon>, String> {
    let daemons = nodes(text)?.filter(|node| node.hostname == "Quota Daemon");
    let of = |node: NodeXml| QuotaDaemon {
        server: node.peerid,
        runs: node.status == 1,
    };
    Ok(daemons.map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gluster::captured;

    #[test]
    fn status_lists_bricks_and_leaves_daemons_out() {
        let bricks = volume_status(captured!("volume-status-gv0.xml")).unwrap();
        assert_eq!(bricks.len(), 3);
        assert!(bricks.iter().all(|brick| brick.online));
        assert_eq!(bricks[0].port, Some(51289));
        let down = volume_status(captured!("volume-status-brick-down.xml")).unwrap();
        let down: Vec<Option<u16>> = down
            .iter()
            .filter(|brick| !brick.online)
            .map(|brick| brick.port)
            .collect();
        assert_eq!(down, [None]);
    }

    #[test]
    fn quota_daemons_are_told_apart_from_self_heal_daemons() {
        let text = captured!("volume-status-gv0.xml");
        assert!(quota_daemons(text).unwrap().is_empty());
        // As GlusterFS 10.3 prints the daemon of the server that is asked.
        let daemon = "<node><hostname>Quota Daemon</hostname><path>localhost</path><peerid>92cabe58</peerid><status>0</status>\
                      <port>N/A</port><pid>-1</pid></node><tasks";
        let daemons = quota_daemons(&text.replacen("<tasks", daemon, 1)).unwrap();
        assert_eq!(daemons.len(), 1);
        assert!(!daemons[0].runs && daemons[0].server == "92cabe58");
    }
}
