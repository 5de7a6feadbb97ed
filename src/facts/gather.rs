//! Observes hosts: one script, one round trip, all at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::devices::{BLANK, DEVICES};
use super::{Facts, HostFacts};
use crate::distro;
use crate::inventory::{Host, HostName, Inventory, brick_dir, brick_uuid};
use crate::plan::units;
use crate::remote::{Connections, Lost, Output, Script, Session};
use crate::shell;

/// How long a host may take to say what it looks like.
const LIMIT: Duration = Duration::from_secs(150);

/// The hosts of an inventory and the connections to them, made when first needed and kept.
#[derive(Debug)]
pub struct Hosts {
    inventory: Arc<Inventory>,
    connections: Connections,
    sessions: BTreeMap<HostName, Mutex<Option<Arc<Session>>>>,
}

impl Hosts {
    /// Nothing is contacted yet.
    #[must_use]
    pub fn new(inventory: Arc<Inventory>, connections: Connections) -> Arc<Self> {
        let sessions = inventory
            .hosts
            .iter()
            .map(|host| (host.name.clone(), Mutex::new(None)))
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

    /// Runs a script on a host, connecting first if need be. A connection that broke is made anew the next time.
    ///
    /// # Errors
    /// When the host cannot be reached or is lost on the way.
    pub async fn run(&self, name: &HostName, script: &Script) -> Result<Output, Lost> {
        let session = self.session(name).await?;
        let result = session.run(script).await;
        if result.is_err() {
            *self.slot(name)?.lock().await = None;
        }
        result
    }

    async fn session(&self, name: &HostName) -> Result<Arc<Session>, Lost> {
        let mut slot = self.slot(name)?.lock().await;
        if let Some(session) = &*slot {
            return Ok(Arc::clone(session));
        }
        let host = self.inventory.host(name).ok_or_else(|| unknown(name))?;
        let session = Arc::new(self.connections.connect(host).await?);
        *slot = Some(Arc::clone(&session));
        Ok(session)
    }

    fn slot(&self, name: &HostName) -> Result<&Mutex<Option<Arc<Session>>>, Lost> {
        self.sessions.get(name).ok_or_else(|| unknown(name))
    }

    /// Observes every host, all at once.
    pub async fn observe(self: &Arc<Self>) -> Facts {
        let mut observations = JoinSet::new();
        for host in &self.inventory.hosts {
            let (hosts, name) = (Arc::clone(self), host.name.clone());
            observations.spawn(async move {
                let facts = hosts.observe_host(&name).await;
                (name, facts)
            });
        }
        Facts {
            hosts: observations.join_all().await.into_iter().collect(),
        }
    }

    async fn observe_host(&self, name: &HostName) -> Result<HostFacts, Lost> {
        let host = self.inventory.host(name).ok_or_else(|| unknown(name))?;
        // Nothing that a host prints can look like it by chance.
        let mark = format!("@{}", uuid::Uuid::new_v4().simple());
        let output = self.run(name, &script(&self.inventory, host, &mark)).await?;
        HostFacts::parse(&output.stdout, &mark, &self.inventory, host).map_err(|error| Lost {
            what: format!("observing it failed: {error}\n{}", output.stderr.trim()),
            remedy: "look at the host; then run the same command again".into(),
        })
    }

    /// Ends all connections.
    pub async fn close(&self) {
        for slot in self.sessions.values() {
            if let Some(session) = slot.lock().await.take()
                && let Some(session) = Arc::into_inner(session)
            {
                session.close().await;
            }
        }
    }
}

fn unknown(name: &HostName) -> Lost {
    Lost {
        what: format!("{name} is not in the inventory"),
        remedy: "add it to hosts:".into(),
    }
}

/// The script that observes a host. It changes nothing.
#[must_use]
pub fn script(inventory: &Inventory, host: &Host, mark: &str) -> Script {
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
    set("units", asked);
    set(
        "packages",
        distro::APT
            .packages(host.role)
            .iter()
            .map(ToString::to_string)
            .collect(),
    );
    set("unit_file", vec![units::MOUNT_TEMPLATE.path.to_owned()]);
    for part in [BLANK, DEVICES, include_str!("../../templates/observe.sh")] {
        text.push_str(part);
    }
    Script { text, limit: LIMIT }
}
