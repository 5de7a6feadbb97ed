//! A cluster of three servers with one volume: what was observed of it when all is well, and with changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::desired::{BrickSpec, Desired, DesiredHost};
use crate::distro;
use crate::facts::{
    self, BarePoint, BrickDirectory, BrickHeal, BrickStatus, Clock, Glusterd, HostFacts, LOGS, MountPoint, Mounted,
    Package, Peer, Pool, STATE, Space, Unit, Vitals, VitalsOfAll, VolumeId, VolumeInfo, XfsDevice,
};
use crate::health::{BricksSaid, Looks, MoreSaid};
use crate::inventory::{self, HostName, Inventory, VolumeName, VolumeType};
use crate::remote::RemoteError;

const ID: &str = "99999999-9999-4999-8999-999999999999";
const NUMBER: &str = "254:16";
/// The port of each brick.
pub(super) const PORT: u16 = 54304;

/// What is known of each host.
pub(in crate::health) type Hosts = BTreeMap<HostName, Result<HostFacts, RemoteError>>;

/// Three servers with one volume.
pub(in crate::health) const TEXT: &str = "cluster: kube\ndefaults: {devices: [/dev/vdb]}\nhosts:\n  - {name: kube1, address: 198.51.100.11}\n  \
     - {name: kube2, address: 198.51.100.12}\n  - {name: kube3, address: 198.51.100.13}\nvolumes:\n  \
     - {name: gv0, replica: 3, mount: /data}\n";

/// [`TEXT`], read.
pub(super) fn inventory() -> Inventory {
    inventory::read(TEXT, "test").unwrap()
}

fn name(host: &str) -> HostName {
    HostName::parse(host).unwrap()
}

/// The definition of the volume.
pub(in crate::health) fn info() -> VolumeInfo {
    VolumeInfo {
        name: "gv0".into(),
        id: VolumeId::new(ID),
        started: true,
        volume_type: VolumeType::Replicate { replica: 3, arbiter: 0 },
        bricks: specs(),
        brick_hosts: Vec::new(),
        options: BTreeMap::new(),
    }
}

fn specs() -> Vec<BrickSpec> {
    let brick = |host| BrickSpec::parse(&format!("{host}:/bricks/vdb/gv0")).unwrap();
    ["kube1", "kube2", "kube3"].map(brick).into()
}

/// What a glusterd answers that has these peers.
pub(in crate::health) fn answers(peers: &[&str], volume: Option<VolumeInfo>) -> Glusterd {
    let peer = |name: &&str| Peer {
        uuid: format!("uuid of {name}"),
        names: vec![(*name).to_owned()],
        connected: true,
        in_cluster: true,
        state: String::new(),
    };
    Glusterd::Answers {
        pool: Pool {
            own_uuid: String::new(),
            peers: peers.iter().map(peer).collect(),
        },
        volumes: volume
            .map(|info| (info.name.clone(), Arc::new(info)))
            .into_iter()
            .collect(),
    }
}

/// The names of all servers but one.
pub(in crate::health) fn others(host: &HostName) -> Vec<&'static str> {
    let all = ["kube1", "kube2", "kube3"].into_iter();
    all.filter(|other| *other != host.as_str()).collect()
}

/// A host on which nothing is left to do.
#[expect(clippy::too_many_lines, reason = "every fact of a host, once")]
fn done(desired: &Desired, host: &DesiredHost) -> HostFacts {
    let lines: Vec<&str> = host.fstab.iter().map(|entry| entry.text.as_str()).collect();
    let brick = &host.bricks[0];
    let mounted = |number: &str, target: &str, kind: &str, source: &str| Mounted {
        number: number.to_owned(),
        target: target.to_owned(),
        kind: kind.to_owned(),
        source: source.to_owned(),
        read_only: false,
    };
    let device = XfsDevice {
        number: NUMBER.to_owned(),
        path: "/dev/vdb".to_owned(),
        unfinished: false,
        ..XfsDevice::default()
    };
    let directory = BrickDirectory {
        new: false,
        late: None,
        exists: true,
        volume_id: Some(VolumeId::new(ID)),
        bare: false,
    };
    let unit = Unit {
        loaded: true,
        active: true,
        enabled: true,
    };
    let files = host.unit_files.iter();
    let package = |name: &&str| {
        let package = Package {
            status: "installed".to_owned(),
            version: "10.3-5".to_owned(),
        };
        ((*name).to_owned(), package)
    };
    HostFacts {
        systemd: true,
        hosts_file: desired.names.text.to_string(),
        fstab: facts::fstab(&lines.join("\n")),
        mounted: vec![
            mounted(NUMBER, &brick.mount, "xfs", "/dev/vdb"),
            mounted("0:51", "/data", "fuse.glusterfs", "localhost:/gv0"),
        ],
        unit_files: files
            .map(|file| (file.path.to_owned(), file.text.to_string()))
            .collect(),
        units: host.units().into_iter().map(|name| (name, unit.clone())).collect(),
        xfs: [(brick.uuid.clone(), vec![device])].into(),
        bricks: host
            .brick_dirs()
            .map(|dir| (dir.to_owned(), directory.clone()))
            .collect(),
        mount_points: host
            .mounts
            .iter()
            .map(|volume| (volume.mount.path.clone(), MountPoint::Ready))
            .collect(),
        bare_points: host
            .mount_points()
            .map(|point| (point.to_owned(), BarePoint::Immutable))
            .collect(),
        brick_processes: host.brick_dirs().map(str::to_owned).collect(),
        glusterd: answers(&others(host.name()), Some(info())),
        volume_ids: [("gv0".to_owned(), VolumeId::new(ID))].into(),
        packages: distro::ALL[0].packages(host.host).iter().map(package).collect(),
        operating_version: Some("100000".to_owned()),
        os: "debian".to_owned(),
        addresses: [host.host.address.ip().unwrap()].into(),
        machine_id: format!("machine of {}", host.name()),
        boot_id: format!("boot of {}", host.name()),
        uuid_on_disk: Some(format!("uuid of {}", host.name())),
        ..HostFacts::default()
    }
}

pub(in crate::health) fn all_done(desired: &Desired) -> Hosts {
    let hosts = desired.hosts.iter();
    hosts
        .map(|host| (host.name().clone(), Ok(done(desired, host))))
        .collect()
}

/// The same facts, after a change of each host that is known.
pub(super) fn changed(mut hosts: Hosts, change: impl Fn(&HostName, &mut HostFacts)) -> Hosts {
    for (name, host) in &mut hosts {
        if let Ok(host) = host {
            change(name, host);
        }
    }
    hosts
}

/// The same facts, but these hosts were not reached.
pub(in crate::health) fn without(mut hosts: Hosts, lost: &[&str]) -> Hosts {
    for host in lost {
        let error = RemoteError {
            what: "unreachable".to_owned(),
            remedy: "check that the host is up".to_owned(),
        };
        hosts.insert(name(host), Err(error));
    }
    hosts
}

/// What Gluster says when all is well.
pub(in crate::health) fn all_online() -> BricksSaid {
    let status = |brick| BrickStatus {
        brick,
        online: true,
        port: Some(PORT),
    };
    let heal = |brick| BrickHeal {
        brick,
        connected: true,
        entries: Some(0),
    };
    BricksSaid {
        status: Ok(specs().into_iter().map(status).collect()),
        heal: Some(Ok(specs().into_iter().map(heal).collect())),
        more: MoreSaid {
            tasks: Some(Vec::new()),
            split_brain: None,
            clients: Some([("fuse".to_owned(), 3), ("glustershd".to_owned(), 3)].into()),
            ..MoreSaid::default()
        },
    }
}

/// How the hosts fare when all is well: each file system has 100 GiB, of which 60 are available.
pub(super) fn vitals(desired: &Desired) -> VitalsOfAll {
    const GIB: u64 = 1 << 30;
    let space = |age| Space {
        bytes: 100 * GIB,
        used: 40 * GIB,
        available: 60 * GIB,
        inodes: 1_000_000,
        inodes_free: 900_000,
        age,
    };
    let of_host = |host: &DesiredHost| {
        let bricks = host
            .brick_mounts()
            .map(|mount| (mount.to_owned(), space(Some(40 * 86_400))));
        let others = [LOGS, STATE].map(|path| (path.to_owned(), space(None)));
        let vitals = Vitals {
            clock: Some(Clock {
                offset: 0.01,
                uncertainty: 0.005,
            }),
            spaces: bricks.chain(others).collect(),
            mtu: Some(1500),
            has_fuse: Some(true),
            is_outdated: Some(false),
        };
        (host.name().clone(), vitals)
    };
    desired.hosts.iter().map(of_host).collect()
}

/// What was looked at when the hosts fare well and Gluster says this of the volume.
pub(in crate::health) fn looks(desired: &Desired, said: Option<BricksSaid>) -> Looks {
    let seen = said.map(|said| (VolumeName::parse("gv0").unwrap(), said));
    Looks {
        seen: seen.into_iter().collect(),
        tried: Vec::new(),
        vitals: vitals(desired),
        highest_op_version: Some(100_000),
        earlier: None,
    }
}
