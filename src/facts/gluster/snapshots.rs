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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gluster::captured;

    #[test]
    fn a_snapshot_tells_its_volume_and_its_time() {
        let found = snapshots(captured!("snapshot-info.xml")).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name.as_str(), found[0].volume.as_str()), ("s1", "gv0"));
        assert!(
            found[0].created.starts_with("2026-11-26 1") && found[0].status == "Stopped",
            "{found:?}"
        );
        assert_eq!(snapshots(captured!("snapshot-info-none.xml")), Ok(Vec::new()));
    }

    #[test]
    fn an_answer_that_is_no_list_is_no_empty_list() {
        assert!(snapshots("").is_err());
        assert!(snapshots("Connection failed. Please check if gluster daemon is operational.").is_err());
        assert!(snapshots("<?xml version=\"1.0\"?><cliOutput><opRet>0</opRet></cliOutput>").is_err());
    }
}
