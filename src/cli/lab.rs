//! The options of `rehearse` and `lab`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

/// Options of `rehearse`.
#[derive(Debug, Args)]
pub struct Rehearse {
    /// How the stand-ins are made
    #[command(flatten)]
    pub make: LabMake,
    /// Leave the stand-ins running afterwards (lab down removes them)
    #[arg(long)]
    pub keep: bool,
    /// Then let faults happen under programs that write and read, and tell what a user of the volumes notices: a host, a disk,
    /// the network, the power of all hosts [default: all four]
    #[arg(long, value_enum, value_name = "FAULTS", value_delimiter = ',', num_args = 0..=1, require_equals = true,
          default_missing_values = ["host", "disk", "network", "power"])]
    pub chaos: Vec<Fault>,
    /// Write a page about all runs of apply: what failed, when each step ran on each host, what changed; and about the faults
    #[arg(long, value_name = "FILE.html")]
    pub report: Option<PathBuf>,
}

/// What happens to the stand-ins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// A server loses its power, and boots again later.
    Host,
    /// The disk of a brick dies, and a blank disk takes its place.
    Disk,
    /// The network is cut into two parts, and made whole again.
    Network,
    /// All hosts lose their power at once, and boot again.
    Power,
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
        address: std::net::IpAddr,
        /// The port
        port: u16,
    },
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::Fault;
    use crate::cli::{Cli, Command};

    #[test]
    fn chaos_is_off_or_all_faults_or_those_that_are_named() {
        let faults = |words: &[&str]| {
            let line = [&["glusterctl", "rehearse"], words].concat();
            let Command::Rehearse(options) = Cli::try_parse_from(line).unwrap().command else {
                panic!("rehearse");
            };
            options.chaos
        };
        assert_eq!(faults(&[]), []);
        let all = [Fault::Host, Fault::Disk, Fault::Network, Fault::Power];
        assert_eq!(faults(&["--chaos", "--keep"]), all);
        assert_eq!(faults(&["--chaos=power,host"]), [Fault::Power, Fault::Host]);
        assert!(Cli::try_parse_from(["glusterctl", "rehearse", "--chaos=fire"]).is_err());
    }
}
