//! How bricks form sets, on numbers alone. The layout of volumes and the validation call [`arrange`].

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::model::Host;
use super::names::Zone;
use super::volume_type::VolumeType;

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
/// the same sets.
///
/// Each set takes a brick from the hosts that have most bricks left; of equal hosts, the first in the file comes first.
/// This rule finds an arrangement whenever an arrangement exists. If a host has more bricks than there are sets, no
/// arrangement exists. Otherwise a host with as many bricks left as sets are left is among the hosts with most, and
/// each set takes a brick from these hosts.
///
/// # Errors
/// The bricks cannot form such sets.
pub(crate) fn arrange(carriers: &[Carrier<'_>], volume_type: VolumeType) -> Result<Sets, NoLayout> {
    let size = volume_type.set_size();
    let bricks: usize = carriers.iter().map(|carrier| carrier.bricks).sum();
    let sets = bricks / size;
    if let Some(impossible) = impossible(carriers, bricks, size) {
        return Err(impossible);
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

/// Why these bricks cannot form sets of that size on different hosts, if they cannot.
fn impossible(carriers: &[Carrier<'_>], bricks: usize, size: usize) -> Option<NoLayout> {
    let hosts = carriers.iter().filter(|carrier| carrier.bricks > 0).count();
    if hosts < size {
        return Some(NoLayout {
            title: format!("replica {size} needs {size} servers"),
            why: format!("there {}", are(hosts, "server")),
            remedy: match hosts {
                0 | 1 => "add servers: a replicated volume needs at least 2".to_owned(),
                _ => format!("add servers, or write `replica: {hosts}`"),
            },
        });
    }
    if !bricks.is_multiple_of(size) {
        let short = size - bricks % size;
        return Some(NoLayout {
            title: format!("{} cannot form sets of {size}", count(bricks, "brick")),
            why: format!(
                "{} have {} in all, one for each device",
                count(hosts, "server"),
                count(bricks, "brick")
            ),
            remedy: format!(
                "add {} or remove {}, so that {size} divides the number of bricks",
                count(short, "device"),
                bricks % size
            ),
        });
    }
    let sets = bricks / size;
    let crowded = carriers.iter().filter(|carrier| carrier.bricks > sets);
    let most = crowded.max_by_key(|carrier| carrier.bricks)?;
    Some(NoLayout {
        title: format!(
            "{} cannot form sets of {size} on different hosts",
            count(bricks, "brick")
        ),
        why: format!(
            "{} has {}, but there {} and each set takes at most one brick of a host",
            most.name,
            count(most.bricks, "brick"),
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

/// Moves the brick of the host with the fewest arbiters so far to the end of each set; of equal hosts, the last.
fn spread_arbiters(sets: &mut [Vec<usize>], hosts: usize) {
    let mut arbiters = vec![0usize; hosts];
    for set in sets {
        let Some(at) = (0..set.len()).rev().min_by_key(|&at| arbiters[set[at]]) else {
            continue;
        };
        let host = set.remove(at);
        arbiters[host] += 1;
        set.push(host);
    }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

fn are(number: usize, noun: &str) -> String {
    format!("{} {}", if number == 1 { "is" } else { "are" }, count(number, noun))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn carriers(bricks: &[(usize, Option<u8>)]) -> Vec<Carrier<'static>> {
        const NAMES: [&str; 4] = ["a", "b", "c", "d"];
        bricks
            .iter()
            .map(|&(bricks, zone)| Carrier {
                name: "host",
                zone: zone.map(|zone| NAMES[usize::from(zone)]),
                bricks,
            })
            .collect()
    }

    fn mirror(replica: usize) -> VolumeType {
        VolumeType::Replicate { replica, arbiter: 0 }
    }

    fn spread_over(sets: &[Vec<usize>], group: impl Fn(usize) -> usize) -> bool {
        sets.iter().all(|set| {
            let mut groups: Vec<usize> = set.iter().map(|&host| group(host)).collect();
            groups.sort_unstable();
            groups.windows(2).all(|pair| pair[0] != pair[1])
        })
    }

    #[test]
    fn equal_hosts_form_sets_in_the_order_of_the_file() {
        assert_eq!(
            arrange(&carriers(&[(1, None); 3]), mirror(3)).unwrap().hosts,
            [[0, 1, 2]]
        );
        assert_eq!(
            arrange(&carriers(&[(2, None); 6]), mirror(3)).unwrap().hosts,
            [[0, 1, 2], [3, 4, 5], [0, 1, 2], [3, 4, 5]]
        );
    }

    #[test]
    fn arbiters_do_not_all_land_on_one_host() {
        let sets = arrange(
            &carriers(&[(2, None); 3]),
            VolumeType::Replicate { replica: 3, arbiter: 1 },
        )
        .unwrap();
        assert_eq!(sets.hosts, [[0, 1, 2], [0, 2, 1]]);
    }

    #[test]
    fn a_crowded_zone_is_named() {
        let sets = arrange(&carriers(&[(1, Some(0)), (1, Some(0)), (1, Some(1))]), mirror(3)).unwrap();
        assert_eq!(sets.crowded.as_deref(), Some("a"));
    }

    proptest! {
        #[test]
        fn a_layout_is_found_whenever_one_exists_and_keeps_replicas_apart(
            bricks in prop::collection::vec((0usize..5, prop::option::of(0u8..4)), 1..10),
            replica in 2usize..5,
            arbiter in 0usize..2,
        ) {
            let carriers = carriers(&bricks);
            let volume_type = VolumeType::Replicate { replica, arbiter };
            let total: usize = bricks.iter().map(|(bricks, _)| bricks).sum();
            let sets = total / replica;
            let exists = total > 0 && total.is_multiple_of(replica) && bricks.iter().all(|&(bricks, _)| bricks <= sets);
            let found = arrange(&carriers, volume_type);
            prop_assert_eq!(found.is_ok(), exists);
            let Ok(found) = found else { return Ok(()) };
            prop_assert_eq!(&found, &arrange(&carriers, volume_type).unwrap());
            prop_assert_eq!(found.hosts.len(), sets);
            prop_assert!(found.hosts.iter().all(|set| set.len() == replica));
            prop_assert!(spread_over(&found.hosts, |host| host));
            for (host, carrier) in carriers.iter().enumerate() {
                let used = found.hosts.iter().flatten().filter(|&&other| other == host).count();
                prop_assert_eq!(used, carrier.bricks);
            }
            let zone = |host: usize| bricks[host].1.map_or(100 + host, usize::from);
            let of_zone = |zone: u8| bricks.iter().filter(|(_, z)| *z == Some(zone)).map(|(b, _)| b).sum::<usize>();
            let zones_allow = (0..4).all(|zone| of_zone(zone) <= sets);
            prop_assert_eq!(found.crowded.is_none(), zones_allow);
            if zones_allow {
                prop_assert!(spread_over(&found.hosts, zone));
            }
        }
    }
}
