//! Warnings: settings that an inventory may have but that the operator probably does not want. Pure.

use super::model::{Host, Inventory};
use super::names::BrickDir;
use super::sets::{Carrier, Sets, arrange};
use super::volume_type::VolumeType;

impl Inventory {
    /// The settings that are allowed but probably not wanted, a sentence for each.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = self.bricks_on_root();
        for volume in self.volumes.iter().filter(|volume| !volume.leaving) {
            let carriers = self.servers().map(|host| {
                let devices = host.devices.iter().filter(|device| !device.leaving);
                host.carrier(devices.filter(|device| device.carries(&volume.name)).count())
            });
            let carriers: Vec<Carrier<'_>> = carriers.collect();
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

    fn bricks_on_root(&self) -> Vec<String> {
        let of_host = |host: &Host| {
            let bricks = host.devices.iter().filter_map(|device| device.existing.as_ref());
            let on_root = bricks.filter(|existing| existing.mount.as_str() == "/");
            let dirs = on_root.flat_map(|existing| existing.dirs.values());
            let warning = |dir: &BrickDir| {
                format!(
                    "{}: the brick {dir} is on the root file system: once the volume is full, the host has no space left \
                     either; move the brick to a disk of its own",
                    host.name
                )
            };
            dirs.map(warning).collect::<Vec<_>>()
        };
        self.hosts.iter().flat_map(of_host).collect()
    }
}
