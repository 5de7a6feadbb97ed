//! Making a lab: its directory, its network and its hosts.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::state::{self, State};
use super::{Lab, Say, Spec, cgroup, each, net, paths, root, ssh, tools};

impl Lab {
    /// Makes a lab and boots its hosts; returns when all hosts answer ssh. An older lab of that name is removed first
    /// if it was never finished, or if this machine's reboot ended it. If making the lab fails, all of it is removed.
    ///
    /// # Errors
    /// A lab of that name exists already, or something else on the machine has a name that the lab needs; or a host did
    /// not boot, with the end of its console.
    pub fn up(spec: &Spec, say: Say) -> Result<Self> {
        tools::root()?;
        check(spec)?;
        let name = &spec.name;
        let directory = paths::lab(name)?;
        if directory.exists() {
            if is_usable(&directory, say)? {
                bail!(
                    "there is a lab {name} already, in {}; `glusterctl lab down --name {name}` removes the lab",
                    directory.display()
                );
            }
            say(&format!("removing what is left of an earlier lab {name}"));
            Self::down(name, say)?;
        }
        check_names(spec)?;
        check_inotify(spec)?;
        let layers = root::ensure(spec.installed, say)?;
        fs::create_dir_all(paths::labs()?).context("making the directory of all labs")?;
        let directory = paths::lab(name)?;
        // ssh refuses a key that others can read; the lab's directory has the key to the hosts.
        let made = DirBuilder::new().mode(0o700).create(&directory);
        made.with_context(|| format!("making {}", directory.display()))?;
        let lab = Self {
            spec: spec.clone(),
            directory,
        };
        let finished = lab.make_hosts(&layers, say);
        if finished.is_err() {
            Self::down(name, &|_| ())?;
        }
        finished.with_context(|| format!("lab {name}")).map(|()| lab)
    }

    /// Fills the lab's new directory, makes the network and boots the hosts.
    fn make_hosts(&self, layers: &[PathBuf], say: Say) -> Result<()> {
        let Self { spec, directory } = self;
        let _lock = state::lock(directory, say)?.context("another glusterctl removed the lab")?;
        // The hosts' directories come first: their names tell `down` which namespaces and cgroups to remove.
        for host in &spec.hosts {
            let path = paths::host(directory, &host.name);
            fs::create_dir(&path).with_context(|| path.display().to_string())?;
        }
        let mut state = State {
            spec: spec.clone(),
            machine: state::machine()?,
            whole: false,
        };
        state::write(directory, &state)?;
        let operator_key = ssh::make_key(
            &directory.join(paths::IDENTITY),
            &format!("glusterctl lab {}", spec.name),
        )?;
        net::make(spec).context("making its network")?;
        each(&spec.hosts, |stand_in| {
            let name = &stand_in.name;
            let host = self.at(name)?;
            host.make(layers, &operator_key)
                .with_context(|| format!("{name}: making its files"))?;
            host.boot_until_ssh()?;
            say(&format!("{name}: running, {}", stand_in.address));
            Ok(())
        })?;
        ssh::write_config(spec, directory)?;
        state.whole = true;
        state::write(directory, &state)
    }
}

/// Whether a directory holds a lab that can be used. Waits while another glusterctl makes the lab.
fn is_usable(directory: &Path, say: Say) -> Result<bool> {
    let Some(_lock) = state::lock(directory, say)? else {
        return Ok(false);
    };
    match state::read(directory) {
        Ok(state) => Ok(state.whole && state.machine == state::machine()?),
        Err(_) => Ok(false),
    }
}

fn check(spec: &Spec) -> Result<()> {
    const SMALLEST_MIB: u64 = 1;
    if spec.hosts.is_empty() {
        bail!("a lab needs a host");
    }
    let mut seen = BTreeSet::new();
    for host in &spec.hosts {
        if !seen.insert(host.name.to_string()) || !seen.insert(host.address.to_string()) {
            bail!(
                "{} ({}): two hosts of a lab have neither the same name nor the same address",
                host.name,
                host.address
            );
        }
        if let Some(disk) = host.disks.iter().find(|disk| disk.mib < SMALLEST_MIB) {
            bail!("{}: {} has a size of {} MiB", host.name, disk.path, disk.mib);
        }
    }
    Ok(())
}

/// The kernel has one limit of inotify instances for all of root's processes, those in other labs included. When the
/// limit is reached, udev does not start, and a host never finishes booting.
fn check_inotify(spec: &Spec) -> Result<()> {
    const EACH: usize = 8; // measured: systemd, udevd, journald, dbus and the like
    const LIMIT: &str = "/proc/sys/fs/inotify/max_user_instances";
    let limit = fs::read_to_string(LIMIT).with_context(|| LIMIT.to_owned())?;
    let limit: usize = limit.trim().parse().with_context(|| LIMIT.to_owned())?;
    let processes = fs::read_dir("/proc").context("/proc")?.flatten();
    // A process that ends meanwhile has no descriptors any more.
    let descriptors = processes.filter_map(|process| fs::read_dir(process.path().join("fd")).ok());
    let used = descriptors
        .flat_map(|descriptors| descriptors.flatten())
        .filter_map(|descriptor| fs::read_link(descriptor.path()).ok())
        .filter(|target| target.as_os_str() == "anon_inode:inotify")
        .count();
    let needed = spec.hosts.len() * EACH;
    if used + needed > limit {
        bail!(
            "{} hosts need {needed} inotify instances, and {used} of this machine's {limit} are in use; \
             remove other labs (glusterctl lab list), or raise the limit: sysctl fs.inotify.max_user_instances={}",
            spec.hosts.len(),
            (used + needed) * 2
        );
    }
    Ok(())
}

/// Fails if a namespace or a cgroup has a name that the lab needs.
fn check_names(spec: &Spec) -> Result<()> {
    let mut existing = net::existing(spec);
    for host in &spec.hosts {
        existing.extend(
            cgroup::directories(&paths::host_namespace(&spec.name, &host.name))?
                .into_iter()
                .filter(|path| path.exists()),
        );
    }
    if existing.is_empty() {
        return Ok(());
    }
    let existing: Vec<String> = existing.iter().map(|path| path.display().to_string()).collect();
    bail!(
        "{} exists already and belongs to no lab in {}; another GLUSTERCTL_LAB_DIR may have a lab {}; \
         choose another name with --name",
        existing.join(" and "),
        paths::labs()?.display(),
        spec.name
    )
}
