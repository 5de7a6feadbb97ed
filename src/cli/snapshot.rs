//! The command line of `snapshot`.

use clap::Subcommand;

use super::SavedPlan;
use crate::inventory::{SnapshotName, VolumeName};

/// The commands for snapshots.
#[derive(Debug, Subcommand)]
pub enum Snapshot {
    /// Those that change something.
    #[command(flatten)]
    Change(SnapshotChange),
    /// List the snapshots, with the time at which each was made
    List {
        /// Only snapshots of this volume
        volume: Option<VolumeName>,
    },
    /// Say how to bring back what a snapshot holds; glusterctl itself does not restore snapshots
    Restore {
        /// The snapshot
        name: SnapshotName,
    },
}

/// The commands for snapshots that change something.
#[derive(Debug, Subcommand)]
pub enum SnapshotChange {
    /// Take a snapshot of a volume
    Create {
        /// The name of the snapshot
        name: SnapshotName,
        /// The volume
        volume: VolumeName,
        /// The plan.
        #[command(flatten)]
        plan: SavedPlan,
    },
    /// Delete a snapshot
    Delete {
        /// The snapshot
        name: SnapshotName,
        /// The plan.
        #[command(flatten)]
        plan: SavedPlan,
    },
}
