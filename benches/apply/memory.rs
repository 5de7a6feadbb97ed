//! How much memory `apply` takes on the operator's machine: the program, and the ssh masters that it starts, one a host.
//!
//! Both are held against their targets by their peak resident set (RSS, `VmHWM` in proc_pid_status(5)), the strictest of the
//! usual measures: a page counts in full for each process that has it, though the masters share most of theirs, those of
//! libcrypto and libc. Shown beside it for a master: the proportional set (PSS: a page shared by n processes counts 1/n in
//! each, proc_pid_smaps(5)), and its private pages, which are what one more host really costs. A master is what is left in
//! the background after the login; the `ssh` that logs in before it is larger, for the fraction of a second that it lives.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, WaitOptions, getpid, set_child_subreaper, waitpid};

use crate::figures::met;

const PAUSE: Duration = Duration::from_millis(10);

/// The peaks of one run, in KiB.
pub struct Memory {
    program: u64,
    masters: BTreeMap<i32, Master>,
}

#[derive(Default, Clone, Copy)]
struct Master {
    rss: u64,
    pss: u64,
    private: u64,
}

/// Runs the command to its end and looks at it again and again.
pub fn watch(mut command: Command) -> Result<Memory> {
    // A master puts itself into the background: then it is a child of ours, and found without looking for names.
    set_child_subreaper(Some(getpid())).context("becoming the parent of the ssh masters")?;
    let mut program = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let mut memory = Memory {
        program: 0,
        masters: BTreeMap::new(),
    };
    let own = i32::try_from(program.id())?;
    let status = loop {
        memory.program = memory.program.max(field(own, "status", "VmHWM:").unwrap_or_default());
        for pid in children()?.into_iter().filter(|pid| *pid != own) {
            let seen = memory.masters.entry(pid).or_default();
            let more = |peak: &mut u64, value: Option<u64>| *peak = (*peak).max(value.unwrap_or_default());
            more(&mut seen.rss, field(pid, "status", "VmHWM:"));
            more(&mut seen.pss, field(pid, "smaps_rollup", "Pss:"));
            let private = ["Private_Clean:", "Private_Dirty:"].map(|name| field(pid, "smaps_rollup", name));
            more(&mut seen.private, private.into_iter().sum());
        }
        if let Some(status) = program.try_wait()? {
            break status;
        }
        sleep(PAUSE);
    };
    set_child_subreaper(None).context("ending that")?;
    for pid in memory.masters.keys().filter_map(|pid| Pid::from_raw(*pid)) {
        // Those that ended; others, whoever started them, are not waited for.
        let _ = waitpid(Some(pid), WaitOptions::NOHANG);
    }
    if !status.success() {
        bail!("apply failed ({status}) while its memory was measured");
    }
    Ok(memory)
}

impl Memory {
    /// Prints the peaks.
    pub fn print(&self) {
        const PROGRAM_MIB: f64 = 32.0;
        const MASTER_MIB: f64 = 4.0;
        let program = mib(self.program);
        println!("\nmemory, peaks of a fresh apply");
        println!("  glusterctl, resident                {program:>7.1} MiB");
        println!("  target: below {PROGRAM_MIB} MiB: {}", met(program < PROGRAM_MIB));
        let largest = |of: fn(&Master) -> u64| mib(self.masters.values().map(of).max().unwrap_or_default());
        let resident = largest(|master| master.rss);
        println!(
            "  ssh master, resident (largest of {})  {resident:>7.1} MiB",
            self.masters.len()
        );
        println!("  target: below {MASTER_MIB} MiB: {}", met(resident < MASTER_MIB));
        println!(
            "    proportional                      {:>7.1} MiB",
            largest(|master| master.pss)
        );
        println!(
            "    private                           {:>7.1} MiB",
            largest(|master| master.private)
        );
    }
}

fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

fn children() -> Result<Vec<i32>> {
    const PARENT: usize = 1; // proc_pid_stat(5); the second field, in parentheses, may contain anything
    let own = getpid().to_string();
    let mut children = Vec::new();
    for entry in fs::read_dir("/proc").context("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // What ended meanwhile is nobody's child.
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        if fields.split_whitespace().nth(PARENT) == Some(&own) {
            children.push(pid);
        }
    }
    Ok(children)
}

/// A value in KiB from one of a process's files in /proc, while it lives.
fn field(pid: i32, file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    value.split_whitespace().next()?.parse().ok()
}
