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

/// What LVM says of a host whose brick has a pool of which this much is used, in percent; for tests.
#[cfg(test)]
pub(super) fn lvm(host: &crate::desired::DesiredHost, data: &str, metadata: &str) -> Option<crate::facts::Lvm> {
    let group = &host.bricks[0].thin.as_ref()?.group;
    let pool = format!(
        "{{\"vg_name\":\"{group}\", \"lv_name\":\"pool\", \"lv_tags\":\"\", \"lv_layout\":\"thin,pool\", \
         \"origin\":\"\", \"data_percent\":\"{data}\", \"metadata_percent\":\"{metadata}\"}}"
    );
    let empty = "{\"report\": [{}]}";
    let output =
        format!("\n@ lvm pvs\n{empty}\n@ lvm vgs\n{empty}\n@ lvm lvs\n{{\"report\": [{{\"lv\": [{pool}]}}]}}\n@ end\n");
    crate::facts::HostFacts::parse(&output, "@", host).unwrap().lvm
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::facts::HostFacts;
    use crate::inventory;

    fn told(data: &str, metadata: &str) -> Vec<String> {
        let text =
            "cluster: kube\nhosts: [{name: kube1, address: 198.51.100.1, devices: [{path: /dev/vdb, lvm: thin}]}]\n";
        let inventory = inventory::read(text, "test").unwrap();
        let desired = Desired::of(&inventory);
        let lvm = lvm(&desired.hosts[0], data, metadata);
        let facts = HostFacts {
            lvm,
            ..HostFacts::default()
        };
        let hosts = BTreeMap::from([(inventory.hosts[0].name.clone(), Ok(facts))]);
        let warnings = warnings(&desired, &Facts::new(&desired, hosts));
        warnings.iter().map(Found::sentence).collect()
    }

    #[test]
    fn a_pool_that_is_nearly_full_is_told_in_one_sentence() {
        assert_eq!(told("79.99", "12.00"), Vec::<String>::new());
        let both = told("93.10", "80.00");
        let begin = "kube1: the thin pool gluster_kube_vdb/pool of the brick vdb has used 93 % of its data and 80 % of its \
                     metadata: ";
        assert!(both.len() == 1 && both[0].starts_with(begin), "{both:?}");
        assert!(both[0].ends_with("run fstrim /bricks/vdb"), "{both:?}");
        assert!(told("", "95.00")[0].contains("has used 95 % of its metadata"));
        // LVM does not say how full a pool is that is not active.
        assert_eq!(told("", ""), Vec::<String>::new());
    }
}
