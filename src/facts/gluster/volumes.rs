//! The definitions of volumes, from the XML of `volume info`. Pure.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;

use super::reply::checked;
use crate::desired::BrickSpec;
use crate::inventory::VolumeType;

/// A volume's id. Gluster writes the id with dashes, and bricks carry the id without.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VolumeId(String);

impl VolumeId {
    /// From an id with dashes or without.
    #[must_use]
    pub fn new(text: &str) -> Self {
        VolumeId(text.replace('-', "").to_ascii_lowercase())
    }

    /// As a brick carries the id in `trusted.glusterfs.volume-id`: hexadecimal digits alone.
    #[must_use]
    pub fn hex(&self) -> &str {
        &self.0
    }
}

/// With dashes, as Gluster writes the id.
impl fmt::Display for VolumeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match uuid::Uuid::try_parse(&self.0) {
            Ok(id) => id.fmt(f),
            Err(_) => f.write_str(&self.0),
        }
    }
}

/// The volumes that a server knows, by name.
pub type Volumes = BTreeMap<String, Arc<VolumeInfo>>;

/// A volume's definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeInfo {
    /// The volume's name.
    pub name: String,
    /// The volume's id.
    pub id: VolumeId,
    /// Whether the volume is started: neither only created nor stopped.
    pub started: bool,
    /// How the volume keeps data in a set of bricks.
    pub volume_type: VolumeType,
    /// The bricks in Gluster's order, set after set.
    pub bricks: Vec<BrickSpec>,
    /// The UUID of each brick's host, in the order of the bricks.
    pub brick_hosts: Vec<String>,
    /// The options that were set.
    pub options: BTreeMap<String, String>,
}

impl VolumeInfo {
    /// The bricks, set by set.
    #[must_use]
    pub fn sets(&self) -> Vec<&[BrickSpec]> {
        self.bricks.chunks(self.volume_type.set_size().max(1)).collect()
    }

    /// The bricks of the host whose glusterd has that UUID.
    pub fn bricks_of<'v>(&'v self, uuid: &'v str) -> impl Iterator<Item = &'v BrickSpec> {
        let bricks = self.bricks.iter().zip(&self.brick_hosts);
        bricks.filter(move |(_, host)| *host == uuid).map(|(brick, _)| brick)
    }

    /// Whether the volume's quota is on.
    #[must_use]
    pub fn has_quota(&self) -> bool {
        self.options.get("features.quota").is_some_and(|value| value == "on")
    }

    /// Whether the bricks hold copies that can differ.
    #[must_use]
    pub fn heals(&self) -> bool {
        match self.volume_type {
            VolumeType::Distribute => false,
            VolumeType::Replicate { .. } | VolumeType::Disperse { .. } => true,
        }
    }
}

#[derive(Deserialize)]
struct InfoXml {
    #[serde(rename = "volInfo")]
    info: InfoList,
}

#[derive(Deserialize)]
struct InfoList {
    volumes: VolumeList,
}

#[derive(Deserialize)]
struct VolumeList {
    #[serde(default)]
    volume: Vec<VolumeXml>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VolumeXml {
    name: String,
    id: String,
    status: u8,
    replica_count: usize,
    arbiter_count: usize,
    #[serde(default)]
    disperse_count: usize,
    #[serde(default)]
    redundancy_count: usize,
    bricks: Bricks,
    #[serde(default)]
    options: Options,
}

#[derive(Deserialize)]
struct Bricks {
    #[serde(default)]
    brick: Vec<BrickXml>,
}

// The element `brick` has mixed content: the brick's name is in the element twice, as text and as a child element.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BrickXml {
    name: String,
    #[serde(default)]
    host_uuid: String,
}

#[derive(Deserialize, Default)]
struct Options {
    #[serde(default)]
    option: Vec<OptionXml>,
}

#[derive(Deserialize)]
struct OptionXml {
    name: String,
    #[serde(default)]
    value: String,
}

/// Parses `volume info all`.
///
/// # Errors
/// An element of the XML is not as expected, or Gluster refused.
pub fn volumes(text: &str) -> Result<Volumes, String> {
    const STARTED: u8 = 1;
    let spec = |brick: BrickXml| {
        BrickSpec::parse(&brick.name).ok_or_else(|| format!("gluster volume info: {:?} is no brick", brick.name))
    };
    let volume = |volume: VolumeXml| {
        let info = VolumeInfo {
            id: VolumeId::new(&volume.id),
            started: volume.status == STARTED,
            volume_type: VolumeType::of_counts(
                volume.replica_count,
                volume.arbiter_count,
                volume.disperse_count,
                volume.redundancy_count,
            ),
            brick_hosts: volume
                .bricks
                .brick
                .iter()
                .map(|brick| brick.host_uuid.clone())
                .collect(),
            bricks: volume
                .bricks
                .brick
                .into_iter()
                .map(spec)
                .collect::<Result<_, String>>()?,
            options: volume
                .options
                .option
                .into_iter()
                .map(|option| (option.name, option.value))
                .collect(),
            name: volume.name,
        };
        Ok((info.name.clone(), Arc::new(info)))
    };
    let volumes = checked::<InfoXml>(text, "volume info")?.info.volumes.volume;
    volumes.into_iter().map(volume).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gluster::captured;

    #[test]
    fn volume_info_is_read_with_its_bricks_in_order() {
        let volumes = volumes(captured!("volume-info-distrep-arbiter-2x21.xml")).unwrap();
        let volume = &volumes["da"];
        assert_eq!(volume.volume_type, VolumeType::Replicate { replica: 3, arbiter: 1 });
        assert!(volume.started);
        assert_eq!(volume.bricks.len(), 6);
        assert_eq!(volume.sets()[1][0].to_string(), "n4:/bricks/b1/da");
        assert_eq!(volume.brick_hosts.len(), 6);
        assert_eq!(volume.options["nfs.disable"], "on");
        assert!(!super::volumes(captured!("volume-info-created-not-started.xml")).unwrap()["gv0"].started);
        assert!(super::volumes(captured!("volume-info-none.xml")).unwrap().is_empty());
        let all = super::volumes(captured!("volume-info-all-5vols.xml")).unwrap();
        let types: Vec<String> = all
            .values()
            .map(|volume| volume.volume_type.title(volume.sets().len()))
            .collect();
        let names = [
            "Distributed-Replicate",
            "Distributed-Replicate",
            "Distribute",
            "Disperse",
            "Replicate",
        ];
        assert_eq!(types, names);
    }

    #[test]
    fn an_id_is_one_with_dashes_and_without() {
        let id = VolumeId::new("D8A1473B-d36d-4e09-ba6b-825b89a2fbca");
        assert_eq!(id, VolumeId::new("d8a1473bd36d4e09ba6b825b89a2fbca"));
        assert_eq!(id.to_string(), "d8a1473b-d36d-4e09-ba6b-825b89a2fbca");
        assert_eq!(id.hex(), "d8a1473bd36d4e09ba6b825b89a2fbca");
    }
}
