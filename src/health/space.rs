//! The space of file systems and of volumes, and when a file system will be full. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

use super::BrickHealth;
use crate::desired::Desired;
use crate::facts::{LOGS, STATE, Space, VitalsOfAll, VolumeInfo};
use crate::inventory::{HostName, Role, VolumeType};
use crate::text::span;

/// A file system with less than this share of its bytes or inodes available is nearly full, in percent.
pub const NEARLY_FULL: u64 = 10;

/// A brick with no more than this share of its bytes available takes no writes, in percent: GlusterFS's default of
/// `storage.reserve`.
pub const RESERVE: u64 = 1;

/// A forecast from the time since a file system was made needs a file system of this age, in seconds: seven days.
const OLD_ENOUGH: u64 = 7 * 86_400;

/// A forecast needs this share of the file system in use, in percent: of an empty file system, the growth is what XFS
/// itself takes.
const USED_ENOUGH: u64 = 20;

/// What a file system is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Bricks.
    Brick,
    /// Logs: /var/log.
    Log,
    /// The state of glusterd: /var/lib/glusterd.
    Glusterd,
}

/// The space of a file system.
#[derive(Debug, Clone, Serialize)]
pub struct FileSystemHealth {
    /// The host.
    pub host: HostName,
    /// The mount point of a brick's file system, or the directory that was asked about.
    pub path: String,
    /// What the file system is for.
    pub purpose: Purpose,
    /// The size in bytes; none if not known.
    pub bytes: Option<u64>,
    /// The bytes that programs can still write; none if not known.
    pub available: Option<u64>,
    /// How many inodes the file system can have; none if not known.
    pub inodes: Option<u64>,
    /// How many more inodes the file system can have; none if not known.
    pub inodes_free: Option<u64>,
    /// When the file system will be full; none if no rate of growth is known.
    pub forecast: Option<Forecast>,
}

/// When a file system will be full, if it goes on to fill as it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// In how many seconds.
    pub full_in_seconds: u64,
    /// Where the rate of growth is from.
    pub basis: Basis,
    /// The time over which the rate is the mean, in seconds.
    pub over_seconds: u64,
}

/// Where a rate of growth is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The mean since the file system was made: all that it holds, divided by its age.
    SinceMade,
    /// The growth between the first and the last look of `status --watch`.
    Watched,
}

/// The space of a volume, as far as its bricks' file systems allow: volumes on the same file systems share the space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct VolumeSpace {
    /// The size in bytes.
    pub bytes: u64,
    /// The bytes that can still be written.
    pub available: u64,
    /// How many more inodes can be made.
    pub inodes_free: u64,
}

impl FileSystemHealth {
    /// Whether a share of what the file system has is available that is lower than the limit, in percent; false if that
    /// is not known.
    fn is_below(total: Option<u64>, left: Option<u64>, percent: u64) -> bool {
        let known = total.zip(left).filter(|(total, _)| *total > 0);
        known.is_some_and(|(total, left)| u128::from(left) * 100 < u128::from(total) * u128::from(percent))
    }

    /// Whether less than a tenth of the bytes is available.
    #[must_use]
    pub fn is_nearly_full(&self) -> bool {
        Self::is_below(self.bytes, self.available, NEARLY_FULL)
    }

    /// Whether less than a tenth of the inodes is left.
    #[must_use]
    pub fn is_short_of_inodes(&self) -> bool {
        Self::is_below(self.inodes, self.inodes_free, NEARLY_FULL)
    }

    /// Whether the file system takes no more data.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let reserve = if self.purpose == Purpose::Brick { RESERVE } else { 0 };
        Self::is_below(self.bytes, self.available, reserve)
            || self.available == Some(0) && self.bytes.is_some_and(|bytes| bytes > 0)
            || self.inodes_free == Some(0) && self.inodes.is_some_and(|inodes| inodes > 0)
    }
}

/// The file systems of all hosts: of bricks that are mounted, of logs, and of the state of glusterd. `earlier` is what an
/// earlier look of `status --watch` saw, and how many seconds ago.
pub(super) fn file_systems(
    desired: &Desired,
    vitals: &VitalsOfAll,
    is_mounted: impl Fn(&HostName, &str) -> bool,
    earlier: Option<(&VitalsOfAll, u64)>,
) -> Vec<FileSystemHealth> {
    let mut all = Vec::new();
    for host in &desired.hosts {
        let name = host.name();
        let spaces = vitals.get(name).map(|vitals| &vitals.spaces);
        let bricks = host.brick_mounts().map(|mount| (mount, Purpose::Brick));
        let server = (host.host.role == Role::Server).then_some((STATE, Purpose::Glusterd));
        for (path, purpose) in bricks.chain([(LOGS, Purpose::Log)]).chain(server) {
            // Without its file system, the directory is on the root file system.
            let is_there = purpose != Purpose::Brick || is_mounted(name, path);
            let space = spaces.and_then(|spaces| spaces.get(path)).filter(|_| is_there);
            let before = earlier.and_then(|(earlier, ago)| Some((earlier.get(name)?.spaces.get(path)?, ago)));
            all.push(FileSystemHealth {
                host: name.clone(),
                path: path.to_owned(),
                purpose,
                bytes: space.map(|space| space.bytes),
                available: space.map(|space| space.available),
                inodes: space.map(|space| space.inodes),
                inodes_free: space.map(|space| space.inodes_free),
                forecast: space.and_then(|space| forecast(space, purpose, before)),
            });
        }
    }
    all
}

/// When a file system will be full.
fn forecast(space: &Space, purpose: Purpose, before: Option<(&Space, u64)>) -> Option<Forecast> {
    /// Between two looks, less time says nothing.
    const LONG_ENOUGH: u64 = 60;
    let full = |grown: u64, over: u64, basis| {
        let seconds = u128::from(space.available) * u128::from(over) / u128::from(grown);
        Some(Forecast {
            full_in_seconds: u64::try_from(seconds).unwrap_or(u64::MAX),
            basis,
            over_seconds: over,
        })
    };
    if let Some((before, ago)) = before.filter(|(_, ago)| *ago >= LONG_ENOUGH) {
        return match space.used.saturating_sub(before.used) {
            0 => None,
            grown => full(grown, ago, Basis::Watched),
        };
    }
    // The directories of logs and state tell nothing of the age of their file system.
    let age = space
        .age
        .filter(|age| *age >= OLD_ENOUGH && purpose == Purpose::Brick)?;
    let is_used = u128::from(space.used) * 100 >= u128::from(space.bytes) * u128::from(USED_ENOUGH);
    (is_used && space.used > 0).then(|| full(space.used, age, Basis::SinceMade))?
}

/// The space of a volume: of each set, the brick with the least space decides. None unless every brick that holds data is
/// known.
pub(super) fn of_volume(
    desired: &Desired,
    info: &VolumeInfo,
    bricks: &[BrickHealth],
    file_systems: &[FileSystemHealth],
) -> Option<VolumeSpace> {
    let by_brick: BTreeMap<(&str, &str), &BrickHealth> = bricks
        .iter()
        .map(|brick| ((brick.host.as_str(), brick.dir.as_str()), brick))
        .collect();
    let mut whole = VolumeSpace {
        bytes: 0,
        available: 0,
        inodes_free: 0,
    };
    for set in info.sets() {
        let data = set.len().saturating_sub(info.volume_type.arbiters());
        let mut least: Option<VolumeSpace> = None;
        for spec in &set[..data] {
            let host = desired.host_known_as(&spec.host)?.name();
            let brick = by_brick.get(&(host.as_str(), spec.dir.as_str()))?;
            let of = space_of(desired, brick, file_systems)?;
            least = Some(least.map_or(of, |least| VolumeSpace {
                bytes: least.bytes.min(of.bytes),
                available: least.available.min(of.available),
                inodes_free: least.inodes_free.min(of.inodes_free),
            }));
        }
        let set = least?;
        let times = match info.volume_type {
            VolumeType::Disperse { data, .. } => data as u64,
            VolumeType::Distribute | VolumeType::Replicate { .. } => 1,
        };
        whole.bytes += set.bytes.saturating_mul(times);
        whole.available += set.available.saturating_mul(times);
        whole.inodes_free += set.inodes_free;
    }
    Some(whole)
}

/// The space of the file system that a brick is on.
fn space_of(desired: &Desired, brick: &BrickHealth, file_systems: &[FileSystemHealth]) -> Option<VolumeSpace> {
    let of_host = desired.host(&brick.host)?;
    let file_system = of_host
        .bricks
        .iter()
        .find(|file_system| file_system.dirs().any(|dir| dir == brick.dir))?;
    let mut found = file_systems.iter();
    let found = found.find(|found| found.host == brick.host && found.path == file_system.mount)?;
    Some(VolumeSpace {
        bytes: found.bytes?,
        available: found.available?,
        inodes_free: found.inodes_free?,
    })
}

/// A number of bytes as people read it.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let (mut value, mut unit) = (bytes as f64 / 1024.0, 0);
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

impl Basis {
    /// What the forecast assumes.
    pub(super) fn words(self) -> &'static str {
        match self {
            Basis::SinceMade => "the file system fills at the mean rate since it was made",
            Basis::Watched => "the file system fills at the rate since the first look",
        }
    }
}

impl Forecast {
    /// The forecast as a sentence, with what it is based on.
    #[must_use]
    pub fn sentence(&self) -> String {
        let (full, over) = (span(self.full_in_seconds), span(self.over_seconds));
        match self.basis {
            Basis::SinceMade => format!("full in {full}, at the mean rate of the {over} since it was made"),
            Basis::Watched => format!("full in {full}, at the rate of the last {over}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn used(used: u64, age: Option<u64>) -> Space {
        Space {
            bytes: 100 * GIB,
            used: used * GIB,
            available: (100 - used) * GIB,
            inodes: 100,
            inodes_free: 50,
            age,
        }
    }

    #[test]
    fn a_forecast_says_what_it_is_based_on_and_is_silent_without_a_rate() {
        let days = |days: u64| Some(days * 86_400);
        let since_made = forecast(&used(50, days(50)), Purpose::Brick, None).unwrap();
        assert_eq!(
            since_made.sentence(),
            "full in 50 days, at the mean rate of the 50 days since it was made"
        );
        // Too young, too empty, of unknown age, or not a file system of its own.
        for (space, purpose) in [
            (used(50, days(6)), Purpose::Brick),
            (used(5, days(50)), Purpose::Brick),
            (used(50, None), Purpose::Brick),
            (used(50, days(50)), Purpose::Log),
        ] {
            assert_eq!(forecast(&space, purpose, None), None);
        }
        let before = used(40, None);
        let watched = forecast(&used(50, days(50)), Purpose::Brick, Some((&before, 600))).unwrap();
        assert_eq!(watched.sentence(), "full in 50 min, at the rate of the last 10 min");
        assert_eq!(
            forecast(&used(40, days(50)), Purpose::Brick, Some((&before, 600))),
            None
        );
        let short = forecast(&used(50, days(50)), Purpose::Brick, Some((&before, 5))).unwrap();
        assert_eq!(short.basis, Basis::SinceMade);
    }

    #[test]
    fn full_and_nearly_full_are_limits() {
        let of = |bytes: u64, available: u64, inodes_free: u64, purpose| FileSystemHealth {
            host: HostName::parse("kube1").unwrap(),
            path: "/x".into(),
            purpose,
            bytes: Some(bytes),
            available: Some(available),
            inodes: Some(1_000),
            inodes_free: Some(inodes_free),
            forecast: None,
        };
        let words = |health: FileSystemHealth| (health.is_nearly_full(), health.is_short_of_inodes(), health.is_full());
        assert_eq!(words(of(1_000, 100, 100, Purpose::Brick)), (false, false, false));
        assert_eq!(words(of(1_000, 99, 99, Purpose::Brick)), (true, true, false));
        assert_eq!(words(of(1_000, 9, 500, Purpose::Brick)), (true, false, true));
        assert_eq!(words(of(1_000, 9, 500, Purpose::Log)), (true, false, false));
        assert_eq!(words(of(1_000, 0, 500, Purpose::Log)), (true, false, true));
        assert_eq!(words(of(1_000, 500, 0, Purpose::Brick)), (false, true, true));
        let mut unknown = of(1_000, 0, 0, Purpose::Brick);
        (unknown.bytes, unknown.available, unknown.inodes, unknown.inodes_free) = (None, None, None, None);
        assert_eq!(words(unknown), (false, false, false));
    }

    #[test]
    fn sizes_are_as_people_read_them() {
        assert_eq!(size(512 * 1024 * 1024), "512.0 MiB");
        assert_eq!(size(1023 * 1024 * 1024 + 1023 * 1024), "1.0 GiB");
        assert_eq!(size(0), "0.0 KiB");
    }
}
