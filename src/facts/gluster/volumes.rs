//! Volumes, as `volume info` says it. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::reply::checked;

/// A volume's definition, as `volume info` says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeInfo {
    /// Its name.
    pub name: String,
    /// Its UUID.
    pub id: String,
    /// Started; a volume that is created or stopped is not.
    pub started: bool,
    /// As Gluster writes it: `Replicate`, `Distributed-Replicate`, …
    pub kind: String,
    /// Bricks in a replica set, arbiter included; 1 when there are no replicas.
    pub replica: usize,
    /// Arbiters in a set.
    pub arbiter: usize,
    /// In Gluster's order, set after set, as `host:/dir`.
    pub bricks: Vec<String>,
    /// The UUID of each brick's host, in the same order.
    pub brick_hosts: Vec<String>,
    /// The options that were set.
    pub options: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct InfoXml {
    #[serde(rename = "volInfo")]
    info: InfoList,
}

#[derive(Deserialize)]
struct InfoList {
    volumes: Volumes,
}

#[derive(Deserialize)]
struct Volumes {
    #[serde(default)]
    volume: Vec<VolumeXml>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VolumeXml {
    name: String,
    id: String,
    status: u8,
    type_str: String,
    replica_count: usize,
    arbiter_count: usize,
    bricks: Bricks,
    #[serde(default)]
    options: Options,
}

#[derive(Deserialize)]
struct Bricks {
    #[serde(default)]
    brick: Vec<BrickXml>,
}

// Mixed content: the name stands in it twice, as text and as an element.
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
/// Names the element that is not as expected.
pub fn volumes(text: &str) -> Result<BTreeMap<String, VolumeInfo>, String> {
    const STARTED: u8 = 1;
    let volume = |volume: VolumeXml| {
        let info = VolumeInfo {
            id: volume.id,
            started: volume.status == STARTED,
            kind: volume.type_str,
            replica: volume.replica_count,
            arbiter: volume.arbiter_count,
            brick_hosts: volume
                .bricks
                .brick
                .iter()
                .map(|brick| brick.host_uuid.clone())
                .collect(),
            bricks: volume.bricks.brick.into_iter().map(|brick| brick.name).collect(),
            options: volume
                .options
                .option
                .into_iter()
                .map(|option| (option.name, option.value))
                .collect(),
            name: volume.name,
        };
        (info.name.clone(), info)
    };
    Ok(checked::<InfoXml>(text, "volume info")?
        .info
        .volumes
        .volume
        .into_iter()
        .map(volume)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gluster::captured;

    #[test]
    fn volume_info_is_read_with_its_bricks_in_order() {
        let volumes = volumes(captured!("volume-info-distrep-arbiter-2x21.xml")).unwrap();
        let volume = &volumes["da"];
        assert_eq!((volume.replica, volume.arbiter, volume.started), (3, 1, true));
        assert_eq!(volume.bricks.len(), 6);
        assert_eq!(volume.bricks[3], "n4:/bricks/b1/da");
        assert_eq!(volume.brick_hosts.len(), 6);
        assert_eq!(volume.options["nfs.disable"], "on");
        assert!(!super::volumes(captured!("volume-info-created-not-started.xml")).unwrap()["gv0"].started);
        assert!(super::volumes(captured!("volume-info-none.xml")).unwrap().is_empty());
        assert_eq!(super::volumes(captured!("volume-info-all-5vols.xml")).unwrap().len(), 5);
    }
}
