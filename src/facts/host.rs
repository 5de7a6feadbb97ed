//! What was observed on one host, parsed from the sections that `templates/observe.sh` prints. Pure.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::{IpAddr, Ipv6Addr};

use super::claims::{self, Claim};
use super::firewall::{self, Firewall};
use super::gluster::{self, Peer, Pool, Removal, Snapshot, VolumeId, Volumes};
use super::glusterd::{self, Glusterd, SpeaksIpv6};
use super::installed::{self, Package, Unit};
use super::lvm::{self, Lvm};
use super::mountinfo::{self, Mounted};
use super::moving::{self, Moving, Room};
use super::notes::{self, Maintenance, RollingNote};
use super::points::{self, BarePoint, MountPoint};
use super::quotas::{self, QuotaLimits};
use super::sections::Sections;
use super::supervised::{self, Supervised};
use super::tls::{self, Tls};
use super::xfs::{self, XfsDevice};
use super::{Device, FstabLine, devices, fstab};
use crate::desired::{DesiredHost, units};
use crate::distro::{Distro, PIN};
use crate::inventory::{DevicePath, MountPath};

/// What was observed on one host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostFacts {
    /// For a host that provisions itself: only its glusterd was asked, over the network.
    pub self_managed: Option<SelfManaged>,
    /// The host's own node name (uname -n).
    pub node_name: String,
    /// The addresses of the host's own interfaces.
    pub addresses: BTreeSet<IpAddr>,
    /// /etc/machine-id, which a cloned machine shares with the machine that it was cloned from.
    pub machine_id: String,
    /// The kernel's number of the current boot, which no two running machines share.
    pub boot_id: String,
    /// `ID` of os-release, for example `debian`.
    pub os: String,
    /// The words of `ID_LIKE` of os-release.
    pub os_like: Vec<String>,
    /// `VERSION_ID` of os-release, for example `12` or `9.4`; empty if the distribution has no releases.
    pub os_release: String,
    /// `PRETTY_NAME` of os-release.
    pub os_name: String,
    /// Whether systemd is process 1.
    pub systemd: bool,
    /// What is known of a supervised host: `glusterctl node` looks after it, instead of systemd and the package manager.
    pub supervised: Option<Supervised>,
    /// The text of /etc/hosts; bytes that are not UTF-8 are replaced.
    pub hosts_file: String,
    /// The text of the template of /etc/hosts of the host's distribution, if the host has that file.
    pub hosts_template: Option<String>,
    /// The entries of /etc/fstab.
    pub fstab: Vec<FstabLine>,
    /// The numbers of the devices that lines of /etc/fstab name for the mount points of bricks, by the lines' sources.
    pub fstab_devices: BTreeMap<String, String>,
    /// The mounted file systems, in the order in which they were mounted.
    pub mounted: Vec<Mounted>,
    /// The texts of the unit files that glusterctl writes, by path; empty for a file that does not exist.
    pub unit_files: BTreeMap<String, String>,
    /// What glusterctl noted that it made or changed on the host: a kind and a name, for example `directory /data`.
    pub made: BTreeSet<String>,
    /// The lines of `authorized_keys` that are glusterctl's for Heketi or have Heketi's key, by login; only logins that exist.
    pub heketi_logins: BTreeMap<String, Vec<String>>,
    /// The units that the script asked about, by name.
    pub units: BTreeMap<String, Unit>,
    /// The packages that the script asked about and that the package manager knows, and all packages that the package
    /// manager left half installed, by name.
    pub packages: BTreeMap<String, Package>,
    /// The lines of the package manager's lists of repositories that may name a repository of GlusterFS; only if the script
    /// asked.
    pub repositories: String,
    /// The types that SELinux's labels give to the directories of bricks, by path; none unless SELinux is enforcing.
    pub selinux: Option<BTreeMap<String, String>>,
    /// The host's firewall; none if the script did not ask.
    pub firewall: Option<Firewall>,
    /// The text of the file that keeps GlusterFS at a version; empty if there is no such file.
    pub pin: String,
    /// The inventory's devices for this host, and the thin volumes that carry bricks.
    pub devices: BTreeMap<DevicePath, Device>,
    /// The devices with an XFS file system, and with the file systems of bricks that somebody else made, by the file
    /// system's UUID; and the file systems that somebody else mounts, by their marks.
    pub xfs: BTreeMap<String, Vec<XfsDevice>>,
    /// Whether the kernel knows thin pools; none if the script did not ask.
    pub thin_pools: Option<bool>,
    /// What LVM says; none if the script did not ask or LVM did not answer.
    pub lvm: Option<Lvm>,
    /// What is on the file systems that somebody else mounts for bricks, by mount point.
    pub claims: BTreeMap<String, Claim>,
    /// The brick directories, by path.
    pub bricks: BTreeMap<String, BrickDirectory>,
    /// The mount points of volumes, by path.
    pub mount_points: BTreeMap<MountPath, MountPoint>,
    /// The bare directories below the mounts of bricks and volumes, by path.
    pub bare_points: BTreeMap<String, BarePoint>,
    /// The paths of the directories inside volumes that the script asked about and found.
    pub directories: BTreeSet<String>,
    /// The directories of the bricks that have a process, as glusterd notes the processes on disk: whether glusterd runs
    /// or not.
    pub brick_processes: HashSet<String>,
    /// For how many seconds at least the oldest entry has been waiting that a brick has to heal, by the brick's directory;
    /// only bricks with such entries, and only if the script asked.
    pub heal_ages: BTreeMap<String, u64>,
    /// The incomplete volumes: their definitions on this host's disk are not complete.
    pub incomplete_volumes: BTreeSet<String>,
    /// What glusterd notes on disk about moving the files of volumes, by the volume's name.
    pub moving: BTreeMap<String, Moving>,
    /// The limits that running bricks carry of volumes whose quota is on: by the volume's name, for each brick.
    pub quota_limits: BTreeMap<String, Vec<QuotaLimits>>,
    /// The room on the file systems of bricks, by mount point; only if the script asked.
    pub rooms: BTreeMap<String, Room>,
    /// How far Gluster has come with emptying bricks that are to be removed, on all servers together, by the volume's name; only
    /// if the script asked.
    pub removals: BTreeMap<String, Removal>,
    /// The mark of maintenance, if the host is in maintenance.
    pub maintenance: Option<Maintenance>,
    /// How far an operation that goes through the hosts one by one has come here, if one was begun.
    pub rolling: Option<RollingNote>,
    /// What is known of keys, certificates and encryption; none if the script did not ask.
    pub tls: Option<Tls>,
    /// Whether glusterd speaks IPv6; none if nobody asked, as the cluster speaks IPv4.
    pub speaks_ipv6: Option<SpeaksIpv6>,
    /// glusterd's own state.
    pub glusterd: Glusterd,
    /// The UUID that glusterd has on disk, whether it runs or not.
    pub uuid_on_disk: Option<String>,
    /// The operating version that glusterd has on disk: a number such as `100000`.
    pub operating_version: Option<String>,
    /// The peers that glusterd has on disk, whether it runs or not; on disk, no peer is connected.
    pub peers_on_disk: Vec<Peer>,
    /// The snapshots that this host's glusterd knows; none if the script did not ask or glusterd did not answer.
    pub snapshots: Option<Vec<Snapshot>>,
    /// The ids of the volumes that glusterd has on disk, whether it runs or not, by name.
    pub volume_ids: BTreeMap<String, VolumeId>,
}

/// What is known of a self-managed host, besides its glusterd's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SelfManaged {
    /// Whether something listens on glusterd's port.
    pub listens: bool,
}

/// The directory of a brick, as observed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BrickDirectory {
    /// Whether the directory exists.
    pub exists: bool,
    /// The id of the volume that the brick belongs to, if the directory carries an id.
    pub volume_id: Option<VolumeId>,
    /// Whether the directory holds no file: nothing but empty directories of Gluster's own.
    pub bare: bool,
    /// Whether a replacement of the brick was interrupted: Gluster may not have taken the new brick.
    pub new: bool,
    /// Where files are kept that came onto the brick when it was emptied and about to be taken out: the volume does not have
    /// them.
    pub late: Option<String>,
}

impl HostFacts {
    /// Parses a host's answer.
    ///
    /// # Errors
    /// When the answer is incomplete.
    pub fn parse(output: &str, mark: &str, desired: &DesiredHost) -> Result<Self, String> {
        let sections = Sections::split(output, mark)?;
        let os = |key: &str| os_value(&sections, key);
        let (mounted, devices, claims, xfs) = file_systems(&sections, desired);
        Ok(HostFacts {
            self_managed: None,
            node_name: sections.value("host", "name").unwrap_or_default().to_owned(),
            os: os("ID"),
            os_like: os("ID_LIKE").split_whitespace().map(str::to_owned).collect(),
            os_release: os("VERSION_ID"),
            os_name: os("PRETTY_NAME"),
            addresses: addresses(&sections),
            machine_id: sections.value("host", "machine_id").unwrap_or_default().to_owned(),
            boot_id: sections.value("host", "boot_id").unwrap_or_default().to_owned(),
            systemd: sections.value("host", "init") == Some("systemd"),
            supervised: supervised::parse(&sections),
            hosts_file: sections.file("/etc/hosts").unwrap_or_default().to_owned(),
            hosts_template: hosts_template(&sections),
            fstab: fstab::parse(table(&sections)),
            fstab_devices: fstab::devices(sections.text("fstab_devices")),
            mounted,
            unit_files: units::PATHS
                .map(|path| (path.to_owned(), sections.file(path).unwrap_or_default().to_owned()))
                .into(),
            made: sections.text("made").lines().map(str::to_owned).collect(),
            heketi_logins: heketi_logins(&sections),
            units: installed::units(sections.text("units")),
            packages: installed::packages(sections.text("packages")),
            repositories: sections.text("repositories").to_owned(),
            selinux: selinux(&sections),
            firewall: firewall::parse(&sections),
            pin: sections.file(PIN).unwrap_or_default().to_owned(),
            xfs,
            devices,
            claims,
            thin_pools: sections.value("kernel", "thin_pool").map(|answer| answer == "yes"),
            lvm: lvm::parse(&sections),
            bricks: bricks(&sections, desired),
            mount_points: mount_points(&sections, desired),
            bare_points: bare_points(&sections, desired),
            directories: sections.text("directories").lines().map(str::to_owned).collect(),
            brick_processes: sections.text("brick_processes").lines().map(str::to_owned).collect(),
            heal_ages: heal_ages(&sections),
            incomplete_volumes: all(&sections, "glusterd_state", "incomplete"),
            moving: moving::parse(&sections),
            quota_limits: quotas::parse(&sections),
            rooms: moving::rooms(&sections),
            removals: moving::removals(&sections),
            maintenance: notes::maintenance(&sections),
            rolling: notes::rolling(&sections),
            tls: tls::parse(&sections),
            speaks_ipv6: glusterd::speaks_ipv6(&sections),
            glusterd: glusterd::state(&sections),
            uuid_on_disk: sections.value("glusterd_state", "uuid").map(str::to_owned),
            operating_version: sections.value("glusterd_state", "version").map(str::to_owned),
            peers_on_disk: glusterd::peers_on_disk(&sections),
            snapshots: sections
                .get("gluster_snapshots")
                .and_then(|text| gluster::snapshots(text).ok()),
            volume_ids: glusterd::volume_ids(&sections),
        })
    }

    /// Parses the answers of another, self-managed host's glusterd from the output of the host that asked.
    ///
    /// # Errors
    /// When the answer is incomplete.
    pub fn parse_self_managed(output: &str, mark: &str, other: &DesiredHost) -> Result<Self, String> {
        let sections = Sections::split(output, mark)?;
        let name = format!("self_managed {}", other.name());
        let (pool, volumes) = (format!("{name} pool"), format!("{name} volumes"));
        Ok(HostFacts {
            self_managed: Some(SelfManaged {
                listens: sections.value(&name, "listens").is_some(),
            }),
            glusterd: match (sections.get(&pool), sections.get(&volumes)) {
                (Some(pool), Some(volumes)) => match glusterd::answers(pool, volumes) {
                    // A glusterd that is starting listens and refuses without a word (opRet -22): waiting is all that
                    // helps.
                    Glusterd::Refuses(_) => Glusterd::Silent,
                    answer => answer,
                },
                _ => Glusterd::Silent,
            },
            rooms: moving::rooms_of(&sections, other),
            ..HostFacts::default()
        })
    }

    /// The file system that is seen at a mount point: the last one mounted at that path.
    #[must_use]
    pub fn mounted_at(&self, path: &str) -> Option<&Mounted> {
        self.mounted.iter().rev().find(|mounted| mounted.target == path)
    }

    /// The unit's state; an unknown unit is neither loaded nor active nor enabled.
    #[must_use]
    pub fn unit(&self, name: &str) -> Unit {
        self.units.get(name).cloned().unwrap_or_default()
    }

    /// Whether the package is installed and configured.
    #[must_use]
    pub fn has_package(&self, name: &str) -> bool {
        self.packages
            .get(name)
            .is_some_and(|package| package.status == "installed")
    }

    /// The distribution that the host runs; none if it is not supported.
    #[must_use]
    pub fn distro(&self) -> Option<&'static Distro> {
        Distro::of(&self.os, &self.os_like, &self.os_release)
    }

    /// What the host runs, for messages.
    #[must_use]
    pub fn os_told(&self) -> &str {
        if self.os_name.is_empty() {
            &self.os
        } else {
            &self.os_name
        }
    }

    /// The volumes that this host's glusterd knows, if it answers.
    #[must_use]
    pub fn volumes(&self) -> Option<&Volumes> {
        match &self.glusterd {
            Glusterd::Answers { volumes, .. } => Some(volumes),
            Glusterd::Blank | Glusterd::Silent | Glusterd::Refuses(_) => None,
        }
    }

    /// The UUID of this host's glusterd, if glusterd has an identity.
    #[must_use]
    pub fn glusterd_uuid(&self) -> Option<&str> {
        let answered = self.pool().map(|pool| &pool.own_uuid).filter(|uuid| !uuid.is_empty());
        answered.or(self.uuid_on_disk.as_ref()).map(String::as_str)
    }

    /// The pool as this host's glusterd sees it, if it answers.
    #[must_use]
    pub fn pool(&self) -> Option<&Pool> {
        match &self.glusterd {
            Glusterd::Answers { pool, .. } => Some(pool),
            Glusterd::Blank | Glusterd::Silent | Glusterd::Refuses(_) => None,
        }
    }
}

/// The logins that Heketi has or is to have, with their lines of `authorized_keys`.
fn heketi_logins(sections: &Sections) -> BTreeMap<String, Vec<String>> {
    let mut logins: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in sections.text("heketi_logins").lines() {
        if let Some(user) = line.strip_prefix("user ") {
            logins.entry(user.to_owned()).or_default();
        } else if let Some((user, text)) = line.strip_prefix("line ").and_then(|rest| rest.split_once(' ')) {
            logins.entry(user.to_owned()).or_default().push(text.to_owned());
        }
    }
    logins
}

type FileSystems = (
    Vec<Mounted>,
    BTreeMap<DevicePath, Device>,
    BTreeMap<String, Claim>,
    BTreeMap<String, Vec<XfsDevice>>,
);

/// What is mounted, the devices, what somebody else mounts for bricks, and the file systems by UUID or mark.
fn file_systems(sections: &Sections, desired: &DesiredHost) -> FileSystems {
    let devices = devices(sections, desired);
    let mounted = mountinfo::parse(sections.text("mountinfo"), sections.text("sources"));
    let claims = claims::parse(sections, desired);
    let mut xfs = xfs::of_host(sections, desired, &devices);
    claims::add(&claims, &mounted, &mut xfs);
    (mounted, devices, claims, xfs)
}

/// The inventory's devices and the thin volumes of its bricks.
fn devices(sections: &Sections, desired: &DesiredHost) -> BTreeMap<DevicePath, Device> {
    let devices = desired.host.new_devices();
    let devices = devices.map(|device| &device.path);
    let devices = devices.chain(desired.thin_volumes().map(|thin| &thin.path));
    devices
        .map(|path| (path.clone(), devices::parse(sections, &format!("device {path}"))))
        .collect()
}

/// The text of the table of mounts: the script shows one, which a host that is looked after keeps elsewhere.
fn table<'a>(sections: &'a Sections) -> &'a str {
    let own = sections.file("/etc/fstab");
    own.or_else(|| sections.file(fstab::OF_NODE)).unwrap_or_default()
}

/// A value of os-release, without its quotes.
fn os_value(sections: &Sections, key: &str) -> String {
    let mut lines = sections.file("/etc/os-release").unwrap_or_default().lines();
    let value = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    value.unwrap_or_default().trim_matches('"').to_owned()
}

/// The text of the template of /etc/hosts that the host's distribution has.
fn hosts_template(sections: &Sections) -> Option<String> {
    let os = |key: &str| os_value(sections, key);
    let like: Vec<String> = os("ID_LIKE").split_whitespace().map(str::to_owned).collect();
    let distro = Distro::of(&os("ID"), &like, &os("VERSION_ID"))?;
    Some(sections.file(distro.hosts_template)?.to_owned())
}

/// The addresses of the host's own interfaces; without IPv6 addresses that are valid on one link only.
pub(super) fn addresses(sections: &Sections) -> BTreeSet<IpAddr> {
    let all = |wanted: &'static str| sections.pairs("host").filter(move |(key, _)| *key == wanted);
    let v4 = all("address").filter_map(|(_, address)| address.parse().ok());
    let v6 = all("address6").filter_map(|(_, number)| u128::from_str_radix(number, 16).ok());
    let v6 = v6.map(Ipv6Addr::from_bits).filter(|v6| !v6.is_unicast_link_local());
    v4.chain(v6.map(IpAddr::from)).collect()
}

fn bricks(sections: &Sections, desired: &DesiredHost) -> BTreeMap<String, BrickDirectory> {
    let dirs = desired.brick_dirs();
    dirs.map(|dir| (dir.to_owned(), brick(sections, dir))).collect()
}

fn brick(sections: &Sections, dir: &str) -> BrickDirectory {
    let name = format!("brick {dir}");
    BrickDirectory {
        exists: sections.value(&name, "exists").is_some(),
        volume_id: sections.value(&name, "volume_id").map(VolumeId::new),
        bare: sections.value(&name, "bare").is_some(),
        new: sections.value(&name, "new").is_some(),
        late: sections.value(&name, "late").map(str::to_owned),
    }
}

/// The types of the directories of bricks, if SELinux is enforcing.
fn selinux(sections: &Sections) -> Option<BTreeMap<String, String>> {
    sections.value("selinux", "enforcing")?;
    let labels = sections.pairs("selinux").filter(|(key, _)| *key == "label");
    let labels = labels.filter_map(|(_, label)| label.split_once(' '));
    Some(labels.map(|(label, dir)| (dir.to_owned(), label.to_owned())).collect())
}

fn mount_points(sections: &Sections, desired: &DesiredHost) -> BTreeMap<MountPath, MountPoint> {
    let paths = desired.mounts.iter().map(|volume| &volume.mount.path);
    paths
        .map(|path| (path.clone(), points::mount_point(sections, path.as_str())))
        .collect()
}

fn bare_points(sections: &Sections, desired: &DesiredHost) -> BTreeMap<String, BarePoint> {
    let points = desired.mount_points();
    points
        .map(|point| (point.to_owned(), points::bare_point(sections, point)))
        .collect()
}

fn heal_ages(sections: &Sections) -> BTreeMap<String, u64> {
    let ages = sections.pairs("heal_ages");
    ages.filter_map(|(brick, age)| Some((brick.to_owned(), age.parse().ok()?)))
        .collect()
}

/// The values of a key that a section may have several times.
pub(super) fn all(sections: &Sections, section: &str, key: &str) -> BTreeSet<String> {
    let pairs = sections.pairs(section).filter(|(found, _)| *found == key);
    pairs.map(|(_, value)| value.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_self_managed_glusterd_that_is_starting_is_waited_for() {
        let text = "cluster: a\nhosts: [{name: b, address: 198.51.100.1, devices: [/dev/b]}]\n";
        let inventory = crate::inventory::read(text, "test").unwrap();
        let refusal = "<?xml version=\"1.0\"?><cliOutput><opRet>-22</opRet><opErrno>0</opErrno><opErrstr/></cliOutput>";
        let output = format!(
            "\n@ self_managed b\nlistens=yes\n\n@ self_managed b pool\n{refusal}\n\n@ self_managed b volumes\n{refusal}\n\n@ end\n"
        );
        let desired = crate::desired::Desired::of(&inventory);
        let seen = HostFacts::parse_self_managed(&output, "@", &desired.hosts[0]).unwrap();
        assert_eq!(seen.glusterd, Glusterd::Silent);
        assert!(matches!(glusterd::answers(refusal, refusal), Glusterd::Refuses(_)));
    }
}
