//! The processes of bricks, the quota daemons and the long tasks of a volume, from the XML of `volume status`. Pure.

use serde::Deserialize;

use super::envelope::status_volumes;
use super::tasks::{Task, TasksXml, tasks};
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

/// What `volume status VOLUME` says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VolumeStatus {
    /// The processes of the volume's bricks.
    pub bricks: Vec<BrickStatus>,
    /// The quota daemons, which Gluster lists if the volume's quota is on; the daemons of servers that are down are left out.
    pub quota_daemons: Vec<QuotaDaemon>,
    /// The long tasks.
    pub tasks: Vec<Task>,
}

#[derive(Deserialize)]
struct StatusVolume {
    #[serde(default)]
    node: Vec<NodeXml>,
    #[serde(default)]
    tasks: TasksXml,
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

/// Parses `volume status VOLUME`.
///
/// # Errors
/// An element of the XML is not as expected, or Gluster refused.
pub fn volume_status(text: &str) -> Result<VolumeStatus, String> {
    let mut status = VolumeStatus::default();
    for volume in status_volumes::<StatusVolume>(text, "volume status")? {
        status.tasks.extend(tasks(volume.tasks));
        for node in volume.node {
            let runs = node.status == 1;
            match node.hostname.as_str() {
                "Quota Daemon" => status.quota_daemons.push(QuotaDaemon {
                    server: node.peerid,
                    runs,
                }),
                _ if node.path.starts_with('/') => status.bricks.push(BrickStatus {
                    brick: BrickSpec {
                        host: node.hostname,
                        dir: node.path,
                    },
                    online: runs,
                    // Gluster writes "N/A" for a brick without a process.
                    port: node.port.parse().ok(),
                }),
                // Another daemon, whose path is no path.
                _ => {}
            }
        }
    }
    Ok(status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gluster::captured;

    #[test]
    fn status_lists_bricks_and_leaves_daemons_out() {
        let bricks = volume_status(captured!("volume-status-gv0.xml")).unwrap().bricks;
        assert_eq!(bricks.len(), 3);
        assert!(bricks.iter().all(|brick| brick.online));
        assert_eq!(bricks[0].port, Some(51289));
        let down = volume_status(captured!("volume-status-brick-down.xml")).unwrap();
        let down: Vec<Option<u16>> = down
            .bricks
            .iter()
            .filter(|brick| !brick.online)
            .map(|brick| brick.port)
            .collect();
        assert_eq!(down, [None]);
    }

    #[test]
    fn quota_daemons_are_told_apart_from_self_heal_daemons() {
        let text = captured!("volume-status-gv0.xml");
        assert!(volume_status(text).unwrap().quota_daemons.is_empty());
        // As GlusterFS 10.3 prints the daemon of the server that is asked.
        let daemon = "<node><hostname>Quota Daemon</hostname><path>localhost</path><peerid>92cabe58</peerid><status>0</status>\
                      <port>N/A</port><pid>-1</pid></node><tasks";
        let daemons = volume_status(&text.replacen("<tasks", daemon, 1))
            .unwrap()
            .quota_daemons;
        assert_eq!(daemons.len(), 1);
        assert!(!daemons[0].runs && daemons[0].server == "92cabe58");
    }
}
