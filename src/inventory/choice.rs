//! The hosts and devices that carry a volume. Pure.

use super::names::{BrickName, HostName};

/// Which devices of which hosts have a brick of a volume; without any choice, every device of every server has a brick.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BrickChoice {
    /// The hosts that carry the volume, in the order of the file; `None` for all servers.
    pub hosts: Option<Vec<HostName>>,
    /// The names of the bricks' devices, in the order of the file; `None` for all devices.
    pub devices: Option<Vec<BrickName>>,
}

impl BrickChoice {
    /// Whether the device of that name on that host is chosen.
    #[must_use]
    pub fn covers(&self, host: &HostName, device: &BrickName) -> bool {
        self.chooses(host) && self.devices.as_ref().is_none_or(|devices| devices.contains(device))
    }

    /// Whether the host is chosen.
    #[must_use]
    pub fn chooses(&self, host: &HostName) -> bool {
        self.hosts.as_ref().is_none_or(|hosts| hosts.contains(host))
    }
}
