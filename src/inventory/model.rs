//! What the operator wrote, as types: `inventory::read` has checked every value and filled in every default.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::address::{Address, Family};
use super::choice::BrickChoice;
use super::consent::Consent;
use super::gluster_version::GlusterVersion;
use super::host_key::HostKey;
use super::kubernetes::Kubernetes;
use super::lvm::{Lvm, Raid};
use super::names::{
    BrickDir, BrickMount, BrickName, ClusterName, DevicePath, FileSystemUuid, HostName, MountOption, MountPath,
    VolumeName, Zone,
};
use super::profile::Profile;
use super::quota::Quota;
use super::tls::Tls;
use super::volume_type::{Spread, VolumeType};

/// What the operator wants: hosts, their block devices, and the volumes on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// Part of every brick's identity.
    pub cluster: ClusterName,
    /// The hosts, in the order of the file; names and addresses are unique. At least one host is a server.
    pub hosts: Vec<Host>,
    /// The volumes, in the order of the file; names and mount points are unique. Without volumes, only the pool is
    /// made.
    pub volumes: Vec<Volume>,
    /// How connections are encrypted; none if they are not.
    pub tls: Option<Tls>,
    /// The version of GlusterFS that every host is to have; none if whatever the host's distribution offers will do.
    pub gluster_version: Option<GlusterVersion>,
    /// What is done with the firewalls of servers.
    pub firewall: Firewall,
    /// Settings for the manifests.
    pub kubernetes: Kubernetes,
}

/// What is done with the firewalls of servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Firewall {
    /// Nothing.
    #[default]
    Unmanaged,
    /// The hosts of the cluster, and nobody else, can reach the ports of GlusterFS.
    Open,
}

/// One machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The name that Gluster knows the host by.
    pub name: HostName,
    /// Where Gluster and Kubernetes traffic finds the host.
    pub address: Address,
    /// Who does the work on the host.
    pub connection: Connection,
    /// How SSH reaches the host.
    pub ssh: Ssh,
    /// The host's failure domain, if the inventory names one.
    pub zone: Option<Zone>,
    /// Whether the host holds bricks.
    pub role: Role,
    /// The host's block devices for bricks, in the order of the file; none on a client. Paths and names are unique on a host.
    pub devices: Vec<BrickDevice>,
    /// The host's block devices that Heketi makes bricks on: glusterctl reads and writes none of them. A host with such a
    /// device is a server, also without a brick of glusterctl.
    pub heketi: Vec<DevicePath>,
    /// Whether the host is to leave the cluster: once its data is on other hosts, the host is detached.
    pub leaving: bool,
}

impl Host {
    /// The devices on which glusterctl makes file systems.
    pub fn new_devices(&self) -> impl Iterator<Item = &BrickDevice> {
        let devices = self.devices.iter();
        devices.filter(|device| device.existing.is_none() && !device.is_directory)
    }
}

/// A block device for a brick's file system, or a file system that has bricks already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrickDevice {
    /// The name of the brick: the name stays when the path changes.
    pub name: BrickName,
    /// Where the device is found; or where the file system is mounted, if somebody else mounts it.
    pub path: DevicePath,
    /// Whether something else, such as a kubelet, makes the brick's file system and mounts it at `path`, which is then the
    /// brick's mount point.
    pub is_directory: bool,
    /// The content of the device that may be erased.
    pub wipe: Option<Consent>,
    /// How LVM carries the brick's file system; none if the file system is on the device itself.
    pub lvm: Option<Lvm>,
    /// The geometry of the RAID that the device is.
    pub raid: Option<Raid>,
    /// The bricks on the device that glusterctl did not make; none if glusterctl makes the file system and the bricks.
    pub existing: Option<ExistingBricks>,
    /// Whether the device, or its whole host, is to leave the cluster: its data is moved to other devices.
    pub leaving: bool,
}

impl BrickDevice {
    /// Where the file system that glusterctl makes on the device is mounted.
    #[must_use]
    pub fn mount_point(&self) -> String {
        format!("/bricks/{}", self.name)
    }

    /// Whether the device has a brick of the volume of that name, on that host: a device has a brick of every volume that
    /// chooses the host and the device; of bricks that somebody else made, the device itself says which volumes they are of.
    #[must_use]
    pub fn carries(&self, volume: &VolumeName, on: &BrickChoice, host: &HostName) -> bool {
        match &self.existing {
            Some(existing) => existing.dirs.contains_key(volume),
            None => on.covers(host, &self.name),
        }
    }
}

/// Bricks that somebody else made, on one file system: glusterctl neither formats the file system nor makes directories
/// on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingBricks {
    /// The UUID of the file system; none for the root file system.
    pub uuid: Option<FileSystemUuid>,
    /// Where the file system is mounted.
    pub mount: BrickMount,
    /// The brick directory of each volume that has a brick on the file system.
    pub dirs: BTreeMap<VolumeName, BrickDir>,
}

/// Who does the work on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Connection {
    /// Whoever runs glusterctl, over SSH.
    #[default]
    Ssh,
    /// The host itself: glusterctl runs on the host. On any other machine, the host is self-managed and left alone.
    Local,
}

/// What a host does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Holds bricks, runs glusterd, mounts the volumes.
    Server,
    /// Only mounts the volumes.
    Client,
}

/// How SSH reaches a host: the cluster's settings, and the host's own settings over them. `None` leaves a setting to
/// ssh's own configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ssh {
    /// The destination of SSH, if not the host's address.
    pub host: Option<String>,
    /// The login name.
    pub user: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The private key, with `~/` expanded.
    pub identity_file: Option<PathBuf>,
    /// An ssh_config file used instead of the user's own, with `~/` expanded.
    pub config_file: Option<PathBuf>,
    /// How the login becomes root.
    pub become_root: Become,
    /// Which host keys are trusted.
    pub host_keys: HostKeys,
    /// The only key that is trusted, if the inventory has it.
    pub host_key: Option<HostKey>,
}

/// Which host keys are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HostKeys {
    /// Those that known_hosts has.
    #[default]
    Strict,
    /// Also the key of a host that known_hosts does not have, which known_hosts then has.
    AcceptNew,
}

/// How the login becomes root on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Become {
    /// The login is root already.
    #[default]
    No,
    /// Through sudo.
    Sudo,
}

/// One Gluster volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// The volume's name.
    pub name: VolumeName,
    /// How data is spread over the bricks of a set.
    pub volume_type: VolumeType,
    /// How far apart the bricks of a set are.
    pub spread: Spread,
    /// The hosts and devices that carry the volume.
    pub bricks: BrickChoice,
    /// Gluster's own group of options that the volume has.
    pub profile: Option<Profile>,
    /// Volume options, set before the volume is started: what every volume has that glusterctl makes, over it the profile and the
    /// addresses that may mount the volume, and over them what the operator wrote. Keys look like `performance.cache-size`.
    pub options: BTreeMap<String, String>,
    /// What the volume and directories in it may hold.
    pub quota: Quota,
    /// Where and how the volume is mounted.
    pub mount: Mount,
    /// Whether somebody else made bricks of the volume. Known once for all hosts, which are many.
    pub is_existing: bool,
    /// Whether the volume is to be deleted, with all of its files.
    pub leaving: bool,
}

/// Where a volume is mounted on the nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The mount point.
    pub path: MountPath,
    /// Extra mount options.
    pub options: Vec<MountOption>,
    /// The nodes that mount the volume.
    pub on: MountOn,
}

/// Which nodes mount a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MountOn {
    /// Every host of the inventory.
    #[default]
    All,
    /// The hosts that hold bricks.
    Servers,
    /// The hosts that hold no bricks.
    Clients,
}

impl Host {
    /// Where other hosts find the host: its address, or its name if DNS knows the address.
    #[must_use]
    pub fn found_at(&self) -> String {
        self.address
            .ip()
            .map_or_else(|| self.name.to_string(), |ip| ip.to_string())
    }

    /// Whether that name, by which Gluster knows a peer or a brick, is the host's name or address.
    #[must_use]
    pub fn is_known_as(&self, name: &str) -> bool {
        name == self.name.as_str() || self.address.is(name)
    }
}

impl Volume {
    /// Whether a device of a host has a brick of the volume.
    #[must_use]
    pub fn is_on(&self, host: &HostName, device: &BrickDevice) -> bool {
        device.carries(&self.name, &self.bricks, host)
    }

    /// The directories that have a limit of their own, with the volume's mount point before each.
    pub fn limited_directories(&self) -> impl Iterator<Item = String> {
        let paths = self.quota.keys().filter(|path| !path.is_root());
        paths.map(|path| format!("{}{path}", self.mount.path))
    }
}

impl Inventory {
    /// The version of IP that the hosts speak to each other: their addresses are all of one family.
    #[must_use]
    pub fn family(&self) -> Family {
        let mut known = self.hosts.iter().filter_map(|host| host.address.ip());
        known.next().map(Family::of).unwrap_or_default()
    }

    /// The hosts that hold bricks, in the order of the file.
    pub fn servers(&self) -> impl Iterator<Item = &Host> {
        self.hosts.iter().filter(|host| host.role == Role::Server)
    }

    /// The host of that name.
    #[must_use]
    pub fn host(&self, name: &HostName) -> Option<&Host> {
        self.hosts.iter().find(|host| host.name == *name)
    }

    /// The volume of that name.
    #[must_use]
    pub fn volume(&self, name: &str) -> Option<&Volume> {
        self.volumes.iter().find(|volume| volume.name.as_str() == name)
    }

    /// The hosts that hold bricks and stay in the cluster, in the order of the file.
    pub fn staying_servers(&self) -> impl Iterator<Item = &Host> {
        self.servers().filter(|host| !host.leaving)
    }

    /// Whether anything is to leave the cluster.
    #[must_use]
    pub fn shrinks(&self) -> bool {
        let leaves = |host: &Host| host.leaving || host.devices.iter().any(|device| device.leaving);
        self.hosts.iter().any(leaves) || self.volumes.iter().any(|volume| volume.leaving)
    }

    /// The volumes that `host` mounts, in the order of the file; a volume that leaves is not mounted.
    pub fn mounts_on<'a>(&'a self, host: &'a Host) -> impl Iterator<Item = &'a Volume> {
        self.volumes.iter().filter(|volume| volume.is_mounted_on(host))
    }

    /// The hosts that mount `volume`, in the order of the file.
    pub fn hosts_mounting(&self, volume: &Volume) -> impl Iterator<Item = &Host> {
        self.hosts.iter().filter(move |host| volume.is_mounted_on(host))
    }
}

impl Volume {
    /// Whether a host mounts the volume.
    #[must_use]
    pub fn is_mounted_on(&self, host: &Host) -> bool {
        !self.leaving && self.mount.on.covers(host.role)
    }
}

impl MountOn {
    /// Whether a host of that role mounts the volume.
    #[must_use]
    pub fn covers(&self, role: Role) -> bool {
        match self {
            MountOn::All => true,
            MountOn::Servers => role == Role::Server,
            MountOn::Clients => role == Role::Client,
        }
    }
}
