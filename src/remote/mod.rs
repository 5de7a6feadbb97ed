//! The only seam to the outside: run this script on that host. Every command goes through here.

mod connections;
mod handle;
mod hosts;
mod jump;
mod local;
mod new_key;
mod output;
mod refusal;
mod script;
mod sockets;
mod ssh;
mod sudo;
mod target;
mod touch;

use std::time::Duration;

use crate::inventory::Become;

pub use connections::{Connections, Limits, Reach};
pub use handle::RemoteHandle;
pub use hosts::{Hosts, Tell};
pub use local::is_this_machine;
pub use new_key::NewKey;
pub use output::Output;
pub use script::{STEP_LOCK, Script};
pub use sudo::{Ask, PASSWORD_VARIABLE, Password, Secret};
pub use touch::answer;

/// How long the first script on a host may take.
const GREETING_LIMIT: Duration = Duration::from_secs(20);
/// How long after the limit of a script that changes something the host counts as lost.
const GRACE: Duration = Duration::from_secs(20);
/// The same for a script that changes nothing: whether such a script still runs does not matter.
const READING_GRACE: Duration = Duration::from_secs(5);

/// A connection that runs scripts on one host.
#[derive(Debug)]
pub enum Session {
    /// Over SSH.
    Ssh(ssh::Session),
    /// On this machine.
    Local(local::Session),
}

impl Session {
    /// For this machine itself, whatever its name is; the program must run as root.
    #[must_use]
    pub fn this_machine() -> Self {
        Session::Local(local::Session::new(Become::No))
    }

    /// Runs a script as root and waits for the script's end.
    ///
    /// # Errors
    /// [`RemoteError`] when the connection broke, or the host did not answer for longer than the script's limit.
    pub async fn run(&self, script: &Script) -> Result<Output, RemoteError> {
        match self {
            Session::Ssh(session) => session.run(script).await,
            Session::Local(session) => session.run(script).await,
        }
    }

    /// Starts a script as root that goes on for as long as the handle is kept.
    ///
    /// # Errors
    /// [`RemoteError`] when the connection broke.
    pub async fn hold(&self, script: &str) -> Result<RemoteHandle, RemoteError> {
        match self {
            Session::Ssh(session) => session.hold(script).await,
            Session::Local(session) => session.hold(script).await,
        }
    }

    /// Ends the connection. Errors do not matter: an idle SSH master ends by itself.
    pub async fn close(self) {
        match self {
            Session::Ssh(session) => session.close().await,
            Session::Local(_) => {}
        }
    }
}

/// Why it is not known how a script ended: the host was not reached, or the connection broke meanwhile. What the script
/// did so far must be observed, never assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteError {
    /// What happened.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl RemoteError {
    fn silent(script: &Script) -> Self {
        let seconds = script.patience().as_secs();
        RemoteError::new(
            format!("the host stopped answering: no result after {seconds} s"),
            "look at the host's console; then run the same command again, which carries on where this run stopped",
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
