//! The bricks of hosts that provision themselves leave: no host sees the bricks of another, so each host looks at its own bricks
//! once Gluster has emptied them, and notes in an option of the volume that it saw no file; Gluster brings the option to all
//! servers. The server that the changes go through takes the bricks out once all of them are noted. Nobody watches Gluster: what
//! it says is looked at in each round, so that a host that restarts carries on where it was. For the same reason another option
//! counts how many times the bricks began to be emptied: hosts that are never done would begin without end. Pure.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::removal::{self, ATTEMPTS};
use super::reshape::Change;
use super::steps::{Draft, Planner};
use crate::desired::{Brick, BrickSpec};
use crate::facts::{MovingState, Removal, VolumeInfo};
use crate::inventory::HostName;
use crate::{shell, text};

/// What the options of emptied bricks begin with; a UUID made of the brick's name follows, because a key takes neither `:` nor
/// `/`. The options stay: the brick's host needs its own after the brick has left the volume ([`was_empty`]), and Gluster cannot
/// reset a `user.*` option (measured with 10.3, also with force).
const EMPTY: &str = "user.glusterctl.empty-";
/// The option that holds how many times which bricks began to be emptied.
const ATTEMPTS_MADE: &str = "user.glusterctl.attempts";
/// What stands for no value in a `user.*` option, which Gluster cannot reset.
const NONE: &str = "none";

/// Takes the bricks of a removal that has begun out of the volume, as far as that can be done now.
pub fn plan<'d>(planner: &mut Planner<'d>, change: &Change<'_, 'd>, bricks: &[Brick<'d>], needs: Vec<usize>) {
    let name = change.volume.name.as_str();
    let is_completed = change.underway.state == MovingState::Completed;
    let Some(Removal { id, .. }) = change.underway.removal.as_ref().filter(|_| is_completed) else {
        planner.wait(
            format!("taking {} out of volume {name}", text::counted(bricks.len(), "brick")),
            "Gluster has moved their files to the bricks that stay",
        );
        return;
    };
    let words = removal::words(change, bricks);
    let mut unseen: BTreeSet<&HostName> = BTreeSet::new();
    for brick in bricks.iter().filter(|brick| !is_noted(change.info, &brick.spec(), id)) {
        unseen.insert(brick.host);
        let desired = planner.desired.host(brick.host).map(|desired| desired.host);
        let is_own = planner
            .facts
            .of(brick.host)
            .is_some_and(|seen| seen.self_managed.is_none());
        let Some(host) = desired.filter(|_| is_own) else {
            continue;
        };
        let looked = planner.aside(host, removal::look(change, brick, &words), needs.clone());
        let title = format!("note that {} is empty", brick.dir);
        let words = shell::words([name, &key(&brick.spec()), id]);
        let draft = Draft::gluster(title, "no other host sees this brick", &format!("volume set {words}"));
        planner.aside(host, draft, vec![looked]);
    }
    if unseen.is_empty() {
        planner.aside(change.pool.coordinator, removal::commit(change, bricks, &words), needs);
        return;
    }
    let hosts: Vec<&str> = unseen.into_iter().map(HostName::as_str).collect();
    planner.wait(
        format!("taking {} out of volume {name}", text::counted(bricks.len(), "brick")),
        format!(
            "every host has seen no file on its own brick (missing: {})",
            hosts.join(", ")
        ),
    );
}

fn key(brick: &BrickSpec) -> String {
    format!("{EMPTY}{}", uuid(&brick.to_string()))
}

fn uuid(named: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, named.as_bytes())
}

/// Whether bricks may begin to be emptied; if not, notes what a person can do.
pub fn may_begin(planner: &mut Planner, change: &Change, bricks: &[Brick]) -> bool {
    if attempts(change.info, bricks) < ATTEMPTS {
        return true;
    }
    let name = change.volume.name.as_str();
    planner.wait(
        format!("emptying {} of volume {name}", text::counted(bricks.len(), "brick")),
        format!(
            "a person has found out why {ATTEMPTS} attempts failed (the logs of the bricks' hosts name the files that were left, and \
             {name}-rebalance.log in /var/log/glusterfs there the failures), and has run on one of the hosts: gluster volume set {}; \
             the hosts then begin anew",
            shell::words([name, ATTEMPTS_MADE, NONE])
        ),
    );
    false
}

/// Counts an attempt that has begun.
pub fn count(planner: &mut Planner, change: &Change, bricks: &[Brick], begun: usize) -> usize {
    let of = named(bricks);
    let attempt = attempts(change.info, bricks) + 1;
    let name = change.volume.name.as_str();
    let title = format!("note attempt {attempt} to empty bricks of volume {name}");
    let reason = format!("after {ATTEMPTS} attempts that failed, a person has to look");
    let words = shell::words([name, ATTEMPTS_MADE, &format!("{of}:{attempt}")]);
    let draft = Draft::gluster(title, reason, &format!("volume set {words}"));
    planner.aside(change.pool.coordinator, draft, vec![begun])
}

/// Counts anew, once no brick is to be emptied.
pub fn forget(planner: &mut Planner, change: &Change, needs: &[usize]) {
    if made(change.info).is_none() {
        return;
    }
    let name = change.volume.name.as_str();
    let title = format!("forget the attempts to empty bricks of volume {name}");
    let words = shell::words([name, ATTEMPTS_MADE, NONE]);
    let draft = Draft::gluster(
        title,
        "no brick is to be emptied any more",
        &format!("volume set {words}"),
    );
    planner.aside(change.pool.coordinator, draft, needs.to_vec());
}

/// Whether no other attempt to empty bricks is made.
pub fn is_given_up(info: &VolumeInfo) -> bool {
    made(info).is_some_and(|(_, made)| made >= ATTEMPTS)
}

/// How many times these very bricks began to be emptied.
fn attempts(info: &VolumeInfo, bricks: &[Brick]) -> usize {
    let made = made(info).filter(|(of, _)| *of == named(bricks));
    made.map_or(0, |(_, made)| made)
}

/// Which bricks began to be emptied, and how many times.
fn made(info: &VolumeInfo) -> Option<(Uuid, usize)> {
    let (of, made) = info.options.get(ATTEMPTS_MADE)?.split_once(':')?;
    Some((of.parse().ok()?, made.parse().ok()?))
}

/// What stands for some bricks.
fn named(bricks: &[Brick]) -> Uuid {
    let names: Vec<String> = bricks.iter().map(|brick| brick.spec().to_string()).collect();
    uuid(&names.join(" "))
}

/// Whether the host of a brick has seen no file on the brick after this removal had emptied it.
fn is_noted(info: &VolumeInfo, brick: &BrickSpec, removal: &str) -> bool {
    info.options.get(&key(brick)).is_some_and(|seen| seen == removal)
}

/// Whether the host of a brick has ever seen no file on the brick: what is on it now came after that.
pub fn was_empty(info: &VolumeInfo, brick: &BrickSpec) -> bool {
    info.options.contains_key(&key(brick))
}
