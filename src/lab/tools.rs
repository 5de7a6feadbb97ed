//! The programs of this machine that the lab is made with: which are missing, and how they are run.

use std::env;
use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

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
/// even if we are killed, so that the program makes nothing while a later `lab down` cleans up.
pub fn tool(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(END_WITH_US).arg(program);
    command
        .env_clear()
        .env("PATH", PATH)
        .env("LC_ALL", "C")
        .env("HOME", "/root")
        .stdin(Stdio::null());
    command
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
