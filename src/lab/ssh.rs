//! The keys of a lab, and the files with which ssh reaches the lab's hosts and no others.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::tools::{run, tool};
use super::{Spec, paths};
use crate::shell;

/// The path of a host's own key, below the host's root.
pub const HOST_KEY: &str = "etc/ssh/ssh_host_ed25519_key";

/// Makes a pair of keys at `path` and `path.pub`, and returns the public one.
pub fn make_key(path: &Path, comment: &str) -> Result<String> {
    let mut keygen = tool("ssh-keygen");
    run(keygen
        .args(["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f"])
        .arg(path))?;
    let public = path.with_file_name(format!(
        "{}.pub",
        path.file_name().unwrap_or_default().to_string_lossy()
    ));
    fs::read_to_string(&public).with_context(|| public.display().to_string())
}

/// Writes `ssh_config` and `known_hosts`, after the hosts' keys were made.
pub fn write_config(spec: &Spec, lab: &Path) -> Result<()> {
    let program = match &spec.program {
        Some(program) => program.clone(),
        None => std::env::current_exe().context("finding the running program")?,
    };
    // ssh expands % and then gives the line to a shell.
    let program = shell::quote(&program.to_string_lossy()).replace('%', "%%");
    let shown = |name: &str| lab.join(name).display().to_string();
    let (identity, known_hosts) = (shown(paths::IDENTITY), shown(paths::KNOWN_HOSTS));
    let bridge = paths::bridge_namespace(&spec.name);
    let mut config = format!(
        "# The hosts of the lab {}, for ssh -F. Written by glusterctl.\n",
        spec.name
    );
    let mut known = String::new();
    for host in &spec.hosts {
        let (name, address) = (&host.name, host.address);
        config += &format!(
            "Host {name} {address}\n    \
             HostName {address}\n"
        );
        let public: PathBuf = paths::host(lab, name).join("upper").join(format!("{HOST_KEY}.pub"));
        let public = fs::read_to_string(&public).with_context(|| public.display().to_string())?;
        known += &format!("{name},{address} {public}");
    }
    config += &format!(
        "Host *\n    \
         User root\n    \
         Port 22\n    \
         IdentityFile {identity}\n    \
         IdentitiesOnly yes\n    \
         IdentityAgent none\n    \
         UserKnownHostsFile {known_hosts}\n    \
         GlobalKnownHostsFile /dev/null\n    \
         StrictHostKeyChecking yes\n    \
         UpdateHostKeys no\n    \
         ConnectTimeout 10\n    \
         # What post-quantum key exchange takes of a processor is saved: nothing leaves this machine.\n    \
         KexAlgorithms ^curve25519-sha256\n    \
         ProxyCommand {program} lab connect {bridge} %h %p\n    \
         ProxyUseFdpass yes\n"
    );
    for (name, text) in [(paths::SSH_CONFIG, config), (paths::KNOWN_HOSTS, known)] {
        fs::write(lab.join(name), text).with_context(|| shown(name))?;
    }
    Ok(())
}
