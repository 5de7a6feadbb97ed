//! What stays on the hosts after `destroy`, in sentences. Pure.

use super::host::other_cluster;
use super::{Destroy, Target};
use crate::desired::Desired;
use crate::desired::units::GLUSTERD;
use crate::facts::Facts;
use crate::plan::steps::Planner;

/// What stays, a sentence each, as far as the hosts were observed.
#[must_use]
pub fn left(desired: &Desired, facts: &Facts, destroy: &Destroy) -> Vec<String> {
    let planner = Planner::new(desired, facts);
    let mut left = Vec::new();
    for host in &desired.hosts {
        let name = host.name();
        let Some(observed) = facts.of(name) else { continue };
        let (mut with_files, mut file_systems) = (Vec::new(), Vec::new());
        for brick in &host.bricks {
            if let Target::Volume(volume) = &destroy.target {
                let dirs = brick.dir(volume).into_iter();
                with_files.extend(dirs.filter(|dir| observed.bricks.get(*dir).is_some_and(|brick| brick.exists)));
            } else if observed.xfs.contains_key(&brick.uuid) {
                file_systems.push(brick.device.path.as_str());
            }
        }
        if !with_files.is_empty() {
            left.push(format!("{name}: the files in {} stay", with_files.join(", ")));
        }
        if !file_systems.is_empty() {
            left.push(format!(
                "{name}: the file systems on {} stay, with all files, unmounted; destroy --cluster --wipe wipes them",
                file_systems.join(", ")
            ));
        }
        if destroy.target == Target::Cluster {
            let unit = observed.unit(GLUSTERD);
            if unit.enabled || unit.active {
                left.push(format!(
                    "{name}: glusterd stays as it is: glusterctl did not note that it began it"
                ));
            }
            if let Some(other) = other_cluster(&planner, observed) {
                left.push(format!("{name}: the units of glusterctl stay for cluster {other}"));
            }
        }
    }
    left
}
