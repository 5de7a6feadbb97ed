//! What a step can destroy: a person must agree to a dangerous step before the step runs.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::inventory::{DevicePath, HostName, SnapshotName, VolumeName};

/// What a step can destroy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Danger {
    /// Nothing: the step needs no consent.
    #[default]
    Safe,
    /// The step formats a device of its own host.
    Formats {
        /// The device's path.
        device: DevicePath,
    },
    /// After the step, the volume has fewer copies of its data than before.
    TakesRedundancy {
        /// The volume.
        volume: VolumeName,
    },
    /// The step stops the bricks of its own host for a while; the volumes go on with the other bricks.
    StopsBricks,
    /// The step reboots its own host; the volumes go on with the bricks of other hosts.
    Reboots,
    /// The step points the names of hosts, which peers and bricks use, at other addresses: these hosts moved.
    MovesHosts {
        /// Each host that moved, with its old and its new address.
        hosts: BTreeSet<(HostName, IpAddr, IpAddr)>,
    },
    /// The step removes a host from the trusted storage pool.
    DetachesHost {
        /// The host that is removed.
        host: HostName,
    },
    /// The step brings files back from a snapshot: what is newer than the snapshot is overwritten or removed.
    Restores {
        /// What is brought back: `volume gv0`, or `/a of volume gv0`.
        what: String,
        /// The snapshot.
        snapshot: SnapshotName,
    },
    /// The step deletes something for good.
    Deletes {
        /// What is deleted, as a noun and its name: `volume gv0`.
        what: String,
    },
}

impl Danger {
    /// Whether a person has to agree to the step, and no inventory can. A blank device, or content that the inventory names,
    /// may be formatted by a node that nobody watches, and a host that holds no brick detached.
    #[must_use]
    pub fn needs_a_person(&self) -> bool {
        match self {
            Danger::Safe
            | Danger::Formats { .. }
            | Danger::StopsBricks
            | Danger::MovesHosts { .. }
            | Danger::DetachesHost { .. } => false,
            Danger::TakesRedundancy { .. } | Danger::Reboots | Danger::Restores { .. } | Danger::Deletes { .. } => true,
        }
    }
}
