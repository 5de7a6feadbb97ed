//! A volume grows: whole sets are appended and the files spread over them, or each set gets more bricks, which are healed.
//! Sets that exist are never reshuffled. Pure.

use super::incomplete_volume::{self, Bricks};
use super::lookups;
use super::reshape::Change;
use super::same_host;
use super::steps::{Draft, Planner};
use super::unfinished::{self, Unfinished};
use crate::desired::Brick;
use crate::scripts::{self, lines};
use crate::shell;

/// Appends sets, and spreads the files over all sets.
pub fn grow<'d>(planner: &mut Planner<'d>, change: &Change<'_, 'd>, sets: &[Vec<Brick<'d>>], needs: Vec<usize>) {
    let (info, name) = (change.info, change.volume.name.as_str());
    let forced = same_host::is_needed(sets);
    let Some(ready) = looked_at(planner, change, sets, forced, needs) else {
        return;
    };
    let before = info.sets().len();
    let mark = Unfinished::Rebalance {
        sets: before,
        before: change.underway.id.clone(),
    };
    let coordinator = change.pool.coordinator;
    let Some(mut last) = lookups::everywhere(planner, change, ready) else {
        return;
    };
    if let Some(draft) = mark.note(info) {
        last = vec![planner.aside(coordinator, draft, last)];
    }
    let count = match sets.len() {
        1 => "a set of bricks".to_owned(),
        many => format!("{many} sets of bricks"),
    };
    let title = format!("add {count} to volume {name}");
    let reason = "the inventory has bricks that the volume does not have";
    let words = format!("volume add-brick {}{}", shell::quote(name), listed(sets, forced));
    let added = planner.aside(coordinator, Draft::gluster(title, reason, &words), last);
    unfinished::rebalance(planner, change, false, vec![added]);
}

/// Gives each set more bricks, and heals them.
pub fn widen<'d>(planner: &mut Planner<'d>, change: &Change<'_, 'd>, needs: Vec<usize>) {
    let (info, name) = (change.info, change.volume.name.as_str());
    let sets = &change.layout.widening;
    let forced = same_host::is_needed_to_widen(&change.layout.existing, sets);
    let Some(mut last) = looked_at(planner, change, sets, forced, needs) else {
        return;
    };
    let coordinator = change.pool.coordinator;
    if let Some(draft) = Unfinished::Heal.note(info) {
        last = vec![planner.aside(coordinator, draft, last)];
    }
    let (is, wanted) = (info.volume_type, change.volume.volume_type);
    let title = format!("add bricks to the sets of volume {name}, which becomes {wanted}");
    let words = [vec![name.to_owned()], wanted.create_words()].concat();
    let words = format!("volume add-brick {}{}", shell::words(words), listed(sets, forced));
    let draft = Draft::gluster(title, format!("the volume is {is}"), &words);
    let added = planner.aside(coordinator, draft, last);
    let healed = Draft::healed(name, "the new bricks have to be filled");
    let healed = planner.aside(coordinator, healed, vec![added]);
    planner.aside(coordinator, Unfinished::Nothing.noted(name), vec![healed]);
}

/// The bricks as words of a gluster command, a brick a line: a long list stays readable.
pub fn list<'b>(bricks: impl Iterator<Item = &'b Brick<'b>>) -> String {
    let specs = bricks.map(|brick| brick.spec().to_string());
    specs
        .map(|brick| format!(" \\\n    {}", shell::quote(&brick)))
        .collect()
}

/// The bricks of all sets as words, with `force` at the end if that is needed.
fn listed(sets: &[Vec<Brick>], forced: bool) -> String {
    let force = if forced { " \\\n    force" } else { "" };
    format!("{}{force}", list(sets.iter().flatten()))
}

/// The steps after which Gluster can be told of new bricks, with `force` or without. None as of [`made_ready`].
fn looked_at<'d>(
    planner: &mut Planner<'d>,
    change: &Change<'_, 'd>,
    sets: &[Vec<Brick<'d>>],
    forced: bool,
    needs: Vec<usize>,
) -> Option<Vec<usize>> {
    let mut ready = made_ready(planner, change, sets, needs)?;
    if forced {
        ready.extend(same_host::check(planner, &change.volume.name, sets, &ready)?);
    }
    Some(ready)
}

/// The steps after which the new bricks can become bricks of the volume: each is on its own mounted file system, carries
/// nothing of another volume, and has its directory. None if that cannot be planned; why is noted.
pub fn made_ready<'d>(
    planner: &mut Planner<'d>,
    change: &Change<'_, 'd>,
    sets: &[Vec<Brick<'d>>],
    needs: Vec<usize>,
) -> Option<Vec<usize>> {
    let name = change.volume.name.as_str();
    let mut ready = needs;
    ready.extend(&change.pool.ready);
    let cleared = match incomplete_volume::clear(planner, sets) {
        Bricks::Clear(steps) => steps,
        Bricks::Unseen => {
            planner.wait(
                format!("changing the bricks of volume {name}"),
                "the new bricks are mounted and observed",
            );
            return None;
        }
        Bricks::Taken => return None,
    };
    for brick in sets.iter().flatten() {
        let Some(host) = planner.desired.host(brick.host).map(|desired| desired.host) else {
            continue;
        };
        // A self-managed host makes its own directory; until then, Gluster refuses the brick.
        let seen = planner.facts.of(brick.host);
        if brick.file_system.is_existing() || seen.is_some_and(|seen| seen.self_managed.is_some()) {
            continue;
        }
        let command = scripts::BRICK_DIRECTORIES.with(&[
            ("target", &brick.file_system.mount),
            ("uuid", brick.file_system.identity()),
            ("directories", &lines([brick.dir])),
        ]);
        let title = format!("make the brick directory {}", brick.dir);
        let draft = Draft::new(title, "the volume gets a new brick here", command);
        let needs = cleared.iter().copied().chain(planner.last(host)).collect();
        ready.push(planner.aside(host, draft, needs));
    }
    Some(ready)
}
