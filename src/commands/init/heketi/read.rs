//! The JSON of Heketi, as it stands: a topology file, or what `heketi-cli topology info --json` prints. Pure.
//!
//! The keys are those of heketi/heketi, `client/cli/go/cmds/topology.go` (`ConfigFile`) and `pkg/glusterfs/api/types.go`
//! (`TopologyInfoResponse`). Go writes an empty list as `null`.

use serde::Deserialize;
use serde_json::Value;

/// The whole file.
#[derive(Debug, Deserialize)]
pub(super) struct File {
    pub clusters: Vec<Cluster>,
}

/// A trusted storage pool.
#[derive(Debug, Deserialize)]
pub(super) struct Cluster {
    /// Only `topology info` has it.
    pub id: Option<String>,
    pub nodes: Option<Vec<Node>>,
    pub volumes: Option<Vec<Volume>>,
}

/// A server: in a topology file, names and zone are below `node`.
#[derive(Debug, Deserialize)]
pub(super) struct Node {
    pub node: Option<Place>,
    pub hostnames: Option<Names>,
    pub zone: Option<u64>,
    pub id: Option<String>,
    pub state: Option<String>,
    pub devices: Option<Vec<Device>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Place {
    pub hostnames: Option<Names>,
    pub zone: Option<u64>,
}

/// Where Heketi's SSH goes, and what becomes the host of a brick.
#[derive(Debug, Default, Clone, Deserialize)]
pub(super) struct Names {
    pub manage: Option<Vec<String>>,
    pub storage: Option<Vec<String>>,
}

/// A device: older topology files have the path alone.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a device is a path, or a block with `name`")]
pub(super) enum Device {
    Path(String),
    Block(DeviceBlock),
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct DeviceBlock {
    pub name: String,
    #[serde(default)]
    pub destroydata: bool,
    pub storage: Option<Storage>,
    pub state: Option<String>,
    pub bricks: Option<Vec<Brick>>,
}

/// Sizes in KiB.
#[derive(Debug, Deserialize)]
pub(super) struct Storage {
    pub total: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Brick {
    /// The id of the brick's node.
    pub node: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Volume {
    pub name: String,
    /// In GiB.
    pub size: u64,
    #[serde(default)]
    pub durability: Durability,
    #[serde(default)]
    pub glustervolumeoptions: Option<Vec<String>>,
    pub bricks: Option<Vec<Brick>>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Durability {
    #[serde(rename = "type", default)]
    pub kind: String,
    #[serde(default)]
    pub replicate: Replicate,
    #[serde(default)]
    pub disperse: Disperse,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Replicate {
    #[serde(default)]
    pub replica: u64,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Disperse {
    #[serde(default)]
    pub data: u64,
    #[serde(default)]
    pub redundancy: u64,
}

/// Reads the text.
///
/// # Errors
/// The text is something else: what, and what to use instead.
pub(super) fn file(text: &str) -> Result<File, String> {
    const WANTED: &str = "use a topology file of Heketi, or the output of: heketi-cli topology info --json";
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(_) if text.trim().is_empty() => return Err(format!("it is empty; {WANTED}")),
        Err(_) if text.contains("Cluster Id:") => {
            return Err(format!(
                "it is the output of heketi-cli topology info without --json; {WANTED}"
            ));
        }
        Err(error) => return Err(format!("it is no JSON: {error}; {WANTED}")),
    };
    if let Some(other) = other(&value) {
        return Err(format!("it is {other}; {WANTED}"));
    }
    serde_path_to_error::deserialize(value).map_err(|error| format!("{}: {}; {WANTED}", error.path(), error.inner()))
}

/// What else the JSON is.
fn other(value: &Value) -> Option<&'static str> {
    let has = |key: &str| value.get(key).is_some();
    let clusters = value.get("clusters").and_then(Value::as_array);
    if !value.is_object() {
        Some("no block of keys")
    } else if has("clusterentries") || has("nodeentries") {
        Some("a dump of Heketi's database")
    } else if has("glusterfs") && !has("clusters") {
        Some("Heketi's configuration, heketi.json")
    } else if clusters.is_some_and(|clusters| !clusters.is_empty() && clusters.iter().all(Value::is_string)) {
        Some("the output of heketi-cli cluster list")
    } else if !has("clusters") {
        Some("JSON without the key `clusters`")
    } else {
        None
    }
}
