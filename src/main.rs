//! The program: parses the command line, runs the command, prints the error once, and sets the exit status.

use std::process::ExitCode;

use clap::Parser;
use glusterctl::cli::{Cli, habits};
use glusterctl::commands::{self, Ending, Interrupted, Usage};
use glusterctl::inventory::Report;
use glusterctl::output;

fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|mut error| {
        habits::explain(&mut error);
        error.exit()
    });
    match commands::run(&cli) {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::Difference) => ExitCode::from(3),
        Ok(Ending::No) => ExitCode::FAILURE,
        Err(error) if error.is::<Report>() => {
            let colour = output::colour(cli.global.color, &std::io::stderr());
            let report = error
                .downcast_ref::<Report>()
                .map(|report| report.render(colour, output::width(&std::io::stderr()).unwrap_or(Report::WIDTH)));
            output::stderr_styled(&report.unwrap_or_default());
            ExitCode::from(2)
        }
        Err(error) if error.is::<Usage>() => {
            output::stderr(&format!("{error}\n"));
            ExitCode::from(2)
        }
        Err(error) => {
            output::stderr(&format!("error: {error:#}\n"));
            let interrupted = error.downcast_ref::<Interrupted>();
            interrupted.map_or(ExitCode::FAILURE, |interrupted| ExitCode::from(interrupted.status()))
        }
    }
}
