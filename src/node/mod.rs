//! `node`: is a host that has no systemd, for as long as the process runs. It looks at the host every few seconds, makes the
//! host what the inventory wants with the very plan of `apply`, and keeps glusterd running. Called by `commands/node.rs`.

mod glusterd;
mod identify;
mod init;
mod leaving;
mod log;
mod look;
mod probe;
mod state;
mod stop;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::time::{sleep, timeout};

use crate::converge::consent::Consent;
use crate::converge::{self, Terms};
use crate::desired::Desired;
use crate::events::{self, Events};
use crate::execute::Stop;
use crate::facts::FSTAB_OF_NODE;
use crate::inventory::{self, HostName, Inventory};
use crate::output::{self, Format};
use crate::plan::{self, Operation};
use crate::remote::{Connections, Hosts};

pub use identify::this;
pub use init::{as_init, is_first_process};
pub use probe::{alive, ready};

use log::Log;
use look::Looker;
use state::State;

/// Where the process keeps its files: they last as long as the container.
const DIRECTORY: &str = "/run/glusterctl";
/// The process's own number, by which scripts recognise a supervised host.
const PID: &str = "/run/glusterctl/node.pid";
/// Says where glusterd's state is kept, if not in /var/lib/glusterd.
const STATE_DIRECTORY: &str = "/run/glusterctl/state-directory";

/// The pause between two looks that start no process.
const PAUSE: Duration = Duration::from_secs(2);
/// After this long, everything is observed again though nothing seemed to change.
const WHOLE: Duration = Duration::from_secs(60);
/// The pauses between whole looks while something is left to do: from the first to the last.
const UNDONE: [Duration; 4] = [
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(6),
    Duration::from_secs(10),
];

/// How long steps that have begun are waited for at the end.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the operator chose.
#[derive(Debug)]
pub struct Options {
    /// The inventory's file, which is read again when the file changes.
    pub inventory: PathBuf,
    /// The host that this machine is, if the operator says so.
    pub name: Option<String>,
    /// The directory that keeps glusterd's state.
    pub state: PathBuf,
    /// How long the orderly end may take.
    pub grace: Duration,
    /// How events are logged.
    pub format: Format,
}

/// Runs until `end` comes; then stops the bricks and unmounts everything.
///
/// # Errors
/// The host cannot be looked after at all, or was not stopped in time.
pub async fn run(options: Options, end: impl Future<Output = ()>) -> anyhow::Result<()> {
    prepare(&options.state)?;
    let log = Log::new(options.format);
    let stop = Stop::new();
    let (events, reading) = events::read({
        let log = log.clone();
        move |event| {
            state::is_at_work();
            log.event(event);
        }
    });
    let supervisor = tokio::spawn(glusterd::supervise(log.clone()));
    let mut node = Node {
        log: log.clone(),
        stop: stop.clone(),
        events,
        looker: Looker::default(),
        known: None,
        told: BTreeSet::new(),
        leaving: leaving::Told::default(),
        options,
    };
    {
        let carry_on = node.carry_on();
        tokio::pin!(carry_on);
        tokio::select! {
            () = &mut carry_on => {}
            () = end => {
                log.say("stopping", "asked to stop: volumes are unmounted, and bricks are stopped");
                stop.ask("the node is being stopped");
                // Steps that have begun are finished.
                let _ = timeout(PATIENCE, &mut carry_on).await;
            }
        }
    }
    let stopped = timeout(node.options.grace, stop::everything(node.known.as_ref())).await;
    supervisor.abort();
    let _ = fs::remove_file(PID);
    drop(node);
    reading.finish().await;
    match stopped {
        Ok(Ok(())) => {
            log.say("stopped", "no brick runs, and no brick and no volume is mounted");
            Ok(())
        }
        Ok(Err(why)) => anyhow::bail!("stopping: {why}"),
        Err(_) => anyhow::bail!("stopping took too long: bricks may still run"),
    }
}

/// Makes the directory of the process's files, and an empty table of mounts.
fn prepare(state: &Path) -> anyhow::Result<()> {
    if let Ok(text) = fs::read_to_string(PID)
        && text.trim() != std::process::id().to_string()
        && state::is_called_glusterctl(text.trim())
    {
        anyhow::bail!(
            "another glusterctl node looks after this host already (process {})",
            text.trim()
        );
    }
    fs::create_dir_all(DIRECTORY).with_context(|| format!("making {DIRECTORY}"))?;
    for (path, text) in [
        (FSTAB_OF_NODE, String::new()),
        (PID, format!("{}\n", std::process::id())),
    ] {
        output::publish(Path::new(path), &text)?;
    }
    for path in [glusterd::WANTED, glusterd::PID, STATE_DIRECTORY] {
        let _ = fs::remove_file(path);
    }
    if state != Path::new("/var/lib/glusterd") {
        output::publish(Path::new(STATE_DIRECTORY), &format!("{}\n", state.display()))?;
    }
    Ok(())
}

/// What is known of the host's inventory.
struct Known {
    text: Vec<u8>,
    inventory: Arc<Inventory>,
    hosts: Arc<Hosts>,
    name: HostName,
}

struct Node {
    options: Options,
    log: Log,
    stop: Stop,
    events: Events,
    looker: Looker,
    known: Option<Known>,
    /// Why the host is not as the inventory wants it, as told last.
    told: BTreeSet<String>,
    leaving: leaving::Told,
}

impl Node {
    /// Looks again and again, until asked to stop.
    async fn carry_on(&mut self) {
        let (mut seen, mut whole, mut rounds) = (None, Instant::now(), 0);
        while self.stop.reason().is_none() {
            let look = match self.read() {
                Ok(()) => self.looker.look(self.known.as_ref()).await,
                Err(why) => {
                    self.tell([why].into());
                    State::unknown(&self.told).write(&self.log);
                    self.pause(PAUSE).await;
                    continue;
                }
            };
            let patience = UNDONE.get(rounds).copied().unwrap_or(match self.told.is_empty() {
                true => WHOLE,
                false => UNDONE[UNDONE.len() - 1],
            });
            if seen.as_ref() == Some(&look) && whole.elapsed() < patience {
                state::touch();
                self.pause(PAUSE).await;
                continue;
            }
            let before = self.told.len();
            self.converge().await;
            rounds = match (self.told.is_empty(), self.told.len() == before) {
                (true, _) => UNDONE.len(),
                (false, true) => (rounds + 1).min(UNDONE.len()),
                (false, false) => 0,
            };
            // What the look itself changed is no reason to look again.
            seen = Some(self.looker.look(self.known.as_ref()).await);
            whole = Instant::now();
        }
    }

    async fn pause(&self, long: Duration) {
        tokio::select! {
            () = sleep(long) => {}
            _ = self.stop.asked() => {}
        }
    }

    /// Reads the inventory, if the file has changed, and finds out which host this machine is.
    fn read(&mut self) -> Result<(), String> {
        let path = &self.options.inventory;
        let text = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        if self.known.as_ref().is_some_and(|known| known.text == text) {
            return Ok(());
        }
        let inventory = inventory::load(path).map_err(|error| format!("{error:#}"))?;
        let name = identify::this(&inventory, self.options.name.as_deref())?;
        let connections = Connections::of_node(name.clone()).map_err(|error| format!("{error:#}"))?;
        let inventory = Arc::new(inventory);
        let said = format!("cluster {}: this machine is host {name}", inventory.cluster);
        self.known = Some(Known {
            text,
            hosts: Hosts::new(Arc::clone(&inventory), connections),
            inventory,
            name,
        });
        self.log.say("inventory", &said);
        Ok(())
    }

    /// Makes the host what the inventory wants, as far as that is possible now.
    async fn converge(&mut self) {
        let Some(known) = &self.known else { return };
        let terms = Terms {
            operation: Operation::Apply,
            // Whoever starts the node on this machine with this inventory wants the devices to be formatted.
            consent: Consent::Unattended,
            saved: None,
            wait: None,
        };
        let outcome = converge::run(&known.hosts, &terms, &self.events, &self.stop).await;
        let desired = Desired::of(&known.inventory);
        let plan = plan::plan(&desired, &outcome.facts, &terms.operation);
        State::of(&desired, &outcome.facts, &plan, &known.name).write(&self.log);
        self.leaving.tell(&plan::departing(&desired, &outcome.facts), &self.log);
        if self.stop.reason().is_none() {
            self.tell(outcome.errors.into_iter().collect());
        }
    }

    /// Logs what was not told yet, and that all is well once all is well.
    fn tell(&mut self, errors: BTreeSet<String>) {
        for error in errors.difference(&self.told).filter(|error| !self.log.has_told(error)) {
            self.log.say("waiting", error);
        }
        if errors.is_empty() && !self.told.is_empty() {
            self.log.say("settled", "everything is as the inventory wants it");
        }
        self.told = errors;
    }
}
