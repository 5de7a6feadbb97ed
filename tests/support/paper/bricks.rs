//! How the volumes of a cluster on paper grow and shrink.

use std::collections::BTreeSet;

use glusterctl::inventory::{HostName, VolumeType};
use glusterctl::plan::{Step, Success, Watch};
use uuid::Uuid;

use super::volumes::volume_type;
use super::{Cluster, Volume, value};

/// Files that are being moved between the bricks of a volume.
#[derive(Clone)]
pub struct Moving {
    /// The bricks that are being emptied; without such bricks, the work is a rebalance.
    pub emptied: Vec<String>,
    pub id: Uuid,
    /// Whether the work has been watched to its end.
    pub ended: bool,
}

impl Cluster<'_> {
    /// The commands that change which bricks a volume has.
    pub(super) fn change_bricks(&mut self, words: &[&str]) {
        let ["volume", command, name, rest @ ..] = words else {
            panic!("gluster {words:?}");
        };
        match (*command, rest) {
            ("add-brick", rest) => self.add_bricks(name, rest),
            ("rebalance", ["start"]) => {
                let volume = self.volumes.get_mut(*name).unwrap();
                assert!(volume.moving.as_ref().is_none_or(|moving| moving.ended), "{words:?}");
                volume.moves(Vec::new());
            }
            ("remove-brick", [bricks @ .., "start"]) => {
                let volume = self.volumes.get_mut(*name).unwrap();
                assert!(
                    volume.heal_pending.is_empty() && volume.unbalanced.is_empty(),
                    "{words:?}"
                );
                assert!(
                    bricks.len() < volume.bricks.len() && volume.are_whole_sets(bricks),
                    "{words:?}"
                );
                volume.moves(bricks.iter().map(ToString::to_string).collect());
            }
            ("remove-brick", [bricks @ .., "stop"]) => {
                let volume = self.volumes.get_mut(*name).unwrap();
                assert_eq!(volume.moving.take().unwrap().emptied, bricks);
            }
            ("remove-brick", [bricks @ .., "commit"]) => {
                let volume = self.volumes.get_mut(*name).unwrap();
                let moving = volume.moving.take().unwrap();
                assert!(moving.ended && moving.emptied == bricks, "{words:?}");
                assert!(
                    bricks.iter().all(|brick| volume.looked_at.contains(*brick)),
                    "{words:?}"
                );
                volume.bricks.retain(|brick| !moving.emptied.contains(brick));
                volume.looked_at.clear();
            }
            ("replace-brick", [old, new, "commit", "force"]) => {
                self.is_ready(new);
                let volume = self.volumes.get_mut(*name).unwrap();
                assert!(volume.heal_pending.is_empty(), "two copies fewer: {words:?}");
                let at = volume.bricks.iter().position(|brick| brick == old).unwrap();
                volume.bricks[at] = (*new).to_owned();
                volume.heal_pending.insert((*new).to_owned());
            }
            other => panic!("gluster {other:?}"),
        }
    }

    fn add_bricks(&mut self, name: &str, rest: &[&str]) {
        let is = self.volumes[name].volume_type;
        let (wanted, bricks) = volume_type(rest);
        let size = is.set_size();
        if wanted == VolumeType::Distribute {
            let bricks = self.looked_at(is, bricks);
            bricks.iter().for_each(|brick| self.is_ready(brick));
            let volume = self.volumes.get_mut(name).unwrap();
            let bricks = bricks.iter().map(ToString::to_string);
            volume.unbalanced.extend(bricks.clone());
            volume.bricks.extend(bricks);
            return;
        }
        let bricks = self.looked_at_more(name, bricks);
        bricks.iter().for_each(|brick| self.is_ready(brick));
        let volume = self.volumes.get_mut(name).unwrap();
        // The new bricks come set by set.
        let (sets, more) = (volume.bricks.len() / size, wanted.set_size() - size);
        let bricks: Vec<String> = bricks.iter().map(ToString::to_string).collect();
        assert_eq!(bricks.len(), sets * more, "{name}");
        let old = volume.bricks.chunks(size);
        let sets: Vec<Vec<String>> = old
            .zip(bricks.chunks(more))
            .map(|(old, new)| [old, new].concat())
            .collect();
        volume.bricks = sets.concat();
        volume.heal_pending.extend(bricks);
        volume.volume_type = wanted;
    }

    /// A brick can be added: its host is in the pool, its directory exists, and belongs to no volume.
    fn is_ready(&self, brick: &str) {
        let (host, dir) = brick.split_once(':').unwrap();
        let host = HostName::parse(host).unwrap();
        assert!(self.pool.contains(&host), "{brick}");
        let machine = &self.hosts[&host];
        assert!(
            machine.brick_dirs.contains(dir) && !machine.left.contains_key(dir),
            "{brick}"
        );
    }

    /// Watches work to its end.
    pub(super) fn watch(&mut self, step: &Step) {
        let Success::Watch(watch) = step.success else {
            panic!("{step:?}");
        };
        match watch {
            Watch::Heal => self
                .volumes
                .get_mut(&value(&step.command, "volume"))
                .unwrap()
                .heal_pending
                .clear(),
            // What `replace` made is no part of the cluster on paper.
            Watch::Names => panic!("{step:?}"),
            Watch::Migration | Watch::Removal => {
                let words = super::words_after(&step.command, "gluster --mode=script --xml ");
                let volume = self.volumes.get_mut(&words[2]).unwrap();
                let moving = volume
                    .moving
                    .as_mut()
                    .unwrap_or_else(|| panic!("nothing moves: {step:?}"));
                moving.ended = true;
                if watch == Watch::Migration {
                    assert!(moving.emptied.is_empty(), "{step:?}");
                    volume.unbalanced.clear();
                }
            }
        }
    }

    /// The steps on hosts about single bricks.
    pub(super) fn look_at_brick(&mut self, step: &Step) {
        let (volume, dir) = (value(&step.command, "volume"), value(&step.command, "brick"));
        let brick = format!("{}:{dir}", step.host);
        let known = self.volumes.get_mut(&volume);
        let is_listed = known.as_ref().is_some_and(|known| known.bricks.contains(&brick));
        let host = self.hosts.get_mut(&step.host).unwrap();
        if step.title.starts_with("look whether ") {
            let known = known.unwrap();
            assert!(
                is_listed && known.moving.as_ref().is_some_and(|moving| moving.ended),
                "{step:?}"
            );
            known.looked_at.insert(brick);
        } else {
            assert!(!is_listed, "{step:?}");
            assert!(host.mounted_at(&value(&step.command, "target")).is_some(), "{step:?}");
            host.left.remove(&dir);
            host.brick_dirs.remove(&dir);
        }
    }

    /// The bricks that lost their volume leave their directories behind.
    pub(super) fn note_left(&mut self, before: &std::collections::BTreeMap<String, (Uuid, Vec<String>)>) {
        for (name, (id, bricks)) in before {
            let now = self.volumes.get(name).map_or(&[][..], |volume| &volume.bricks);
            for brick in bricks.iter().filter(|brick| !now.contains(brick)) {
                let (host, dir) = brick.split_once(':').unwrap();
                if let Some(machine) = self.hosts.get_mut(&HostName::parse(host).unwrap()) {
                    machine.left.insert(dir.to_owned(), *id);
                }
            }
        }
    }
}

impl Volume {
    fn moves(&mut self, emptied: Vec<String>) {
        let before = self.moving.as_ref().map_or(self.id, |moving| moving.id);
        self.moving = Some(Moving {
            emptied,
            id: Uuid::new_v5(&before, b"next"),
            ended: false,
        });
        self.looked_at = BTreeSet::new();
    }

    fn are_whole_sets(&self, bricks: &[&str]) -> bool {
        self.bricks.chunks(self.volume_type.set_size()).all(|set| {
            let gone = set.iter().filter(|brick| bricks.contains(&brick.as_str())).count();
            gone == 0 || gone == self.volume_type.set_size()
        })
    }

    /// What glusterd notes on disk about moving files.
    pub(super) fn notes(&self, name: &str) -> String {
        let at = format!("/var/lib/glusterd/vols/{name}");
        let Some(Moving { emptied, id, ended }) = &self.moving else {
            return format!("{at}/node_state.info:status=0\n{at}/node_state.info:rebalance_op=0\n");
        };
        let files = emptied.iter().map(|brick| brick.replace('/', "-"));
        let files: String = files
            .map(|file| format!("{at}/bricks/{file}:decommissioned=1\n"))
            .collect();
        let (status, op) = (if *ended { 3 } else { 1 }, if emptied.is_empty() { 19 } else { 9 });
        format!(
            "{files}{at}/node_state.info:status={status}\n{at}/node_state.info:rebalance_op={op}\n\
             {at}/node_state.info:rebalance-id={id}\n{at}/node_state.info:failures=0\n"
        )
    }
}
