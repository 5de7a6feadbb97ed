//! The options of the commands that a desired state cannot say: `replace` and `destroy`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::inventory::{DevicePath, HostName, VolumeName};

/// The commands, besides `apply`, that `plan` plans.
#[derive(Debug, Subcommand)]
pub enum Planned {
    /// Show what replace would change
    Replace(Replace),
    /// Show what destroy would change
    Destroy(Destroy),
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
    /// Run exactly this saved plan; refuse if the hosts have changed since the plan was made
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
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
    /// Run exactly this saved plan; refuse if the hosts have changed since the plan was made
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
}
