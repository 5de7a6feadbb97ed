//! The options of `rehearse` and `lab`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Options of `rehearse`.
#[derive(Debug, Args)]
pub struct Rehearse {
    /// How the stand-ins are made
    #[command(flatten)]
    pub make: LabMake,
    /// Leave the stand-ins running afterwards (lab down removes them)
    #[arg(long)]
    pub keep: bool,
    /// Write a page about all runs of apply: what failed, when each step ran on each host, what changed
    #[arg(long, value_name = "FILE.html")]
    pub report: Option<PathBuf>,
}

/// How stand-ins are made.
#[derive(Debug, Args)]
pub struct LabMake {
    /// Install the programs that the lab needs with apt-get
    #[arg(long)]
    pub install: bool,
    /// The lab's name [default: the cluster's name]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Boot stand-ins that have Gluster's packages already, like hosts from a prepared image
    #[arg(long)]
    pub installed: bool,
    /// The size of each disk, in MiB; the files are sparse
    #[arg(long, value_name = "MIB", default_value_t = 1024)]
    pub disk_size: u64,
}

/// The commands for stand-ins.
#[derive(Debug, Subcommand)]
pub enum Lab {
    /// Boot a stand-in for every host of the inventory
    Up(LabMake),
    /// Remove a lab, or the remains of a lab
    Down {
        /// The lab's name [default: the cluster's name]
        #[arg(long, value_name = "NAME", conflicts_with = "all")]
        name: Option<String>,
        /// Every lab on this machine
        #[arg(long)]
        all: bool,
    },
    /// List the labs on this machine
    List,
    /// Run a command on a stand-in, or open a shell
    Ssh {
        /// The host
        host: String,
        /// The command [default: a shell]
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Cut the power of stand-ins
    Kill {
        /// The hosts [default: all hosts of the lab]
        hosts: Vec<String>,
    },
    /// Start stand-ins that are off
    Start {
        /// The hosts [default: all hosts of the lab]
        hosts: Vec<String>,
    },
    /// Reboot stand-ins in an orderly way
    Reboot {
        /// The hosts [default: all hosts of the lab]
        hosts: Vec<String>,
    },
    /// Cut stand-ins off the network
    Partition {
        /// The hosts
        #[arg(required = true)]
        hosts: Vec<String>,
        /// Connect the hosts again
        #[arg(long)]
        heal: bool,
    },
    /// Connect to a stand-in for ssh (used by the lab's ssh_config)
    #[command(hide = true)]
    Connect {
        /// The network namespace
        namespace: String,
        /// The address
        address: std::net::Ipv4Addr,
        /// The port
        port: u16,
    },
}
