//! The lab: throwaway stand-ins for hosts, made of systemd-nspawn containers, network namespaces and loop devices.
//! Used by `commands::lab`, by `rehearse` and by tests; the lab knows nothing about Gluster.
//!
//! A lab is a directory. The names of its namespaces, cgroups, loop devices and processes follow from the directory's
//! path, the lab's name and its hosts' names, so that [`Lab::down`] finds all of them again whatever happened in
//! between.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};

use crate::inventory::Inventory;
use crate::inventory::names::{ClusterName, DevicePath, HostName};

mod cgroup;
mod connect;
mod disk;
mod down;
mod fits;
mod host;
mod net;
mod paths;
mod power;
mod root;
mod ssh;
mod state;
mod tools;
mod up;

pub use connect::connect;
pub use fits::fits;
pub use tools::{require, root as require_root};

/// Takes a line of progress; several threads work on the lab's hosts at once.
pub type Say<'a> = &'a (dyn Fn(&str) + Sync);

/// What a lab consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// The lab's name; no two labs have the same.
    pub name: ClusterName,
    /// The stand-ins; names and addresses are unique.
    pub hosts: Vec<StandIn>,
    /// The packages are installed already, as on an image made for that; otherwise apt-get only has them in its cache.
    #[serde(default)]
    pub installed: bool,
    /// The `glusterctl` that ssh runs as its `ProxyCommand`; `None` is the running program.
    pub program: Option<PathBuf>,
}

/// The stand-in for one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandIn {
    /// The host's name.
    pub name: HostName,
    /// The host's address, on the lab's own network.
    pub address: IpAddr,
    /// The host's block devices.
    pub disks: Vec<Disk>,
}

/// One block device of a stand-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// The path at which the stand-in finds the device.
    pub path: DevicePath,
    /// The size in MiB of the sparse file behind the device, when the file is first made.
    pub mib: u64,
}

/// A lab that exists.
#[derive(Debug)]
pub struct Lab {
    spec: Spec,
    directory: PathBuf,
}

impl Spec {
    /// A stand-in for every host of the inventory, under the same name and address, with disks of `disk_mib` MiB; no stand-in
    /// for hosts without an address, which [`fits`] refuses.
    #[must_use]
    pub fn of(inventory: &Inventory, name: ClusterName, disk_mib: u64) -> Self {
        let disk = |path: &DevicePath| Disk {
            path: path.clone(),
            mib: disk_mib,
        };
        let hosts = inventory.hosts.iter().filter_map(|host| {
            let devices = host.devices.iter().map(|device| &device.path);
            Some(StandIn {
                name: host.name.clone(),
                address: host.address.ip()?,
                disks: devices.chain(&host.heketi).map(disk).collect(),
            })
        });
        Self {
            name,
            hosts: hosts.collect(),
            installed: false,
            program: None,
        }
    }
}

impl Lab {
    /// The lab of that name.
    ///
    /// # Errors
    /// There is no lab of that name, or its making was never finished.
    pub fn open(name: &ClusterName) -> Result<Self> {
        let directory = paths::lab(name)?;
        if !directory.exists() {
            bail!("there is no lab {name}; `glusterctl lab list` shows the labs, `glusterctl lab up` makes one");
        }
        let state = state::read(&directory)?;
        if state.machine != state::machine()? {
            bail!(
                "lab {name}: this machine was rebooted after the lab was made; `glusterctl lab down --name {name}` removes the lab"
            );
        }
        Ok(Self {
            spec: state.spec,
            directory,
        })
    }

    /// All labs on this machine, by name.
    ///
    /// # Errors
    /// A directory could not be read.
    pub fn names() -> Result<Vec<ClusterName>> {
        let labs = paths::labs()?;
        let entries = match fs::read_dir(&labs) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.with_context(|| labs.display().to_string())?,
        };
        let mut names = Vec::new();
        for entry in entries {
            names.extend(
                entry?
                    .file_name()
                    .to_str()
                    .and_then(|name| ClusterName::parse(name).ok()),
            );
        }
        names.sort();
        Ok(names)
    }

    /// The directory of the lab of that name, whether the lab exists or not.
    ///
    /// # Errors
    /// `GLUSTERCTL_LAB_DIR` is not usable.
    pub fn directory_of(name: &ClusterName) -> Result<PathBuf> {
        paths::lab(name)
    }

    /// What the lab consists of.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The lab's directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The path of the ssh configuration with which ssh reaches the lab's hosts by name or address.
    #[must_use]
    pub fn ssh_config(&self) -> PathBuf {
        self.directory.join(paths::SSH_CONFIG)
    }

    /// The stand-in of that name.
    ///
    /// # Errors
    /// The lab has no host of that name.
    pub fn host(&self, name: &HostName) -> Result<&StandIn> {
        self.spec.hosts.iter().find(|host| host.name == *name).ok_or_else(|| {
            let names: Vec<&str> = self.spec.hosts.iter().map(|host| host.name.as_str()).collect();
            anyhow!("lab {} has no host {name}; it has {}", self.spec.name, names.join(", "))
        })
    }

    /// The path of a host's console log, which begins when the host was made.
    #[must_use]
    pub fn console(&self, host: &HostName) -> PathBuf {
        paths::console(&self.directory, host)
    }

    /// The file behind the `index`th disk of a host. While the host is off, the file may be resized or replaced.
    #[must_use]
    pub fn disk_image(&self, host: &HostName, index: usize) -> PathBuf {
        paths::disk_image(&self.directory, host, index)
    }
}

/// Does `work` on all items at once and reports every failure.
fn each<T: Sync>(items: &[T], work: impl Fn(&T) -> Result<()> + Sync) -> Result<()> {
    let failures: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = items.iter().map(|item| scope.spawn(|| work(item))).collect();
        let ended = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|_| Err(anyhow!("a worker panicked"))));
        ended
            .filter_map(|result| result.err().map(|error| format!("{error:#}")))
            .collect()
    });
    if failures.is_empty() {
        Ok(())
    } else {
        Err(anyhow!(failures.join("\n")))
    }
}
