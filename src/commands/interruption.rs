//! The signals that end a run: Ctrl-C, what init and CI systems send, and the end of the terminal's session.

use std::fmt;
use std::fs;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The number of SIGHUP, which is bit 0 of the masks in `/proc/self/status`, proc(5).
const HANGUP: u8 = 1;
const INTERRUPT: u8 = 2;
const TERMINATE: u8 = 15;

/// A run that a signal ended before the run's end.
#[derive(Debug)]
pub struct Interrupted {
    signal: u8,
    error: anyhow::Error,
}

impl Interrupted {
    /// The error with which a run ended after a signal.
    #[must_use]
    pub fn by(signal: u8, error: anyhow::Error) -> Self {
        Interrupted { signal, error }
    }

    /// The exit status, as shells give it to a program that a signal ended: 130 after Ctrl-C.
    #[must_use]
    pub fn status(&self) -> u8 {
        128 + self.signal
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}

impl std::error::Error for Interrupted {}

/// Waits for the first signal of Ctrl-C (SIGINT), of init and CI systems (SIGTERM), or of a session that ends (SIGHUP, unless
/// the program was started to ignore it, as nohup does); returns the signal's number.
pub async fn interrupted() -> u8 {
    let hangup = (!ignores_hangup()).then(|| signal(SignalKind::hangup()));
    tokio::select! {
        () = received(Some(signal(SignalKind::interrupt()))) => INTERRUPT,
        () = received(Some(signal(SignalKind::terminate()))) => TERMINATE,
        () = received(hangup) => HANGUP,
    }
}

/// Waits for a signal; for ever if the signal cannot be waited for.
async fn received(signal: Option<std::io::Result<Signal>>) {
    if let Some(Ok(mut signal)) = signal {
        signal.recv().await;
    } else {
        std::future::pending().await
    }
}

fn ignores_hangup() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored(&status).is_some_and(|mask| mask & u64::from(HANGUP) != 0)
}

/// The mask of the ignored signals.
fn ignored(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ignored_signals_are_read() {
        assert_eq!(
            ignored("SigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n"),
            Some(0x1001)
        );
        assert_eq!(ignored(""), None);
    }
}
