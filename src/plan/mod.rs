//! Decides everything: what is wanted and what was observed go in, steps come out. Pure; one file per noun.

mod adoption;
mod boot;
mod bricks;
mod claims;
mod contacts;
mod content;
mod danger;
mod deletion;
mod departure;
mod destroy;
mod directories;
mod emptying;
mod family;
mod firewall;
mod format;
mod fstab;
mod glusterd;
mod growth;
mod heketi_login;
mod hosts_file;
mod identity;
mod incomplete_volume;
mod leaving;
mod limit;
mod listed;
mod lookups;
mod maintenance;
mod mounts;
mod options;
mod outdated;
mod ownership;
mod packages;
mod parted;
mod peer_names;
mod peers;
mod quota;
mod removal;
mod replace;
mod reshape;
mod restore;
mod rolling;
mod same_host;
mod self_managed;
mod selinux;
mod shared_disk;
mod snapshots;
mod state_directory;
mod steps;
mod stopping;
mod takeover;
mod thin_brick;
mod tls;
mod unfinished;
mod volumes;
mod wipe;

use std::collections::BTreeSet;

use crate::desired::{Desired, DesiredHost};
use crate::facts::Facts;
use crate::inventory::{HostName, Role, SnapshotName, VolumeName};

pub use adoption::is_adopted;
pub use boot::{disabled_services, file_differences};
pub use contacts::{comes_about, problems as contact_problems};
pub use content::content_name;
pub use danger::Danger;
pub use destroy::{Destroy, Target, left};
pub use fstab::{chosen as chosen_options, differences as fstab_differences};
pub use identity::{Doubt, doubts};
pub use leaving::{Departing, deletable, departing, has_left};
pub use limit::{LeftOut, Limited, Why};
pub use maintenance::{MAINTENANCE_DROP_INS, MAINTENANCE_MARK, in_maintenance, maintenance};
pub use outdated::spent as spent_bricks;
pub use ownership::{Ownership, Reason, decide as ownership};
pub use packages::{interrupted as interrupted_packages, missing as missing_packages};
pub use removal::ATTEMPTS;
pub use replace::Replace;
pub use restore::Restore;
pub use rolling::{Act, NOTE as ROLLING_NOTE, Rolling};
pub use self_managed::left_to_a_person;
pub use steps::{Plan, Problem, Step, Success, Waiting, Watch};

use ownership::Refused;
use shared_disk::SharedDisks;
use steps::Planner;

/// What is to be done with the cluster. A later operation, which a desired state cannot say, is a variant of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Make the hosts what the inventory wants.
    Apply,
    /// Make these hosts what the inventory wants, as far as no other host and nothing of the cluster is changed.
    ApplyOn(BTreeSet<HostName>),
    /// Stop the bricks and glusterd of a host until the maintenance is over.
    EnterMaintenance(HostName),
    /// End the maintenance of a host: its bricks are started and healed.
    ExitMaintenance(HostName),
    /// Reboot or update hosts one by one.
    Rolling(Rolling),
    /// Take a snapshot of a volume.
    SnapshotCreate {
        /// The snapshot.
        name: SnapshotName,
        /// The volume.
        volume: VolumeName,
    },
    /// Bring a volume back to a snapshot.
    SnapshotRestore(Restore),
    /// Delete a snapshot.
    SnapshotDelete {
        /// The snapshot.
        name: SnapshotName,
    },
    /// Take a volume, or all that glusterctl made of the cluster, off the hosts.
    Destroy(Destroy),
    /// Put new bricks in the place of lost ones.
    Replace(Replace),
}

impl Operation {
    /// Whether hosts are made what the inventory wants.
    #[must_use]
    pub fn is_apply(&self) -> bool {
        matches!(self, Operation::Apply | Operation::ApplyOn(_))
    }
}

/// What has to be done, in order, so that the operation is done. Empty when the operation is done already.
///
/// Hosts that could not be observed, devices that are not ours to format, and whatever else forbids a step are
/// listed in the plan as problems; the steps that do not depend on them are planned all the same.
#[must_use]
pub fn plan(desired: &Desired, facts: &Facts, operation: &Operation) -> Plan {
    match operation {
        Operation::Apply => apply(desired, facts, None),
        Operation::ApplyOn(hosts) => apply(desired, facts, Some(hosts)),
        Operation::EnterMaintenance(host) => by_itself(desired, facts, |planner| maintenance::enter(planner, host)),
        Operation::ExitMaintenance(host) => by_itself(desired, facts, |planner| maintenance::exit(planner, host)),
        Operation::Rolling(rolling) => by_itself(desired, facts, |planner| rolling::plan(planner, rolling)),
        Operation::SnapshotCreate { name, volume } => {
            by_itself(desired, facts, |planner| snapshots::create(planner, name, volume))
        }
        Operation::SnapshotRestore(what) => by_itself(desired, facts, |planner| restore::plan(planner, what)),
        Operation::SnapshotDelete { name } => by_itself(desired, facts, |planner| snapshots::delete(planner, name)),
        Operation::Destroy(what) => destroy::plan(desired, facts, what),
        Operation::Replace(what) => replace::plan(desired, facts, what),
    }
}

/// An operation that does nothing else of what the inventory wants.
fn by_itself<'d>(desired: &'d Desired, facts: &'d Facts, operation: impl FnOnce(&mut Planner<'d>)) -> Plan {
    let mut planner = Planner::new(desired, facts);
    operation(&mut planner);
    planner.finish()
}

fn apply(desired: &Desired, facts: &Facts, limit: Option<&BTreeSet<HostName>>) -> Plan {
    let mut planner = Planner::new(desired, facts);
    planner.note_unobserved();
    if !identity::is_proven(&mut planner) {
        // Whatever hosts the doubts are about, no host may be changed.
        return Plan {
            limit: limit.map(Limited::to),
            ..planner.finish()
        };
    }
    let disks = SharedDisks::of(desired, facts);
    for host in &desired.hosts {
        match leaving::is_member(&planner, host) {
            true => prepare(&mut planner, host, &disks),
            false => departure::clean(&mut planner, host),
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
        let made = directories::plan(&mut planner, volume, &mounting);
        quota::plan(&mut planner, volume, pool.as_ref(), &served, made.as_deref());
    }
    let plan = match limit {
        None => planner.finish(),
        Some(hosts) => limit::limited(planner, hosts),
    };
    self_managed::left_to_them(plan, facts)
}

/// Prepares a host as far as the host alone can be prepared: everything but the pool, the volumes and their mounts.
fn prepare<'d>(planner: &mut Planner<'d>, host: &'d DesiredHost, disks: &SharedDisks) {
    let observed = planner
        .facts
        .of(host.name())
        .filter(|_| leaving::is_member(planner, host));
    let Some(observed) = observed.filter(|seen| seen.self_managed.is_none() && seen.maintenance.is_none()) else {
        return;
    };
    if !packages::supported(planner, host.host, observed) {
        return;
    }
    // Names, packages and units of a supervised host are its image's and its orchestrator's.
    if observed.supervised.is_none() {
        hosts_file::plan(planner, host.host, observed);
        packages::plan(planner, host.host, observed);
        firewall::plan(planner, host, observed);
    }
    let refused = match host.host.role {
        Role::Server => bricks::format(planner, host, observed, disks),
        Role::Client => Refused::default(),
    };
    if observed.supervised.is_none() {
        boot::units(planner, host, observed, &refused);
        heketi_login::plan(planner, host, observed);
    }
    outdated::plan(planner, host, observed);
    fstab::plan(planner, host, observed, &refused);
    boot::mount_points(planner, host, observed, &refused);
    if host.host.role == Role::Server {
        bricks::mount(planner, host, observed, &refused);
        selinux::plan(planner, host, observed, &refused);
        if !state_directory::plan(planner, host, observed, &refused) {
            return;
        }
        incomplete_volume::definitions(planner, host.host, observed);
    }
    if !tls::plan(planner, host, observed) || host.host.role != Role::Server {
        return;
    }
    if family::plan(planner, host.host, observed) {
        glusterd::plan(planner, host.host, observed);
        peer_names::plan(planner, host.host, observed);
    }
}
