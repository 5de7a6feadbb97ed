//! The only seam to the outside: run this script on that host.

mod refusal;
mod ssh;

use std::time::Duration;

pub use ssh::{Connections, Held, Session};

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
pub struct Lost {
    /// What happened.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl Lost {
    fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Lost {
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n{}", self.what, self.remedy)
    }
}

impl std::error::Error for Lost {}
