//! The long tasks of a volume, a rebalance or the removal of bricks, from the XML of `volume status`. Pure.

use serde::Deserialize;

use crate::desired::BrickSpec;

/// A long task of a volume. Gluster lists a task until the next task begins, or until the removal of bricks is committed
/// or stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// What the task does.
    pub kind: TaskKind,
    /// How far the task is.
    pub state: TaskState,
    /// The bricks that the task empties; none of a rebalance.
    pub bricks: Vec<BrickSpec>,
}

/// What a task does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskKind {
    /// Spreads files over all sets.
    Rebalance,
    /// Moves files off bricks.
    RemoveBrick,
    /// A kind that glusterctl does not know.
    Other,
}

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskState {
    /// The task was not started.
    NotStarted,
    /// The task is at work.
    InProgress,
    /// Somebody stopped the task.
    Stopped,
    /// The task has ended.
    Completed,
    /// The task has failed.
    Failed,
    /// A state that glusterctl does not know.
    Unknown,
}

impl TaskState {
    /// From `gf_defrag_status_t` of GlusterFS (rpc/xdr/src/cli1-xdr.x); from 5 on of a rebalance that only fixes the layout of
    /// directories.
    fn of(number: u8) -> Self {
        match number {
            0 => TaskState::NotStarted,
            1 | 5 => TaskState::InProgress,
            2 | 6 => TaskState::Stopped,
            3 | 7 => TaskState::Completed,
            4 | 8 => TaskState::Failed,
            _ => TaskState::Unknown,
        }
    }
}

/// The element of a volume's tasks.
#[derive(Deserialize, Default)]
pub struct TasksXml {
    #[serde(default)]
    task: Vec<TaskXml>,
}

#[derive(Deserialize)]
struct TaskXml {
    #[serde(rename = "type")]
    kind: String,
    status: u8,
    #[serde(default)]
    params: Params,
}

#[derive(Deserialize, Default)]
struct Params {
    #[serde(default)]
    brick: Vec<String>,
}

/// The tasks of a volume.
pub fn tasks(xml: TasksXml) -> Vec<Task> {
    let task = |task: TaskXml| Task {
        kind: match task.kind.as_str() {
            "Rebalance" => TaskKind::Rebalance,
            "Remove brick" => TaskKind::RemoveBrick,
            _ => TaskKind::Other,
        },
        state: TaskState::of(task.status),
        bricks: task
            .params
            .brick
            .iter()
            .filter_map(|brick| BrickSpec::parse(brick))
            .collect(),
    };
    xml.task.into_iter().map(task).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gluster::{captured, volume_status};

    fn volume_tasks(text: &str) -> Vec<Task> {
        volume_status(text).unwrap().tasks
    }

    #[test]
    fn a_rebalance_and_a_removal_of_bricks_are_told_apart() {
        assert_eq!(volume_tasks(captured!("volume-status-gv0.xml")), Vec::new());
        let running = volume_tasks(captured!("volume-status-with-task.xml"));
        assert_eq!(
            (running[0].kind, running[0].state),
            (TaskKind::Rebalance, TaskState::InProgress)
        );
        let done = volume_tasks(captured!("volume-status-task-done.xml"));
        assert_eq!(done[0].state, TaskState::Completed);
        let removal = volume_tasks(captured!("volume-status-removebrick-task.xml"));
        assert_eq!(removal[0].kind, TaskKind::RemoveBrick);
        assert_eq!(removal[0].bricks.len(), 3);
    }
}
