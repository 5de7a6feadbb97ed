//! What a record would have of a run, in memory: for the report of the run.

use std::sync::{Arc, Mutex, PoisonError};

use super::Entry;
use crate::events::Event;
use crate::inventory::{ClusterName, HostName};

/// The entries of one run, or of several runs one after the other.
#[derive(Debug, Clone, Default)]
pub struct Notes(Arc<Mutex<Vec<Entry>>>);

impl Notes {
    /// A run on this cluster, or on these hosts of it, by this user and process begins.
    pub fn begin(&self, cluster: &ClusterName, by: String, limit: Vec<HostName>) {
        self.add(Entry::run(cluster.to_string(), by, limit));
    }

    /// Notes an event, if records keep events of that kind.
    pub fn event(&self, event: &Event) {
        if let Some(entry) = Entry::of(event) {
            self.add(entry);
        }
    }

    /// What was noted so far.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a step was begun.
    #[must_use]
    pub fn has_steps(&self) -> bool {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().any(|entry| matches!(entry, Entry::Begun { .. }))
    }

    fn add(&self, entry: Entry) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }
}
