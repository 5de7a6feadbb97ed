//! Scripts on this machine, for a host that provisions itself: the same scripts as over SSH, in the same wrapping.

use std::fs;
use std::io::{Error, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, ToSocketAddrs, UdpSocket};
use std::process::Stdio;

use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::output::{self, feed};
use super::script::{Invocation, Root};
use super::sudo::Passwords;
use super::{GREETING_LIMIT, Output, RemoteError, RemoteHandle, Script, refusal};
use crate::inventory::{Become, Host, HostName};

/// This machine.
#[derive(Debug)]
pub struct Session {
    root: Root,
}

/// Whether a host of the inventory is this machine: this machine has the host's address, or the name that DNS knows.
pub fn is_this_machine(host: &Host) -> bool {
    // Only an address of one's own can be bound to, ip(7), unless the kernel was told to allow more: then the name
    // decides.
    let any = fs::read_to_string("/proc/sys/net/ipv4/ip_nonlocal_bind").is_ok_and(|value| value.trim() == "1");
    let is_named = || rustix::system::uname().nodename().to_bytes() == host.name.as_str().as_bytes();
    let is_own = |ip: IpAddr| UdpSocket::bind((ip, 0)).is_ok();
    match host.address.ip() {
        _ if any => is_named(),
        Some(ip) => is_own(ip),
        None => is_named() || resolved(host).any(|ip| !ip.is_loopback() && is_own(ip.into())),
    }
}

/// The addresses that DNS knows for a host now.
fn resolved(host: &Host) -> impl Iterator<Item = Ipv4Addr> {
    let found = (host.name.as_str(), 0).to_socket_addrs();
    found.into_iter().flatten().filter_map(|address| match address.ip() {
        IpAddr::V4(ip) => Some(ip),
        IpAddr::V6(_) => None,
    })
}

impl Session {
    pub fn new(become_root: Become) -> Self {
        Session {
            root: Root::of(become_root),
        }
    }

    /// Finds out which password sudo wants of the login that runs this program, if sudo wants one.
    pub(super) async fn greet(mut self, name: &HostName, passwords: &Passwords) -> Result<Self, RemoteError> {
        if self.root == Root::Already {
            return Ok(self);
        }
        let short = Script {
            text: "id -u".to_owned(),
            limit: GREETING_LIMIT,
            changes: false,
        };
        let first = Output::from(self.end(&Invocation::of(&short, &self.root)?, &short).await?);
        // What else sudo may say, the next script tells.
        if refusal::wants_password(&first.stderr) {
            let login = std::env::var("LOGNAME").unwrap_or_else(|_| "NAME".to_owned());
            let accepts = async |secret| {
                let tried = Output::from(self.end(&Invocation::trying(&secret), &short).await?);
                Ok(tried.status == 0 && tried.stdout.trim() == "0")
            };
            self.root = Root::SudoWith(passwords.accepted(name.as_str(), &login, accepts).await?);
        }
        Ok(self)
    }

    pub async fn run(&self, script: &Script) -> Result<Output, RemoteError> {
        let ended = self.end(&Invocation::of(script, &self.root)?, script).await?;
        output::of(ended, &self.root, None)
    }

    /// Runs a command line to its end, as long as the host is patient with the script.
    async fn end(&self, invocation: &Invocation, script: &Script) -> Result<std::process::Output, RemoteError> {
        let mut child = self.spawn(invocation, Stdio::piped())?;
        let stdin = child.stdin.take();
        let (stdout, stderr) = (output::read(child.stdout.take()), output::read(child.stderr.take()));
        let end = async {
            tokio::select! {
                (status, stdout, stderr) = async { tokio::join!(child.wait(), stdout, stderr) } => {
                    Ok(std::process::Output { status: status?, stdout: stdout?, stderr: stderr? })
                }
                never = feed(stdin, &invocation.input) => match never {},
            }
        };
        timeout(script.patience(), end)
            .await
            .map_err(|_| RemoteError::silent(script))?
            .map_err(|error| cannot(&error))
    }

    pub async fn hold(&self, script: &str) -> Result<RemoteHandle, RemoteError> {
        let invocation = Invocation::held(script, &self.root)?;
        let mut child = self.spawn(&invocation, Stdio::null())?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(stdin), Some(stdout)) => Ok(RemoteHandle::start(&invocation.input, stdin, stdout, child).await),
            _ => Err(RemoteError::new("sh has no streams", "run the same command again")),
        }
    }

    /// A shell that outlives this program, as a shell over SSH does: Ctrl-C at a terminal reaches the program alone.
    fn spawn(&self, invocation: &Invocation, stderr: Stdio) -> Result<Child, RemoteError> {
        if self.root == Root::Already && !rustix::process::geteuid().is_root() {
            return Err(RemoteError::new(
                "work on this machine itself needs root",
                "run glusterctl as root, or write ssh: {become: sudo} in the inventory",
            ));
        }
        let (program, arguments) = (&invocation.words[0], &invocation.words[1..]);
        let mut command = Command::new(program);
        command.args(arguments).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr);
        command.spawn().map_err(|error| match error.kind() {
            ErrorKind::NotFound => output::no_program(),
            _ => cannot(&error),
        })
    }
}

fn cannot(error: &Error) -> RemoteError {
    RemoteError::new(format!("sh could not be run: {error}"), "run the same command again")
}
