//! Sets of a volume go: Gluster moves their files to the other sets; a set is taken out only once Gluster says that the removal
//! is completed, and the bricks' own hosts see no file on any brick of the set. Pure.
//!
//! What Gluster counts decides nothing: a failure is also each file that a program renamed or deleted between two looks of
//! Gluster, and on the sets that stay, too (measured with GlusterFS 10.3: "lookup failed [No such file or directory]"), while a
//! file that was not moved stays on its brick. No brick hides a file from the look. The host looks at the brick's own file
//! system, whether the brick's process runs or not. A file that waits for a heal is on at least one brick of its set, and all
//! bricks of the set are looked at. An entry of DHT without data (a linkto file) names a file on another brick, which is looked
//! at if it goes, too. A file without a name outside of `.glusterfs` is a file. A file that a client brings onto a brick after
//! the look is kept, and told: see `left-brick.sh`.

use super::emptying;
use super::growth::list;
use super::lookups;
use super::reshape::Change;
use super::steps::{Draft, GLUSTER, Planner, Success, Watch};
use super::unfinished;
use crate::desired::Brick;
use crate::facts::{Facts, MovingState, Room};
use crate::inventory::Host;
use crate::scripts;
use crate::{shell, text};

/// How many times it is tried to empty bricks, until a person looks why that failed.
pub const ATTEMPTS: usize = 3;

/// Empties the sets that go, and takes them out of the volume.
pub fn plan<'d>(planner: &mut Planner<'d>, change: &Change<'_, 'd>, needs: Vec<usize>) {
    let (name, coordinator) = (change.volume.name.as_str(), change.pool.coordinator);
    let bricks = change.layout.removed();
    let words = words(change, &bricks);
    let mut last = needs;
    last.extend(&change.pool.ready);
    let is_begun = !change.underway.emptied.is_empty();
    if is_begun && change.underway.state == MovingState::Failed {
        again(planner, change, &words, last);
        return;
    }
    let is_partial = planner.facts.is_partial();
    if !is_begun {
        if is_partial && !emptying::may_begin(planner, change, &bricks) {
            return;
        }
        let Some(begun) = begin(planner, change, &bricks, last) else {
            return;
        };
        last = vec![match is_partial {
            true => emptying::count(planner, change, &bricks, begun),
            false => begun,
        }];
    }
    if is_partial {
        emptying::plan(planner, change, &bricks, last);
        return;
    }
    let watch = unfinished::watched(
        format!("empty bricks of volume {name}"),
        "Gluster moves the files to the bricks that stay",
        &format!("{words} status"),
        Watch::Removal,
    );
    let watched = planner.aside(coordinator, watch, last);
    let looks = of_hosts(planner, &bricks, &[watched], |brick| look(change, brick, &words));
    let committed = planner.aside(coordinator, commit(change, &bricks, &words), looks);
    of_hosts(planner, &bricks, &[committed], |brick| {
        let (uuid, target) = (brick.file_system.identity(), brick.file_system.mount.as_str());
        cleared(name, change.info.id.hex(), uuid, target, brick.dir, Held::AfterTheLook)
    });
}

/// The words of the gluster command about the removal, without the last.
pub fn words(change: &Change, bricks: &[Brick]) -> String {
    let name = shell::quote(change.volume.name.as_str());
    format!("volume remove-brick {name}{}", list(bricks.iter()))
}

/// Begins to empty bricks; none, and a problem, if that cannot be.
fn begin<'d>(
    planner: &mut Planner<'d>,
    change: &Change<'_, 'd>,
    bricks: &[Brick<'d>],
    mut last: Vec<usize>,
) -> Option<usize> {
    let (name, coordinator) = (change.volume.name.as_str(), change.pool.coordinator);
    if let Some((what, remedy)) = no_room(planner, change, bricks) {
        planner.cluster_problem(what, remedy);
        return None;
    }
    if change.info.heals() {
        let draft = Draft::healed(name, "a file is moved only if all of its copies are right");
        last = vec![planner.aside(coordinator, draft, last)];
    }
    last = lookups::everywhere(planner, change, last)?;
    let title = format!(
        "begin to empty {} of volume {name}",
        text::counted(bricks.len(), "brick")
    );
    let reason = "the inventory says that the bricks leave";
    let draft = Draft::gluster(title, reason, &format!("{} start", words(change, bricks)));
    Some(planner.aside(coordinator, draft, last))
}

/// The look of a brick's own host at the brick.
pub fn look(change: &Change, brick: &Brick, words: &str) -> Draft {
    let title = format!("look whether {} is empty", brick.dir);
    let command = scripts::EMPTIED_BRICK.with(&values(change, brick, &[("removal", words)]));
    Draft {
        success: Success::Anew,
        ..Draft::new(title, "a brick goes only if no file is on it", command).limit(LOOK)
    }
}

/// Takes bricks out of the volume that were seen to be empty.
pub fn commit(change: &Change, bricks: &[Brick], words: &str) -> Draft {
    let title = format!(
        "take {} out of volume {}",
        text::counted(bricks.len(), "brick"),
        change.volume.name
    );
    let command = scripts::COMMIT_REMOVAL.with(&[("removal", words)]);
    Draft {
        success: Success::Gluster,
        ..Draft::new(title, "the bricks are empty", command).limit(GLUSTER)
    }
}

/// Stops an attempt that Gluster did not complete; the work begins again after that.
fn again(planner: &mut Planner, change: &Change<'_, '_>, words: &str, needs: Vec<usize>) {
    let name = change.volume.name.as_str();
    let title = format!("stop emptying bricks of volume {name}");
    let reason = "the work was stopped or has failed, and has to begin again";
    let draft = Draft::gluster(title, reason, &format!("{words} stop"));
    planner.aside(change.pool.coordinator, draft, needs);
    planner.wait(
        format!("emptying bricks of volume {name}"),
        "the earlier attempt is stopped",
    );
}

/// The values of a script about a brick.
fn values<'v>(change: &'v Change, brick: &'v Brick, more: &[(&'v str, &'v str)]) -> Vec<(&'v str, &'v str)> {
    let mut values = vec![
        ("volume", change.volume.name.as_str()),
        ("id", change.info.id.hex()),
        ("uuid", brick.file_system.identity()),
        ("target", brick.file_system.mount.as_str()),
        ("brick", brick.dir),
    ];
    values.extend(more);
    values
}

/// A step for each brick on the brick's own host.
fn of_hosts<'d>(
    planner: &mut Planner<'d>,
    bricks: &[Brick<'d>],
    needs: &[usize],
    step: impl Fn(&Brick<'d>) -> Draft,
) -> Vec<usize> {
    let mut steps = Vec::new();
    for brick in bricks {
        let desired = planner.desired;
        let Some(host): Option<&Host> = desired.host(brick.host).map(|desired| desired.host) else {
            continue;
        };
        steps.push(planner.aside(host, step(brick).limit(LOOK), needs.to_vec()));
    }
    steps
}

/// Looking through a brick with many directories takes a while.
const LOOK: u64 = 1_800;

/// Why the data of the bricks has no room on the sets that stay, and the remedy.
fn no_room(planner: &Planner, change: &Change, bricks: &[Brick]) -> Option<(String, String)> {
    let (facts, name) = (planner.facts, change.volume.name.as_str());
    let arbiters = change.info.volume_type.arbiters();
    let data = |set: &[Brick]| set.len() - arbiters.min(set.len());
    let unknown = |brick: &Brick| {
        let what = format!("volume {name}: how full the brick {} is is not known", brick.spec());
        (what, "run the same command again once the brick is mounted".to_owned())
    };
    let (mut used, mut free) = (0, 0);
    for (at, set) in change.layout.existing.iter().enumerate() {
        let mut rooms = Vec::new();
        for brick in &set[..data(set)] {
            match room(facts, brick) {
                Some(room) => rooms.push(room),
                None => return Some(unknown(brick)),
            }
        }
        match change.layout.removing.contains(&at) {
            true => used += rooms.iter().map(|room| room.used).max().unwrap_or(0),
            false => free += rooms.iter().map(|room| room.free).min().unwrap_or(0),
        }
    }
    let names: Vec<String> = bricks.iter().map(|brick| brick.spec().to_string()).collect();
    (used > free).then(|| {
        (
            format!(
                "volume {name}: {} hold {}, and the sets that stay have room for {}",
                names.join(", "),
                text::size(used),
                text::size(free)
            ),
            "add devices, delete files, or let fewer bricks leave".to_owned(),
        )
    })
}

/// The room on a brick's mounted file system, if known.
pub fn room(facts: &Facts, brick: &Brick) -> Option<Room> {
    let mount = &brick.file_system.mount;
    facts.of(brick.host)?.rooms.get(mount).copied()
}

/// What files on a former brick mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// The volume has the files on other bricks.
    Elsewhere,
    /// The brick was seen to be empty: the files came after that, and the volume does not have them.
    AfterTheLook,
}

/// The script that clears away, or puts aside, what a volume left in the directory of a former brick.
pub fn cleared(volume: &str, id: &str, uuid: &str, target: &str, brick: &str, held: Held) -> Draft {
    let late = match held {
        Held::Elsewhere => "no",
        Held::AfterTheLook => "yes",
    };
    let command = scripts::LEFT_BRICK.with(&[
        ("volume", volume),
        ("id", id),
        ("uuid", uuid),
        ("target", target),
        ("brick", brick),
        ("late", late),
    ]);
    let title = format!("clear what volume {volume} left in {brick}");
    Draft::new(title, "the brick is no brick any more", command).limit(LOOK)
}
