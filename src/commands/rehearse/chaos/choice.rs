//! What a fault hits: which host, which disk, which side of the network; or why the fault cannot be rehearsed. Pure.

use super::scene::{Place, Scene, Volume};
use crate::cli::Fault;
use crate::inventory::{BrickName, HostName, Inventory, Zone};

/// A fault, and what it hits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Strike {
    /// The power of this server, and its network.
    Host(HostName),
    /// The disk of this brick, and the place of the disk among the host's disks.
    Disk {
        /// The host.
        host: HostName,
        /// The brick's name.
        brick: BrickName,
        /// The place of the disk.
        index: usize,
        /// Where the disk's file system is mounted.
        mount: String,
    },
    /// The network between these hosts and all others.
    Network(Vec<HostName>),
    /// The power of all hosts.
    Power,
}

impl Strike {
    /// What the fault hits: as much as possible of the last server, so that the first one, which users know, stays.
    ///
    /// # Errors
    /// Why the fault cannot be rehearsed with this inventory, as a sentence.
    pub fn choose(fault: Fault, inventory: &Inventory, scene: &Scene) -> Result<Self, String> {
        match fault {
            Fault::Host => Ok(Strike::Host(last(scene)?)),
            Fault::Disk => disk(inventory, scene),
            Fault::Network => away(inventory, scene).map(Strike::Network),
            Fault::Power => Ok(Strike::Power),
        }
    }

    /// The kind of fault.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Strike::Host(_) => Fault::Host,
            Strike::Disk { .. } => Fault::Disk,
            Strike::Network(_) => Fault::Network,
            Strike::Power => Fault::Power,
        }
    }

    /// Whether a host loses its power.
    #[must_use]
    pub fn switches_off(&self, host: &HostName) -> bool {
        match self {
            Strike::Host(lost) => lost == host,
            Strike::Disk { .. } | Strike::Network(_) => false,
            Strike::Power => true,
        }
    }

    /// What happens, in words.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Strike::Host(host) => format!("{host} is lost"),
            Strike::Disk { host, brick, .. } => format!("disk {host}:{brick} is lost"),
            Strike::Network(away) => format!("the network is cut: {} on one side", names(away)),
            Strike::Power => "the power of all hosts is cut".to_owned(),
        }
    }

    /// Whether a client on this host, which has power, reaches a brick meanwhile.
    #[must_use]
    pub fn reaches(&self, client: &HostName, place: &Place) -> bool {
        match self {
            Strike::Host(lost) => place.host != *lost,
            Strike::Disk { host, brick, .. } => place.host != *host || place.disk.as_ref() != Some(brick),
            Strike::Network(away) => away.contains(client) == away.contains(&place.host),
            Strike::Power => false,
        }
    }

    /// How many of the servers a client on this host reaches meanwhile.
    #[must_use]
    pub fn servers(&self, client: &HostName, scene: &Scene) -> usize {
        let reaches = |server: &&HostName| match self {
            Strike::Host(lost) => *server != lost,
            Strike::Disk { .. } => true,
            Strike::Network(away) => away.contains(client) == away.contains(server),
            Strike::Power => false,
        };
        scene.servers.iter().filter(reaches).count()
    }

    /// The hosts on which a volume is written and read meanwhile: one that the fault spares, if there is one, and of a cut
    /// network one on each side.
    #[must_use]
    pub fn clients<'v>(&self, volume: &'v Volume) -> Vec<&'v HostName> {
        let first = |is_one: &dyn Fn(&HostName) -> bool| volume.clients.iter().find(|client| is_one(client));
        let any = volume.clients.first();
        match self {
            Strike::Host(lost) => first(&|client| client != lost).or(any).into_iter().collect(),
            Strike::Disk { host, .. } => first(&|client| client != host).or(any).into_iter().collect(),
            Strike::Network(away) => {
                let sides = [false, true].map(|side| first(&|client| away.contains(client) == side));
                sides.into_iter().flatten().collect()
            }
            Strike::Power => any.into_iter().collect(),
        }
    }
}

/// Names, for a sentence.
pub fn names(hosts: &[HostName]) -> String {
    let names: Vec<&str> = hosts.iter().map(HostName::as_str).collect();
    names.join(", ")
}

fn last(scene: &Scene) -> Result<HostName, String> {
    let last = scene.servers.last().cloned();
    last.ok_or_else(|| "the inventory has no server that stays".to_owned())
}

/// The last disk of the last server that holds bricks of which every volume has other copies.
fn disk(inventory: &Inventory, scene: &Scene) -> Result<Strike, String> {
    let mut lost = Vec::new();
    for host in inventory.staying_servers().collect::<Vec<_>>().into_iter().rev() {
        for (index, device) in host.devices.iter().enumerate().rev() {
            let is_here = |place: &&Place| place.host == host.name && place.disk.as_ref() == Some(&device.name);
            let carried = |volume: &&Volume| volume.sets.iter().flatten().any(|place| is_here(&place));
            let carried: Vec<&Volume> = scene.volumes.iter().filter(carried).collect();
            if carried.is_empty() || device.existing.is_some() {
                continue;
            }
            if carried.iter().all(|volume| volume.survives(&host.name, &device.name)) {
                return Ok(Strike::Disk {
                    host: host.name.clone(),
                    brick: device.name.clone(),
                    index,
                    mount: device.mount_point(),
                });
            }
            lost.extend(
                carried
                    .into_iter()
                    .filter(|volume| !volume.survives(&host.name, &device.name)),
            );
        }
    }
    Err(match lost.first() {
        Some(volume) => format!(
            "{} ({}) has no other copy of what is on a disk: a dead disk takes its files along, for good",
            volume.name, volume.volume_type
        ),
        None => "no volume has a brick on a disk of its own".to_owned(),
    })
}

/// The smaller side of a cut network: the zone of the last server if there are several zones, else the last servers, fewer than
/// half of all.
fn away(inventory: &Inventory, scene: &Scene) -> Result<Vec<HostName>, String> {
    if inventory.hosts.len() < 2 {
        return Err("one host alone has no network that could be cut".to_owned());
    }
    let last = last(scene)?;
    let zone = |name: &HostName| -> Option<&Zone> { inventory.host(name)?.zone.as_ref() };
    let in_zone: Vec<HostName> = match zone(&last) {
        None => Vec::new(),
        here => {
            let hosts = inventory.hosts.iter().map(|host| &host.name);
            hosts.filter(|host| zone(host) == here).cloned().collect()
        }
    };
    if !in_zone.is_empty() && in_zone.len() < inventory.hosts.len() {
        return Ok(in_zone);
    }
    let few = (scene.servers.len().saturating_sub(1) / 2).max(1);
    Ok(scene.servers[scene.servers.len().saturating_sub(few)..].to_vec())
}

#[cfg(test)]
mod tests {
    use super::super::scene::tests::{REPLICA, THREE, host, volume};
    use super::*;
    use crate::inventory::{self, VolumeType};

    fn inventory(hosts: &str) -> Inventory {
        inventory::read(&format!("cluster: c\nhosts:\n{hosts}"), "test").unwrap_or_else(|report| panic!("{report:#}"))
    }

    fn lines(hosts: usize, more: impl Fn(usize) -> &'static str) -> String {
        let line = |number| {
            let keys = more(number);
            format!("  - {{name: kube{number}, address: 198.51.100.{number}, devices: [/dev/vdb]{keys}}}\n")
        };
        (1..=hosts).map(line).collect()
    }

    fn scene(hosts: usize, volumes: Vec<Volume>) -> Scene {
        Scene {
            servers: (1..=hosts).map(|number| host(&format!("kube{number}"))).collect(),
            volumes,
        }
    }

    #[test]
    fn a_disk_is_lost_only_if_the_volumes_on_it_have_other_copies() {
        let inventory = inventory(&lines(3, |_| ""));
        let choose = |volumes| Strike::choose(Fault::Disk, &inventory, &scene(3, volumes));
        let replica = || volume("gv0", REPLICA, &[THREE], &[]);
        let strike = choose(vec![replica()]).unwrap();
        assert_eq!(strike.told(), "disk kube3:vdb is lost");
        let single = volume("gv1", VolumeType::Distribute, &[&["kube3"]], &[]);
        assert_eq!(
            choose(vec![replica(), single]).unwrap().told(),
            "disk kube2:vdb is lost"
        );
        let sets: &[&[&str]] = &[&["kube1"], &["kube2"], &["kube3"]];
        let spread = volume("gv1", VolumeType::Distribute, sets, &[]);
        assert_eq!(
            choose(vec![replica(), spread]).unwrap_err(),
            "gv1 (distribute) has no other copy of what is on a disk: a dead disk takes its files along, for good"
        );
        assert!(choose(Vec::new()).is_err());
    }

    #[test]
    fn the_network_is_cut_around_a_zone_or_fewer_than_half_of_the_servers() {
        let away = |hosts: usize, more: fn(usize) -> &'static str| {
            let strike = Strike::choose(
                Fault::Network,
                &inventory(&lines(hosts, more)),
                &scene(hosts, Vec::new()),
            );
            strike.map(|strike| strike.told())
        };
        let told = |hosts: &str| Ok(format!("the network is cut: {hosts} on one side"));
        assert_eq!(away(3, |_| ""), told("kube3"));
        assert_eq!(away(2, |_| ""), told("kube2"));
        assert_eq!(away(5, |_| ""), told("kube4, kube5"));
        let zones = |number| if number < 3 { ", zone: a" } else { ", zone: b" };
        assert_eq!(away(5, zones), told("kube3, kube4, kube5"));
        assert_eq!(away(3, |_| ", zone: a"), told("kube3"));
        assert!(away(1, |_| "").is_err());
    }

    #[test]
    fn each_side_of_a_cut_network_has_a_client_and_a_lost_host_has_none() {
        let gv0 = volume("gv0", REPLICA, &[THREE], &[]);
        let on = |strike: Strike| names(&strike.clients(&gv0).into_iter().cloned().collect::<Vec<_>>());
        assert_eq!(on(Strike::Network(vec![host("kube3")])), "kube1, kube3");
        assert_eq!(on(Strike::Host(host("kube1"))), "kube2");
        assert_eq!(on(Strike::Power), "kube1");
        let alone = volume("gv0", VolumeType::Distribute, &[&["kube1"]], &[]);
        assert_eq!(Strike::Host(host("kube1")).clients(&alone), [&host("kube1")]);
        let cut = Strike::Network(vec![host("kube3")]);
        let reached = |client: &str| {
            gv0.sets[0]
                .iter()
                .filter(|place| cut.reaches(&host(client), place))
                .count()
        };
        assert_eq!((reached("kube1"), reached("kube3")), (2, 1));
        let scene = scene(3, Vec::new());
        assert_eq!(
            (cut.servers(&host("kube1"), &scene), cut.servers(&host("kube3"), &scene)),
            (2, 1)
        );
    }
}
