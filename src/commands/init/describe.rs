//! The inventory that describes a cluster that exists already: its text, from what all servers show. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::net::IpAddr;
use std::path::Path;

use super::heketi::{Node, Pool};
use crate::facts::{ExistingServer, Mounted, VolumeInfo};
use crate::inventory::{Become, BrickDir, BrickMount, BrickName, ClusterName, HostName, MountOption, Ssh, VolumeType};
use crate::plan::chosen_options;

/// A server of the pool, and where it was found.
#[derive(Debug)]
pub struct Server {
    /// The name that the inventory gives the server.
    pub name: HostName,
    /// The server's address.
    pub address: IpAddr,
    /// Where SSH found the server, if not at its address.
    pub ssh_host: Option<String>,
    /// What the server shows.
    pub shows: ExistingServer,
}

/// The inventory, and what its reader has to know.
#[derive(Debug)]
pub struct Description {
    /// The text of the inventory.
    pub text: String,
    /// What is dangerous, or could not be described, a sentence each.
    pub warnings: Vec<String>,
}

/// Describes the cluster of these servers, with the zones and devices of Heketi's pool.
#[must_use]
pub fn describe(
    from: &str,
    cluster: &ClusterName,
    ssh: &Ssh,
    servers: &[Server],
    heketis: Option<&Pool>,
) -> Description {
    let mut volumes: BTreeMap<&str, &VolumeInfo> = BTreeMap::new();
    for (name, info) in servers.iter().flat_map(|server| &server.shows.volumes) {
        volumes.entry(name).or_insert(info);
    }
    let mut described = Description {
        text: String::new(),
        warnings: Vec::new(),
    };
    let text = &mut described.text;
    *text += &format!(
        "# The cluster that `glusterctl init --from {from}` found.\n\
         # `glusterctl plan` shows what `glusterctl apply` would add to it: what each server\n\
         # needs to come back by itself after a reboot. Hosts that only mount the volumes\n\
         # are not known to Gluster: add {{name: …, address: …, role: client}}.\n\
         cluster: {cluster}\n"
    );
    *text += &ssh_section(ssh);
    *text += "hosts:\n";
    for server in servers {
        let (host, warnings) = host(server, &volumes, node_of(server, heketis));
        described.text += &host;
        described.warnings.extend(warnings);
    }
    let unknown = heketis.iter().flat_map(|pool| &pool.nodes);
    let unknown = unknown.filter(|node| !servers.iter().any(|server| node.is_one_of(&names_of(server))));
    let unknown = unknown.map(|node| format!("Heketi's node {} is no server of this pool, and left out", node.name));
    described.warnings.extend(unknown);
    if !volumes.is_empty() {
        described.text += "volumes:\n";
    }
    for info in volumes.values() {
        let (volume, warnings) = volume(info, servers);
        described.text += &volume;
        described.warnings.extend(warnings);
    }
    described
}

/// How SSH reaches all servers.
pub fn ssh_section(ssh: &Ssh) -> String {
    match ssh_keys(ssh) {
        keys if keys.is_empty() => keys,
        keys => format!("ssh: {{{keys}}}\n"),
    }
}

/// The settings of SSH that are set, as the inventory writes them between braces.
pub fn ssh_keys(ssh: &Ssh) -> String {
    let path = |key: &str, path: &Path| format!("{key}: {}", quoted(&path.display().to_string()));
    let keys = [
        ssh.host.as_ref().map(|host| format!("host: {}", quoted(host))),
        ssh.user.as_ref().map(|user| format!("user: {user}")),
        ssh.port.map(|port| format!("port: {port}")),
        ssh.identity_file.as_ref().map(|file| path("identity_file", file)),
        ssh.config_file.as_ref().map(|file| path("config_file", file)),
        (ssh.become_root == Become::Sudo).then(|| "become: sudo".to_owned()),
    ];
    let keys: Vec<String> = keys.into_iter().flatten().collect();
    keys.join(", ")
}

/// A text as a value between braces of YAML.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    match text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("{text:?}"),
    }
}

/// The keys that say how a volume keeps data, a line each.
fn shape(info: &VolumeInfo) -> Vec<String> {
    let mut keys = match info.volume_type {
        VolumeType::Distribute => vec!["type: distribute".to_owned()],
        VolumeType::Replicate { replica, arbiter: 0 } => vec![format!("replica: {replica}")],
        VolumeType::Replicate { replica, arbiter } => {
            vec![format!("replica: {replica}"), format!("arbiter: {arbiter}")]
        }
        VolumeType::Disperse { data, redundancy } => {
            vec![format!("disperse: {{data: {data}, redundancy: {redundancy}}}")]
        }
    };
    // By the UUIDs of the hosts: bricks may have several names for one host.
    let size = info.volume_type.set_size().max(1);
    let mut sets = info.brick_hosts.chunks(size);
    if sets.any(|set| set.iter().collect::<BTreeSet<_>>().len() < set.len()) {
        keys.push("allow_same_host: true".to_owned());
    }
    keys
}

/// The node of Heketi that a server is.
fn node_of<'a>(server: &Server, heketis: Option<&'a Pool>) -> Option<&'a Node> {
    let names = names_of(server);
    heketis?.nodes.iter().find(|node| node.is_one_of(&names))
}

/// The name and the addresses of a server.
fn names_of(server: &Server) -> Vec<String> {
    let addresses = server.shows.addresses.iter().chain([&server.address]);
    let addresses = addresses
        .filter(|address| !address.is_loopback())
        .map(IpAddr::to_string);
    addresses.chain([server.name.to_string()]).collect()
}

/// The bricks of one file system: by volume.
#[derive(Debug, Default)]
struct Bricks<'a> {
    uuid: Option<&'a str>,
    dirs: BTreeMap<&'a str, &'a str>,
}

/// One host, with its bricks.
fn host(server: &Server, volumes: &BTreeMap<&str, &VolumeInfo>, heketis: Option<&Node>) -> (String, Vec<String>) {
    let (name, mut warnings) = (&server.name, Vec::new());
    let mut text = format!("  - name: {name}\n    address: {}\n", server.address);
    if let Some(host) = &server.ssh_host {
        let _ = writeln!(text, "    ssh: {{host: {host}}}");
    }
    text += &heketis.map(Node::zone_line).unwrap_or_default();
    let file_systems = file_systems(server, volumes, &mut warnings);
    if let (Some(node), true) = (heketis, file_systems.is_empty()) {
        return (text + "    devices:\n" + &node.device_lines(), warnings);
    }
    if file_systems.is_empty() {
        warnings.push(format!(
            "{name} is in the trusted storage pool and has no brick that the inventory can describe"
        ));
        return (text, warnings);
    }
    text += "    devices:\n";
    let mut names = BTreeSet::new();
    for ((mount, _), bricks) in &file_systems {
        let dir = bricks.dirs.values().next().copied().unwrap_or_default();
        if bricks.uuid.is_none() {
            text += "      # WARNING: on the root file system: once the volume is full, the host has no space left either.\n";
        }
        let mut keys = match (volumes.len(), dir == *mount) {
            (1, true) => format!("brick: {dir}"),
            (1, false) => format!("brick: {dir}, mount: {mount}"),
            _ => {
                let dirs: Vec<String> = bricks
                    .dirs
                    .iter()
                    .map(|(volume, dir)| format!("{volume}: {dir}"))
                    .collect();
                format!("brick: {{{}}}, mount: {mount}", dirs.join(", "))
            }
        };
        keys += &bricks.uuid.map(|uuid| format!(", uuid: {uuid}")).unwrap_or_default();
        let default = BrickMount::parse(mount).and_then(|mount| BrickName::of_existing(&mount, &BrickDir::parse(dir)?));
        if !default.is_ok_and(|default| names.insert(default.to_string())) {
            let free = (1..)
                .map(|number| format!("brick{number}"))
                .find(|free| !names.contains(free));
            let free = free.unwrap_or_default();
            keys += &format!(", name: {free}");
            names.insert(free);
        }
        let _ = writeln!(text, "      - {{{keys}}}");
    }
    if let Some(node) = heketis {
        text += "      # Heketi's: LVM is on them. glusterctl neither formats nor erases them.\n";
        text += &node.device_lines();
    }
    (text, warnings)
}

/// The file systems of a server's bricks, by mount point; several bricks of one volume on one file system are apart.
fn file_systems<'a>(
    server: &'a Server,
    volumes: &BTreeMap<&'a str, &'a VolumeInfo>,
    warnings: &mut Vec<String>,
) -> BTreeMap<(&'a str, usize), Bricks<'a>> {
    let mut found: BTreeMap<(&str, usize), Bricks> = BTreeMap::new();
    for (volume, info) in volumes {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for brick in info.bricks_of(&server.shows.pool.own_uuid) {
            let Some(mounted) = server.shows.file_system_of(&brick.dir) else {
                continue;
            };
            let uuid = server.shows.file_systems.get(&mounted.number).map(String::as_str);
            let on_root = mounted.target == "/";
            if uuid.is_none() && !on_root {
                warnings.push(format!(
                    "the file system of the brick {} on {} has no UUID, so that the inventory cannot name it",
                    brick.dir, server.name
                ));
            }
            let count = counts.entry(&mounted.target).or_default();
            let bricks = found.entry((&mounted.target, *count)).or_default();
            *count += 1;
            bricks.uuid = uuid.filter(|_| !on_root);
            bricks.dirs.insert(volume, &brick.dir);
        }
    }
    found
}

/// One volume, with its mount.
fn volume(info: &VolumeInfo, servers: &[Server]) -> (String, Vec<String>) {
    let (name, mut warnings) = (&info.name, Vec::new());
    let shape = shape(info).join("\n    ");
    let mut text = format!("  - name: {name}\n    {shape}\n");
    let mounts: Vec<(&Server, &Mounted)> = servers
        .iter()
        .filter_map(|server| Some((server, mount_of(server, info)?)))
        .collect();
    let paths: BTreeSet<&str> = mounts.iter().map(|(_, mounted)| mounted.target.as_str()).collect();
    let Some((first, mounted)) = mounts.first() else {
        let _ = writeln!(
            text,
            "    # No server mounts the volume.\n    mount: {{path: /mnt/{name}, on: clients}}"
        );
        return (text + &options(info), warnings);
    };
    let path = &mounted.target;
    if paths.len() > 1 {
        let paths: Vec<&str> = paths.into_iter().collect();
        warnings.push(format!(
            "volume {name} is mounted at {}: an inventory has one mount point for all hosts, and apply would mount the volume at \
             {path} everywhere",
            paths.join(" and ")
        ));
    }
    let without = servers.iter().filter(|server| mount_of(server, info).is_none());
    let without: Vec<&str> = without.map(|server| server.name.as_str()).collect();
    if !without.is_empty() {
        warnings.push(format!(
            "{} does not mount volume {name}; apply would mount the volume at {path} there",
            without.join(", ")
        ));
    }
    let lines = first
        .shows
        .fstab
        .iter()
        .filter(|line| line.target == *path && line.kind == "glusterfs");
    let chosen: BTreeSet<&str> = lines.flat_map(|line| chosen_options(&line.options)).collect();
    let chosen: Vec<&str> = chosen
        .into_iter()
        .filter(|option| MountOption::parse(option).is_ok())
        .collect();
    let _ = match chosen.as_slice() {
        [] => writeln!(text, "    mount: {path}"),
        some => writeln!(text, "    mount: {{path: {path}, options: [{}]}}", some.join(", ")),
    };
    (text + &options(info), warnings)
}

/// Where a server mounts a volume.
fn mount_of<'a>(server: &'a Server, info: &VolumeInfo) -> Option<&'a Mounted> {
    let mut mounted = server.shows.mounted.iter();
    mounted.find(|mounted| mounted.kind == "fuse.glusterfs" && mounted.is_of(&info.name))
}

/// The options that are set, and the quota, as a comment.
fn options(info: &VolumeInfo) -> String {
    // A quota has keys that are no options of the inventory.
    let options = info
        .options
        .iter()
        .filter(|(key, _)| !key.starts_with("features.quota") && *key != "features.inode-quota");
    let lines: String = options
        .map(|(key, value)| format!("    #   {key}: {value}\n"))
        .collect();
    let mut text = String::new();
    if !lines.is_empty() {
        text += "    # Set, and left as they are unless the inventory has them below `options:`\n";
        text += &lines;
    }
    if info.has_quota() {
        let _ = writeln!(
            text,
            "    # The quota is on. Its limits are left as they are, unless the inventory has them below `quota:`\n    \
             #   gluster volume quota {} list",
            info.name
        );
    }
    text
}
