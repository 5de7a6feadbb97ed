//! Runs one step: its command, again while Gluster is busy or peers are still joining.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::judge::{Attempt, is_anew, judge, unconnected};
use super::{End, Stop};
use crate::events::{Event, Events};
use crate::facts::{self, Contact, Listener};
use crate::inventory::HostName;
use crate::plan::{Problem, Step, Success, contact_problems};
use crate::remote::{Hosts, Output};

/// For how long a command is repeated while another command holds Gluster's lock: glusterd drops the lock of a crashed
/// command after 3 minutes.
const BUSY_LIMIT: Duration = Duration::from_secs(240);
/// For how long a step waits for peers to join; three servers took 1.2 s (measured).
const PEERS_LIMIT: Duration = Duration::from_secs(90);
/// A step that waits longer than this for peers tries the connections, and tries them again each time that as long has
/// passed: a glusterd that was just started needs a second or two.
const LOOK: Duration = Duration::from_secs(8);
/// For how long connections are tried.
const TRYING: Duration = Duration::from_secs(8);
/// The pause after the first attempt.
const PAUSE: Duration = Duration::from_millis(100);
/// What helps if every connection comes about.
const LOGS: &str = "look at /var/log/glusterfs/glusterd.log on the host and on these peers";
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A step, and everything that is needed to run the step.
pub struct Runner {
    pub hosts: Arc<Hosts>,
    pub step: Step,
    pub events: Events,
    pub stop: Stop,
}

impl Runner {
    /// Runs the step and tells its begin and its end.
    pub async fn run(self) -> End {
        let Step { host, title, .. } = &self.step;
        let begun = Instant::now();
        self.events.send(Event::Started {
            host: host.clone(),
            step: title.clone(),
            reason: self.step.reason.clone(),
        });
        let work = match &self.step.success {
            Success::Watch(watch) => self.watch(*watch).await,
            Success::NewBoot(before) => self.booted(before).await,
            _ => self.attempts(begun).await,
        };
        let (error, output) = match work {
            Ok(output) => (None, Some(output)),
            Err((why, output)) => (Some(why), output),
        };
        let is_anew = output.as_ref().is_some_and(|output| is_anew(&self.step, output));
        self.events.send(Event::Ended {
            host: host.clone(),
            step: title.clone(),
            seconds: begun.elapsed().as_secs_f64(),
            error: error.clone(),
            command: self.step.command.clone(),
            status: output.as_ref().map(|output| output.status),
            output: output
                .map(|output| [output.stdout, output.stderr].concat())
                .unwrap_or_default(),
        });
        match error {
            None => End::Done,
            Some(why) if is_anew => End::Anew(why),
            Some(why) => End::Failed(why),
        }
    }

    /// Runs the command until an attempt is final; fails with the reason, and the last attempt's output if the host
    /// answered.
    async fn attempts(&self, begun: Instant) -> Result<Output, (String, Option<Output>)> {
        let script = self.step.script();
        let peers = matches!(self.step.success, Success::Peers(_));
        let (limit, remedy) = match peers {
            true => (PEERS_LIMIT, LOGS),
            false => (
                BUSY_LIMIT,
                "another gluster command may hang; look at /var/log/glusterfs/glusterd.log on the host",
            ),
        };
        let (mut pause, mut look) = (PAUSE, LOOK);
        loop {
            let output = self.hosts.run(&self.step.host, &script).await;
            let output = output.map_err(|lost| (lost.to_string(), None))?;
            let why = match judge(&self.step, &output) {
                Attempt::Done => return Ok(output),
                Attempt::Failed(why) => {
                    // Gluster's own words stay.
                    let words = if output.status == 0 {
                        format!("\n{why}")
                    } else {
                        String::new()
                    };
                    let found = self.why_unconnected(&output).await.map(|found| found + &words);
                    return Err((found.unwrap_or(why), Some(output)));
                }
                Attempt::Rejected(why) if begun.elapsed() > LOOK => {
                    return Err((format!("{why}\n{LOGS}"), Some(output)));
                }
                Attempt::Again(why) | Attempt::Rejected(why) => why,
            };
            if peers && begun.elapsed() > look {
                if let Some(found) = self.why_unconnected(&output).await {
                    return Err((found, Some(output)));
                }
                look = begun.elapsed() + LOOK;
            }
            if begun.elapsed() > limit {
                let why = format!("{why}, for {} s\n{remedy}", limit.as_secs());
                return Err((why, Some(output)));
            }
            self.events.send(Event::Again {
                host: self.step.host.clone(),
                step: self.step.title.clone(),
                why: why.clone(),
            });
            // No command runs between two attempts: whoever wants to stop need not wait for the next attempt.
            tokio::select! {
                () = sleep(pause) => {}
                reason = self.stop.asked() => {
                    return Err((format!("{why}\nnot tried again: {reason}"), Some(output)));
                }
            }
            if !peers {
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }

    /// Why the hosts that the step could not connect to are not connected, if trying the connections tells.
    async fn why_unconnected(&self, output: &Output) -> Option<String> {
        let from = &self.step.host;
        let contact = |from: &HostName, to: &HostName| Contact {
            from: from.clone(),
            to: to.clone(),
            listener: Listener::Glusterd,
        };
        let others = unconnected(&self.step, output);
        let mut wanted: BTreeSet<Contact> = others.iter().map(|to| contact(from, to)).collect();
        if matches!(self.step.success, Success::Peers(_)) {
            // Each of two peers connects to the other.
            wanted.extend(others.iter().map(|other| contact(other, from)));
        }
        let tried = facts::try_contacts(&self.hosts, &wanted, TRYING).await;
        let problems = contact_problems(self.hosts.inventory(), &tried);
        let messages: Vec<String> = problems.iter().map(Problem::message).collect();
        (!messages.is_empty()).then(|| messages.join("\n"))
    }
}
