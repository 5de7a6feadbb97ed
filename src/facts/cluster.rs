//! What the servers together say: peers and volumes, merged once from what each of them said. Pure.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{HostFacts, Pool, VolumeId, VolumeInfo};
use crate::inventory::HostName;

/// The cluster as its servers see it.
#[derive(Debug, Clone, Default)]
pub struct ClusterFacts {
    /// Every volume that any server knows, by name.
    pub volumes: BTreeMap<String, KnownVolume>,
    names: HashMap<VolumeId, String>,
    /// For each server, and each server that it may know: the place among its pool's peers.
    peers: Vec<Vec<Option<usize>>>,
}

/// A volume that at least one server knows.
#[derive(Debug, Clone)]
pub struct KnownVolume {
    /// The definition, as the first of the servers tells it.
    pub info: Arc<VolumeInfo>,
    /// The servers that know the volume, in the inventory's order; there is at least one.
    pub known_by: Vec<HostName>,
    /// Those of them whose definition on disk is complete.
    pub complete_on: Vec<HostName>,
    /// The first contradiction between two servers.
    pub disagreement: Option<Disagreement>,
}

/// Two servers say different things about one volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// Who.
    pub between: [HostName; 2],
    /// They mean two volumes: the ids differ. Otherwise one of them has missed a change.
    pub two_volumes: bool,
}

impl ClusterFacts {
    /// Merges what the servers said, in the inventory's order; a server that could not be observed says nothing.
    #[must_use]
    pub fn merge<'f>(servers: impl Iterator<Item = (&'f HostName, Option<&'f HostFacts>)>) -> Self {
        let servers: Vec<_> = servers.collect();
        let mut cluster = ClusterFacts {
            peers: peers(&servers),
            ..ClusterFacts::default()
        };
        for (server, observed) in servers {
            if let Some(observed) = observed {
                cluster.add(server, observed);
            }
        }
        cluster
    }

    fn add(&mut self, server: &HostName, observed: &HostFacts) {
        for (name, info) in observed.volumes().into_iter().flatten() {
            self.names.entry(info.id.clone()).or_insert_with(|| name.clone());
            let known = self.volumes.entry(name.clone()).or_insert_with(|| KnownVolume {
                info: Arc::clone(info),
                known_by: Vec::new(),
                complete_on: Vec::new(),
                disagreement: None,
            });
            if known.disagreement.is_none() && !Arc::ptr_eq(info, &known.info) && *info != known.info {
                known.disagreement = Some(Disagreement {
                    between: [known.known_by[0].clone(), server.clone()],
                    two_volumes: info.id != known.info.id,
                });
            }
            known.known_by.push(server.clone());
            if !observed.incomplete_volumes.contains(name) {
                known.complete_on.push(server.clone());
            }
        }
    }

    /// The volume of that name, if any server knows it.
    #[must_use]
    pub fn volume(&self, name: &str) -> Option<&KnownVolume> {
        self.volumes.get(name)
    }

    /// The name of the volume with that id, if any server knows it.
    #[must_use]
    pub fn name_of(&self, id: &VolumeId) -> Option<&str> {
        self.names.get(id).map(String::as_str)
    }

    /// Where a server stands among the peers that another server's pool has. A server's number is the server's place among
    /// the inventory's servers.
    #[must_use]
    pub fn peer(&self, observer: usize, other: usize) -> Option<usize> {
        *self.peers.get(observer)?.get(other)?
    }

    /// How many of the other servers a server knows.
    #[must_use]
    pub fn peers_known(&self, observer: usize) -> usize {
        self.peers
            .get(observer)
            .map_or(0, |peers| peers.iter().flatten().count())
    }
}

impl KnownVolume {
    /// A server other than this one that has a complete definition.
    #[must_use]
    pub fn complete_elsewhere(&self, than: &HostName) -> Option<&HostName> {
        self.complete_on.iter().find(|server| *server != than)
    }
}

/// Peers are recognised by any of their names, or by the UUID that the peer itself says it has.
fn peers(servers: &[(&HostName, Option<&HostFacts>)]) -> Vec<Vec<Option<usize>>> {
    let pools: Vec<Option<&Pool>> = servers
        .iter()
        .map(|(_, observed)| observed.and_then(HostFacts::pool))
        .collect();
    let names: HashMap<&str, usize> = servers
        .iter()
        .enumerate()
        .map(|(at, (name, _))| (name.as_str(), at))
        .collect();
    let mut uuids: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, pool) in pools.iter().enumerate() {
        if let Some(pool) = pool.filter(|pool| !pool.own_uuid.is_empty()) {
            uuids.entry(&pool.own_uuid).or_default().push(at);
        }
    }
    let of_one = |(observer, pool): (usize, &Option<&Pool>)| {
        let mut row = vec![None; servers.len()];
        for (at, peer) in pool.iter().flat_map(|pool| pool.peers.iter().enumerate()) {
            let named = peer.names.iter().filter_map(|name| names.get(name.as_str()));
            let identified = uuids.get(peer.uuid.as_str()).into_iter().flatten();
            for other in named.chain(identified).filter(|other| **other != observer) {
                row[*other].get_or_insert(at);
            }
        }
        row
    };
    pools.iter().enumerate().map(of_one).collect()
}
