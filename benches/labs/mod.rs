//! What benchmarks on hosts share: blank hosts, in a lab that is gone when it is not needed any more, however the benchmark ends;
//! their inventory; and `apply`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context, Result, bail};
use glusterctl::inventory::{self, ClusterName, HostName, Inventory};
use glusterctl::lab::{Lab, Spec};

const PROGRAM: &str = env!("CARGO_BIN_EXE_glusterctl");
const ROUNDS: &str = "GLUSTERCTL_BENCH_ROUNDS";
const DISK_MIB: u64 = 1024;

/// Whether there is a lab, or the beginnings of one.
static THERE: Mutex<bool> = Mutex::new(false);

fn there() -> MutexGuard<'static, bool> {
    THERE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The name of the lab and of its cluster: another benchmark at the same time has another.
pub fn name() -> String {
    format!("bench-{}", std::process::id())
}

/// Runs a benchmark, and says why it could not be run to its end.
pub fn main(run: impl FnOnce() -> Result<()>) -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// How many rounds the environment asks for, or else three.
pub fn rounds() -> Result<usize> {
    match env::var(ROUNDS) {
        Ok(text) => text.parse().with_context(|| format!("{ROUNDS}={text:?}")),
        Err(_) => Ok(3),
    }
}

/// The text of `inventories/openstack.yaml`, and what it says, with a cluster name of its own: file systems of the same cluster, host
/// and device have the same UUID, and the kernel, which all labs on the machine share, mounts no UUID twice.
pub fn inventory() -> Result<(String, Inventory)> {
    let text = include_str!("../../inventories/openstack.yaml");
    let text = text.replace("cluster: kube\n", &format!("cluster: {}\n", name()));
    let inventory = inventory::read(&text, "the benchmark's inventory")?;
    Ok((text, inventory))
}

/// Booted hosts on which nothing was done yet.
pub struct BlankHosts {
    lab: Lab,
}

impl BlankHosts {
    /// Boots a stand-in for each host, and waits until each has nothing left to do by itself. `text` is the inventory's.
    pub fn boot(text: &str, inventory: &Inventory) -> Result<Self> {
        let mut spec = Spec::of(inventory, inventory.cluster.clone(), DISK_MIB);
        spec.program = Some(PROGRAM.into());
        *there() = true;
        let up = Lab::up(&spec, &|_| ());
        let hosts = match up {
            Ok(lab) => BlankHosts { lab },
            Err(error) => {
                remove();
                return Err(error);
            }
        };
        let all: Vec<(&HostName, String)> = inventory
            .hosts
            .iter()
            .map(|host| (&host.name, "systemctl is-system-running --wait || :".to_owned()))
            .collect();
        hosts.each(all)?;
        fs::create_dir(hosts.scratch()).context("making a directory for scratch")?;
        fs::write(hosts.inventory(), text).context("writing the inventory")?;
        Ok(hosts)
    }

    /// `glusterctl apply` as a process of its own. What it keeps is removed with the lab.
    pub fn apply(&self) -> Command {
        let mut command = Command::new(PROGRAM);
        let lab = format!("--lab={}", name());
        command
            .args(["apply", "--yes", &lab, "--inventory"])
            .arg(self.inventory());
        command.env("XDG_STATE_HOME", self.scratch()).stdin(Stdio::null());
        command
    }

    /// Runs `apply`; its last words must begin with these.
    pub fn applied(&self, last: &str) -> Result<()> {
        let output = self.apply().output().context(PROGRAM)?;
        let said = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() || !said.lines().last().is_some_and(|line| line.starts_with(last)) {
            bail!(
                "apply should have ended with {last:?}, but ({}):\n{said}",
                output.status
            );
        }
        Ok(())
    }

    /// A directory that is gone with the lab. No host's name contains '_'.
    fn scratch(&self) -> PathBuf {
        self.lab.directory().join("bench_scratch")
    }

    /// The file that holds the inventory.
    fn inventory(&self) -> PathBuf {
        self.scratch().join("inventory.yaml")
    }

    /// Runs a command on each of these hosts, all at once: a fresh `ssh` for each, as a person would. Returns what each printed.
    pub fn each(&self, commands: Vec<(&HostName, String)>) -> Result<Vec<String>> {
        let config = &self.lab.ssh_config();
        let ended: Vec<(&HostName, Result<Output>)> = thread::scope(|scope| {
            let spawn = |(host, command)| (host, scope.spawn(move || ssh(config, host, command)));
            let running: Vec<_> = commands.into_iter().map(spawn).collect();
            let join = |(host, thread): (_, thread::ScopedJoinHandle<'_, _>)| {
                (host, thread.join().unwrap_or_else(|_| bail!("its thread panicked")))
            };
            running.into_iter().map(join).collect()
        });
        let printed = ended.into_iter().map(|(host, output)| {
            let output = output.with_context(|| host.to_string())?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
            if !output.status.success() {
                bail!("{host}: by hand it failed ({}):\n{stdout}{stderr}", output.status);
            }
            Ok(stdout)
        });
        printed.collect()
    }
}

fn ssh(config: &Path, host: &HostName, command: String) -> Result<Output> {
    let mut ssh = Command::new("ssh");
    ssh.arg("-n")
        .arg("-F")
        .arg(config)
        .arg("--")
        .arg(host.as_str())
        .arg(command);
    ssh.output().context("starting ssh")
}

impl Drop for BlankHosts {
    fn drop(&mut self) {
        remove();
    }
}

fn remove() {
    // Held until it is gone, so that only one tries.
    let mut there = there();
    if *there {
        match ClusterName::parse(&name()) {
            Ok(name) => {
                if let Err(error) = Lab::down(&name, &|_| ()) {
                    eprintln!("error: {error:#}; glusterctl lab down --name {name} tries again");
                }
            }
            Err(refused) => eprintln!("error: {refused}"),
        }
        *there = false;
    }
}

/// Ctrl-C and an orderly kill end the benchmark without running any destructor: the lab is removed here then.
pub fn remove_on_signals() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    const INTERRUPTED: i32 = 130; // as shells report it

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut interrupt, mut terminate) = {
        let _context = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        });
        eprintln!("interrupted: removing the lab");
        remove();
        std::process::exit(INTERRUPTED);
    });
    Ok(())
}
