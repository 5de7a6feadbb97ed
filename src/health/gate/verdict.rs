//! The answer to whether hosts can stop: yes, or every reason why not. Pure.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::inventory::HostName;

/// Whether hosts can stop now, all of them at the same time. Its JSON is a stable interface.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The version of this interface.
    pub version: u32,
    /// The hosts that are to stop.
    pub hosts: BTreeSet<HostName>,
    /// Whether the hosts can stop: there is no reason against it.
    pub ok: bool,
    /// Every reason why the hosts cannot stop.
    pub reasons: Vec<Reason>,
}

/// A reason why hosts cannot stop.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Reason {
    /// What kind of reason this is.
    pub kind: Kind,
    /// The host that the reason is about, if it is about a host.
    pub host: Option<HostName>,
    /// The volume that the reason is about, if it is about a volume.
    pub volume: Option<String>,
    /// The reason as a sentence.
    pub text: String,
}

/// The kinds of reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A host was not observed.
    Unobserved,
    /// Another host is in maintenance.
    Maintenance,
    /// A glusterd does not answer.
    Glusterd,
    /// Two servers are not connected, or do not accept each other.
    Peer,
    /// Gluster would not let the servers that are left change or serve anything.
    ServerQuorum,
    /// Two servers have different definitions of a volume.
    Disagreement,
    /// Gluster does not say what has to be known.
    Unknown,
    /// Gluster moves files between bricks.
    Migration,
    /// A brick is down.
    BrickDown,
    /// A brick lists entries to heal.
    Heal,
    /// Too few bricks of a set would be left.
    Redundancy,
    /// A client is not connected to a brick.
    Client,
    /// A mount does not answer.
    Mount,
}

impl Kind {
    /// Whether the reason goes by itself once a host that has just come back is healed.
    #[must_use]
    pub fn heals(self) -> bool {
        matches!(
            self,
            Kind::Peer | Kind::BrickDown | Kind::Heal | Kind::Client | Kind::Glusterd | Kind::Mount
        )
    }
}

/// A reason that is about a host.
pub(super) fn of_host(kind: Kind, host: &HostName, text: String) -> Reason {
    Reason {
        kind,
        host: Some(host.clone()),
        volume: None,
        text,
    }
}

/// A reason that is about a volume.
pub(super) fn of_volume(kind: Kind, volume: &str, text: String) -> Reason {
    Reason {
        kind,
        host: None,
        volume: Some(volume.to_owned()),
        text,
    }
}
