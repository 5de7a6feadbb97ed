//! How the hosts of a run are reached: over SSH with a master for each host, or on this machine itself.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;

use super::jump::{self, Between};
use super::new_key::NewKey;
use super::sockets::Sockets;
use super::ssh::{STUCK, Session};
use super::sudo::{Password, Passwords};
use super::target::Target;
use super::touch::{Login, Touches};
use super::{RemoteError, Tell, local, refusal};
use crate::inventory::{Connection, Host, HostName};

/// How long the login may take after the connection.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// How long a master without sessions lives on after this program was killed and could not end the master.
const ORPHAN_LIMIT: Duration = Duration::from_secs(5);

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
    passwords: Passwords,
    touches: Touches,
    /// The keys of hosts that ssh trusted at first sight, and that nobody was told of yet.
    new_keys: Mutex<Vec<NewKey>>,
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
            passwords: Passwords::new(Password::Unknown),
            touches: Touches::default(),
            new_keys: Mutex::new(Vec::new()),
            this: None,
        })
    }

    /// The same, within these limits.
    #[must_use]
    pub fn within(self, limits: Limits) -> Self {
        Connections { limits, ..self }
    }

    /// The same, with this password for sudo, wherever sudo wants one.
    #[must_use]
    pub fn with_password(self, password: Password) -> Self {
        Connections {
            passwords: Passwords::new(password),
            ..self
        }
    }

    /// The same, with this program, which ssh starts to tell of a security key that wants a touch, and whose [`answer`] then
    /// does the rest; and with what tells a person at a terminal, if there is one.
    ///
    /// [`answer`]: super::answer
    #[must_use]
    pub fn telling_of_touches(self, program: Option<PathBuf>, person: Option<Tell>) -> Self {
        Connections {
            touches: Touches::of(program, person),
            ..self
        }
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
            Reach::ThisMachine => {
                let session = local::Session::new(host.ssh.become_root);
                session
                    .greet(&host.name, &self.passwords)
                    .await
                    .map(super::Session::Local)
            }
            Reach::SelfManaged => Err(RemoteError::new(
                "provisions itself (connection: local), and this is another machine",
                "run the same command on the host",
            )),
        }
    }

    async fn ssh(&self, host: &Host) -> Result<Session, RemoteError> {
        let socket = self.sockets.path().join(host.name.as_str());
        let target = Target::of(host, self.config.as_deref());
        let mut turn = self.touches.turn().await;
        loop {
            let (login, said) = self.login(host, &target, &socket).await?;
            if let Some(key) = NewKey::of(&said, &host.name, &target, self.limits.connect).await {
                self.new_keys().push(key);
            }
            match login {
                Login::Ended(status) if status.success() => {
                    return Session::over(socket, &target)?.greet(&host.name, &self.passwords).await;
                }
                // A key that waits for a touch signs for nobody else: once more, one after the other.
                Login::Ended(_) if turn.is_none() && refusal::is_denied(&said) => {
                    turn = self.touches.turn().await;
                    if turn.is_none() {
                        return Err(self.explain(&target, Some(&said)).await);
                    }
                }
                Login::Ended(_) => return Err(self.explain(&target, Some(&said)).await),
                Login::Late => return Err(self.explain(&target, None).await),
            }
        }
    }

    /// The keys of hosts that ssh trusted at first sight since this was asked last.
    pub(super) fn take_new_keys(&self) -> Vec<NewKey> {
        std::mem::take(&mut self.new_keys())
    }

    fn new_keys(&self) -> MutexGuard<'_, Vec<NewKey>> {
        self.new_keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the master; how that ended, and what ssh said.
    async fn login(&self, host: &Host, target: &Target, socket: &Path) -> Result<(Login, String), RemoteError> {
        let file = |kind: &str| self.sockets.path().join(format!("{}.{kind}", host.name));
        let (log, keys) = (file("log"), file("keys"));
        if let Some(known) = target.known_host() {
            let cannot = |error| RemoteError::new(format!("writing {}: {error}", keys.display()), "make room in /tmp");
            std::fs::write(&keys, known).map_err(cannot)?;
        }
        // ssh appends to the log, and what an earlier attempt said is not true any more.
        let _ = std::fs::remove_file(&log);
        let first = ["-E".into(), log.clone().into(), "-S".into(), socket.into()];
        let persist = format!("ControlPersist={}", ORPHAN_LIMIT.as_secs());
        let master = ["-M", "-f", "-N", "-o", &persist].map(OsString::from);
        // ssh goes to the background only once logged in: until then, giving up ends ssh.
        let mut ssh = target.ssh(
            &[&first[..], &master[..], &target.trusting(&keys)].concat(),
            self.limits.connect,
        );
        let limit = self.limits.login();
        let login = self.touches.login(&host.name, &mut ssh, &file("ask"), limit).await?;
        let said = std::fs::read(&log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ok((login, said.unwrap_or_default()))
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
        let pinned = target.pinned.as_ref().and(said);
        if let Some(error) = pinned.and_then(|said| refusal::explain_pinned(said, &target.destination)) {
            return error;
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
