//! `rehearse --chaos`: faults on the stand-ins, one after the other, while programs write to the volumes and read from them;
//! after each fault the cluster is mended as the documentation says, and every file is compared with what was written.

mod choice;
mod fault;
mod felt;
mod load;
mod player;
mod scene;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::time::sleep;

use super::{Phases, stand_ins, teller};
use crate::cli::{Fault, Global};
use crate::commands::cluster::{self, blocking};
use crate::commands::{Interrupted, status};
use crate::desired::Desired;
use crate::facts::Facts;
use crate::health::{Health, VolumeState};
use crate::inventory::{HostName, Inventory, VolumeName};
use crate::lab::Lab;
use crate::record::Notes;
use crate::remote::Hosts;
use choice::Strike;
use load::{Files, Load, Post, Work};
use player::Player;
use scene::{Scene, Volume};
use told::Told;

pub use told::Chaos;
#[cfg(test)]
pub use told::tests::example;

/// How many files there are before a fault.
const FIRST: usize = 12;

/// How long the first files may take.
const BEGIN: Duration = Duration::from_secs(60);

/// For how long a fault lasts after the clients and servers have noticed it, at least; and how long whoever is promised to go on
/// may take to do so.
const NOTICED: Duration = Duration::from_secs(5);
const GOES_ON: Duration = Duration::from_secs(60);

/// How long healing may take: what one crawl of the self-heal daemon leaves is left to the next, ten minutes later.
const HEALED: Duration = Duration::from_secs(660);

/// After how long of waiting it is told for what.
const SILENCE: Duration = Duration::from_secs(20);

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// What all faults share.
pub struct Stage<'s> {
    /// The options of the program; data goes to standard error.
    pub global: &'s Global,
    /// The inventory.
    pub inventory: &'s Arc<Inventory>,
    /// The stand-ins.
    pub lab: &'s Arc<Lab>,
    /// The notes for the page.
    pub notes: &'s Notes,
}

/// All files that were written so far, by volume.
type Written = BTreeMap<VolumeName, Files>;

/// Lets the faults happen, on stand-ins that were provisioned. After a fault that was not mended, no other follows. `chaos` gets
/// what happened, also if the faults do not come to their end.
///
/// # Errors
/// The volumes do not even work before the faults, or Ctrl-C.
pub fn run(
    stage: &Stage,
    facts: &Facts,
    faults: &[Fault],
    phases: &mut Phases,
    chaos: &mut Chaos,
) -> anyhow::Result<()> {
    let desired = Desired::of(stage.inventory);
    let scene = Scene::of(&desired, facts);
    let mut written = Written::new();
    for (number, fault) in faults.iter().enumerate() {
        let is_whole = chaos
            .faults
            .iter()
            .all(|told| told.skipped.is_some() || told.healed_seconds.is_some());
        let strike = match is_whole {
            true => Strike::choose(*fault, stage.inventory, &scene),
            false => Err("the fault before was not mended".to_owned()),
        };
        let strike = match strike {
            Ok(strike) => strike,
            Err(why) => {
                chaos.faults.push(Told::skipped(*fault, why));
                continue;
            }
        };
        let hosts = stand_ins(stage.inventory, stage.lab)?;
        let mut attempt = Attempt::of(&strike, number);
        let ended = phases.time(phase(*fault), || {
            cluster::run(&hosts, happen(stage, &hosts, &scene, &mut attempt, &mut written))
        });
        if let Err(error) = ended {
            let why = match error.is::<Interrupted>() {
                true => "interrupted".to_owned(),
                false => format!("{error:#}"),
            };
            let rest = faults.iter().skip(number + 1);
            chaos.faults.push(attempt.cut_short(&scene, &why));
            chaos
                .faults
                .extend(rest.map(|fault| Told::skipped(*fault, format!("the fault before: {why}"))));
            return Err(error);
        }
        attempt.told.judge();
        chaos.faults.push(attempt.told);
    }
    chaos.ok = chaos.broken().is_empty();
    Ok(())
}

/// A fault that is being rehearsed, as far as it has come.
struct Attempt<'v> {
    strike: &'v Strike,
    /// How many faults were before.
    number: usize,
    told: Told,
    players: Vec<Player<'v>>,
    /// When the programs were started.
    zero: Instant,
    /// When the fault began, and when everything worked again, after `zero`.
    from: Option<Duration>,
    whole: Option<Duration>,
}

impl<'v> Attempt<'v> {
    fn of(strike: &'v Strike, number: usize) -> Self {
        Attempt {
            told: Told::new(strike.fault(), strike.told()),
            strike,
            number,
            players: Vec::new(),
            zero: Instant::now(),
            from: None,
            whole: None,
        }
    }

    /// What was noticed until now of a fault that does not come to its end.
    fn cut_short(mut self, scene: &Scene, why: &str) -> Told {
        let now = self.zero.elapsed();
        if let Some(from) = self.from.filter(|_| self.told.users.is_empty()) {
            let whole = self.whole.unwrap_or(now);
            self.told.seconds.get_or_insert((whole - from).as_secs_f64());
            for player in &self.players {
                let mut user = player.noticed(scene, self.strike, [from, whole, now]);
                // Who knows what would have succeeded at the end.
                (user.writes.stuck, user.reads.stuck) = (false, false);
                self.told.users.push(user);
            }
        }
        self.told.judge();
        self.told.cut_short = Some(why.to_owned());
        self.told
    }
}

fn phase(fault: Fault) -> &'static str {
    match fault {
        Fault::Host => "lose a host, and get it back",
        Fault::Disk => "lose a disk, and replace it",
        Fault::Network => "cut the network, and join it",
        Fault::Power => "cut the power of all hosts under load",
    }
}

/// One fault, from the first file until all files were compared.
async fn happen<'v>(
    stage: &Stage<'_>,
    hosts: &Arc<Hosts>,
    scene: &'v Scene,
    attempt: &mut Attempt<'v>,
    written: &mut Written,
) -> anyhow::Result<()> {
    let say = teller(stage.global.quiet);
    let strike = attempt.strike;
    healed(hosts, Instant::now(), &say)
        .await
        .map_err(|why| anyhow::anyhow!("the cluster is not whole before the fault: {why}"))?;
    attempt.zero = Instant::now();
    let zero = attempt.zero;
    begin(stage, scene, attempt).await?;

    say(&format!("chaos: {}", strike.told()));
    let (from, begun) = (zero.elapsed(), Instant::now());
    attempt.from = Some(from);
    let Attempt { told, players, .. } = attempt;
    for player in players.iter().filter(|player| strike.switches_off(player.host)) {
        player.loads().for_each(Load::is_cut);
    }
    fault::hit(stage, strike).await?;
    hold(scene, strike, players, zero).await;
    told.seconds = Some(begun.elapsed().as_secs_f64());

    say("chaos: mending, and waiting until everything is healed");
    let begun = Instant::now();
    let mended = fault::mend(stage, hosts, strike).await;
    let whole = zero.elapsed();
    attempt.whole = Some(whole);
    goes_on(players, whole).await;
    // Gluster lists files that are being written among those to heal.
    players.iter().for_each(|player| player.writes.stop());
    let is_healed = match mended {
        Ok(()) => healed(hosts, begun, &say).await,
        Err(error) => Err(format!("{error:#}")),
    };
    match is_healed {
        Ok(took) => told.healed_seconds = Some(took.as_secs_f64()),
        Err(why) => told.broken.push(why),
    }
    for player in &*players {
        told.users
            .push(player.noticed(scene, strike, [from, whole, zero.elapsed()]));
        let files = written.entry(player.volume.name.clone()).or_default();
        files.extend(player.writes.written());
    }
    players.clear();
    if told.healed_seconds.is_some() {
        say("chaos: comparing all files with what was written");
        compare(stage, scene, written, told).await?;
    }
    Ok(())
}

/// Starts the programs, and waits until there are files, and until they can be read.
async fn begin<'v>(stage: &Stage<'_>, scene: &'v Scene, attempt: &mut Attempt<'v>) -> anyhow::Result<()> {
    let (strike, number, zero) = (attempt.strike, attempt.number, attempt.zero);
    let players = &mut attempt.players;
    for volume in &scene.volumes {
        for host in strike.clients(volume) {
            let post = stage.post(volume, host);
            blocking({
                let post = post.clone();
                move || post.make_directory()
            })
            .await?;
            players.push(Player {
                writes: Load::start(post, Work::Write(format!("{number}-{host}")), zero),
                reads: None,
                volume,
                host,
            });
        }
    }
    for player in players.iter_mut() {
        let what = || {
            format!(
                "{}: no {FIRST} files are written at {}",
                player.host, player.volume.mount
            )
        };
        until(|| player.writes.written().len() >= FIRST)
            .await
            .with_context(what)?;
        let files = player.writes.written();
        let post = stage.post(player.volume, player.host);
        player.reads = Some(Load::start(post, Work::Read(files), zero));
    }
    for player in players {
        let what = || format!("{}: no file is read at {}", player.host, player.volume.mount);
        let reads = || player.reads.as_ref().is_some_and(|reads| reads.last_done().is_some());
        until(reads).await.with_context(what)?;
    }
    Ok(())
}

async fn until(is_so: impl Fn() -> bool) -> anyhow::Result<()> {
    let begun = Instant::now();
    while !is_so() {
        if begun.elapsed() > BEGIN {
            bail!("not within {} s", BEGIN.as_secs());
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

impl Stage<'_> {
    fn post(&self, volume: &Volume, host: &HostName) -> Post {
        Post {
            lab: Arc::clone(self.lab),
            host: host.clone(),
            mount: volume.mount.to_string(),
            dir: format!("{}/rehearsal-chaos", volume.mount),
        }
    }
}

/// Lets the fault last until everybody has noticed it who can, and whoever is promised to go on does so.
async fn hold(scene: &Scene, strike: &Strike, players: &[Player<'_>], zero: Instant) {
    let begun = Instant::now();
    let longest = |time: fn(&Volume) -> Duration| scene.volumes.iter().map(time).max().unwrap_or_default();
    let notice = match strike {
        Strike::Host(_) | Strike::Network(_) => longest(|volume| volume.ping_timeout),
        Strike::Disk { .. } => longest(|volume| volume.health_check),
        Strike::Power => Duration::ZERO,
    };
    let noticed = zero.elapsed() + notice;
    sleep(notice + NOTICED).await;
    let is_promised = |player: &&Player| player.promise(scene, strike).is_whole;
    let goes_on = || {
        players
            .iter()
            .filter(is_promised)
            .all(|player| player.goes_on_since(noticed))
    };
    while !goes_on() && begun.elapsed() < notice + GOES_ON {
        sleep(PAUSE).await;
    }
}

/// Waits until every host is observed, every volume is healthy, with nothing left to heal, and every mount answers. How long
/// after `begun` that was; or what is still wrong.
async fn healed(hosts: &Arc<Hosts>, begun: Instant, say: &impl Fn(&str)) -> Result<Duration, String> {
    let desired = Desired::of(hosts.inventory());
    let mut last_said = begun;
    loop {
        let (facts, looks) = status::look(hosts).await;
        let health = Health::of(&desired, &facts, &looks);
        let is_whole = health.volumes.iter().all(|volume| volume.state == VolumeState::Healthy)
            && health.mounts.iter().all(|mount| mount.answers == Some(true))
            && health.hosts.iter().all(|host| host.reachable);
        let took = begun.elapsed();
        if is_whole {
            return Ok(took);
        }
        let wrong = health.problems.first().map_or("no reason is known", String::as_str);
        if last_said.elapsed() > SILENCE {
            last_said = Instant::now();
            say(&format!("chaos: not healed yet: {wrong}"));
        }
        if took > HEALED {
            return Err(format!("not healed within {} s: {wrong}", HEALED.as_secs()));
        }
        sleep(PAUSE).await;
    }
}

/// Waits until each program goes on, now that the fault has ended.
async fn goes_on(players: &[Player<'_>], whole: Duration) {
    let begun = Instant::now();
    while !players.iter().all(|player| player.goes_on_since(whole)) && begun.elapsed() < GOES_ON {
        sleep(PAUSE).await;
    }
}

/// Compares all files that were ever written, on every host that mounts their volume.
async fn compare(stage: &Stage<'_>, scene: &Scene, written: &Written, told: &mut Told) -> anyhow::Result<()> {
    for volume in &scene.volumes {
        let files = written.get(&volume.name).cloned().unwrap_or_default();
        let (mut lost, mut different) = (BTreeSet::new(), BTreeSet::new());
        for host in &volume.clients {
            let (post, files) = (stage.post(volume, host), files.clone());
            let found = blocking(move || post.compare(&files)).await?;
            lost.extend(found.0);
            different.extend(found.1);
        }
        let named = |name: String| format!("{}: {name}", volume.name);
        told.lost.extend(lost.into_iter().map(named));
        told.different.extend(different.into_iter().map(named));
        told.files += files.len();
    }
    Ok(())
}
