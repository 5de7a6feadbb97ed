//! Removing a lab, or what is left of one: everything that it made, and nothing else.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use super::tools::{run, tool};
use super::{Lab, Say, cgroup, disk, each, net, place, power, state, tools};
use crate::inventory::names::{ClusterName, HostName};

impl Lab {
    /// Removes the lab of that name, however much of it there is. There may be none.
    ///
    /// # Errors
    /// Something does not go away; what could be removed is, and trying again is fine.
    pub fn down(name: &ClusterName, say: Say) -> Result<()> {
        tools::root()?;
        let directory = place::of(name)?;
        let Some(_lock) = state::lock(&directory, say)? else {
            say(&format!("there is no lab {name}"));
            return Ok(());
        };
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
        .map(|name| place::unit(lab, name))
        .chain([place::bridge(lab)]);
    net::remove(&namespaces.collect::<Vec<_>>())?;
    for name in &hosts {
        cgroup::remove(&place::unit(lab, name))?;
        // systemd-nspawn removes this itself, unless it was killed.
        let propagate = Path::new("/run/systemd/nspawn/propagate").join(place::machine(lab, name));
        gone(fs::remove_dir(&propagate)).with_context(|| propagate.display().to_string())?;
    }
    // A program that was killed a moment ago may still have made a file while this one was reading.
    for _ in 0..20 {
        match fs::remove_dir_all(directory) {
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => thread::sleep(Duration::from_millis(100)),
            _ => break,
        }
    }
    gone(fs::remove_dir_all(directory)).with_context(|| directory.display().to_string())
}

/// The hosts that were begun: each has a directory.
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

/// Unmounts what somebody mounted below the directory; the lab itself mounts nothing that is seen from here.
fn unmount(directory: &Path) -> Result<()> {
    const MOUNT_POINT: usize = 4; // proc_pid_mountinfo(5)
    let mounts = fs::read_to_string("/proc/self/mountinfo").context("/proc/self/mountinfo")?;
    let points = mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(MOUNT_POINT))
        .map(PathBuf::from);
    let mut below: Vec<PathBuf> = points.filter(|point| point.starts_with(directory)).collect();
    // What was mounted later may lie above what was mounted before.
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
