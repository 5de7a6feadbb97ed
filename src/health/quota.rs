//! How much of a volume's quota is used. Pure.

use serde::Serialize;

use super::space::size;
use super::{BricksSaid, Found, Health, Kind, Looks, VolumeHealth};
use crate::desired::Desired;
use crate::facts::{Facts, QuotaDaemon, QuotaUse, VolumeInfo};

/// The limit of a volume or of a directory in it, and what is used of the limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuotaHealth {
    /// The path inside the volume; `/` is the whole volume.
    pub path: String,
    /// The limit, in bytes.
    pub limit: u64,
    /// The bytes in use; none if that is not known.
    pub used: Option<u64>,
}

impl QuotaHealth {
    /// Whether nothing more can be written.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.used.is_some_and(|used| used >= self.limit)
    }

    /// Whether less than a tenth of the limit is left.
    #[must_use]
    pub fn is_nearly_full(&self) -> bool {
        let left = self.used.map(|used| self.limit.saturating_sub(used));
        left.is_some_and(|left| left < self.limit / 10)
    }
}

/// The limits of a volume: as Gluster lists them, or else as the bricks carry them. None if neither told.
pub(super) fn of_volume(facts: &Facts, info: &VolumeInfo, said: Option<&BricksSaid>) -> Option<Vec<QuotaHealth>> {
    if !info.has_quota() {
        return Some(Vec::new());
    }
    let listed = |quota: &QuotaUse| QuotaHealth {
        path: quota.path.clone(),
        limit: quota.limit,
        used: Some(quota.used),
    };
    if let Some(Ok(list)) = said.and_then(|said| said.more.quota.as_ref()) {
        return Some(list.iter().map(listed).collect());
    }
    let carried = |(path, limit)| QuotaHealth {
        path,
        limit,
        used: None,
    };
    Some(facts.quota_limits(&info.name)?.into_iter().map(carried).collect())
}

/// The limits that are reached, or nearly so.
pub(super) fn warnings(health: &Health) -> Vec<Found> {
    let found = |volume: &VolumeHealth, quota: &QuotaHealth| {
        let state = if quota.is_full() { "reached" } else { "nearly reached" };
        let used = quota.used.map_or_else(String::new, size);
        let what = format!(
            "the limit of {} is {state}: {used} of {} are used",
            quota.path,
            size(quota.limit)
        );
        Found::of_volume(Kind::QuotaNearlyReached, &volume.name, what)
    };
    let of = |volume: &VolumeHealth| {
        let limits = volume.quota.iter().flatten().filter(|quota| quota.is_nearly_full());
        limits.map(|quota| found(volume, quota)).collect::<Vec<_>>()
    };
    health.volumes.iter().flat_map(of).collect()
}

/// Whether the quota daemon of a server is known not to run.
pub(super) fn is_a_daemon_down(said: &BricksSaid) -> bool {
    said.more.quota_daemons.iter().flatten().any(|daemon| !daemon.runs)
}

/// The servers whose quota daemon does not run, each once. One daemon serves all volumes.
pub(super) fn daemons_down(desired: &Desired, facts: &Facts, looks: &Looks) -> Vec<Found> {
    let is_down = |daemon: &&QuotaDaemon| !daemon.runs;
    let mut found: Vec<Found> = Vec::new();
    for (volume, said) in &looks.seen {
        for daemon in said.more.quota_daemons.iter().flatten().filter(is_down) {
            let mut servers = desired.servers().map(|server| server.name());
            let of = |name| facts.of(name).and_then(|seen| seen.glusterd_uuid());
            // Gluster may list a server that the inventory does not have.
            let server = servers.find(|server| of(server) == Some(&*daemon.server));
            if found.iter().all(|found| found.host.as_ref() != server) {
                let what = "the quota daemon of a server does not run, so quotas may not be enforced";
                found.push(Found {
                    host: server.cloned(),
                    ..Found::of_volume(Kind::QuotaDaemon, volume, what)
                });
            }
        }
    }
    found
}
