//! A made-up cluster that is well, and what a case changes in it.

use std::sync::Arc;

use super::super::{Finding, examine};
use crate::desired::{BrickSpec, Desired};
use crate::facts::{
    Answer, BrickHeal, Contact, Content, Device, DeviceKind, Facts, Glusterd, HostFacts, InUse, Listener, Peer, Task,
    TaskKind, TaskState, Tried, VolumeInfo, XfsDevice,
};
use crate::health::tests::made_up::{Hosts, all_done, all_online, looks};
use crate::health::{BricksSaid, Looks};
use crate::inventory::{self, DevicePath, HEAL_THREADS, HostName};

/// Everything that a case can change.
pub(super) struct World {
    pub desired: Desired<'static>,
    pub hosts: Hosts,
    pub looks: Looks,
}

impl World {
    pub fn of(text: &str) -> Self {
        let inventory = Box::leak(Box::new(inventory::read(text, "test").unwrap()));
        let desired = Desired::of(inventory);
        let mut world = World {
            hosts: all_done(&desired),
            looks: looks(&desired, Some(all_online())),
            desired,
        };
        // Nothing is left that apply would do.
        for host in &world.desired.hosts {
            let facts = world.hosts.get_mut(host.name()).unwrap().as_mut().unwrap();
            facts.directories = host.directories.iter().cloned().collect();
        }
        let names: Vec<&str> = world.desired.hosts.iter().map(|host| host.name().as_str()).collect();
        for name in names {
            world.option_of(name, "user.glusterctl.cluster", "kube");
            world.option_of(name, "user.glusterctl.options", HEAL_THREADS.0);
            world.option_of(name, HEAL_THREADS.0, HEAL_THREADS.1);
        }
        world
    }

    pub fn host(&mut self, name: &str) -> &mut HostFacts {
        self.hosts.get_mut(&host(name)).unwrap().as_mut().unwrap()
    }

    pub fn each(&mut self, change: impl Fn(&mut HostFacts)) {
        self.hosts.values_mut().for_each(|host| change(host.as_mut().unwrap()));
    }

    pub fn said(&mut self) -> &mut BricksSaid {
        self.looks.seen.values_mut().next().unwrap()
    }

    pub fn heal(&mut self, at: usize) -> &mut BrickHeal {
        &mut self.said().heal.as_mut().unwrap().as_mut().unwrap()[at]
    }

    pub fn offline(&mut self, at: usize) {
        self.said().status.as_mut().unwrap()[at].online = false;
        let heal = self.heal(at);
        (heal.connected, heal.entries) = (false, None);
    }

    /// Changes the definition of the volume on these hosts.
    pub fn volume(&mut self, hosts: &[&str], change: impl Fn(&mut VolumeInfo)) {
        for name in hosts {
            let Glusterd::Answers { volumes, .. } = &mut self.host(name).glusterd else {
                panic!("{name} answers");
            };
            change(Arc::make_mut(volumes.get_mut("gv0").unwrap()));
        }
    }

    pub fn option_of(&mut self, name: &str, key: &str, value: &str) {
        self.volume(&[name], |info| {
            info.options.insert(key.to_owned(), value.to_owned());
        });
    }

    pub fn option(&mut self, key: &str, value: &str) {
        self.volume(&ALL, |info| {
            info.options.insert(key.to_owned(), value.to_owned());
        });
    }

    pub fn space(&mut self, name: &str, path: &str) -> &mut crate::facts::Space {
        self.looks
            .vitals
            .get_mut(&host(name))
            .unwrap()
            .spaces
            .get_mut(path)
            .unwrap()
    }

    pub fn peers(&mut self, name: &str) -> &mut Vec<Peer> {
        match &mut self.host(name).glusterd {
            Glusterd::Answers { pool, .. } => &mut pool.peers,
            other => panic!("{other:?}"),
        }
    }

    pub fn device(&mut self) -> &mut Device {
        let device = Device {
            kind: DeviceKind::Block,
            name: "vdb".into(),
            number: "254:16".into(),
            bytes: 100 << 30,
            read_only: false,
            removable: false,
            optical: false,
            partition_of: None,
            partitions: Vec::new(),
            holders: Vec::new(),
            swaps: Vec::new(),
            identity: String::new(),
            model: String::new(),
            mapper_name: None,
            in_use: InUse::No,
            content: Content::Zeros,
        };
        let path = DevicePath::parse("/dev/vdb").unwrap();
        let devices = &mut self.host("kube1").devices;
        devices.insert(path.clone(), device);
        devices.get_mut(&path).unwrap()
    }

    pub fn xfs(&mut self, name: &str) -> &mut Vec<XfsDevice> {
        self.host(name).xfs.values_mut().next().unwrap()
    }

    pub fn findings(self) -> Vec<Finding> {
        examine(&self.desired, &Facts::new(&self.desired, self.hosts), &self.looks)
    }
}

pub(super) const ALL: [&str; 3] = ["kube1", "kube2", "kube3"];
pub(super) const GIB: u64 = 1 << 30;

pub(super) fn host(name: &str) -> HostName {
    HostName::parse(name).unwrap()
}

pub(super) fn brick(text: &str) -> BrickSpec {
    BrickSpec::parse(text).unwrap()
}

pub(super) fn snapshot() -> XfsDevice {
    XfsDevice {
        number: "253:1".into(),
        path: "/dev/mapper/vg-snap".into(),
        ..XfsDevice::default()
    }
}

pub(super) fn task(world: &mut World, kind: TaskKind, state: TaskState) {
    let bricks = Vec::new();
    world.said().more.tasks = Some(vec![Task { kind, state, bricks }]);
}

/// kube3 and kube2 have lost each other; what came of trying the connection.
pub(super) fn peer_lost(world: &mut World, answer: &Answer) {
    world.peers("kube3").retain_mut(|peer| {
        peer.in_cluster = peer.names != ["kube2"];
        true
    });
    for (from, to) in [("kube2", "kube3"), ("kube3", "kube2")] {
        let address = world.desired.host_called(to).unwrap().host.address.ip().unwrap();
        world.looks.tried.push(Tried {
            contact: Contact {
                from: host(from),
                to: host(to),
                listener: Listener::Glusterd,
            },
            addresses: Some([address].into()),
            answer: Some(answer.clone()),
            listens: Some(true),
        });
    }
}
