//! The hosts of an inventory, and the connections to them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::task::JoinSet;

use super::{Connections, NewKey, Output, Reach, RemoteError, RemoteHandle, Script, Session};
use crate::inventory::{Family, Host, HostName, Inventory};
use crate::scale::CONNECTIONS_AT_ONCE;
use crate::scripts;

/// The hosts of an inventory and the connections to them; a connection is made when first needed, and kept.
#[derive(Debug)]
pub struct Hosts {
    inventory: Arc<Inventory>,
    connections: Connections,
    /// Limits how many connections are made at the same time.
    connecting: Semaphore,
    /// Limits how many hosts are worked on at the same time, if somebody asked for that.
    working: Option<Semaphore>,
    sessions: BTreeMap<HostName, Mutex<Slot>>,
    /// Told of every script that only looks, before the script runs.
    tell: Option<Tell>,
    /// Told at the end of the new host keys that nobody took.
    tell_of_key: Option<fn(&NewKey)>,
}

/// Is told a host, and the script that is about to run on the host.
pub type Tell = fn(&HostName, &str);

/// The connection to one host.
#[derive(Debug)]
enum Slot {
    /// No connection yet, or the connection broke.
    Empty,
    /// The connection stands.
    Open(Arc<Session>),
    /// The connection could not be made; before this time, another attempt would only take as long again.
    Refused(RemoteError, Instant),
}

impl Hosts {
    /// The connections are made later.
    #[must_use]
    pub fn new(inventory: Arc<Inventory>, connections: Connections) -> Arc<Self> {
        Hosts::telling(inventory, connections, None, None)
    }

    /// The same; `tell` is told of every script that only looks at a host: no event tells of these. `tell_of_key` is told of each
    /// new host key that nobody has taken when the value is dropped: of a command without events.
    #[must_use]
    pub fn telling(
        inventory: Arc<Inventory>,
        connections: Connections,
        tell: Option<Tell>,
        tell_of_key: Option<fn(&NewKey)>,
    ) -> Arc<Self> {
        let sessions = inventory
            .hosts
            .iter()
            .map(|host| (host.name.clone(), Mutex::new(Slot::Empty)))
            .collect();
        Arc::new(Hosts {
            inventory,
            working: connections.limits.hosts.map(Semaphore::new),
            connections,
            connecting: Semaphore::new(CONNECTIONS_AT_ONCE),
            sessions,
            tell,
            tell_of_key,
        })
    }

    /// The inventory that these hosts belong to.
    #[must_use]
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// How a host is reached.
    #[must_use]
    pub fn reach(&self, host: &Host) -> Reach {
        self.connections.reach(host)
    }

    /// The keys of hosts that ssh trusted at first sight since this was asked last.
    #[must_use]
    pub fn take_new_keys(&self) -> Vec<NewKey> {
        self.connections.take_new_keys()
    }

    /// Runs a script on a host, connecting first if need be. A connection that broke is made again for the next script.
    ///
    /// # Errors
    /// When the host cannot be reached, or the connection breaks.
    pub async fn run(&self, name: &HostName, script: &Script) -> Result<Output, RemoteError> {
        let _permit = self.permit().await;
        let session = self.session(name).await?;
        let of_ipv6 = (self.inventory.family() == Family::V6).then(|| Script {
            text: scripts::of_ipv6(&script.text),
            ..*script
        });
        let script = of_ipv6.as_ref().unwrap_or(script);
        if let Some(tell) = self.tell.filter(|_| !script.changes) {
            tell(name, &script.text);
        }
        let result = session.run(script).await;
        if result.is_err() {
            *self.slot(name)?.lock().await = Slot::Empty;
        }
        result
    }

    /// Connects to all hosts at once. A host that cannot be reached is an error only once the host is needed.
    pub async fn connect_all(self: &Arc<Self>) {
        let mut connecting = JoinSet::new();
        for host in &self.inventory.hosts {
            let (hosts, name) = (Arc::clone(self), host.name.clone());
            connecting.spawn(async move {
                let _permit = hosts.permit().await;
                let _ = hosts.session(&name).await;
            });
        }
        connecting.join_all().await;
    }

    /// Starts a script on a host that goes on for as long as the handle is kept.
    ///
    /// # Errors
    /// When the host cannot be reached.
    pub async fn hold(&self, name: &HostName, script: &str) -> Result<RemoteHandle, RemoteError> {
        let session = self.session(name).await?;
        if let Some(tell) = self.tell {
            tell(name, script);
        }
        session.hold(script).await
    }

    /// Waits until another host may be worked on.
    async fn permit(&self) -> Option<SemaphorePermit<'_>> {
        // Nobody closes the semaphore.
        self.working.as_ref()?.acquire().await.ok()
    }

    async fn session(&self, name: &HostName) -> Result<Arc<Session>, RemoteError> {
        let mut slot = self.slot(name)?.lock().await;
        match &*slot {
            Slot::Open(session) => return Ok(Arc::clone(session)),
            Slot::Refused(error, until) if Instant::now() < *until => return Err(error.clone()),
            Slot::Refused(..) | Slot::Empty => {}
        }
        let host = self.inventory.host(name).ok_or_else(|| unknown(name))?;
        let _permit = self.connecting.acquire().await;
        let begun = Instant::now();
        match self.connections.connect(host).await {
            Ok(session) => {
                let session = Arc::new(session);
                *slot = Slot::Open(Arc::clone(&session));
                Ok(session)
            }
            Err(error) => {
                *slot = Slot::Refused(error.clone(), Instant::now() + begun.elapsed());
                Err(error)
            }
        }
    }

    fn slot(&self, name: &HostName) -> Result<&Mutex<Slot>, RemoteError> {
        self.sessions.get(name).ok_or_else(|| unknown(name))
    }

    /// Ends all connections at once: a master that hangs delays no other.
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

impl Drop for Hosts {
    fn drop(&mut self) {
        let keys = self.take_new_keys();
        if let Some(tell) = self.tell_of_key {
            keys.iter().for_each(tell);
        }
    }
}

fn unknown(name: &HostName) -> RemoteError {
    RemoteError {
        what: format!("{name} is not in the inventory"),
        remedy: "add it to hosts:".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as Shared;
    use std::time::Duration;

    use super::super::Limits;
    use super::*;
    use crate::inventory;

    static TOLD: Shared<Vec<String>> = Shared::new(Vec::new());

    #[test]
    fn a_script_that_only_looks_is_told_and_a_step_is_not() {
        let text = "cluster: kube\nhosts:\n  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}\n";
        let inventory = Arc::new(inventory::read(text, "the inventory").unwrap());
        let name = inventory.hosts[0].name.clone();
        // The host is this machine.
        let connections = Connections::of_node(name.clone()).unwrap();
        let tell: Tell = |host, script| TOLD.lock().unwrap().push(format!("{host}: {script}"));
        let hosts = Hosts::telling(inventory, connections, Some(tell), None);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let script = |text: &str, changes| Script {
            text: text.to_owned(),
            limit: Duration::from_secs(20),
            changes,
        };
        runtime.block_on(async {
            for script in [script("echo look", false), script("echo step", true)] {
                // Whether the script can run is another matter: a step takes the lock of steps.
                let _ = hosts.run(&name, &script).await;
            }
        });
        assert_eq!(*TOLD.lock().unwrap(), ["kube1: echo look"]);
    }

    #[test]
    fn no_more_hosts_are_worked_on_at_the_same_time_than_asked_for() {
        let text = "cluster: kube\nhosts:\n  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}\n";
        let inventory = Arc::new(inventory::read(text, "the inventory").unwrap());
        let name = inventory.hosts[0].name.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        // How many of six scripts ran at the same time at most; the host of all of them is this machine.
        let most = |limit| {
            let running = tempfile::tempdir().unwrap();
            let script = Script {
                text: format!(
                    "cd {}; mkdir $$; ls | wc -l; sleep 0.2; rmdir $$",
                    running.path().display()
                ),
                limit: Duration::from_secs(20),
                changes: false,
            };
            let connections = Connections::of_node(name.clone()).unwrap().within(Limits {
                hosts: limit,
                ..Limits::default()
            });
            let hosts = Hosts::new(Arc::clone(&inventory), connections);
            let counts = runtime.block_on(async {
                let mut scripts = JoinSet::new();
                for _ in 0..6 {
                    let (hosts, name, script) = (Arc::clone(&hosts), name.clone(), script.clone());
                    scripts.spawn(async move { hosts.run(&name, &script).await.unwrap().stdout });
                }
                scripts.join_all().await
            });
            counts.iter().map(|count| count.trim().parse().unwrap()).max()
        };
        assert_eq!(most(Some(1)), Some(1));
        assert_eq!(most(Some(2)), Some(2));
        assert!(most(None) > Some(2));
    }
}
