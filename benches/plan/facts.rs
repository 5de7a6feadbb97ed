//! Made-up facts for the benchmark: no other file of the benchmark knows their types.

use std::collections::BTreeMap;

use anyhow::Result;
use glusterctl::facts::{
    BarePoint, Brick, Content, Device, DeviceKind, Facts, Glusterd, HostFacts, InUse, Known, MountPoint, Mounted,
    Package, Peer, Place, Pool, Unit, VolumeInfo, fstab,
};
use glusterctl::inventory::{self, DevicePath, Host, Inventory, brick_dir, brick_mount, brick_uuid, replica_sets};
use glusterctl::plan::{self, Plan, hosts_block};
use glusterctl::units;
use uuid::Uuid;

use crate::{DEVICES, VOLUMES};

type Disks = (BTreeMap<DevicePath, Device>, BTreeMap<String, Vec<Place>>);

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

    /// Bytes that the facts take, without what does not grow with the square of the hosts: the answer of each server
    /// lists every brick of the cluster.
    pub fn bytes(self, hosts: usize) -> usize {
        // A brick's name and its host's UUID, each with its header and the allocator's.
        const BRICK: usize = 144;
        match self {
            State::Blank => 0,
            State::Done | State::Rebuilt => hosts * hosts * DEVICES * VOLUMES * BRICK,
        }
    }

    /// The facts of the inventory's hosts in that state.
    pub fn facts(self, inventory: &Inventory) -> Result<Facts> {
        let volumes = volumes(inventory)?;
        let rebuilt = inventory.hosts.last().filter(|_| self == State::Rebuilt);
        let facts = |host: &Host| match self {
            State::Blank => fresh(inventory, host, false),
            _ if rebuilt == Some(host) => fresh(inventory, host, true),
            State::Done | State::Rebuilt => running(inventory, host, volumes.clone(), rebuilt),
        };
        let hosts = inventory.hosts.iter();
        Ok(Facts {
            hosts: hosts.map(|host| (host.name.clone(), Ok(facts(host)))).collect(),
        })
    }
}

/// The work that is measured.
pub fn plan(inventory: &Inventory, facts: &Facts) -> Plan {
    plan::plan(inventory, facts)
}

/// The UUID that glusterd on a host, or a volume, has.
fn id(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_DNS, name.as_bytes())
}

/// The started volumes, as every server says them.
fn volumes(inventory: &Inventory) -> Result<BTreeMap<String, VolumeInfo>> {
    let mut volumes = BTreeMap::new();
    for volume in &inventory.volumes {
        let name = volume.name.to_string();
        let bricks: Vec<_> = replica_sets(inventory, volume)?.into_iter().flatten().collect();
        let info = VolumeInfo {
            id: id(&name).to_string(),
            started: true,
            kind: "Distributed-Replicate".to_owned(),
            replica: volume.replicate.replica,
            arbiter: volume.replicate.arbiter,
            brick_hosts: bricks.iter().map(|brick| id(brick.host.as_str()).to_string()).collect(),
            bricks: bricks.iter().map(inventory::Brick::spec).collect(),
            options: BTreeMap::new(),
            name: name.clone(),
        };
        volumes.insert(name, info);
    }
    Ok(volumes)
}

/// The pool as a host sees it.
fn pool(inventory: &Inventory, host: &Host, rebuilt: Option<&Host>) -> Pool {
    let others = inventory.hosts.iter().filter(|other| other.name != host.name);
    let peer = |other: &Host| Peer {
        uuid: id(other.name.as_str()).to_string(),
        names: vec![other.name.to_string()],
        connected: rebuilt != Some(other),
        in_cluster: true,
    };
    Pool {
        own_uuid: id(host.name.as_str()).to_string(),
        peers: others.map(peer).collect(),
    }
}

/// The devices of a host, and the file systems of their bricks.
fn disks(inventory: &Inventory, host: &Host, formatted: bool) -> Disks {
    let (mut devices, mut xfs) = (BTreeMap::new(), BTreeMap::new());
    for (at, path) in host.devices.iter().enumerate() {
        let uuid = brick_uuid(&inventory.cluster, &host.name, path).to_string();
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
            identity: format!("serial {}-{at}", host.name),
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
        let place = Place {
            number: number(at),
            path: path.to_string(),
            unfinished: false,
        };
        if formatted {
            xfs.insert(uuid, vec![place]);
        }
    }
    (devices, xfs)
}

fn number(at: usize) -> String {
    format!("254:{at}")
}

/// A host on which nothing was done yet; `formatted`: its devices hold the bricks' file systems all the same.
fn fresh(inventory: &Inventory, host: &Host, formatted: bool) -> HostFacts {
    let (devices, xfs) = disks(inventory, host, formatted);
    let mounts = inventory.mounts_on(host).map(|volume| volume.mount.path.clone());
    let points = units::mount_points(inventory, host).into_iter();
    HostFacts {
        node_name: host.name.to_string(),
        os: "debian".to_owned(),
        systemd: true,
        hosts_file: "127.0.0.1 localhost\n::1 localhost ip6-localhost\n".to_owned(),
        fstab: fstab("UUID=0a1b / ext4 errors=remount-ro 0 1\n"),
        devices,
        xfs,
        mount_points: mounts.map(|path| (path, MountPoint::Missing)).collect(),
        bare_points: points.map(|point| (point, BarePoint::Unknown)).collect(),
        ..HostFacts::default()
    }
}

/// A host on which everything is as the inventory wants.
fn running(
    inventory: &Inventory,
    host: &Host,
    volumes: BTreeMap<String, VolumeInfo>,
    rebuilt: Option<&Host>,
) -> HostFacts {
    let fresh = fresh(inventory, host, true);
    let (mut mounted, mut bricks, mut processes) = (Vec::new(), BTreeMap::new(), Vec::new());
    for (at, device) in host.devices.iter().enumerate() {
        mounted.push(Mounted {
            number: number(at),
            target: brick_mount(device),
            kind: "xfs".to_owned(),
            source: device.to_string(),
        });
        for volume in &inventory.volumes {
            let dir = brick_dir(device, &volume.name);
            processes.push(command_line(host, volume.name.as_str(), &dir));
            let brick = Brick {
                exists: true,
                volume_id: Some(id(volume.name.as_str()).simple().to_string()),
                bare: false,
            };
            bricks.insert(dir, brick);
        }
    }
    mounted.extend(inventory.mounts_on(host).map(|volume| Mounted {
        number: "0:51".to_owned(),
        target: volume.mount.path.to_string(),
        kind: "fuse.glusterfs".to_owned(),
        source: format!("localhost:/{}", volume.name),
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
    let files = units::files(inventory, host).into_iter();
    HostFacts {
        hosts_file: fresh.hosts_file + &hosts_block(inventory),
        fstab: fstab(&fstab_text(inventory, host)),
        mounted,
        unit_files: files
            .map(|file| (file.path.to_owned(), file.text.into_owned()))
            .collect(),
        units: units::of(inventory, host)
            .into_iter()
            .map(|name| (name, unit.clone()))
            .collect(),
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
        directories: inventory
            .volumes
            .iter()
            .flat_map(|volume| inventory::kubernetes::directories(&inventory.kubernetes, volume))
            .collect(),
        brick_processes: processes,
        volume_ids: volumes
            .keys()
            .map(|name| (name.clone(), id(name).simple().to_string()))
            .collect(),
        glusterd: Glusterd::Answers {
            pool: pool(inventory, host, rebuilt),
            volumes,
        },
        ..fresh
    }
}

/// The command line of a brick's process, as long as on real hosts: the plan searches it for the brick's directory.
fn command_line(host: &Host, volume: &str, dir: &str) -> String {
    let file = dir.replace('/', "-");
    format!(
        "/usr/sbin/glusterfsd -s {host} --volfile-id {volume}.{host}{file} -p /var/run/gluster/vols/{volume}/{host}{file}.pid \
         -S /var/run/gluster/0d6ee7ecb4a1fd2b.socket --brick-name {dir} -l /var/log/glusterfs/bricks{file}.log \
         --xlator-option *-posix.glusterd-uuid={uuid} --process-name brick --brick-port 49152 \
         --xlator-option {volume}-server.listen-port=49152 ",
        host = host.name,
        uuid = id(host.name.as_str()),
    )
}

/// What `apply` writes to /etc/fstab.
fn fstab_text(inventory: &Inventory, host: &Host) -> String {
    let mut text = String::new();
    for device in &host.devices {
        text += &format!(
            "UUID={} {} xfs noatime,inode64,nofail,x-systemd.before=glusterd.service,x-systemd.device-timeout=30s 0 0\n",
            brick_uuid(&inventory.cluster, &host.name, device),
            brick_mount(device)
        );
    }
    let others: Vec<&str> = inventory.servers().map(|server| server.name.as_str()).collect();
    let others: Vec<&str> = others.into_iter().filter(|name| *name != host.name.as_str()).collect();
    for volume in inventory.mounts_on(host) {
        text += &format!(
            "localhost:/{} {} glusterfs defaults,_netdev,noauto,x-systemd.after=glusterd.service,\
             x-systemd.mount-timeout=60s,backup-volfile-servers={} 0 0\n",
            volume.name,
            volume.mount.path,
            others.join(":")
        );
    }
    text
}
