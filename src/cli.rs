//! The command line: clap types only, which `main` parses and `commands` reads. Doc comments are the help texts.

pub mod habits;
mod kubernetes;
mod lab;
mod node;
mod operations;
mod pods;
mod snapshot;
mod stopping;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::inventory::ClusterName;

pub use kubernetes::{Kubectl, Kubernetes, KubernetesApply, KubernetesCommand, KubernetesMake, KubernetesTemplates};
pub use lab::{Fault, Lab, LabMake, Rehearse};
pub use node::{Node, Probe};
pub use operations::{Destroy, LimitTo, PlanOptions, Planned, Replace, SavedPlan};
pub use pods::{BuildImage, KubernetesPods, KubernetesScale, KubernetesUpdate, PodsImage, PodsKind};
pub use snapshot::{Snapshot, SnapshotChange};
pub use stopping::{Maintenance, OkToStop, OneByOne, Reboot, StopHosts, Update};

/// The inventory that every command reads by default.
pub const DEFAULT_INVENTORY: &str = "glusterctl.yaml";

/// The program's version, and the commit that the program was built from, if known: `build.rs` finds it.
pub const VERSION: &str = env!("GLUSTERCTL_VERSION");

/// Provisions replicated GlusterFS storage on bare hosts over SSH.
#[derive(Debug, Parser)]
#[command(version = VERSION, max_term_width = 100, propagate_version = true)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The inventory file; - reads standard input
    #[arg(
        short,
        long,
        global = true,
        value_name = "FILE",
        env = "GLUSTERCTL_INVENTORY",
        default_value = DEFAULT_INVENTORY
    )]
    pub inventory: PathBuf,
    /// How data is printed on standard output
    #[arg(short, long, global = true, value_enum, default_value_t)]
    pub output: OutputFormat,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
    /// Show every command that runs on a host; of commands that change something, also what they printed
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Show only errors, and the data that the command prints
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Agree to every danger of the run, such as formatting a device, without being asked
    #[arg(long, global = true)]
    pub yes: bool,
    /// Talk to a lab's stand-ins instead of the real hosts (NAME defaults to the cluster's name)
    #[arg(long, global = true, value_name = "NAME", num_args = 0..=1, require_equals = true, default_missing_value = "", env = "GLUSTERCTL_LAB")]
    pub lab: Option<String>,
    /// Give up a host that SSH has not connected to after this long
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub connect_timeout: u64,
    /// Work on no more than this many hosts at the same time [default: as many as there are]
    #[arg(long, global = true, value_name = "N", value_parser = at_least_one)]
    pub concurrency: Option<usize>,
    /// Take the password for sudo from the first line of this file, where a host's sudo wants one; else from
    /// `GLUSTERCTL_SUDO_PASSWORD`, else a person at a terminal is asked, once
    #[arg(long, global = true, value_name = "FILE")]
    pub sudo_password_file: Option<PathBuf>,
}

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    #[default]
    Table,
    /// For programs: a stable, versioned interface.
    Json,
    /// The same data as json, in YAML.
    Yaml,
    /// For status alone: metrics for the textfile collector of Prometheus's node_exporter.
    Prometheus,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Validate the inventory, offline
    Check,
    /// List each host's block devices: usable, or every reason why not
    Discover {
        /// Hosts of the inventory; without an inventory, any hosts that ssh can reach [default: all hosts of the
        /// inventory]
        #[arg(value_name = "HOST")]
        hosts: Vec<String>,
    },
    /// Write an inventory: look at hosts and list their blank disks, or describe a cluster that exists already
    Init(Init),
    /// Show what apply would change, and why
    #[command(subcommand_precedence_over_arg = true)] // after --limit kube1, the name of a command is no host
    Plan {
        /// How the plan is shown and saved.
        #[command(flatten)]
        how: PlanOptions,
        /// Plan another command than apply.
        #[command(subcommand)]
        what: Option<Planned>,
    },
    /// Make the hosts what the inventory wants, then observe the hosts again as proof
    Apply {
        /// The plan.
        #[command(flatten)]
        plan: SavedPlan,
        /// The hosts; a saved plan has its own limit.
        #[command(flatten)]
        limit: LimitTo,
        /// Wait this long for hosts that are down, or that are still provisioning themselves [default: 10m]
        #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, default_missing_value = "10m",
              value_parser = duration, conflicts_with = "plan")]
        wait: Option<Duration>,
        /// Write a page about the run: what failed, when each step ran on each host, what changed
        #[arg(long, value_name = "FILE.html")]
        report: Option<PathBuf>,
    },
    /// Put new, empty bricks in the place of lost ones, and heal them
    Replace(Replace),
    /// Take a volume, or all that glusterctl made of the cluster, off the hosts again
    Destroy(Destroy),
    /// Run on a node after a boot: start its bricks, mount its volumes, and wait until all of them answer
    Boot {
        /// Fail if the node is not ready after this long
        #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
        timeout: Duration,
    },
    /// Be the host on a machine or in a container without systemd: prepare its bricks, run glusterd, make or join the pool
    /// and the volumes, mount them, and keep it so until SIGTERM
    Node(Node),
    /// Show what earlier runs changed: a list of records, the newest first, or one record
    Log {
        /// The record to show, by its name in the list; last is the newest
        record: Option<String>,
        /// Only runs on this cluster
        #[arg(long, value_name = "NAME")]
        cluster: Option<ClusterName>,
        /// Write a page about the record [default: last]: what failed, when each step ran on each host, what changed
        #[arg(long, value_name = "FILE.html")]
        report: Option<PathBuf>,
    },
    /// Show pool, bricks, volumes, heals and mounts
    Status {
        /// The hosts.
        #[command(flatten)]
        limit: LimitTo,
        /// Exit with 3 when something is not healthy
        #[arg(long)]
        exit_code: bool,
        /// Show the state again and again, every so many seconds [default: 5], until Ctrl-C
        #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "5",
              value_parser = clap::value_parser!(u64).range(1..=86_400), conflicts_with = "exit_code")]
        watch: Option<u64>,
    },
    /// Say whether hosts can stop now, all at the same time, without any volume losing reads or writes: exit 0 for yes, 3
    /// for no
    OkToStop(OkToStop),
    /// Take a server out of service for a while, and back
    #[command(subcommand)]
    Maintenance(Maintenance),
    /// Reboot hosts one by one, servers first, each healed before the next
    Reboot(Reboot),
    /// Update Gluster's packages on hosts one by one, servers first, each healed before the next
    #[command(disable_version_flag = true)] // --version is the version of the packages here
    Update(Update),
    /// Take, list, bring back and delete snapshots of volumes whose bricks are on LVM
    #[command(subcommand)]
    Snapshot(Snapshot),
    /// Print the JSON Schema of the inventory, with which editors complete and check the file; or of a document that another
    /// command prints with -o json
    Schema {
        /// The document: error, status, plan and others, which docs/json.md lists
        #[arg(value_name = "DOCUMENT")]
        document: Option<String>,
    },
    /// Look for everything that is wrong or odd, each finding with a code and the command that mends it
    Doctor {
        /// Only explain this code; no host is contacted
        #[arg(conflicts_with_all = ["exit_code", "list"])]
        code: Option<String>,
        /// Only list all checks; no host is contacted
        #[arg(long, conflicts_with = "exit_code")]
        list: bool,
        /// Exit with 3 when a check finds an error or a warning
        #[arg(long)]
        exit_code: bool,
    },
    /// Print the Kubernetes manifests that let pods use the volumes
    Kubernetes(Kubernetes),
    /// Provision throwaway stand-ins for all hosts on this machine, cut their power, and prove that volumes come back
    Rehearse(Rehearse),
    /// Boot, stop and remove stand-ins by hand
    #[command(subcommand)]
    Lab(Lab),
    /// Print the script with which a shell completes commands and options
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Write the manual pages of all commands
    Man {
        /// The directory, which is made if it does not exist
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
    /// Show the version, and the commit that the program was built from
    Version,
}

/// Options of `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// Hosts that ssh can reach; or files that list hosts: an Ansible inventory, a gdeploy file, the output of terraform
    /// output -json or openstack server list -f json; - reads such a list from standard input
    #[arg(value_name = "[USER@]HOST[:PORT]|FILE|-", conflicts_with_all = ["from", "from_heketi"])]
    pub hosts: Vec<String>,
    /// The hosts of this group of an Ansible inventory, or of this output of Terraform
    #[arg(long, value_name = "NAME")]
    pub group: Option<String>,
    /// A server of a running cluster; the other servers are found through it
    #[arg(long, value_name = "[USER@]HOST")]
    pub from: Option<String>,
    /// A topology file of Heketi, or what heketi-cli topology info --json printed; - reads standard input. Without --from,
    /// no host is contacted
    #[arg(long, value_name = "FILE")]
    pub from_heketi: Option<PathBuf>,
    /// The cluster of Heketi, if the file has several: its id, or its number in the file
    #[arg(long, value_name = "ID", requires = "from_heketi")]
    pub heketi_cluster: Option<String>,
    /// The name that the inventory gives the cluster
    #[arg(long, value_name = "NAME", default_value = "gluster")]
    pub cluster: ClusterName,
    /// The login on all servers [default: ssh's own]
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// The port of SSH on all servers [default: ssh's own]
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// The private key for all servers [default: ssh's own]
    #[arg(long, value_name = "FILE")]
    pub identity_file: Option<PathBuf>,
    /// An ssh_config used instead of the user's own
    #[arg(long, value_name = "FILE")]
    pub config_file: Option<PathBuf>,
    /// The login becomes root with sudo
    #[arg(long)]
    pub sudo: bool,
}

/// The longest duration of an option: whoever writes `5M` means minutes, but humantime reads months.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3_600);

/// A number of hosts.
fn at_least_one(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=10_000).contains(number));
    number.ok_or_else(|| "write a whole number from 1 to 10000".to_owned())
}

/// A duration: `90s`, `5m`, `1h 30m`, or seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map(Duration::from_secs).ok();
    seconds
        .or_else(|| humantime::parse_duration(text).ok())
        .filter(|duration| *duration <= LONGEST)
        .ok_or_else(|| "write a number and s, m or h, for example 90s or 5m, up to 30 days".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_or_are_seconds() {
        for (text, seconds) in [
            ("90s", 90),
            ("5m", 300),
            ("1h", 3_600),
            ("5m5s", 305),
            ("7", 7),
            ("0", 0),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)));
        }
        for wrong in ["", "m", "-5m", "5M", "31d", "99999999999s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
