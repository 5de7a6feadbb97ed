//! The steps of a record: each with its begin and its end, as far as the record has them. Pure.

use std::time::{Duration, SystemTime};

use super::Entry;

/// A step of a record.
#[derive(Debug, Clone, Copy)]
pub struct RecordedStep<'e> {
    /// The host.
    pub host: &'e str,
    /// The step's title.
    pub title: &'e str,
    /// Why the step was needed.
    pub reason: &'e str,
    /// When the step began.
    pub begun: SystemTime,
    /// How the step ended; nothing if the record does not have the end.
    pub end: Option<End<'e>>,
}

/// The end of a step.
#[derive(Debug, Clone, Copy)]
pub struct End<'e> {
    /// When.
    pub at: SystemTime,
    /// The script that ran.
    pub command: &'e str,
    /// What the script printed.
    pub output: &'e str,
    /// Why the step failed, if it failed.
    pub error: Option<&'e str>,
}

impl RecordedStep<'_> {
    /// How long the step took, if that is known.
    #[must_use]
    pub fn took(&self) -> Option<Duration> {
        // A clock may have been set back meanwhile.
        self.end
            .map(|end| end.at.duration_since(self.begun).unwrap_or_default())
    }
}

/// The steps in the order in which they began.
#[must_use]
pub fn steps(entries: &[Entry]) -> Vec<RecordedStep<'_>> {
    let mut steps: Vec<RecordedStep> = Vec::new();
    for entry in entries {
        match entry {
            Entry::Begun { at, host, step, reason } => steps.extend(time(at).map(|begun| RecordedStep {
                host,
                title: step,
                reason,
                begun,
                end: None,
            })),
            Entry::Ended {
                at,
                host,
                step,
                command,
                output,
                error,
                ..
            } => {
                let open = |open: &&mut RecordedStep| open.end.is_none() && open.host == host && open.title == step;
                if let (Some(open), Some(at)) = (steps.iter_mut().find(open), time(at)) {
                    open.end = Some(End {
                        at,
                        command,
                        output,
                        error: error.as_deref(),
                    });
                }
            }
            Entry::Run { .. } | Entry::Finished { .. } => {}
        }
    }
    steps
}

/// A time of a record.
pub fn time(at: &str) -> Option<SystemTime> {
    humantime::parse_rfc3339(at).ok()
}
