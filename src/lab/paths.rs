//! The paths of a lab's files, and the names of its namespaces, cgroups and machines.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use uuid::Uuid;

use crate::inventory::names::{ClusterName, HostName};

// A host's directory has the host's name, and no host name contains '_': so none of these files is taken for a host.
pub const STATE: &str = "lab_state";
pub const SSH_CONFIG: &str = "ssh_config";
pub const KNOWN_HOSTS: &str = "known_hosts";
pub const IDENTITY: &str = "id_ed25519";

/// The directory of all labs.
pub fn labs() -> Result<PathBuf> {
    directory("GLUSTERCTL_LAB_DIR", "/var/lib/glusterctl/lab")
}

/// The directory of the root file systems that all labs share.
pub fn cache() -> Result<PathBuf> {
    directory("GLUSTERCTL_CACHE_DIR", "/var/cache/glusterctl")
}

fn directory(variable: &str, default: &str) -> Result<PathBuf> {
    let path = env::var_os(variable).map_or_else(|| PathBuf::from(default), PathBuf::from);
    // The path goes into mount options, ssh_config and nspawn's arguments, each with its own idea of quoting.
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._+-".contains(c);
    if !path.is_absolute() || !path.to_str().is_some_and(|text| text.chars().all(plain)) {
        bail!(
            "{variable} must be an absolute path of letters, digits and / . _ + -, but is {}",
            path.display()
        );
    }
    // Resolved as far as it exists, because the kernel reports loop devices by their resolved paths.
    Ok(path.canonicalize().unwrap_or(path))
}

/// The directory of one lab.
pub fn lab(lab: &ClusterName) -> Result<PathBuf> {
    Ok(labs()?.join(lab.as_str()))
}

/// The directory of one host.
pub fn host(lab: &Path, host: &HostName) -> PathBuf {
    lab.join(host.as_str())
}

/// The log of a host's console.
pub fn console(lab: &Path, name: &HostName) -> PathBuf {
    host(lab, name).join("console.log")
}

/// The file behind a disk.
pub fn disk_image(lab: &Path, name: &HostName, index: usize) -> PathBuf {
    host(lab, name).join("disks").join(format!("{index}.img"))
}

/// The name of the network namespace of the lab's bridge, from which ssh connects.
pub fn bridge_namespace(lab: &ClusterName) -> String {
    format!("gctl-{lab}")
}

/// The name of the network namespace of one host, and of its cgroup. A lab's name has no dot, so no other lab has this
/// name.
pub fn host_namespace(lab: &ClusterName, host: &HostName) -> String {
    format!("gctl-{lab}.{host}")
}

/// The name that systemd-nspawn knows a host by: at most 64 characters, hostname(7), whatever the names of lab and
/// host.
pub fn machine_name(lab: &ClusterName, host: &HostName) -> String {
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, host_namespace(lab, host).as_bytes());
    format!("gctl-{}", &id.simple().to_string()[..16])
}
