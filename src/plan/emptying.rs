//! The bricks of hosts that provision themselves leave: no host sees the bricks of another, so each host looks at its own bricks
//! once Gluster has emptied them, and notes in an option of the volume that it saw no file; Gluster brings the option to all
//! servers. The server that the changes go through takes the bricks out once all of them are noted. Nobody watches Gluster: what
//! it says is looked at in each round, so that a host that restarts carries on where it was. Pure.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::removal;
use super::reshape::Change;
use super::steps::{Draft, Planner};
use crate::desired::{Brick, BrickSpec};
use crate::facts::{MovingState, Removal, VolumeInfo};
use crate::inventory::HostName;
use crate::shell;

/// What the options of emptied bricks begin with; a UUID made of the brick's name follows, because a key takes neither `:` nor
/// `/`.
const EMPTY: &str = "user.glusterctl.empty-";

/// Takes the bricks of a removal that has begun out of the volume, as far as that can be done now.
pub fn plan<'d>(planner: &mut Planner<'d>, change: &Change<'_, 'd>, bricks: &[Brick<'d>], needs: Vec<usize>) {
    let name = change.volume.name.as_str();
    let is_completed = change.underway.state == MovingState::Completed;
    let Some(Removal { id, .. }) = change.underway.removal.as_ref().filter(|_| is_completed) else {
        planner.wait(
            format!("taking {} bricks out of volume {name}", bricks.len()),
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
        format!("taking {} bricks out of volume {name}", bricks.len()),
        format!(
            "every host has seen no file on its own brick (missing: {})",
            hosts.join(", ")
        ),
    );
}

fn key(brick: &BrickSpec) -> String {
    let uuid = Uuid::new_v5(&Uuid::NAMESPACE_OID, brick.to_string().as_bytes());
    format!("{EMPTY}{uuid}")
}

/// Whether the host of a brick has seen no file on the brick after this removal had emptied it.
fn is_noted(info: &VolumeInfo, brick: &BrickSpec, removal: &str) -> bool {
    info.options.get(&key(brick)).is_some_and(|seen| seen == removal)
}

/// Whether the host of a brick has ever seen no file on the brick: what is on it now came after that.
pub fn was_empty(info: &VolumeInfo, brick: &BrickSpec) -> bool {
    info.options.contains_key(&key(brick))
}
