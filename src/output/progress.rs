//! Shows events: a spinner for each host to a person, plain lines in a log, documents to a program. A reader of
//! events.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};

use serde::Serialize;

use super::bar::{self, Clock};
use super::spinners::Spinners;
use super::{Format, stderr, stdout, streamed};
use crate::cli::Global;
use crate::events::Event;
use crate::inventory::HostName;
use crate::text::shortened;

/// An event for programs: a document of its own.
#[derive(Serialize)]
struct Line<'e> {
    version: u32,
    #[serde(flatten)]
    event: &'e Event,
}

/// How events are shown.
pub struct Progress {
    style: Style,
    verbose: bool,
    /// The long work that is watched, by host and step.
    watched: BTreeMap<(HostName, String), Clock>,
}

enum Style {
    /// On a terminal: what hosts do now, below the lines of the steps that ended.
    Spinners(Spinners),
    /// Off a terminal: a line when a step begins, and when a step fails.
    Lines,
    /// With `--output json` or `yaml`: documents on standard output.
    Documents(Format),
    /// With `--quiet`: no event is shown.
    Nothing,
}

impl Progress {
    /// Chooses how events are shown, by the options and by whether standard error is a terminal.
    #[must_use]
    pub fn new(global: &Global) -> Self {
        let style = match (global.output, global.quiet, io::stderr().is_terminal()) {
            (format @ (Format::Json | Format::Yaml), _, _) => Style::Documents(format),
            (_, true, _) => Style::Nothing,
            (_, false, true) => Style::Spinners(Spinners::new()),
            (_, false, false) => Style::Lines,
        };
        Progress {
            style,
            verbose: global.verbose,
            watched: BTreeMap::new(),
        }
    }

    /// Shows an event.
    pub fn event(&mut self, event: &Event) {
        if let Style::Documents(format) = self.style {
            // Work goes on when nobody reads standard output any more.
            let _ = streamed(format, &Line { version: 1, event }).map(|text| stdout(&text));
            return;
        }
        match event {
            Event::Observing { hosts } => {
                for host in hosts {
                    self.now(host, "observing");
                }
            }
            Event::NewHostKey(key) => self.print(&key.to_string()),
            Event::Started { host, step, reason } => {
                self.now(host, step);
                self.log(&format!("{host}: {step} ({reason})"));
            }
            Event::Waiting { host, why } => {
                self.now(host, why);
                self.log(&format!("{host}: {why}"));
            }
            Event::Again { host, step, why } => self.now(host, &format!("{step}: {why}")),
            Event::Progress {
                host,
                step,
                what,
                done,
                total,
            } => self.progress(host, step, what, done.zip(*total)),
            Event::Ended {
                host,
                step,
                seconds,
                error,
                command,
                output,
                ..
            } => {
                let line = match error {
                    // In one line: whoever wonders has seen the plan.
                    None => {
                        let (step, seconds) = (format!("{host}: {step}"), format!(", {seconds:.1} s"));
                        let room = super::width(&io::stderr()).map(|width| width.saturating_sub(seconds.len()));
                        shortened(&step, room.unwrap_or(usize::MAX)) + &seconds
                    }
                    Some(error) => format!("{host}: {step}: FAILED: {}", error.lines().next().unwrap_or_default()),
                };
                self.done(host, &line, error.is_some());
                if self.verbose {
                    self.print(&super::command(command));
                    self.print(&indent(output, "    ", "    "));
                }
            }
            Event::Skipped { host, .. } => self.idle(host),
            Event::Asking { question } => {
                self.clear();
                stderr(question);
            }
            Event::Finished { .. } => self.clear(),
            Event::Planned { .. } => {}
        }
    }

    /// Removes the spinners; the lines of the steps that ended stay on the screen.
    fn clear(&mut self) {
        if let Style::Spinners(spinners) = &mut self.style {
            spinners.clear();
        }
    }

    /// Shows what a host does now.
    fn now(&mut self, host: &HostName, what: &str) {
        if let Style::Spinners(spinners) = &mut self.style {
            spinners.busy(host, what);
        }
    }

    /// Shows how far long work has come: on a terminal as a bar, in a log as a line now and then.
    fn progress(&mut self, host: &HostName, step: &str, what: &str, parts: Option<(u64, u64)>) {
        let clock = self.watched.entry((host.clone(), step.to_owned())).or_default();
        let line = bar::line(what, parts, clock.begun.elapsed());
        if clock.is_time() {
            self.log(&format!("{host}: {step}: {line}"));
        }
        self.now(host, &format!("{step}: {line}"));
    }

    /// Shows that a host waits.
    fn idle(&mut self, host: &HostName) {
        if let Style::Spinners(spinners) = &mut self.style {
            spinners.idle(host);
        }
    }

    /// Shows the end of a host's step: on a terminal always, in a log only when the step failed.
    fn done(&mut self, host: &HostName, line: &str, wrong: bool) {
        self.idle(host);
        if wrong || matches!(self.style, Style::Spinners(_)) {
            self.print(line);
        }
    }

    fn log(&self, line: &str) {
        if matches!(self.style, Style::Lines) {
            stderr(&format!("{line}\n"));
        }
    }

    fn print(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        if matches!(self.style, Style::Spinners(_) | Style::Lines) {
            stderr(&format!("{text}\n"));
        }
    }
}

/// Indents a text: the first line with `first`, all other lines with `others`.
pub(super) fn indent(text: &str, first: &str, others: &str) -> String {
    let mut prefix = first;
    let mut lines = Vec::new();
    for line in text.trim_end().lines() {
        lines.push(format!("{prefix}{line}"));
        prefix = others;
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::plan::{Limited, Problem, Waiting};
    use crate::remote::NewKey;

    /// An event of each kind.
    fn events() -> Vec<Event> {
        let host = || HostName::parse("kube1").unwrap();
        let text = str::to_owned;
        vec![
            Event::Observing { hosts: vec![host()] },
            new_host_key(host()),
            Event::Planned {
                steps: 1,
                problems: vec![Problem {
                    host: None,
                    what: text("w"),
                    remedy: text("r"),
                }],
                waiting: vec![Waiting {
                    what: text("w"),
                    until: text("u"),
                }],
                limit: Some(Limited::to(&[host()].into())),
            },
            Event::Waiting {
                host: host(),
                why: text("w"),
            },
            Event::Asking { question: text("q") },
            Event::Started {
                host: host(),
                step: text("s"),
                reason: text("r"),
            },
            Event::Again {
                host: host(),
                step: text("s"),
                why: text("w"),
            },
            Event::Progress {
                host: host(),
                step: text("s"),
                what: text("w"),
                done: Some(1),
                total: None,
            },
            Event::Ended {
                host: host(),
                step: text("s"),
                seconds: 0.5,
                error: None,
                command: text("c"),
                status: Some(0),
                output: text("o"),
            },
            Event::Skipped {
                host: host(),
                step: text("s"),
            },
            Event::Finished {
                done: false,
                changed: 1,
                errors: vec![text("e")],
                seconds: 1.5,
            },
        ]
    }

    fn new_host_key(host: HostName) -> Event {
        Event::NewHostKey(NewKey {
            host,
            fingerprint: Some("SHA256:f".to_owned()),
            file: "k".to_owned(),
            added: true,
        })
    }

    #[test]
    fn every_event_is_a_document() {
        for event in events() {
            let line = Line {
                version: 1,
                event: &event,
            };
            let [json, yaml] = [Format::Json, Format::Yaml].map(|format| streamed(format, &line).unwrap());
            let document: Value = serde_json::from_str(&json).unwrap();
            crate::documents::valid("event", &document);
            assert_eq!(json.lines().count(), 1, "{json}");
            let yaml = yaml.strip_prefix("---\n").unwrap();
            assert_eq!(serde_yaml::from_str::<Value>(yaml).unwrap(), document, "{yaml}");
        }
    }
}
