//! Shows events: a spinner a host for a person, plain lines for a log, JSON lines for a program.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;

use super::{Format, stderr, stdout};
use crate::cli::Global;
use crate::execute::{Event, Events};
use crate::inventory::HostName;
use crate::record::Record;
use crate::text::printable;

/// How events are shown, and recorded.
pub struct Progress {
    style: Style,
    verbose: bool,
    record: Option<Record>,
}

/// The consumer of events, at work.
pub struct Shown(JoinHandle<()>);

impl Shown {
    /// Waits until everything that was told is shown; all senders must be gone by then.
    pub async fn finish(self) {
        let _ = self.0.await;
    }
}

/// Starts to show events, and to record them if there is a record.
#[must_use]
pub fn start(global: &Global, record: Option<Record>) -> (Events, Shown) {
    let (events, receiver) = Events::channel();
    let progress = Progress {
        record,
        ..Progress::new(global)
    };
    (events, Shown(tokio::spawn(progress.show(receiver))))
}

enum Style {
    /// On a terminal: what each host does now, below what is done.
    Spinners {
        all: MultiProgress,
        hosts: BTreeMap<HostName, ProgressBar>,
    },
    /// Off a terminal: a line when something begins, and when it fails.
    Lines,
    /// On standard output, one JSON object a line.
    Json,
    /// Only what was asked for.
    Nothing,
}

const TICK: Duration = Duration::from_millis(120);

impl Progress {
    /// As the options and the terminal want it.
    fn new(global: &Global) -> Self {
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
            record: None,
        }
    }

    /// Shows events until all senders are gone.
    async fn show(mut self, mut events: UnboundedReceiver<Event>) {
        while let Some(event) = events.recv().await {
            self.event(&event);
        }
        if let Style::Spinners { all, .. } = &self.style {
            // What is left on the screen are the lines of what was done.
            let _ = all.clear();
        }
    }

    fn event(&mut self, event: &Event) {
        if let Some(record) = &mut self.record {
            record.event(event);
        }
        if matches!(self.style, Style::Json) {
            // A reader that left is no reason to stop working.
            let _ = serde_json::to_string(event).map(|line| stdout(&(line + "\n")));
            return;
        }
        match event {
            Event::Observing { hosts } => {
                for host in hosts {
                    self.now(host, "looking");
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
            // The end says how many.
            Event::Skipped { host, .. } => self.now(host, "waiting"),
            Event::Asking { question } => {
                if let Style::Spinners { all, hosts } = &mut self.style {
                    hosts.clear();
                    let _ = all.clear();
                }
                stderr(question);
            }
            Event::Planned { .. } | Event::Finished { .. } => {}
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

    /// A host has done something: on a terminal a line stays, in a log one is written only for what went wrong.
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

/// Indents a text, its first line differently.
fn indent(text: &str, first: &str, others: &str) -> String {
    let mut prefix = first;
    let mut lines = Vec::new();
    for line in text.trim_end().lines() {
        lines.push(format!("{prefix}{line}"));
        prefix = others;
    }
    lines.join("\n")
}
