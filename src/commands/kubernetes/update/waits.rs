//! What a run of `kubernetes update` waits for, since when, and for how long.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::cli::KubernetesUpdate;
use crate::kubernetes::pods::update::{Stage, Wait};

/// How long Kubernetes may take to note a template.
const TEMPLATE: Duration = Duration::from_secs(60);

/// Since when each thing has been waited for: from the first time since a pod was deleted or healed, so that a pod that is ready
/// now and then is no new wait.
pub(super) struct Waits {
    since: BTreeMap<(Option<usize>, Stage), Instant>,
    told: Option<Wait>,
    wait: Duration,
    pod_limit: Duration,
    heal_limit: Duration,
}

impl Waits {
    pub(super) fn of(options: &KubernetesUpdate) -> Self {
        Waits {
            since: BTreeMap::new(),
            told: None,
            wait: options.wait.unwrap_or_default(),
            pod_limit: options.pod_limit,
            heal_limit: options.heal_limit,
        }
    }

    /// Nothing is waited for any more.
    pub(super) fn clear(&mut self) {
        self.since.clear();
        self.told = None;
    }

    /// Notes what is waited for; returns whether that is news.
    pub(super) fn begin(&mut self, wait: &Wait) -> bool {
        self.since.entry((wait.at, wait.stage)).or_insert_with(Instant::now);
        self.told.replace(wait.clone()).as_ref() != Some(wait)
    }

    /// The limit, if it has passed.
    pub(super) fn out_of(&self, wait: &Wait) -> Option<Duration> {
        let limit = match wait.stage {
            Stage::Template => TEMPLATE,
            Stage::CanStop | Stage::Serves => self.wait,
            Stage::Ready => self.pod_limit,
            Stage::Healed => self.heal_limit,
        };
        let since = self.since.get(&(wait.at, wait.stage))?;
        (since.elapsed() >= limit).then_some(limit)
    }
}
