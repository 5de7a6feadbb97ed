//! The desired state, checked: everything here was validated by `inventory::read`, and every default is filled in.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use super::kubernetes::Kubernetes;
use super::names::{BrickName, ClusterName, DevicePath, HostName, MountOption, MountPath, VolumeName, Zone};
use super::volume_type::VolumeType;

/// What the operator wants: hosts, their block devices, and the volumes on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// Part of every brick's identity.
    pub cluster: ClusterName,
    /// In the order of the file; names and addresses are unique. At least one is a server.
    pub hosts: Vec<Host>,
    /// In the order of the file; names and mount points are unique. There may be none: then only the pool is made.
    pub volumes: Vec<Volume>,
    /// Settings for the manifests.
    pub kubernetes: Kubernetes,
}

/// One machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The name Gluster knows it by.
    pub name: HostName,
    /// What Gluster and Kubernetes traffic uses.
    pub address: Ipv4Addr,
    /// Who does the work on it.
    pub connection: Connection,
    /// How SSH reaches it.
    pub ssh: Ssh,
    /// Its failure domain, if it has one.
    pub zone: Option<Zone>,
    /// Whether it holds bricks.
    pub role: Role,
    /// Its block devices for bricks, in the order of the file; at least one on a server, none on a client. Paths and names
    /// are unique on a host.
    pub devices: Vec<BrickDevice>,
}

/// A block device for a brick's file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrickDevice {
    /// The name of the brick: it stays when the path changes.
    pub name: BrickName,
    /// Where the device is found.
    pub path: DevicePath,
    /// What is on the device may be erased (`wipe: true`).
    pub wipe: bool,
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

/// How SSH reaches a host: the cluster's settings with the host's own over them. `None` leaves a thing to ssh's own
/// configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ssh {
    /// Where SSH goes, if not to the host's address.
    pub host: Option<String>,
    /// The login.
    pub user: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The private key, with `~/` expanded.
    pub identity_file: Option<PathBuf>,
    /// An ssh_config file used instead of the user's own, with `~/` expanded.
    pub config_file: Option<PathBuf>,
    /// How the login becomes root.
    pub become_root: Become,
}

/// How the login becomes root on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Become {
    /// The login is root already.
    #[default]
    No,
    /// Through `sudo -n`, which never asks for a password.
    Sudo,
}

/// One Gluster volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Its name.
    pub name: VolumeName,
    /// How data is spread over the bricks of a set.
    pub volume_type: VolumeType,
    /// Volume options, set before the volume is started. Keys look like `performance.cache-size`.
    pub options: BTreeMap<String, String>,
    /// Where and how it is mounted.
    pub mount: Mount,
}

/// Where a volume is mounted on the nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The mount point.
    pub path: MountPath,
    /// Extra mount options.
    pub options: Vec<MountOption>,
    /// Which nodes mount it.
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
    /// The hosts that hold none.
    Clients,
}

impl Inventory {
    /// The hosts that hold bricks, in the order of the file.
    pub fn servers(&self) -> impl Iterator<Item = &Host> {
        self.hosts.iter().filter(|host| host.role == Role::Server)
    }

    /// The host of that name.
    #[must_use]
    pub fn host(&self, name: &HostName) -> Option<&Host> {
        self.hosts.iter().find(|host| host.name == *name)
    }

    /// The volumes that `host` mounts, in the order of the file.
    pub fn mounts_on<'a>(&'a self, host: &'a Host) -> impl Iterator<Item = &'a Volume> {
        self.volumes.iter().filter(|volume| volume.mount.on.covers(host.role))
    }

    /// The hosts that mount `volume`, in the order of the file.
    pub fn hosts_mounting(&self, volume: &Volume) -> impl Iterator<Item = &Host> {
        let on = volume.mount.on;
        self.hosts.iter().filter(move |host| on.covers(host.role))
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
