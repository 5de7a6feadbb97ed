//! Which glusterd is which host: by what names all servers know each glusterd, as a peer and as the host of bricks.
//! Pure.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{HostFacts, VolumeInfo};
use crate::inventory::HostName;

/// Names (or UUIDs), each with the first server that says so.
type SaidBy = BTreeMap<String, HostName>;

/// By what names the servers know each glusterd.
#[derive(Debug, Clone, Default)]
pub struct Identities {
    names: HashMap<String, SaidBy>,
    uuids: HashMap<String, SaidBy>,
    /// By UUID: the server that is connected to the glusterd.
    connected: HashMap<String, HostName>,
    /// The hosts of bricks, with the first volume that has such a brick.
    brick_hosts: HashMap<String, String>,
}

impl Identities {
    /// What this server says. A glusterd that does not answer says what it has on disk.
    pub(super) fn add(&mut self, server: &HostName, observed: &HostFacts) {
        let peers = observed.pool().map_or(&observed.peers_on_disk, |pool| &pool.peers);
        for peer in peers.iter().filter(|peer| peer.is_identified()) {
            for name in &peer.names {
                self.note(&peer.uuid, name, server);
            }
            if peer.connected && !self.connected.contains_key(&peer.uuid) {
                self.connected.insert(peer.uuid.clone(), server.clone());
            }
        }
    }

    /// What the definition of a volume says about the hosts of its bricks.
    pub(super) fn add_bricks(&mut self, server: &HostName, info: &VolumeInfo) {
        let hosts = info.bricks.iter().map(|brick| &brick.host);
        let mut noted = HashSet::new();
        for (at, name) in hosts.enumerate().filter(|(_, name)| noted.insert(*name)) {
            if !self.brick_hosts.contains_key(name) {
                self.brick_hosts.insert(name.clone(), info.name.clone());
            }
            if let Some(uuid) = info.brick_hosts.get(at).filter(|uuid| !uuid.is_empty()) {
                self.note(uuid, name, server);
            }
        }
    }

    fn note(&mut self, uuid: &str, name: &str, server: &HostName) {
        let add = |to: &mut HashMap<String, SaidBy>, key: &str, value: &str| match to.get_mut(key) {
            Some(known) if known.contains_key(value) => {}
            Some(known) => drop(known.insert(value.to_owned(), server.clone())),
            None => drop(to.insert(key.to_owned(), BTreeMap::from([(value.to_owned(), server.clone())]))),
        };
        add(&mut self.names, uuid, name);
        add(&mut self.uuids, name, uuid);
    }

    /// The names of the glusterd with that UUID, each with a server that says so.
    pub fn names_of(&self, uuid: &str) -> impl Iterator<Item = (&str, &HostName)> {
        let names = self.names.get(uuid).into_iter().flatten();
        names.map(|(name, server)| (name.as_str(), server))
    }

    /// The UUIDs of the glusterds with that name, each with a server that says so; more than one UUID is a
    /// contradiction.
    pub fn uuids_of(&self, name: &str) -> impl Iterator<Item = (&str, &HostName)> {
        let uuids = self.uuids.get(name).into_iter().flatten();
        uuids.map(|(uuid, server)| (uuid.as_str(), server))
    }

    /// Every glusterd that a server knows, by UUID, in no order.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// The server that is connected to the glusterd with that UUID.
    #[must_use]
    pub fn connected_to(&self, uuid: &str) -> Option<&HostName> {
        self.connected.get(uuid)
    }

    /// A volume that has a brick on the host of that name.
    #[must_use]
    pub fn volume_on(&self, name: &str) -> Option<&str> {
        self.brick_hosts.get(name).map(String::as_str)
    }

    /// Whether a peer or the host of a brick is known by that name.
    #[must_use]
    pub fn is_used(&self, name: &str) -> bool {
        self.uuids.contains_key(name) || self.brick_hosts.contains_key(name)
    }
}
