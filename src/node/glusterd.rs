//! Keeps glusterd running for as long as the plan's steps want it to run: a step says so with a file
//! (templates/supervised.sh). Bricks are processes of their own, which outlive a glusterd that was killed.

use std::fs;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::log::Log;

/// Exists while glusterd is wanted.
pub const WANTED: &str = "/run/glusterctl/glusterd.wanted";
/// The number of glusterd's process, while there is one.
pub const PID: &str = "/run/glusterctl/glusterd.pid";

/// How often it is looked whether glusterd is wanted.
const TICK: Duration = Duration::from_millis(200);
/// How long glusterd may take to end.
const END: Duration = Duration::from_secs(20);
/// The first and the longest pause before a glusterd that ended by itself is started again.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(60);

/// Starts and stops glusterd, for ever.
pub async fn supervise(log: Log) {
    let mut pause = FIRST;
    loop {
        while !is_wanted() {
            sleep(TICK).await;
        }
        let begun = Instant::now();
        let why = match start() {
            Ok(mut child) => {
                let _ = fs::write(PID, format!("{}\n", child.id().unwrap_or_default()));
                let ended = attend(&mut child).await;
                let _ = fs::remove_file(PID);
                match ended {
                    Some(status) => {
                        format!("glusterd ended by itself ({status}); its log is /var/log/glusterfs/glusterd.log")
                    }
                    None => continue,
                }
            }
            Err(error) => format!("glusterd cannot be started: {error}"),
        };
        if begun.elapsed() > LONGEST {
            pause = FIRST;
        }
        log.say(
            "glusterd",
            &format!("{why}; starting it again in {:.1} s", pause.as_secs_f64()),
        );
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST);
    }
}

fn is_wanted() -> bool {
    Path::new(WANTED).exists()
}

/// glusterd ends with this process, even if this process is killed.
fn start() -> std::io::Result<Child> {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", "glusterd", "-N"]).process_group(0);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

/// Waits until glusterd ends by itself, and returns its status; or until glusterd is not wanted any more, and ends it.
async fn attend(child: &mut Child) -> Option<ExitStatus> {
    while is_wanted() {
        if let Ok(status) = timeout(TICK, child.wait()).await {
            return status.ok();
        }
    }
    if let Some(process) = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)) {
        let _ = kill_process(process, Signal::TERM);
    }
    if timeout(END, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
    None
}
