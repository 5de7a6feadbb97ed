//! What happens while the program works: `converge` and `execute` send events, `record` and `output` read them.

use serde::Serialize;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use crate::inventory::HostName;
use crate::plan::{Limited, Problem, Waiting};
use crate::remote::NewKey;

/// An event. Its JSON, one object a line, is a stable interface.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The hosts are being observed.
    Observing {
        /// All hosts of the inventory.
        hosts: Vec<HostName>,
    },
    /// ssh trusted the key of a host at first sight, as the inventory allows it (`host_keys: accept-new`).
    NewHostKey(NewKey),
    /// A plan was made.
    Planned {
        /// How many steps the plan has.
        steps: usize,
        /// What keeps the plan from being complete.
        problems: Vec<Problem>,
        /// What cannot be planned yet.
        waiting: Vec<Waiting>,
        /// What the plan is limited to, and what was left out therefore.
        #[serde(skip_serializing_if = "Option::is_none")]
        limit: Option<Limited>,
    },
    /// Work on a host cannot begin yet.
    Waiting {
        /// The host.
        host: HostName,
        /// What the host waits for.
        why: String,
    },
    /// A person at a terminal is asked for consent.
    Asking {
        /// The text that is shown: the steps, then the question.
        question: String,
    },
    /// A step begins.
    Started {
        /// The host.
        host: HostName,
        /// The step's title.
        step: String,
        /// Why the step is needed.
        reason: String,
    },
    /// A step is tried again.
    Again {
        /// The host.
        host: HostName,
        /// The step's title.
        step: String,
        /// Why the step did not succeed yet.
        why: String,
    },
    /// Long work that a step watches has come further.
    Progress {
        /// The host.
        host: HostName,
        /// The step's title.
        step: String,
        /// How far the work has come, in words.
        what: String,
        /// How much of the work is done, if that can be told.
        done: Option<u64>,
        /// How much work there is in all, in the same unit.
        total: Option<u64>,
    },
    /// A step ended.
    Ended {
        /// The host.
        host: HostName,
        /// The step's title.
        step: String,
        /// How long the step took, in seconds.
        seconds: f64,
        /// Why the step failed, if it failed.
        error: Option<String>,
        /// The script that ran.
        command: String,
        /// The script's exit status; none if the connection to the host broke.
        status: Option<i32>,
        /// What the script printed.
        output: String,
    },
    /// A step was not begun, because a step that it needs did not succeed, or because the run was asked to stop.
    Skipped {
        /// The host.
        host: HostName,
        /// The step's title.
        step: String,
    },
    /// The run is over.
    Finished {
        /// Whether the hosts are as the inventory wants them.
        done: bool,
        /// How many steps were done.
        changed: usize,
        /// What went wrong, a message for each error.
        errors: Vec<String>,
        /// How long the run took, in seconds.
        seconds: f64,
    },
}

/// The sending end of the events.
#[derive(Debug, Clone)]
pub struct Events(UnboundedSender<Event>);

impl Events {
    /// Sends an event. Work goes on when nobody reads events any more.
    pub fn send(&self, event: Event) {
        let _ = self.0.send(event);
    }
}

/// The task that reads events.
pub struct Reading(JoinHandle<()>);

impl Reading {
    /// Waits until every event has been read; all senders must be gone by then.
    pub async fn finish(self) {
        let _ = self.0.await;
    }
}

/// Calls `read` with every event, in order, for as long as there is a sender.
#[must_use]
pub fn read(mut read: impl FnMut(&Event) + Send + 'static) -> (Events, Reading) {
    let (sender, mut receiver) = unbounded_channel();
    let reading = tokio::spawn(async move {
        while let Some(event) = receiver.recv().await {
            read(&event);
        }
    });
    (Events(sender), Reading(reading))
}
