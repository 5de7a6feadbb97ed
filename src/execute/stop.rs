//! The request to stop a run: steps that run are finished, and no other step is begun.

use tokio::sync::watch;

/// The request to stop, shared by whoever may ask to stop and whoever begins steps.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<Option<String>>);

impl Stop {
    /// Nobody has asked to stop yet.
    #[must_use]
    pub fn new() -> Self {
        Stop(watch::channel(None).0)
    }

    /// Asks the run to stop; of several reasons, the first is kept.
    pub fn ask(&self, reason: impl Into<String>) {
        self.0.send_if_modified(|request| {
            let first = request.is_none();
            if first {
                *request = Some(reason.into());
            }
            first
        });
    }

    /// Why the run is to stop, if somebody asked.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        self.0.borrow().clone()
    }

    /// Waits until somebody asks to stop; returns the reason.
    pub async fn asked(&self) -> String {
        // An error would mean that the sender is gone, and `self` holds the sender.
        let _ = self.0.subscribe().wait_for(Option::is_some).await;
        self.reason().unwrap_or_default()
    }
}

impl Default for Stop {
    fn default() -> Self {
        Stop::new()
    }
}
