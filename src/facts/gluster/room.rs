//! The room on the file systems of all bricks, from the XML of `volume status all detail`. Pure.

use serde::Deserialize;

use super::envelope::status_volumes;
use crate::desired::BrickSpec;
use crate::facts::Room;

#[derive(Deserialize)]
struct VolumeXml {
    #[serde(default)]
    node: Vec<NodeXml>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NodeXml {
    hostname: String,
    path: String,
    /// Gluster leaves both out for a brick whose host did not answer.
    size_total: Option<String>,
    size_free: Option<String>,
}

/// Each brick whose room Gluster tells.
///
/// # Errors
/// An element of the XML is not as expected, or Gluster refused.
pub fn brick_rooms(text: &str) -> Result<Vec<(BrickSpec, Room)>, String> {
    let room = |node: NodeXml| {
        let total: u64 = node.size_total?.parse().ok()?;
        let free: u64 = node.size_free?.parse().ok()?;
        let brick = BrickSpec {
            host: node.hostname,
            dir: node.path,
        };
        let used = total.checked_sub(free)?;
        Some((brick, Room { used, free }))
    };
    let volumes = status_volumes::<VolumeXml>(text, "volume status detail")?;
    Ok(volumes
        .into_iter()
        .flat_map(|volume| volume.node)
        .filter_map(room)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gluster::captured;

    #[test]
    fn the_room_of_each_brick_is_read_and_of_a_brick_without_sizes_nothing_is_known() {
        let text = captured!("volume-status-detail.xml");
        let rooms = brick_rooms(text).unwrap();
        let names: Vec<String> = rooms.iter().map(|(brick, _)| brick.to_string()).collect();
        assert_eq!(names, ["n1", "n2", "n3"].map(|host| format!("{host}:/bricks/b1/gv0")));
        let room = Room {
            used: 2_080_374_784 - 2_031_263_744,
            free: 2_031_263_744,
        };
        assert_eq!(rooms[0].1, room);
        let unknown = text.replacen("<sizeFree>2031263744</sizeFree>", "<sizeFree>N/A</sizeFree>", 1);
        assert_eq!(brick_rooms(&unknown).unwrap().len(), 2);
    }
}
