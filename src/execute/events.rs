//! What workers tell while they work. One consumer owns the terminal.

use serde::Serialize;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::inventory::HostName;
use crate::plan::{Problem, Waiting};

/// Something that happened. As JSON, one a line, this is a stable interface.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The hosts are being looked at.
    Observing {
        /// All of them.
        hosts: Vec<HostName>,
    },
    /// A plan was made.
    Planned {
        /// How many steps it has.
        steps: usize,
        /// What stands in the way.
        problems: Vec<Problem>,
        /// What cannot be planned yet.
        waiting: Vec<Waiting>,
    },
    /// A host cannot be begun with yet.
    Waiting {
        /// Where.
        host: HostName,
        /// What it waits for.
        why: String,
    },
    /// A person is asked for consent; only on a terminal.
    Asking {
        /// What is asked, after what it is about.
        question: String,
    },
    /// A step begins.
    Started {
        /// Where.
        host: HostName,
        /// Its title.
        step: String,
        /// Why it is needed.
        reason: String,
    },
    /// A step is tried again.
    Again {
        /// Where.
        host: HostName,
        /// Its title.
        step: String,
        /// Why it did not succeed yet.
        why: String,
    },
    /// A step ended.
    Ended {
        /// Where.
        host: HostName,
        /// Its title.
        step: String,
        /// How long it took, in seconds.
        seconds: f64,
        /// Why it failed, if it did.
        error: Option<String>,
        /// What ran.
        command: String,
        /// Its exit status; none if the host was lost.
        status: Option<i32>,
        /// What it printed.
        output: String,
    },
    /// A step was not begun, because one that it needs did not succeed.
    Skipped {
        /// Where.
        host: HostName,
        /// Its title.
        step: String,
    },
    /// The whole is over.
    Finished {
        /// Everything is as the inventory wants it.
        done: bool,
        /// How many steps were done.
        changed: usize,
        /// What went wrong, a message each.
        errors: Vec<String>,
        /// How long it took, in seconds.
        seconds: f64,
    },
}

/// Where events go.
#[derive(Debug, Clone)]
pub struct Events(UnboundedSender<Event>);

impl Events {
    /// A sender and its receiver.
    #[must_use]
    pub fn channel() -> (Self, UnboundedReceiver<Event>) {
        let (sender, receiver) = unbounded_channel();
        (Events(sender), receiver)
    }

    /// Tells it. That nobody listens any more is no reason to stop working.
    pub fn send(&self, event: Event) {
        let _ = self.0.send(event);
    }
}
