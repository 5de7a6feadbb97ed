//! The place of a brick in a set of a volume, and what the other bricks of the set have to fulfil before a new brick takes the
//! place. Pure.

use crate::desired::{BrickFileSystem, BrickSpec, DesiredHost};
use crate::facts::{HostFacts, VolumeInfo};
use crate::inventory::VolumeType;
use crate::plan::danger::Danger;
use crate::plan::steps::{Draft, GLUSTER, Planner, Success, Watch};
use crate::scripts::{self, lines};

/// The place of a brick in a set.
pub struct Seat<'f> {
    pub info: &'f VolumeInfo,
    pub spec: &'f BrickSpec,
    /// The other bricks of the set.
    pub others: Vec<&'f BrickSpec>,
}

/// What is known of the directory of a new brick.
pub enum Content {
    /// The directory is empty or missing, its file system is made by this plan, or a replacement was interrupted.
    Empty,
    /// The brick of the volume is there.
    Brick,
    /// That is not known yet.
    Unseen,
    /// Something else is there; with the remedy.
    Taken(String, &'static str),
}

/// The places of all bricks of a volume that Gluster knows by that name of their host.
pub fn seats<'f>(info: &'f VolumeInfo, host: &'f str) -> impl Iterator<Item = Seat<'f>> {
    info.sets().into_iter().flat_map(move |set| {
        let own = set.iter().filter(move |spec| spec.host == host);
        own.map(move |spec| Seat {
            info,
            spec,
            others: set.iter().filter(|other| *other != spec).collect(),
        })
    })
}

/// Whether no step can look at a brick, because its host looks after itself.
fn is_unseen(planner: &Planner, brick: &BrickSpec) -> bool {
    let host = planner.desired.host_called(&brick.host);
    let seen = host.and_then(|host| planner.facts.of(host.name()));
    seen.is_some_and(|seen| seen.self_managed.is_some())
}

/// What is in a directory on the file system of a host's brick.
pub fn content(observed: &HostFacts, brick: &BrickFileSystem, dir: &str, info: &VolumeInfo) -> Content {
    let ours = observed.brick_devices(&brick.uuid, &brick.mount);
    match observed.mounted_at(&brick.mount) {
        None if ours.is_empty() => Content::Empty,
        None => Content::Unseen,
        Some(mounted) if !ours.iter().any(|device| device.number == mounted.number) => Content::Unseen,
        Some(_) => match observed.bricks.get(dir) {
            Some(seen) if seen.new => Content::Empty,
            Some(seen) if seen.volume_id.as_ref() == Some(&info.id) => Content::Brick,
            Some(seen) if seen.volume_id.is_some() => Content::Taken(
                format!("{dir} carries the id of another volume"),
                "find out which volume that is, and move the directory away if nobody needs it",
            ),
            Some(seen) if seen.exists && !seen.bare => Content::Taken(
                format!("{dir} holds files, and carries no volume's id"),
                "move the directory away: a new brick begins empty",
            ),
            _ => Content::Empty,
        },
    }
}

impl Seat<'_> {
    /// Notes a problem if the new brick could not be healed: no other brick has the files, or another brick is down.
    pub fn refuse(&self, planner: &mut Planner) {
        let (volume, spec) = (&self.info.name, self.spec);
        if self.info.volume_type == VolumeType::Distribute {
            let what = format!("volume {volume} keeps each file on one brick: no other brick has the files of {spec}");
            planner.cluster_problem(
                what,
                "bring the disk back, or make the volume anew and restore the files from a backup",
            );
            return;
        }
        if !self.info.started {
            let what = format!("volume {volume} is stopped, and a new brick is healed only while the volume runs");
            planner.cluster_problem(
                what,
                "run glusterctl apply, which starts the volume, then the same command again",
            );
        }
        let runs = |other: &BrickSpec| {
            let host = planner.desired.host_called(&other.host);
            let observed = host.and_then(|host| planner.facts.of(host.name()));
            // Nobody sees the processes of a host that looks after itself; the script that puts the new brick in asks Gluster
            // whether it reaches the other bricks.
            observed.is_some_and(|observed| match observed.self_managed {
                Some(_) => observed.pool().is_some(),
                None => observed.brick_processes.contains(&other.dir),
            })
        };
        let down: Vec<String> = self
            .others
            .iter()
            .filter(|other| !runs(other))
            .map(ToString::to_string)
            .collect();
        if !down.is_empty() && self.info.started {
            let what = format!(
                "volume {volume}: another brick of the set of {spec} does not run, or is not known to run: {}",
                down.join(", ")
            );
            planner.cluster_problem(
                what,
                "bring that brick back first (glusterctl apply starts bricks), and wait for its heal",
            );
        }
    }

    /// Steps on the hosts of the other bricks: none of these bricks may need a heal that the brick may have to serve.
    pub fn checks(&self, planner: &mut Planner, needs: &[usize]) -> Vec<usize> {
        let VolumeType::Replicate { .. } = self.info.volume_type else {
            return needs.to_vec();
        };
        let mut steps = needs.to_vec();
        for brick in &self.others {
            let Some(host) = planner.desired.host_called(&brick.host).map(|host| host.host) else {
                continue;
            };
            if is_unseen(planner, brick) {
                continue;
            }
            let others = self.others.iter().filter(|other| *other != brick);
            let command = scripts::BRICK_BLAMES.with(&[
                ("volume", &self.info.name),
                ("brick", &brick.dir),
                ("others", &lines(others)),
            ]);
            let title = format!(
                "check that {brick} lacks nothing, and heals no other brick than {}",
                self.spec
            );
            let draft = Draft::new(title, "a brick that is needed for a heal is not replaced", command);
            steps.push(planner.aside(host, draft, needs.to_vec()));
        }
        steps
    }

    /// The step that takes the new brick, whose name is the lost one's, into the place.
    pub fn reset(
        &self,
        planner: &mut Planner,
        host: &DesiredHost,
        brick: &BrickFileSystem,
        dir: &str,
        after: &[usize],
    ) -> usize {
        let mut needs = self.checks(planner, after);
        needs.extend(planner.last(host.host));
        let (others, spec) = (lines(&self.others), self.spec.to_string());
        let mut values = self.values(brick, dir, &others);
        values.push(("spec", &spec));
        let mut draft = draft(
            format!("put the new brick {spec} into volume {}", self.info.name),
            "the place of the brick is empty, or Gluster did not take the new brick".to_owned(),
            scripts::RESET_BRICK.with(&values),
        );
        // Nobody looks whether the others need the lost brick for a heal: a person has to know that its disk does not come back.
        let volume = planner.desired.inventory.volume(&self.info.name);
        if let Some(volume) = volume.filter(|_| self.others.iter().any(|other| is_unseen(planner, other))) {
            draft = draft.danger(Danger::TakesRedundancy {
                volume: volume.name.clone(),
            });
        }
        planner.aside(host.host, draft, needs)
    }

    /// The step that compares the names of the new brick in this directory with those of another brick of the set; none if the
    /// names of single bricks cannot be read.
    pub fn compare(&self, planner: &mut Planner, host: &DesiredHost, dir: &str, after: Vec<usize>) -> Option<usize> {
        let VolumeType::Replicate { .. } = self.info.volume_type else {
            return None;
        };
        let sets = self.info.sets();
        let set = sets.iter().find(|set| set.contains(self.spec))?;
        let source = set.iter().position(|spec| spec != self.spec)?;
        let command = scripts::NAMES_MISSING.with(&[
            ("volume", &self.info.name),
            ("brick", dir),
            ("kind", if sets.len() > 1 { "d" } else { "" }),
            ("source", &source.to_string()),
        ]);
        let draft = Draft {
            success: Success::Watch(Watch::Names),
            limit_seconds: 3 * GLUSTER,
            ..Draft::new(
                format!("compare the names on {}:{dir} with another brick's", host.name()),
                "the new brick counts once it holds what the others hold",
                command,
            )
        };
        Some(planner.aside(host.host, draft, after))
    }

    /// The values that the scripts of both ways have.
    pub fn values<'v>(&'v self, brick: &'v BrickFileSystem, dir: &'v str, others: &'v str) -> Vec<(&'v str, &'v str)> {
        vec![
            ("volume", self.info.name.as_str()),
            ("others", others),
            ("uuid", brick.identity()),
            ("target", &brick.mount),
            ("brick", dir),
        ]
    }
}

/// A step that puts a new brick into a volume.
pub fn draft(title: String, reason: String, command: String) -> Draft {
    Draft {
        success: Success::Gluster,
        ..Draft::new(title, reason, command).limit(3 * GLUSTER)
    }
}

/// Heals a volume to the end after these steps, from a host.
pub fn heal(planner: &mut Planner, host: &DesiredHost, volume: &str, needs: Vec<usize>) -> usize {
    let reason = "the new brick counts once it holds what the others hold";
    planner.aside(host.host, Draft::healed(volume, reason), needs)
}
