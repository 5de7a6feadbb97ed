//! The private directory of a run for the sockets of its SSH masters; and the directories that killed runs left.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::process::geteuid;
use tempfile::TempDir;

/// Not `gctl-`: an older glusterctl, which locks no directory, uses that prefix.
const PREFIX: &str = "gctl.";

/// A directory that is removed when the value is dropped or, if the program is killed before, by the next run.
#[derive(Debug)]
pub struct Sockets {
    directory: TempDir,
    /// The directory, locked for as long as the run lives.
    _lock: File,
}

impl Sockets {
    /// Makes a directory in `parent`, and removes the directories of runs that are gone.
    pub fn new(parent: &Path) -> io::Result<Self> {
        sweep(parent);
        loop {
            let directory = tempfile::Builder::new()
                .prefix(PREFIX)
                .permissions(Permissions::from_mode(0o700))
                .tempdir_in(parent)?;
            if let Some(sockets) = Self::lock(directory)? {
                return Ok(sockets);
            }
        }
    }

    /// Takes a directory, unless another run swept it before it was locked.
    fn lock(directory: TempDir) -> io::Result<Option<Self>> {
        let lock = match File::open(&directory) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            lock => lock?,
        };
        flock(&lock, FlockOperation::LockExclusive)?;
        let there = directory.path().exists();
        Ok(there.then_some(Sockets { directory, _lock: lock }))
    }

    /// The directory's path.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }
}

/// Removes our own directories that nobody holds a lock on. A directory that cannot be removed stops nothing else.
fn sweep(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX)) {
        // Of a symbolic link, these are the link's own metadata.
        let own = |found: fs::Metadata| found.is_dir() && found.uid() == geteuid().as_raw();
        if entry.metadata().is_ok_and(own)
            && let Ok(directory) = File::open(entry.path())
            && flock(&directory, FlockOperation::NonBlockingLockExclusive).is_ok()
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_is_swept_by_the_next() {
        let parent = tempfile::tempdir().unwrap();
        let mut killed = Sockets::new(parent.path()).unwrap();
        fs::write(killed.path().join("kube1.log"), "").unwrap();
        let left = killed.path().to_owned();
        // The kernel takes the lock of a process that is killed, and nobody removes its directory.
        killed.directory.disable_cleanup(true);
        drop(killed);
        assert!(left.exists());
        let next = Sockets::new(parent.path()).unwrap();
        assert!(!left.exists() && next.path().exists());
    }

    #[test]
    fn nothing_of_a_living_run_is_swept_until_it_ends() {
        let parent = tempfile::tempdir().unwrap();
        let living = Sockets::new(parent.path()).unwrap();
        let path = living.path().to_owned();
        let _other = Sockets::new(parent.path()).unwrap();
        assert!(path.exists());
        drop(living);
        assert!(!path.exists());
    }

    #[test]
    fn a_directory_that_is_swept_before_it_is_locked_is_not_taken() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_owned();
        let sweeper = File::open(&path).unwrap();
        flock(&sweeper, FlockOperation::LockExclusive).unwrap();
        let taking = std::thread::spawn(|| Sockets::lock(directory).unwrap().is_some());
        // Until it waits for the lock.
        std::thread::sleep(std::time::Duration::from_millis(100));
        assert!(!taking.is_finished());
        fs::remove_dir(&path).unwrap();
        drop(sweeper);
        assert!(!taking.join().unwrap());
    }

    #[test]
    fn what_is_not_such_a_directory_is_left_alone() {
        let parent = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let of = |name: &str| parent.path().join(name);
        fs::create_dir(of("other")).unwrap();
        fs::write(of("gctl.file"), "").unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), of("gctl.link")).unwrap();
        let _run = Sockets::new(parent.path()).unwrap();
        assert!(of("other").exists() && of("gctl.file").exists() && of("gctl.link").exists());
        assert!(elsewhere.path().exists());
    }

    #[test]
    fn runs_that_begin_at_once_sweep_none_of_each_other() {
        let parent = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let sockets = Sockets::new(parent.path()).unwrap();
                        std::thread::yield_now();
                        assert!(sockets.path().exists());
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}
