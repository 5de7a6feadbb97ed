//! The first process of a container: its children are adopted processes such as bricks, and the kernel gives it no default
//! action for signals. So the first process does nothing but pass signals on and collect processes that ended; a child of
//! it does the work.

use std::process::Command;

use anyhow::Context;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};
use tokio::signal::unix::{SignalKind, signal};

/// Whether this is the first process of the machine or of the container.
#[must_use]
pub fn is_first_process() -> bool {
    std::process::id() == 1
}

/// Runs this very command line in a child, and returns the exit status of the child.
///
/// # Errors
/// The child cannot be started.
pub async fn as_init() -> anyhow::Result<u8> {
    let program = std::env::current_exe().context("finding the program's own file")?;
    let mut ended = signal(SignalKind::child()).context("waiting for signals")?;
    let mut terminate = signal(SignalKind::terminate()).context("waiting for signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("waiting for signals")?;
    let child = Command::new(program).args(std::env::args_os().skip(1)).spawn();
    let child = Pid::from_child(&child.context("starting the node")?);
    loop {
        tokio::select! {
            _ = ended.recv() => {}
            _ = terminate.recv() => { let _ = kill_process(child, Signal::TERM); }
            _ = interrupt.recv() => { let _ = kill_process(child, Signal::INT); }
        }
        while let Ok(Some((process, status))) = wait(WaitOptions::NOHANG) {
            if process == child {
                let status = status
                    .exit_status()
                    .or(status.terminating_signal().map(|signal| 128 + signal));
                return Ok(status.and_then(|status| u8::try_from(status).ok()).unwrap_or(1));
            }
        }
    }
}
