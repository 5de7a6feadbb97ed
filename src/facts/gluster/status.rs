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
}

/// Parses `volume status VOLUME`: the bricks' processes (daemons, whose path is no path, are left out).
///
/// # Errors
/// An element of the XML is not as expected, or Gluster refused.
pub fn volume_status(text: &str) -> Result<Vec<BrickStatus>, String> {
    let volumes = status_volumes::<StatusVolume>(text, "volume status")?;
    let nodes = volumes.into_iter().flat_map(|volume| volume.node);
    Ok(nodes
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
}
