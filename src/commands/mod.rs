//! The commands, one file for each: thin wiring between the command line and the rooms that do the work. Called by
//! `main`.

mod agreement;
mod apply;
mod boot;
mod check;
mod cluster;
mod completions;
mod destroy;
mod discover;
mod doctor;
mod error;
mod gate;
mod init;
mod interruption;
mod kubernetes;
mod lab;
mod limit;
mod log;
mod maintenance;
mod man;
mod node;
mod ok_to_stop;
mod plan;
mod rehearse;
mod replace;
mod report;
mod rolling;
mod schema;
mod snapshot;
mod status;
mod sudo_password;
mod version;
mod waiting;

use std::time::Duration;

use crate::cli::{Cli, Command, OutputFormat};
use crate::output;

pub use error::tell;
pub use interruption::Interrupted;

/// The command line or the inventory is wrong, and no host was contacted. The program ends with exit status 2.
#[derive(Debug)]
pub struct Usage(pub String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// How a command ended, when nothing failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The command did its work.
    Done,
    /// With `--exit-code`: the plan has changes, or the cluster is not healthy. Of `ok-to-stop` and `node ok-to-stop`: no.
    Difference,
    /// A probe's answer is no.
    No,
}

/// Runs the command.
///
/// # Errors
/// The command could not do its work; [`Usage`] if the command line or the inventory is wrong.
pub fn run(cli: &Cli) -> anyhow::Result<Ending> {
    let global = &cli.global;
    output::measure();
    if global.output == OutputFormat::Prometheus && !matches!(cli.command, Command::Status { .. }) {
        let words = "error: -o prometheus is for status alone: no other command has metrics\nwrite -o json";
        return Err(Usage(words.to_owned()).into());
    }
    match &cli.command {
        Command::Check => check::run(global),
        Command::Discover { hosts } => discover::run(global, hosts),
        Command::Init(options) => init::run(global, options),
        Command::Plan { how, what } => plan::run(global, how, what.as_ref()),
        Command::Apply {
            plan,
            limit,
            wait,
            report,
        } => apply::run(global, plan, limit, *wait, report.as_deref()),
        Command::Replace(options) => replace::run(global, options),
        Command::Destroy(options) => destroy::run(global, options),
        Command::Boot { timeout } => boot::run(global, *timeout),
        Command::Node(options) => node::run(global, options),
        Command::Log {
            record,
            cluster,
            report,
        } => log::run(global, record.as_deref(), cluster.as_ref(), report.as_deref()),
        Command::Kubernetes(options) => kubernetes::run(global, options),
        Command::Schema { document } => schema::run(global, document.as_deref()),
        Command::Snapshot(what) => snapshot::run(global, what),
        Command::Status {
            limit,
            exit_code,
            watch,
        } => status::run(global, limit, *exit_code, watch.map(Duration::from_secs)),
        Command::OkToStop(options) => ok_to_stop::run(global, &options.hosts, options.wait),
        Command::Maintenance(what) => maintenance::run(global, what),
        Command::Reboot(options) => rolling::run(global, &options.how, |inventory| rolling::reboot(inventory, options)),
        Command::Update(options) => rolling::run(global, &options.how, |inventory| rolling::update(inventory, options)),
        Command::Doctor { code, list, exit_code } => doctor::run(global, code.as_deref(), *list, *exit_code),
        Command::Rehearse(options) => rehearse::run(global, options),
        Command::Lab(what) => lab::run(global, what),
        Command::Completions { shell } => completions::run(*shell),
        Command::Man { directory } => man::run(directory),
        Command::Version => version::run(global),
    }
}
