//! Made-up facts for the benchmark: no other file of the benchmark knows their types.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use anyhow::Result;
use glusterctl::desired::{Desired, DesiredHost};
use glusterctl::facts::{
    BarePoint, BrickDirectory, Content, Device, DeviceKind, Facts, Glusterd, HostFacts, InUse, Known, MountPoint,
    Mounted, Package, Peer, Pool, Unit, VolumeId, VolumeInfo, Volumes, XfsDevice, fstab,
};
use glusterctl::inventory::DevicePath;
use glusterctl::plan::{self, Operation, Plan};
use uuid::Uuid;

type Disks = (BTreeMap<DevicePath, Device>, BTreeMap<String, Vec<XfsDevice>>);

/// The state that the hosts are in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Everything is as the inventory wants.
    Done,
    /// Fresh hosts with blank devices.
    Blank,
    /// Everything is as the inventory wants, but the operating system of one host was installed afresh.
    Rebuilt,
}

impl State {
    /// All states, by name.
    pub const ALL: [(&str, State); 3] = [
        ("nothing to do", State::Done),
        ("blank hosts", State::Blank),
        ("one host rebuilt", State::Rebuilt),
    ];

    /// The facts of the inventory's hosts in that state.
    pub fn facts(self, desired: &Desired) -> Result<Facts> {
        let volumes = volumes(desired)?;
        let rebuilt = desired.hosts.last().filter(|_| self == State::Rebuilt);
        let is_rebuilt = |host: &DesiredHost| rebuilt.is_some_and(|rebuilt| rebuilt.name() == host.name());
        let facts = |host: &DesiredHost| match self {
            State::Blank => fresh(host, false),
            _ if is_rebuilt(host) => fresh(host, true),
            State::Done | State::Rebuilt => running(desired, host, volumes.clone(), rebuilt),
        };
        let hosts = desired.hosts.iter().map(|host| (host.name().clone(), Ok(facts(host))));
        Ok(Facts::new(desired, hosts.collect()))
    }
}

/// The work that is measured.
pub fn plan(desired: &Desired, facts: &Facts) -> Plan {
    plan::plan(desired, facts, &Operation::Apply)
}

/// The UUID that glusterd on a host, or a volume, has.
fn id(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_DNS, name.as_bytes())
}

/// The started volumes, as every server says them.
fn volumes(desired: &Desired) -> Result<Volumes> {
    let mut volumes = Volumes::new();
    for volume in &desired.inventory.volumes {
        let name = volume.name.to_string();
        let bricks: Vec<_> = desired.layout(volume, &[]).new?.into_iter().flatten().collect();
        let info = VolumeInfo {
            id: volume_id(&name),
            started: true,
            volume_type: volume.volume_type,
            brick_hosts: bricks.iter().map(|brick| id(brick.host.as_str()).to_string()).collect(),
            bricks: bricks.iter().map(|brick| brick.spec()).collect(),
            options: BTreeMap::from([(
                "user.glusterctl.cluster".to_owned(),
                desired.inventory.cluster.to_string(),
            )]),
            name: name.clone(),
        };
        volumes.insert(name, Arc::new(info));
    }
    Ok(volumes)
}

fn volume_id(name: &str) -> VolumeId {
    VolumeId::new(&id(name).to_string())
}

/// The pool as a host sees it.
fn pool(desired: &Desired, host: &DesiredHost, rebuilt: Option<&DesiredHost>) -> Pool {
    let others = desired.hosts.iter().filter(|other| other.name() != host.name());
    let peer = |other: &DesiredHost| Peer {
        uuid: id(other.name().as_str()).to_string(),
        names: vec![other.name().to_string()],
        connected: rebuilt.is_none_or(|rebuilt| rebuilt.name() != other.name()),
        in_cluster: true,
        state: String::new(),
    };
    Pool {
        own_uuid: id(host.name().as_str()).to_string(),
        peers: others.map(peer).collect(),
    }
}

/// The devices of a host, and the file systems of their bricks.
fn disks(host: &DesiredHost, formatted: bool) -> Disks {
    let (mut devices, mut xfs) = (BTreeMap::new(), BTreeMap::new());
    for (at, brick) in host.bricks.iter().enumerate() {
        let (path, uuid) = (&brick.device.path, brick.uuid.clone());
        let known = Known {
            kind: "xfs".to_owned(),
            uuid: uuid.clone(),
            signatures: vec![format!("0x0,xfs,{uuid}")],
            ..Known::default()
        };
        let device = Device {
            kind: DeviceKind::Block,
            name: format!("vd{at}"),
            number: number(at),
            bytes: 1 << 40,
            read_only: false,
            removable: false,
            optical: false,
            partition_of: None,
            partitions: Vec::new(),
            holders: Vec::new(),
            swaps: Vec::new(),
            identity: format!("serial {}-{at}", host.name()),
            model: String::new(),
            mapper_name: None,
            in_use: InUse::No,
            content: if formatted {
                Content::Known(known)
            } else {
                Content::Zeros
            },
        };
        devices.insert(path.clone(), device);
        let found = XfsDevice {
            number: number(at),
            path: path.to_string(),
            unfinished: false,
            ..XfsDevice::default()
        };
        if formatted {
            xfs.insert(uuid, vec![found]);
        }
    }
    (devices, xfs)
}

fn number(at: usize) -> String {
    format!("254:{at}")
}

/// A host on which nothing was done yet; `formatted`: its devices hold the bricks' file systems all the same.
fn fresh(host: &DesiredHost, formatted: bool) -> HostFacts {
    let (devices, xfs) = disks(host, formatted);
    let mounts = host.mounts.iter().map(|volume| volume.mount.path.clone());
    HostFacts {
        node_name: host.name().to_string(),
        addresses: host.host.address.ip().into_iter().collect(),
        os: "debian".to_owned(),
        systemd: true,
        hosts_file: "127.0.0.1 localhost\n::1 localhost ip6-localhost\n".to_owned(),
        fstab: fstab("UUID=0a1b / ext4 errors=remount-ro 0 1\n"),
        devices,
        xfs,
        mount_points: mounts.map(|path| (path, MountPoint::Missing)).collect(),
        bare_points: host
            .mount_points()
            .map(|point| (point.to_owned(), BarePoint::Unknown))
            .collect(),
        ..HostFacts::default()
    }
}

/// A host on which everything is as the inventory wants.
#[expect(clippy::too_many_lines, reason = "a table of facts")]
fn running(desired: &Desired, host: &DesiredHost, volumes: Volumes, rebuilt: Option<&DesiredHost>) -> HostFacts {
    let fresh = fresh(host, true);
    let (mut mounted, mut bricks, mut processes) = (Vec::new(), BTreeMap::new(), HashSet::new());
    for (at, file_system) in host.bricks.iter().enumerate() {
        mounted.push(Mounted {
            number: number(at),
            target: file_system.mount.clone(),
            kind: "xfs".to_owned(),
            source: file_system.device.path.to_string(),
            read_only: false,
        });
        for volume in host.volumes {
            let Some(dir) = file_system.dir(&volume.name).map(str::to_owned) else {
                continue;
            };
            processes.insert(dir.clone());
            let brick = BrickDirectory {
                exists: true,
                volume_id: Some(volume_id(volume.name.as_str())),
                bare: false,
                new: false,
                late: None,
            };
            bricks.insert(dir, brick);
        }
    }
    mounted.extend(host.mounts.iter().map(|volume| Mounted {
        number: "0:51".to_owned(),
        target: volume.mount.path.to_string(),
        kind: "fuse.glusterfs".to_owned(),
        source: format!("localhost:/{}", volume.name),
        read_only: false,
    }));
    let unit = Unit {
        loaded: true,
        active: true,
        enabled: true,
    };
    let package = Package {
        status: "installed".to_owned(),
        version: "10.3-5".to_owned(),
    };
    let packages = ["xfsprogs", "glusterfs-server", "glusterfs-client"].into_iter();
    let lines: String = host.fstab.iter().map(|entry| entry.text.clone() + "\n").collect();
    HostFacts {
        hosts_file: fresh.hosts_file + &desired.names.text,
        fstab: fstab(&lines),
        mounted,
        unit_files: host
            .unit_files
            .iter()
            .map(|file| (file.path.to_owned(), file.text.to_string()))
            .collect(),
        units: host.units().into_iter().map(|name| (name, unit.clone())).collect(),
        packages: packages.map(|name| (name.to_owned(), package.clone())).collect(),
        bricks,
        mount_points: fresh
            .mount_points
            .into_keys()
            .map(|path| (path, MountPoint::Ready))
            .collect(),
        bare_points: fresh
            .bare_points
            .into_keys()
            .map(|point| (point, BarePoint::Immutable))
            .collect(),
        directories: host.directories.iter().cloned().collect(),
        brick_processes: processes,
        volume_ids: volumes.keys().map(|name| (name.clone(), volume_id(name))).collect(),
        glusterd: Glusterd::Answers {
            pool: pool(desired, host, rebuilt),
            volumes,
        },
        ..fresh
    }
}
