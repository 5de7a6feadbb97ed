//! The cluster as its servers see it: peers and volumes, merged once from what each server said. Pure.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{HostFacts, Identities, Pool, VolumeId, VolumeInfo};
use crate::inventory::HostName;

/// The cluster as its servers see it.
#[derive(Debug, Clone, Default)]
pub struct ClusterFacts {
    /// Every volume that any server knows, by name.
    pub volumes: BTreeMap<String, KnownVolume>,
    /// By what names the servers know each glusterd.
    pub identities: Identities,
    names: HashMap<VolumeId, String>,
    servers: Vec<HostName>,
    /// For each server, and each server that it may know: what it says.
    links: Vec<Vec<Option<Link>>>,
}

/// What one server says about another, compared with what the other says about itself. Small, as there are as many as
/// servers times servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The place of the other among the peers of the server's pool.
    pub peer: u32,
    /// The server knows the other by the name that the inventory gives it.
    pub is_named: bool,
    /// The other is reachable now.
    pub is_connected: bool,
    /// The other is accepted by all.
    pub in_cluster: bool,
}

/// A volume that at least one server knows.
#[derive(Debug, Clone)]
pub struct KnownVolume {
    /// The definition, as the first of the servers gives it.
    pub info: Arc<VolumeInfo>,
    /// The servers that know the volume, in the inventory's order; there is at least one.
    pub known_by: Vec<HostName>,
    /// The servers whose definition of the volume on disk is complete.
    pub complete_on: Vec<HostName>,
    /// The first contradiction between two servers.
    pub disagreement: Option<Disagreement>,
}

/// Two servers say different things about one volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The two servers.
    pub between: [HostName; 2],
    /// Whether the servers mean two volumes, because the ids differ. Otherwise one of the servers has missed a change.
    pub two_volumes: bool,
}

impl ClusterFacts {
    /// Merges what the servers said, in the inventory's order; a server that could not be observed says nothing.
    #[must_use]
    pub fn merge<'f>(servers: impl Iterator<Item = (&'f HostName, Option<&'f HostFacts>)>) -> Self {
        let servers: Vec<_> = servers.collect();
        let mut cluster = ClusterFacts {
            links: links(&servers),
            servers: servers.iter().map(|(name, _)| (*name).clone()).collect(),
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
        self.identities.add(server, observed);
        for (name, info) in observed.volumes().into_iter().flatten() {
            self.names.entry(info.id.clone()).or_insert_with(|| name.clone());
            let known = self.volumes.entry(name.clone()).or_insert_with(|| KnownVolume {
                info: Arc::clone(info),
                known_by: Vec::new(),
                complete_on: Vec::new(),
                disagreement: None,
            });
            if known.known_by.is_empty() || !Arc::ptr_eq(info, &known.info) {
                self.identities.add_bricks(server, info);
            }
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

    /// The first server that knows a server by its name, and the server's place among the peers of that server's pool.
    #[must_use]
    pub fn known_by(&self, server: &HostName) -> Option<(&HostName, u32)> {
        let server = self.servers.iter().position(|known| known == server)?;
        (0..self.servers.len()).find_map(|observer| {
            let link = self.link(observer, server).filter(|link| link.is_named)?;
            Some((&self.servers[observer], link.peer))
        })
    }

    /// What one server says about another, if anything; both by their place among the servers.
    #[must_use]
    pub fn link(&self, observer: usize, other: usize) -> Option<Link> {
        *self.links.get(observer)?.get(other)?
    }

    /// How many other servers the observing server knows as peers.
    #[must_use]
    pub fn peers_known(&self, observer: usize) -> usize {
        self.links
            .get(observer)
            .map_or(0, |links| links.iter().flatten().count())
    }
}

impl KnownVolume {
    /// A server other than `than` that has a complete definition.
    #[must_use]
    pub fn complete_elsewhere(&self, than: &HostName) -> Option<&HostName> {
        self.complete_on.iter().find(|server| *server != than)
    }
}

/// Peers are recognised by any of their names, or by the UUID that the peer itself says it has.
fn links(servers: &[(&HostName, Option<&HostFacts>)]) -> Vec<Vec<Option<Link>>> {
    let pools: Vec<Option<&Pool>> = servers
        .iter()
        .map(|(_, observed)| observed.and_then(HostFacts::pool))
        .collect();
    let uuid = |server: usize| pools[server].map_or("", |pool| pool.own_uuid.as_str());
    let numbered = servers.iter().enumerate();
    let names: HashMap<&str, usize> = numbered.map(|(at, (name, _))| (name.as_str(), at)).collect();
    let mut uuids: HashMap<&str, Vec<usize>> = HashMap::new();
    for server in (0..servers.len()).filter(|server| !uuid(*server).is_empty()) {
        uuids.entry(uuid(server)).or_default().push(server);
    }
    let of_one = |observer: usize| {
        let mut row = vec![None; servers.len()];
        let peers = pools[observer].into_iter().flat_map(|pool| &pool.peers);
        for (at, peer) in (0..).zip(peers) {
            let named = peer.names.iter().filter_map(|name| names.get(name.as_str()));
            let identified = uuids.get(peer.uuid.as_str()).into_iter().flatten();
            for other in named.chain(identified).copied().filter(|other| *other != observer) {
                row[other].get_or_insert_with(|| Link {
                    peer: at,
                    is_named: peer.is_called(servers[other].0),
                    is_connected: peer.connected,
                    in_cluster: peer.in_cluster,
                });
            }
        }
        row
    };
    (0..servers.len()).map(of_one).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::desired::{BrickSpec, Desired};
    use crate::facts::{Facts, Glusterd, Peer, Volumes};
    use crate::inventory::{self, Inventory, VolumeType};

    fn inventory() -> Inventory {
        let host = |number| format!("  - {{name: kube{number}, address: 198.51.100.{number}, devices: [/dev/vdb]}}\n");
        let hosts: String = (1..=3).map(host).collect();
        inventory::read(&format!("cluster: kube\nhosts:\n{hosts}"), "test").unwrap()
    }

    fn volume(id: &str, bricks: usize) -> Volumes {
        let brick = |number| BrickSpec::parse(&format!("kube{number}:/bricks/vdb/gv0")).unwrap();
        let info = VolumeInfo {
            name: "gv0".into(),
            id: VolumeId::new(id),
            started: true,
            volume_type: VolumeType::Replicate { replica: 3, arbiter: 0 },
            bricks: (1..=bricks).map(brick).collect(),
            brick_hosts: Vec::new(),
            options: BTreeMap::new(),
        };
        Volumes::from([("gv0".into(), Arc::new(info))])
    }

    fn peer(uuid: &str, name: &str) -> Peer {
        Peer {
            uuid: uuid.into(),
            names: vec![name.into()],
            connected: true,
            in_cluster: true,
            state: String::new(),
        }
    }

    /// Facts of servers that say this about their UUID, their peers and the volumes; the others say nothing.
    fn facts(inventory: &Inventory, said: Vec<(&str, Vec<Peer>, Volumes)>) -> Facts {
        let said = said.into_iter().map(|(own_uuid, peers, volumes)| HostFacts {
            glusterd: Glusterd::Answers {
                pool: Pool {
                    own_uuid: own_uuid.into(),
                    peers,
                },
                volumes,
            },
            ..HostFacts::default()
        });
        let hosts = inventory.hosts.iter().map(|host| host.name.clone());
        Facts::new(&Desired::of(inventory), hosts.zip(said.map(Ok)).collect())
    }

    #[test]
    fn what_servers_say_alike_is_known_once_and_kept_once() {
        let inventory = inventory();
        let same = || ("", Vec::new(), volume("a1", 3));
        let facts = facts(&inventory, vec![same(), same(), same()]);
        let known = facts.cluster.volume("gv0").unwrap();
        assert_eq!((known.known_by.len(), known.disagreement.clone()), (3, None));
        assert_eq!(facts.cluster.name_of(&VolumeId::new("A-1")), Some("gv0"));
        let copies = inventory
            .hosts
            .iter()
            .map(|host| &facts.of(&host.name).unwrap().volumes().unwrap()["gv0"]);
        assert!(copies.into_iter().all(|info| Arc::ptr_eq(info, &known.info)));
    }

    #[test]
    fn a_contradiction_between_servers_is_a_value() {
        let inventory = inventory();
        let said = |id, bricks| ("", Vec::new(), volume(id, bricks));
        for (last, two_volumes) in [(said("a1", 2), false), (said("b2", 3), true)] {
            let facts = facts(&inventory, vec![said("a1", 3), said("a1", 3), last]);
            let disagreement = facts.cluster.volume("gv0").unwrap().disagreement.clone().unwrap();
            assert_eq!(disagreement.between.map(|host| host.to_string()), ["kube1", "kube3"]);
            assert_eq!(disagreement.two_volumes, two_volumes);
        }
    }

    #[test]
    fn a_peer_is_recognised_by_name_or_by_what_it_calls_itself() {
        let inventory = inventory();
        let by_address = vec![peer("u2", "198.51.100.2"), peer("other", "kube3")];
        let none = || (Vec::new(), Volumes::new());
        let said = vec![
            ("u1", by_address, Volumes::new()),
            ("u2", none().0, none().1),
            ("u3", none().0, none().1),
        ];
        let facts = facts(&inventory, said);
        let link = |other| facts.cluster.link(0, other).unwrap();
        assert_eq!((link(1).is_named, link(2).is_named), (false, true));
        let known_as = |name| {
            facts
                .cluster
                .identities
                .uuids_of(name)
                .map(|(uuid, _)| uuid)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (known_as("198.51.100.2"), known_as("kube3")),
            (vec!["u2"], vec!["other"])
        );
        assert_eq!((facts.cluster.link(1, 0), facts.cluster.peers_known(0)), (None, 2));
    }
}
