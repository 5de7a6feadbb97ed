//! `destroy`: takes a volume, or all that glusterctl made of a cluster, off the hosts again. What glusterctl did not make
//! stays: while anything of the kind is in the way, nothing is done at all. Pure.
//!
//! The order is the reverse of `apply`: mounts, volumes, bricks, pool, glusterd, names and files. What is left to do shows on
//! the hosts, so that an interrupted run is taken up by the next run.

mod host;
mod left;
mod mounts;
mod refusals;
mod thin;
mod volumes;

use super::identity;
use super::steps::{Plan, Planner};
use crate::desired::Desired;
use crate::facts::Facts;
use crate::inventory::VolumeName;

pub use left::left;

/// What `destroy` takes off the hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destroy {
    /// The volume, or the whole cluster.
    pub target: Target,
    /// Whether the data go, too: the bricks of the volume, or the signatures of the cluster's file systems.
    pub wipe: bool,
    /// Whether the packages go, too, that glusterctl installed.
    pub purge: bool,
}

/// A volume, or the whole cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// This volume of the cluster.
    Volume(VolumeName),
    /// Everything.
    Cluster,
}

impl Destroy {
    /// Whether the volume of that name goes.
    fn includes(&self, volume: &str) -> bool {
        match &self.target {
            Target::Volume(name) => name.as_str() == volume,
            Target::Cluster => true,
        }
    }
}

/// What has to be done; nothing at all while anything stands in the way.
pub fn plan(desired: &Desired, facts: &Facts, destroy: &Destroy) -> Plan {
    let mut planner = Planner::new(desired, facts);
    planner.note_unobserved();
    if !planner.has_problems() && identity::is_proven(&mut planner) {
        refusals::note(&mut planner, destroy);
    }
    if planner.has_problems() {
        return planner.finish();
    }
    let unmounted = mounts::volumes(&mut planner, destroy);
    let deleted = volumes::delete(&mut planner, destroy, unmounted);
    match &destroy.target {
        Target::Volume(_) if destroy.wipe => volumes::bricks(&mut planner, destroy, &deleted),
        Target::Volume(_) => {}
        Target::Cluster => {
            mounts::bricks(&mut planner, &deleted);
            if destroy.wipe {
                host::wipe(&mut planner);
            }
            let detached = volumes::detach(&mut planner, deleted);
            host::all(&mut planner, destroy, &detached);
        }
    }
    planner.finish()
}
