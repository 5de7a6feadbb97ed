//! What each host should look like, computed once from the inventory: brick file systems, names, fstab lines, units,
//! mounts and directories, and how bricks form volumes. `facts` asks this room what to look at, and `plan` compares
//! with it. Pure.

mod bricks;
pub mod firewall;
mod fstab;
pub mod heketi_login;
mod hosts_block;
mod layout;
mod reshape;
mod thin_volume;
pub mod units;

use std::collections::HashMap;

use crate::inventory::{ClusterName, Family, Firewall, GlusterVersion, Host, HostName, Inventory, Role, Tls, Volume};
use crate::kubernetes::directories;

pub use bricks::{BrickFileSystem, BrickSpec, brick_uuid};
pub use fstab::{FSTAB_MARK, FstabEntry, IPV6};
pub use heketi_login::HeketiLogin;
pub use hosts_block::HostsBlock;
pub use layout::{Brick, Layout};
pub use thin_volume::{METADATA, POOL, ThinVolume, VOLUME};
pub use units::UnitFile;

/// The desired state of a cluster.
#[derive(Debug)]
pub struct Desired<'i> {
    /// What the operator wrote.
    pub inventory: &'i Inventory,
    /// The desired state of each host, in the inventory's order.
    pub hosts: Vec<DesiredHost<'i>>,
    /// The names of all hosts, as every host has them in /etc/hosts.
    pub names: HostsBlock,
    /// A server that the inventory does not have any more, and that another server takes the place of just now.
    pub replaced: Option<HostName>,
    by_name: HashMap<&'i str, usize>,
    /// By the file system's UUID: the index of the host, and the index of the brick on the host.
    by_uuid: HashMap<String, (usize, usize)>,
}

/// The desired state of one host.
#[derive(Debug)]
pub struct DesiredHost<'i> {
    /// The name of the host's cluster.
    pub cluster: &'i ClusterName,
    /// What the operator wrote.
    pub host: &'i Host,
    /// The file system of each device, in the inventory's order.
    pub bricks: Vec<BrickFileSystem<'i>>,
    /// The version of IP that the cluster's hosts speak to each other.
    pub family: Family,
    /// How the cluster's connections are encrypted; none if they are not.
    pub tls: Option<Tls>,
    /// The version of GlusterFS that the host is to have; none if any will do.
    pub gluster_version: Option<&'i GlusterVersion>,
    /// Whether ports are to be opened in the host's firewall.
    pub opens_firewall: bool,
    /// All volumes of the cluster.
    pub volumes: &'i [Volume],
    /// The volumes that the host mounts, in the inventory's order.
    pub mounts: Vec<&'i Volume>,
    /// The lines that /etc/fstab has to have: the lines of the bricks that glusterctl makes, then the lines of volumes.
    /// What the line of a brick that somebody else made has to be depends on the line that is there.
    pub fstab: Vec<FstabEntry>,
    /// The unit files that glusterctl writes.
    pub unit_files: Vec<UnitFile>,
    /// How Heketi logs in on the host; none if glusterctl is not to authorise Heketi's key there.
    pub heketi_login: Option<HeketiLogin>,
    /// The directories inside mounted volumes that Kubernetes manifests and quotas rely on.
    pub directories: Vec<String>,
    /// Whether something leaves the cluster, so that it matters how full bricks are.
    pub looks_at_room: bool,
}

impl<'i> Desired<'i> {
    /// Computes the desired state of every host.
    #[must_use]
    pub fn of(inventory: &'i Inventory) -> Self {
        let hosts: Vec<DesiredHost> = inventory
            .hosts
            .iter()
            .map(|host| DesiredHost::of(inventory, host))
            .collect();
        let by_name = hosts
            .iter()
            .enumerate()
            .map(|(at, desired)| (desired.host.name.as_str(), at))
            .collect();
        let bricks = hosts.iter().enumerate().flat_map(|(host, desired)| {
            let bricks = desired.bricks.iter().enumerate();
            bricks.flat_map(move |(at, brick)| {
                let physical = brick.thin.as_ref().map(|thin| thin.physical.clone());
                let uuids = [Some(brick.uuid.clone()), physical].into_iter().flatten();
                uuids
                    .filter(|uuid| !uuid.is_empty())
                    .map(move |uuid| (uuid, (host, at)))
            })
        });
        Desired {
            by_uuid: bricks.collect(),
            names: HostsBlock::of(inventory),
            replaced: None,
            inventory,
            hosts,
            by_name,
        }
    }

    /// The same, while another server takes the place of this server, which the inventory does not have any more: every host
    /// keeps the server's name, with the address that `line` gives, as long as bricks or peers use the name.
    #[must_use]
    pub fn replacing(mut self, server: &HostName, line: Option<&str>) -> Self {
        self.replaced = Some(server.clone());
        if let Some(line) = line {
            self.names.keep(line);
        }
        self
    }

    /// The host of that name.
    #[must_use]
    pub fn host(&self, name: &HostName) -> Option<&DesiredHost<'i>> {
        self.host_called(name.as_str())
    }

    /// The host with a name that somebody else wrote: the name may be no host's.
    #[must_use]
    pub fn host_called(&self, name: &str) -> Option<&DesiredHost<'i>> {
        self.hosts.get(*self.by_name.get(name)?)
    }

    /// The index of the host that Gluster knows by that name; hosts of pools that were made by hand may be known by their
    /// addresses.
    fn index_of(&self, name: &str) -> Option<usize> {
        let by_address = || {
            let address: std::net::IpAddr = name.parse().ok()?;
            self.hosts
                .iter()
                .position(|desired| desired.host.address.ip() == Some(address))
        };
        self.by_name.get(name).copied().or_else(by_address)
    }

    /// The host that Gluster knows by that name.
    #[must_use]
    pub fn host_known_as(&self, name: &str) -> Option<&DesiredHost<'i>> {
        self.hosts.get(self.index_of(name)?)
    }

    /// A brick with the inventory's name of its host: a pool that was made by hand may know a host by its address.
    #[must_use]
    pub fn in_own_words(&self, brick: &BrickSpec) -> BrickSpec {
        let host = self.host_known_as(&brick.host);
        BrickSpec {
            host: host.map_or_else(|| brick.host.clone(), |host| host.name().to_string()),
            dir: brick.dir.clone(),
        }
    }

    /// The hosts that hold bricks, in the inventory's order.
    pub fn servers(&self) -> impl Iterator<Item = &DesiredHost<'i>> {
        self.hosts.iter().filter(|desired| desired.host.role == Role::Server)
    }

    /// The bricks on thin volumes, each with the name of its host.
    pub fn thin_bricks(&self) -> impl Iterator<Item = (&'i HostName, &BrickFileSystem<'i>)> {
        let all = self
            .hosts
            .iter()
            .flat_map(|host| host.bricks.iter().map(|brick| (host.name(), brick)));
        all.filter(|(_, brick)| brick.thin.is_some())
    }

    /// The brick whose file system or LVM physical volume has that UUID, and the brick's host.
    #[must_use]
    pub fn brick_of(&self, uuid: &str) -> Option<(&'i HostName, &BrickFileSystem<'i>)> {
        let (host, brick) = self.by_uuid.get(uuid)?;
        let desired = self.hosts.get(*host)?;
        Some((&desired.host.name, desired.bricks.get(*brick)?))
    }
}

/// The directories inside a volume, with the volume's mount point before each: those that Kubernetes manifests rely on, and
/// the others that quotas limit.
#[must_use]
pub fn directories_in(inventory: &Inventory, volume: &Volume) -> [Vec<String>; 2] {
    let of_pods = directories(&inventory.kubernetes, volume);
    let limited = volume.limited_directories();
    let limited = limited.filter(|limited| !of_pods.contains(limited)).collect();
    [of_pods, limited]
}

impl<'i> DesiredHost<'i> {
    /// Computes the desired state of one host of the inventory.
    #[must_use]
    pub fn of(inventory: &'i Inventory, host: &'i Host) -> Self {
        let bricks = host
            .devices
            .iter()
            .map(|device| BrickFileSystem::of(&inventory.cluster, &host.name, device, &inventory.volumes));
        let bricks: Vec<BrickFileSystem> = bricks.collect();
        let mounts: Vec<&Volume> = inventory.mounts_on(host).collect();
        let directories = mounts
            .iter()
            .flat_map(|volume| directories_in(inventory, volume))
            .flatten();
        let heketi_login = HeketiLogin::of(inventory, host);
        DesiredHost {
            fstab: fstab::entries(inventory, host, &bricks, &mounts),
            unit_files: units::files(host, &bricks, !mounts.is_empty(), heketi_login.as_ref()),
            heketi_login,
            directories: directories.collect(),
            looks_at_room: inventory.shrinks(),
            family: inventory.family(),
            tls: inventory.tls,
            gluster_version: inventory.gluster_version.as_ref(),
            opens_firewall: inventory.firewall == Firewall::Open && host.role == Role::Server,
            volumes: &inventory.volumes,
            cluster: &inventory.cluster,
            host,
            bricks,
            mounts,
        }
    }

    /// The host's name.
    #[must_use]
    pub fn name(&self) -> &'i HostName {
        &self.host.name
    }

    /// The directories that glusterctl mounts bricks and volumes on.
    pub fn mount_points(&self) -> impl Iterator<Item = &str> {
        self.own_brick_mounts()
            .chain(self.mounts.iter().map(|volume| volume.mount.path.as_str()))
    }

    /// The directories that the bricks' file systems are mounted on, each once; not the root directory.
    pub fn brick_mounts(&self) -> impl Iterator<Item = &str> {
        bricks::mounts(&self.bricks)
    }

    /// The same without the directories at which somebody else mounts a brick's file system.
    pub fn own_brick_mounts(&self) -> impl Iterator<Item = &str> {
        bricks::own_mounts(&self.bricks)
    }

    /// The services that mount the host's volumes at boot.
    pub fn mount_services(&self) -> impl Iterator<Item = String> {
        self.mounts
            .iter()
            .map(|volume| units::mount_service(&volume.mount.path))
    }

    /// The units whose state is observed: glusterd and the mounts.
    #[must_use]
    pub fn units(&self) -> Vec<String> {
        let mut units = Vec::new();
        if self.host.role == Role::Server {
            units.push(units::GLUSTERD.to_owned());
            units.extend(self.own_brick_mounts().map(units::mount_unit));
        }
        units.extend(self.mount_services());
        units
    }

    /// The thin volumes that carry bricks.
    pub fn thin_volumes(&self) -> impl Iterator<Item = &ThinVolume> {
        self.bricks.iter().filter_map(|brick| brick.thin.as_ref())
    }

    /// The directories of all bricks of all volumes, whether the volumes exist or not.
    pub fn brick_dirs(&self) -> impl Iterator<Item = &str> {
        self.bricks.iter().flat_map(BrickFileSystem::dirs)
    }
}
