//! Runs one step: its command, again while Gluster is busy or peers are still joining.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::judge::{Attempt, judge};
use super::{End, Stop};
use crate::events::{Event, Events};
use crate::plan::{Step, Success};
use crate::remote::{Hosts, Output};

/// For how long a command is repeated while another command holds Gluster's lock: glusterd drops the lock of a crashed
/// command after 3 minutes.
const BUSY_LIMIT: Duration = Duration::from_secs(240);
/// For how long a step waits for peers to join; three servers took 1.2 s (measured).
const PEERS_LIMIT: Duration = Duration::from_secs(90);
/// The pause after the first attempt.
const PAUSE: Duration = Duration::from_millis(100);
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
        let (error, output) = match self.attempts(begun).await {
            Ok(output) => (None, Some(output)),
            Err((why, output)) => (Some(why), output),
        };
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
        error.map_or(End::Done, End::Failed)
    }

    /// Runs the command until an attempt is final; fails with the reason, and the last attempt's output if the host
    /// answered.
    async fn attempts(&self, begun: Instant) -> Result<Output, (String, Option<Output>)> {
        let script = self.step.script();
        let peers = matches!(self.step.success, Success::Peers(_));
        let (limit, remedy) = match peers {
            true => (PEERS_LIMIT, "check that port 24007 is open between all servers"),
            false => (
                BUSY_LIMIT,
                "another gluster command may hang; look at /var/log/glusterfs/glusterd.log on the host",
            ),
        };
        let mut pause = PAUSE;
        loop {
            let output = self.hosts.run(&self.step.host, &script).await;
            let output = output.map_err(|lost| (lost.to_string(), None))?;
            let why = match judge(&self.step, &output) {
                Attempt::Done => return Ok(output),
                Attempt::Failed(why) => return Err((why, Some(output))),
                Attempt::Again(why) => why,
            };
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
}
