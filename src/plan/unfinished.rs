//! Long work on a volume that an earlier run may have left unfinished. The volume itself carries a mark that says what has to
//! end before anything else is changed: Gluster keeps any `user.*` option. The mark comes before what the mark is about. Pure.

use super::reshape::Change;
use super::steps::{Draft, Planner, Success, Watch};
use crate::desired::BrickSpec;
use crate::facts::{Facts, MigrationState, MovingState, Removal, VolumeInfo, Work};
use crate::inventory::VolumeType;
use crate::shell;

/// The option that holds the mark.
const MARK: &str = "user.glusterctl.unfinished";
/// What stands for no value in a `user.*` option.
const NONE: &str = "none";

/// What has to end on a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfinished {
    Nothing,
    /// New bricks have to be filled by healing.
    Heal,
    /// The files have to be spread over more sets.
    Rebalance {
        /// Over how many sets the files are spread.
        sets: usize,
        /// The id of the last rebalance before sets were added; empty if there was none.
        before: String,
    },
}

impl Unfinished {
    /// What the mark of a volume says; a mark that is not understood says nothing.
    pub fn of(info: &VolumeInfo) -> Self {
        let mark = info.options.get(MARK).map_or(NONE, String::as_str);
        let mut words = mark.split(':');
        match (words.next(), words.next().map(str::parse), words.next()) {
            (Some("heal"), None, None) => Unfinished::Heal,
            (Some("rebalance"), Some(Ok(sets)), Some(before)) => Unfinished::Rebalance {
                sets,
                before: before.trim_matches('-').to_owned(),
            },
            _ => Unfinished::Nothing,
        }
    }

    fn mark(&self) -> String {
        match self {
            Unfinished::Nothing => NONE.to_owned(),
            Unfinished::Heal => "heal".to_owned(),
            Unfinished::Rebalance { sets, before } if before.is_empty() => format!("rebalance:{sets}:-"),
            Unfinished::Rebalance { sets, before } => format!("rebalance:{sets}:{before}"),
        }
    }

    /// The step that marks a volume, unless the volume has the mark.
    pub fn note(&self, info: &VolumeInfo) -> Option<Draft> {
        (Unfinished::of(info) != *self).then(|| self.noted(&info.name))
    }

    /// The step that marks a volume, whatever mark the volume has.
    pub fn noted(&self, volume: &str) -> Draft {
        let (title, reason) = match self {
            Unfinished::Nothing => (
                format!("note that the work on volume {volume} is finished"),
                "nothing is left to be taken up again",
            ),
            Unfinished::Heal => (
                format!("note that volume {volume} has to be healed"),
                "by the mark, a later apply takes the work up again",
            ),
            Unfinished::Rebalance { .. } => (
                format!("note that volume {volume} has to be rebalanced"),
                "by the mark, a later apply takes the work up again",
            ),
        };
        let words = shell::words([volume, MARK, &self.mark()]);
        Draft::gluster(title, reason, &format!("volume set {words}"))
    }
}

/// What Gluster does about the files of a volume, from the notes of all servers that know the volume.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Underway {
    pub work: Option<Work>,
    pub state: MovingState,
    /// The id of the work; empty if there is none.
    pub id: String,
    /// The bricks that are being emptied, in the volume's order.
    pub emptied: Vec<BrickSpec>,
    /// What Gluster says of the removal of the bricks, if this was asked: of hosts that provision themselves, nobody can see
    /// the notes.
    pub removal: Option<Removal>,
}

impl Underway {
    pub fn of(facts: &Facts, info: &VolumeInfo) -> Self {
        let known = facts.cluster.volume(&info.name);
        let servers = known.map_or(&[][..], |known| &known.known_by);
        let notes = servers
            .iter()
            .filter_map(|server| facts.of(server)?.moving.get(&info.name));
        let notes: Vec<_> = notes.collect();
        let emptied = info.bricks.iter();
        let emptied = emptied.filter(|brick| notes.iter().any(|moving| moving.empties(brick)));
        let mut underway = Underway {
            emptied: emptied.cloned().collect(),
            ..Underway::default()
        };
        if facts.is_partial() && !underway.emptied.is_empty() {
            let mut said = servers
                .iter()
                .filter_map(|server| facts.of(server)?.removals.get(&info.name));
            return underway.of_removal(said.next().cloned());
        }
        // A server without bricks of the volume has nothing to note.
        let Some(first) = notes.iter().find(|moving| moving.work.is_some()) else {
            return underway;
        };
        underway.work = first.work;
        first.id.clone_into(&mut underway.id);
        let states = notes.iter().filter(|moving| moving.work == first.work);
        for moving in states {
            let state = match moving.state {
                MovingState::Completed if moving.left > 0 => MovingState::Failed,
                state => state,
            };
            let rank = |state| match state {
                MovingState::Idle => 0,
                MovingState::Completed => 1,
                MovingState::Failed => 2,
                MovingState::Runs => 3,
            };
            if rank(state) > rank(underway.state) {
                underway.state = state;
            }
        }
        underway
    }

    /// The removal of the bricks, as far as Gluster tells: what is not known counts as going on.
    fn of_removal(self, removal: Option<Removal>) -> Self {
        let state = removal.as_ref().map(|removal| &removal.migration.state);
        Underway {
            work: Some(Work::Removal),
            state: match state {
                Some(MigrationState::Completed) => MovingState::Completed,
                Some(MigrationState::Failed | MigrationState::Idle(_)) => MovingState::Failed,
                Some(MigrationState::Runs) | None => MovingState::Runs,
            },
            removal,
            ..self
        }
    }

    /// Whether a rebalance moves files now.
    pub fn rebalances(&self) -> bool {
        self.work == Some(Work::Rebalance) && self.state == MovingState::Runs
    }
}

/// A step that watches moving files to its end; `words` are those of the command that asks how far the work has come.
pub fn watched(title: String, reason: &str, words: &str, watch: Watch) -> Draft {
    Draft {
        success: Success::Watch(watch),
        ..Draft::gluster(title, reason, words)
    }
}

/// A step that watches the rebalance of a volume.
pub fn rebalance_watched(volume: &str, reason: &str) -> Draft {
    let words = format!("volume rebalance {} status", shell::quote(volume));
    watched(format!("rebalance volume {volume}"), reason, &words, Watch::Migration)
}

/// The steps that rebalance a volume after sets were added, one after the other; returns the last.
pub fn rebalance(planner: &mut Planner, change: &Change, is_started: bool, needs: Vec<usize>) -> usize {
    let (host, info, volume) = (change.pool.coordinator, change.info, change.info.name.as_str());
    let mut needs = needs;
    if !is_started {
        // On a server that begins before all coded parts of a new set agree on its root, the rebalance fails at once ("failed
        // to get node-uuid", measured with 10.3); and a rebalance that failed most likely met copies that were not healed.
        let has_failed = change.underway.state == MovingState::Failed && info.heals();
        if has_failed || matches!(info.volume_type, VolumeType::Disperse { .. }) {
            let healed = Draft::healed(volume, "a file is moved only if all of its copies are right");
            needs = vec![planner.aside(host, healed, needs)];
        }
        let title = format!("start the rebalance of volume {volume}");
        let reason = "the new bricks hold no file yet";
        let words = format!("volume rebalance {} start", shell::quote(volume));
        needs = vec![planner.aside(host, Draft::gluster(title, reason, &words), needs)];
    }
    let watch = rebalance_watched(volume, "Gluster moves files to the new bricks");
    let watched = planner.aside(host, watch, needs);
    planner.aside(host, Unfinished::Nothing.noted(volume), vec![watched])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::facts::VolumeId;

    fn info(mark: &str) -> VolumeInfo {
        VolumeInfo {
            name: "gv0".into(),
            id: VolumeId::new("a1"),
            started: true,
            volume_type: VolumeType::Distribute,
            bricks: Vec::new(),
            brick_hosts: Vec::new(),
            options: BTreeMap::from([(MARK.to_owned(), mark.to_owned())]),
        }
    }

    #[test]
    fn a_mark_says_what_it_was_written_for() {
        let before = "bef5384f-f04b-437f-9bc1-605525ecc0f4";
        for work in [
            Unfinished::Nothing,
            Unfinished::Heal,
            Unfinished::Rebalance {
                sets: 2,
                before: before.into(),
            },
            Unfinished::Rebalance {
                sets: 1,
                before: String::new(),
            },
        ] {
            assert_eq!(Unfinished::of(&info(&work.mark())), work);
            assert!(work.note(&info(&work.mark())).is_none());
        }
        assert_eq!(Unfinished::of(&info("rebalance:many")), Unfinished::Nothing);
    }
}
