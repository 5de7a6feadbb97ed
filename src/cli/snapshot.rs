//! The command line of `snapshot`.

use clap::Subcommand;

use super::SavedPlan;
use crate::inventory::{SnapshotName, VolumeName, VolumePath};

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
    /// Bring a volume back to a snapshot: what is newer is overwritten or removed, and the volume serves meanwhile
    Restore {
        /// The snapshot
        name: SnapshotName,
        /// Bring back only this directory or file, as seen from the root of the volume
        #[arg(long, value_name = "PATH")]
        path: Option<VolumePath>,
        /// Only say what would change in the volume
        #[arg(long)]
        preview: bool,
        /// Agree without being asked: the name of the volume (--yes is not enough)
        #[arg(long, value_name = "VOLUME")]
        confirm: Option<String>,
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
