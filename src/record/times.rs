//! How long steps took in earlier runs, and so how long the steps of a plan may take.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::steps::steps;
use super::{Entry, directory, names, read};
use crate::plan::Step;

/// The newest records that are looked at.
const RECORDS: usize = 30;

/// How long steps took, by title.
#[derive(Debug, Default)]
pub struct Times(HashMap<String, Vec<Duration>>);

/// How long a plan may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// The time from the first step to the end of the last, as far as it is known.
    pub duration: Duration,
    /// The steps that such steps are known of.
    pub known: usize,
}

impl Times {
    /// The times of the newest records; none of what cannot be read.
    #[must_use]
    pub fn of_records() -> Self {
        let mut times = Times::default();
        let Ok(directory) = directory() else { return times };
        for name in names(&directory).unwrap_or_default().iter().rev().take(RECORDS) {
            if let Ok(entries) = read(&directory.join(name)) {
                times.add(&entries);
            }
        }
        times
    }

    /// Adds the steps of a record that were done.
    fn add(&mut self, entries: &[Entry]) {
        for step in steps(entries) {
            let is_done = step.end.is_some_and(|end| end.error.is_none());
            if let Some(took) = step.took().filter(|_| is_done) {
                self.0.entry(step.title.to_owned()).or_default().push(took);
            }
        }
    }

    /// How long steps may take that each host runs one after the other, each after the steps that it needs; nothing if no such
    /// step was run before.
    #[must_use]
    pub fn estimate(&self, steps: &[Step]) -> Option<Estimate> {
        let (mut ends, mut hosts): (Vec<Duration>, BTreeMap<_, Duration>) = (Vec::new(), BTreeMap::new());
        let mut known = 0;
        for step in steps {
            let took = self.0.get(&step.title).map(|times| median(times));
            known += usize::from(took.is_some());
            let needed = step.needs.iter().filter_map(|need| ends.get(*need)).max().copied();
            let host = hosts.entry(&step.host).or_default();
            let end = needed.unwrap_or_default().max(*host) + took.unwrap_or_default();
            *host = end;
            ends.push(end);
        }
        let duration = ends.into_iter().max()?;
        (known > 0).then_some(Estimate { duration, known })
    }
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::HostName;
    use crate::plan::{Danger, Success};

    fn step(host: &str, title: &str, needs: &[usize]) -> Step {
        Step {
            host: HostName::parse(host).unwrap(),
            title: title.to_owned(),
            reason: String::new(),
            command: String::new(),
            danger: Danger::Safe,
            success: Success::Exit,
            limit_seconds: 1,
            needs: needs.to_vec(),
        }
    }

    fn run(title: &str, seconds: u32, error: &str) -> Vec<Entry> {
        let lines = format!(
            r#"{{"entry":"begun","at":"2026-11-26T10:00:00Z","host":"kube9","step":"{title}","reason":""}}
{{"entry":"ended","at":"2026-11-26T10:00:{seconds:02}Z","host":"kube9","step":"{title}","command":"","status":0,"output":"","error":{error}}}"#
        );
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn steps_take_as_long_as_before_side_by_side_on_hosts() {
        let mut times = Times::default();
        for (title, seconds, error) in [
            ("install", 10, "null"),
            ("install", 12, "null"),
            ("install", 50, "null"),
            ("mount", 3, "null"),
            ("install", 1, "\"it failed\""),
        ] {
            times.add(&run(title, seconds, error));
        }
        let plan = [
            step("kube1", "install", &[]),
            step("kube2", "install", &[]),
            step("kube2", "never seen", &[1]),
            step("kube1", "mount", &[0, 2]),
        ];
        let known = Estimate {
            duration: Duration::from_secs(15),
            known: 3,
        };
        assert_eq!(times.estimate(&plan), Some(known));
        assert_eq!(times.estimate(&plan[2..3]), None);
        assert_eq!(times.estimate(&[]), None);
    }
}
