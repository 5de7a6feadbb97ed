//! The commands besides `apply` that have a plan, and the options of `replace` and `destroy`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Maintenance, Reboot, SnapshotChange, Update};
use crate::inventory::{DevicePath, HostName, VolumeName};

/// Which plan a command runs.
#[derive(Debug, Args)]
pub struct SavedPlan {
    /// Run exactly this saved plan; refuse if the hosts have changed since the plan was made
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
}

/// Which hosts a command is limited to.
#[derive(Debug, Args)]
pub struct LimitTo {
    /// Only these hosts, for example kube1,kube2 or kube[1:3]: all hosts are looked at, and what concerns another host or
    /// the cluster as a whole is left out
    #[arg(short, long, value_name = "HOST", num_args = 1.., value_delimiter = ',')]
    pub limit: Vec<String>,
}

/// How a plan is shown and saved.
#[derive(Debug, Args)]
pub struct PlanOptions {
    /// Show every command as it would run, in the place of a line for each step
    #[arg(long)]
    pub full: bool,
    /// Exit with 3 when something would change
    #[arg(long)]
    pub exit_code: bool,
    /// Save the plan, for --plan of the command that is planned
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The hosts.
    #[command(flatten)]
    pub limit: LimitTo,
}

/// The commands, besides `apply`, that `plan` plans.
#[derive(Debug, Subcommand)]
pub enum Planned {
    /// Show what replace would change
    Replace(Replace),
    /// Show what destroy would change
    Destroy(Destroy),
    /// Show what maintenance would change
    #[command(subcommand)]
    Maintenance(Maintenance),
    /// Show what reboot would change
    Reboot(Reboot),
    /// Show what update would change
    #[command(disable_version_flag = true)] // --version is the version of the packages here
    Update(Update),
    /// Show what snapshot would change
    #[command(subcommand)]
    Snapshot(SnapshotChange),
}

/// Options of `replace`.
#[derive(Debug, Args)]
pub struct Replace {
    /// The host that was reinstalled blank, or the brick whose disk was lost, for example kube3:vdb
    #[arg(value_name = "HOST[:BRICK]")]
    pub what: String,
    /// The host of the inventory that takes the place of HOST, which may be gone
    #[arg(long, value_name = "NEWHOST")]
    pub with: Option<HostName>,
    /// The new disk of the brick, if its path is not the path in the inventory
    #[arg(long, value_name = "PATH", conflicts_with = "with")]
    pub device: Option<DevicePath>,
    /// The plan.
    #[command(flatten)]
    pub plan: SavedPlan,
}

/// Options of `destroy`.
#[derive(Debug, Args)]
pub struct Destroy {
    /// The volume
    #[arg(required_unless_present = "cluster", conflicts_with = "cluster")]
    pub volume: Option<VolumeName>,
    /// Everything: all volumes, the bricks, the pool, the lines, the units
    #[arg(long)]
    pub cluster: bool,
    /// The data go, too: the bricks of the volume, or with --cluster the file systems of the bricks
    #[arg(long)]
    pub wipe: bool,
    /// The packages go, too, that glusterctl installed
    #[arg(long, conflicts_with = "volume")]
    pub purge: bool,
    /// Agree without being asked: the name of the volume, or with --cluster of the cluster (--yes is not enough)
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    /// The plan.
    #[command(flatten)]
    pub plan: SavedPlan,
}
