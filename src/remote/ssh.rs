//! Scripts over SSH: one master connection a host, every script an SSH session over it.

use std::ffi::OsString;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::jump::{self, Between};
use super::output::{self, feed};
use super::script::Invocation;
use super::sockets::Sockets;
use super::target::Target;
use super::{Output, RemoteError, RemoteHandle, Script, local, refusal};
use crate::inventory::{Become, Connection, Host, HostName};
use crate::scale::SESSIONS_PER_HOST;

/// How long the login may take after the connection.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// How long the first script after the login may take.
const GREETING_LIMIT: Duration = Duration::from_secs(20);
/// How long a master without sessions lives on after this program was killed and could not end the master.
const ORPHAN_LIMIT: Duration = Duration::from_secs(5);
/// What the master says when the SSH server takes no further session on the connection, and after how long a session is
/// asked for again.
const REFUSED: &str = "Session open refused";
const PAUSE: Duration = Duration::from_millis(50);
const STUCK: &str = "look at the host's console: it may be out of memory or stuck in I/O";

/// What a run is patient with, and how much it does at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long TCP and the key exchange may take.
    pub connect: Duration,
    /// How many hosts are worked on at the same time; none for as many as there are.
    pub hosts: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connect: Duration::from_secs(10),
            hosts: None,
        }
    }
}

impl Limits {
    /// How long the whole login may take: a server that accepts the connection and then hangs is given up afterwards.
    fn login(&self) -> Duration {
        self.connect + ANSWER_LIMIT
    }
}

/// What all connections share: a private directory for the masters' sockets, the ssh configuration, and the limits.
#[derive(Debug)]
pub struct Connections {
    sockets: Sockets,
    config: Option<PathBuf>,
    pub(super) limits: Limits,
    /// The host that this machine is, if that is settled.
    this: Option<HostName>,
}

/// How a host is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Over SSH.
    Ssh,
    /// The host is this machine.
    ThisMachine,
    /// Not at all: the host provisions itself.
    SelfManaged,
}

/// A connection to one host.
#[derive(Debug)]
pub struct Session {
    session: Arc<openssh::Session>,
    /// An open connection to the master's socket: while it is there, the master does not end, however long no script runs.
    _master: UnixStream,
    /// Limits how many scripts run at the same time.
    sessions: Arc<Semaphore>,
    become_root: Become,
    /// The login, if the inventory names it.
    user: Option<String>,
}

impl Connections {
    /// Prepares for connections. With `config`, that ssh_config alone says how hosts are reached, by their names.
    ///
    /// # Errors
    /// When no private directory can be made.
    pub fn new(config: Option<PathBuf>) -> anyhow::Result<Self> {
        // Not TMPDIR: a socket's path has at most 107 bytes.
        let sockets = Sockets::new(Path::new("/tmp")).context("making a directory for ssh control sockets in /tmp")?;
        Ok(Connections {
            sockets,
            config,
            limits: Limits::default(),
            this: None,
        })
    }

    /// The same, within these limits.
    #[must_use]
    pub fn within(self, limits: Limits) -> Self {
        Connections { limits, ..self }
    }

    /// For a machine that is this host of the inventory, whatever the inventory says of connections: all other hosts
    /// provision themselves.
    ///
    /// # Errors
    /// When no private directory can be made.
    pub fn of_node(this: HostName) -> anyhow::Result<Self> {
        Ok(Connections {
            this: Some(this),
            ..Connections::new(None)?
        })
    }

    /// Whether a host is reached, and how: in a lab, over SSH whatever the inventory says.
    #[must_use]
    pub fn reach(&self, host: &Host) -> Reach {
        if let Some(this) = &self.this {
            return match *this == host.name {
                true => Reach::ThisMachine,
                false => Reach::SelfManaged,
            };
        }
        match (host.connection, &self.config) {
            (Connection::Ssh, _) | (_, Some(_)) => Reach::Ssh,
            (Connection::Local, None) if local::is_this_machine(host) => Reach::ThisMachine,
            (Connection::Local, None) => Reach::SelfManaged,
        }
    }

    /// Connects to a host and logs in.
    ///
    /// # Errors
    /// [`RemoteError`] names the reason ssh gave, and the remedy.
    pub async fn connect(&self, host: &Host) -> Result<super::Session, RemoteError> {
        match self.reach(host) {
            Reach::Ssh => self.ssh(host).await.map(super::Session::Ssh),
            Reach::ThisMachine => Ok(super::Session::Local(local::Session::new(host.ssh.become_root))),
            Reach::SelfManaged => Err(RemoteError::new(
                "provisions itself (connection: local), and this is another machine",
                "run the same command on the host",
            )),
        }
    }

    async fn ssh(&self, host: &Host) -> Result<Session, RemoteError> {
        let socket = self.sockets.path().join(host.name.as_str());
        let log = self.sockets.path().join(format!("{}.log", host.name));
        let target = Target::of(host, self.config.as_deref());
        let first = ["-E".into(), log.clone().into(), "-S".into(), socket.clone().into()];
        let persist = format!("ControlPersist={}", ORPHAN_LIMIT.as_secs());
        let master = ["-M", "-f", "-N", "-o", &persist].map(OsString::from);
        // ssh goes to the background only once logged in: until then, giving up ends ssh.
        let mut ssh = target.ssh(&[&first[..], &master[..]].concat(), self.limits.connect);

        let status = timeout(self.limits.login(), ssh.status()).await;
        let said = std::fs::read(&log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default();
        match status {
            Ok(Ok(status)) if status.success() => {
                let lost = |error| RemoteError::new(format!("ssh ended after the login: {error}"), STUCK);
                let session = Session {
                    _master: UnixStream::connect(&socket).map_err(lost)?,
                    session: Arc::new(openssh::Session::resume_mux(socket.into_boxed_path(), None)),
                    sessions: Arc::new(Semaphore::new(SESSIONS_PER_HOST)),
                    become_root: target.become_root,
                    user: host.ssh.user.clone(),
                };
                session.greet().await
            }
            Ok(Ok(_)) => Err(self.explain(&target, Some(&said)).await),
            Ok(Err(error)) => Err(RemoteError::new(
                format!("ssh could not be run: {error}"),
                "install the OpenSSH client (openssh-client) on this machine",
            )),
            Err(_) => Err(self.explain(&target, None).await),
        }
    }

    /// Why ssh failed, from what ssh `said`; without that, why ssh did not finish the login in time.
    async fn explain(&self, target: &Target, said: Option<&str>) -> RemoteError {
        if said.is_none_or(refusal::is_of_proxy) {
            match Between::of(target, self.limits.connect).await {
                Between::Jumps { jumps, to } => {
                    if let Some(error) = jump::why(target, &jumps, &to, self.limits.connect).await {
                        return error;
                    }
                }
                Between::Program => return refusal::not_through_proxy(&target.destination, &target.by_hand()),
                Between::Nothing => {}
            }
        }
        match said {
            Some(said) => refusal::explain(said, &target.destination, &target.by_hand()),
            None => RemoteError::new(
                format!(
                    "the SSH server at {} accepted the connection but did not finish the login within {} s",
                    target.destination,
                    self.limits.login().as_secs()
                ),
                STUCK,
            ),
        }
    }
}

impl Session {
    /// Runs a script as root and waits for the script's end.
    ///
    /// # Errors
    /// [`RemoteError`] when the connection broke, or the host did not answer for longer than the script's limit.
    pub async fn run(&self, script: &Script) -> Result<Output, RemoteError> {
        let invocation = Invocation::of(script, self.become_root)?;
        let _permit = self.sessions.acquire().await;
        let mut command = self.session.raw_command(invocation.words.join(" "));
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
        match timeout(script.patience(), end).await {
            Err(_) => Err(RemoteError::silent(script)),
            Ok(Ok(ended)) => output::of(ended, self.become_root, self.user.as_deref()),
            // openssh reads exit status 127 as "no such program", whoever said so.
            Ok(Err(openssh::Error::Remote(error))) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(output::no_program())
            }
            Ok(Err(_)) => Err(RemoteError::new(
                "the connection was lost while a command was running; whether it finished is not known",
                "check that the host is up; then run the same command again, which carries on where this run stopped",
            )),
        }
    }

    /// Runs a short script before any other: a login can succeed on a host that is stuck all the same, or whose login may
    /// not run commands or is not root.
    async fn greet(self) -> Result<Self, RemoteError> {
        let short = Script {
            text: "id -u".to_owned(),
            limit: GREETING_LIMIT,
            changes: false,
        };
        let error = match timeout(GREETING_LIMIT, self.run(&short)).await {
            Ok(Ok(output)) if output.status == 0 => match output.stdout.lines().last() {
                Some("0") => return Ok(self),
                _ => RemoteError::new(
                    "the login is not root, and all that glusterctl looks at and does needs root",
                    "write ssh: {become: sudo} in the inventory, or log in as root (ssh: {user: root})",
                ),
            },
            Ok(Ok(output)) => {
                let said = [output.stderr.trim(), output.stdout.trim()].join("\n");
                RemoteError::new(
                    format!("the login may not run commands: {}", said.trim()),
                    "give the login a shell on the host (chsh -s /bin/sh)",
                )
            }
            Ok(Err(error)) => error,
            Err(_) => RemoteError::new(
                format!(
                    "the login succeeded, but a first command did not end within {} s",
                    GREETING_LIMIT.as_secs()
                ),
                STUCK,
            ),
        };
        self.close().await;
        Err(error)
    }

    /// Starts a script as root that goes on for as long as the handle is kept.
    ///
    /// # Errors
    /// [`RemoteError`] when the connection broke.
    pub async fn hold(&self, script: &str) -> Result<RemoteHandle, RemoteError> {
        let invocation = Invocation::held(script, self.become_root)?;
        let permit = Arc::clone(&self.sessions).acquire_owned().await;
        let mut command = Arc::clone(&self.session).arc_raw_command(invocation.words.join(" "));
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
