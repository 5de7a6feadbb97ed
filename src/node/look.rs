//! A look that starts no process: what would be different if something had to be done on the host.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::io::Errno;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{Known, glusterd};
use crate::desired::DesiredHost;

/// How long a volume may take to answer.
const ANSWER: Duration = Duration::from_secs(1);

/// What a look saw.
#[derive(Debug, PartialEq, Eq)]
pub struct Look {
    inventory: Vec<u8>,
    /// The lines of mountinfo about the host's mount points.
    mounts: Vec<String>,
    /// The processes that glusterd noted, and that run.
    daemons: BTreeSet<(PathBuf, String)>,
    glusterd: Option<String>,
    /// Whether each mounted volume answers.
    answers: BTreeMap<String, bool>,
}

/// Looks, and remembers the questions that were not answered yet: a question to a volume that hangs holds a thread.
#[derive(Default)]
pub struct Looker {
    waiting: BTreeMap<String, JoinHandle<Result<(), Errno>>>,
}

impl Looker {
    pub async fn look(&mut self, known: Option<&Known>) -> Look {
        let own = known.and_then(|known| Some((known.inventory.host(&known.name)?, known)));
        let desired = own.map(|(host, known)| DesiredHost::of(&known.inventory, host));
        let points: Vec<&str> = desired.iter().flat_map(DesiredHost::mount_points).collect();
        let mountinfo = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let at = |line: &str| line.split(' ').nth(4).is_some_and(|point| points.contains(&point));
        let mounts: Vec<String> = mountinfo.lines().filter(|line| at(line)).map(str::to_owned).collect();
        let mut answers = BTreeMap::new();
        for volume in desired.iter().flat_map(|desired| &desired.mounts) {
            let path = volume.mount.path.as_str();
            answers.insert(path.to_owned(), self.answers(path).await);
        }
        Look {
            inventory: known.map(|known| known.text.clone()).unwrap_or_default(),
            mounts,
            daemons: running(Path::new("/run/gluster")),
            glusterd: fs::read_to_string(glusterd::PID).ok(),
            answers,
        }
    }

    async fn answers(&mut self, path: &str) -> bool {
        let question = self.waiting.remove(path).unwrap_or_else(|| ask(path));
        tokio::pin!(question);
        match timeout(ANSWER, &mut question).await {
            Ok(answer) => matches!(answer, Ok(Ok(()))),
            Err(_) => false,
        }
    }
}

/// Asks the file system at a path; the kernel's cache does not answer this question.
fn ask(path: &str) -> JoinHandle<Result<(), Errno>> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || rustix::fs::statvfs(path.as_str()).map(|_| ()))
}

/// The processes whose numbers are in the files of this directory and below, and that run.
fn running(directory: &Path) -> BTreeSet<(PathBuf, String)> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.extend(running(&path));
        } else if path.extension().is_some_and(|ending| ending == "pid") {
            let process = fs::read_to_string(&path).unwrap_or_default().trim().to_owned();
            if !process.is_empty() && Path::new("/proc").join(&process).exists() {
                found.insert((path, process));
            }
        }
    }
    found
}
