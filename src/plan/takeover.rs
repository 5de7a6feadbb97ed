//! Other bricks take the places of bricks that leave, one after the other: each new brick is healed before the next brick is
//! replaced. Pure.

use super::danger::Danger;
use super::growth::made_ready;
use super::removal::room;
use super::reshape::Change;
use super::steps::{Draft, Planner, Success};
use super::unfinished::Unfinished;
use crate::desired::Brick;
use crate::{scripts, text};

/// A client that comes or goes is waited for, and Gluster itself gives up after 120 s.
const REPLACING: u64 = 600;

/// Replaces each brick that leaves.
pub fn plan<'d>(planner: &mut Planner<'d>, change: &Change<'_, 'd>, needs: Vec<usize>) {
    let (info, name) = (change.info, change.volume.name.as_str());
    let replacing = &change.layout.replacing;
    if let Some((what, remedy)) = replacing.iter().find_map(|(old, new)| no_room(planner, name, old, new)) {
        planner.cluster_problem(what, remedy);
        return;
    }
    // A file system that is still to be made is empty, and its size is known once it is mounted.
    if replacing.iter().any(|(_, new)| room(planner.facts, new).is_none()) {
        let what = format!("changing the bricks of volume {name}");
        planner.wait(what, "the new bricks are mounted and observed");
        return;
    }
    let new: Vec<Vec<Brick>> = replacing.iter().map(|(_, new)| vec![*new]).collect();
    let Some(mut last) = made_ready(planner, change, &new, needs) else {
        return;
    };
    let coordinator = change.pool.coordinator;
    let reason = "a brick is replaced only if the other bricks of its set hold everything";
    last = vec![planner.aside(coordinator, Draft::healed(name, reason), last)];
    if let Some(draft) = Unfinished::Heal.note(info) {
        last = vec![planner.aside(coordinator, draft, last)];
    }
    for (old, new) in replacing {
        let (old, new) = (old.spec(), new.spec());
        let title = format!("replace the brick {old} of volume {name} by {new}");
        let command =
            scripts::TAKE_OVER_BRICK.with(&[("volume", name), ("old", &old.to_string()), ("new", &new.to_string())]);
        let danger = Danger::TakesRedundancy {
            volume: change.volume.name.clone(),
        };
        let draft = Draft {
            success: Success::Gluster,
            ..Draft::new(title, "the inventory says that the brick leaves", command)
        };
        let draft = draft.danger(danger).limit(REPLACING);
        let replaced = planner.aside(coordinator, draft, last);
        let healed = Draft::healed(name, "the new brick has to be filled");
        last = vec![planner.aside(coordinator, healed, vec![replaced])];
    }
    planner.aside(coordinator, Unfinished::Nothing.noted(name), last);
}

/// Why a brick cannot take another brick's place, and the remedy. The other volumes on the old brick's file system are
/// counted, too: they leave as well.
fn no_room(planner: &Planner, volume: &str, old: &Brick, new: &Brick) -> Option<(String, String)> {
    let (old_room, new_room) = (room(planner.facts, old), room(planner.facts, new));
    let Some(used) = old_room.map(|room| room.used) else {
        let what = format!("volume {volume}: how full the brick {} is is not known", old.spec());
        return Some((what, "run the same command again once the brick is mounted".to_owned()));
    };
    let free = new_room.map(|room| room.free)?;
    (used > free).then(|| {
        (
            format!(
                "volume {volume}: {} holds {}, and {} has room for {}",
                old.spec(),
                text::size(used),
                new.spec(),
                text::size(free)
            ),
            "use a larger device".to_owned(),
        )
    })
}
