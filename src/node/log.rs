//! The log on standard output: a line for each event, and no line while nothing changes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::clock;
use crate::events::Event;
use crate::inventory::HostName;
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
    tried: Arc<Mutex<Tried>>,
}

/// For how long a step that was tried is the same event when it is tried again: longer than the pauses between runs.
const SAME: Duration = Duration::from_secs(30);

/// For how long a reason is not told again, though another reason came between: hosts that try at different times, each for
/// itself, fail for reasons that take turns.
const TURNS: Duration = Duration::from_secs(600);

/// What was tried, and is tried again and again until all is well.
#[derive(Default)]
struct Tried {
    /// Why steps failed that failed the last time, by title: the reasons of late, and when each was there last.
    failing: BTreeMap<String, BTreeMap<String, Instant>>,
    /// When steps began last, by title, since all was well.
    begun: BTreeMap<String, Instant>,
}

impl Tried {
    /// A step begins; whether that is worth a line.
    fn begins(&mut self, step: &str, now: Instant) -> bool {
        let before = self.begun.insert(step.to_owned(), now);
        !self.failing.contains_key(step) && before.is_none_or(|before| now.duration_since(before) > SAME)
    }

    /// A step ends; whether it ends in another way than before.
    fn ends(&mut self, step: &str, error: Option<&str>, now: Instant) -> bool {
        let Some(error) = error else {
            return self.failing.remove(step).is_some();
        };
        let reasons = self.failing.entry(step.to_owned()).or_default();
        reasons.retain(|_, last| now.duration_since(*last) <= TURNS);
        reasons.insert(error.to_owned(), now).is_none()
    }

    /// A run ends.
    fn run_ends(&mut self, all_is_well: bool) {
        if all_is_well {
            self.begun.clear();
        }
    }
}

impl Log {
    pub fn new(format: Format) -> Self {
        Log {
            format,
            tried: Arc::default(),
        }
    }

    /// Logs something about the node itself.
    pub fn say(&self, event: &str, what: &str) {
        self.line(event, None, what);
    }

    /// Whether an error of a run is that of a step, which was logged when the step failed.
    pub fn has_told(&self, error: &str) -> bool {
        let why = |step: &String| error.strip_prefix(step.as_str())?.strip_prefix(": ");
        self.tried.lock().is_ok_and(|tried| {
            let mut failing = tried.failing.iter();
            failing.any(|(step, reasons)| why(step).is_some_and(|why| reasons.contains_key(why)))
        })
    }

    /// Logs an event of a run.
    pub fn event(&self, event: &Event) {
        let Ok(mut tried) = self.tried.lock() else { return };
        match event {
            Event::Started { host, step, reason } if tried.begins(&named(host, step), Instant::now()) => {
                self.line("step", Some(host.as_str()), &format!("{step} ({reason})"));
            }
            Event::Ended { host, step, error, .. }
                if tried.ends(&named(host, step), error.as_deref(), Instant::now()) =>
            {
                let (kind, how) = match error {
                    Some(error) => ("failed", error.as_str()),
                    None => ("step", "done"),
                };
                self.line(kind, Some(host.as_str()), &format!("{step}: {how}"));
            }
            Event::Waiting { host, why } => self.line("waiting", Some(host.as_str()), why),
            Event::Finished { done, .. } => tried.run_ends(*done),
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

/// A step of a host.
fn named(host: &HostName, step: &str) -> String {
    format!("{host}: {step}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_in_vain_is_told_once_and_again_when_it_changes() {
        let (mut tried, begun) = (Tried::default(), Instant::now());
        let mut run = |steps: &[(&str, Option<&str>)], at: u32, all_is_well: bool| {
            let mut lines = 0;
            for (step, error) in steps {
                let now = begun + SAME * at / 2;
                lines += usize::from(tried.begins(step, now)) + usize::from(tried.ends(step, *error, now));
            }
            tried.run_ends(all_is_well);
            lines
        };
        let vain = [("clear", None), ("create", Some("no directory"))];
        assert_eq!(run(&vain, 0, false), 3);
        assert_eq!(run(&vain, 1, false), 0);
        assert_eq!(run(&vain, 3, false), 0);
        assert_eq!(run(&[("clear", None), ("create", Some("no peer"))], 4, false), 1);
        assert_eq!(
            run(&[("create", Some("no directory"))], 5, false),
            0,
            "reasons take turns"
        );
        assert_eq!(
            run(&[("clear", None)], 7, false),
            1,
            "after a pause it is an event of its own"
        );
        assert_eq!(run(&[("create", None)], 7, true), 1);
        assert_eq!(run(&[("clear", None)], 7, true), 1);
        assert_eq!(run(&[("clear", None)], 7, true), 1);
    }
}
