//! A server of a cluster that exists already, for `init`: runs `templates/existing.sh` on a host and parses what the
//! script prints.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use super::FstabLine;
use super::fstab;
use super::gluster::{self, Pool, Volumes};
use super::host::addresses;
use super::mountinfo::{self, Mounted};
use super::sections::Sections;
use crate::inventory::HostName;
use crate::remote::{Hosts, RemoteError, Script};
use crate::scripts;

/// How long a server may take: its glusterd is asked two questions, for 20 s each.
const LIMIT: Duration = Duration::from_secs(60);

/// What a server of a cluster that exists already shows.
#[derive(Debug, Clone, Default)]
pub struct ExistingServer {
    /// The server's own node name (uname -n).
    pub node_name: String,
    /// The addresses of the server's own interfaces.
    pub addresses: BTreeSet<IpAddr>,
    /// The pool as this server sees the pool.
    pub pool: Pool,
    /// The volumes, by name.
    pub volumes: Volumes,
    /// The mounted file systems, in the order in which they were mounted.
    pub mounted: Vec<Mounted>,
    /// The entries of /etc/fstab.
    pub fstab: Vec<FstabLine>,
    /// The UUIDs of the mounted file systems, by the device's number.
    pub file_systems: BTreeMap<String, String>,
    /// The address that this server knows for each name of a peer or of a brick's host.
    pub names: BTreeMap<String, IpAddr>,
}

impl ExistingServer {
    /// Asks a server.
    ///
    /// # Errors
    /// When the server cannot be reached, its answer is incomplete, or its glusterd does not answer.
    pub async fn of(hosts: &Hosts, name: &HostName) -> Result<Self, RemoteError> {
        let mark = format!("@{}", uuid::Uuid::new_v4().simple());
        let script = Script {
            text: scripts::EXISTING.with(&[("mark", &mark), ("ours", "")]),
            limit: LIMIT,
            changes: false,
        };
        let output = hosts.run(name, &script).await?;
        ExistingServer::parse(&output.stdout, &mark).map_err(|what| RemoteError {
            what,
            remedy: "make sure that glusterd runs on the host; then run the same command again".into(),
        })
    }

    /// Parses a server's answer.
    ///
    /// # Errors
    /// When the answer is incomplete, or glusterd did not answer.
    pub fn parse(output: &str, mark: &str) -> Result<Self, String> {
        let sections = Sections::split(output, mark)?;
        let said = |name: &str| {
            sections
                .get(name)
                .ok_or_else(|| "the host is no Gluster server: glusterd never ran here".to_owned())
        };
        let file_systems = sections.text("file_systems").lines();
        let file_systems = file_systems.filter_map(|line| line.split_once(' ').filter(|(_, uuid)| !uuid.is_empty()));
        let names = sections.text("addresses").lines();
        Ok(ExistingServer {
            node_name: sections.value("host", "name").unwrap_or_default().to_owned(),
            addresses: addresses(&sections),
            pool: gluster::pool(said("pool")?)?,
            volumes: gluster::volumes(said("volumes")?)?,
            mounted: mountinfo::parse(sections.text("mountinfo"), sections.text("sources")),
            fstab: fstab::parse(sections.text("fstab")),
            file_systems: file_systems
                .map(|(number, uuid)| (number.to_owned(), uuid.to_ascii_lowercase()))
                .collect(),
            names: names
                .filter_map(|line| line.split_once('='))
                .filter_map(|(address, name)| Some((name.to_owned(), address.parse().ok()?)))
                .collect(),
        })
    }

    /// The file system that a directory is on: the mount point nearest above the directory, or the directory itself.
    #[must_use]
    pub fn file_system_of(&self, dir: &str) -> Option<&Mounted> {
        let is_above = |target: &str| {
            let rest = dir.strip_prefix(target);
            target == "/" || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let above = self.mounted.iter().filter(|mounted| is_above(&mounted.target));
        // Of several file systems on one mount point, the last is seen.
        above.max_by_key(|mounted| mounted.target.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_on_the_file_system_mounted_nearest_above() {
        let mounted = |target: &str| Mounted {
            number: target.to_owned(),
            target: target.to_owned(),
            kind: "xfs".to_owned(),
            source: "/dev/vdb".to_owned(),
            read_only: false,
        };
        let server = ExistingServer {
            mounted: ["/", "/mnt", "/mnt/brick", "/mnt/brick1"].map(mounted).into(),
            ..ExistingServer::default()
        };
        let of = |dir| server.file_system_of(dir).map(|mounted| mounted.target.as_str());
        assert_eq!(of("/mnt/brick/gv0"), Some("/mnt/brick"));
        assert_eq!(of("/mnt/brick1"), Some("/mnt/brick1"));
        assert_eq!(of("/mnt/brick2/x"), Some("/mnt"));
        assert_eq!(of("/bricks/gv0"), Some("/"));
    }

    #[test]
    fn a_host_without_glusterd_is_no_server() {
        let error = ExistingServer::parse("\n@ host\nname=kube1\n\n@ end\n", "@").unwrap_err();
        assert!(error.contains("no Gluster server"), "{error}");
    }
}
