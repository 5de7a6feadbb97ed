//! What the program prints: data on standard output, messages on standard error. Every command prints with these
//! functions.

mod bar;
pub(crate) mod progress;
mod spinners;
mod table;

use std::fs::Permissions;
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::PermissionsExt;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, bail};
use serde::Serialize;

use crate::text::{folded, folded_line, printable_lines};

pub use crate::cli::{Color, OutputFormat as Format};
pub use table::table;

/// Tables fit a terminal of this many columns; longer cells are broken.
pub const COLUMNS: u16 = 80;

/// The columns of the terminal that standard output is; 0 if it is none.
static SCREEN: AtomicUsize = AtomicUsize::new(0);

/// Notes how wide the terminal is now, if standard output is one.
pub fn measure() {
    if let Some(width) = width(&io::stdout()) {
        SCREEN.store(width, Ordering::Relaxed);
    }
}

/// The columns of the terminal that standard output is, if it is one.
fn columns() -> Option<usize> {
    Some(SCREEN.load(Ordering::Relaxed)).filter(|columns| *columns > 0)
}

/// Sentences in lines that fit the terminal that standard output is; unchanged if it is none, for whoever searches in them.
#[must_use]
pub fn fold(text: &str) -> String {
    columns().map_or_else(|| text.to_owned(), |columns| folded(text, columns))
}

/// [`fold`] for one line, of which the rest goes on below so far to the right of where the line begins.
#[must_use]
pub fn fold_line(line: &str, further: usize) -> String {
    columns().map_or_else(|| line.to_owned(), |columns| folded_line(line, columns, further))
}

/// Prints data in the format that was asked for: `table` makes the text for people, and `value` is the stable
/// interface for programs.
///
/// # Errors
/// Standard output cannot be written.
pub fn data(format: Format, value: &impl Serialize, table: impl FnOnce() -> String) -> anyhow::Result<()> {
    match format {
        Format::Table => stdout(&printable_lines(&table())),
        Format::Json => stdout(&json(value)?),
        Format::Yaml => stdout(&yaml(value)?),
        // `commands` lets only `status` have this format, and `status` prints its metrics itself.
        Format::Prometheus => bail!("these data have no form as metrics"),
    }
}

/// [`data`] whose text has colours: the caller has made every other control sequence in it visible.
///
/// # Errors
/// Standard output cannot be written.
pub fn styled(format: Format, value: &impl Serialize, text: impl FnOnce() -> String) -> anyhow::Result<()> {
    match format {
        Format::Table => stdout(&text()),
        _ => data(format, value, String::new),
    }
}

/// [`data`] whose text is tables and sentences, in lines that fit the terminal.
///
/// # Errors
/// Standard output cannot be written.
pub fn report(format: Format, value: &impl Serialize, text: impl FnOnce() -> String) -> anyhow::Result<()> {
    data(format, value, || fold(&text()))
}

/// Writes text of several lines to standard output, with every control sequence in the text made visible.
///
/// # Errors
/// Standard output cannot be written.
pub fn text(text: &str) -> anyhow::Result<()> {
    stdout(&printable_lines(text))
}

/// Writes text to standard output. A reader that closes the pipe early (`| head`) is no error.
///
/// # Errors
/// Standard output cannot be written.
pub fn stdout(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done.context("writing to standard output"),
    }
}

/// Writes a file that only its user may read. A crash leaves either the old file or the new file.
///
/// # Errors
/// The file cannot be written.
pub fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    const USER_ONLY: u32 = 0o600;
    replace_with(path, text, USER_ONLY)
}

/// Writes a file as [`replace`] does, but lets the umask decide who may read the file.
///
/// # Errors
/// The file cannot be written.
pub fn publish(path: &Path, text: &str) -> anyhow::Result<()> {
    const ALL: u32 = 0o666;
    replace_with(path, text, ALL)
}

fn replace_with(path: &Path, text: &str, mode: u32) -> anyhow::Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let write = || {
        let mut file = tempfile::Builder::new()
            .prefix(".glusterctl-")
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(directory)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        io::Result::Ok(())
    };
    write().with_context(|| format!("writing {}", path.display()))
}

/// Writes text to standard error, with every control sequence in the text made visible, in lines that fit the terminal, and above
/// the lines that say what hosts do now.
pub fn stderr(text: &str) {
    let mut text = printable_lines(text);
    if let Some(width) = width(&io::stderr()) {
        text = folded(&text, width);
    }
    spinners::above(|| stderr_styled(&text));
}

/// A script as `-v` shows it.
#[must_use]
pub fn command(script: &str) -> String {
    progress::indent(script, "    $ ", "      ")
}

/// Writes text to standard error unchanged, for text that this program coloured. A failure is ignored: a message about
/// the failure could not be written either.
pub fn stderr_styled(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Erases the line of the terminal that the cursor is on (ECMA-48), which may say what is waited for.
pub fn erase_line() {
    stderr_styled("\r\u{1b}[K");
}

/// Indented JSON, with a newline at the end.
///
/// # Errors
/// The value has no form in JSON.
pub fn json(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(value).context("writing JSON")? + "\n")
}

/// JSON on one line, with a newline at the end.
///
/// # Errors
/// The value has no form in JSON.
pub fn json_line(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string(value).context("writing JSON")? + "\n")
}

/// One YAML document, with a newline at the end.
///
/// # Errors
/// The value has no form in YAML.
pub fn yaml(value: &impl Serialize) -> anyhow::Result<String> {
    let text = serde_yaml::to_string(value).context("writing YAML")?;
    Ok(text.trim_end().to_owned() + "\n")
}

/// One of many documents that follow each other: JSON on one line, or YAML below a line that begins a document.
///
/// # Errors
/// The value has no form in JSON or YAML.
pub fn streamed(format: Format, value: &impl Serialize) -> anyhow::Result<String> {
    match format {
        Format::Yaml => Ok(format!("---\n{}", yaml(value)?)),
        _ => json_line(value),
    }
}

/// The columns of the terminal that a stream writes to; `None` if the stream is no terminal or does not tell.
pub fn width(stream: &impl std::os::fd::AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

/// The columns that a line on standard error may have.
#[must_use]
pub fn room() -> usize {
    width(&io::stderr()).unwrap_or(COLUMNS.into())
}

/// Whether `stream` gets colours. `NO_COLOR` counts when it is not empty (no-color.org).
#[must_use]
pub fn colour(when: Color, stream: &impl IsTerminal) -> bool {
    match when {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    }
}
