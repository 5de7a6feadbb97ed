//! `boot` on a node itself: waits until the node has all that `apply` gave it, and repairs what is safe to repair. It
//! never formats and never creates.

mod contract;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::time::{sleep, timeout};

use crate::facts::{self, Pool, Reply, VolumeInfo};
use crate::plan::units;
use crate::remote::{Output, Script, Session};
use crate::shell;

pub use contract::{BrickLine, Contract, VolumeLine};

/// How often what is not there yet is looked at again.
const PAUSE: Duration = Duration::from_secs(1);
/// glusterd waits for a brick's device as long as systemd does: x-systemd.device-timeout in fstab.
const DEVICE_LIMIT: Duration = Duration::from_secs(30);
/// glusterd starts its bricks by itself, a moment after a peer answered.
const GRACE: Duration = Duration::from_secs(5);
/// How long a volume may take to answer a read.
const READ_LIMIT: Duration = Duration::from_secs(10);

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
    known: Option<(Pool, BTreeMap<String, VolumeInfo>)>,
    /// Since when a peer is there.
    peers_since: Option<Instant>,
}

impl<'a> Boot<'a> {
    /// Nothing is looked at yet; `limit` begins to run.
    #[must_use]
    pub fn new(contract: &'a Contract, limit: Duration) -> Self {
        Boot {
            contract,
            session: Session::here(),
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
                    None => self.attempt(need, &needs, &lines).await,
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
        if !self.contract.bricks.is_empty() {
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
    async fn attempt(&mut self, need: &Need, needs: &[Need], lines: &[Line]) -> Result<String, String> {
        match need {
            Need::Network => self.network().await,
            Need::Brick(brick) => self.brick(brick).await,
            Need::Glusterd => self.glusterd().await,
            Need::Peers => self.peers().await,
            Need::Bricks => {
                let found = needs.iter().zip(lines).filter(|(_, line)| line.done);
                let targets = found.filter_map(|(need, _)| match need {
                    Need::Brick(brick) => Some(brick.target.clone()),
                    _ => None,
                });
                let targets: Vec<String> = targets.collect();
                self.bricks(&targets).await
            }
            Need::Mount(volume) => self.mount(volume).await,
        }
    }

    async fn network(&self) -> Result<String, String> {
        let servers = self.contract.volumes.iter().flat_map(|volume| &volume.servers);
        let names: Vec<&str> = servers
            .map(String::as_str)
            .filter(|name| *name != "localhost")
            .collect();
        let set = [("names", names.join(" "))];
        self.script(&set, include_str!("../../templates/boot-network.sh"), false)
            .await?;
        Ok("every peer has an address and a route".to_owned())
    }

    async fn brick(&self, brick: &BrickLine) -> Result<String, String> {
        let set = [
            ("uuid", brick.uuid.clone()),
            ("target", brick.target.clone()),
            ("unit", units::mount_unit(&brick.target)),
        ];
        self.script(&set, include_str!("../../templates/boot-brick.sh"), true)
            .await?;
        Ok(format!("mounted, file system {}", brick.uuid))
    }

    async fn glusterd(&mut self) -> Result<String, String> {
        if self.ask().await.is_err() {
            self.script(&[], include_str!("../../templates/boot-glusterd.sh"), true)
                .await?;
            self.ask().await?;
        }
        Ok("answers".to_owned())
    }

    /// Asks glusterd for the pool and the volumes.
    async fn ask(&mut self) -> Result<(), String> {
        let gluster = async |words: &str| {
            let text = format!("gluster --mode=script --xml {words}");
            Ok::<String, String>(self.script(&[], &text, false).await?.stdout)
        };
        let pool = facts::pool(&gluster("pool list").await?)?;
        let volumes = facts::volumes(&gluster("volume info all").await?)?;
        self.known = Some((pool, volumes));
        Ok(())
    }

    /// glusterd starts no brick of a pool before another server answers.
    async fn peers(&mut self) -> Result<String, String> {
        self.ask().await?;
        let peers = self.known.as_ref().map_or(&[][..], |(pool, _)| &pool.peers);
        let connected = peers.iter().filter(|peer| peer.connected).count();
        let missing: Vec<&str> = peers
            .iter()
            .filter(|peer| !peer.connected)
            .map(|peer| peer.names[0].as_str())
            .collect();
        let absent = if missing.is_empty() {
            String::new()
        } else {
            format!("; not {}", missing.join(", "))
        };
        let text = format!("{connected} of {} connected{absent}", peers.len());
        if connected == 0 && !peers.is_empty() {
            return Err(text);
        }
        self.peers_since.get_or_insert_with(Instant::now);
        Ok(text)
    }

    async fn bricks(&mut self, targets: &[String]) -> Result<String, String> {
        self.ask().await?;
        let Some((pool, volumes)) = &self.known else {
            return Err("glusterd does not answer".to_owned());
        };
        let waited = self.peers_since.is_some_and(|since| since.elapsed() > GRACE);
        let (mut all, mut down) = (0, Vec::new());
        for volume in volumes.values().filter(|volume| volume.started) {
            let own: Vec<&str> = volume
                .bricks
                .iter()
                .zip(&volume.brick_hosts)
                .filter(|(_, host)| **host == pool.own_uuid)
                .filter_map(|(brick, _)| Some(brick.split_once(':')?.1))
                .collect();
            all += own.len();
            let missing = self.without_process(&own).await?;
            if !missing.is_empty() && waited {
                self.serve(volume, &own, targets).await?;
            }
            down.extend(missing);
        }
        match down.is_empty() {
            true => Ok(format!("all {all} of this node run")),
            false => Err(format!("{} does not run", down.join(", "))),
        }
    }

    async fn without_process(&self, bricks: &[&str]) -> Result<Vec<String>, String> {
        let text = "for brick in $bricks; do\n    \
                    grep -qsxzF \"$brick\" /proc/[0-9]*/cmdline || echo \"$brick\"\ndone";
        let output = self.script(&[("bricks", bricks.join(" "))], text, false).await?;
        Ok(output.stdout.lines().map(str::to_owned).collect())
    }

    async fn serve(&self, volume: &VolumeInfo, own: &[&str], targets: &[String]) -> Result<(), String> {
        let set = [
            ("volume", volume.name.clone()),
            ("id", volume.id.replace('-', "")),
            ("bricks", own.join(" ")),
            ("targets", targets.join(" ")),
        ];
        let output = self
            .script(&set, include_str!("../../templates/boot-serve.sh"), true)
            .await?;
        match output.stdout.trim() {
            "" => Ok(()),
            said => match facts::reply(said)? {
                Reply::Done => Ok(()),
                Reply::Busy(words) | Reply::Refused(words) => Err(words),
            },
        }
    }

    async fn mount(&self, line: &VolumeLine) -> Result<String, String> {
        let set = [
            ("volume", line.volume.clone()),
            ("path", line.path.clone()),
            ("unit", units::mount_unit(&line.path)),
        ];
        self.script(&set, include_str!("../../templates/boot-mount.sh"), true)
            .await?;
        let path = line.path.clone();
        let read = tokio::task::spawn_blocking(move || std::fs::read_dir(path)?.next().transpose());
        match timeout(READ_LIMIT, read).await {
            Ok(Ok(Ok(_))) => Ok(format!("volume {} is mounted and answers", line.volume)),
            Ok(Ok(Err(error))) => Err(format!("mounted, but reading fails: {error}")),
            Ok(Err(error)) => Err(format!("reading it failed: {error}")),
            Err(_) => Err(format!("mounted, but no answer within {} s", READ_LIMIT.as_secs())),
        }
    }

    /// Runs a script here, with these variables set, for no longer than there is time.
    async fn script(&self, set: &[(&str, String)], text: &str, changes: bool) -> Result<Output, String> {
        let set: String = set
            .iter()
            .map(|(name, value)| format!("{name}={}\n", shell::quote(value)))
            .collect();
        let script = Script {
            text: set + text,
            limit: self.left().clamp(PAUSE, Duration::from_secs(120)),
            changes,
        };
        let output = self.session.run(&script).await.map_err(|lost| lost.to_string())?;
        match output.status {
            0 => Ok(output),
            124 => Err(format!("not done within {} s", script.limit.as_secs())),
            status => Err(match output.stderr.trim() {
                "" if output.stdout.trim().is_empty() => format!("exit status {status}"),
                "" => output.stdout.trim().to_owned(),
                said => said.to_owned(),
            }),
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
