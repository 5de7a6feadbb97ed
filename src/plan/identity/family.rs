//! Whether the addresses of the inventory are of the version of IP over which the volumes were created. Pure.

use super::{Doubt, Doubts, of_cluster};
use crate::desired::Desired;
use crate::facts::Facts;
use crate::inventory::Family;

/// Gluster keeps the version of IP in the definition of each volume when it creates the volume.
const OPTION: &str = "transport.address-family";

/// Volumes that were created over the other version of IP: clients would look for bricks at addresses that nobody has.
pub fn contradictions(desired: &Desired, facts: &Facts) -> Doubts {
    let wanted = desired.inventory.family();
    let is_v6 = |options: &std::collections::BTreeMap<String, String>| {
        options.get(OPTION).is_some_and(|value| value == Family::V6.gluster())
    };
    let volumes = facts.cluster.volumes.iter();
    let others = volumes.filter(|(_, known)| is_v6(&known.info.options) != (wanted == Family::V6));
    let others: Vec<&str> = others.map(|(name, _)| name.as_ref()).collect();
    if others.is_empty() {
        return Doubts::new();
    }
    let other = match wanted {
        Family::V4 => Family::V6,
        Family::V6 => Family::V4,
    };
    let what = format!(
        "{} created over {other}, and the addresses of the inventory are {wanted}",
        match others[..] {
            [one] => format!("volume {one} was"),
            _ => format!("volumes {} were", others.join(", ")),
        }
    );
    let remedy = format!(
        "write the {other} addresses of the hosts: glusterctl does not bring a cluster from {other} to {wanted}; new hosts make a \
         new cluster, into which a client of both copies the files"
    );
    vec![(Doubt::OtherFamily, of_cluster(what, remedy))]
}
