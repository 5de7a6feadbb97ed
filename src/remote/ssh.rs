//! Scripts over SSH: one master connection a host, every script an SSH session over it.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::output::{self, feed};
use super::script::Invocation;
use super::sockets::Sockets;
use super::{Output, RemoteError, RemoteHandle, Script, local, refusal};
use crate::inventory::{Become, Connection, Host, HostName};
use crate::scale::SESSIONS_PER_HOST;
use crate::shell;

/// How long TCP and the key exchange may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long the whole login may take: a server that accepts the connection and then hangs is given up afterwards.
const LOGIN_LIMIT: Duration = Duration::from_secs(20);
/// How long a master without sessions lives on after this program was killed and could not end the master.
const ORPHAN_LIMIT: Duration = Duration::from_secs(5);
/// What the master says when the SSH server takes no further session on the connection, and after how long a session is
/// asked for again.
const REFUSED: &str = "Session open refused";
const PAUSE: Duration = Duration::from_millis(50);
const STUCK: &str = "look at the host's console: it may be out of memory or stuck in I/O";

/// What all connections share: a private directory for the masters' sockets, and the ssh configuration.
#[derive(Debug)]
pub struct Connections {
    sockets: Sockets,
    config: Option<PathBuf>,
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
            this: None,
        })
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
        let mut ssh = Command::new("ssh");
        ssh.arg("-E").arg(&log).arg("-S").arg(&socket).args(["-M", "-f", "-N"]);
        for option in [
            format!("ControlPersist={}", ORPHAN_LIMIT.as_secs()),
            format!("ConnectTimeout={}", CONNECT_LIMIT.as_secs()),
            "BatchMode=yes".into(),
            "StrictHostKeyChecking=yes".into(),
            "ServerAliveInterval=5".into(),
            "ServerAliveCountMax=3".into(),
        ] {
            ssh.args(["-o", &option]);
        }
        ssh.args(&target.options).arg("--").arg(&target.destination);
        ssh.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // ssh goes to the background only once logged in: until then, giving up must end ssh.
        ssh.kill_on_drop(true);

        let status = timeout(LOGIN_LIMIT, ssh.status()).await;
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
            Ok(Ok(_)) => Err(refusal::explain(&said, &target.destination, &target.by_hand())),
            Ok(Err(error)) => Err(RemoteError::new(
                format!("ssh could not be run: {error}"),
                "install the OpenSSH client (openssh-client) on this machine",
            )),
            Err(_) => Err(RemoteError::new(
                format!(
                    "the SSH server at {} accepted the connection but did not finish the login within {} s",
                    target.destination,
                    LOGIN_LIMIT.as_secs()
                ),
                STUCK,
            )),
        }
    }
}

/// What ssh gets to know about a host.
struct Target {
    destination: String,
    options: Vec<std::ffi::OsString>,
    become_root: Become,
}

impl Target {
    /// The command with which a person makes the same connection.
    fn by_hand(&self) -> String {
        let options = self.options.iter().map(|option| option.to_string_lossy());
        let words = ["ssh".into()]
            .into_iter()
            .chain(options)
            .chain([self.destination.as_str().into()]);
        shell::words(words)
    }

    fn of(host: &Host, lab: Option<&Path>) -> Self {
        let mut options: Vec<std::ffi::OsString> = Vec::new();
        let mut option = |flag: &str, value: std::ffi::OsString| options.extend([flag.into(), value]);
        // In a lab the hosts are the lab's own: its configuration replaces what the inventory says about ssh.
        if let Some(config) = lab {
            option("-F", config.into());
            return Target {
                destination: host.name.to_string(),
                options,
                become_root: Become::No,
            };
        }
        let ssh = &host.ssh;
        if let Some(config) = &ssh.config_file {
            option("-F", config.into());
        }
        if let Some(user) = &ssh.user {
            option("-l", user.into());
        }
        if let Some(port) = ssh.port {
            option("-p", port.to_string().into());
        }
        if let Some(key) = &ssh.identity_file {
            option("-i", key.into());
            option("-o", "IdentitiesOnly=yes".into());
        }
        let destination = ssh.host.clone().unwrap_or_else(|| host.found_at());
        Target {
            destination,
            options,
            become_root: ssh.become_root,
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
            limit: LOGIN_LIMIT,
            changes: false,
        };
        let error = match timeout(LOGIN_LIMIT, self.run(&short)).await {
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
                    LOGIN_LIMIT.as_secs()
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
