//! A record of every run that changed something: JSON lines below the user's state directory.

mod entry;

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::execute::Event;
use crate::inventory::Inventory;
use crate::output;

pub use entry::{Entry, now};

/// The records that a directory keeps; older ones are removed.
const KEPT: usize = 1_000;

/// The record of the run in progress. Its file is made with the first step: a run that changes nothing leaves none.
pub struct Record {
    cluster: String,
    file: Option<File>,
    broken: bool,
}

impl Record {
    /// For a run on this inventory; nothing is written yet.
    #[must_use]
    pub fn of(inventory: &Inventory) -> Self {
        Record {
            cluster: inventory.cluster.to_string(),
            file: None,
            broken: false,
        }
    }

    /// Writes down what is worth it. A record that cannot be written is said once, and keeps nothing from being done.
    pub fn event(&mut self, event: &Event) {
        let Some(entry) = Entry::of(event) else { return };
        if self.broken || (self.file.is_none() && !matches!(entry, Entry::Begun { .. })) {
            return;
        }
        if let Err(error) = self.write(&entry) {
            self.broken = true;
            output::stderr(&format!("warning: this run leaves no record: {error:#}\n"));
        }
    }

    fn write(&mut self, entry: &Entry) -> anyhow::Result<()> {
        if self.file.is_none() {
            let mut file = create(&directory()?, &self.cluster)?;
            append(
                &mut file,
                &Entry::Run {
                    at: now(),
                    cluster: self.cluster.clone(),
                    by: owner(),
                },
            )?;
            self.file = Some(file);
        }
        match &mut self.file {
            Some(file) => append(file, entry),
            None => Ok(()),
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
    // Whoever pulls the plug now finds what was begun.
    file.sync_data()?;
    Ok(())
}

/// Removes the oldest records. That one cannot be removed is not worth a word.
fn prune(directory: &Path) {
    let Ok(names) = names(directory) else { return };
    for name in names.iter().rev().skip(KEPT - 1) {
        let _ = fs::remove_file(directory.join(name));
    }
}

/// Where records are: `$XDG_STATE_HOME/glusterctl`, or `~/.local/state/glusterctl`.
///
/// # Errors
/// Neither is set.
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

/// The records there are, oldest first: their names sort by time.
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

/// What a record says, entry by entry. A last line that was cut short is left out.
///
/// # Errors
/// It cannot be read, or is no record.
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

/// Who runs this: user, machine and process.
#[must_use]
pub fn owner() -> String {
    let user = std::env::var("SUDO_USER")
        .or_else(|_| std::env::var("USER"))
        .unwrap_or_else(|_| "somebody".into());
    format!("{user}{} since {}", place(std::process::id()), now())
}

fn place(process: impl std::fmt::Display) -> String {
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("@{machine} (process {process})")
}

/// Whether an [`owner`] was a process of this machine that has ended. Of other machines' nothing is known.
#[must_use]
pub fn is_gone(owner: &str) -> bool {
    let Some(process) = owner
        .split_once(" (process ")
        .and_then(|(_, rest)| rest.split(')').next()?.parse::<u32>().ok())
    else {
        return false;
    };
    owner.contains(&place(process)) && !Path::new(&format!("/proc/{process}")).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_process_of_this_machine_is_known_to_be_gone() {
        assert!(!is_gone(&owner()), "this one lives");
        // Greater than the kernel's greatest.
        let nobody = u32::MAX;
        assert!(is_gone(&format!("root{} since 2026", place(nobody))));
        assert!(!is_gone(&format!("root@elsewhere (process {nobody}) since 2026")));
        assert!(!is_gone(""));
    }
}
