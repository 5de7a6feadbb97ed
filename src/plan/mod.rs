//! Decides everything: what is wanted and what was observed go in, steps come out. Pure; one file per noun.

mod adoption;
mod boot;
mod bricks;
mod contacts;
mod content;
mod danger;
mod deletion;
mod departure;
mod directories;
mod format;
mod fstab;
mod glusterd;
mod growth;
mod hosts_file;
mod identity;
mod incomplete_volume;
mod leaving;
mod listed;
mod mounts;
mod options;
mod outdated;
mod ownership;
mod packages;
mod peers;
mod removal;
mod reshape;
mod self_managed;
mod shared_disk;
mod steps;
mod takeover;
mod unfinished;
mod volumes;
mod wipe;

use crate::desired::Desired;
use crate::facts::Facts;
use crate::inventory::Role;

pub use adoption::is_adopted;
pub use boot::{disabled_services, file_differences};
pub use contacts::{comes_about, problems as contact_problems};
pub use content::content_name;
pub use danger::Danger;
pub use fstab::{chosen as chosen_options, differences as fstab_differences};
pub use leaving::{deletable, has_left, is_spent};
pub use ownership::{Ownership, Reason, decide as ownership};
pub use steps::{Plan, Problem, Step, Success, Waiting, Watch};

use ownership::Refused;
use shared_disk::SharedDisks;
use steps::Planner;

/// What is to be done with the cluster. A later operation, which a desired state cannot say, is a variant of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Make the hosts what the inventory wants.
    Apply,
}

/// What has to be done, in order, so that the operation is done. Empty when the operation is done already.
///
/// Hosts that could not be observed, devices that are not ours to format, and whatever else forbids a step are
/// listed in the plan as problems; the steps that do not depend on them are planned all the same.
#[must_use]
pub fn plan(desired: &Desired, facts: &Facts, operation: &Operation) -> Plan {
    match operation {
        Operation::Apply => apply(desired, facts),
    }
}

fn apply(desired: &Desired, facts: &Facts) -> Plan {
    let mut planner = Planner::new(desired, facts);
    planner.note_unobserved();
    if !identity::is_proven(&mut planner) {
        return planner.finish();
    }
    let disks = SharedDisks::of(desired, facts);
    for host in &desired.hosts {
        let observed = facts.of(host.name());
        let Some(observed) = observed.filter(|observed| observed.self_managed.is_none()) else {
            continue;
        };
        if !leaving::is_member(&planner, host) {
            departure::clean(&mut planner, host, observed);
            continue;
        }
        if !packages::supported(&mut planner, host.host, observed) {
            continue;
        }
        hosts_file::plan(&mut planner, host.host, observed);
        packages::plan(&mut planner, host.host, observed);
        let refused = match host.host.role {
            Role::Server => bricks::format(&mut planner, host, observed, &disks),
            Role::Client => Refused::default(),
        };
        boot::units(&mut planner, host, observed);
        outdated::plan(&mut planner, host, observed);
        fstab::plan(&mut planner, host, observed, &refused);
        boot::mount_points(&mut planner, host, observed, &refused);
        if host.host.role == Role::Server {
            bricks::mount(&mut planner, host, observed, &refused);
            incomplete_volume::definitions(&mut planner, host.host, observed);
            glusterd::plan(&mut planner, host.host, observed);
        }
    }
    let pool = peers::plan(&mut planner);
    volumes::removals(&mut planner);
    if let Some(pool) = &pool {
        departure::detach(&mut planner, pool);
    }
    for volume in &desired.inventory.volumes {
        let served = volumes::plan(&mut planner, volume, pool.as_ref());
        if volume.leaving {
            continue;
        }
        let mounting = mounts::now(&mut planner, volume, &served);
        directories::plan(&mut planner, volume, &mounting);
    }
    self_managed::left_to_them(planner.finish(), facts)
}
