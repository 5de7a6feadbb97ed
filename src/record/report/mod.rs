//! A run as one page of HTML: what failed, when each step ran on each host as a picture, and what each step did. The page needs
//! no other file and no network. Pure.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::Entry;
use super::steps::{RecordedStep, steps, time};
use crate::cli::VERSION;
use crate::inventory::HostName;
use crate::templates::render;
use crate::text::{counted, printable_lines};

const TEMPLATE: &str = include_str!("../../../templates/report.html.j2");

/// The picture, in units of its own: the width, where bars begin, the height of a lane, and the space above the first lane.
const WIDTH: f64 = 1_000.0;
const LEFT: f64 = 150.0;
const LANE: f64 = 20.0;
const TOP: f64 = 24.0;
/// The characters of a host's name that fit to the left of the bars.
const NAME: usize = 20;

#[derive(Serialize)]
struct Page {
    title: String,
    about: String,
    errors: Vec<String>,
    steps: Vec<Row>,
    hosts: Vec<Label>,
    ticks: Vec<Tick>,
    bars: Vec<Bar>,
    width: String,
    height: String,
    sections: Vec<Section>,
}

/// A table on the page, besides the steps.
#[derive(Debug, Clone, Serialize)]
pub struct Section {
    /// The headline.
    pub title: String,
    /// What is wrong, a sentence each.
    pub failed: Vec<String>,
    /// The titles of the columns.
    pub head: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
    /// What the table does not say, a sentence each.
    pub sentences: Vec<String>,
}

#[derive(Serialize)]
struct Row {
    host: String,
    title: String,
    reason: String,
    command: String,
    output: String,
    seconds: String,
    result: String,
    class: &'static str,
}

#[derive(Serialize)]
struct Label {
    name: String,
    y: String,
}

#[derive(Serialize)]
struct Tick {
    x: String,
    label: String,
}

#[derive(Serialize)]
struct Bar {
    x: String,
    y: String,
    width: String,
    colour: &'static str,
    told: String,
}

/// The page of a record, or of several runs one after the other, with what else is to stand on it.
///
/// # Errors
/// The template cannot be filled in.
pub fn page(entries: &[Entry], sections: &[Section]) -> anyhow::Result<String> {
    let steps = steps(entries);
    let (hosts, ticks, bars, height) = picture(&steps);
    let page = Page {
        title: title(entries),
        about: about(entries, &steps),
        errors: errors(entries).iter().map(|error| printable_lines(error)).collect(),
        steps: steps.iter().map(row).collect(),
        hosts,
        ticks,
        bars,
        width: number(WIDTH),
        height,
        sections: sections.iter().map(Section::printable).collect(),
    };
    render("templates/report.html.j2", "report.html.j2", TEMPLATE, page)
}

impl Section {
    fn printable(&self) -> Self {
        let all = |texts: &[String]| texts.iter().map(|text| printable_lines(text)).collect();
        Section {
            title: printable_lines(&self.title),
            failed: all(&self.failed),
            head: self.head.clone(),
            rows: self.rows.iter().map(|row| all(row)).collect(),
            sentences: all(&self.sentences),
        }
    }
}

/// Why the run, or the last of several runs, failed.
#[must_use]
pub fn errors(entries: &[Entry]) -> &[String] {
    match entries.last() {
        Some(Entry::Finished { errors, .. }) => errors,
        _ => &[],
    }
}

/// How the run ended, in words.
#[must_use]
pub fn result(entries: &[Entry]) -> &'static str {
    match entries.last() {
        Some(Entry::Finished { done: true, .. }) => "done",
        Some(Entry::Finished { done: false, .. }) => "failed",
        _ => "cut short",
    }
}

/// The hosts that a run was limited to, as the end of a sentence.
#[must_use]
pub fn limited_to(limit: &[HostName]) -> String {
    let names: Vec<&str> = limit.iter().map(HostName::as_str).collect();
    match names.as_slice() {
        [] => String::new(),
        names => format!(", limited to {}", names.join(", ")),
    }
}

fn title(entries: &[Entry]) -> String {
    let cluster = entries.iter().find_map(|entry| match entry {
        Entry::Run { cluster, .. } => Some(cluster.as_str()),
        _ => None,
    });
    format!("Cluster {}: {}", cluster.unwrap_or_default(), result(entries))
}

fn about(entries: &[Entry], steps: &[RecordedStep]) -> String {
    let at = |entry: &Entry| match entry {
        Entry::Run { at, .. } | Entry::Begun { at, .. } | Entry::Ended { at, .. } | Entry::Finished { at, .. } => {
            at.clone()
        }
    };
    let mut told = Vec::new();
    if let (Some(first), Some(last)) = (entries.first().map(at), entries.last().map(at)) {
        let took = time(&first)
            .zip(time(&last))
            .and_then(|(first, last)| last.duration_since(first).ok());
        let took = took
            .map(|took| format!(", {} s", number(took.as_secs_f64())))
            .unwrap_or_default();
        told.push(format!("{first}{took}"));
    }
    told.extend(entries.iter().find_map(|entry| match entry {
        Entry::Run { by, limit, .. } => Some(format!("by {by}{}", limited_to(limit))),
        _ => None,
    }));
    let hosts: BTreeSet<&str> = steps.iter().map(|step| step.host).collect();
    told.push(match steps.len() {
        0 => "nothing had to be changed".to_owned(),
        steps => format!("{} on {}", counted(steps, "step"), counted(hosts.len(), "host")),
    });
    told.push(format!("glusterctl {VERSION}"));
    told.join(" · ")
}

fn row(step: &RecordedStep) -> Row {
    let error = step.end.and_then(|end| end.error);
    let (result, class) = match (step.end, error) {
        (None, _) => ("the end is not known".to_owned(), "about"),
        (Some(_), None) => ("done".to_owned(), "done"),
        (Some(_), Some(error)) => (printable_lines(error), "failed"),
    };
    let text = |of: fn(&super::steps::End<'_>) -> String| step.end.as_ref().map(of).unwrap_or_default();
    Row {
        host: step.host.to_owned(),
        title: printable_lines(step.title),
        reason: printable_lines(step.reason),
        command: text(|end| printable_lines(end.command)),
        output: text(|end| printable_lines(end.output.trim_end())),
        seconds: step.took().map(|took| number(took.as_secs_f64())).unwrap_or_default(),
        result,
        class,
    }
}

/// When each step ran: a lane for each host, and more lanes where a host's steps overlap.
fn picture(steps: &[RecordedStep]) -> (Vec<Label>, Vec<Tick>, Vec<Bar>, String) {
    let ends = steps.iter().map(|step| step.end.map_or(step.begun, |end| end.at));
    let (Some(from), Some(to)) = (steps.iter().map(|step| step.begun).min(), ends.max()) else {
        return (Vec::new(), Vec::new(), Vec::new(), number(TOP));
    };
    let whole = since(to, from).as_secs_f64().max(1.0);
    let x = |at: SystemTime| LEFT + since(at, from).as_secs_f64() / whole * (WIDTH - LEFT - 20.0);
    let (mut labels, mut bars, mut lane) = (Vec::new(), Vec::new(), 0.0);
    let mut hosts: Vec<&str> = steps.iter().map(|step| step.host).collect();
    hosts.sort_unstable();
    hosts.dedup();
    for host in hosts {
        let first = lane;
        // The end of the last bar of each lane.
        let mut free: Vec<SystemTime> = Vec::new();
        for step in steps.iter().filter(|step| step.host == host) {
            let end = step.end.map_or(to, |end| end.at);
            let place = free.iter().position(|free| *free <= step.begun).unwrap_or(free.len());
            free.resize(free.len().max(place + 1), end);
            free[place] = end;
            bars.push(bar(step, x(step.begun), x(end), TOP + (first + place as f64) * LANE));
        }
        let name: String = host.chars().take(NAME).collect();
        labels.push(Label {
            name,
            y: number(TOP + first * LANE + 13.0),
        });
        lane += free.len() as f64;
    }
    (labels, ticks(whole), bars, number(TOP + lane * LANE))
}

fn bar(step: &RecordedStep, from: f64, to: f64, y: f64) -> Bar {
    const NARROWEST: f64 = 2.0;
    let took = step.took().map(|took| format!(", {} s", number(took.as_secs_f64())));
    Bar {
        x: number(from),
        y: number(y),
        width: number((to - from).max(NARROWEST)),
        colour: match step.end {
            None => "#8c959f",
            Some(end) if end.error.is_some() => "#b3261e",
            Some(_) => "#2da44e",
        },
        told: printable_lines(&format!("{}: {}{}", step.host, step.title, took.unwrap_or_default())),
    }
}

/// Five to ten round times on the axis.
fn ticks(whole: f64) -> Vec<Tick> {
    const STEPS: [f64; 12] = [
        0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0, 1_800.0, 3_600.0,
    ];
    let step = STEPS
        .into_iter()
        .find(|step| whole / step <= 10.0)
        .unwrap_or(whole / 5.0);
    let times = (0..=10).map(|at| f64::from(at) * step).take_while(|at| *at <= whole);
    let tick = |at: f64| Tick {
        x: number(LEFT + at / whole * (WIDTH - LEFT - 20.0)),
        label: format!("{} s", number(at)),
    };
    times.map(tick).collect()
}

fn since(at: SystemTime, from: SystemTime) -> Duration {
    at.duration_since(from).unwrap_or_default()
}

/// A number with one digit behind the point, if it needs one.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests;
