//! Lookups while files move between the sets of a volume. Pure.
//!
//! With `cluster.lookup-optimize` (on by default), a client that does not find a name on the set where the name belongs asks no
//! other set. A client that still has the layout from before a change of the sets renames files to the set where their names
//! belonged before. Measured with GlusterFS 10.3: of 454 files that a program renamed while a set was added and the volume
//! rebalanced, 118 were "No such file or directory" afterwards, on every mount, and stayed so; all were there again once the
//! option was off. So the option is off before sets change, and stays off.

use super::reshape::Change;
use super::steps::{Draft, Planner};
use crate::shell;

const OPTION: &str = "cluster.lookup-optimize";

/// The steps after which clients ask all sets for a name; none, and a problem, if the inventory wants the opposite.
pub fn everywhere(planner: &mut Planner, change: &Change<'_, '_>, needs: Vec<usize>) -> Option<Vec<usize>> {
    let name = change.volume.name.as_str();
    let is_off = |value: &String| matches!(value.as_str(), "off" | "no" | "false" | "disable" | "0");
    if change.volume.options.get(OPTION).is_some_and(|value| !is_off(value)) {
        planner.cluster_problem(
            format!(
                "volume {name} cannot change its sets while {OPTION} is on: renamed files could not be found afterwards"
            ),
            format!("remove {OPTION} from the options of the volume in the inventory, or set it to off"),
        );
        return None;
    }
    if change.info.options.get(OPTION).is_some_and(is_off) {
        return Some(needs);
    }
    let words = format!("volume set {}", shell::words([name, OPTION, "off"]));
    let title = format!("have clients of volume {name} ask all sets for a name");
    let reason = "files that are renamed while sets change could not be found otherwise";
    Some(vec![planner.aside(
        change.pool.coordinator,
        Draft::gluster(title, reason, &words),
        needs,
    )])
}
