//! Observes hosts: one script, one round trip, all at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::devices::{BLANK, DEVICES};
use super::{Facts, HOSTS_TEMPLATE, HostFacts};
use crate::distro;
use crate::inventory::kubernetes::directories;
use crate::inventory::{Host, HostName, Inventory, Role, brick_dir, brick_uuid};
use crate::remote::{Connections, Held, Lost, Output, Script, Session, Way};
use crate::{shell, units};

/// How long a host may take to say what it looks like.
const LIMIT: Duration = Duration::from_secs(150);

/// The hosts of an inventory and the connections to them, made when first needed and kept.
#[derive(Debug)]
pub struct Hosts {
    inventory: Arc<Inventory>,
    connections: Connections,
    sessions: BTreeMap<HostName, Mutex<Slot>>,
}

/// The connection to one host.
#[derive(Debug)]
enum Slot {
    /// None yet, or it broke.
    Empty,
    /// It stands.
    Open(Arc<Session>),
    /// It could not be made; until then, trying again would only cost the same time again.
    Refused(Lost, Instant),
}

impl Hosts {
    /// Nothing is contacted yet.
    #[must_use]
    pub fn new(inventory: Arc<Inventory>, connections: Connections) -> Arc<Self> {
        let sessions = inventory
            .hosts
            .iter()
            .map(|host| (host.name.clone(), Mutex::new(Slot::Empty)))
            .collect();
        Arc::new(Hosts {
            inventory,
            connections,
            sessions,
        })
    }

    /// The inventory that these hosts belong to.
    #[must_use]
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// How a host is reached.
    #[must_use]
    pub fn way(&self, host: &Host) -> Way {
        self.connections.way(host)
    }

    /// Runs a script on a host, connecting first if need be. A connection that broke is made anew the next time.
    ///
    /// # Errors
    /// When the host cannot be reached or is lost on the way.
    pub async fn run(&self, name: &HostName, script: &Script) -> Result<Output, Lost> {
        let session = self.session(name).await?;
        let result = session.run(script).await;
        if result.is_err() {
            *self.slot(name)?.lock().await = Slot::Empty;
        }
        result
    }

    /// Connects to all hosts at once. Those that cannot be reached say so when they are needed.
    pub async fn connect_all(self: &Arc<Self>) {
        let mut connecting = JoinSet::new();
        for host in &self.inventory.hosts {
            let (hosts, name) = (Arc::clone(self), host.name.clone());
            connecting.spawn(async move {
                let _ = hosts.session(&name).await;
            });
        }
        connecting.join_all().await;
    }

    /// Starts a script on a host that goes on for as long as the result is kept.
    ///
    /// # Errors
    /// When the host cannot be reached.
    pub async fn hold(&self, name: &HostName, script: &str) -> Result<Held, Lost> {
        self.session(name).await?.hold(script).await
    }

    async fn session(&self, name: &HostName) -> Result<Arc<Session>, Lost> {
        let mut slot = self.slot(name)?.lock().await;
        match &*slot {
            Slot::Open(session) => return Ok(Arc::clone(session)),
            Slot::Refused(lost, until) if Instant::now() < *until => return Err(lost.clone()),
            Slot::Refused(..) | Slot::Empty => {}
        }
        let host = self.inventory.host(name).ok_or_else(|| unknown(name))?;
        let begun = Instant::now();
        match self.connections.connect(host).await {
            Ok(session) => {
                let session = Arc::new(session);
                *slot = Slot::Open(Arc::clone(&session));
                Ok(session)
            }
            Err(lost) => {
                *slot = Slot::Refused(lost.clone(), Instant::now() + begun.elapsed());
                Err(lost)
            }
        }
    }

    fn slot(&self, name: &HostName) -> Result<&Mutex<Slot>, Lost> {
        self.sessions.get(name).ok_or_else(|| unknown(name))
    }

    /// Observes every host, all at once.
    pub async fn observe(self: &Arc<Self>) -> Facts {
        let mut observations = JoinSet::new();
        for host in self
            .inventory
            .hosts
            .iter()
            .filter(|host| self.way(host) != Way::Elsewhere)
        {
            let (hosts, name) = (Arc::clone(self), host.name.clone());
            observations.spawn(async move { hosts.observe_host(&name).await });
        }
        Facts {
            hosts: observations.join_all().await.into_iter().flatten().collect(),
        }
    }

    /// Observes one host; the one that is this machine tells of those elsewhere, too.
    async fn observe_host(&self, name: &HostName) -> Vec<(HostName, Result<HostFacts, Lost>)> {
        let Some(host) = self.inventory.host(name) else {
            return vec![(name.clone(), Err(unknown(name)))];
        };
        let all = self.inventory.hosts.iter();
        let others: Vec<&Host> = match self.way(host) {
            Way::Here => all.filter(|other| self.way(other) == Way::Elsewhere).collect(),
            Way::Ssh | Way::Elsewhere => Vec::new(),
        };
        // Nothing that a host prints can look like it by chance.
        let mark = format!("@{}", uuid::Uuid::new_v4().simple());
        let output = self.run(name, &script(&self.inventory, host, &others, &mark)).await;
        let parsed = |parse: &dyn Fn(&str) -> Result<HostFacts, String>| {
            let output = output.as_ref().map_err(Clone::clone)?;
            parse(&output.stdout).map_err(|error| Lost {
                what: format!("observing it failed: {error}\n{}", output.stderr.trim()),
                remedy: "look at the host; then run the same command again".into(),
            })
        };
        let own = parsed(&|text| HostFacts::parse(text, &mark, &self.inventory, host));
        let mut facts = vec![(name.clone(), own)];
        for other in others {
            let seen = parsed(&|text| HostFacts::parse_elsewhere(text, &mark, other));
            facts.push((other.name.clone(), seen));
        }
        facts
    }

    /// Ends all connections, all at once: one whose master hangs holds up no other.
    pub async fn close(&self) {
        let mut ends = JoinSet::new();
        for slot in self.sessions.values() {
            if let Slot::Open(session) = std::mem::replace(&mut *slot.lock().await, Slot::Empty)
                && let Some(session) = Arc::into_inner(session)
            {
                ends.spawn(session.close());
            }
        }
        ends.join_all().await;
    }
}

fn unknown(name: &HostName) -> Lost {
    Lost {
        what: format!("{name} is not in the inventory"),
        remedy: "add it to hosts:".into(),
    }
}

/// The script that observes a host, and asks the glusterd of the `others` over the network. It changes nothing.
#[must_use]
pub fn script(inventory: &Inventory, host: &Host, others: &[&Host], mark: &str) -> Script {
    let devices = host.devices.iter().map(|device| device.to_string());
    let ours = host
        .devices
        .iter()
        .map(|device| brick_uuid(&inventory.cluster, &host.name, device).to_string());
    let volumes = &inventory.volumes;
    let bricks = host
        .devices
        .iter()
        .flat_map(|device| volumes.iter().map(|volume| brick_dir(device, &volume.name)));
    let mounts = inventory.mounts_on(host).map(|volume| volume.mount.path.to_string());
    let directories = inventory
        .mounts_on(host)
        .flat_map(|volume| directories(&inventory.kubernetes, volume));
    let asked = units::of(inventory, host);
    let mut text = String::new();
    let mut set = |name: &str, words: Vec<String>| {
        text.push_str(&format!("{name}={}\n", shell::quote(&words.join(" "))));
    };
    set("mark", vec![mark.to_owned()]);
    set("devices", devices.collect());
    set("ours", ours.collect());
    set("bricks", bricks.collect());
    set("mounts", mounts.collect());
    set("directories", directories.collect());
    set("units", asked);
    set(
        "packages",
        distro::APT
            .packages(host.role)
            .iter()
            .map(ToString::to_string)
            .collect(),
    );
    set(
        "unit_files",
        units::files(inventory, host)
            .iter()
            .map(|file| file.path.to_owned())
            .collect(),
    );
    set("points", units::mount_points(inventory, host));
    let others = others.iter().filter(|other| other.role == Role::Server);
    set(
        "others",
        others
            .map(|other| format!("{}={}", other.name, other.address))
            .collect(),
    );
    set("hosts_template", vec![HOSTS_TEMPLATE.to_owned()]);
    for part in [
        BLANK,
        DEVICES,
        include_str!("../../templates/whole.sh"),
        include_str!("../../templates/observe.sh"),
    ] {
        text.push_str(part);
    }
    Script {
        text,
        limit: LIMIT,
        changes: false,
    }
}
