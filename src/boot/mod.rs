//! `boot` on a node itself: waits until the node has all that `apply` gave it, and repairs what is safe to repair. It
//! never formats and never creates.

mod contract;
mod work;

use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::time::sleep;

use crate::facts::{Pool, Volumes};
use crate::remote::Session;

pub use contract::{BrickLine, Contract, VolumeLine};

/// How often what is not there yet is looked at again.
const PAUSE: Duration = Duration::from_secs(1);
/// glusterd waits for a brick's device as long as systemd does: x-systemd.device-timeout in fstab.
const DEVICE_LIMIT: Duration = Duration::from_secs(30);
/// What was done about one thing: a stable interface.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// The thing.
    pub step: String,
    /// It is as it should be.
    pub done: bool,
    /// How it is, or why it is not.
    pub what: String,
    /// When it was so, in seconds from the beginning.
    pub seconds: f64,
}

/// One thing that has to be there.
#[derive(Debug, Clone)]
enum Need {
    Network,
    Brick(BrickLine),
    Glusterd,
    Peers,
    Bricks,
    Mount(VolumeLine),
}

/// A run of `boot`.
pub struct Boot<'a> {
    contract: &'a Contract,
    session: Session,
    begun: Instant,
    limit: Duration,
    /// What glusterd said last.
    known: Option<(Pool, Volumes)>,
    /// Since when a peer is there.
    peers_since: Option<Instant>,
}

impl<'a> Boot<'a> {
    /// Nothing is looked at yet; `limit` begins to run.
    #[must_use]
    pub fn new(contract: &'a Contract, limit: Duration) -> Self {
        Boot {
            contract,
            session: Session::this_machine(),
            begun: Instant::now(),
            limit,
            known: None,
            peers_since: None,
        }
    }

    /// Waits and repairs until everything is there or the time is over; `say` gets each thing as soon as it is there.
    /// Returns all of them, those that are missing included.
    pub async fn run(mut self, say: impl Fn(&Line)) -> Vec<Line> {
        let needs = self.needs();
        let mut lines: Vec<Line> = needs
            .iter()
            .map(|need| Line {
                step: need.name(),
                done: false,
                what: "not begun".to_owned(),
                seconds: 0.0,
            })
            .collect();
        loop {
            for (at, need) in needs.iter().enumerate() {
                if lines[at].done {
                    continue;
                }
                let result = match self.blocked(need, &needs, &lines) {
                    Some(why) => Err(why),
                    None => self.attempt(need).await,
                };
                lines[at].done = result.is_ok();
                lines[at].what = result.unwrap_or_else(|why| why);
                lines[at].seconds = self.begun.elapsed().as_secs_f64();
                if lines[at].done {
                    say(&lines[at]);
                }
            }
            if lines.iter().all(|line| line.done) || self.left().is_zero() {
                return lines;
            }
            sleep(PAUSE.min(self.left())).await;
        }
    }

    fn needs(&self) -> Vec<Need> {
        let mut needs = vec![Need::Network];
        needs.extend(self.contract.bricks.iter().cloned().map(Need::Brick));
        // A server's own glusterd tells its mounts where the bricks are.
        let own = |volume: &VolumeLine| volume.servers[0] == "localhost";
        if !self.contract.bricks.is_empty() || self.contract.volumes.iter().any(own) {
            needs.extend([Need::Glusterd, Need::Peers, Need::Bricks]);
        }
        needs.extend(self.contract.volumes.iter().cloned().map(Need::Mount));
        needs
    }

    fn left(&self) -> Duration {
        self.limit.saturating_sub(self.begun.elapsed())
    }

    /// What has to be there before.
    fn blocked(&self, need: &Need, needs: &[Need], lines: &[Line]) -> Option<String> {
        let missing = |wanted: fn(&Need) -> bool| {
            let mut all = needs.iter().zip(lines);
            all.find(|(need, line)| wanted(need) && !line.done)
                .map(|(_, line)| format!("not before {}", line.step))
        };
        match need {
            Need::Network | Need::Brick(_) => None,
            // A lost disk must not keep the others from being served.
            Need::Glusterd if self.begun.elapsed() > DEVICE_LIMIT.min(self.limit / 2) => None,
            Need::Glusterd => missing(|need| matches!(need, Need::Brick(_))),
            Need::Peers | Need::Mount(_) => missing(|need| matches!(need, Need::Glusterd)),
            Need::Bricks => missing(|need| matches!(need, Need::Peers)),
        }
    }

    /// Looks at one thing, and does what is safe to do; how it is, or why it is not yet.
    async fn attempt(&mut self, need: &Need) -> Result<String, String> {
        match need {
            Need::Network => self.network().await,
            Need::Brick(brick) => self.brick(brick).await,
            Need::Glusterd => self.glusterd().await,
            Need::Peers => self.peers().await,
            Need::Bricks => self.bricks().await,
            Need::Mount(volume) => self.mount(volume).await,
        }
    }
}

impl Need {
    fn name(&self) -> String {
        match self {
            Need::Network => "network".to_owned(),
            Need::Brick(brick) => format!("brick {}", brick.target),
            Need::Glusterd => "glusterd".to_owned(),
            Need::Peers => "peers".to_owned(),
            Need::Bricks => "bricks".to_owned(),
            Need::Mount(line) => format!("mount {}", line.path),
        }
    }
}
