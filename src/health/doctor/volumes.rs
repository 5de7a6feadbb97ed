//! Checks of volumes: whether they exist, how they are laid out, and their options.

use super::{Check, Examined, Family, Find, Severity, check, on_volume};
use crate::facts::VolumeInfo;
use crate::health::{Found, Kind, Quorum, QuorumType};
use crate::inventory::{VolumeName, VolumeType};

pub(super) const FAMILY: Family = Family {
    title: "Volumes",
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check(
        "GC801",
        Severity::Error,
        Find::Status(Kind::VolumeMissing),
        "The volume does not exist.",
        "glusterctl apply",
    ),
    check(
        "GC802",
        Severity::Error,
        Find::Status(Kind::VolumeUnknown),
        "No server told of the volume.",
        "glusterctl status",
    ),
    check(
        "GC803",
        Severity::Error,
        Find::Status(Kind::VolumeStopped),
        "The volume is not started.",
        "glusterctl apply",
    ),
    check(
        "GC804",
        Severity::Error,
        Find::Status(Kind::Definitions),
        "Servers have different definitions of the volume: one of them missed a change.",
        "gluster volume info VOLUME (on both servers); gluster volume sync HOST VOLUME takes the definition of HOST",
    ),
    check(
        "GC805",
        Severity::Warning,
        Find::Facts(two_replicas),
        "The volume has two replicas and no quorum: when the hosts lose their connection, files split-brain.",
        "gluster volume add-brick VOLUME replica 3 arbiter 1 HOST:DIRECTORY (on a server)",
    ),
    check(
        "GC806",
        Severity::Warning,
        Find::Facts(no_quorum),
        "The client quorum is off on a volume with three or more replicas: files can split-brain.",
        "gluster volume reset VOLUME cluster.quorum-type (on a server)",
    ),
    check(
        "GC807",
        Severity::Warning,
        Find::Facts(same_host),
        "One host carries two bricks of a set: when the host is down, the set loses both.",
        "gluster volume replace-brick VOLUME OLD NEW commit force (to another host)",
    ),
    check(
        "GC808",
        Severity::Warning,
        Find::Facts(same_zone),
        "One zone carries so many bricks of a set that the set does not survive the loss of the zone.",
        "gluster volume replace-brick VOLUME OLD NEW commit force (to another zone)",
    ),
    check(
        "GC809",
        Severity::Warning,
        Find::Facts(ping_timeout),
        "network.ping-timeout is odd: below 10 s a busy brick counts as lost, above 60 s clients hang for that long.",
        "gluster volume reset VOLUME network.ping-timeout (on a server)",
    ),
    check(
        "GC810",
        Severity::Error,
        Find::Facts(no_self_heal),
        "The self-heal daemon is off: what a brick missed is never healed.",
        "gluster volume reset VOLUME cluster.self-heal-daemon (on a server)",
    ),
    check(
        "GC811",
        Severity::Warning,
        Find::Facts(server_quorum),
        "The server quorum is on in a pool of two servers: when one is down, the other stops its bricks.",
        "gluster volume reset VOLUME cluster.server-quorum-type (on a server)",
    ),
    check(
        "GC812",
        Severity::Warning,
        Find::Facts(no_reserve),
        "storage.reserve is 0: a full brick cannot even record what has to be healed.",
        "gluster volume reset VOLUME storage.reserve (on a server)",
    ),
    check(
        "GC813",
        Severity::Warning,
        Find::Facts(log_level),
        "Bricks or clients log for debugging, which is slow and fills /var/log.",
        "gluster volume reset VOLUME diagnostics.client-log-level; gluster volume reset VOLUME diagnostics.brick-log-level",
    ),
    check(
        "GC814",
        Severity::Note,
        Find::Facts(not_wanted),
        "The pool has a volume that the inventory does not have.",
        "glusterctl init --from HOST (shows the volume as an inventory)",
    ),
    check(
        "GC815",
        Severity::Warning,
        Find::Facts(strangers),
        "The volume has a brick that the inventory does not have.",
        "glusterctl plan",
    ),
    check(
        "GC816",
        Severity::Error,
        Find::Status(Kind::TaskFailed),
        "A rebalance, or the removal of bricks, has failed.",
        "gluster volume rebalance VOLUME status (on a server); /var/log/glusterfs has the reason",
    ),
    check(
        "GC817",
        Severity::Warning,
        Find::Status(Kind::TaskWaits),
        "The removal of bricks has ended, and waits to be committed or stopped.",
        "gluster volume status VOLUME tasks (on a server)",
    ),
    check(
        "GC818",
        Severity::Error,
        Find::Status(Kind::ClientApart),
        "A client is not connected to a brick that is online: what the client writes misses a copy until it is healed.",
        "gluster volume status VOLUME clients (on a server); /var/log/glusterfs has the reason (on the client); a volume that is \
         unmounted and mounted again is connected anew",
    ),
];

/// The volumes of which something is so, each with the words.
fn of_volumes(examined: &Examined, words: impl Fn(&VolumeName, &VolumeInfo) -> Option<String>) -> Vec<Found> {
    let volumes = examined.volumes();
    let found = volumes.filter_map(|(name, info)| Some(on_volume(name, words(name, info)?)));
    found.collect()
}

fn replicas(info: &VolumeInfo) -> usize {
    match info.volume_type {
        VolumeType::Replicate { replica, .. } => replica,
        VolumeType::Distribute | VolumeType::Disperse { .. } => 0,
    }
}

/// Whether one replica alone takes writes.
fn is_open(info: &VolumeInfo) -> bool {
    let quorum = Quorum::of(info);
    quorum.r#type == QuorumType::None || quorum.r#type == QuorumType::Fixed && quorum.needed < 2
}

fn two_replicas(examined: &Examined) -> Vec<Found> {
    of_volumes(examined, |_, info| {
        (replicas(info) == 2 && is_open(info)).then(|| "two replicas without a quorum can split-brain".to_owned())
    })
}

fn no_quorum(examined: &Examined) -> Vec<Found> {
    of_volumes(examined, |_, info| {
        let what = || "one replica alone takes writes: cluster.quorum-type is off".to_owned();
        (replicas(info) > 2 && is_open(info)).then(what)
    })
}

fn same_host(examined: &Examined) -> Vec<Found> {
    of_volumes(examined, |_, info| {
        let sets = info.sets();
        let twice = sets.iter().enumerate().find_map(|(at, set)| {
            let mut bricks = set.iter().enumerate();
            let (_, brick) = bricks.find(|(at, brick)| set[..*at].iter().any(|other| other.host == brick.host))?;
            Some((at + 1, &brick.host))
        });
        let (set, host) = twice.filter(|_| info.volume_type.set_size() > 1)?;
        Some(format!("{host} carries two bricks of set {set}"))
    })
}

fn same_zone(examined: &Examined) -> Vec<Found> {
    let zone = |host: &str| examined.desired.host_called(host)?.host.zone.as_ref();
    of_volumes(examined, |_, info| {
        let quorum = Quorum::of(info);
        let sets = info.sets();
        let lost = sets.iter().enumerate().find_map(|(at, set)| {
            let zones: Vec<_> = set.iter().map(|brick| zone(&brick.host)).collect();
            let without = |gone| {
                let online: Vec<Option<bool>> = zones.iter().map(|zone| Some(*zone != Some(gone))).collect();
                quorum.serves(&online) == Some(false)
            };
            // Bricks of one zone on one host have a code of their own.
            let shared = |zone| zones.iter().filter(|other| **other == Some(zone)).count() > 1;
            let mut known = zones.iter().flatten();
            let gone = known.find(|zone| shared(**zone) && without(**zone))?;
            Some((at + 1, gone.to_string()))
        });
        let (set, zone) = lost?;
        Some(format!("set {set} does not survive the loss of zone {zone}"))
    })
}

/// An option that is set, as a number.
fn number(info: &VolumeInfo, key: &str) -> Option<u64> {
    info.options.get(key)?.parse().ok()
}

fn ping_timeout(examined: &Examined) -> Vec<Found> {
    of_volumes(examined, |_, info| {
        let seconds = number(info, "network.ping-timeout")?;
        (!(10..=60).contains(&seconds)).then(|| format!("network.ping-timeout is {seconds} s"))
    })
}

fn is_off(info: &VolumeInfo, key: &str) -> bool {
    let value = info.options.get(key).map(String::as_str);
    matches!(value, Some("off" | "disable" | "no" | "false" | "0"))
}

fn no_self_heal(examined: &Examined) -> Vec<Found> {
    of_volumes(examined, |_, info| {
        let off = is_off(info, "cluster.self-heal-daemon") || is_off(info, "cluster.disperse-self-heal-daemon");
        (info.heals() && off).then(|| "the self-heal daemon is off".to_owned())
    })
}

fn server_quorum(examined: &Examined) -> Vec<Found> {
    let servers = examined.desired.servers().count();
    of_volumes(examined, |_, info| {
        let what = || "cluster.server-quorum-type is server, and the pool has two servers".to_owned();
        (servers == 2 && Quorum::of(info).server).then(what)
    })
}

fn no_reserve(examined: &Examined) -> Vec<Found> {
    of_volumes(examined, |_, info| {
        (number(info, "storage.reserve") == Some(0)).then(|| "storage.reserve is 0".to_owned())
    })
}

fn log_level(examined: &Examined) -> Vec<Found> {
    const KEYS: [&str; 2] = ["diagnostics.client-log-level", "diagnostics.brick-log-level"];
    of_volumes(examined, |_, info| {
        KEYS.iter().find_map(|key| {
            let level = info.options.get(*key)?;
            let is_loud = ["DEBUG", "TRACE"].contains(&level.as_str());
            is_loud.then(|| format!("{key} is {level}"))
        })
    })
}

fn not_wanted(examined: &Examined) -> Vec<Found> {
    let known = examined.facts.cluster.volumes.iter();
    let others = known.filter(|(name, _)| examined.desired.inventory.volume(name).is_none());
    let found = others.map(|(name, known)| {
        let by = known.known_by.first().map_or("HOST", |host| host.as_str());
        Found::new(
            Kind::Doctor,
            format!("the pool has the volume {name}, and the inventory does not"),
        )
        .remedy(format!(
            "glusterctl init --from {by} (shows the volume as an inventory)"
        ))
    });
    found.collect()
}

fn strangers(examined: &Examined) -> Vec<Found> {
    let mut found = Vec::new();
    for volume in &examined.desired.inventory.volumes {
        let Some(known) = examined.facts.cluster.volume(volume.name.as_str()) else {
            continue;
        };
        let layout = examined.desired.layout(volume, &known.info.sets());
        let words = layout.strangers.iter();
        found.extend(
            words.map(|brick| on_volume(&volume.name, format!("the inventory does not have the brick {brick}"))),
        );
    }
    found
}
