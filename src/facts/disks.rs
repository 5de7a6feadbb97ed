//! Every block device of a host, for `discover`: runs `templates/discover.sh` on a host and parses what the script
//! prints.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::devices::{self, Device};
use super::host::addresses;
use super::mountinfo::{self, Mounted};
use super::sections::Sections;
use crate::inventory::HostName;
use crate::remote::{Hosts, RemoteError, Script};
use crate::scripts;

/// How long a host may take: a disk of many terabytes is read in 34 places only, but a host may have dozens of disks.
const LIMIT: Duration = Duration::from_secs(300);

/// The block devices of one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disks {
    /// Which host this is.
    pub host: Newcomer,
    /// Each disk before its partitions, and each partition before the devices that are stacked on the partition.
    pub disks: Vec<Disk>,
    /// The mounted file systems, in the order in which they were mounted.
    pub mounted: Vec<Mounted>,
}

/// What a host tells of itself that may not belong to any cluster yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Newcomer {
    /// The host's own node name (uname -n).
    pub node_name: String,
    /// The addresses of the host's own interfaces.
    pub addresses: BTreeSet<IpAddr>,
    /// The host's own address at which SSH reached the host, if the host knows it.
    pub reached: Option<IpAddr>,
    /// The volumes that the host's glusterd has on its disk.
    pub volumes: Vec<String>,
    /// Whether the host's glusterd has peers.
    pub has_peers: bool,
}

/// A block device, its paths, and the device below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// What the device is and holds.
    pub device: Device,
    /// The path that people use for the device.
    pub path: String,
    /// The device's paths below /dev/disk/by-id, which stay when the kernel's names of devices move.
    pub stable: Vec<String>,
    /// The kernel's name of the disk or partition that the device is on.
    pub below: Option<String>,
    /// How many devices lie between the device and the whole disk, the disk included.
    pub depth: usize,
}

impl Disks {
    /// Asks a host for its block devices. `ours` are the UUIDs of the host's bricks, as far as the UUIDs are known.
    ///
    /// # Errors
    /// When the host cannot be reached or its answer is incomplete.
    pub async fn of(hosts: &Hosts, name: &HostName, ours: &[String]) -> Result<Self, RemoteError> {
        let mark = format!("@{}", uuid::Uuid::new_v4().simple());
        let script = Script {
            text: scripts::DISCOVER.with(&[("mark", &mark), ("ours", &scripts::lines(ours))]),
            limit: LIMIT,
            changes: false,
        };
        let output = hosts.run(name, &script).await?;
        Disks::parse(&output.stdout, &mark).map_err(|error| RemoteError {
            what: format!("looking at its block devices failed: {error}\n{}", output.stderr.trim()),
            remedy: "look at the host; then run the same command again".into(),
        })
    }

    /// Asks several hosts at once, each with the UUIDs of its bricks.
    pub async fn of_each(
        hosts: &Arc<Hosts>,
        asked: impl IntoIterator<Item = (HostName, Vec<String>)>,
    ) -> BTreeMap<HostName, Result<Self, RemoteError>> {
        let mut looks = JoinSet::new();
        for (name, ours) in asked {
            let hosts = Arc::clone(hosts);
            looks.spawn(async move {
                let disks = Disks::of(&hosts, &name, &ours).await;
                (name, disks)
            });
        }
        looks.join_all().await.into_iter().collect()
    }

    /// Parses a host's answer.
    ///
    /// # Errors
    /// When the answer is incomplete.
    pub fn parse(output: &str, mark: &str) -> Result<Self, String> {
        let sections = Sections::split(output, mark)?;
        let names = mountinfo::nodes(sections.text("names"));
        let sections_of_devices = sections.names().filter(|name| name.starts_with("device "));
        let mut devices: Vec<Device> = sections_of_devices
            .map(|name| devices::parse(&sections, name))
            .collect();
        devices.retain(|device| !device.name.is_empty());
        devices.sort_by_key(|device| natural(&device.name));
        let mut tree = Tree {
            devices,
            names,
            disks: Vec::new(),
        };
        // A device that is on no other device begins a tree; devices that are stacked in a circle come last.
        for at in 0..tree.devices.len() {
            if !tree.is_on_another(at) {
                tree.add(at, None, 0);
            }
        }
        for at in 0..tree.devices.len() {
            tree.add(at, None, 0);
        }
        let all = |key: &str| {
            let pairs = sections.pairs("host").filter(|(found, _)| *found == key);
            pairs.map(|(_, value)| value.to_owned()).collect::<Vec<String>>()
        };
        Ok(Disks {
            host: Newcomer {
                node_name: sections.value("host", "name").unwrap_or_default().to_owned(),
                addresses: addresses(&sections),
                reached: sections
                    .value("host", "reached")
                    .and_then(|address| address.parse().ok()),
                volumes: all("volume"),
                has_peers: !all("peer").is_empty(),
            },
            disks: tree.disks,
            mounted: mountinfo::parse(sections.text("mountinfo"), sections.text("sources")),
        })
    }
}

/// The devices of a host while they are put in order.
struct Tree<'a> {
    devices: Vec<Device>,
    /// The number and the path of every device node, and of every link to a device node.
    names: Vec<(String, &'a str)>,
    disks: Vec<Disk>,
}

impl Tree<'_> {
    fn is_on_another(&self, at: usize) -> bool {
        let device = &self.devices[at];
        let carries = |other: &Device| other.holders.iter().any(|holder| holder.name == device.name);
        device.partition_of.is_some() || self.devices.iter().any(carries)
    }

    /// Adds a device, then its partitions and the devices stacked on the device; each device once.
    fn add(&mut self, at: usize, below: Option<&str>, depth: usize) {
        let device = self.devices[at].clone();
        if self.disks.iter().any(|disk| disk.device.name == device.name) {
            return;
        }
        let paths: Vec<&str> = self
            .names
            .iter()
            .filter(|(number, _)| *number == device.number)
            .map(|(_, path)| *path)
            .collect();
        self.disks.push(Disk {
            path: path(&device, &paths),
            stable: paths
                .iter()
                .filter(|path| path.starts_with("/dev/disk/by-id/"))
                .map(ToString::to_string)
                .collect(),
            below: below.map(str::to_owned),
            depth,
            device: device.clone(),
        });
        let partitions = device.partitions.iter().map(|partition| &partition.name);
        for child in partitions.chain(device.holders.iter().map(|holder| &holder.name)) {
            if let Some(at) = self.devices.iter().position(|device| device.name == *child) {
                self.add(at, Some(&device.name), depth + 1);
            }
        }
    }
}

/// The path that people use for a device: the device mapper's path, or the kernel's. A loop device with another name
/// has that name on purpose.
fn path(device: &Device, paths: &[&str]) -> String {
    let kernel = format!("/dev/{}", device.name.replace('!', "/"));
    let mapper = device.mapper_name.as_ref().map(|name| format!("/dev/mapper/{name}"));
    let given = || {
        let is_direct = |path: &str| path.strip_prefix("/dev/").is_some_and(|name| !name.contains('/'));
        let mut direct = paths.iter().filter(|path| is_direct(path) && **path != kernel);
        direct.next().map(ToString::to_string)
    };
    match mapper {
        Some(mapper) if paths.contains(&mapper.as_str()) => mapper,
        _ if device.name.starts_with("loop") => given().unwrap_or(kernel),
        _ => kernel,
    }
}

/// Sorts `vdb` before `vdaa`, and `sda2` before `sda10`.
fn natural(name: &str) -> (String, usize, String, u64) {
    let letters = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = name[letters.len()..].parse().unwrap_or(0);
    let kind: String = letters.chars().take(2).collect();
    (kind, letters.len(), letters.to_owned(), number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_and_what_is_stacked_on_them_come_below_their_disk() {
        let block = |name: &str, more: &str| {
            format!(
                "\n@ device {name}\nkind=block\nname={name}\nnumber=8:{}\n{more}",
                name.len()
            )
        };
        let output = [
            "\n@ names\n8:3 /dev/sda\nfd:0 /dev/dm-0\n".to_owned(),
            block("dm-0", "dm_name=vg-lv\n").replace("number=8:4", "number=253:0"),
            block("sda", "has_partition=sda1 8:1\nholder=dm-0 LVM-x vg-lv\n"),
            block("sda1", "partition_of=sda\nholder=dm-0 LVM-x vg-lv\n"),
            block("sdaa", ""),
            block("sdb", ""),
            "\n@ end\n".to_owned(),
        ];
        let disks = Disks::parse(&output.concat(), "@").unwrap().disks;
        let order: Vec<(&str, usize)> = disks
            .iter()
            .map(|disk| (disk.device.name.as_str(), disk.depth))
            .collect();
        assert_eq!(order, [("sda", 0), ("sda1", 1), ("dm-0", 2), ("sdb", 0), ("sdaa", 0)]);
        assert_eq!(disks[2].below.as_deref(), Some("sda1"));
        assert_eq!(disks[2].path, "/dev/dm-0");
    }

    #[test]
    fn a_loop_device_is_called_by_the_name_that_it_was_given() {
        let device = "\n@ device loop0\nkind=block\nname=loop0\nnumber=7:0\n";
        for (names, path) in [
            ("7:0 /dev/loop0\n7:0 /dev/disk/by-id/x\n7:0 /dev/vdb\n", "/dev/vdb"),
            ("7:0 /dev/loop0\n", "/dev/loop0"),
            // Whatever a host answers, it is not below /dev.
            ("7:0 vdb\n7:0 /dev\u{e9}\n", "/dev/loop0"),
        ] {
            let output = format!("\n@ names\n{names}{device}\n@ end\n");
            assert_eq!(Disks::parse(&output, "@").unwrap().disks[0].path, path);
        }
    }

    #[test]
    fn names_sort_as_people_count() {
        let mut names = ["sda10", "sdb", "sdaa", "sda2", "sda", "nvme0n1"];
        names.sort_by_key(|name| natural(name));
        assert_eq!(names, ["nvme0n1", "sda", "sda2", "sda10", "sdb", "sdaa"]);
    }
}
