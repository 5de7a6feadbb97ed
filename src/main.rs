//! The program: parse, run, print the error once, exit status.

use std::process::ExitCode;

use clap::Parser;
use glusterctl::cli::Cli;
use glusterctl::commands::{self, Ending, Usage};

fn main() -> ExitCode {
    match commands::run(&Cli::parse()) {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::Difference) => ExitCode::from(3),
        Err(error) if error.is::<Usage>() => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
