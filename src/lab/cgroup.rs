//! The cgroup of a host: all of its processes, and no others, are in it.
//!
//! With a cgroup of its own, systemd inside manages its services as on a real host. It also is how the lab finds
//! processes again: never by their names, and a process id that was given to somebody else is not in the cgroup.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

const ROOT: &str = "/sys/fs/cgroup";
const PAUSE: Duration = Duration::from_millis(5);

/// One process, held by what cannot be recycled: its pid and when it started, in ticks since boot, proc(5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    pid: i32,
    started: u64,
}

/// The directories that make up the cgroup `unit`. The first is in the hierarchy of cgroup v2.
pub fn directories(unit: &str) -> Result<Vec<PathBuf>> {
    let root = Path::new(ROOT);
    if root.join("cgroup.controllers").exists() {
        return Ok(vec![root.join(unit)]);
    }
    if !root.join("unified/cgroup.controllers").exists() {
        bail!("{ROOT}: the lab needs the unified cgroup hierarchy, mounted there or at {ROOT}/unified");
    }
    // Where systemd's own v1 hierarchy is there too, systemd-nspawn looks into both.
    let roots = [root.join("unified"), root.join("systemd")];
    Ok(roots
        .into_iter()
        .filter(|root| root.exists())
        .map(|root| root.join(unit))
        .collect())
}

/// Makes the cgroup.
pub fn make(unit: &str) -> Result<()> {
    for directory in directories(unit)? {
        fs::create_dir_all(&directory).with_context(|| directory.display().to_string())?;
    }
    Ok(())
}

/// Removes what is left of the cgroup, which has no processes any more.
pub fn remove(unit: &str) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(10);
    let deadline = Instant::now() + PATIENCE;
    for directory in directories(unit)? {
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

/// The processes in the cgroup and below.
pub fn members(unit: &str) -> Result<Vec<Process>> {
    let mut pids = Vec::new();
    for directory in directories(unit)? {
        collect(&directory, &mut pids);
    }
    pids.sort_unstable();
    pids.dedup();
    // What ended meanwhile has no start time any more.
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

/// The first process of the host in the cgroup, if the host is up.
pub fn init(unit: &str) -> Result<Option<Process>> {
    let is_init = |process: &Process| {
        let status = fs::read_to_string(format!("/proc/{}/status", process.pid)).unwrap_or_default();
        let pids = status
            .lines()
            .find_map(|line| line.strip_prefix("NSpid:"))
            .unwrap_or_default();
        // In our pid namespace and in one more, where it is the first.
        let pids: Vec<&str> = pids.split_whitespace().collect();
        pids.len() == 2 && pids[1] == "1"
    };
    Ok(members(unit)?.into_iter().find(is_init))
}

/// Sends a signal to the process, if it is still there.
pub fn signal(process: Process, signal: Signal) -> Result<()> {
    let Some(pid) = Pid::from_raw(process.pid) else {
        return Ok(());
    };
    let sent = pidfd_open(pid, PidfdFlags::empty()).and_then(|pidfd| {
        // The pidfd stands for one process for good: if that is the right one now, it is when the signal is sent.
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

/// Kills everything in the cgroup, its init first, and waits until nothing is left.
pub fn kill(unit: &str) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(20);
    if let Some(init) = init(unit)? {
        signal(init, Signal::KILL)?;
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        let members = members(unit)?;
        if members.is_empty() {
            return Ok(());
        }
        if Instant::now() > deadline {
            let pids: Vec<String> = members.iter().map(|process| process.pid.to_string()).collect();
            bail!("cgroup {unit}: processes {} do not end, though killed", pids.join(", "));
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
