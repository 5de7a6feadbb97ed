//! The quota of a volume: turned on, limits set, changed and removed, and turned off when none is left. The directories that
//! glusterctl limits are marked in the volume itself, as options are; limits that somebody else set stay. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::peers::PoolPlan;
use super::steps::{Draft, Planner};
use super::volumes::Served;
use crate::facts::QuotaLimits;
use crate::inventory::kubernetes::names::Quantity;
use crate::inventory::{Host, QuotaPath, Volume};
use crate::shell;

/// The option that holds the directories that glusterctl limits, separated by commas.
const LIMITED: &str = "user.glusterctl.quota";
/// What stands for no directory in that option, which Gluster cannot reset.
const NONE: &str = "none";

/// Makes the quota of a volume what the inventory wants, once the volume is started. `made` are the steps after which the
/// limited directories are there; none if that is not known.
pub fn plan(planner: &mut Planner, volume: &Volume, pool: Option<&PoolPlan>, served: &Served, made: Option<&[usize]>) {
    let (Some(pool), Served::After(started)) = (pool, served) else {
        return;
    };
    let (facts, name) = (planner.facts, volume.name.as_str());
    let info = facts.cluster.volume(name).map(|known| &known.info);
    let marked = info
        .and_then(|info| info.options.get(LIMITED))
        .map_or("", String::as_str);
    let marked: BTreeSet<&str> = marked.split(',').filter(|path| path.starts_with('/')).collect();
    if volume.quota.is_empty() && marked.is_empty() {
        return;
    }
    let is_on = info.is_some_and(|info| info.has_quota());
    let now = match is_on {
        true => facts.quota_limits(name),
        false => Some(QuotaLimits::new()),
    };
    let Some(now) = now else {
        planner.wait(
            format!("the quota of volume {name}"),
            "the limits are read from a brick that runs",
        );
        return;
    };
    let change = Change {
        volume,
        coordinator: pool.coordinator,
        now,
        is_on,
        wanted: volume
            .quota
            .iter()
            .map(|(path, limit)| (path.as_str(), limit))
            .collect(),
        marked,
    };
    change.plan(planner, started.clone(), made);
}

/// The quota of a volume as it is and as it has to be.
struct Change<'p> {
    volume: &'p Volume,
    coordinator: &'p Host,
    now: QuotaLimits,
    is_on: bool,
    wanted: BTreeMap<&'p str, &'p Quantity>,
    /// The directories that glusterctl limits already.
    marked: BTreeSet<&'p str>,
}

impl Change<'_> {
    /// The mark comes before what the mark is about, so that an interrupted change is taken up again.
    fn plan(&self, planner: &mut Planner, mut last: Vec<usize>, made: Option<&[usize]>) {
        let wanted: BTreeSet<&str> = self.wanted.keys().copied().collect();
        let gone: Vec<&str> = self.marked.difference(&wanted).copied().collect();
        let stays = |path: &String| wanted.contains(&**path) || !self.marked.contains(&**path);
        let turns_off = wanted.is_empty() && !self.now.keys().any(stays);
        let coordinator = self.coordinator;
        let mut then = |planner: &mut Planner, draft: Draft, also: &[usize]| {
            last.extend(also);
            last = vec![planner.aside(coordinator, draft, std::mem::take(&mut last))];
        };
        if !wanted.is_subset(&self.marked) {
            then(planner, self.mark(&self.marked | &wanted), &[]);
        }
        if !wanted.is_empty() && !self.is_on {
            then(
                planner,
                self.turn("enable", "on", "the inventory has limits, and the quota is off"),
                &[],
            );
        }
        for (path, limit) in &self.wanted {
            let reason = match self.now.get(*path) {
                Some(now) if *now == limit.bytes() => continue,
                Some(now) => format!("the limit is {now} bytes"),
                None => "there is no such limit".to_owned(),
            };
            // A directory that has a limit is there.
            let is_there = *path == QuotaPath::ROOT || self.now.contains_key(*path);
            match (is_there, made) {
                (true, _) => then(planner, self.limit(path, limit, reason), &[]),
                (false, Some(made)) => then(planner, self.limit(path, limit, reason), made),
                (false, None) => planner.wait(
                    format!("limiting {path} of volume {}", self.volume.name),
                    "the volume is mounted on a host, where the directory can be made",
                ),
            }
        }
        if turns_off {
            if self.is_on {
                then(
                    planner,
                    self.turn("disable", "off", "no limit of the quota is left"),
                    &[],
                );
            }
        } else {
            for path in gone.iter().filter(|path| self.now.contains_key(**path)) {
                then(planner, self.remove(path), &[]);
            }
        }
        if !gone.is_empty() {
            then(planner, self.mark(wanted), &[]);
        }
    }

    fn gluster(&self, title: String, reason: impl Into<String>, words: &[&str]) -> Draft {
        let words = shell::words([self.volume.name.as_str()].iter().chain(words).copied());
        Draft::gluster(title, reason, &format!("volume quota {words}"))
    }

    fn turn(&self, word: &str, state: &str, reason: &str) -> Draft {
        self.gluster(
            format!("turn {state} the quota of volume {}", self.volume.name),
            reason,
            &[word],
        )
    }

    fn limit(&self, path: &str, limit: &Quantity, reason: String) -> Draft {
        let title = format!("limit {} to {limit}", self.called(path));
        self.gluster(title, reason, &["limit-usage", path, &limit.bytes().to_string()])
    }

    fn remove(&self, path: &str) -> Draft {
        let title = format!("remove the limit of {}", self.called(path));
        self.gluster(
            title,
            "the inventory does not have the limit any more",
            &["remove", path],
        )
    }

    fn called(&self, path: &str) -> String {
        match path {
            QuotaPath::ROOT => format!("volume {}", self.volume.name),
            path => format!("{path} of volume {}", self.volume.name),
        }
    }

    fn mark(&self, paths: BTreeSet<&str>) -> Draft {
        let name = self.volume.name.as_str();
        let paths: Vec<&str> = paths.into_iter().collect();
        let value = if paths.is_empty() {
            NONE.to_owned()
        } else {
            paths.join(",")
        };
        let words = shell::words([name, LIMITED, &value]);
        Draft::gluster(
            format!("mark the limits of volume {name} as set by glusterctl"),
            "by the mark, a later apply knows which limits glusterctl set",
            &format!("volume set {words}"),
        )
    }
}
