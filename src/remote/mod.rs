//! The only seam to the outside: run this script on that host.

mod handle;
mod hosts;
mod local;
mod refusal;
mod sockets;
mod ssh;

use std::time::Duration;

use crate::inventory::Become;
use crate::shell;

pub use handle::RemoteHandle;
pub use hosts::Hosts;
pub use ssh::{Connections, Reach};

/// How much longer than its own limit a script is waited for before the host counts as lost.
const GRACE: Duration = Duration::from_secs(20);

const PRELUDE: &str = "set -eu; export LC_ALL=C DEBIAN_FRONTEND=noninteractive \
                       PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; umask 022\n";

/// A way to run scripts on one host.
#[derive(Debug)]
pub enum Session {
    /// Over SSH.
    Ssh(ssh::Session),
    /// On this machine.
    Local(local::Session),
}

impl Session {
    /// For this machine itself, whatever it is called; the program must run as root.
    #[must_use]
    pub fn this_machine() -> Self {
        Session::Local(local::Session::new(Become::No))
    }

    /// Runs a script as root and waits for its end.
    ///
    /// # Errors
    /// [`RemoteError`] when the connection broke, or the host did not answer for longer than the script's limit.
    pub async fn run(&self, script: &Script) -> Result<Output, RemoteError> {
        match self {
            Session::Ssh(session) => session.run(script).await,
            Session::Local(session) => session.run(script).await,
        }
    }

    /// Starts a script as root that goes on for as long as the result is kept.
    ///
    /// # Errors
    /// [`RemoteError`] when the connection broke.
    pub async fn hold(&self, script: &str) -> Result<RemoteHandle, RemoteError> {
        match self {
            Session::Ssh(session) => session.hold(script).await,
            Session::Local(session) => session.hold(script),
        }
    }

    /// Ends the connection. Errors do not matter: an idle master ends by itself.
    pub async fn close(self) {
        match self {
            Session::Ssh(session) => session.close().await,
            Session::Local(_) => {}
        }
    }
}

/// What a shell on the host gets: the text with the usual around it, within the script's limit and, if it changes
/// something, with the lock of those that do. Without a script, for as long as it takes.
fn line(become_root: Become, script: Option<&Script>, text: &str) -> String {
    let become_root = match become_root {
        Become::No => "",
        Become::Sudo => "sudo -n ",
    };
    let wrapper = match script {
        None => "env".to_owned(),
        Some(script) => {
            // Not inherited by what the script starts (-o): a daemon would hold the lock for ever.
            let lock = if script.changes {
                format!(" flock -o {STEP_LOCK}")
            } else {
                String::new()
            };
            format!("timeout -k 10 {}{lock}", script.limit.as_secs())
        }
    };
    format!(
        "{become_root}{wrapper} sh -c {}",
        shell::quote(&format!("{PRELUDE}{text}"))
    )
}

/// A POSIX shell script to run as root on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// What `sh -c` gets, with `LC_ALL=C`, a usual `PATH` and `set -eu` in force.
    pub text: String,
    /// After this long the host itself ends it.
    pub limit: Duration,
    /// It changes something: whoever takes the cluster's lock after this program was killed waits for its end.
    pub changes: bool,
}

/// On each host, held by every script that changes something for as long as it runs.
pub const STEP_LOCK: &str = "/run/glusterctl.step.lock";

/// What a script printed and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The exit status; 124 when the limit ended it.
    pub status: i32,
    /// Standard output; what is not UTF-8 is replaced.
    pub stdout: String,
    /// Standard error, likewise.
    pub stderr: String,
}

/// Why it is not known how a script ended: the host was not reached, or lost on the way. What it did so far must be
/// observed, never assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteError {
    /// What happened.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl RemoteError {
    fn silent(script: &Script) -> Self {
        let seconds = (script.limit + GRACE).as_secs();
        RemoteError::new(
            format!("the host stopped answering: no result after {seconds} s"),
            "look at the host's console; then run the same command again, it carries on from what is there",
        )
    }

    fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        RemoteError {
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}

impl std::fmt::Display for RemoteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n{}", self.what, self.remedy)
    }
}

impl std::error::Error for RemoteError {}
