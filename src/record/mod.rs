//! A record of every run that changed a host: JSON lines below the user's state directory. A reader of events; `log`
//! reads records.

mod entry;
mod notes;
mod report;
mod steps;
mod times;

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::clock::now;
use crate::events::Event;
use crate::inventory::{ClusterName, HostName};

pub use entry::{Entry, without_secrets};
pub use notes::Notes;
pub use report::{Section, errors, limited_to, page, result};
pub use times::{Estimate, Times};

/// How many records the directory keeps; older records are removed.
const KEPT: usize = 1_000;

/// The record of the run in progress. The record's file is made with the first step: a run that changes nothing leaves
/// no record.
pub struct Record {
    cluster: String,
    by: String,
    limit: Vec<HostName>,
    state: State,
}

enum State {
    /// No step was begun yet.
    Nothing,
    Open(File),
    /// The file could not be made or written.
    Broken,
}

impl Record {
    /// The record of a run on this cluster, or on these hosts of it, by this user and process; no file is written yet.
    #[must_use]
    pub fn new(cluster: &ClusterName, by: String, limit: Vec<HostName>) -> Self {
        Record {
            cluster: cluster.to_string(),
            by,
            limit,
            state: State::Nothing,
        }
    }

    /// Writes down an event, if records keep events of that kind.
    ///
    /// # Errors
    /// The record cannot be written. Only the first failure is an error: the record ignores all later events.
    pub fn event(&mut self, event: &Event) -> anyhow::Result<()> {
        let Some(entry) = Entry::of(event) else {
            return Ok(());
        };
        if matches!(self.state, State::Nothing) && !matches!(entry, Entry::Begun { .. }) {
            return Ok(());
        }
        let written = self.write(&entry);
        if written.is_err() {
            self.state = State::Broken;
        }
        written
    }

    fn write(&mut self, entry: &Entry) -> anyhow::Result<()> {
        if let State::Nothing = self.state {
            let mut file = create(&directory()?, &self.cluster)?;
            let first = Entry::run(self.cluster.clone(), self.by.clone(), self.limit.clone());
            append(&mut file, &first)?;
            self.state = State::Open(file);
        }
        match &mut self.state {
            State::Open(file) => append(file, entry),
            State::Nothing | State::Broken => Ok(()),
        }
    }
}

fn create(directory: &Path, cluster: &str) -> anyhow::Result<File> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .with_context(|| directory.display().to_string())?;
    prune(directory);
    let stamp = now().replace([':', '-'], "");
    let path = directory.join(format!("{stamp}-{cluster}-{}.jsonl", std::process::id()));
    OpenOptions::new()
        .create_new(true)
        .append(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| path.display().to_string())
}

fn append(file: &mut File, entry: &Entry) -> anyhow::Result<()> {
    let line = serde_json::to_string(entry)? + "\n";
    file.write_all(line.as_bytes())?;
    // If the power fails now, the record has the step that was begun.
    file.sync_data()?;
    Ok(())
}

/// Removes the oldest records. A record that cannot be removed stays, without a message.
fn prune(directory: &Path) {
    let Ok(names) = names(directory) else { return };
    for name in names.iter().rev().skip(KEPT - 1) {
        let _ = fs::remove_file(directory.join(name));
    }
}

/// The directory of records: `$XDG_STATE_HOME/glusterctl`, or `~/.local/state/glusterctl`.
///
/// # Errors
/// Neither `XDG_STATE_HOME` nor `HOME` is set.
pub fn directory() -> anyhow::Result<PathBuf> {
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let state = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
    // cloud-init runs its commands without HOME.
    let state = state.or_else(|| {
        let root = rustix::process::geteuid().is_root();
        root.then(|| PathBuf::from("/root/.local/state"))
    });
    Ok(state
        .context("neither XDG_STATE_HOME nor HOME says where records go")?
        .join("glusterctl"))
}

/// The file names of the records, which begin with the time, oldest first.
///
/// # Errors
/// The directory cannot be read.
pub fn names(directory: &Path) -> anyhow::Result<Vec<String>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(|| directory.display().to_string())?,
    };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".jsonl").map(str::to_owned))
        .collect();
    names.sort();
    Ok(names.into_iter().map(|name| name + ".jsonl").collect())
}

/// The entries of a record. A last line without a newline was not written completely, and is left out.
///
/// # Errors
/// The file cannot be read, or is no record.
pub fn read(path: &Path) -> anyhow::Result<Vec<Entry>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut entries = Vec::new();
    for (at, line) in text
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'))
        .enumerate()
    {
        entries.push(serde_json::from_str(line).with_context(|| format!("{} line {}", path.display(), at + 1))?);
    }
    Ok(entries)
}
