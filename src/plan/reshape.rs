//! The bricks of an existing volume: new sets are added, sets get more bricks, bricks are replaced and sets are removed; one
//! change after the other, and no change before earlier work has ended. Pure.

use super::emptying;
use super::growth;
use super::peers::PoolPlan;
use super::removal;
use super::steps::{Draft, Planner};
use super::takeover;
use super::unfinished::{self, Underway, Unfinished};
use crate::desired::Layout;
use crate::facts::{MovingState, VolumeInfo, Work};
use crate::inventory::Volume;

/// What a change of a volume's bricks has to know.
pub struct Change<'p, 'd> {
    pub volume: &'d Volume,
    pub info: &'p VolumeInfo,
    pub layout: &'p Layout<'d>,
    pub underway: &'p Underway,
    pub pool: &'p PoolPlan<'d>,
}

impl Change<'_, '_> {
    /// Whether the volume's bricks are to change.
    pub fn is_wanted(&self) -> bool {
        let layout = self.layout;
        let is_new = layout.new.as_ref().is_ok_and(|sets| !sets.is_empty());
        is_new || !(layout.removing.is_empty() && layout.replacing.is_empty() && layout.widening.is_empty())
    }

    /// Notes until when a change that is wanted has to wait.
    fn wait(&self, planner: &mut Planner, until: &str) {
        if self.is_wanted() {
            planner.wait(format!("changing the bricks of volume {}", self.volume.name), until);
        }
    }
}

/// Plans the next change of the volume's bricks, after the steps `needs`. The changes after the next are waited for.
pub fn plan<'d>(planner: &mut Planner<'d>, change: &Change<'_, 'd>, needs: Vec<usize>) {
    let Change {
        volume,
        info,
        layout,
        underway,
        ..
    } = change;
    let name = volume.name.as_str();
    let removed: Vec<_> = layout.removed().iter().map(|brick| brick.spec()).collect();
    if underway.emptied.iter().any(|brick| !removed.contains(brick)) {
        undeclared(planner, name, underway);
        return;
    }
    if removed.is_empty() {
        emptying::forget(planner, change, &needs);
    }
    let Some(needs) = after_earlier_work(planner, change, needs) else {
        return;
    };
    let new = layout.new.as_ref().map_or(&[][..], Vec::as_slice);
    // Without copies, the data of bricks that leave may need the room of new bricks.
    let grows_first = info.volume_type.set_size() == 1 && !new.is_empty();
    if !layout.widening.is_empty() {
        growth::widen(planner, change, needs);
        if !new.is_empty() {
            change.wait(planner, "the volume is healed");
        }
    } else if !layout.removing.is_empty() && !grows_first {
        removal::plan(planner, change, needs);
    } else if !layout.replacing.is_empty() {
        takeover::plan(planner, change, needs);
        if !new.is_empty() {
            change.wait(planner, "the volume is healed");
        }
    } else if !new.is_empty() {
        growth::grow(planner, change, new, needs);
        if grows_first && !layout.removing.is_empty() {
            change.wait(planner, "the volume is rebalanced");
        }
    }
}

/// Plans the end of earlier work, if earlier work is left. Returns `needs` if nothing is left.
fn after_earlier_work<'d>(planner: &mut Planner<'d>, change: &Change<'_, 'd>, needs: Vec<usize>) -> Option<Vec<usize>> {
    let (info, underway, coordinator) = (change.info, change.underway, change.pool.coordinator);
    let name = change.volume.name.as_str();
    match Unfinished::of(info) {
        Unfinished::Heal => {
            let draft = Draft::healed(name, "new bricks have to be filled");
            let healed = planner.aside(coordinator, draft, needs);
            planner.aside(coordinator, Unfinished::Nothing.noted(name), vec![healed]);
            change.wait(planner, "the volume is healed");
            return None;
        }
        Unfinished::Rebalance { sets, before } if info.sets().len() > sets => {
            // A rebalance with another id was started after the sets were added.
            let is_started = underway.work == Some(Work::Rebalance)
                && underway.id != before
                && underway.state != MovingState::Failed;
            unfinished::rebalance(planner, change, is_started, needs);
            change.wait(planner, "the volume is rebalanced");
            return None;
        }
        Unfinished::Rebalance { .. } if !change.is_wanted() => {
            planner.aside(coordinator, Unfinished::Nothing.noted(name), needs);
            return None;
        }
        Unfinished::Rebalance { .. } | Unfinished::Nothing => {}
    }
    if underway.rebalances() {
        if change.is_wanted() {
            let draft =
                unfinished::rebalance_watched(name, "files are being moved, and bricks can change only after that");
            planner.aside(coordinator, draft, needs);
        }
        change.wait(planner, "the rebalance has ended");
        return None;
    }
    Some(needs)
}

/// Somebody empties bricks that the inventory does not let go.
fn undeclared(planner: &mut Planner, name: &str, underway: &Underway) {
    let bricks: Vec<String> = underway.emptied.iter().map(ToString::to_string).collect();
    let bricks = bricks.join(" ");
    let what = format!("volume {name}: Gluster is removing {bricks}, and the inventory does not say that they leave");
    let remedy = format!(
        "write `leaving: true` at their devices or hosts; or end the removal on a server: gluster volume remove-brick {name} \
         {bricks} stop"
    );
    planner.cluster_problem(what, remedy);
}
