//! The cgroup of a stand-in: all processes of the stand-in, and no others, are in its cgroup.
//!
//! With a cgroup of its own, a stand-in's systemd manages services as on a real host. The lab finds a stand-in's
//! processes by the cgroup, never by their names: a process id that the kernel gave to another process is not in the
//! cgroup.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

const ROOT: &str = "/sys/fs/cgroup";
const PAUSE: Duration = Duration::from_millis(5);

/// One process, known by its pid and by when it started, in ticks since boot, proc(5): another process may get the pid,
/// but not with the same start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    pub pid: i32,
    started: u64,
}

/// The directories that make up the cgroup of that name. The first is in the hierarchy of cgroup v2.
pub fn directories(cgroup: &str) -> Result<Vec<PathBuf>> {
    let root = Path::new(ROOT);
    if root.join("cgroup.controllers").exists() {
        return Ok(vec![root.join(cgroup)]);
    }
    if !root.join("unified/cgroup.controllers").exists() {
        bail!("{ROOT}: the lab needs the unified cgroup hierarchy, mounted there or at {ROOT}/unified");
    }
    // Where systemd's own v1 hierarchy is mounted too, systemd-nspawn looks into both.
    let roots = [root.join("unified"), root.join("systemd")];
    Ok(roots
        .into_iter()
        .filter(|root| root.exists())
        .map(|root| root.join(cgroup))
        .collect())
}

/// Makes the cgroup.
pub fn make(cgroup: &str) -> Result<()> {
    for directory in directories(cgroup)? {
        fs::create_dir_all(&directory).with_context(|| directory.display().to_string())?;
    }
    Ok(())
}

/// Removes the directories of a cgroup that has no processes any more.
pub fn remove(cgroup: &str) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(10);
    let deadline = Instant::now() + PATIENCE;
    for directory in directories(cgroup)? {
        while let Err(error) = remove_tree(&directory) {
            // A cgroup stays busy for a moment after its last process ended.
            if Instant::now() > deadline {
                return Err(error).with_context(|| format!("{}: removing the cgroup", directory.display()));
            }
            thread::sleep(PAUSE);
        }
    }
    Ok(())
}

fn remove_tree(directory: &Path) -> std::io::Result<()> {
    for child in children(directory) {
        remove_tree(&child)?;
    }
    match fs::remove_dir(directory) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn children(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

/// The processes in the cgroup and in the cgroups below.
pub fn members(cgroup: &str) -> Result<Vec<Process>> {
    let mut pids = Vec::new();
    for directory in directories(cgroup)? {
        collect(&directory, &mut pids);
    }
    pids.sort_unstable();
    pids.dedup();
    // A process that ended meanwhile has no start time any more.
    Ok(pids
        .into_iter()
        .filter_map(|pid| started(pid).map(|started| Process { pid, started }))
        .collect())
}

fn collect(directory: &Path, pids: &mut Vec<i32>) {
    let listed = fs::read_to_string(directory.join("cgroup.procs")).unwrap_or_default();
    // 0 stands for a process of another pid namespace, which cannot be reached from here.
    pids.extend(
        listed
            .lines()
            .filter_map(|line| line.parse::<i32>().ok())
            .filter(|&pid| pid > 0),
    );
    for child in children(directory) {
        collect(&child, pids);
    }
}

/// The init process of the stand-in in the cgroup, if the stand-in is running.
pub fn init(cgroup: &str) -> Result<Option<Process>> {
    let is_init = |process: &Process| {
        let status = fs::read_to_string(format!("/proc/{}/status", process.pid)).unwrap_or_default();
        let pids = status
            .lines()
            .find_map(|line| line.strip_prefix("NSpid:"))
            .unwrap_or_default();
        // The init process is in our pid namespace and in one more, as that one's process 1.
        let pids: Vec<&str> = pids.split_whitespace().collect();
        pids.len() == 2 && pids[1] == "1"
    };
    Ok(members(cgroup)?.into_iter().find(is_init))
}

/// Sends a signal to the process, unless the process has ended.
pub fn signal(process: Process, signal: Signal) -> Result<()> {
    let Some(pid) = Pid::from_raw(process.pid) else {
        return Ok(());
    };
    let sent = pidfd_open(pid, PidfdFlags::empty()).and_then(|pidfd| {
        // The pidfd stands for one process for good: if the pidfd's process is ours now, the signal goes to our
        // process.
        if started(process.pid) == Some(process.started) {
            pidfd_send_signal(&pidfd, signal)
        } else {
            Ok(())
        }
    });
    match sent {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error).with_context(|| format!("sending a signal to process {}", process.pid)),
    }
}

/// Kills every process in the cgroup, init first, and waits until all have ended.
pub fn kill(cgroup: &str) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(20);
    if let Some(init) = init(cgroup)? {
        signal(init, Signal::KILL)?;
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        let members = members(cgroup)?;
        if members.is_empty() {
            return Ok(());
        }
        if Instant::now() > deadline {
            let pids: Vec<String> = members.iter().map(|process| process.pid.to_string()).collect();
            bail!(
                "cgroup {cgroup}: processes {} do not end, though killed",
                pids.join(", ")
            );
        }
        for process in members {
            signal(process, Signal::KILL)?;
        }
        thread::sleep(PAUSE);
    }
}

fn started(pid: i32) -> Option<u64> {
    const STARTTIME: usize = 22; // proc(5); the second field, in parentheses, may contain anything
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?
        .1
        .split_whitespace()
        .nth(STARTTIME - 3)?
        .parse()
        .ok()
}
