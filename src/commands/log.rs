//! `log`: shows what earlier runs changed, from their records.

use serde::Serialize;

use super::{Ending, Usage};
use crate::cli::Global;
use crate::output;
use crate::record::{self, Entry};

/// Runs `log`.
///
/// # Errors
/// There is no such record, or the record cannot be read.
pub fn run(global: &Global, name: Option<&str>) -> anyhow::Result<Ending> {
    let directory = record::directory()?;
    let names = record::names(&directory)?;
    let Some(name) = name else {
        let mut runs = Vec::new();
        for name in names {
            let entries = record::read(&directory.join(&name))?;
            runs.push(Run::of(name, &entries));
        }
        let list = List {
            version: 1,
            directory: directory.display().to_string(),
            runs,
        };
        output::data(global.output, &list, || list.text())?;
        return Ok(Ending::Done);
    };
    let known = names
        .iter()
        .find(|known| *known == name || known.strip_suffix(".jsonl") == Some(name));
    let Some(known) = known else {
        return Err(Usage(format!(
            "error: there is no record {name}\nglusterctl log lists all records"
        ))
        .into());
    };
    let entries = record::read(&directory.join(known))?;
    output::data(global.output, &entries, || {
        let end = match entries.last() {
            Some(Entry::Finished { .. }) => "",
            _ => "cut short: the program ended before the run was over, or the run still goes on\n",
        };
        entries.iter().map(text).collect::<String>() + end
    })?;
    Ok(Ending::Done)
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
    steps: usize,
    result: &'static str,
}

impl Run {
    fn of(record: String, entries: &[Entry]) -> Self {
        let (at, cluster, by) = match entries.first() {
            Some(Entry::Run { at, cluster, by }) => (at.clone(), cluster.clone(), by.clone()),
            _ => Default::default(),
        };
        let result = match entries.last() {
            Some(Entry::Finished { done: true, .. }) => "done",
            Some(Entry::Finished { done: false, .. }) => "failed",
            _ => "cut short",
        };
        let steps = entries
            .iter()
            .filter(|entry| matches!(entry, Entry::Begun { .. }))
            .count();
        Run {
            record,
            at,
            cluster,
            by,
            steps,
            result,
        }
    }
}

impl List {
    fn text(&self) -> String {
        if self.runs.is_empty() {
            return format!("No run has changed anything yet; records go to {}.\n", self.directory);
        }
        let rows = self.runs.iter().map(|run| {
            let name = run.record.trim_end_matches(".jsonl").to_owned();
            [name, run.cluster.clone(), run.steps.to_string(), run.result.to_owned()]
        });
        output::table(&["RECORD", "CLUSTER", "STEPS", "RESULT"], rows)
    }
}

fn text(entry: &Entry) -> String {
    match entry {
        Entry::Run { at, cluster, by } => format!("{at}  cluster {cluster}, by {by}\n"),
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
        Entry::Finished { at, errors, .. } => format!("{at}  failed:\n{}\n", errors.join("\n")),
    }
}
