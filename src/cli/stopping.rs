//! The options of commands that stop hosts.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::{SavedPlan, duration};

/// Options of `ok-to-stop`.
#[derive(Debug, Args)]
pub struct OkToStop {
    /// The hosts that are to stop
    #[arg(required = true, value_name = "HOST")]
    pub hosts: Vec<String>,
    /// Wait this long until the answer is yes [default: 10m]
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, default_missing_value = "10m",
          value_parser = duration)]
    pub wait: Option<Duration>,
}

/// The commands for maintenance.
#[derive(Debug, Subcommand)]
pub enum Maintenance {
    /// Stop the bricks and glusterd of a server, if every volume can do without them; neither boots nor apply start them
    Enter {
        /// The server
        host: String,
        /// How the host is stopped.
        #[command(flatten)]
        stop: StopHosts,
    },
    /// Start the bricks and glusterd of a server again, and wait until everything is healed
    Exit {
        /// The server
        host: String,
        /// The plan.
        #[command(flatten)]
        plan: SavedPlan,
    },
}

/// How hosts are stopped.
#[derive(Debug, Args)]
pub struct StopHosts {
    /// Wait this long until every volume can do without the host [default: 10m]
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, default_missing_value = "10m",
          value_parser = duration)]
    pub wait: Option<Duration>,
    /// The plan.
    #[command(flatten)]
    pub plan: SavedPlan,
}

/// How hosts are gone through one by one.
#[derive(Debug, Args)]
pub struct OneByOne {
    /// How the hosts are stopped.
    #[command(flatten)]
    pub stop: StopHosts,
    /// Begin with all hosts again, also if an earlier run was interrupted
    #[arg(long)]
    pub anew: bool,
    /// How long a host may take to boot
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = duration)]
    pub boot_limit: Duration,
}

/// Options of `reboot`.
#[derive(Debug, Args)]
pub struct Reboot {
    /// The hosts [default: all hosts of the inventory]
    #[arg(value_name = "HOST")]
    pub hosts: Vec<String>,
    /// How the hosts are gone through.
    #[command(flatten)]
    pub how: OneByOne,
}

/// Options of `update`.
#[derive(Debug, Args)]
pub struct Update {
    /// The hosts [default: all hosts of the inventory]
    #[arg(value_name = "HOST")]
    pub hosts: Vec<String>,
    /// The version, such as 11.1 or 11.1-4 [default: the newest that the host's package sources have]
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub version: Option<String>,
    /// Reboot each host after its update
    #[arg(long)]
    pub reboot: bool,
    /// At the end, raise the operating version of the cluster to the highest that all servers know
    #[arg(long)]
    pub op_version: bool,
    /// How the hosts are gone through.
    #[command(flatten)]
    pub how: OneByOne,
}

/// A version of a package (deb-version(7)).
fn version(text: &str) -> Result<String, String> {
    let is_usual = |c: char| c.is_ascii_alphanumeric() || ".+-~:".contains(c);
    match text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(is_usual) {
        true => Ok(text.to_owned()),
        false => Err("write a version such as 11.1 or 11.1-4".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use crate::cli::{Cli, Command};

    #[test]
    fn every_option_is_defined_once_and_the_version_of_an_update_is_that_of_its_packages() {
        Cli::command().debug_assert();
        let cli = Cli::try_parse_from(["glusterctl", "update", "--version", "11.1-4", "kube1"]).unwrap();
        assert!(matches!(cli.command, Command::Update(options) if options.version.as_deref() == Some("11.1-4")));
        assert!(Cli::try_parse_from(["glusterctl", "update", "--version", "$(id)"]).is_err());
        for change in [
            "maintenance enter kube1",
            "maintenance exit kube1",
            "reboot kube1",
            "update --version 11.1",
            "snapshot create nightly gv0",
            "snapshot delete nightly",
            "snapshot restore nightly --path /a --preview",
            "snapshot restore nightly --confirm gv0",
        ] {
            let words = |before: &str, after: &str| {
                let line = format!("glusterctl {before} {change} {after}");
                Cli::try_parse_from(line.split_whitespace()).map(|_| ())
            };
            words("plan --out file", "").unwrap();
            words("", "--plan file").unwrap();
        }
        assert!(Cli::try_parse_from(["glusterctl", "plan", "snapshot", "list"]).is_err());
        for path in ["a", "/a/../b", "/.glusterfs/00", ""] {
            let words = ["glusterctl", "snapshot", "restore", "nightly", "--path", path];
            assert!(Cli::try_parse_from(words).is_err(), "{path:?}");
        }
    }
}
