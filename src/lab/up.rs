//! Making a lab.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::host::Host;
use super::state::{self, State};
use super::{Lab, Say, Spec, cgroup, each, net, place, root, ssh, tools};

impl Lab {
    /// Makes a lab and boots its hosts; returns when all of them answer ssh. What is left of a lab of that name which was
    /// never finished, or which this machine's reboot ended, is removed first. If it fails, nothing is left.
    ///
    /// # Errors
    /// There is such a lab already, or something on the machine is in the way; or a host did not come up, with the end of
    /// its console.
    pub fn up(spec: &Spec, say: Say) -> Result<Self> {
        tools::root()?;
        check(spec)?;
        let name = &spec.name;
        let directory = place::of(name)?;
        if directory.exists() {
            if is_alive(&directory, say)? {
                bail!(
                    "there is a lab {name} already, in {}; `glusterctl lab down --name {name}` removes it",
                    directory.display()
                );
            }
            say(&format!("removing what is left of an earlier lab {name}"));
            Self::down(name, say)?;
        }
        refuse_what_is_in_the_way(spec)?;
        check_room(spec)?;
        let layers = root::ensure(spec.installed, say)?;
        fs::create_dir_all(place::all()?).context("making the directory of all labs")?;
        let directory = place::of(name)?;
        // The key in it opens the hosts; and ssh insists.
        let made = DirBuilder::new().mode(0o700).create(&directory);
        made.with_context(|| format!("making {}", directory.display()))?;
        let lab = Self {
            spec: spec.clone(),
            directory,
        };
        let finished = lab.fill(&layers, say);
        if finished.is_err() {
            Self::down(name, &|_| ())?;
        }
        finished.with_context(|| format!("lab {name}")).map(|()| lab)
    }

    fn fill(&self, layers: &[PathBuf], say: Say) -> Result<()> {
        const PATIENCE: Duration = Duration::from_secs(60);
        let Self { spec, directory } = self;
        let _lock = state::lock(directory, say)?.context("another glusterctl removed it")?;
        // The hosts' directories come first: from their names, `down` knows what there may be to remove.
        for host in &spec.hosts {
            let path = place::host(directory, &host.name);
            fs::create_dir(&path).with_context(|| path.display().to_string())?;
        }
        let mut state = State {
            spec: spec.clone(),
            machine: state::machine()?,
            whole: false,
        };
        state::write(directory, &state)?;
        let operator_key = ssh::make_key(
            &directory.join(place::IDENTITY),
            &format!("glusterctl lab {}", spec.name),
        )?;
        net::make(spec).context("making its network")?;
        each(&spec.hosts, |stand_in| {
            let name = &stand_in.name;
            let host = Host {
                lab: &spec.name,
                lab_directory: directory,
                stand_in,
            };
            host.make(layers, &operator_key)
                .with_context(|| format!("{name}: making its files"))?;
            host.boot()
                .and_then(|()| host.wait_for_ssh(PATIENCE))
                .with_context(|| format!("{name}: booting"))?;
            say(&format!("{name}: running, {}", stand_in.address));
            Ok(())
        })?;
        ssh::write_config(spec, directory)?;
        state.whole = true;
        state::write(directory, &state)
    }
}

/// Whether a directory holds a lab that may still be of use. A lab that is being made right now is waited for.
fn is_alive(directory: &Path, say: Say) -> Result<bool> {
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

/// The kernel's limit of inotify instances is one for all of root's processes, those in other labs included. Where it is
/// reached, udev does not start, and a host never finishes to boot.
fn check_room(spec: &Spec) -> Result<()> {
    const EACH: usize = 8; // measured: systemd, udevd, journald, dbus and the like
    const LIMIT: &str = "/proc/sys/fs/inotify/max_user_instances";
    let limit = fs::read_to_string(LIMIT).with_context(|| LIMIT.to_owned())?;
    let limit: usize = limit.trim().parse().with_context(|| LIMIT.to_owned())?;
    let processes = fs::read_dir("/proc").context("/proc")?.flatten();
    // A process may end while it is looked at.
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

fn refuse_what_is_in_the_way(spec: &Spec) -> Result<()> {
    let mut there = net::existing(spec);
    for host in &spec.hosts {
        there.extend(
            cgroup::directories(&place::unit(&spec.name, &host.name))?
                .into_iter()
                .filter(|path| path.exists()),
        );
    }
    if there.is_empty() {
        return Ok(());
    }
    let there: Vec<String> = there.iter().map(|path| path.display().to_string()).collect();
    bail!(
        "there is {} already, which belongs to no lab in {}; another GLUSTERCTL_LAB_DIR may have a lab {}; \
         choose another name with --name",
        there.join(" and "),
        place::all()?.display(),
        spec.name
    )
}
