//! Thin pools that are nearly full: a pool that is full stops the brick, and with it the pool's snapshots. Pure.

use super::{Found, Kind};
use crate::desired::{BrickFileSystem, Desired};
use crate::facts::Facts;
use crate::inventory::HostName;

/// A pool of which this much is used is nearly full, in percent.
const NEARLY_FULL: f64 = 80.0;

/// A sentence for each pool of a brick that is nearly full.
pub(super) fn warnings(desired: &Desired, facts: &Facts) -> Vec<Found> {
    let bricks = desired.thin_bricks();
    bricks.filter_map(|(host, brick)| warning(facts, host, brick)).collect()
}

fn warning(facts: &Facts, host: &HostName, brick: &BrickFileSystem) -> Option<Found> {
    let (lvm, group) = (facts.of(host)?.lvm.as_ref()?, &brick.thin.as_ref()?.group);
    let pool = lvm.volumes_of(group).find(|volume| volume.is_thin_pool())?;
    let parts = [("data", pool.data_percent()), ("metadata", pool.metadata_percent())];
    let full: Vec<String> = parts
        .into_iter()
        .filter_map(|(part, used)| {
            used.filter(|used| *used >= NEARLY_FULL)
                .map(|used| format!("{used:.0} % of its {part}"))
        })
        .collect();
    if full.is_empty() {
        return None;
    }
    let what = format!(
        "the thin pool {group}/{} of the brick {} has used {}: a pool that is full stops its brick; delete snapshots \
         (glusterctl snapshot list), or free space on the volume and run fstrim {}",
        pool.name,
        brick.device.name,
        full.join(" and "),
        brick.mount
    );
    Some(Found::of_host(Kind::ThinPool, host, what))
}
