//! The keys of hosts that ssh trusted at first sight (`host_keys: accept-new`): from what ssh says, and from the file that ssh
//! added the key to.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use tokio::process::Command;
use tokio::time::timeout;

use super::target::Target;
use crate::inventory::HostName;

/// The key of a host that nobody knew before this run, and that ssh trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewKey {
    /// The host.
    pub host: HostName,
    /// The key's fingerprint; none if the file could not be read, or does not have the key.
    pub fingerprint: Option<String>,
    /// The file of known hosts.
    pub file: String,
    /// Whether the file has the key now; if not, the next run trusts any key again.
    pub added: bool,
}

impl NewKey {
    /// The new key that ssh told of when it logged in to a host; none if there was no new key.
    pub(super) async fn of(said: &str, host: &HostName, target: &Target, limit: Duration) -> Option<Self> {
        let host = host.clone();
        let (name, kind) = match Told::of(said)? {
            Told::Added { name, kind } => (name, kind),
            Told::NotAdded { file } => {
                return Some(NewKey {
                    host,
                    fingerprint: None,
                    file,
                    added: false,
                });
            }
        };
        let configuration = target.configuration(limit).await;
        let files = configuration.value("userknownhostsfile").unwrap_or_default();
        let file = first(files, |path| Path::new(path).is_file());
        let mut keygen = Command::new("ssh-keygen");
        keygen
            .args(["-l", "-F", &name, "-f", &file])
            .env("LC_ALL", "C")
            .kill_on_drop(true);
        let fingerprint = match timeout(limit, keygen.output()).await {
            Ok(Ok(found)) => fingerprint(&String::from_utf8_lossy(&found.stdout), &kind),
            _ => None,
        };
        Some(NewKey {
            host,
            fingerprint,
            file,
            added: true,
        })
    }
}

impl fmt::Display for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NewKey { host, file, .. } = self;
        match (&self.fingerprint, self.added) {
            (Some(fingerprint), true) => write!(
                f,
                "{host}: accepted the SSH host key {fingerprint}, and added it to {file}"
            ),
            (None, true) => write!(f, "{host}: accepted a new SSH host key, and added it to {file}"),
            (_, false) => write!(
                f,
                "{host}: accepted an unknown SSH host key, and could not add it to {file}"
            ),
        }
    }
}

/// What ssh says of a key that it trusts at first sight.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    /// Under which name the key was added, and of which kind it is.
    Added {
        name: String,
        kind: String,
    },
    NotAdded {
        file: String,
    },
}

impl Told {
    fn of(said: &str) -> Option<Self> {
        said.lines().find_map(|line| {
            let failed = line
                .trim()
                .strip_prefix("Failed to add the host to the list of known hosts (");
            if let Some(file) = failed.and_then(|rest| rest.strip_suffix(").")) {
                return Some(Told::NotAdded { file: file.to_owned() });
            }
            let rest = line.trim().strip_prefix("Warning: Permanently added '")?;
            let (names, rest) = rest.split_once("' (")?;
            let (kind, _) = rest.split_once(')')?;
            // With CheckHostIP, the address stands after the name.
            let name = names.split(',').next()?;
            Some(Told::Added {
                name: name.to_owned(),
                kind: kind.to_owned(),
            })
        })
    }
}

/// The first of the files that `ssh -G` lists without quotes: the paths may have blanks.
fn first(files: &str, exists: impl Fn(&str) -> bool) -> String {
    let ends = files.match_indices(' ').map(|(at, _)| at).chain([files.len()]);
    let mut begins = ends.map(|end| &files[..end]);
    let found = begins.find(|path| exists(path)).or_else(|| files.split(' ').next());
    found.unwrap_or_default().to_owned()
}

/// The fingerprint of the host's key of this kind, in what `ssh-keygen -l -F` prints; the last, which was added last.
fn fingerprint(found: &str, kind: &str) -> Option<String> {
    found
        .lines()
        .rev()
        .filter(|line| !line.starts_with('#'))
        .find_map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            let fingerprint = words.iter().find(|word| word.starts_with("SHA256:"))?;
            words.contains(&kind).then(|| (*fingerprint).to_owned())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    // The texts are what OpenSSH 9.2 printed.
    #[test]
    fn ssh_tells_which_key_it_added() {
        let added = |name: &str| {
            let (name, kind) = (name.to_owned(), "ED25519".to_owned());
            Some(Told::Added { name, kind })
        };
        let of = |name: &str| {
            Told::of(&format!(
                "Warning: Permanently added '{name}' (ED25519) to the list of known hosts.\r\nPermission denied (publickey).\r\n"
            ))
        };
        assert_eq!(of("storage-one"), added("storage-one"));
        assert_eq!(of("[198.51.100.12]:2222"), added("[198.51.100.12]:2222"));
        assert_eq!(of("storage-one,198.51.100.11"), added("storage-one"));
        let failed = "Failed to add the host to the list of known hosts (/root/.ssh/known_hosts).\r\n";
        let file = "/root/.ssh/known_hosts".to_owned();
        assert_eq!(Told::of(failed), Some(Told::NotAdded { file }));
        assert_eq!(Told::of("Host key verification failed.\r\n"), None);
    }

    #[test]
    fn the_fingerprint_is_that_of_the_key_that_was_added() {
        let found = "# Host storage-one found: line 1 \nstorage-one RSA SHA256:aaaa\n\
                     # Host storage-one found: line 3 \nstorage-one ED25519 SHA256:bbbb\n\
                     # Host storage-one found: line 4 \nstorage-one ECDSA SHA256:cccc\n";
        assert_eq!(fingerprint(found, "ED25519").as_deref(), Some("SHA256:bbbb"));
        assert_eq!(fingerprint(found, "DSA"), None);
        assert_eq!(fingerprint("", "ED25519"), None);
    }

    #[test]
    fn the_first_file_is_the_one_that_ssh_adds_keys_to() {
        let files = "/home/a b/.ssh/known_hosts /home/a b/.ssh/known_hosts2";
        let exists = |path: &str| path == "/home/a b/.ssh/known_hosts";
        assert_eq!(first(files, exists), "/home/a b/.ssh/known_hosts");
        assert_eq!(first("/k1 /k2", |_| false), "/k1");
    }
}
