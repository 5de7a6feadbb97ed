//! The page about a run, for whoever was not there: a file that a CI job keeps.

use std::path::Path;

use super::Usage;
use crate::output;
use crate::record::{self, Entry, Section};

/// Whether the page can be written, before work begins that takes long.
///
/// # Errors
/// [`Usage`] if the file can be none.
pub fn is_possible(file: Option<&Path>) -> Result<(), Usage> {
    let Some(file) = file else { return Ok(()) };
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let wrong = match directory {
        _ if file.is_dir() => "is a directory; name a file, for example apply.html",
        Some(directory) if !directory.is_dir() => "is in a directory that does not exist; make the directory first",
        _ => return Ok(()),
    };
    Err(Usage(format!("error: --report {}: the file {wrong}", file.display())))
}

/// Writes the page of runs, with what else is to stand on it, if a file is named.
///
/// # Errors
/// The file cannot be written.
pub fn write(file: Option<&Path>, entries: &[Entry], sections: &[Section], is_quiet: bool) -> anyhow::Result<()> {
    let Some(file) = file else { return Ok(()) };
    output::publish(file, &record::page(entries, sections)?)?;
    if !is_quiet {
        output::stderr(&format!("wrote {}\n", file.display()));
    }
    Ok(())
}
