//! `boot` on a node itself: waits until the node serves its bricks and mounts its volumes, and repairs what is safe to
//! repair. `boot` never formats a device and never creates a volume. Called by `commands/boot.rs`.

mod contract;
mod work;

use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::time::sleep;

use crate::facts::{Pool, Volumes};
use crate::remote::Session;

pub use contract::{BrickLine, Contract, VolumeLine};

/// The pause before unmet needs are looked at again.
const PAUSE: Duration = Duration::from_secs(1);
/// glusterd waits for a brick's device as long as systemd does: x-systemd.device-timeout in fstab.
const DEVICE_LIMIT: Duration = Duration::from_secs(30);

/// The state of one need of the node: a stable interface.
#[derive(Debug, Clone, Serialize)]
pub struct NeedState {
    /// The need's name.
    pub step: String,
    /// Whether the need is met.
    pub done: bool,
    /// How the need is met, or why the need is not met.
    pub what: String,
    /// When the need was last looked at, in seconds from the beginning.
    pub seconds: f64,
}

/// A need of the node after a boot.
#[derive(Debug, Clone)]
enum Need {
    Network,
    Brick(BrickLine),
    Glusterd,
    Peers,
    Bricks,
    Mount(VolumeLine),
    Heals,
}

/// A run of `boot`.
pub struct Boot<'a> {
    contract: &'a Contract,
    /// The node is in maintenance: its bricks and glusterd stay down.
    rests: bool,
    session: Session,
    begun: Instant,
    limit: Duration,
    /// What glusterd said last.
    known: Option<(Pool, Volumes)>,
    /// Since when a peer is connected.
    peers_since: Option<Instant>,
    /// Since when heals are looked at.
    heals_since: Option<Instant>,
}

impl<'a> Boot<'a> {
    /// A run that ends after `limit`, which begins now; of a node in maintenance (`rests`), only the mounts are seen to.
    /// Nothing is looked at yet.
    #[must_use]
    pub fn new(contract: &'a Contract, rests: bool, limit: Duration) -> Self {
        Boot {
            contract,
            rests,
            session: Session::this_machine(),
            begun: Instant::now(),
            limit,
            known: None,
            peers_since: None,
            heals_since: None,
        }
    }

    /// Waits and repairs until every need is met or the time is over; `say` gets each need as soon as the need is met.
    /// Returns the states of all needs.
    pub async fn run(mut self, say: impl Fn(&NeedState)) -> Vec<NeedState> {
        let needs = self.needs();
        let mut states: Vec<NeedState> = needs
            .iter()
            .map(|need| NeedState {
                step: need.name(),
                done: false,
                what: "not begun".to_owned(),
                seconds: 0.0,
            })
            .collect();
        loop {
            for (at, need) in needs.iter().enumerate() {
                if states[at].done {
                    continue;
                }
                let result = match self.blocked(need, &needs, &states) {
                    Some(why) => Err(why),
                    None => self.attempt(need).await,
                };
                states[at].done = result.is_ok();
                states[at].what = result.unwrap_or_else(|why| why);
                states[at].seconds = self.begun.elapsed().as_secs_f64();
                if states[at].done {
                    say(&states[at]);
                }
            }
            if states.iter().all(|state| state.done) || self.left().is_zero() {
                return states;
            }
            sleep(PAUSE.min(self.left())).await;
        }
    }

    fn needs(&self) -> Vec<Need> {
        let mut needs = vec![Need::Network];
        if self.rests {
            needs.extend(self.contract.volumes.iter().cloned().map(Need::Mount));
            return needs;
        }
        needs.extend(self.contract.bricks.iter().cloned().map(Need::Brick));
        // A mount from localhost gets its volfile from the node's own glusterd.
        let own = |volume: &VolumeLine| volume.servers[0] == "localhost";
        let asks = !self.contract.bricks.is_empty() || self.contract.volumes.iter().any(own);
        if asks {
            needs.extend([Need::Glusterd, Need::Peers, Need::Bricks]);
        }
        needs.extend(self.contract.volumes.iter().cloned().map(Need::Mount));
        if asks {
            needs.push(Need::Heals);
        }
        needs
    }

    fn left(&self) -> Duration {
        self.limit.saturating_sub(self.begun.elapsed())
    }

    /// Why a need has to wait for another need, if the other need is not met.
    fn blocked(&self, need: &Need, needs: &[Need], states: &[NeedState]) -> Option<String> {
        let missing = |wanted: fn(&Need) -> bool| {
            let mut all = needs.iter().zip(states);
            all.find(|(need, state)| wanted(need) && !state.done)
                .map(|(_, state)| format!("waiting for {}", state.step))
        };
        match need {
            Need::Network | Need::Brick(_) => None,
            // A lost disk must not keep the node's other bricks from being served.
            Need::Glusterd if self.begun.elapsed() > DEVICE_LIMIT.min(self.limit / 2) => None,
            Need::Glusterd => missing(|need| matches!(need, Need::Brick(_))),
            Need::Peers | Need::Mount(_) => missing(|need| matches!(need, Need::Glusterd)),
            Need::Bricks => missing(|need| matches!(need, Need::Peers)),
            Need::Heals => missing(|need| matches!(need, Need::Bricks)),
        }
    }

    /// Looks at a need and repairs what is safe to repair; returns how the need is met, or why the need is not met yet.
    async fn attempt(&mut self, need: &Need) -> Result<String, String> {
        match need {
            Need::Network => self.network().await,
            Need::Brick(brick) => self.brick(brick).await,
            Need::Glusterd => self.glusterd().await,
            Need::Peers => self.peers().await,
            Need::Bricks => self.bricks().await,
            Need::Mount(volume) => self.mount(volume).await,
            Need::Heals => self.heals().await,
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
            Need::Heals => "heals".to_owned(),
        }
    }
}
