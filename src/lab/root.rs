//! The root file system that all stand-ins share: a small Debian, made once and never written to again.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use uuid::Uuid;

use super::tools::{run, tool};
use super::{Say, place, state};

const RELEASE: &str = "bookworm";
const MIRROR: &str = "http://deb.debian.org/debian";
const BASE: &str = "systemd-sysv,openssh-server,iproute2,dbus,udev,kmod,sudo,procps";
const AT_HAND: &str = "xfsprogs glusterfs-server glusterfs-client";
const HOOK: &str = include_str!("root.sh");
const OPTIONS: [&str; 8] = [
    "--mode=root",
    "--format=directory",
    "--variant=minbase",
    "--skip=cleanup/apt",
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
];

/// Returns the directory of the root file system, after building it if need be.
pub fn ensure(say: Say) -> Result<PathBuf> {
    let cache = place::cache()?;
    // The directory is named for what it is made of, so a changed recipe never meets an old result.
    let recipe = [RELEASE, BASE, AT_HAND, HOOK, &OPTIONS.join(" ")].join("\n");
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, recipe.as_bytes())
        .simple()
        .to_string();
    let name = format!("root-{RELEASE}-{}", &id[..12]);
    let root = cache.join(&name);
    if root.exists() {
        return Ok(root);
    }
    fs::create_dir_all(&cache).with_context(|| cache.display().to_string())?;
    let _lock = state::lock(&cache, say)?;
    if root.exists() {
        return Ok(root);
    }
    let building = cache.join(format!("{name}.building"));
    build(&building, say).context("building the root file system of the stand-ins")?;
    fs::rename(&building, &root).with_context(|| root.display().to_string())?;
    say(&format!("{} is ready", root.display()));
    Ok(root)
}

fn build(building: &PathBuf, say: Say) -> Result<()> {
    if building.exists() {
        fs::remove_dir_all(building).with_context(|| format!("removing {}, left half-made", building.display()))?;
    }
    let hook = building.with_extension("hook");
    fs::write(&hook, HOOK).with_context(|| hook.display().to_string())?;
    let mirror = mirror();
    say(&format!(
        "building a Debian {RELEASE} for the stand-ins from {mirror}; once, in about a minute"
    ));
    // In namespaces of its own, whatever mmdebstrap mounts and starts ends with it; and it ends with us.
    let mut command = tool("sh");
    // The modes in it do not depend on the user's umask.
    command.args(["-c", "umask 022; exec \"$@\"", "sh", "unshare"]);
    command.args(["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]);
    command.arg("mmdebstrap").args(OPTIONS).arg(format!("--include={BASE}"));
    command.arg(format!("--customize-hook=sh {} \"$1\" {AT_HAND}", hook.display()));
    command.args([RELEASE.as_ref(), building.as_os_str(), mirror.as_ref()]);
    for variable in ["http_proxy", "https_proxy", "no_proxy"] {
        command.envs(env::var_os(variable).map(|value| (variable, value)));
    }
    let built = run(&mut command);
    let _ = fs::remove_file(&hook);
    if built.is_err() {
        // Best effort: the next attempt begins with this too.
        let _ = fs::remove_dir_all(building);
    }
    built.map(drop)
}

/// The Debian mirror that this machine's apt uses, if it is a Debian of that release.
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
