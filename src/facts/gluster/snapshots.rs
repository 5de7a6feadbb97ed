//! Snapshots of volumes, from the XML of `snapshot info`. Pure.

use serde::Deserialize;

use super::reply::checked;

/// A snapshot of a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The snapshot's name.
    pub name: String,
    /// The volume that the snapshot is of.
    pub volume: String,
    /// When the snapshot was made, as Gluster writes the time: UTC.
    pub created: String,
    /// Gluster's word for the snapshot's own volume: `Started` if the snapshot is activated, else `Stopped`.
    pub status: String,
    /// What the person who made the snapshot wrote.
    pub description: String,
}

#[derive(Deserialize)]
struct InfoXml {
    #[serde(rename = "snapInfo")]
    info: Info,
}

#[derive(Deserialize)]
struct Info {
    #[serde(default)]
    snapshots: Snapshots,
}

#[derive(Deserialize, Default)]
struct Snapshots {
    #[serde(default)]
    snapshot: Vec<SnapshotXml>,
}

#[derive(Deserialize)]
struct SnapshotXml {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(rename = "createTime")]
    created: String,
    #[serde(rename = "snapVolume")]
    volume: SnapVolume,
}

#[derive(Deserialize)]
struct SnapVolume {
    status: String,
    #[serde(rename = "originVolume")]
    origin: Origin,
}

#[derive(Deserialize)]
struct Origin {
    name: String,
}

/// Parses `snapshot info`.
///
/// # Errors
/// An element of the XML is not as expected, or Gluster refused.
pub fn snapshots(text: &str) -> Result<Vec<Snapshot>, String> {
    let snapshots = checked::<InfoXml>(text, "snapshot info")?.info.snapshots.snapshot;
    let snapshot = |snapshot: SnapshotXml| Snapshot {
        name: snapshot.name,
        volume: snapshot.volume.origin.name,
        created: snapshot.created,
        status: snapshot.volume.status,
        description: snapshot.description,
    };
    Ok(snapshots.into_iter().map(snapshot).collect())
}
