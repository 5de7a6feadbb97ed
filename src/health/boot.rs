//! Whether a host would come back by itself after a reboot: the differences that `plan` mends, a sentence each. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{Found, Kind};
use crate::desired::{BrickFileSystem, Desired, DesiredHost, units};
use crate::facts::{BarePoint, Content, DeviceKind, Facts, HostFacts};
use crate::inventory::{BrickName, Role};
use crate::plan::{disabled_services, file_differences, fstab_differences, is_adopted, spent_bricks};

/// Every reason why a host would not come back by itself after a reboot with its bricks and volumes.
#[must_use]
pub fn reasons(desired: &Desired, facts: &Facts, host: &DesiredHost, observed: &HostFacts) -> Vec<String> {
    let differences = differences(desired, facts, host, observed);
    differences.into_iter().map(|(_, reason)| reason).collect()
}

/// [`reasons`], each with its kind.
pub(super) fn differences(
    desired: &Desired,
    facts: &Facts,
    host: &DesiredHost,
    observed: &HostFacts,
) -> Vec<(Kind, String)> {
    let mut reasons = Vec::new();
    // Whoever starts the container starts all of it again.
    if observed.supervised.is_some() {
        return reasons;
    }
    if !observed.systemd {
        reasons.push((Kind::NoSystemd, "the host does not run systemd".to_owned()));
    }
    if !observed.hosts_file.contains(&desired.names.text) {
        reasons.push((
            Kind::NamesMissing,
            "the names of the hosts are not in /etc/hosts".to_owned(),
        ));
    }
    let spent = spent_bricks(desired, facts, host);
    let is_over = |point: &str| spent.iter().any(|brick| brick.mount == point);
    let own = host.bricks.iter().filter(|brick| !is_over(&brick.mount));
    let over: BTreeSet<&BrickName> = spent.iter().map(|brick| &brick.device.name).collect();
    let mut without = over.clone();
    for brick in own.filter(|brick| !is_adopted(facts, host, brick)) {
        if let Some((kind, reason)) = brick_reason(desired, facts, host, observed, brick) {
            if kind == Kind::BrickLost {
                without.insert(&brick.device.name);
            }
            reasons.push((kind, reason));
        }
    }
    let lines = fstab_differences(facts, host, observed, &over);
    reasons.extend(lines.iter().map(|line| match line.others.is_empty() {
        true => (
            Kind::FstabMissing,
            format!("{} is not in /etc/fstab", line.entry.target),
        ),
        false => (
            Kind::FstabOther,
            format!("/etc/fstab has another line for {}", line.entry.target),
        ),
    }));
    let files = file_differences(desired, facts, host, observed, &without);
    let files = files.iter().map(|difference| match difference.is_missing {
        true => format!("{} is missing", difference.file.path),
        false => format!("{} is not as apply wrote it", difference.file.path),
    });
    reasons.extend(files.map(|reason| (Kind::UnitFile, reason)));
    let disabled = |service: &str| format!("{service} is not enabled");
    let services = disabled_services(host, observed).into_iter();
    reasons.extend(services.map(|service| (Kind::MountNotEnabled, disabled(&service))));
    if host.host.role == Role::Server && !observed.unit(units::GLUSTERD).enabled {
        reasons.push((Kind::GlusterdNotEnabled, disabled(units::GLUSTERD)));
    }
    reasons.extend(points(observed, is_over));
    reasons
}

/// The mount points that could be written to while nothing is mounted there; not those that are over.
fn points(observed: &HostFacts, is_over: impl Fn(&str) -> bool) -> impl Iterator<Item = (Kind, String)> {
    let points = observed.bare_points.iter().filter(move |(point, _)| !is_over(point));
    points.filter_map(|(point, bare)| match bare {
        BarePoint::Immutable | BarePoint::Unprotectable => None,
        BarePoint::Writable => Some((
            Kind::PointWritable,
            format!("{point} could be written to while nothing is mounted there"),
        )),
        BarePoint::Unknown => Some((
            Kind::PointUnknown,
            format!("{point} is missing, or lsattr failed there"),
        )),
    })
}

/// Why a brick would not come back.
fn brick_reason(
    desired: &Desired,
    facts: &Facts,
    host: &DesiredHost,
    observed: &HostFacts,
    brick: &BrickFileSystem,
) -> Option<(Kind, String)> {
    let path = &brick.device.path;
    if brick.is_existing() && !brick.is_on_root() && !observed.xfs.contains_key(&brick.uuid) {
        let dirs: Vec<&str> = brick.dirs().collect();
        let what = format!(
            "the file system {} of the brick {} is on no device",
            brick.uuid,
            dirs.join(", ")
        );
        return Some((Kind::BrickLost, what));
    }
    if !brick.is_existing() && !observed.xfs.contains_key(&brick.uuid) {
        let seen = observed.devices.get(path);
        let instead = match seen.map(|seen| (seen.kind, &seen.content)) {
            None | Some((DeviceKind::Missing, _)) => format!("{path} is missing"),
            Some((DeviceKind::Block, Content::Known(known))) => match desired.brick_of(&known.uuid) {
                Some((other, of)) => format!("{path} holds the brick of {other}'s {}", of.device.path),
                None => format!("{path} holds {} {}", known.kind, known.uuid)
                    .trim_end()
                    .to_owned(),
            },
            Some((DeviceKind::Block, Content::Zeros)) => format!("{path} is blank"),
            Some(_) => format!("{path} holds no file system of this cluster"),
        };
        let uuid = &brick.uuid;
        let what = format!("the brick of {path} (file system {uuid}) is on no device; {instead}");
        return Some((Kind::BrickLost, what));
    }
    // The brick's directory is seen only while the file system is mounted.
    observed.mounted_at(&brick.mount)?;
    host.volumes.iter().find_map(|volume| {
        let name = &volume.name;
        let known = facts
            .cluster
            .volume(name.as_str())
            .filter(|known| known.known_by.contains(host.name()))?;
        let dir = brick.dir(name)?;
        match observed.bricks.get(dir)?.volume_id.as_ref() {
            Some(id) if *id == known.info.id => None,
            Some(_) => Some((
                Kind::BrickForeign,
                format!("{dir} belongs to another volume than {name}"),
            )),
            None => Some((Kind::BrickForeign, format!("{dir} belongs to no volume"))),
        }
    })
}

/// A warning for each machine-id that several machines share: they were cloned from one machine, and get one address from
/// a DHCP server, for example.
pub(super) fn clones(desired: &Desired, facts: &Facts) -> Vec<Found> {
    let mut machines: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for host in &desired.hosts {
        let id = facts
            .of(host.name())
            .map_or("", |observed| observed.machine_id.as_str());
        machines.entry(id).or_default().push(host.name().as_str());
    }
    let clones = machines
        .into_iter()
        .filter(|(id, hosts)| !id.is_empty() && hosts.len() > 1);
    let told = clones.map(|(_, hosts)| {
        let what = format!(
            "{} have the same /etc/machine-id: on all but one, remove the file, run systemd-machine-id-setup and reboot",
            hosts.join(" and ")
        );
        Found::new(Kind::MachineIds, what)
    });
    told.collect()
}

/// A warning for each brick whose UUID another device has, too: the brick is the device that is mounted, and the next
/// boot may mount the other.
#[must_use]
pub fn doubled(desired: &Desired, facts: &Facts) -> Vec<String> {
    let mut warnings = Vec::new();
    for host in &desired.hosts {
        let Some(observed) = facts.of(host.name()) else {
            continue;
        };
        for brick in &host.bricks {
            let devices = observed.xfs.get(&brick.uuid).map_or(&[][..], Vec::as_slice);
            let [mounted] = observed.brick_devices(&brick.uuid, &brick.mount) else {
                continue;
            };
            let others = devices.iter().filter(|device| device.number != mounted.number);
            let others: Vec<&str> = others.map(|device| device.path.as_str()).collect();
            if !others.is_empty() {
                warnings.push(format!(
                    "{}: {} has the UUID of the brick that is mounted at {} ({}), and the next boot may mount it instead: \
                     once it is certain that it is a copy, deactivate or detach it",
                    host.name(),
                    others.join(" and "),
                    brick.mount,
                    mounted.path
                ));
            }
        }
    }
    warnings
}

/// A warning for each mount point that cannot be made immutable: no step fails for that, but operators have to know.
#[must_use]
pub fn unprotected(desired: &Desired, facts: &Facts) -> Vec<String> {
    unprotectable(desired, facts).iter().map(Found::sentence).collect()
}

pub(super) fn unprotectable(desired: &Desired, facts: &Facts) -> Vec<Found> {
    let of_host = |host: &DesiredHost| {
        let points = facts
            .of(host.name())
            .into_iter()
            .flat_map(|observed| &observed.bare_points);
        let unprotectable = points.filter(|(_, bare)| **bare == BarePoint::Unprotectable);
        let name = host.name();
        let told = unprotectable.map(|(point, _)| {
            let what = format!(
                "the file system below {point} does not know chattr +i: files written to {point} while \
                 nothing is mounted there fill that file system"
            );
            Found::of_host(Kind::PointUnprotectable, name, what)
        });
        told.collect::<Vec<_>>()
    };
    desired.hosts.iter().flat_map(of_host).collect()
}
