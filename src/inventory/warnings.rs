//! Warnings: settings that an inventory may have but that the operator probably does not want. Pure.

use super::model::{Host, Inventory, Volume};
use super::names::BrickDir;
use super::sets::{Carrier, Sets, arrange};
use super::volume_type::{RECOMMENDED, VolumeType};
use super::{mount_options, options};

impl Inventory {
    /// The settings that are allowed but probably not wanted, a sentence for each.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = self.bricks_on_root();
        warnings.extend(self.unstable_devices());
        warnings.extend(self.some_zones());
        for volume in self.volumes.iter().filter(|volume| !volume.leaving) {
            let carriers = self.servers().map(|host| {
                let devices = host.devices.iter().filter(|device| !device.leaving);
                host.carrier(devices.filter(|device| volume.is_on(&host.name, device)).count())
            });
            let carriers: Vec<Carrier<'_>> = carriers.collect();
            let sets = arrange(&carriers, volume.volume_type, volume.spread).ok();
            let of_volume = [
                of_type(volume.volume_type).map(str::to_owned),
                uncommon(volume.volume_type),
                sets.as_ref()
                    .and_then(|sets| several_on_a_host(&carriers, sets, volume.volume_type)),
                self.hosts_mounting(volume).next().is_none().then(|| {
                    "no host mounts the volume, as no host is a client; write `on: all`, or add clients".to_owned()
                }),
                self.above_quota(volume),
                sets.and_then(|sets| sets.crowded).map(|zone| {
                    format!(
                        "zone {zone} has more bricks than there are sets, so bricks of one set share a zone; move devices to \
                         other zones, or make the sets smaller"
                    )
                }),
            ];
            let settings = options::doubts(&volume.options).chain(mount_options::doubts(&volume.mount.options));
            let of_volume = of_volume.into_iter().flatten().chain(settings);
            warnings.extend(of_volume.map(|warning| format!("volume {}: {warning}", volume.name)));
        }
        warnings
    }

    /// A size that Kubernetes is told, and that the quota does not let pods use.
    fn above_quota(&self, volume: &Volume) -> Option<String> {
        let settings = self.kubernetes.volumes.get(&volume.name)?;
        let shown = match settings.shown() {
            "." => String::new(),
            directory => format!("/{directory}"),
        };
        let mut limits = volume.quota.iter().filter(|(path, _)| path.holds(&shown));
        let (path, limit) = limits.find(|(_, limit)| limit.bytes() < settings.size.bytes())?;
        self.kubernetes.is_stated.then(|| {
            format!(
                "Kubernetes is told that pods have {}, and the quota limits {path} to {limit}; lower `size` below `kubernetes`, or \
                 raise the limit",
                settings.size
            )
        })
    }

    /// Devices whose path stands for another device after a reboot, or once the device is formatted.
    fn unstable_devices(&self) -> Vec<String> {
        let of_host = |host: &Host| {
            let doubt = host
                .new_devices()
                .filter_map(|device| Some((&device.path, unstable(device.path.as_str())?)));
            let warning = doubt.map(|(path, why)| format!("{}: {path} {why}", host.name));
            warning.collect::<Vec<_>>()
        };
        self.hosts.iter().flat_map(of_host).collect()
    }

    /// Replicas avoid a common zone only between hosts that have one.
    fn some_zones(&self) -> Option<String> {
        let without = self.servers().filter(|host| host.zone.is_none());
        let without: Vec<&str> = without.map(|host| host.name.as_str()).collect();
        let some = !without.is_empty() && self.servers().any(|host| host.zone.is_some());
        some.then(|| {
            format!(
                "{} {} no zone, and other servers have one: each of them counts as a zone of its own; write `zone` at every server \
                 or at none",
                without.join(", "),
                if without.len() == 1 { "has" } else { "have" }
            )
        })
    }

    fn bricks_on_root(&self) -> Vec<String> {
        let of_host = |host: &Host| {
            let bricks = host.devices.iter().filter_map(|device| device.existing.as_ref());
            let on_root = bricks.filter(|existing| existing.mount.as_str() == "/");
            let dirs = on_root.flat_map(|existing| existing.dirs.values());
            let warning = |dir: &BrickDir| {
                format!(
                    "{}: the brick {dir} is on the root file system: once the volume is full, the host has no space left \
                     either; move the brick to a disk of its own",
                    host.name
                )
            };
            dirs.map(warning).collect::<Vec<_>>()
        };
        self.hosts.iter().flat_map(of_host).collect()
    }
}

/// Why a path below /dev does not stand for one disk for ever.
fn unstable(path: &str) -> Option<&'static str> {
    const BY_CONTENT: [&str; 4] = ["by-uuid/", "by-label/", "by-partuuid/", "by-partlabel/"];
    let name = path.strip_prefix("/dev/").unwrap_or(path);
    let is_numbered = |prefix: &str| {
        name.strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    match name.strip_prefix("disk/") {
        Some(link) if BY_CONTENT.iter().any(|by| link.starts_with(by)) => Some(
            "names what is on the disk now, and a formatted disk has another content; write a path below /dev/disk/by-id",
        ),
        None if is_numbered("loop") => {
            Some("is a loop device: after a reboot, nothing sets the device up before its brick is mounted")
        }
        None if is_numbered("dm-") => {
            Some("may be another device after a reboot; write the path below /dev/mapper or /dev/disk/by-id")
        }
        _ => None,
    }
}

/// What is dangerous about every volume of that type.
fn of_type(volume_type: VolumeType) -> Option<&'static str> {
    match volume_type {
        VolumeType::Distribute => Some(
            "distribute keeps each file on one brick only, so one lost disk loses files; write `replica: 3`, or \
             `disperse: {data: 4, redundancy: 2}`, unless the files can be had again from elsewhere",
        ),
        VolumeType::Replicate { replica: 2, .. } => Some(
            "replica 2 can split-brain when the hosts lose their connection; write `replica: 3`, or `replica: 3, arbiter: 1` \
             with a small third device",
        ),
        VolumeType::Replicate { .. } | VolumeType::Disperse { .. } => None,
    }
}

/// The combinations of data and redundancy that nobody recommends.
fn uncommon(volume_type: VolumeType) -> Option<String> {
    let VolumeType::Disperse { data, redundancy } = volume_type else {
        return None;
    };
    if RECOMMENDED.contains(&(data, redundancy)) {
        return None;
    }
    let recommended = RECOMMENDED.map(|(data, redundancy)| format!("{data} + {redundancy}"));
    let slow = match data.is_power_of_two() {
        true => "",
        false => ": a stripe of this volume is no power of two, so that most writes have to read first",
    };
    Some(format!(
        "disperse {data} + {redundancy} is no recommended combination{slow}; recommended are {} (data + redundancy)",
        recommended.join(", ")
    ))
}

/// A host that holds more bricks of one set than the set can lose.
fn several_on_a_host(carriers: &[Carrier<'_>], sets: &Sets, volume_type: VolumeType) -> Option<String> {
    let tolerated = volume_type.tolerates();
    let lost_with = |set: &Vec<usize>, host: usize| set.iter().filter(|&&other| other == host).count();
    let most = |host: usize| sets.hosts.iter().map(|set| lost_with(set, host)).max().unwrap_or(0);
    // A brick on a host of its own is lost with its host, and nothing is said about that.
    let crowded = (0..carriers.len()).find(|&host| most(host) > tolerated.max(1))?;
    Some(format!(
        "a set has {} bricks on {}, and can lose only {tolerated}: while {} is down, files cannot be used; add hosts, or \
         write other sets",
        most(crowded),
        carriers[crowded].name,
        carriers[crowded].name
    ))
}
