//! What ssh gets to know about a host.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::sudo::PASSWORD_VARIABLE;
use crate::inventory::{Become, Host, HostKey, HostKeys, HostName};
use crate::shell;

/// What ssh gets to know about a host.
#[derive(Debug)]
pub(super) struct Target {
    pub destination: String,
    pub become_root: Become,
    /// The login, as far as the inventory knows it.
    pub user: Option<String>,
    /// The host whose key the inventory has, and the key.
    pub pinned: Option<(HostName, HostKey)>,
    /// Which host keys are trusted.
    host_keys: HostKeys,
    /// What a person types to make the same connection.
    options: Vec<OsString>,
}

impl Target {
    /// In a lab the hosts are the lab's own: its configuration replaces what the inventory says about ssh.
    pub fn of(host: &Host, lab: Option<&Path>) -> Self {
        let mut options: Vec<OsString> = Vec::new();
        let mut option = |flag: &str, value: OsString| options.extend([flag.into(), value]);
        if let Some(config) = lab {
            option("-F", config.into());
            return Target {
                destination: host.name.to_string(),
                become_root: Become::No,
                user: None,
                pinned: None,
                host_keys: HostKeys::Strict,
                options,
            };
        }
        let ssh = &host.ssh;
        if let Some(config) = &ssh.config_file {
            option("-F", config.into());
        }
        if let Some(user) = &ssh.user {
            option("-l", user.into());
        }
        if let Some(port) = ssh.port {
            option("-p", port.to_string().into());
        }
        if let Some(key) = &ssh.identity_file {
            option("-i", key.into());
            option("-o", "IdentitiesOnly=yes".into());
        }
        Target {
            destination: ssh.host.clone().unwrap_or_else(|| host.found_at()),
            become_root: ssh.become_root,
            user: ssh.user.clone(),
            pinned: ssh.host_key.clone().map(|key| (host.name.clone(), key)),
            host_keys: ssh.host_keys,
            options,
        }
    }

    /// The machine between this one and the host, of the form `[USER@]HOST[:PORT]`, reached through `others`, if there are
    /// others.
    pub fn of_jump_host(&self, jump: &str, others: Option<&str>) -> Self {
        let mut options = Vec::new();
        if let [flag, config, ..] = &self.options[..]
            && flag == "-F"
        {
            options.extend([flag.clone(), config.clone()]);
        }
        let (user, rest) = jump
            .rsplit_once('@')
            .map_or((None, jump), |(user, rest)| (Some(user), rest));
        let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None if rest.matches(':').count() == 1 => rest
                .split_once(':')
                .map_or((rest, None), |(host, port)| (host, Some(port))),
            None => (rest, None),
        };
        for (flag, value) in [("-l", user), ("-p", port), ("-J", others)] {
            options.extend(value.into_iter().flat_map(|value| [flag.into(), value.into()]));
        }
        Target {
            destination: host.to_owned(),
            become_root: Become::No,
            user: None,
            pinned: None,
            host_keys: HostKeys::Strict,
            options,
        }
    }

    /// The command with which a person makes the same connection.
    pub fn by_hand(&self) -> String {
        let options = self.options.iter().map(|option| option.to_string_lossy());
        let words = ["ssh".into()]
            .into_iter()
            .chain(options)
            .chain([self.destination.as_str().into()]);
        shell::words(words)
    }

    /// What a file of known hosts has to say of a host whose key the inventory has.
    pub fn known_host(&self) -> Option<String> {
        self.pinned.as_ref().map(|(name, key)| format!("{name} {key}\n"))
    }

    /// The options with which ssh trusts the keys of a file that has [`Target::known_host`], and no others.
    pub fn trusting(&self, file: &Path) -> Vec<OsString> {
        let Some((name, _)) = &self.pinned else {
            return Vec::new();
        };
        let options = [
            format!("UserKnownHostsFile={}", file.display()),
            "GlobalKnownHostsFile=/dev/null".to_owned(),
            format!("HostKeyAlias={name}"),
            "CheckHostIP=no".to_owned(),
            "UpdateHostKeys=no".to_owned(),
            "VerifyHostKeyDNS=no".to_owned(),
        ];
        options
            .into_iter()
            .flat_map(|option| ["-o".into(), option.into()])
            .collect()
    }

    /// What ssh's own configuration says of this target; empty if ssh does not tell in time.
    pub async fn configuration(&self, limit: Duration) -> Configuration {
        let output = self.ssh(&["-G".into()], limit).stdout(Stdio::piped()).output();
        Configuration(match timeout(limit, output).await {
            Ok(Ok(output)) => String::from_utf8_lossy(&output.stdout).into_owned(),
            _ => String::new(),
        })
    }

    /// ssh to this target, with `first` before all else. ssh never asks, and of the user's configuration nothing holds that is
    /// about what ssh does once it is logged in.
    pub fn ssh(&self, first: &[OsString], connect: Duration) -> Command {
        let mut ssh = Command::new("ssh");
        ssh.args(first);
        for option in [
            format!("ConnectTimeout={}", connect.as_secs()).as_str(),
            "BatchMode=yes",
            match (self.host_keys, &self.pinned) {
                (HostKeys::AcceptNew, None) => "StrictHostKeyChecking=accept-new",
                _ => "StrictHostKeyChecking=yes",
            },
            "ServerAliveInterval=5",
            "ServerAliveCountMax=3",
            "LogLevel=INFO",
            "ClearAllForwardings=yes",
            "PermitLocalCommand=no",
            "RemoteCommand=none",
        ] {
            ssh.args(["-o", option]);
        }
        ssh.args(&self.options).arg("--").arg(&self.destination);
        // The ssh of a ProxyJump does not know BatchMode: what it asks, a program answers that only fails.
        ssh.env_remove(PASSWORD_VARIABLE);
        ssh.env("SSH_ASKPASS", "false").env("SSH_ASKPASS_REQUIRE", "force");
        ssh.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        ssh.kill_on_drop(true);
        ssh
    }
}

/// What `ssh -G` prints.
pub(super) struct Configuration(pub String);

impl Configuration {
    /// The value of a keyword, which is in small letters.
    pub fn value(&self, keyword: &str) -> Option<&str> {
        let mut lines = self.0.lines().filter_map(|line| line.split_once(' '));
        lines.find(|(found, _)| *found == keyword).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_host_is_reached_as_the_ssh_of_a_proxy_jump_does() {
        let target = Target {
            destination: "kube1".into(),
            become_root: Become::Sudo,
            user: None,
            pinned: None,
            host_keys: HostKeys::Strict,
            options: ["-F", "/c", "-l", "op"].map(OsString::from).into(),
        };
        for (jump, others, by_hand) in [
            ("bastion", None, "ssh -F /c bastion"),
            (
                "me@bastion:2222",
                Some("outer"),
                "ssh -F /c -l me -p 2222 -J outer bastion",
            ),
            ("me@[2001:db8::1]:22", None, "ssh -F /c -l me -p 22 '2001:db8::1'"),
            ("2001:db8::1", None, "ssh -F /c '2001:db8::1'"),
        ] {
            assert_eq!(target.of_jump_host(jump, others).by_hand(), by_hand);
        }
    }
}
