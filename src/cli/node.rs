//! The options of `node`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::duration;

/// Options of `node`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Node {
    /// The host that this machine is [default: the host with this machine's name, else with its address]
    #[arg(long, value_name = "HOST", env = "GLUSTERCTL_NODE")]
    pub name: Option<String>,
    /// The directory that keeps glusterd's state, bound over /var/lib/glusterd; it must outlast the container, and may be on
    /// the file system of a brick of this host, such as /bricks/vdb/glusterd
    #[arg(long, value_name = "DIR", default_value = "/var/lib/glusterd")]
    pub state: PathBuf,
    /// How long stopping may take, after SIGTERM
    #[arg(long, value_name = "DURATION", default_value = "25s", value_parser = duration)]
    pub grace: Duration,
    /// Look at the node that runs, instead.
    #[command(subcommand)]
    pub probe: Option<Probe>,
}

impl Node {
    /// The host that this machine is, if somebody says so.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.name.as_deref().filter(|name| !name.is_empty())
    }
}

/// What is asked of a node that runs.
#[derive(Debug, Subcommand)]
pub enum Probe {
    /// Exit with 0 if glusterd answers, every brick of this node runs on its own file system, and its volumes are mounted
    Ready,
    /// Exit with 0 if the node has looked at its host lately
    Alive {
        /// How long ago the last look may be
        #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
        within: Duration,
    },
    /// Exit with 0 if this host can stop now without any volume losing reads or writes, and with 3 if not; asks Gluster, as
    /// the command ok-to-stop does
    OkToStop,
}
