//! What the XML of several questions has around its answers: one element for each volume in `volume status …`, one for each
//! brick in `volume heal VOLUME info …`. Pure.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::reply::checked;

#[derive(Deserialize)]
#[serde(bound(deserialize = "V: DeserializeOwned"))]
struct StatusXml<V> {
    #[serde(rename = "volStatus")]
    status: StatusList<V>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "V: DeserializeOwned"))]
struct StatusList<V> {
    volumes: StatusVolumes<V>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "V: DeserializeOwned"))]
struct StatusVolumes<V> {
    #[serde(default = "Vec::new")]
    volume: Vec<V>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "B: DeserializeOwned"))]
struct HealXml<B> {
    #[serde(rename = "healInfo")]
    info: HealList<B>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "B: DeserializeOwned"))]
struct HealList<B> {
    bricks: HealBricks<B>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "B: DeserializeOwned"))]
struct HealBricks<B> {
    #[serde(default = "Vec::new")]
    brick: Vec<B>,
}

/// The element of each volume in the answer to `volume status …`; `what` names the command.
///
/// # Errors
/// An element of the XML is not as expected, or Gluster refused.
pub fn status_volumes<V: DeserializeOwned>(text: &str, what: &str) -> Result<Vec<V>, String> {
    Ok(checked::<StatusXml<V>>(text, what)?.status.volumes.volume)
}

/// The element of each brick in the answer to `volume heal VOLUME info …`; `what` names the command.
///
/// # Errors
/// An element of the XML is not as expected, or Gluster refused.
pub fn heal_bricks<B: DeserializeOwned>(text: &str, what: &str) -> Result<Vec<B>, String> {
    Ok(checked::<HealXml<B>>(text, what)?.info.bricks.brick)
}
