//! Volumes of a cluster on paper: their creation, with and without `force`.

use std::collections::{BTreeMap, BTreeSet};

use glusterctl::inventory::{HostName, VolumeType};
use glusterctl::plan::Step;
use uuid::Uuid;

use super::{Cluster, Volume, values};

impl Cluster<'_> {
    /// `gluster volume create NAME` on a host, with these words after the name.
    pub(super) fn create(&mut self, on: &HostName, name: &str, words: &[&str]) {
        // A server without peers is a pool of its own.
        self.pool.insert(on.clone());
        let (volume_type, bricks) = volume_type(words);
        let (bricks, force) = match bricks {
            [bricks @ .., "force"] => (bricks, true),
            bricks => (bricks, false),
        };
        assert!(bricks.len().is_multiple_of(volume_type.set_size()), "{bricks:?}");
        let is_crowded = bricks.chunks(volume_type.set_size()).any(|set| {
            let hosts: BTreeSet<_> = set.iter().map(|brick| brick.split_once(':').unwrap().0).collect();
            hosts.len() < set.len()
        });
        // Gluster wants `force` for several bricks of a set on one host; `force` for nothing is a mistake of the plan.
        assert_eq!(force, is_crowded, "{bricks:?}");
        for brick in bricks {
            let (host, dir) = brick.split_once(':').unwrap();
            let host = HostName::parse(host).unwrap();
            assert!(self.pool.contains(&host), "{brick}");
            assert!(self.hosts[&host].brick_dirs.contains(dir), "{brick}");
            assert!(
                !force || self.checked.contains(*brick),
                "{brick} is forced, and nobody has looked at the brick"
            );
        }
        let volume = Volume {
            id: Uuid::new_v5(&Uuid::NAMESPACE_DNS, name.as_bytes()),
            volume_type,
            bricks: bricks.iter().map(ToString::to_string).collect(),
            options: BTreeMap::new(),
            started: false,
        };
        assert!(self.volumes.insert(name.to_owned(), volume).is_none(), "{name} exists");
    }

    /// The script that looks at bricks before a volume is created with `force`.
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

/// The type in the words of `volume create`, and the words that follow.
fn volume_type<'w, 't>(words: &'w [&'t str]) -> (VolumeType, &'w [&'t str]) {
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
