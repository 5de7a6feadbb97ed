//! `replace`: puts new, empty bricks in the place of lost ones, and heals them. A host that was reinstalled, or that has a new
//! disk, keeps its name (`in_place`); otherwise another host takes the place of a host (`another`). Pure.
//!
//! What was done shows in the volumes and on the bricks, so that an interrupted run is taken up by the next run. Gluster does
//! not tell facts whether heals are left: a run ends with a look at the heals of each volume, to their end.

mod another;
mod in_place;
mod seat;

use super::steps::Plan;
use crate::desired::Desired;
use crate::facts::Facts;
use crate::inventory::{BrickName, HostName};

/// What is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replace {
    /// The host whose bricks are lost, or that gives its place to another host.
    pub host: HostName,
    /// The brick, if only that one is lost.
    pub brick: Option<BrickName>,
    /// The host that takes the place of the host.
    pub with: Option<HostName>,
}

/// What has to be done. Nothing is done while a brick that the heal needs is down.
pub fn plan(desired: &Desired, facts: &Facts, replace: &Replace) -> Plan {
    match &replace.with {
        None => in_place::plan(desired, facts, replace),
        Some(new) => another::plan(desired, facts, &replace.host, new),
    }
}
