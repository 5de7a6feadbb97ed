//! The work on a volume that Gluster does by itself, from the XML of `volume status VOLUME`. Pure.

use serde::Deserialize;

use super::reply::checked;

#[derive(Deserialize)]
struct StatusXml {
    #[serde(rename = "volStatus")]
    status: StatusList,
}

#[derive(Deserialize)]
struct StatusList {
    volumes: Volumes,
}

#[derive(Deserialize)]
struct Volumes {
    #[serde(default)]
    volume: Vec<Volume>,
}

#[derive(Deserialize)]
struct Volume {
    #[serde(default)]
    tasks: Tasks,
}

#[derive(Deserialize, Default)]
struct Tasks {
    #[serde(default)]
    task: Vec<Task>,
}

#[derive(Deserialize)]
struct Task {
    r#type: String,
    status: u8,
}

/// The kinds of work that goes on, in Gluster's words: `Rebalance`, `Remove brick`.
///
/// # Errors
/// An element of the XML is not as expected, or Gluster refused.
pub fn running_tasks(text: &str) -> Result<Vec<String>, String> {
    /// gf_defrag_status_t in GlusterFS's rpc/xdr/src/cli1-xdr.x: started, and started of a rebalance that only fixes the
    /// layout.
    const RUNS: [u8; 2] = [1, 5];
    let volumes = checked::<StatusXml>(text, "volume status")?.status.volumes.volume;
    let tasks = volumes.into_iter().flat_map(|volume| volume.tasks.task);
    let running = tasks.filter(|task| RUNS.contains(&task.status));
    Ok(running.map(|task| task.r#type).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gluster::captured;

    #[test]
    fn work_that_goes_on_is_told_from_work_that_has_ended() {
        let runs = captured!("volume-status-with-task.xml");
        assert_eq!(running_tasks(runs).unwrap(), ["Rebalance"]);
        let ended = runs.replace(
            "<status>1</status>\n            <statusStr>",
            "<status>3</status>\n            <statusStr>",
        );
        assert_ne!(ended, runs);
        assert!(running_tasks(&ended).unwrap().is_empty());
        assert!(running_tasks(captured!("volume-status-gv0.xml")).unwrap().is_empty());
    }
}
