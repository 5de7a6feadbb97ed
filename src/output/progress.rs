//! Shows events: a spinner for each host to a person, plain lines in a log, JSON lines to a program. A reader of
//! events.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::{Format, stderr, stdout};
use crate::cli::Global;
use crate::events::Event;
use crate::inventory::HostName;
use crate::text::printable;

/// How events are shown.
pub struct Progress {
    style: Style,
    verbose: bool,
}

enum Style {
    /// On a terminal: what each host does now, below the lines of the steps that ended.
    Spinners {
        all: MultiProgress,
        hosts: BTreeMap<HostName, ProgressBar>,
    },
    /// Off a terminal: a line when a step begins, and when a step fails.
    Lines,
    /// With `--output json`: on standard output, one JSON object a line.
    Json,
    /// With `--quiet`: no event is shown.
    Nothing,
}

const TICK: Duration = Duration::from_millis(120);

impl Progress {
    /// Chooses how events are shown, by the options and by whether standard error is a terminal.
    #[must_use]
    pub fn new(global: &Global) -> Self {
        let style = match (global.output, global.quiet, io::stderr().is_terminal()) {
            (Format::Json, _, _) => Style::Json,
            (_, true, _) => Style::Nothing,
            (_, false, true) => Style::Spinners {
                all: MultiProgress::new(),
                hosts: BTreeMap::new(),
            },
            (_, false, false) => Style::Lines,
        };
        Progress {
            style,
            verbose: global.verbose,
        }
    }

    /// Shows an event.
    pub fn event(&mut self, event: &Event) {
        if matches!(self.style, Style::Json) {
            // Work goes on when nobody reads standard output any more.
            let _ = serde_json::to_string(event).map(|line| stdout(&(line + "\n")));
            return;
        }
        match event {
            Event::Observing { hosts } => {
                for host in hosts {
                    self.now(host, "observing");
                }
            }
            Event::Started { host, step, reason } => {
                self.now(host, step);
                self.log(&format!("{host}: {step} ({reason})"));
            }
            Event::Waiting { host, why } => {
                self.now(host, why);
                self.log(&format!("{host}: {why}"));
            }
            Event::Again { host, step, why } => self.now(host, &format!("{step}: {why}")),
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
                    None => format!("{host}: {step}, {seconds:.1} s"),
                    Some(error) => format!("{host}: {step}: FAILED: {}", error.lines().next().unwrap_or_default()),
                };
                self.done(host, &line, error.is_some());
                if self.verbose {
                    self.print(&indent(command, "    $ ", "      "));
                    self.print(&indent(output, "    ", "    "));
                }
            }
            Event::Skipped { host, .. } => self.now(host, "waiting"),
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
        if let Style::Spinners { all, hosts } = &mut self.style {
            hosts.clear();
            let _ = all.clear();
        }
    }

    /// Shows what a host does now.
    fn now(&mut self, host: &HostName, what: &str) {
        let Style::Spinners { all, hosts } = &mut self.style else {
            return;
        };
        let spinner = hosts.entry(host.clone()).or_insert_with(|| {
            let spinner = all.add(ProgressBar::new_spinner());
            let style = ProgressStyle::with_template("{spinner} {prefix}  {wide_msg}");
            spinner.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            spinner.set_prefix(host.to_string());
            spinner.enable_steady_tick(TICK);
            spinner
        });
        spinner.set_message(printable(what));
    }

    /// Shows the end of a host's step: on a terminal always, in a log only when the step failed.
    fn done(&mut self, host: &HostName, line: &str, wrong: bool) {
        if let Style::Spinners { hosts, .. } = &self.style
            && let Some(spinner) = hosts.get(host)
        {
            spinner.set_message("waiting");
        }
        if wrong || matches!(self.style, Style::Spinners { .. }) {
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
        match &self.style {
            Style::Spinners { all, .. } => all.suspend(|| stderr(&format!("{text}\n"))),
            Style::Lines => stderr(&format!("{text}\n")),
            Style::Json | Style::Nothing => {}
        }
    }
}

/// Indents a text: the first line with `first`, all other lines with `others`.
fn indent(text: &str, first: &str, others: &str) -> String {
    let mut prefix = first;
    let mut lines = Vec::new();
    for line in text.trim_end().lines() {
        lines.push(format!("{prefix}{line}"));
        prefix = others;
    }
    lines.join("\n")
}
