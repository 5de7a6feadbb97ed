//! The signals that end a run: Ctrl-C, what init and CI systems send, and the end of the terminal's session.

use std::fmt;
use std::fs;

use tokio::signal::unix::{SignalKind, signal};

/// A run that a signal ended before the run's end.
#[derive(Debug)]
pub struct Interrupted {
    signal: SignalKind,
    error: anyhow::Error,
}

impl Interrupted {
    /// The error with which a run ended after a signal.
    #[must_use]
    pub fn by(signal: SignalKind, error: anyhow::Error) -> Self {
        Interrupted { signal, error }
    }

    /// The exit status, as shells give it to a program that a signal ended: 130 after Ctrl-C.
    #[must_use]
    pub fn status(&self) -> u8 {
        u8::try_from(128 + self.signal.as_raw_value()).unwrap_or(u8::MAX)
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}

impl std::error::Error for Interrupted {}

/// Waits for the first signal of Ctrl-C (SIGINT), of init and CI systems (SIGTERM), or of a session that ends (SIGHUP, unless
/// the program was started to ignore it, as nohup does); returns the signal.
pub async fn interrupted() -> SignalKind {
    tokio::select! {
        signal = received(SignalKind::interrupt()) => signal,
        signal = received(SignalKind::terminate()) => signal,
        signal = received(SignalKind::hangup()), if !ignores_hangup() => signal,
    }
}

/// Waits for a signal; for ever if the signal cannot be waited for.
async fn received(kind: SignalKind) -> SignalKind {
    match signal(kind) {
        Ok(mut signals) => signals.recv().await,
        Err(_) => std::future::pending().await,
    };
    kind
}

fn ignores_hangup() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    // Bit 0 is SIGHUP's, whose number is 1: proc(5).
    ignored(&status).is_some_and(|mask| mask & 1 != 0)
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
