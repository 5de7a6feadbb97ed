//! Removing a lab, whole or half made: everything that the lab made, and nothing else.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::tools::{run, tool};
use super::{Lab, Say, cgroup, disk, each, net, paths, power, state, tools};
use crate::inventory::names::{ClusterName, HostName};

impl Lab {
    /// Removes the lab of that name, also a half-made lab; a lab that does not exist is fine.
    ///
    /// # Errors
    /// A part of the lab cannot be removed; all other parts are removed, and `down` may be tried again.
    pub fn down(name: &ClusterName, say: Say) -> Result<()> {
        tools::root()?;
        let directory = paths::lab(name)?;
        let Some(_lock) = state::lock(&directory, say)? else {
            say(&format!("there is no lab {name}"));
            return Ok(());
        };
        tools::wait_for_orphans()?;
        remove(name, &directory).with_context(|| format!("removing lab {name}"))?;
        say(&format!("lab {name} is gone"));
        Ok(())
    }
}

fn remove(lab: &ClusterName, directory: &Path) -> Result<()> {
    let hosts = hosts(directory)?;
    disk::swapoff(directory)?;
    each(&hosts, |name| {
        power::off(lab, directory, name).with_context(|| format!("{name}: pulling the plug"))
    })?;
    unmount(directory)?;
    disk::detach(directory)?;
    let namespaces = hosts
        .iter()
        .map(|name| paths::host_namespace(lab, name))
        .chain([paths::bridge_namespace(lab)]);
    net::remove(&namespaces.collect::<Vec<_>>())?;
    for name in &hosts {
        cgroup::remove(&paths::host_namespace(lab, name))?;
        // systemd-nspawn removes this directory itself, unless systemd-nspawn was killed.
        let propagate = Path::new("/run/systemd/nspawn/propagate").join(paths::machine_name(lab, name));
        gone(fs::remove_dir(&propagate)).with_context(|| propagate.display().to_string())?;
    }
    gone(fs::remove_dir_all(directory)).with_context(|| directory.display().to_string())
}

/// The hosts whose making was begun: each has a directory.
fn hosts(directory: &Path) -> Result<Vec<HostName>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).with_context(|| directory.display().to_string())? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.extend(entry.file_name().to_str().and_then(|name| HostName::parse(name).ok()));
        }
    }
    Ok(names)
}

/// Unmounts what a person mounted below the directory; the lab's own mounts are not visible in the machine's namespace.
fn unmount(directory: &Path) -> Result<()> {
    const MOUNT_POINT: usize = 4; // proc_pid_mountinfo(5)
    let mounts = fs::read_to_string("/proc/self/mountinfo").context("/proc/self/mountinfo")?;
    let points = mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(MOUNT_POINT))
        .map(PathBuf::from);
    let mut below: Vec<PathBuf> = points.filter(|point| point.starts_with(directory)).collect();
    // A later mount may lie on an earlier one.
    below.reverse();
    for point in below {
        run(tool("umount").arg(&point))?;
    }
    Ok(())
}

fn gone(removed: std::io::Result<()>) -> std::io::Result<()> {
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
