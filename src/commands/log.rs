//! `log`: shows what earlier runs changed, from their records.

use std::path::Path;

use serde::Serialize;

use super::{Ending, Usage, report};
use crate::cli::Global;
use crate::inventory::{ClusterName, HostName};
use crate::output;
use crate::record::{self, Entry};

/// The name that stands for the newest record.
const LAST: &str = "last";

/// Runs `log`.
///
/// # Errors
/// There is no such record, or the record cannot be read.
pub fn run(
    global: &Global,
    name: Option<&str>,
    cluster: Option<&ClusterName>,
    page: Option<&Path>,
) -> anyhow::Result<Ending> {
    report::is_possible(page)?;
    let directory = record::directory()?;
    let name = name.or(page.map(|_| LAST));
    // The newest first.
    let mut runs: Vec<(String, Vec<Entry>)> = Vec::new();
    for record in record::names(&directory)?.into_iter().rev() {
        let name_of = record.strip_suffix(".jsonl").unwrap_or(&record).to_owned();
        // The list needs all records, `last` the newest of the cluster, and a name one.
        let is_named = name.is_none_or(|name| [LAST, &record, &name_of].contains(&name));
        if is_named {
            let entries = record::read(&directory.join(&record))?;
            if cluster.is_none_or(|cluster| cluster_of(&entries) == cluster.as_str()) {
                runs.push((record, entries));
                if name.is_some() {
                    break;
                }
            }
        }
    }
    let Some(name) = name else {
        let list = List {
            version: 1,
            directory: directory.display().to_string(),
            runs: runs
                .into_iter()
                .rev()
                .map(|(name, entries)| Run::of(name, &entries))
                .collect(),
        };
        output::report(global.output, &list, || list.text())?;
        return Ok(Ending::Done);
    };
    let Some((record, entries)) = runs.pop() else {
        let of = cluster
            .map(|cluster| format!(" of cluster {cluster}"))
            .unwrap_or_default();
        let what = match name {
            LAST => format!("there is no record{of} yet"),
            name => format!("there is no record {name}{of}"),
        };
        return Err(Usage(format!("error: {what}\nglusterctl log lists all records")).into());
    };
    if page.is_some() {
        report::write(page, &entries, &[], global.quiet)?;
        return Ok(Ending::Done);
    }
    let document = Whole {
        version: 1,
        record: &record,
        entries: &entries,
    };
    output::data(global.output, &document, || whole(&entries))?;
    Ok(Ending::Done)
}

/// A whole record.
#[derive(Serialize)]
struct Whole<'r> {
    version: u32,
    record: &'r str,
    entries: &'r [Entry],
}

/// A record in words: how the run ended and why, then all that it did.
fn whole(entries: &[Entry]) -> String {
    let mut text = match record::result(entries) {
        "cut short" => "cut short: the program ended before the run was over, or the run still goes on\n".to_owned(),
        "failed" => format!("failed:\n{}\n\n", record::errors(entries).join("\n")),
        result => format!("{result}\n"),
    };
    text.extend(entries.iter().map(self::text));
    text
}

/// The cluster of a record.
fn cluster_of(entries: &[Entry]) -> &str {
    match entries.first() {
        Some(Entry::Run { cluster, .. }) => cluster,
        _ => "",
    }
}

#[derive(Serialize)]
struct List {
    version: u32,
    directory: String,
    runs: Vec<Run>,
}

/// A line of the list of runs.
#[derive(Serialize)]
struct Run {
    record: String,
    at: String,
    cluster: String,
    by: String,
    /// The hosts that the run was limited to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    limit: Vec<HostName>,
    steps: usize,
    result: &'static str,
    /// The first reason why the run failed.
    why: Option<String>,
}

impl Run {
    fn of(record: String, entries: &[Entry]) -> Self {
        let (at, cluster, by, limit) = match entries.first() {
            Some(Entry::Run { at, cluster, by, limit }) => (at.clone(), cluster.clone(), by.clone(), limit.clone()),
            _ => Default::default(),
        };
        let result = record::result(entries);
        let why = record::errors(entries).first().and_then(|error| error.lines().next());
        let steps = entries
            .iter()
            .filter(|entry| matches!(entry, Entry::Begun { .. }))
            .count();
        Run {
            record,
            at,
            cluster,
            by,
            limit,
            steps,
            result,
            why: why.map(str::to_owned),
        }
    }
}

impl List {
    fn text(&self) -> String {
        if self.runs.is_empty() {
            return format!("No run has changed anything yet; records go to {}.\n", self.directory);
        }
        let rows = self.runs.iter().rev().map(|run| {
            let name = run.record.trim_end_matches(".jsonl").to_owned();
            let why = run.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            [
                name,
                run.cluster.clone(),
                run.steps.to_string(),
                format!("{}{}{why}", run.result, record::limited_to(&run.limit)),
            ]
        });
        output::table(&["RECORD", "CLUSTER", "STEPS", "RESULT"], rows)
    }
}

fn text(entry: &Entry) -> String {
    match entry {
        Entry::Run { at, cluster, by, limit } => {
            format!("{at}  cluster {cluster}, by {by}{}\n", record::limited_to(limit))
        }
        Entry::Begun { at, host, step, reason } => format!("{at}  {host}: {step} ({reason})\n"),
        Entry::Ended {
            at,
            host,
            step,
            command,
            status,
            output,
            error,
        } => {
            let end = match (status, error) {
                (_, Some(error)) => format!("FAILED: {error}"),
                (Some(status), None) => format!("exit status {status}"),
                (None, None) => "the connection to the host broke".to_owned(),
            };
            let lines = command.lines().map(|line| format!("    $ {line}\n"));
            let printed = output.lines().map(|line| format!("      {line}\n"));
            format!(
                "{at}  {host}: {step}: {end}\n{}",
                lines.chain(printed).collect::<String>()
            )
        }
        Entry::Finished { at, done: true, .. } => format!("{at}  done\n"),
        Entry::Finished { at, .. } => format!("{at}  failed, for the reasons above\n"),
    }
}
