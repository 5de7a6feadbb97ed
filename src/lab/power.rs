//! Power and network cables of the hosts: kill, start, reboot, partition, heal.

use std::fs::File;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::Signal;

use super::host::Host;
use super::{Lab, Say, cgroup, connect, disk, each, net, paths, state, tools};
use crate::inventory::names::{ClusterName, HostName};

const BOOT_PATIENCE: Duration = Duration::from_secs(60);
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(20);

impl Lab {
    /// Whether a host is running or booting.
    ///
    /// # Errors
    /// The lab has no host of that name.
    pub fn is_running(&self, name: &HostName) -> Result<bool> {
        Ok(!self.at(name)?.is_off()?)
    }

    /// A program that runs as root within a running host: the caller adds the program and its arguments. A login by SSH costs
    /// several times as much processor time, and needs the network.
    ///
    /// # Errors
    /// The lab has no host of that name, or the host is off.
    pub fn within(&self, name: &HostName) -> Result<Command> {
        let host = self.at(name)?;
        let init = cgroup::init(&host.namespace())?.with_context(|| format!("{name} is off"))?;
        let mut command = Command::new("nsenter");
        command
            .args(["-m", "-u", "-i", "-n", "-p", "-t"])
            .arg(init.pid.to_string());
        command
            .env_clear()
            .envs([
                ("PATH", tools::PATH),
                ("HOME", "/root"),
                ("USER", "root"),
                ("LOGNAME", "root"),
            ])
            .stdin(Stdio::null());
        Ok(command)
    }

    /// Pulls the plug of hosts: no process in them gets to do anything any more. What the hosts wrote stays, because
    /// the machine's page cache stays. Hosts that are off stay off.
    ///
    /// # Errors
    /// A process that does not end, or a disk that stays in use.
    pub fn kill(&self, hosts: &[HostName], say: Say) -> Result<()> {
        let _lock = self.lock(say)?;
        each(hosts, |name| {
            let killed = self.at(name)?.off();
            killed.with_context(|| format!("{name}: pulling the plug"))?;
            say(&format!("{name}: off"));
            Ok(())
        })
    }

    /// Boots hosts that are off and waits until ssh is answered. Disks are attached anew: the hosts see changes that
    /// were made to the files behind the disks in the meantime.
    ///
    /// # Errors
    /// Names the hosts that did not boot, with the end of their consoles.
    pub fn start(&self, hosts: &[HostName], say: Say) -> Result<()> {
        let _lock = self.lock(say)?;
        each(hosts, |name| {
            let host = self.at(name)?;
            if host.is_off()? {
                host.boot_until_ssh()?;
            }
            say(&format!("{name}: running"));
            Ok(())
        })
    }

    /// Reboots hosts in an orderly way and waits until ssh is answered again.
    ///
    /// # Errors
    /// Names the hosts that are off or did not boot again, with the end of their consoles.
    pub fn reboot(&self, hosts: &[HostName], say: Say) -> Result<()> {
        let _lock = self.lock(say)?;
        each(hosts, |name| {
            let host = self.at(name)?;
            host.reboot()
                .and_then(|()| host.wait_for_ssh(BOOT_PATIENCE))
                .with_context(|| format!("{name}: rebooting"))?;
            say(&format!("{name}: rebooted"));
            Ok(())
        })
    }

    /// Cuts hosts off the network, from each other and from ssh.
    ///
    /// # Errors
    /// The lab has no such host.
    pub fn partition(&self, hosts: &[HostName]) -> Result<()> {
        self.set_links(hosts, false)
    }

    /// Connects hosts to the network again.
    ///
    /// # Errors
    /// The lab has no such host.
    pub fn heal(&self, hosts: &[HostName]) -> Result<()> {
        self.set_links(hosts, true)
    }

    /// Cuts the network in two: these hosts on one side, without ssh, all others on the other.
    ///
    /// # Errors
    /// The lab has no such host, or the network is cut already.
    pub fn split(&self, away: &[HostName]) -> Result<()> {
        net::split(&self.spec, &self.places(away)?).context("cutting the network in two")
    }

    /// Makes the network whole again that [`Lab::split`] cut.
    ///
    /// # Errors
    /// The lab has no such host, or the network is whole.
    pub fn join(&self, away: &[HostName]) -> Result<()> {
        net::join(&self.spec, &self.places(away)?).context("making the network whole again")
    }

    /// Lets the `index`th disk of a host die while the host runs: its content is lost, and reads and writes fail.
    ///
    /// # Errors
    /// The lab has no host of that name, or the disk's file cannot be changed.
    pub fn fail_disk(&self, host: &HostName, index: usize) -> Result<()> {
        disk::fail(&self.disk_image(host, index))
    }

    /// Puts a blank disk into the place of the `index`th disk of a host, which died.
    ///
    /// # Errors
    /// The lab has no such disk, or the disk's file cannot be changed.
    pub fn renew_disk(&self, host: &HostName, index: usize) -> Result<()> {
        let disk = self.host(host)?.disks.get(index);
        let disk = disk.with_context(|| format!("{host} has no disk number {index}"))?;
        disk::renew(&self.disk_image(host, index), disk.mib)
    }

    /// Waits until hosts answer ssh.
    ///
    /// # Errors
    /// A host went down or did not answer in time.
    pub fn wait_for_ssh(&self, hosts: &[HostName], patience: Duration) -> Result<()> {
        each(hosts, |name| {
            self.at(name)?
                .wait_for_ssh(patience)
                .with_context(|| format!("{name}: waiting for ssh"))
        })
    }

    fn lock(&self, say: Say) -> Result<File> {
        state::lock(&self.directory, say)?.with_context(|| format!("lab {} was removed", self.spec.name))
    }

    fn set_links(&self, hosts: &[HostName], up: bool) -> Result<()> {
        for (name, index) in hosts.iter().zip(self.places(hosts)?) {
            net::set_link(&self.spec, index, up).with_context(|| format!("{name}: its network link"))?;
        }
        Ok(())
    }

    /// The places of hosts among the hosts of the lab.
    fn places(&self, hosts: &[HostName]) -> Result<Vec<usize>> {
        let place = |name: &HostName| {
            self.host(name)?;
            let mut all = self.spec.hosts.iter();
            Ok(all.position(|host| host.name == *name).unwrap_or_default())
        };
        hosts.iter().map(place).collect()
    }

    pub(super) fn at(&self, name: &HostName) -> Result<Host<'_>> {
        Ok(Host {
            lab: &self.spec.name,
            lab_directory: &self.directory,
            stand_in: self.host(name)?,
        })
    }
}

/// Kills the host of that lab, if the host runs, and waits until the host's disks are not in use any more.
pub fn off(lab: &ClusterName, lab_directory: &std::path::Path, name: &HostName) -> Result<()> {
    cgroup::kill(&paths::host_namespace(lab, name))?;
    disk::idle(&paths::host(lab_directory, name))
}

impl Host<'_> {
    fn is_off(&self) -> Result<bool> {
        Ok(cgroup::members(&self.namespace())?.is_empty())
    }

    /// Boots the stand-in, which is off, and waits until it answers ssh.
    pub fn boot_until_ssh(&self) -> Result<()> {
        self.boot()
            .and_then(|()| self.wait_for_ssh(BOOT_PATIENCE))
            .with_context(|| format!("{}: booting", self.stand_in.name))
    }

    fn off(&self) -> Result<()> {
        off(self.lab, self.lab_directory, &self.stand_in.name)
    }

    fn reboot(&self) -> Result<()> {
        let cgroup = self.namespace();
        let Some(before) = cgroup::init(&cgroup)? else {
            bail!("it is off; `glusterctl lab start {}` boots it", self.stand_in.name)
        };
        // As the kernel does for Ctrl-Alt-Del: SIGINT starts the reboot target, systemd(1).
        cgroup::signal(before, Signal::INT)?;
        let deadline = Instant::now() + SHUTDOWN_PATIENCE;
        loop {
            match cgroup::init(&cgroup)? {
                Some(now) if now != before => return Ok(()),
                _ if self.is_off()? => bail!("{}", self.explain("it went down for good")),
                _ if Instant::now() > deadline => {
                    bail!(
                        "{}",
                        self.explain(&format!("it is still not down after {} s", SHUTDOWN_PATIENCE.as_secs()))
                    )
                }
                _ => thread::sleep(PAUSE),
            }
        }
    }

    /// Waits until the host answers ssh.
    pub fn wait_for_ssh(&self, patience: Duration) -> Result<()> {
        const ATTEMPT: Duration = Duration::from_secs(1);
        let deadline = Instant::now() + patience;
        while !connect::greets(&paths::bridge_namespace(self.lab), self.stand_in.address, ATTEMPT) {
            if self.is_off()? {
                return Err(anyhow!(self.explain("it went down")));
            }
            if Instant::now() > deadline {
                return Err(anyhow!(
                    self.explain(&format!("no answer from its sshd within {} s", patience.as_secs()))
                ));
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }
}
