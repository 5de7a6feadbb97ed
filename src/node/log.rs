//! The log on standard output: a line for each event, and no line while nothing changes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde::Serialize;

use crate::clock;
use crate::events::Event;
use crate::output::{self, Format};
use crate::text::printable_lines;

/// A line of the log; its JSON and YAML are a stable interface.
#[derive(Serialize)]
struct Line<'l> {
    time: String,
    event: &'l str,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'l str>,
    what: &'l str,
}

/// The log.
#[derive(Clone)]
pub struct Log {
    format: Format,
    /// Why steps failed that failed the last time, by title: such a step is tried again and again.
    failing: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Log {
    pub fn new(format: Format) -> Self {
        Log {
            format,
            failing: Arc::default(),
        }
    }

    /// Logs something about the node itself.
    pub fn say(&self, event: &str, what: &str) {
        self.line(event, None, what);
    }

    /// Logs an event of a run.
    pub fn event(&self, event: &Event) {
        let fails = |step: &str| self.failing.lock().is_ok_and(|failing| failing.contains_key(step));
        match event {
            Event::Started { host, step, reason } if !fails(step) => {
                self.line("step", Some(host.as_str()), &format!("{step} ({reason})"));
            }
            Event::Ended { host, step, error, .. } => self.ended(host.as_str(), step, error.as_deref()),
            Event::Waiting { host, why } => self.line("waiting", Some(host.as_str()), why),
            _ => {}
        }
    }

    /// Logs the end of a step that failed in another way than before, or that succeeded at last.
    fn ended(&self, host: &str, step: &str, error: Option<&str>) {
        let Ok(mut failing) = self.failing.lock() else { return };
        let before = match error {
            Some(error) => failing.insert(step.to_owned(), error.to_owned()),
            None => failing.remove(step),
        };
        match error {
            Some(error) if before.as_deref() != Some(error) => {
                self.line("failed", Some(host), &format!("{step}: {error}"));
            }
            None if before.is_some() => self.line("step", Some(host), &format!("{step}: done")),
            _ => {}
        }
    }

    fn line(&self, event: &str, host: Option<&str>, what: &str) {
        let time = clock::now();
        let text = match self.format {
            format @ (Format::Json | Format::Yaml) => {
                let line = Line {
                    time,
                    event,
                    host,
                    what,
                };
                output::streamed(format, &line).unwrap_or_default()
            }
            _ => {
                let host = host.map(|host| format!("{host}: ")).unwrap_or_default();
                let what = what.trim().replace('\n', "; ");
                printable_lines(&format!("{time} {event}: {host}{what}\n"))
            }
        };
        // Work goes on when nobody reads standard output any more.
        let _ = output::stdout(&text);
    }
}
