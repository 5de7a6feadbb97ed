//! The lines of /etc/fstab: a line for each brick's file system and a line for each mounted volume. Pure.

use super::bricks::BrickFileSystem;
use crate::inventory::{ClusterName, Family, Host, HostName, Inventory, Role, Volume};
use crate::scale::BACKUP_SERVERS;

/// The mount option, ending with the cluster's name, by which a line of glusterctl's own is known; mount(8) takes options
/// that begin with `x-` for comments.
pub const FSTAB_MARK: &str = "x-glusterctl=";

/// The mount option without which a client looks for IPv4 addresses of the servers that it asks for the volume.
pub const IPV6: &str = "xlator-option=transport.address-family=inet6";

/// A line that /etc/fstab has to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FstabEntry {
    /// The line, without its newline.
    pub text: String,
    /// Where the line mounts.
    pub target: String,
    /// What the line mounts: `UUID=…` or the path of a thin volume for a brick, or `:/gv0` for a volume, without the server that the line names: any
    /// server will do.
    pub source: String,
}

impl FstabEntry {
    /// The entry for a brick's file system.
    #[must_use]
    pub fn of_brick(cluster: &ClusterName, source: &str, mount: &str) -> Self {
        FstabEntry {
            text: format!(
                "{source} {mount} xfs noatime,inode64,{} 0 0",
                brick_options(cluster).join(",")
            ),
            target: mount.to_owned(),
            source: source.to_owned(),
        }
    }

    /// The entry for a brick's file system that somebody else made: the file system's kind and the options are those of
    /// the present line, with the options added that a boot needs.
    #[must_use]
    pub fn of_existing(cluster: &ClusterName, uuid: &str, mount: &str, kind: &str, options: &str) -> Self {
        let present = options.split(',').filter(|option| !option.starts_with(FSTAB_MARK));
        let mut options: Vec<String> = present.map(str::to_owned).collect();
        for option in brick_options(cluster) {
            let key = option.split_inclusive('=').next().unwrap_or_default();
            if !options.iter().any(|present| present.starts_with(key)) {
                options.push(option);
            }
        }
        FstabEntry {
            text: format!("UUID={uuid} {mount} {kind} {} 0 0", options.join(",")),
            target: mount.to_owned(),
            source: format!("UUID={uuid}"),
        }
    }
}

pub(super) fn entries(
    inventory: &Inventory,
    host: &Host,
    bricks: &[BrickFileSystem],
    mounts: &[&Volume],
) -> Vec<FstabEntry> {
    let bricks = bricks
        .iter()
        .filter(|brick| !brick.is_existing() && !brick.is_directory())
        .map(|brick| FstabEntry::of_brick(&inventory.cluster, &brick.source(), &brick.mount));
    // A host that leaves serves nothing at the next mount.
    let servers: Vec<&HostName> = inventory
        .staying_servers()
        .filter(|server| server.name != host.name)
        .map(|server| &server.name)
        .take(BACKUP_SERVERS + 1)
        .collect();
    let volumes = mounts.iter().map(|volume| FstabEntry {
        text: volume_line(inventory, host, volume, &servers),
        target: volume.mount.path.to_string(),
        source: format!(":/{}", volume.name),
    });
    bricks.chain(volumes).collect()
}

/// The options that the line of every brick has. `nofail`: a missing disk must not keep the host from booting.
/// `x-systemd.before`: glusterd must never see the bare mount point.
fn brick_options(cluster: &ClusterName) -> [String; 4] {
    [
        "nofail".to_owned(),
        "x-systemd.before=glusterd.service".to_owned(),
        "x-systemd.device-timeout=30s".to_owned(),
        format!("{FSTAB_MARK}{cluster}"),
    ]
}

/// `noauto`: gluster-mount@.service mounts the volume, and tries until the mount succeeds.
fn volume_line(inventory: &Inventory, host: &Host, volume: &Volume, others: &[&HostName]) -> String {
    let mut options: Vec<String> = vec!["defaults".into(), "_netdev".into(), "noauto".into()];
    let (source, backups) = match (host.role, others) {
        // Not `x-systemd.requires`: a restart of glusterd, as by an upgrade of the package, would then unmount the
        // volume below its users. The unit that mounts at boot starts glusterd.
        (Role::Server, _) => {
            options.push("x-systemd.after=glusterd.service".into());
            ("localhost", others)
        }
        (Role::Client, []) => ("localhost", others),
        (Role::Client, [first, rest @ ..]) => (first.as_str(), rest),
    };
    options.push("x-systemd.mount-timeout=60s".into());
    if !backups.is_empty() {
        let names: Vec<&str> = backups.iter().take(BACKUP_SERVERS).map(|name| name.as_str()).collect();
        options.push(format!("backup-volfile-servers={}", names.join(":")));
    }
    if inventory.family() == Family::V6 {
        options.push(IPV6.to_owned());
    }
    options.push(format!("{FSTAB_MARK}{}", inventory.cluster));
    options.extend(volume.mount.options.iter().map(ToString::to_string));
    let Volume { name, mount, .. } = volume;
    format!("{source}:/{name} {} glusterfs {} 0 0", mount.path, options.join(","))
}
