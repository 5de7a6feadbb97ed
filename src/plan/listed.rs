//! Whether a device holds a brick that some server lists: nobody's consent covers such a brick. Pure.

use std::fmt;

use super::leaving;
use super::snapshots;
use super::steps::Planner;
use crate::desired::{BrickSpec, Desired, DesiredHost, brick_uuid};
use crate::facts::{Content, Device, Facts, FstabLine, Glusterd, HostFacts, VolumeInfo};
use crate::inventory::{BrickName, DevicePath, HostName, Volume, VolumeName};

/// Whether a device holds a brick that a server lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listing {
    /// The device holds this brick.
    Holds(String),
    /// The device may hold this brick: the brick's file system is not mounted, and nothing says where it is.
    MayHold(String),
    /// Which bricks there are is not known until this.
    Unknown(String),
    /// The device holds no brick that a server lists.
    Unlisted(Unlisted),
}

/// The proof that the bricks of all servers were compared with a device, and that none of them is on it. Only this file
/// makes such a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlisted(());

/// A brick that a server lists.
struct ListedBrick<'f> {
    spec: &'f BrickSpec,
    /// The UUID of the brick's host; empty if Gluster did not say.
    host_uuid: &'f str,
    volume: &'f str,
}

impl fmt::Display for ListedBrick<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the brick {} of volume {}", self.spec, self.volume)
    }
}

/// Where the file system of a brick is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Here,
    Elsewhere,
    Unknown,
}

/// Compares a device of a host with all bricks that any server lists.
pub fn listing(
    desired: &Desired,
    facts: &Facts,
    host: &DesiredHost,
    observed: &HostFacts,
    path: &DevicePath,
    device: &Device,
) -> Listing {
    let looked_at = LookedAt::new(observed, path, device);
    if let Some((owner, brick)) = looked_at.uuids.iter().find_map(|uuid| desired.brick_of(uuid)) {
        return Listing::Holds(format!("the brick of {} on {owner}", brick.device.path));
    }
    let own = Names::of(facts, host, observed);
    let mut possible = None;
    for brick in bricks(facts) {
        let is_own = own.include(&brick);
        if looked_at.is_made_by_us(desired, &brick) || (is_own && looked_at.place(&brick) == Place::Here) {
            return Listing::Holds(brick.to_string());
        }
        let is_lost = is_own && possible.is_none() && looked_at.place(&brick) == Place::Unknown;
        if is_lost && !looked_at.is_found_as_ours(desired, host, &brick) {
            possible = Some(brick.to_string());
        }
    }
    if let Some(until) = unknown(desired, facts) {
        return Listing::Unknown(until);
    }
    possible.map_or(Listing::Unlisted(Unlisted(())), Listing::MayHold)
}

/// The first brick of a host that a server lists and that is at or below a mount point.
pub fn below(facts: &Facts, host: &DesiredHost, observed: &HostFacts, target: &str) -> Option<String> {
    let own = Names::of(facts, host, observed);
    let mut bricks = bricks(facts);
    let brick = bricks.find(|brick| own.include(brick) && is_below(&brick.spec.dir, target));
    brick.map(|brick| brick.to_string())
}

/// The volume's name, and a brick of the volume that the inventory does not have, if there is one; nothing while another
/// server takes the place of such a brick's server.
pub fn stranger<'d>(planner: &Planner<'d>, volume: &'d Volume) -> Option<(&'d VolumeName, BrickSpec)> {
    let known = planner.facts.cluster.volume(volume.name.as_str())?;
    let layout = planner.desired.layout(volume, &known.info.sets());
    if planner.desired.replaced.is_some() || snapshots::restored(&layout).is_some() {
        return None;
    }
    Some((&volume.name, layout.strangers.into_iter().next()?))
}

/// Every brick of every volume, as any server defines the volume.
fn bricks(facts: &Facts) -> impl Iterator<Item = ListedBrick<'_>> {
    let volumes = facts.cluster.volumes.iter().flat_map(move |(name, known)| {
        // Servers that define the volume alike say nothing new.
        let others = known.known_by.iter().filter(|_| known.disagreement.is_some());
        let others = others.filter_map(move |server| facts.of(server)?.volumes()?.get(name));
        std::iter::once(&known.info).chain(others)
    });
    volumes.flat_map(|info| of_volume(info))
}

fn of_volume(info: &VolumeInfo) -> impl Iterator<Item = ListedBrick<'_>> {
    info.bricks.iter().enumerate().map(|(at, spec)| ListedBrick {
        spec,
        host_uuid: info.brick_hosts.get(at).map_or("", String::as_str),
        volume: &info.name,
    })
}

/// Until when it is not known which bricks there are, if that is not known now.
fn unknown(desired: &Desired, facts: &Facts) -> Option<String> {
    let members = desired.servers();
    let mut members = members.filter(|server| !leaving::has_left(desired, facts, server.name()));
    members.find_map(|server| {
        let name = server.name();
        match facts.of(name).map(|observed| &observed.glusterd) {
            None => Some(format!("{name} can be reached")),
            Some(Glusterd::Silent | Glusterd::Refuses(_)) => Some(format!("glusterd answers on {name}")),
            // A glusterd without an identity never had a volume, or the others remember the volume.
            Some(Glusterd::Blank | Glusterd::Answers { .. }) => None,
        }
    })
}

/// By what Gluster may call a host.
struct Names {
    names: Vec<String>,
    uuids: Vec<String>,
}

impl Names {
    fn of(facts: &Facts, host: &DesiredHost, observed: &HostFacts) -> Self {
        let mut names = vec![host.name().to_string(), host.host.found_at()];
        names.push(observed.node_name.clone());
        let mut uuids: Vec<String> = observed.pool().map(|pool| pool.own_uuid.clone()).into_iter().collect();
        // What the other servers call the host, also if the host itself has lost its state.
        let by = facts.cluster.known_by(host.name());
        let peer = by.and_then(|(by, place)| facts.of(by)?.pool()?.peers.get(place as usize));
        if let Some(peer) = peer {
            names.extend(peer.names.iter().cloned());
            uuids.push(peer.uuid.clone());
        }
        names.retain(|name| !name.is_empty());
        uuids.retain(|uuid| !uuid.is_empty());
        Names { names, uuids }
    }

    fn include(&self, brick: &ListedBrick) -> bool {
        self.names.contains(&brick.spec.host) || self.uuids.iter().any(|uuid| uuid == brick.host_uuid)
    }
}

/// A device, with what tells whether a brick is on the device.
struct LookedAt<'a> {
    observed: &'a HostFacts,
    path: &'a DevicePath,
    device: &'a Device,
    /// The numbers of the device and of its partitions.
    numbers: Vec<&'a str>,
    /// The UUIDs of what the device and its partitions hold, in lower case.
    uuids: Vec<String>,
}

impl<'a> LookedAt<'a> {
    fn new(observed: &'a HostFacts, path: &'a DevicePath, device: &'a Device) -> Self {
        let mut numbers = vec![device.number.as_str()];
        numbers.extend(device.partitions.iter().map(|partition| partition.number.as_str()));
        let mut uuids = Vec::new();
        if let Content::Known(known) = &device.content {
            let signatures = known.signatures.iter();
            let signatures = signatures.filter_map(|signature| signature.splitn(3, ',').nth(2));
            uuids.extend(signatures.chain([known.uuid.as_str()]).map(str::to_ascii_lowercase));
        }
        let inside = observed.xfs.iter().filter(|(_, devices)| {
            let mut devices = devices.iter();
            devices.any(|device| numbers.contains(&device.number.as_str()))
        });
        uuids.extend(inside.map(|(uuid, _)| uuid.to_ascii_lowercase()));
        uuids.retain(|uuid| !uuid.is_empty());
        LookedAt {
            observed,
            path,
            device,
            numbers,
            uuids,
        }
    }

    /// Whether the device holds the file system that glusterctl makes for that brick, on whatever host.
    fn is_made_by_us(&self, desired: &Desired, brick: &ListedBrick) -> bool {
        let Some(name) = brick_name(&brick.spec.dir) else {
            return false;
        };
        let by_address = desired.inventory.hosts.iter();
        let mut by_address = by_address.filter(|host| host.address.is(&brick.spec.host));
        let host = by_address.next().map(|host| host.name.clone());
        let Some(host) = host.or_else(|| HostName::parse(&brick.spec.host).ok()) else {
            return false;
        };
        let uuid = brick_uuid(&desired.inventory.cluster, &host, &name).to_string();
        self.uuids.contains(&uuid)
    }

    /// Whether the file system that glusterctl made for this brick of this host is on another device.
    fn is_found_as_ours(&self, desired: &Desired, host: &DesiredHost, brick: &ListedBrick) -> bool {
        let uuid = brick_name(&brick.spec.dir)
            .map(|name| brick_uuid(&desired.inventory.cluster, host.name(), &name).to_string());
        uuid.is_some_and(|uuid| self.is_elsewhere(&uuid))
    }

    /// Where the file system of a brick of this host is.
    fn place(&self, brick: &ListedBrick) -> Place {
        let dir = brick.spec.dir.as_str();
        let mounts = self
            .observed
            .mounted
            .iter()
            .filter(|mounted| is_below(dir, &mounted.target));
        let mounted = mounts.max_by_key(|mounted| mounted.target.len());
        let lines = self.observed.fstab.iter().filter(|line| is_below(dir, &line.target));
        let line = lines.max_by_key(|line| line.target.len());
        let said = line.map(|line| self.place_of_line(line));
        match (mounted, said) {
            (_, Some(Place::Here)) => Place::Here,
            (Some(mounted), _) if self.numbers.contains(&mounted.number.as_str()) => Place::Here,
            _ if self.observed.brick_processes.contains(dir) => Place::Elsewhere,
            (Some(mounted), _) if line.is_none_or(|line| line.target.len() <= mounted.target.len()) => Place::Elsewhere,
            (_, Some(place)) => place,
            (_, None) => Place::Unknown,
        }
    }

    /// Where the file system is that a line of fstab mounts.
    fn place_of_line(&self, line: &FstabLine) -> Place {
        let source = line.source.replace('"', "");
        let plain = if self.is_plain() {
            Place::Elsewhere
        } else {
            Place::Unknown
        };
        if let Some(uuid) = source.strip_prefix("UUID=").map(str::to_ascii_lowercase) {
            return match self.uuids.contains(&uuid) {
                true => Place::Here,
                false if self.is_elsewhere(&uuid) => Place::Elsewhere,
                false => plain,
            };
        }
        if let Some(label) = source.strip_prefix("LABEL=") {
            let is_here = matches!(&self.device.content, Content::Known(known) if known.label == label);
            return if is_here { Place::Here } else { plain };
        }
        let mut bricks = self.observed.devices.iter();
        let another = bricks.any(|(path, device)| path.as_str() == source && device.number != self.device.number);
        let mut found = self.observed.xfs.values().flatten();
        let another = another || found.any(|xfs| xfs.path == source && !self.numbers.contains(&xfs.number.as_str()));
        let mut here = self.observed.devices.iter();
        let here = here.any(|(path, device)| path.as_str() == source && device.number == self.device.number);
        match here || source == self.path.as_str() || source == format!("/dev/{}", self.device.name) {
            true => Place::Here,
            false if another => Place::Elsewhere,
            // A link, a partition or a logical volume, which may be on this device.
            false => Place::Unknown,
        }
    }

    /// Whether an XFS file system with that UUID is on another device.
    fn is_elsewhere(&self, uuid: &str) -> bool {
        let devices = self.observed.xfs.get(uuid).into_iter().flatten();
        let mut others = devices.filter(|device| !self.numbers.contains(&device.number.as_str()));
        others.next().is_some()
    }

    /// Whether the device holds nothing but a file system, in which no other file system can be.
    fn is_plain(&self) -> bool {
        const PLAIN: [&str; 9] = ["xfs", "ext2", "ext3", "ext4", "btrfs", "f2fs", "vfat", "ntfs", "swap"];
        let Content::Known(known) = &self.device.content else {
            return false;
        };
        let kinds = known.kinds();
        self.device.partitions.is_empty() && !kinds.is_empty() && kinds.iter().all(|kind| PLAIN.contains(kind))
    }
}

/// The name of the brick in the path of a brick directory of glusterctl: `/bricks/NAME/VOLUME`.
fn brick_name(dir: &str) -> Option<BrickName> {
    let (name, _) = dir.strip_prefix("/bricks/")?.split_once('/')?;
    BrickName::parse(name).ok()
}

/// Whether a directory is at or below a mount point; everything is below the root directory, which tells nothing.
fn is_below(dir: &str, target: &str) -> bool {
    target != "/"
        && dir
            .strip_prefix(target)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
