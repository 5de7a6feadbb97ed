//! The root file systems that all stand-ins share: a small Debian, built once and never written to again.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use uuid::Uuid;

use super::tools::{run, tool};
use super::{Say, paths, state};

const RELEASE: &str = "bookworm";
const MIRROR: &str = "http://deb.debian.org/debian";
// Python and these modules of it are in Debian's cloud images as well (cloud-init is written in Python), and glusterfs-server
// depends on them: installing them took three quarters of the processor time of an `apply` on a stand-in.
const BASE: &str = "systemd-sysv,openssh-server,iproute2,dbus,udev,kmod,sudo,procps,openssl,ca-certificates,\
                    python3,python3-requests,python3-jwt,python3-prettytable";
const AT_HAND: &str = "xfsprogs glusterfs-server glusterfs-client rsync";
// These are only in apt-get's cache, for a stand-in that is to have a firewall.
const FIREWALLS: &str = "nftables ufw firewalld";
const HOOK: &str = include_str!("root.sh");
const INSTALL: &str = include_str!("install.sh");
// Without gsyncd, which belongs to geo-replication, glusterd starts as on a server without that part: with it, each start
// of glusterd runs some twenty Python programs, which took more processor time than any other program of the lab.
const OPTIONS: [&str; 9] = [
    "--mode=root",
    "--format=directory",
    "--variant=minbase",
    "--skip=cleanup/apt",
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/lib/*/glusterfs/gsyncd",
];

/// Returns the layers of the root file system, the uppermost first, after building the missing layers: a layer with
/// Debian, and with `installed` a layer above with the packages that are otherwise only in apt-get's cache.
pub fn ensure(installed: bool, say: Say) -> Result<Vec<PathBuf>> {
    let recipe = [RELEASE, BASE, AT_HAND, FIREWALLS, HOOK, &OPTIONS.join(" ")].join("\n");
    let root = cached(&format!("root-{RELEASE}"), &recipe, say, |building| {
        build(building, say)
    })?;
    if !installed {
        return Ok(vec![root]);
    }
    let recipe = [&root.to_string_lossy(), INSTALL].join("\n");
    let above = cached(&format!("installed-{RELEASE}"), &recipe, say, |building| {
        install(&root, building, say)
    })?;
    Ok(vec![above.join("upper"), root])
}

/// Returns a directory of the cache, after `make` made it if it is missing. The directory's name contains a hash of the
/// recipe, so a changed recipe never meets an old result; and only a complete directory has that name.
fn cached(name: &str, recipe: &str, say: Say, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let cache = paths::cache()?;
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, recipe.as_bytes())
        .simple()
        .to_string();
    let name = format!("{name}-{}", &id[..12]);
    let path = cache.join(&name);
    if path.exists() {
        return Ok(path);
    }
    fs::create_dir_all(&cache).with_context(|| cache.display().to_string())?;
    let _lock = state::lock(&cache, say)?;
    if path.exists() {
        return Ok(path);
    }
    let building = cache.join(format!("{name}.building"));
    if building.exists() {
        fs::remove_dir_all(&building).with_context(|| format!("removing {}, left half-made", building.display()))?;
    }
    let made = make(&building);
    if made.is_err() {
        // The next attempt removes the directory too, if this fails.
        let _ = fs::remove_dir_all(&building);
    }
    made.context("building the root file system of the stand-ins")?;
    fs::rename(&building, &path).with_context(|| path.display().to_string())?;
    say(&format!("{} is ready", path.display()));
    Ok(path)
}

/// A command in namespaces of its own: its mounts and processes end with the command, and the command ends with us. The
/// modes of the files that the command makes do not depend on the user's umask.
fn isolated() -> Command {
    let mut command = tool("sh");
    command.args(["-c", "umask 022; exec \"$@\"", "sh", "unshare"]);
    command.args(["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]);
    command
}

fn install(root: &Path, building: &Path, say: Say) -> Result<()> {
    fs::create_dir(building).with_context(|| building.display().to_string())?;
    say(&format!("installing {AT_HAND} for the stand-ins; once"));
    let mut command = isolated();
    command.args(["sh", "-c", INSTALL, "sh"]).args([root, building]);
    run(command.args(AT_HAND.split(' '))).map(drop)
}

fn build(building: &Path, say: Say) -> Result<()> {
    let hook = building.with_extension("hook");
    fs::write(&hook, HOOK).with_context(|| hook.display().to_string())?;
    let mirror = mirror();
    say(&format!(
        "building a Debian {RELEASE} for the stand-ins from {mirror}; once, in about a minute"
    ));
    let mut command = isolated();
    command.arg("mmdebstrap").args(OPTIONS).arg(format!("--include={BASE}"));
    command.arg(format!(
        "--customize-hook=sh {} \"$1\" {AT_HAND} {FIREWALLS}",
        hook.display()
    ));
    command.args([RELEASE.as_ref(), building.as_os_str(), mirror.as_ref()]);
    for variable in ["http_proxy", "https_proxy", "no_proxy"] {
        command.envs(env::var_os(variable).map(|value| (variable, value)));
    }
    let built = run(&mut command);
    let _ = fs::remove_file(&hook);
    built.map(drop)
}

/// The Debian mirror that this machine's apt uses, if this machine runs that release; else Debian's own.
fn mirror() -> String {
    let format = "$(ORIGIN) $(CODENAME) $(COMPONENT) $(REPO_URI)";
    let targets = run(tool("apt-get").args(["indextargets", "--format", format, "Created-By: Packages"]));
    let wanted = format!("Debian {RELEASE} main http");
    let targets = targets.unwrap_or_default();
    let found = targets
        .lines()
        .find(|line| line.starts_with(&wanted))
        .and_then(|line| line.split(' ').nth(3));
    found.unwrap_or(MIRROR).trim_end_matches('/').to_owned()
}
