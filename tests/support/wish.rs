//! Any inventory that `check` accepts, for property tests.

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
    pub profile: Option<&'static str>,
    /// Whether the volume is on the first servers and devices only.
    pub chooses: bool,
}

prop_compose! {
    pub fn any_volume(name_and_path: (&'static str, &'static str))(
        shape in any::<Index>(),
        on in select(vec!["all", "servers", "clients"]),
        options in subsequence(OPTIONS.to_vec(), 0..=3),
        noatime in any::<bool>(),
        profile in prop::option::weighted(0.3, select(vec!["virt", "metadata-cache"])),
        chooses in prop::bool::weighted(0.3),
    ) -> VolumeWish {
        VolumeWish { name_and_path, shape, on, options, noatime, profile, chooses }
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
    /// The servers and their devices that carry a volume, and the key that chooses them.
    fn carriers(&self, volume: &VolumeWish) -> (Vec<Vec<&'static str>>, String) {
        if !volume.chooses {
            return (self.servers.clone(), String::new());
        }
        let hosts = self.servers.len().div_ceil(2);
        let device = self.servers[0][0];
        let has = |devices: &&Vec<&'static str>| devices.contains(&device);
        let chosen: Vec<usize> = (0..hosts).filter(|host| has(&&self.servers[*host])).collect();
        let names: Vec<String> = chosen.iter().map(|host| format!("kube{}", host + 1)).collect();
        let brick = device.rsplit('/').next().unwrap_or(device);
        let key = format!("    bricks: {{hosts: [{}], devices: [{brick}]}}\n", names.join(", "));
        (chosen.iter().map(|_| vec![device]).collect(), key)
    }

    /// The types that the bricks of each volume allow.
    pub fn shapes_of_volumes(&self) -> Vec<Vec<String>> {
        let of = |volume: &VolumeWish| Self::shapes(&self.carriers(volume).0);
        self.volumes.iter().map(of).collect()
    }

    /// The keys of each type that these bricks allow. Every number of bricks can be distributed.
    fn shapes(carriers: &[Vec<&'static str>]) -> Vec<String> {
        let bricks: usize = carriers.iter().map(Vec::len).sum();
        let most = carriers.iter().map(Vec::len).max().unwrap_or(0);
        let sizes = [
            (1, "type: distribute"),
            (2, "replica: 2"),
            (3, "replica: 3"),
            (3, "replica: 3\n    arbiter: 1"),
            (3, "disperse: {data: 2, redundancy: 1}"),
            (5, "type: disperse\n    disperse: {data: 3, redundancy: 2}"),
            (6, "disperse: {data: 4, redundancy: 2}"),
        ];
        let divides = sizes.into_iter().filter(|(size, _)| bricks.is_multiple_of(*size));
        let written = divides.map(|(size, keys)| match most <= bricks / size {
            true => keys.to_owned(),
            false => format!("{keys}\n    allow_same_host: true"),
        });
        written.collect()
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
        for (at, volume) in self.volumes.iter().enumerate() {
            let (name, path) = volume.name_and_path;
            let (carriers, bricks) = self.carriers(volume);
            let shapes = Self::shapes(&carriers);
            let shape = volume.shape.get(&shapes);
            let profile = volume
                .profile
                .map(|profile| format!("    profile: {profile}\n"))
                .unwrap_or_default();
            let options = volume
                .options
                .iter()
                .map(|(key, value)| format!("{key}: \"{value}\", "));
            let options: String = options.collect();
            let on = volume.on;
            text += if at == 0 { "volumes:\n" } else { "" };
            text += &format!("  - name: {name}\n    {shape}\n{bricks}{profile}");
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
