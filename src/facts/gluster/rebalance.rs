//! How far a rebalance or the removal of bricks has come, from the XML of `volume rebalance VOLUME status` and of
//! `volume remove-brick VOLUME BRICK… status`. Pure.

use serde::Deserialize;

use super::reply::checked;

/// How far a rebalance or the removal of bricks has come, on all servers together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// What Gluster does.
    pub state: MigrationState,
    /// How many files were moved.
    pub files: u64,
    /// How many bytes were moved.
    pub bytes: u64,
    /// How many files were looked at.
    pub looked_at: u64,
    /// How many files could not be moved.
    pub failures: u64,
    /// How many files were left where they are: Gluster found less room at the destination than at the source.
    pub skipped: u64,
    /// The servers on which the work goes on, as Gluster names them: the server that was asked is `localhost`.
    pub runs_on: Vec<String>,
    /// The servers on which the work has failed, named alike.
    pub failed_on: Vec<String>,
}

impl Migration {
    /// Whether the work has ended, and files could not be moved.
    #[must_use]
    pub fn has_left_files(&self) -> bool {
        self.state == MigrationState::Completed && self.failures > 0
    }
}

/// How far the removal of bricks has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The id of the removal; each start has another id.
    pub id: String,
    /// What was moved.
    pub migration: Migration,
}

/// What Gluster does about the files that are to be moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MigrationState {
    /// Files are being moved.
    Runs,
    /// Every file was looked at.
    Completed,
    /// A server's process has ended before it had looked at every file.
    Failed,
    /// Nothing runs, and files may be left to move; Gluster's word: `not started`, `stopped`.
    Idle(String),
}

// gf_defrag_status_t in GlusterFS's rpc/xdr/src/cli1-xdr.x: 0 not started, 1 started, 2 stopped, 3 complete, 4 failed; of a
// rebalance that only fixes the layout of directories, 5 started, 6 stopped, 7 complete, 8 failed.
const RUNS: [u8; 2] = [1, 5];
const COMPLETED: [u8; 2] = [3, 7];
const FAILED: [u8; 2] = [4, 8];

#[derive(Deserialize)]
struct Xml {
    #[serde(rename = "volRebalance", alias = "volRemoveBrick")]
    list: List,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct List {
    #[serde(default)]
    task_id: String,
    #[serde(default, rename = "node")]
    nodes: Vec<Node>,
    aggregate: Aggregate,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    node_name: String,
    status: u8,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Aggregate {
    files: u64,
    size: u64,
    lookups: u64,
    failures: u64,
    skipped: u64,
    status: u8,
    status_str: String,
}

/// Parses the status of a rebalance, or of the removal of bricks.
///
/// # Errors
/// An element of the XML is not as expected, or Gluster refused, as when no rebalance was ever started.
pub fn migration(text: &str) -> Result<Migration, String> {
    Ok(migration_of(checked::<Xml>(text, "rebalance status")?.list))
}

/// Parses the status of the removal of bricks.
///
/// # Errors
/// As of [`migration`].
pub fn removal(text: &str) -> Result<Removal, String> {
    let list = checked::<Xml>(text, "remove-brick status")?.list;
    Ok(Removal {
        id: list.task_id.clone(),
        migration: migration_of(list),
    })
}

fn migration_of(list: List) -> Migration {
    let all = list.aggregate;
    let on = |statuses: [u8; 2]| {
        let nodes = list.nodes.iter().filter(|node| statuses.contains(&node.status));
        nodes.map(|node| node.node_name.clone()).collect()
    };
    Migration {
        runs_on: on(RUNS),
        failed_on: on(FAILED),
        state: match all.status {
            status if RUNS.contains(&status) => MigrationState::Runs,
            status if COMPLETED.contains(&status) => MigrationState::Completed,
            status if FAILED.contains(&status) => MigrationState::Failed,
            _ => MigrationState::Idle(all.status_str),
        },
        files: all.files,
        bytes: all.size,
        looked_at: all.lookups,
        failures: all.failures,
        skipped: all.skipped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gluster::captured;

    #[test]
    fn what_all_servers_did_together_is_read() {
        let runs = migration(captured!("rebalance-status-inprogress.xml")).unwrap();
        assert_eq!((runs.state, runs.files, runs.bytes), (MigrationState::Runs, 10, 77));
        assert_eq!(runs.runs_on, ["n3", "n2", "localhost"]);
        let completed = migration(captured!("rebalance-status-completed.xml")).unwrap();
        assert_eq!(
            completed,
            Migration {
                state: MigrationState::Completed,
                files: 104,
                bytes: 2_920_077,
                looked_at: 616,
                failures: 0,
                skipped: 0,
                runs_on: Vec::new(),
                failed_on: Vec::new(),
            }
        );
    }

    #[test]
    fn the_removal_of_bricks_is_read_alike() {
        let runs = migration(captured!("remove-brick-status-inprogress.xml")).unwrap();
        assert_eq!(runs.state, MigrationState::Runs);
        let completed = migration(captured!("remove-brick-status-completed.xml")).unwrap();
        assert_eq!(completed.state, MigrationState::Completed);
        let removal = removal(captured!("remove-brick-status-completed.xml")).unwrap();
        assert_eq!(removal.id, "57ee7e39-33f6-4f2b-a8dc-fa8d258323cd");
        assert_eq!(removal.migration, completed);
    }

    #[test]
    fn the_server_whose_process_died_is_named() {
        let failed = migration(captured!("remove-brick-status-failed.xml")).unwrap();
        assert_eq!(failed.state, MigrationState::Failed);
        assert_eq!((failed.failed_on, failed.runs_on), (vec!["kube4".to_owned()], vec![]));
    }

    #[test]
    fn without_a_rebalance_gluster_refuses() {
        let none = migration(captured!("rebalance-status-none.xml")).unwrap_err();
        assert!(none.contains("Rebalance not started for volume gv0"), "{none}");
    }
}
