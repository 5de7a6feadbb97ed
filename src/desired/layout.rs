//! The bricks of a volume, and how the bricks form sets: the bricks of existing sets stay in their sets, and all other
//! bricks of the inventory form new sets. Pure.

use super::bricks::{BrickFileSystem, BrickSpec};
use super::{Desired, DesiredHost};
use crate::inventory::sets::{Carrier, Sets, arrange};
use crate::inventory::{HostName, NoLayout, Volume, VolumeName};

/// A directory on a brick's file system that holds a part of a volume.
#[derive(Debug, Clone, Copy)]
pub struct Brick<'d> {
    /// The host that the brick is on.
    pub host: &'d HostName,
    /// The file system that the brick is on.
    pub file_system: &'d BrickFileSystem<'d>,
    /// The volume that the brick belongs to.
    pub volume: &'d VolumeName,
    /// The brick directory.
    pub dir: &'d str,
}

impl Brick<'_> {
    /// The brick as Gluster names the brick.
    #[must_use]
    pub fn spec(&self) -> BrickSpec {
        BrickSpec {
            host: self.host.to_string(),
            dir: self.dir.to_owned(),
        }
    }

    /// Whether the brick's device is to leave the cluster.
    #[must_use]
    pub fn is_leaving(&self) -> bool {
        self.file_system.device.leaving
    }
}

/// The bricks of a volume by set; the arbiter is the last brick of its set.
#[derive(Debug)]
pub struct Layout<'d> {
    /// The existing sets, in Gluster's order, with the bricks that the inventory has.
    pub existing: Vec<Vec<Brick<'d>>>,
    /// The bricks of existing sets that the inventory does not have.
    pub strangers: Vec<BrickSpec>,
    /// The existing sets (by their places) that go as a whole, once their data is on the other sets.
    pub removing: Vec<usize>,
    /// Bricks that leave, and the bricks that take their places in their sets. Nothing takes a place while sets go: their
    /// bricks are free afterwards.
    pub replacing: Vec<(Brick<'d>, Brick<'d>)>,
    /// For each existing set, the bricks that are appended to the set; empty if the sets are large enough.
    pub widening: Vec<Vec<Brick<'d>>>,
    /// The sets that the volume does not have yet, in the order in which Gluster takes sets; or why no set is possible.
    pub new: Result<Vec<Vec<Brick<'d>>>, NoLayout>,
}

impl<'d> Layout<'d> {
    /// All bricks of the inventory, existing sets first.
    pub fn bricks(&self) -> impl Iterator<Item = Brick<'d>> {
        let taking = self.replacing.iter().map(|(_, new)| *new);
        let sets = self
            .existing
            .iter()
            .chain(&self.widening)
            .chain(self.new.iter().flatten());
        sets.flatten().copied().chain(taking)
    }

    /// The bricks of the sets that go.
    #[must_use]
    pub fn removed(&self) -> Vec<Brick<'d>> {
        let sets = self.removing.iter().filter_map(|set| self.existing.get(*set));
        sets.flatten().copied().collect()
    }
}

impl Desired<'_> {
    /// The layout of a volume whose sets `existing` exist. Every device that the volume chooses holds one brick of the volume,
    /// except devices with bricks that somebody else made. The bricks of a new set are on different hosts (unless the
    /// volume allows otherwise, and the hosts are too few), and in different zones if no zone has more bricks than there are
    /// new sets; arbiters are spread over the hosts.
    #[must_use]
    pub fn layout<'d>(&'d self, volume: &'d Volume, existing: &[&[BrickSpec]]) -> Layout<'d> {
        self.layout_now(volume, existing, |_| false)
    }

    /// [`Desired::layout`], while Gluster empties some bricks already.
    #[must_use]
    pub fn layout_now<'d>(
        &'d self,
        volume: &'d Volume,
        existing: &[&[BrickSpec]],
        is_emptied: impl Fn(&BrickSpec) -> bool,
    ) -> Layout<'d> {
        let mut layout = Layout {
            existing: Vec::with_capacity(existing.len()),
            strangers: Vec::new(),
            removing: Vec::new(),
            replacing: Vec::new(),
            widening: Vec::new(),
            new: Ok(Vec::new()),
        };
        // For each brick of each host: whether the brick is in no existing set.
        let mut free: Vec<Vec<bool>> = self
            .hosts
            .iter()
            .map(|desired| {
                let bricks = desired.bricks.iter();
                let carries =
                    |brick: &BrickFileSystem| volume.is_on(desired.name(), brick.device) && !brick.device.leaving;
                bricks.map(carries).collect()
            })
            .collect();
        for set in existing {
            let mut bricks = Vec::with_capacity(set.len());
            for spec in *set {
                let place = self.place(volume, spec);
                match place.and_then(|(host, at)| Some((host, at, self.hosts[host].brick(at, volume)?))) {
                    Some((host, at, brick)) => {
                        free[host][at] = false;
                        bricks.push(brick);
                    }
                    None => layout.strangers.push(spec.clone()),
                }
            }
            layout.existing.push(bricks);
        }
        layout.new = self.reshape(volume, &mut layout, &mut free, is_emptied);
        layout
    }

    /// Finds out how the existing sets change, and arranges the bricks that are free after that; fails if the inventory's
    /// bricks allow no such sets.
    fn reshape<'d>(
        &'d self,
        volume: &'d Volume,
        layout: &mut Layout<'d>,
        free: &mut [Vec<bool>],
        is_emptied: impl Fn(&BrickSpec) -> bool,
    ) -> Result<Vec<Vec<Brick<'d>>>, NoLayout> {
        let size = layout.existing.first().map_or(0, Vec::len);
        let leaves = |set: &Vec<Brick>| set.iter().any(Brick::is_leaving);
        let wanted = volume.volume_type.set_size();
        if layout.existing.is_empty() || !layout.strangers.is_empty() {
            return self.more_sets(volume, layout, free);
        }
        if !layout.existing.iter().any(leaves) {
            if size < wanted {
                layout.widening = self.widen(volume, &layout.existing, free)?;
            }
            return self.more_sets(volume, layout, free);
        }
        if size != wanted {
            return Err(NoLayout {
                title: "the volume is to change its type and to lose bricks at once".to_owned(),
                why: "only one of the two can be done at a time".to_owned(),
                remedy: "change one of the two back for now".to_owned(),
            });
        }
        if size == 1 {
            // Without copies, no brick can take another brick's place: new bricks come first, then bricks are emptied.
            let sets = layout.existing.iter().enumerate();
            layout.removing = sets.filter(|(_, set)| leaves(set)).map(|(at, _)| at).collect();
            return self.more_sets(volume, layout, free);
        }
        let stays = layout.existing.iter().flatten().filter(|brick| !brick.is_leaving());
        let staying = stays.count() + free.iter().flatten().filter(|free| **free).count();
        let kept = (staying / size).max(1);
        layout.removing = Self::removed_sets(&layout.existing, kept, is_emptied);
        if !layout.removing.is_empty() {
            return Ok(Vec::new());
        }
        layout.replacing = self.take_over(volume, &layout.existing, free)?;
        self.more_sets(volume, layout, free)
    }

    /// The sets of the bricks that are still free; a volume that exists needs none.
    fn more_sets<'d>(
        &'d self,
        volume: &'d Volume,
        layout: &Layout<'d>,
        free: &[Vec<bool>],
    ) -> Result<Vec<Vec<Brick<'d>>>, NoLayout> {
        // A volume without any brick gets the refusal of `arrange`.
        match layout.existing.is_empty() || free.iter().flatten().any(|free| *free) {
            true => self.new_sets(volume, free),
            false => Ok(Vec::new()),
        }
    }

    /// The place of a brick of the volume in the inventory: the index of the host, and the index of the brick on the
    /// host.
    fn place(&self, volume: &Volume, spec: &BrickSpec) -> Option<(usize, usize)> {
        let host = self.index_of(&spec.host)?;
        let mut bricks = self.hosts[host].bricks.iter();
        let at = bricks
            .position(|brick| spec.dir.starts_with(&brick.mount) && brick.dir(&volume.name) == Some(&spec.dir))?;
        Some((host, at))
    }

    /// Arranges the bricks that are in no existing set.
    fn new_sets<'d>(&'d self, volume: &'d Volume, free: &[Vec<bool>]) -> Result<Vec<Vec<Brick<'d>>>, NoLayout> {
        let free_of = |host: usize| {
            free[host]
                .iter()
                .enumerate()
                .filter(|(_, free)| **free)
                .map(|(at, _)| at)
        };
        let hosts: Vec<usize> = (0..self.hosts.len())
            .filter(|host| free_of(*host).next().is_some())
            .collect();
        let carriers: Vec<Carrier> = hosts
            .iter()
            .map(|host| self.hosts[*host].host.carrier(free_of(*host).count()))
            .collect();
        let Sets { hosts: sets, .. } = arrange(&carriers, volume.volume_type, volume.spread)?;
        let mut next: Vec<_> = hosts.iter().map(|host| free_of(*host)).collect();
        let mut brick = |carrier: usize| self.hosts[hosts[carrier]].brick(next[carrier].next()?, volume);
        Ok(sets
            .into_iter()
            .map(|set| set.into_iter().filter_map(&mut brick).collect())
            .collect())
    }
}

impl DesiredHost<'_> {
    pub(super) fn brick<'d>(&'d self, at: usize, volume: &'d Volume) -> Option<Brick<'d>> {
        let file_system = &self.bricks[at];
        Some(Brick {
            host: &self.host.name,
            file_system,
            volume: &volume.name,
            dir: file_system.dir(&volume.name)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{self, Inventory};

    fn inventory(devices: &str) -> Inventory {
        let host = |number| format!("  - {{name: kube{number}, address: 198.51.100.{number}, devices: [{devices}]}}\n");
        let hosts: String = (1..=3).map(host).collect();
        let text = format!("cluster: kube\nhosts:\n{hosts}volumes: [{{name: gv0, replica: 3, mount: /data}}]\n");
        inventory::read(&text, "test").unwrap()
    }

    fn specs(sets: &[Vec<Brick>]) -> Vec<Vec<String>> {
        let set = |set: &Vec<Brick>| set.iter().map(|brick| brick.spec().to_string()).collect();
        sets.iter().map(set).collect()
    }

    fn set(bricks: [&str; 3]) -> Vec<BrickSpec> {
        bricks.iter().map(|brick| BrickSpec::parse(brick).unwrap()).collect()
    }

    #[test]
    fn an_added_device_never_reshuffles_a_set() {
        let inventory = inventory("/dev/vda, /dev/vdb");
        let desired = Desired::of(&inventory);
        // A fresh layout begins with vda; this volume was made of vdb, in an order of its own.
        let made = set([
            "kube3:/bricks/vdb/gv0",
            "kube1:/bricks/vdb/gv0",
            "kube2:/bricks/vdb/gv0",
        ]);
        let layout = desired.layout(&inventory.volumes[0], &[&made]);
        let existing: Vec<String> = made.iter().map(ToString::to_string).collect();
        assert_eq!(specs(&layout.existing), [existing]);
        let new = [
            "kube1:/bricks/vda/gv0",
            "kube2:/bricks/vda/gv0",
            "kube3:/bricks/vda/gv0",
        ];
        assert_eq!(specs(&layout.new.unwrap()), [new]);
        assert!(layout.strangers.is_empty());
    }

    #[test]
    fn a_brick_that_the_inventory_does_not_have_is_named() {
        let inventory = inventory("/dev/vdb");
        let desired = Desired::of(&inventory);
        let made = set([
            "kube1:/bricks/vdb/gv0",
            "kube2:/bricks/vdb/gv0",
            "kube4:/bricks/vdb/gv0",
        ]);
        let layout = desired.layout(&inventory.volumes[0], &[&made]);
        assert_eq!(layout.strangers, [made[2].clone()]);
        assert!(layout.new.unwrap_err().title.contains("replica 3 needs 3 servers"));
    }

    #[test]
    fn a_volume_is_on_the_hosts_and_devices_that_it_chooses() {
        let text = "\
cluster: kube
defaults: {devices: [/dev/vda, /dev/vdb]}
hosts:
  - {name: kube1, address: 198.51.100.1}
  - {name: kube2, address: 198.51.100.2}
  - {name: kube3, address: 198.51.100.3}
volumes:
  - {name: gv0, replica: 2, bricks: {hosts: [kube1, kube3], devices: [vdb]}, mount: /data}
  - {name: gv1, replica: 3, mount: /more}
";
        let inventory = inventory::read(text, "test").unwrap();
        let desired = Desired::of(&inventory);
        let of = |volume: usize| desired.layout(&inventory.volumes[volume], &[]).new.unwrap();
        assert_eq!(specs(&of(0)), [["kube1:/bricks/vdb/gv0", "kube3:/bricks/vdb/gv0"]]);
        assert_eq!(of(1).iter().flatten().count(), 6);
        let dirs = |host: usize| desired.hosts[host].brick_dirs().collect::<Vec<_>>();
        assert_eq!(dirs(0), ["/bricks/vda/gv1", "/bricks/vdb/gv0", "/bricks/vdb/gv1"]);
        assert_eq!(dirs(1), ["/bricks/vda/gv1", "/bricks/vdb/gv1"]);
        // A brick that the volume has and does not choose any more is no brick of the inventory.
        let made: Vec<BrickSpec> = ["kube1:/bricks/vda/gv0", "kube3:/bricks/vdb/gv0"]
            .iter()
            .filter_map(|brick| BrickSpec::parse(brick))
            .collect();
        assert_eq!(
            desired.layout(&inventory.volumes[0], &[&made]).strangers,
            [made[0].clone()]
        );
    }

    #[test]
    fn once_all_bricks_are_in_sets_nothing_is_new() {
        let inventory = inventory("/dev/vdb");
        let desired = Desired::of(&inventory);
        let made = set([
            "kube1:/bricks/vdb/gv0",
            "kube2:/bricks/vdb/gv0",
            "kube3:/bricks/vdb/gv0",
        ]);
        let layout = desired.layout(&inventory.volumes[0], &[&made]);
        assert!(layout.new.unwrap().is_empty());
    }
}
