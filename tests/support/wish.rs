//! Any inventory that `check` accepts, for property tests.

#![allow(dead_code)] // every test file compiles this module for itself, and no test file uses all of it

use glusterctl::inventory::{self, Inventory};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

pub const DEVICES: [&str; 4] = [
    "/dev/vdb",
    "/dev/vdc",
    "/dev/disk/by-id/virtio-brick.1",
    "/dev/mapper/vg-lv",
];
pub const VOLUMES: [(&str, &str); 3] = [("gv0", "/data"), ("data_1", "/srv/gv-1"), ("Media", "/mnt/a.b/c")];
pub const OPTIONS: [(&str, &str); 3] = [
    ("performance.cache-size", "256MB"),
    ("network.ping-timeout", "10"),
    ("auth.allow", "198.51.100.*"),
];

/// One server or more, perhaps clients, and as many volumes as there are shapes for.
#[derive(Debug, Clone)]
pub struct Wish {
    pub servers: Vec<Vec<&'static str>>,
    pub zones: Option<usize>,
    pub clients: usize,
    pub volumes: Vec<VolumeWish>,
}

#[derive(Debug, Clone)]
pub struct VolumeWish {
    pub name_and_path: (&'static str, &'static str),
    pub shape: Index,
    pub on: &'static str,
    pub options: Vec<(&'static str, &'static str)>,
    pub noatime: bool,
}

prop_compose! {
    pub fn any_volume(name_and_path: (&'static str, &'static str))(
        shape in any::<Index>(),
        on in select(vec!["all", "servers", "clients"]),
        options in subsequence(OPTIONS.to_vec(), 0..=3),
        noatime in any::<bool>(),
    ) -> VolumeWish {
        VolumeWish { name_and_path, shape, on, options, noatime }
    }
}

prop_compose! {
    pub fn any_wish()(
        (servers, clients) in prop_oneof![1 => Just(1), 9 => 2..=6_usize].prop_flat_map(|servers| (
            prop_oneof![
                // The same devices everywhere, or some here and some there.
                3 => subsequence(DEVICES.to_vec(), 1..=3).prop_map(move |devices| vec![devices; servers]),
                1 => prop::collection::vec(subsequence(DEVICES.to_vec(), 1..=3), servers),
            ],
            0..=6 - servers,
        )),
        zones in prop::option::of(1..4_usize),
        volumes in VOLUMES.map(any_volume),
        volume_count in prop_oneof![1 => Just(0), 9 => 1..=VOLUMES.len()],
    ) -> Wish {
        Wish { servers, zones, clients, volumes: volumes.into_iter().take(volume_count).collect() }
    }
}

impl Wish {
    /// The replica and arbiter counts that these bricks allow.
    pub fn shapes(&self) -> Vec<(usize, usize)> {
        let bricks: usize = self.servers.iter().map(Vec::len).sum();
        let most = self.servers.iter().map(Vec::len).max().unwrap_or(0);
        let fits = |replica: usize| bricks.is_multiple_of(replica) && most <= bricks / replica;
        let shapes = [(2, 0), (3, 0), (3, 1)].into_iter();
        shapes.filter(|(replica, _)| fits(*replica)).collect()
    }

    pub fn inventory(&self) -> Inventory {
        let mut text = String::from("cluster: paper\nhosts:\n");
        for (number, devices) in (1..).zip(&self.servers) {
            let zone = self
                .zones
                .map_or(String::new(), |zones| format!(", zone: rack{}", number % zones));
            let devices = devices.join(", ");
            text += &format!("  - {{name: kube{number}, address: 198.51.100.{number}, devices: [{devices}]{zone}}}\n");
        }
        for number in 0..self.clients {
            text += &format!(
                "  - {{name: app{number}, address: 198.51.100.{}, role: client}}\n",
                100 + number
            );
        }
        let shapes = self.shapes();
        let volumes = self.volumes.iter().filter(|_| !shapes.is_empty());
        for (at, volume) in volumes.enumerate() {
            let (name, path) = volume.name_and_path;
            let (replica, arbiter) = volume.shape.get(&shapes);
            let options = volume
                .options
                .iter()
                .map(|(key, value)| format!("{key}: \"{value}\", "));
            let options: String = options.collect();
            let on = volume.on;
            text += if at == 0 { "volumes:\n" } else { "" };
            text += &format!("  - name: {name}\n    replica: {replica}\n    arbiter: {arbiter}\n");
            text += &format!("    options: {{{options}}}\n    mount:\n      path: {path}\n      on: {on}\n");
            text += if volume.noatime {
                "      options: [noatime]\n"
            } else {
                ""
            };
        }
        inventory::read(&text, "paper.yaml").unwrap_or_else(|report| panic!("{report}\n{text}"))
    }
}
