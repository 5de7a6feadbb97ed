//! The state file in a lab's directory, and the lock under which a lab changes.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::{Say, Spec, paths};

/// The content of the state file.
#[derive(Debug, Serialize, Deserialize)]
pub struct State {
    /// What the lab consists of.
    pub spec: Spec,
    /// The boot of the machine in which the lab was made: the lab's namespaces end with that boot.
    pub machine: String,
    /// Whether the lab was made completely: every host has booted once.
    pub whole: bool,
}

/// Reads a lab's state.
pub fn read(lab: &Path) -> Result<State> {
    let path = lab.join(paths::STATE);
    let text = fs::read(&path).with_context(|| format!("{}: reading the lab's state", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{}: reading the lab's state", path.display()))
}

/// Writes a lab's state; a crash leaves the old state or the new one.
pub fn write(lab: &Path, state: &State) -> Result<()> {
    let path = lab.join(paths::STATE);
    let new = path.with_extension("new");
    let written = fs::write(&new, serde_json::to_vec_pretty(state)?).and_then(|()| fs::rename(&new, &path));
    written.with_context(|| format!("{}: writing the lab's state", path.display()))
}

/// The id of this machine's current boot.
pub fn machine() -> Result<String> {
    const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
    Ok(fs::read_to_string(BOOT_ID).context(BOOT_ID)?.trim().to_owned())
}

/// Locks a directory until the returned file is dropped; waits while another glusterctl holds the lock. `None` if the
/// directory does not exist, or the other glusterctl removed it.
pub fn lock(directory: &Path, say: Say) -> Result<Option<File>> {
    const PATIENCE: Duration = Duration::from_secs(300);
    const PAUSE: Duration = Duration::from_millis(100);
    let shown = || directory.display().to_string();
    let file = match File::open(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.with_context(shown)?,
    };
    let deadline = Instant::now() + PATIENCE;
    let mut said = false;
    loop {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => break,
            Err(rustix::io::Errno::WOULDBLOCK) if Instant::now() < deadline => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                bail!(
                    "{}: another glusterctl still works on it; `fuser -v` on the directory shows which",
                    shown()
                )
            }
            Err(error) => return Err(error).with_context(|| format!("{}: locking", shown())),
        }
        if !said {
            say(&format!(
                "waiting for another glusterctl that works on {}",
                directory.display()
            ));
            said = true;
        }
        thread::sleep(PAUSE);
    }
    // Another glusterctl may have replaced the directory before it was locked.
    let locked = file.metadata().with_context(shown)?.ino();
    match directory.metadata() {
        Ok(there) if there.ino() == locked => Ok(Some(file)),
        Ok(_) => lock(directory, say),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(shown),
    }
}
