//! Security keys (FIDO) that want a touch before they sign. ssh tells so by a program (`SSH_ASKPASS` in ssh(1)), which is
//! glusterctl itself, and which tells the run over a socket.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream as Stream;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep_until};

use super::{RemoteError, Tell};
use crate::inventory::HostName;

/// The environment variable with the socket of the run.
const SOCKET_VARIABLE: &str = "GLUSTERCTL_ASKPASS";

/// Answers ssh, if ssh started this process to ask something: with a text as the only argument, and the run's socket in the
/// environment. A touch is told to the run, until it is over; every question is left without an answer.
#[must_use]
pub fn answer() -> Option<ExitCode> {
    let socket = std::env::var_os(SOCKET_VARIABLE)?;
    let mut arguments = std::env::args().skip(1);
    let text = arguments.next().filter(|text| text.contains(' '))?;
    if arguments.next().is_some() {
        return None;
    }
    // ssh(1) does not say so, but readpass.c: "none" wants no answer.
    let is_touch = std::env::var_os("SSH_ASKPASS_PROMPT").as_deref() == Some(OsStr::new("none"));
    let told = is_touch.then(|| tell(Path::new(&socket), &text));
    Some(match told {
        Some(Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Tells the run a text, and stays until ssh ends this process or the run is gone.
fn tell(socket: &Path, text: &str) -> io::Result<()> {
    let mut stream = Stream::connect(socket)?;
    stream.write_all(format!("{}\n", text.replace('\n', " ")).as_bytes())?;
    stream.read(&mut [0]).map(drop)
}

/// What a run knows of security keys.
#[derive(Debug, Default)]
pub(super) struct Touches {
    /// This program, which ssh starts; none if ssh cannot tell of touches.
    program: Option<PathBuf>,
    /// Tells a person at a terminal; none if nobody is there.
    person: Option<Tell>,
    /// A key wanted a touch in this run.
    wanted: AtomicBool,
    /// One login after the other: a security key signs for one at a time.
    turn: Mutex<()>,
}

/// How a login ended.
#[derive(Debug)]
pub(super) enum Login {
    Ended(ExitStatus),
    /// ssh took longer than it may.
    Late,
}

impl Touches {
    pub fn of(program: Option<PathBuf>, person: Option<Tell>) -> Self {
        Touches {
            program,
            person,
            ..Touches::default()
        }
    }

    /// The turn of a login, if a key wants touches.
    pub async fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        match self.wanted.load(Ordering::Relaxed) {
            true => Some(self.turn.lock().await),
            false => None,
        }
    }

    /// Runs ssh until it is logged in. The time in which a key waits for a touch does not count.
    pub async fn login(
        &self,
        host: &HostName,
        ssh: &mut Command,
        socket: &Path,
        limit: Duration,
    ) -> Result<Login, RemoteError> {
        let cannot = |error: io::Error| {
            RemoteError::new(
                format!("ssh could not be run: {error}"),
                "install the OpenSSH client (openssh-client) on this machine",
            )
        };
        // Of an earlier attempt.
        let _ = std::fs::remove_file(socket);
        let listener = match &self.program {
            Some(program) => {
                ssh.env("SSH_ASKPASS", program).env(SOCKET_VARIABLE, socket);
                Some(UnixListener::bind(socket).map_err(cannot)?)
            }
            None => None,
        };
        let mut child = ssh.spawn().map_err(cannot)?;
        loop {
            match one(&mut child, listener.as_ref(), limit).await {
                Step::Ended(status) => return Ok(Login::Ended(status.map_err(cannot)?)),
                Step::Late => return Ok(Login::Late),
                Step::Wants(text, mut stream) => {
                    self.wanted.store(true, Ordering::Relaxed);
                    let Some(person) = self.person else {
                        return Err(nobody(&text));
                    };
                    person(host, &text);
                    // Until ssh ends the program that told of the touch.
                    let mut rest = [0];
                    tokio::select! {
                        status = child.wait() => return Ok(Login::Ended(status.map_err(cannot)?)),
                        _ = stream.read(&mut rest) => {}
                    }
                }
            }
        }
    }
}

/// What happens next while ssh logs in.
enum Step {
    Ended(io::Result<ExitStatus>),
    Late,
    /// A key wants a touch, as ssh says it; until the stream ends.
    Wants(String, BufReader<UnixStream>),
}

async fn one(child: &mut Child, listener: Option<&UnixListener>, limit: Duration) -> Step {
    let told = async {
        let accepted = match listener {
            Some(listener) => listener.accept().await.ok(),
            None => None,
        };
        let Some((stream, _)) = accepted else {
            return std::future::pending().await;
        };
        let (mut stream, mut text) = (BufReader::new(stream), String::new());
        let _ = stream.read_line(&mut text).await;
        (text.trim().to_owned(), stream)
    };
    tokio::select! {
        biased;
        status = child.wait() => Step::Ended(status),
        (text, stream) = told => Step::Wants(text, stream),
        () = sleep_until(Instant::now() + limit) => Step::Late,
    }
}

fn nobody(text: &str) -> RemoteError {
    RemoteError::new(
        format!("the key of the login wants a touch, and there is no terminal to say so ({text})"),
        "run the same command at a terminal, or give the login a key that wants no touch",
    )
}
