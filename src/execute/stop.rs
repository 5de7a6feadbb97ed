//! The wish to stop a run: the steps that run are finished, and no other step is begun.

use tokio::sync::watch;

/// The wish to stop, shared by everyone who may have that wish and everyone who begins something.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<Option<String>>);

impl Stop {
    /// Nobody wants to stop yet.
    #[must_use]
    pub fn new() -> Self {
        Stop(watch::channel(None).0)
    }

    /// Asks everybody to stop; the first reason stays.
    pub fn ask(&self, reason: impl Into<String>) {
        self.0.send_if_modified(|wish| {
            let first = wish.is_none();
            if first {
                *wish = Some(reason.into());
            }
            first
        });
    }

    /// Why to stop, if somebody wants that.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        self.0.borrow().clone()
    }

    /// Waits until somebody wants to stop.
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
