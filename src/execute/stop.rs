//! The request to stop a run: steps that run are finished, and no other step is begun.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

/// The request to stop, shared by whoever may ask to stop and whoever begins steps.
#[derive(Debug, Clone)]
pub struct Stop {
    request: watch::Sender<Option<String>>,
    /// The run waits for a person: no step runs.
    rests: Arc<AtomicBool>,
}

/// While the value lives, the run waits for a person.
#[derive(Debug)]
pub struct Rest(Arc<AtomicBool>);

impl Drop for Rest {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Stop {
    /// Nobody has asked to stop yet.
    #[must_use]
    pub fn new() -> Self {
        Stop {
            request: watch::channel(None).0,
            rests: Arc::default(),
        }
    }

    /// Asks the run to stop; of several reasons, the first is kept.
    pub fn ask(&self, reason: impl Into<String>) {
        self.request.send_if_modified(|request| {
            let first = request.is_none();
            if first {
                *request = Some(reason.into());
            }
            first
        });
    }

    /// Notes that the run waits for a person, until the value is dropped.
    #[must_use]
    pub fn rest(&self) -> Rest {
        self.rests.store(true, Ordering::Relaxed);
        Rest(Arc::clone(&self.rests))
    }

    /// Whether the run waits for a person.
    #[must_use]
    pub fn rests(&self) -> bool {
        self.rests.load(Ordering::Relaxed)
    }

    /// Why the run is to stop, if somebody asked.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        self.request.borrow().clone()
    }

    /// Waits until somebody asks to stop; returns the reason.
    pub async fn asked(&self) -> String {
        // An error would mean that the sender is gone, and `self` holds the sender.
        let _ = self.request.subscribe().wait_for(Option::is_some).await;
        self.reason().unwrap_or_default()
    }
}

impl Default for Stop {
    fn default() -> Self {
        Stop::new()
    }
}
