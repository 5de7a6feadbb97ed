//! `completions`: prints the script with which a shell completes commands and options.

use clap::CommandFactory;
use clap_complete::Shell;

use super::Ending;
use crate::cli::Cli;
use crate::output;

/// Runs `completions`.
///
/// # Errors
/// Standard output cannot be written.
pub fn run(shell: Shell) -> anyhow::Result<Ending> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "glusterctl", &mut script);
    output::stdout(&String::from_utf8(script)?)?;
    Ok(Ending::Done)
}
