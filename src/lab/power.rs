//! Power and cables of the hosts: off, on, reboot, cut off, connected.

use std::fs::File;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::Signal;

use super::host::Host;
use super::{Lab, Say, cgroup, connect, disk, each, net, place, state};
use crate::inventory::names::{ClusterName, HostName};

const BOOT_PATIENCE: Duration = Duration::from_secs(60);
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(20);

impl Lab {
    /// Whether a host is up, or at least booting.
    ///
    /// # Errors
    /// The lab has no host of that name.
    pub fn is_running(&self, name: &HostName) -> Result<bool> {
        Ok(!cgroup::members(&self.at(name)?.unit())?.is_empty())
    }

    /// Pulls the plug of hosts: nothing in them gets to do anything any more. What they wrote stays, because the
    /// machine's page cache does. Hosts that are off stay off.
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

    /// Boots hosts that are off and waits until ssh is answered. Disks are attached anew: files behind them that were
    /// changed in the meantime are seen as they are now.
    ///
    /// # Errors
    /// Names the hosts that did not come up, with the end of their consoles.
    pub fn start(&self, hosts: &[HostName], say: Say) -> Result<()> {
        let _lock = self.lock(say)?;
        each(hosts, |name| {
            let host = self.at(name)?;
            if cgroup::members(&host.unit())?.is_empty() {
                host.boot()
                    .and_then(|()| host.wait_for_ssh(BOOT_PATIENCE))
                    .with_context(|| format!("{name}: booting"))?;
            }
            say(&format!("{name}: running"));
            Ok(())
        })
    }

    /// Reboots hosts in an orderly way and waits until ssh is answered again.
    ///
    /// # Errors
    /// Names the hosts that are off or did not come back, with the end of their consoles.
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

    /// Connects hosts again that were cut off.
    ///
    /// # Errors
    /// The lab has no such host.
    pub fn heal(&self, hosts: &[HostName]) -> Result<()> {
        self.set_links(hosts, true)
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
        for name in hosts {
            self.host(name)?;
            let index = self
                .spec
                .hosts
                .iter()
                .position(|host| host.name == *name)
                .unwrap_or_default();
            net::set_link(&self.spec, index, up).with_context(|| format!("{name}: its network link"))?;
        }
        Ok(())
    }

    fn at(&self, name: &HostName) -> Result<Host<'_>> {
        Ok(Host {
            lab: &self.spec.name,
            lab_directory: &self.directory,
            stand_in: self.host(name)?,
        })
    }
}

/// Kills the host of that lab, if it runs, and waits until its disks are not in use any more.
pub fn off(lab: &ClusterName, lab_directory: &std::path::Path, name: &HostName) -> Result<()> {
    cgroup::kill(&place::unit(lab, name))?;
    disk::idle(&place::host(lab_directory, name))
}

impl Host<'_> {
    fn off(&self) -> Result<()> {
        off(self.lab, self.lab_directory, &self.stand_in.name)
    }

    fn reboot(&self) -> Result<()> {
        let unit = self.unit();
        let Some(before) = cgroup::init(&unit)? else {
            bail!("it is off; `glusterctl lab start {}` boots it", self.stand_in.name)
        };
        // What Ctrl-Alt-Del sends: systemd(1), "SIGINT", starts the reboot target.
        cgroup::signal(before, Signal::INT)?;
        let deadline = Instant::now() + SHUTDOWN_PATIENCE;
        loop {
            match cgroup::init(&unit)? {
                Some(now) if now != before => return Ok(()),
                _ if cgroup::members(&unit)?.is_empty() => bail!("{}", self.explain("it went down for good")),
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
        while !connect::greets(&place::bridge(self.lab), self.stand_in.address, ATTEMPT) {
            if cgroup::members(&self.unit())?.is_empty() {
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
