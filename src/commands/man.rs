//! `man`: writes the manual pages, one for each command.

use std::fs;
use std::path::Path;

use anyhow::Context;
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::Ending;
use crate::cli::{Cli, VERSION};
use crate::output;

/// The exit statuses, as in docs/commands.md.
const STATUSES: [(&str, &str); 5] = [
    ("0", "Done."),
    ("1", "The command failed; standard error says why."),
    (
        "2",
        "The command line or the inventory is wrong; no host was contacted.",
    ),
    (
        "3",
        "With --exit-code: plan has steps, status found a cluster that is not healthy, or doctor found an error or a warning. \
         Of ok-to-stop and node ok-to-stop: no.",
    ),
    ("130", "Ctrl-C; 143 after SIGTERM, and 129 after SIGHUP."),
];
/// The files that every command may use.
const FILES: [(&str, &str); 3] = [
    (
        "glusterctl.yaml",
        "The inventory, in the working directory, unless -i names another file.",
    ),
    (
        "~/.ssh/config, ~/.ssh/known_hosts",
        "How SSH reaches the hosts, and the keys by which it knows them.",
    ),
    (
        "~/.local/state/glusterctl",
        "What each run changed: glusterctl log shows it.",
    ),
];

/// Runs `man`.
///
/// # Errors
/// A page cannot be written.
pub fn run(directory: &Path) -> anyhow::Result<Ending> {
    fs::create_dir_all(directory).with_context(|| format!("making the directory {}", directory.display()))?;
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    write(&program, directory, &common()?)?;
    Ok(Ending::Done)
}

/// Writes the page of a command, with `more` at its end, and the pages of the commands below it.
fn write(command: &Command, directory: &Path, more: &[u8]) -> anyhow::Result<()> {
    // With an empty date, man takes the source for the date.
    let man = Man::new(command.clone())
        .date(VERSION)
        .source("glusterctl")
        .manual("glusterctl");
    let mut page = Vec::new();
    man.render(&mut page)?;
    page.extend(more);
    output::publish(&directory.join(man.get_filename()), &String::from_utf8(page)?)?;
    let mut shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    shown.try_for_each(|command| write(command, directory, &[]))
}

/// What holds for every command, and stands on the page of the program.
fn common() -> anyhow::Result<Vec<u8>> {
    let mut page = Roff::new();
    for (title, entries) in [("EXIT STATUS", &STATUSES[..]), ("FILES", &FILES)] {
        page.control("SH", [title]);
        for (name, text) in entries {
            page.control("TP", []);
            page.text([bold(*name)]);
            page.text([roman(*text)]);
        }
    }
    page.control("SH", ["SEE ALSO"]);
    page.text([bold("gluster"), roman("(8), "), bold("ssh_config"), roman("(5)")]);
    Ok(page.to_roff().into_bytes())
}
