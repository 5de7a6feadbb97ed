//! The programs of this machine that the lab is made with: which are missing, and how they are run.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs};

use anyhow::{Context, Result, bail};

use super::Say;
use crate::shell;

// Each program with the Debian package that brings the program.
const NEEDED: [(&str, &str); 10] = [
    ("apt-get", "apt"),
    ("ip", "iproute2"),
    ("losetup", "mount"),
    ("mmdebstrap", "mmdebstrap"),
    ("setpriv", "util-linux"),
    ("setsid", "util-linux"),
    ("ssh", "openssh-client"),
    ("ssh-keygen", "openssh-client"),
    ("systemd-nspawn", "systemd-container"),
    ("unshare", "util-linux"),
];
const END_WITH_US: [&str; 2] = ["--pdeathsig", "KILL"];
// In the environment of each program that the lab runs: the process id of the glusterctl that started the program.
const STARTED_BY: &str = "GLUSTERCTL_LAB_STARTED_BY";
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
pub const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Makes sure that a lab can be made on this machine: we are root, and all programs exist. With `install`, apt-get
/// installs the missing packages.
///
/// # Errors
/// Names all missing packages, and the command that installs them.
pub fn require(install: bool, say: Say) -> Result<()> {
    root()?;
    let missing = missing();
    if !missing.is_empty() {
        let packages = missing.join(" ");
        if !install {
            bail!(
                "the lab needs {packages}, not installed here; let it install them with --install, \
                 or run: apt-get install {packages}"
            );
        }
        say(&format!("installing {packages}"));
        let apt = |arguments: &[&str]| run(tool("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(arguments));
        apt(&["update", "-q"])?;
        apt(&[&["install", "-q", "-y", "--no-install-recommends"], missing.as_slice()].concat())?;
    }
    // A minimal machine loads these modules on demand; a kernel with the modules built in has the devices already.
    for (module, path) in [
        ("fuse", "/dev/fuse"),
        ("loop", "/dev/loop-control"),
        ("autofs4", "/dev/autofs"),
    ] {
        if !Path::new(path).exists() {
            run(tool("modprobe").arg(module)).with_context(|| format!("the lab needs {path}"))?;
        }
    }
    Ok(())
}

/// Fails unless we are root.
pub fn root() -> Result<()> {
    if rustix::process::geteuid().is_root() {
        return Ok(());
    }
    bail!(
        "the lab makes namespaces, mounts and loop devices, which only root may; run: sudo {}",
        shell::words(env::args())
    )
}

fn missing() -> Vec<&'static str> {
    let mut missing: Vec<&str> = NEEDED
        .iter()
        .filter(|(program, _)| find(program).is_none())
        .map(|(_, package)| *package)
        .collect();
    if !Path::new(KEYRING).exists() {
        missing.push("debian-archive-keyring");
    }
    missing.sort_unstable();
    missing.dedup();
    missing
}

fn find(program: &str) -> Option<PathBuf> {
    let candidates = PATH.split(':').map(|directory| Path::new(directory).join(program));
    candidates.into_iter().find(|path| {
        path.metadata()
            .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    })
}

/// A program of this machine, with an environment that does not depend on the user's. The program ends when we end,
/// even if we are killed, or a moment later; see [`wait_for_orphans`].
pub fn tool(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(END_WITH_US).arg(program);
    command
        .env_clear()
        .env("PATH", PATH)
        .env("LC_ALL", "C")
        .env("HOME", "/root")
        .env(STARTED_BY, process::id().to_string())
        .stdin(Stdio::null());
    command
}

/// Waits until all programs have ended whose glusterctl was killed. The kernel ends such a program with its glusterctl,
/// unless glusterctl was killed before the program had asked for that; and a program that is just making a namespace
/// finishes making the namespace first.
///
/// # Errors
/// Names the programs that still run after 10 s.
pub fn wait_for_orphans() -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(10);
    const PAUSE: Duration = Duration::from_millis(20);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let orphans = orphans()?;
        if orphans.is_empty() {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!(
                "a killed glusterctl left processes that do not end: {}",
                orphans.join(", ")
            );
        }
        thread::sleep(PAUSE);
    }
}

/// The ids of all processes that were started by a glusterctl that does not run any more.
fn orphans() -> Result<Vec<String>> {
    // A process that has ended has no environment and no command line, even before its parent has waited for the process.
    let runs = |id: &str| fs::read(format!("/proc/{id}/cmdline")).is_ok_and(|line| !line.is_empty());
    let started_by = |id: &str| {
        let environment = fs::read(format!("/proc/{id}/environ")).ok()?;
        let environment = String::from_utf8_lossy(&environment);
        let mut values = environment
            .split('\0')
            .filter_map(|entry| entry.strip_prefix(STARTED_BY));
        values.find_map(|value| value.strip_prefix('=').map(str::to_owned))
    };
    let entries = fs::read_dir("/proc").context("/proc")?.flatten();
    let ids = entries.filter_map(|entry| entry.file_name().into_string().ok());
    Ok(ids
        .filter(|id| id.starts_with(|first: char| first.is_ascii_digit()))
        .filter(|id| started_by(id).is_some_and(|glusterctl| !runs(&glusterctl)))
        .collect())
}

/// Runs a program to its end and returns its output; if the program failed, the error has all its output.
pub fn run(command: &mut Command) -> Result<String> {
    feed(command, "")
}

/// Runs a program as [`run`] does, with `input` on its standard input.
pub fn feed(command: &mut Command, input: &str) -> Result<String> {
    let shown = shown(command);
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped.spawn().with_context(|| format!("starting {shown}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ended without reading all input says why by itself.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().with_context(|| format!("running {shown}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    if !output.status.success() {
        bail!(
            "{shown} failed ({}): {}{}",
            output.status,
            text(&output.stderr),
            text(&output.stdout)
        );
    }
    Ok(text(&output.stdout))
}

fn shown(command: &Command) -> String {
    shell::words(command.get_args().skip(END_WITH_US.len()).map(OsStr::to_string_lossy))
}
