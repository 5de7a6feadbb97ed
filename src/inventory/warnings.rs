//! Warnings: settings that an inventory may have but that the operator probably does not want. Pure.

use super::model::Inventory;
use super::sets::{Carrier, Sets, arrange};
use super::volume_type::VolumeType;

impl Inventory {
    /// The settings that are allowed but probably not wanted, a sentence for each.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let carriers: Vec<Carrier<'_>> = self.servers().map(|host| host.carrier(host.devices.len())).collect();
        let mut warnings = Vec::new();
        for volume in &self.volumes {
            if matches!(volume.volume_type, VolumeType::Replicate { replica: 2, .. }) {
                warnings.push(format!(
                    "volume {}: replica 2 can split-brain when the hosts lose their connection; \
                     write `replica: 3`, or `replica: 3, arbiter: 1` with a small third device",
                    volume.name
                ));
            }
            if self.hosts_mounting(volume).next().is_none() {
                warnings.push(format!(
                    "volume {}: no host mounts the volume, as no host is a client; write `on: all`, or add clients",
                    volume.name
                ));
            }
            if let Ok(Sets {
                crowded: Some(zone), ..
            }) = arrange(&carriers, volume.volume_type)
            {
                warnings.push(format!(
                    "volume {}: zone {zone} has more bricks than there are replica sets, so replicas of one set share \
                     a zone; move devices to other zones, or lower `replica`",
                    volume.name
                ));
            }
        }
        warnings
    }
}
