//! What a node has to serve and mount after a boot, parsed from the fstab that `apply` wrote: so `boot` needs no
//! inventory. Pure.

use crate::facts;

/// The bricks and volumes of this node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contract {
    /// The file systems of the node's bricks.
    pub bricks: Vec<BrickLine>,
    /// The volumes that the node mounts.
    pub volumes: Vec<VolumeLine>,
}

/// A line of fstab that mounts a brick's file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrickLine {
    /// The file system's UUID, or the path of the thin volume that carries the file system.
    pub identity: String,
    /// The mount point of the file system.
    pub target: String,
}

/// A line of fstab that mounts a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeLine {
    /// The hosts whose glusterds hand out the volume's volfile.
    pub servers: Vec<String>,
    /// The volume's name.
    pub volume: String,
    /// The mount point of the volume.
    pub path: String,
}

impl Contract {
    /// Reads fstab: every volume in it, and the file systems that glusterd waits for.
    #[must_use]
    pub fn parse(fstab: &str) -> Self {
        let mut contract = Contract::default();
        for line in facts::fstab(fstab) {
            let options = line.text.split_ascii_whitespace().nth(3).unwrap_or_default();
            let mut options = options.split(',');
            if line.kind == "glusterfs" {
                let Some((server, volume)) = line.source.split_once(":/") else {
                    continue;
                };
                let backup = options.find_map(|option| option.strip_prefix("backup-volfile-servers="));
                let mut servers = vec![server.to_owned()];
                servers.extend(
                    backup
                        .into_iter()
                        .flat_map(|servers| servers.split(':'))
                        .map(str::to_owned),
                );
                contract.volumes.push(VolumeLine {
                    servers,
                    volume: volume.to_owned(),
                    path: line.target,
                });
            } else if let Some(identity) = identity(&line.source)
                && options.any(|option| option == "x-systemd.before=glusterd.service")
            {
                contract.bricks.push(BrickLine {
                    identity,
                    target: line.target,
                });
            }
        }
        contract
    }
}

/// By what a line names the file system of a brick, if the line may be a brick's.
fn identity(source: &str) -> Option<String> {
    match source.strip_prefix("UUID=") {
        Some(uuid) => Some(uuid.trim_matches('"').to_ascii_lowercase()),
        None => source.starts_with("/dev/").then(|| source.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fstab_says_what_a_node_has_to_have() {
        let contract = Contract::parse(
            "UUID=9c1d / ext4 defaults 0 1\n\
             UUID=F19E /bricks/vdb xfs noatime,nofail,x-systemd.before=glusterd.service 0 0\n\
             /dev/gluster_kube_vdc/brick /bricks/vdc xfs noatime,nofail,x-systemd.before=glusterd.service 0 0\n\
             localhost:/gv0 /data glusterfs defaults,noauto,backup-volfile-servers=kube2:kube3 0 0\n\
             nas:/export /nfs nfs defaults 0 0\n",
        );
        let identities: Vec<&str> = contract.bricks.iter().map(|brick| brick.identity.as_str()).collect();
        assert_eq!(identities, ["f19e", "/dev/gluster_kube_vdc/brick"]);
        assert_eq!(contract.volumes.len(), 1);
        assert_eq!(contract.volumes[0].servers, ["localhost", "kube2", "kube3"]);
        assert_eq!(contract.volumes[0].path, "/data");
    }
}
