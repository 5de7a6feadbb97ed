//! Scripts on this machine, for a host that provisions itself: the same scripts as over SSH, in the same wrapping.

use std::fs;
use std::net::UdpSocket;
use std::process::Stdio;

use tokio::process::Command;
use tokio::time::timeout;

use super::{GRACE, Output, RemoteError, RemoteHandle, Script, line, refusal};
use crate::inventory::{Become, Host};

/// This machine.
#[derive(Debug)]
pub struct Session {
    become_root: Become,
}

/// Whether a host of the inventory is this machine: it has the host's address.
pub fn is_this_machine(host: &Host) -> bool {
    // Only an address of one's own can be bound to, ip(7), unless the kernel was told to allow more: then the name decides.
    let any = fs::read_to_string("/proc/sys/net/ipv4/ip_nonlocal_bind").is_ok_and(|value| value.trim() == "1");
    if any {
        return rustix::system::uname().nodename().to_bytes() == host.name.as_str().as_bytes();
    }
    UdpSocket::bind((host.address, 0)).is_ok()
}

impl Session {
    pub fn new(become_root: Become) -> Self {
        Session { become_root }
    }

    pub async fn run(&self, script: &Script) -> Result<Output, RemoteError> {
        let mut command = self.command(&line(self.become_root, Some(script), &script.text))?;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let output = timeout(script.limit + GRACE, command.output())
            .await
            .map_err(|_| RemoteError::silent(script))?
            .map_err(|error| cannot(&error))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let stderr = text(&output.stderr);
        if self.become_root == Become::Sudo
            && let Some(lost) = refusal::explain_sudo(&stderr, None)
        {
            return Err(lost);
        }
        Ok(Output {
            status: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr,
        })
    }

    pub fn hold(&self, script: &str) -> Result<RemoteHandle, RemoteError> {
        let mut command = self.command(&line(self.become_root, None, script))?;
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| cannot(&error))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(stdin), Some(stdout)) => Ok(RemoteHandle::new(stdin, stdout, child)),
            _ => Err(RemoteError::new("sh has no streams", "run the same command again")),
        }
    }

    /// A shell that outlives this program, as one over SSH does: Ctrl-C at a terminal reaches the program alone.
    fn command(&self, line: &str) -> Result<Command, RemoteError> {
        if self.become_root == Become::No && !rustix::process::geteuid().is_root() {
            return Err(RemoteError::new(
                "work on this machine itself needs root",
                "run it as root, or write ssh: {become: sudo} in the inventory",
            ));
        }
        let mut command = Command::new("sh");
        command.arg("-c").arg(line).process_group(0);
        Ok(command)
    }
}

fn cannot(error: &std::io::Error) -> RemoteError {
    RemoteError::new(format!("sh could not be run: {error}"), "run the same command again")
}
