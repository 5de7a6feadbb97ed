//! The program: parses the command line, runs the command, prints the error once, and sets the exit status.

use std::process::ExitCode;

use clap::Parser;
use glusterctl::cli::{Cli, habits};
use glusterctl::commands::{self, Ending};
use glusterctl::remote;

fn main() -> ExitCode {
    // ssh starts this program, too, to tell of a security key that wants a touch.
    if let Some(answered) = remote::answer() {
        return answered;
    }
    let cli = Cli::try_parse().unwrap_or_else(|mut error| {
        habits::explain(&mut error);
        error.exit()
    });
    match commands::run(&cli) {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::Difference) => ExitCode::from(3),
        Ok(Ending::No) => ExitCode::FAILURE,
        Err(error) => ExitCode::from(commands::tell(&cli.global, &error)),
    }
}
