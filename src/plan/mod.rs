//! Decides everything: what is wanted and what was observed go in, steps come out. Pure; one file per noun.

mod adoption;
pub mod boot;
mod bricks;
mod danger;
mod directories;
mod elsewhere;
mod files;
mod format;
mod fstab;
mod glusterd;
mod hosts_file;
mod mounts;
mod ownership;
mod packages;
mod peers;
mod residue;
mod steps;
mod volumes;

use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::inventory::{Inventory, Role};

pub use danger::Danger;
pub use hosts_file::block as hosts_block;
pub use ownership::{LABEL as BRICK_LABEL, Ownership, Reason, decide as ownership};
pub use steps::{Plan, Problem, Step, Success, Waiting};

use steps::Planner;

/// What has to be done, in order, so that the hosts become what the inventory wants. Empty when they are.
///
/// Hosts that could not be observed, devices that are not ours to format, and whatever else forbids a step are
/// listed in the plan as problems; the steps that do not depend on them are planned all the same.
#[must_use]
pub fn plan(inventory: &Inventory, facts: &Facts) -> Plan {
    let mut planner = Planner::new(inventory, facts);
    for host in &inventory.hosts {
        let Some(observed) = planner.observed(host).filter(|observed| observed.elsewhere.is_none()) else {
            continue;
        };
        if !packages::supported(&mut planner, host, observed) {
            continue;
        }
        hosts_file::plan(&mut planner, host, observed);
        packages::plan(&mut planner, host, observed);
        let refused = match host.role {
            Role::Server => bricks::format(&mut planner, host, observed),
            Role::Client => BTreeSet::new(),
        };
        boot::units(&mut planner, host, observed);
        fstab::plan(&mut planner, host, observed, &refused);
        boot::mount_points(&mut planner, host, observed, &refused);
        if host.role == Role::Server {
            bricks::mount(&mut planner, host, observed, &refused);
            residue::definitions(&mut planner, host, observed);
            glusterd::plan(&mut planner, host, observed);
        }
    }
    let pool = peers::plan(&mut planner);
    for volume in &inventory.volumes {
        let served = volumes::plan(&mut planner, volume, pool.as_ref());
        let mounting = mounts::now(&mut planner, volume, &served);
        directories::plan(&mut planner, volume, &mounting);
    }
    elsewhere::left_to_them(planner.finish(), facts)
}
