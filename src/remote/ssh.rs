//! Scripts over SSH: one master connection a host, every script an SSH session over it.

use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::output::{self, feed};
use super::script::{Invocation, Root};
use super::sudo::{Passwords, Secret};
use super::target::Target;
use super::{GREETING_LIMIT, Output, RemoteError, RemoteHandle, Script, refusal};
use crate::inventory::HostName;
use crate::scale::SESSIONS_PER_HOST;

/// What the master says when the SSH server takes no further session on the connection, and after how long a session is
/// asked for again.
const REFUSED: &str = "Session open refused";
const PAUSE: Duration = Duration::from_millis(50);
pub(super) const STUCK: &str = "look at the host's console: it may be out of memory or stuck in I/O";

/// A connection to one host.
#[derive(Debug)]
pub struct Session {
    session: Arc<openssh::Session>,
    /// An open connection to the master's socket: while it is there, the master does not end, however long no script runs.
    _master: UnixStream,
    /// Limits how many scripts run at the same time.
    sessions: Arc<Semaphore>,
    root: Root,
    /// The login, if the inventory names it.
    user: Option<String>,
}

impl Session {
    /// Over the master that listens at a socket.
    pub(super) fn over(socket: PathBuf, target: &Target) -> Result<Self, RemoteError> {
        let lost = |error| RemoteError::new(format!("ssh ended after the login: {error}"), STUCK);
        Ok(Session {
            _master: UnixStream::connect(&socket).map_err(lost)?,
            session: Arc::new(openssh::Session::resume_mux(socket.into_boxed_path(), None)),
            sessions: Arc::new(Semaphore::new(SESSIONS_PER_HOST)),
            root: Root::of(target.become_root),
            user: target.user.clone(),
        })
    }

    /// Runs a script as root and waits for the script's end.
    ///
    /// # Errors
    /// [`RemoteError`] when the connection broke, or the host did not answer for longer than the script's limit.
    pub async fn run(&self, script: &Script) -> Result<Output, RemoteError> {
        let invocation = Invocation::of(script, &self.root)?;
        match timeout(script.patience(), self.end(&invocation)).await {
            Err(_) => Err(RemoteError::silent(script)),
            Ok(ended) => output::of(ended?, &self.root, self.user.as_deref()),
        }
    }

    /// Runs a command line to its end.
    async fn end(&self, invocation: &Invocation) -> Result<std::process::Output, RemoteError> {
        let _permit = self.sessions.acquire().await;
        let mut command = self.session.raw_command(invocation.line());
        command
            .stdin(openssh::Stdio::piped())
            .stdout(openssh::Stdio::piped())
            .stderr(openssh::Stdio::piped());
        let end = async {
            let mut child = loop {
                match command.spawn().await {
                    // A session that ended a moment ago may still count (MaxSessions). Nothing was run.
                    Err(openssh::Error::SshMux(error)) if error.to_string().contains(REFUSED) => sleep(PAUSE).await,
                    child => break child?,
                }
            };
            let stdin = child.stdin().take();
            let (stdout, stderr) = (output::read(child.stdout().take()), output::read(child.stderr().take()));
            // The exit status may arrive before the last output, and `wait` ends the session: the master would throw away
            // the output that it has not written by then (mux_master_control_cleanup_cb in OpenSSH's mux.c).
            let streams_first = async {
                let (stdout, stderr) = tokio::join!(stdout, stderr);
                (child.wait().await, stdout, stderr)
            };
            tokio::select! {
                (status, stdout, stderr) = streams_first => {
                    let lost = openssh::Error::ChildIo;
                    Ok(std::process::Output {
                        status: status?,
                        stdout: stdout.map_err(lost)?,
                        stderr: stderr.map_err(lost)?,
                    })
                }
                never = feed(stdin, &invocation.input) => match never {},
            }
        };
        match end.await {
            Ok(ended) => Ok(ended),
            // openssh reads exit status 127 as "no such program", whoever said so.
            Err(openssh::Error::Remote(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(output::no_program())
            }
            Err(_) => Err(RemoteError::new(
                "the connection was lost while a command was running; whether it finished is not known",
                "check that the host is up; then run the same command again, which carries on where this run stopped",
            )),
        }
    }

    /// Runs a short script before any other: a login can succeed on a host that is stuck all the same, or whose login may
    /// not run commands or is not root.
    pub(super) async fn greet(mut self, name: &HostName, passwords: &Passwords) -> Result<Self, RemoteError> {
        let error = match self.first().await {
            Ok(output) if self.root == Root::Sudo && refusal::wants_password(&output.stderr) => {
                let login = self.user.as_deref().unwrap_or("NAME");
                match passwords
                    .accepted(name.as_str(), login, |secret| self.accepts(secret))
                    .await
                {
                    Ok(secret) => {
                        self.root = Root::SudoWith(secret);
                        return Ok(self);
                    }
                    Err(error) => error,
                }
            }
            Ok(output) => match greeted(&output, &self) {
                None => return Ok(self),
                Some(error) => error,
            },
            Err(error) => error,
        };
        self.close().await;
        Err(error)
    }

    /// The output of the first script.
    async fn first(&self) -> Result<Output, RemoteError> {
        let short = Script {
            text: "id -u".to_owned(),
            limit: GREETING_LIMIT,
            changes: false,
        };
        let invocation = Invocation::of(&short, &self.root)?;
        self.soon(&invocation).await
    }

    /// Whether sudo accepts a password.
    async fn accepts(&self, secret: Secret) -> Result<bool, RemoteError> {
        let output = self.soon(&Invocation::trying(&secret)).await?;
        Ok(output.status == 0 && output.stdout.trim() == "0")
    }

    /// Runs a command line that ends soon, unless the host is stuck.
    async fn soon(&self, invocation: &Invocation) -> Result<Output, RemoteError> {
        let stuck = |_| {
            RemoteError::new(
                format!(
                    "the login succeeded, but a first command did not end within {} s",
                    GREETING_LIMIT.as_secs()
                ),
                STUCK,
            )
        };
        let ended = timeout(GREETING_LIMIT, self.end(invocation)).await.map_err(stuck)?;
        Ok(ended?.into())
    }

    /// Starts a script as root that goes on for as long as the handle is kept.
    ///
    /// # Errors
    /// [`RemoteError`] when the connection broke.
    pub async fn hold(&self, script: &str) -> Result<RemoteHandle, RemoteError> {
        let invocation = Invocation::held(script, &self.root)?;
        let permit = Arc::clone(&self.sessions).acquire_owned().await;
        let mut command = Arc::clone(&self.session).arc_raw_command(invocation.line());
        command
            .stdin(openssh::Stdio::piped())
            .stdout(openssh::Stdio::piped())
            .stderr(openssh::Stdio::null());
        let lost = |_| RemoteError::new("the connection was lost", "run the same command again");
        let mut child = command.spawn().await.map_err(lost)?;
        match (child.stdin().take(), child.stdout().take()) {
            (Some(stdin), Some(stdout)) => {
                Ok(RemoteHandle::start(&invocation.input, stdin, stdout, (child, permit)).await)
            }
            _ => Err(RemoteError::new(
                "the connection has no streams",
                "run the same command again",
            )),
        }
    }

    /// Ends the connection. Errors do not matter: an idle master ends by itself.
    pub async fn close(self) {
        if let Some(session) = Arc::into_inner(self.session) {
            let _ = timeout(Duration::from_secs(2), session.close()).await;
        }
    }
}

/// Why the output of the first script does not show a login that is root; none if it does.
fn greeted(output: &Output, session: &Session) -> Option<RemoteError> {
    if output.status == 0 {
        let is_root = output.stdout.lines().last() == Some("0");
        return (!is_root).then(|| {
            RemoteError::new(
                "the login is not root, and all that glusterctl looks at and does needs root",
                "write ssh: {become: sudo} in the inventory, or log in as root (ssh: {user: root})",
            )
        });
    }
    let of_sudo = match session.root {
        Root::Already => None,
        _ => refusal::explain_sudo(&output.stderr, session.user.as_deref()),
    };
    of_sudo.or_else(|| {
        let said = [output.stderr.trim(), output.stdout.trim()].join("\n");
        Some(RemoteError::new(
            format!("the login may not run commands: {}", said.trim()),
            "give the login a shell on the host (chsh -s /bin/sh)",
        ))
    })
}
