//! How bricks form sets, on numbers alone. The layout of volumes and the validation call [`arrange`].

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::model::Host;
use super::names::Zone;
use super::volume_type::{Spread, VolumeType};
use crate::text::counted;

/// A host as the arrangement sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Carrier<'a> {
    pub name: &'a str,
    /// The zone; a host without a zone is a zone of its own.
    pub zone: Option<&'a str>,
    pub bricks: usize,
}

impl Host {
    /// The host as a carrier of that many bricks.
    pub(crate) fn carrier(&self, bricks: usize) -> Carrier<'_> {
        Carrier {
            name: self.name.as_str(),
            zone: self.zone.as_ref().map(Zone::as_str),
            bricks,
        }
    }
}

/// The sets that an arrangement made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sets {
    /// For each set, the hosts of its bricks, as indices into the carriers. The arbiter is the last brick of its set.
    pub hosts: Vec<Vec<usize>>,
    /// A zone that has more bricks than there are sets, so that some set has two bricks in the zone.
    pub crowded: Option<String>,
}

/// Why bricks cannot form sets, each set on different hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoLayout {
    /// The sets that cannot be.
    pub title: String,
    /// The numbers that make the sets impossible.
    pub why: String,
    /// A change of the inventory that makes sets possible.
    pub remedy: String,
}

impl std::fmt::Display for NoLayout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}; {}", self.title, self.why, self.remedy)
    }
}

impl std::error::Error for NoLayout {}

/// Arranges all bricks into sets on different hosts, and in different zones if zones allow it. The same carriers give
/// the same sets. Only if no such sets exist, and the spread allows it, hosts have several bricks of a set, as few as can be.
///
/// Each set takes a brick from the hosts that have most bricks left; of equal hosts, the first in the file comes first.
/// This rule finds an arrangement whenever an arrangement exists. If a host has more bricks than there are sets, no
/// arrangement exists. Otherwise a host with as many bricks left as sets are left is among the hosts with most, and
/// each set takes a brick from these hosts.
///
/// # Errors
/// The bricks cannot form such sets.
pub(crate) fn arrange(carriers: &[Carrier<'_>], volume_type: VolumeType, spread: Spread) -> Result<Sets, NoLayout> {
    let size = volume_type.set_size();
    let bricks: usize = carriers.iter().map(|carrier| carrier.bricks).sum();
    let sets = bricks / size;
    let on_hosts = on_different_hosts(carriers, bricks, volume_type);
    if let Some(impossible) = uneven(carriers, bricks, size).filter(|_| spread == Spread::Devices) {
        return Err(impossible);
    }
    if let Some(impossible) = on_hosts {
        return match spread {
            Spread::Hosts => Err(impossible),
            Spread::Devices => Ok(deal(carriers, sets, volume_type)),
        };
    }
    let mut zones: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, carrier) in carriers.iter().enumerate() {
        match carrier.zone {
            Some(zone) => zones.entry(zone).or_default().push(index),
            None => groups.push(vec![index]),
        }
    }
    let crowded = zones
        .iter()
        .find(|(_, hosts)| hosts.iter().map(|&host| carriers[host].bricks).sum::<usize>() > sets)
        .map(|(zone, _)| (*zone).to_owned());
    match crowded {
        Some(_) => groups = (0..carriers.len()).map(|host| vec![host]).collect(),
        None => groups.extend(zones.into_values()),
    }
    groups.sort();
    let mut hosts = fill(carriers, &groups, sets, size);
    if volume_type.arbiters() > 0 {
        spread_arbiters(&mut hosts, carriers.len());
    }
    Ok(Sets { hosts, crowded })
}

/// Deals the bricks to the sets one by one, zone by zone and host by host: of a zone's and of a host's bricks, no set has
/// more than one brick more than another set.
fn deal(carriers: &[Carrier<'_>], sets: usize, volume_type: VolumeType) -> Sets {
    let first_of = |zone: &str| carriers.iter().position(|carrier| carrier.zone == Some(zone));
    let mut order: Vec<usize> = (0..carriers.len()).collect();
    order.sort_by_key(|&host| (carriers[host].zone.and_then(first_of).unwrap_or(host), host));
    let bricks = order
        .iter()
        .flat_map(|&host| std::iter::repeat_n(host, carriers[host].bricks));
    let mut hosts = vec![Vec::with_capacity(volume_type.set_size()); sets];
    for (at, host) in bricks.enumerate() {
        hosts[at % sets].push(host);
    }
    for set in &mut hosts {
        set.sort_unstable();
    }
    if volume_type.arbiters() > 0 {
        spread_arbiters(&mut hosts, carriers.len());
    }
    Sets { hosts, crowded: None }
}

/// Why these bricks cannot form sets of that size, if they cannot.
fn uneven(carriers: &[Carrier<'_>], bricks: usize, size: usize) -> Option<NoLayout> {
    if bricks > 0 && bricks.is_multiple_of(size) {
        return None;
    }
    let hosts = carriers.iter().filter(|carrier| carrier.bricks > 0).count();
    let short = size - bricks % size;
    Some(NoLayout {
        title: format!("{} cannot form sets of {size}", counted(bricks, "brick")),
        why: format!(
            "{} {} {} in all, one for each device",
            counted(hosts, "server"),
            if hosts == 1 { "has" } else { "have" },
            counted(bricks, "brick")
        ),
        remedy: match bricks / size {
            0 => format!("add {}, so that there is one set", counted(short, "device")),
            _ => format!(
                "add {} or remove {}, so that {size} divides the number of bricks",
                counted(short, "device"),
                bricks % size
            ),
        },
    })
}

/// Why these bricks cannot form sets on different hosts, if they cannot.
fn on_different_hosts(carriers: &[Carrier<'_>], bricks: usize, volume_type: VolumeType) -> Option<NoLayout> {
    let size = volume_type.set_size();
    let hosts = carriers.iter().filter(|carrier| carrier.bricks > 0).count();
    if hosts < size {
        // Suggested only where a set survives the loss of a host all the same.
        let most = carriers.iter().map(|carrier| carrier.bricks).max().unwrap_or(0);
        let forms = uneven(carriers, bricks, size).is_none();
        let devices = if forms && most.div_ceil(bricks / size) <= volume_type.tolerates() {
            "; with `allow_same_host: true` a host holds several bricks of a set, which are lost with the host"
        } else {
            ""
        };
        return Some(NoLayout {
            title: format!("{volume_type} needs {}", counted(size, "server")),
            why: format!("there {}", are(hosts, "server")),
            remedy: match volume_type.fitting(hosts) {
                Some(fitting) if size > 1 => format!("add servers, or write {fitting}{devices}"),
                _ => format!("add servers{devices}"),
            },
        });
    }
    if let Some(uneven) = uneven(carriers, bricks, size) {
        return Some(uneven);
    }
    let sets = bricks / size;
    let crowded = carriers.iter().filter(|carrier| carrier.bricks > sets);
    let most = crowded.max_by_key(|carrier| carrier.bricks)?;
    Some(NoLayout {
        title: format!(
            "{} cannot form sets of {size} on different hosts",
            counted(bricks, "brick")
        ),
        why: format!(
            "{} has {}, but there {} and each set takes at most one brick of a host",
            most.name,
            counted(most.bricks, "brick"),
            are(sets, "set")
        ),
        remedy: format!("remove devices from {} or add devices to other servers", most.name),
    })
}

/// Fills the sets one after the other, each set with at most one brick of a group of hosts.
fn fill(carriers: &[Carrier<'_>], groups: &[Vec<usize>], sets: usize, size: usize) -> Vec<Vec<usize>> {
    let mut left: Vec<usize> = carriers.iter().map(|carrier| carrier.bricks).collect();
    let bricks_of = |group: &[usize], left: &[usize]| -> usize { group.iter().map(|&host| left[host]).sum() };
    // The group with most bricks left is first; of equal groups, the first in the file.
    let mut most: BinaryHeap<(usize, Reverse<usize>)> = groups
        .iter()
        .enumerate()
        .map(|(at, group)| (bricks_of(group, &left), Reverse(at)))
        .collect();
    let mut filled = Vec::with_capacity(sets);
    for _ in 0..sets {
        let taken: Vec<usize> = (0..size).filter_map(|_| Some(most.pop()?.1.0)).collect();
        let mut set = Vec::with_capacity(size);
        for at in taken {
            let group = &groups[at];
            // Of hosts that have equally many bricks left, the first: max_by_key would take the last.
            if let Some(host) = group.iter().copied().rev().max_by_key(|&host| left[host]) {
                left[host] = left[host].saturating_sub(1);
                set.push(host);
            }
            most.push((bricks_of(group, &left), Reverse(at)));
        }
        set.sort_unstable();
        filled.push(set);
    }
    filled
}

/// Moves the brick of the host with the fewest arbiters so far to the end of each set; of equal hosts, the last. If a host
/// has several bricks of the set, the arbiter is one of these: all copies are not on one host then.
fn spread_arbiters(sets: &mut [Vec<usize>], hosts: usize) {
    let mut arbiters = vec![0usize; hosts];
    for set in sets {
        let bricks = |host: usize| set.iter().filter(|&&other| other == host).count();
        let places = (0..set.len()).rev();
        let Some(at) = places.min_by_key(|&at| (Reverse(bricks(set[at])), arbiters[set[at]])) else {
            continue;
        };
        let host = set.remove(at);
        arbiters[host] += 1;
        set.push(host);
    }
}

fn are(number: usize, noun: &str) -> String {
    format!("{} {}", if number == 1 { "is" } else { "are" }, counted(number, noun))
}

#[cfg(test)]
mod tests;
