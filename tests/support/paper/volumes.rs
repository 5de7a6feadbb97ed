//! Volumes of a cluster on paper: their creation, with and without `force`.

use std::collections::{BTreeMap, BTreeSet};

use glusterctl::inventory::{Family, HostName, VolumeType};
use glusterctl::plan::Step;
use uuid::Uuid;

use super::{Cluster, Volume, values};

impl Cluster<'_> {
    /// `gluster volume create NAME` on a host, with these words after the name.
    pub(super) fn create(&mut self, on: &HostName, name: &str, words: &[&str]) {
        // A server without peers is a pool of its own.
        self.pool.insert(on.clone());
        let (volume_type, bricks) = volume_type(words);
        let bricks = self.looked_at(volume_type, bricks);
        for brick in bricks {
            let (host, dir) = brick.split_once(':').unwrap();
            let host = HostName::parse(host).unwrap();
            assert!(self.pool.contains(&host), "{brick}");
            assert!(self.hosts[&host].brick_dirs.contains(dir), "{brick}");
        }
        let family = self.desired.inventory.family();
        let kept = (family == Family::V6).then(|| ("transport.address-family".to_owned(), family.gluster().to_owned()));
        let volume = Volume {
            id: Uuid::new_v5(&Uuid::NAMESPACE_DNS, name.as_bytes()),
            volume_type,
            bricks: bricks.iter().map(ToString::to_string).collect(),
            options: kept.into_iter().collect(),
            started: false,
            moving: None,
            heal_pending: BTreeSet::new(),
            unbalanced: BTreeSet::new(),
            looked_at: BTreeSet::new(),
            limits: BTreeMap::new(),
        };
        assert!(self.volumes.insert(name.to_owned(), volume).is_none(), "{name} exists");
    }

    /// The bricks of new sets, without the word `force`, which has to be there if and only if the sets are crowded.
    pub(super) fn looked_at<'w, 't>(&self, volume_type: VolumeType, words: &'w [&'t str]) -> &'w [&'t str] {
        let (bricks, force) = match words {
            [bricks @ .., "force"] => (bricks, true),
            bricks => (bricks, false),
        };
        assert!(bricks.len().is_multiple_of(volume_type.set_size()), "{bricks:?}");
        let is_crowded = bricks.chunks(volume_type.set_size()).any(|set| {
            let hosts: BTreeSet<_> = set.iter().map(|brick| brick.split_once(':').unwrap().0).collect();
            hosts.len() < set.len()
        });
        self.is_forced_for_a_reason(bricks, force, is_crowded);
        bricks
    }

    /// The bricks that sets get, without the word `force`, which has to be there if and only if two of them are on one host, or
    /// one is on the host of another brick of the volume.
    pub(super) fn looked_at_more<'w, 't>(&self, name: &str, words: &'w [&'t str]) -> &'w [&'t str] {
        let (bricks, force) = match words {
            [bricks @ .., "force"] => (bricks, true),
            bricks => (bricks, false),
        };
        let host = |brick: &str| brick.split_once(':').unwrap().0.to_owned();
        let old: BTreeSet<_> = self.volumes[name].bricks.iter().map(|brick| host(brick)).collect();
        let new: BTreeSet<_> = bricks.iter().map(|brick| host(brick)).collect();
        let is_crowded = new.len() < bricks.len() || !old.is_disjoint(&new);
        self.is_forced_for_a_reason(bricks, force, is_crowded);
        bricks
    }

    fn is_forced_for_a_reason(&self, bricks: &[&str], force: bool, is_crowded: bool) {
        // Gluster wants `force` for several bricks of a set on one host; `force` for nothing is a mistake of the plan.
        assert_eq!(force, is_crowded, "{bricks:?}");
        let is_seen = |brick: &&str| self.checked.contains(*brick);
        assert!(
            !force || bricks.iter().all(is_seen),
            "{bricks:?} are forced, and nobody has looked at them"
        );
    }

    /// The script that looks at bricks before Gluster takes them with `force`.
    pub(super) fn look_at_bricks(&mut self, step: &Step) {
        let host = &self.hosts[&step.host];
        for line in values(&step.command, "bricks") {
            let words: Vec<&str> = line.split(' ').collect();
            assert!(host.mounted_at(words[1]).is_some(), "{step:?}");
            assert!(host.brick_dirs.contains(words[2]), "{step:?}");
            self.checked.insert(format!("{}:{}", step.host, words[2]));
        }
    }
}

/// The type in the words of `volume create` or `volume add-brick`, and the words that follow.
pub(super) fn volume_type<'w, 't>(words: &'w [&'t str]) -> (VolumeType, &'w [&'t str]) {
    let number = |text: &str| text.parse().unwrap();
    match words {
        ["replica", replica, "arbiter", arbiter, bricks @ ..] => {
            let (replica, arbiter) = (number(replica), number(arbiter));
            (VolumeType::Replicate { replica, arbiter }, bricks)
        }
        ["replica", replica, bricks @ ..] => {
            let replica = number(replica);
            (VolumeType::Replicate { replica, arbiter: 0 }, bricks)
        }
        ["disperse-data", data, "redundancy", redundancy, bricks @ ..] => {
            let (data, redundancy) = (number(data), number(redundancy));
            (VolumeType::Disperse { data, redundancy }, bricks)
        }
        bricks => (VolumeType::Distribute, bricks),
    }
}
