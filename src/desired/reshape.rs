//! How the sets of an existing volume change: bricks are appended to sets, other bricks take the places of bricks that
//! leave, or whole sets go. Pure.

use std::cmp::Reverse;

use super::layout::Brick;
use super::{BrickSpec, Desired};
use crate::inventory::{NoLayout, Spread, Volume};

/// A place in a set that a free brick has to take.
struct Place {
    set: usize,
    /// The hosts with free bricks, each with how many bricks of the set it keeps; the best first.
    hosts: Vec<(usize, usize)>,
}

impl Desired<'_> {
    /// The sets that go, because fewer bricks stay than the sets need: first the sets that are being emptied already, then the
    /// sets with the fewest bricks that stay; of equal sets, the last. `kept` sets stay.
    pub(super) fn removed_sets(
        existing: &[Vec<Brick>],
        kept: usize,
        is_emptied: impl Fn(&BrickSpec) -> bool,
    ) -> Vec<usize> {
        let mut sets: Vec<usize> = (0..existing.len()).collect();
        let staying = |set: usize| existing[set].iter().filter(|brick| !brick.is_leaving()).count();
        let emptied = |set: usize| existing[set].iter().any(|brick| is_emptied(&brick.spec()));
        sets.sort_by_key(|&set| (!emptied(set), staying(set), Reverse(set)));
        sets.truncate(existing.len().saturating_sub(kept));
        sets.sort_unstable();
        sets
    }

    /// For each brick that leaves, the brick that takes its place: on a host that has no other brick of the set; on the same
    /// host if there is a free brick, else in a zone without one, if possible. Only if there are no such bricks, and the volume
    /// allows it, hosts get more bricks of a set. The bricks that are taken are not free any more.
    ///
    /// # Errors
    /// There is no brick for some place.
    pub(super) fn take_over<'d>(
        &'d self,
        volume: &'d Volume,
        existing: &[Vec<Brick<'d>>],
        free: &mut [Vec<bool>],
    ) -> Result<Vec<(Brick<'d>, Brick<'d>)>, NoLayout> {
        let mut leaving = Vec::new();
        let mut places = Vec::new();
        for (set, bricks) in existing.iter().enumerate() {
            for brick in bricks.iter().filter(|brick| brick.is_leaving()) {
                places.push(self.place_in(set, bricks, Some(brick), free));
                leaving.push(*brick);
            }
        }
        let hosts = assign(&places, free, volume.spread).ok_or_else(|| {
            let names: Vec<String> = leaving.iter().map(|brick| brick.spec().to_string()).collect();
            NoLayout {
                title: format!("no other brick can take the place of {}", names.join(", ")),
                why: match volume.spread {
                    Spread::Hosts => {
                        "a brick may take a place only if its host has no other brick of the set".to_owned()
                    }
                    Spread::Devices => "there are too few free bricks".to_owned(),
                },
                remedy: "add a device, on a host that has no brick of that set".to_owned(),
            }
        })?;
        let taken = hosts.into_iter().map(|host| self.take(host, volume, free));
        Ok(leaving.into_iter().zip(taken.flatten()).collect())
    }

    /// For each set, the bricks that are appended so that the set has as many bricks as the volume's type wants.
    ///
    /// # Errors
    /// There is no brick for some place.
    pub(super) fn widen<'d>(
        &'d self,
        volume: &'d Volume,
        existing: &[Vec<Brick<'d>>],
        free: &mut [Vec<bool>],
    ) -> Result<Vec<Vec<Brick<'d>>>, NoLayout> {
        let size = volume.volume_type.set_size();
        let short = |bricks: &Vec<Brick>| size.saturating_sub(bricks.len());
        let sets = existing.iter().enumerate();
        let places: Vec<Place> = sets
            .flat_map(|(set, bricks)| (0..short(bricks)).map(move |_| (set, bricks)))
            .map(|(set, bricks)| self.place_in(set, bricks, None, free))
            .collect();
        let hosts = assign(&places, free, volume.spread).ok_or_else(|| NoLayout {
            title: format!("the sets cannot become sets of {}", volume.volume_type),
            why: match volume.spread {
                Spread::Hosts => format!(
                    "{} more bricks are needed, each on a host that has no brick of its set",
                    places.len()
                ),
                Spread::Devices => format!("{} more bricks are needed", places.len()),
            },
            remedy: "add servers or devices".to_owned(),
        })?;
        let mut widened: Vec<Vec<Brick>> = vec![Vec::new(); existing.len()];
        for (place, host) in places.iter().zip(hosts) {
            widened[place.set].extend(self.take(host, volume, free));
        }
        Ok(widened)
    }

    /// A place in a set, for an additional brick or instead of a brick that leaves.
    fn place_in(&self, set: usize, bricks: &[Brick], instead: Option<&Brick>, free: &[Vec<bool>]) -> Place {
        let staying = || bricks.iter().filter(|brick| !brick.is_leaving());
        let zone_of = |brick: &Brick| self.host(brick.host).and_then(|desired| desired.host.zone.as_ref());
        let count = |host: usize| free[host].iter().filter(|free| **free).count();
        let kept = |host: usize| staying().filter(|brick| brick.host == self.hosts[host].name()).count();
        let hosts = (0..self.hosts.len()).filter(|&host| count(host) > 0);
        let mut hosts: Vec<(usize, usize)> = hosts.map(|host| (host, kept(host))).collect();
        hosts.sort_by_key(|&(host, _)| {
            let desired = self.hosts[host].host;
            let elsewhere = instead.is_none_or(|brick| *brick.host != desired.name);
            let crowds = desired.zone.is_some() && staying().any(|brick| zone_of(brick) == desired.zone.as_ref());
            (elsewhere, crowds, Reverse(count(host)), host)
        });
        Place { set, hosts }
    }

    /// Takes the first free brick of a host.
    fn take<'d>(&'d self, host: usize, volume: &'d Volume, free: &mut [Vec<bool>]) -> Option<Brick<'d>> {
        let at = free[host].iter().position(|free| *free)?;
        free[host][at] = false;
        self.hosts[host].brick(at, volume)
    }
}

/// A host for each place, and no host more often than the host has free bricks. None if that is not possible.
fn assign(places: &[Place], free: &[Vec<bool>], spread: Spread) -> Option<Vec<usize>> {
    let room: Vec<usize> = free
        .iter()
        .map(|bricks| bricks.iter().filter(|free| **free).count())
        .collect();
    let apart = on_different_hosts(places, &room);
    match spread {
        Spread::Hosts => apart,
        Spread::Devices => apart.or_else(|| crowded(places, room)),
    }
}

/// A host for each place: no host gets two bricks of a set.
fn on_different_hosts(places: &[Place], room: &[usize]) -> Option<Vec<usize>> {
    let apart = |place: &Place| {
        let hosts = place.hosts.iter().filter(|(_, kept)| *kept == 0);
        Place {
            set: place.set,
            hosts: hosts.copied().collect(),
        }
    };
    let mut matching = Matching {
        places: &places.iter().map(apart).collect::<Vec<_>>(),
        of_host: vec![Vec::new(); room.len()],
        room: room.to_vec(),
    };
    for place in 0..places.len() {
        if !matching.settle(place, &mut vec![false; room.len()]) {
            return None;
        }
    }
    let mut hosts = vec![0; places.len()];
    for (host, taken) in matching.of_host.iter().enumerate() {
        taken.iter().for_each(|&place| hosts[place] = host);
    }
    Some(hosts)
}

/// A host for each place: each time the host with the fewest bricks of the set.
fn crowded(places: &[Place], mut room: Vec<usize>) -> Option<Vec<usize>> {
    let mut taken: Vec<(usize, usize)> = Vec::new();
    for place in places {
        let own = |host: usize| taken.iter().filter(|taken| **taken == (place.set, host)).count();
        let roomy = place.hosts.iter().filter(|(host, _)| room[*host] > 0);
        let (host, _) = *roomy.min_by_key(|(host, kept)| kept + own(*host))?;
        room[host] -= 1;
        taken.push((place.set, host));
    }
    Some(taken.into_iter().map(|(_, host)| host).collect())
}

/// Places matched with hosts, by augmenting paths: a place may push another place to another host.
struct Matching<'p> {
    places: &'p [Place],
    /// How many places each host can take.
    room: Vec<usize>,
    /// The places that each host has taken.
    of_host: Vec<Vec<usize>>,
}

impl Matching<'_> {
    fn settle(&mut self, place: usize, tried: &mut Vec<bool>) -> bool {
        let set = self.places[place].set;
        let has_set = |taken: &[usize]| taken.iter().any(|&other| self.places[other].set == set);
        let roomy = self.places[place].hosts.iter().map(|(host, _)| host);
        let mut roomy =
            roomy.filter(|&&host| !has_set(&self.of_host[host]) && self.of_host[host].len() < self.room[host]);
        if let Some(&host) = roomy.find(|&&host| !tried[host]) {
            self.of_host[host].push(place);
            return true;
        }
        for &(host, _) in &self.places[place].hosts {
            if std::mem::replace(&mut tried[host], true) {
                continue;
            }
            let taken = &self.of_host[host];
            // At most one place of a set is on a host: that place would have to go.
            let rivals: Vec<usize> = match taken.iter().find(|&&other| self.places[other].set == set) {
                Some(&same) => vec![same],
                None => taken.clone(),
            };
            for rival in rivals {
                self.of_host[host].retain(|&other| other != rival);
                if self.settle(rival, tried) {
                    self.of_host[host].push(place);
                    return true;
                }
                self.of_host[host].push(rival);
            }
        }
        false
    }
}
