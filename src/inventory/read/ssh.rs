//! The keys below `ssh:`, for the cluster and for one host.

use std::net::IpAddr;
use std::path::PathBuf;

use super::fields::{Diagnostics, Fields, Located, choice, name, number, refuse, text};
use super::yaml::Node;
use crate::inventory::diagnostics::Diagnostic;
use crate::inventory::host_key::HostKey;
use crate::inventory::model::{Become, HostKeys, Ssh};

/// The settings of one `ssh:` block; `None` for a setting that the block does not state.
#[derive(Debug, Clone, Default)]
pub(super) struct SshDraft {
    host: Option<Located<String>>,
    user: Option<String>,
    port: Option<u16>,
    identity_file: Option<PathBuf>,
    config_file: Option<PathBuf>,
    become_root: Option<Become>,
    host_keys: Option<HostKeys>,
    host_key: Option<Located<HostKey>>,
}

impl SshDraft {
    /// The block at the top of the inventory, which holds for every host.
    pub fn of_the_cluster(node: &Node, problems: &mut Diagnostics) -> Self {
        let ssh = Self::read(node, "the cluster's `ssh`", problems);
        if let Some(host) = &ssh.host {
            problems.push(
                Diagnostic::new("`host` belongs to a single host", host.span.clone())
                    .label("SSH would reach every host at this address")
                    .help("move `host` below one of the `hosts`: `ssh: {host: …}`"),
            );
        }
        if let Some(key) = &ssh.host_key {
            problems.push(
                Diagnostic::new("`host_key` belongs to a single host", key.span.clone())
                    .label("no two hosts have the same key")
                    .help("move `host_key` below one of the `hosts`: `ssh: {host_key: …}`"),
            );
        }
        ssh
    }

    /// The block of one host.
    pub fn of_a_host(node: &Node, problems: &mut Diagnostics) -> Self {
        Self::read(node, "a host's `ssh`", problems)
    }

    fn read(node: &Node, what: &'static str, problems: &mut Diagnostics) -> Self {
        const KEYS: [&str; 8] = [
            "host",
            "user",
            "port",
            "identity_file",
            "config_file",
            "become",
            "host_keys",
            "host_key",
        ];
        let Some(fields) = Fields::read(node, what, &KEYS, problems) else {
            return Self::default();
        };
        const BECOME: [(&str, Become); 2] = [("sudo", Become::Sudo), ("none", Become::No)];
        const HOST_KEYS: [(&str, HostKeys); 2] = [("strict", HostKeys::Strict), ("accept-new", HostKeys::AcceptNew)];
        SshDraft {
            host: fields.get("host").and_then(|node| destination(node, problems)),
            user: fields.get("user").and_then(|node| login(node, problems)),
            port: fields
                .get("port")
                .and_then(|node| number(node, "a port", 1..=65535, "for example `port: 22`", problems))
                .and_then(|port| u16::try_from(port.value).ok()),
            identity_file: fields
                .get("identity_file")
                .and_then(|node| file(node, "a key's path", problems)),
            config_file: fields
                .get("config_file")
                .and_then(|node| file(node, "an ssh_config's path", problems)),
            become_root: fields
                .get("become")
                .and_then(|node| choice(node, "`become`", &BECOME, problems))
                .map(|become_root| become_root.value),
            host_keys: fields
                .get("host_keys")
                .and_then(|node| choice(node, "`host_keys`", &HOST_KEYS, problems))
                .map(|host_keys| host_keys.value),
            host_key: fields
                .get("host_key")
                .and_then(|node| name(node, "a host's key", problems)),
        }
    }

    /// These settings, with a host's own settings over them.
    pub fn with(&self, own: Self) -> Ssh {
        Ssh {
            host: own.host.map(|host| host.value),
            user: own.user.or_else(|| self.user.clone()),
            port: own.port.or(self.port),
            identity_file: own.identity_file.or_else(|| self.identity_file.clone()),
            config_file: own.config_file.or_else(|| self.config_file.clone()),
            become_root: own.become_root.or(self.become_root).unwrap_or_default(),
            host_keys: own.host_keys.or(self.host_keys).unwrap_or_default(),
            host_key: own.host_key.map(|key| key.value),
        }
    }
}

/// An address, a name, or an alias of an ssh_config.
fn destination(node: &Node, problems: &mut Diagnostics) -> Option<Located<String>> {
    let text = text(node, "`host`", problems)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name = text.len() <= 253 && text.chars().all(allowed) && text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if name || text.parse::<IpAddr>().is_ok() {
        return Some(Located {
            value: text.to_owned(),
            span: node.span.clone(),
        });
    }
    let why = "`host` is an address, a host name or an alias of your ssh_config: letters, digits and . - _";
    refuse(node, "where SSH connects to", why, problems);
    None
}

fn login(node: &Node, problems: &mut Diagnostics) -> Option<String> {
    let text = text(node, "`user`", problems)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if text.len() <= 32
        && text.chars().all(allowed)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
    {
        return Some(text.to_owned());
    }
    refuse(
        node,
        "a login",
        "a login has 1 to 32 letters, digits and . - _, and begins with none of . -",
        problems,
    );
    None
}

/// A path on this machine. ssh itself expands `%` and `${}` in a path, and quotes would end the path in an ssh_config.
fn file(node: &Node, what: &str, problems: &mut Diagnostics) -> Option<PathBuf> {
    let text = text(node, what, problems)?;
    let expanded = match text.strip_prefix("~/") {
        Some(below) => match std::env::home_dir().filter(|home| home.is_absolute()) {
            Some(home) => home.join(below),
            None => {
                refuse(
                    node,
                    what,
                    "`~/` is the directory in HOME, and HOME is not set: write the whole path",
                    problems,
                );
                return None;
            }
        },
        None => PathBuf::from(text),
    };
    let harmful = |c: char| c.is_control() || matches!(c, '%' | '$' | '`' | '\\' | '\'' | '"');
    let why = if !expanded.is_absolute() {
        "the path begins with `/` or `~/`"
    } else if text.chars().any(harmful) {
        "the path has none of % $ ` \\ ' \" and no control characters"
    } else if text.len() > 4096 {
        "the path has at most 4096 characters"
    } else {
        return Some(expanded);
    };
    refuse(node, what, why, problems);
    None
}
