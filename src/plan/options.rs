//! The options of a volume: set, and reset when the inventory does not have them any more. What glusterctl manages is
//! marked in the volume itself: Gluster keeps any `user.*` option. Options that glusterctl did not set stay. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::steps::{Draft, Planner};
use crate::inventory::{HEAL_THREADS, Host, Volume};
use crate::shell;

/// The option that holds the name of the cluster whose inventory has the volume.
pub const CLUSTER: &str = "user.glusterctl.cluster";
/// The option that holds the keys of the options that glusterctl sets, separated by commas.
const KEYS: &str = "user.glusterctl.options";
/// What stands for no value in a `user.*` option.
const NONE: &str = "none";

/// Marks the volume, sets and resets its options after the steps `needs`, and returns the steps that are the last. The
/// mark comes before what the mark is about, so that an interrupted change is taken up again.
pub fn change(
    planner: &mut Planner,
    volume: &Volume,
    coordinator: &Host,
    current: &BTreeMap<String, String>,
    needs: Vec<usize>,
) -> Vec<usize> {
    // A volume that somebody else made stays as it is, until the inventory sets an option.
    let is_managed = !volume.options.is_empty() || current.contains_key(KEYS);
    if volume.is_existing && !is_managed {
        return needs;
    }
    let name = volume.name.as_str();
    let cluster = planner.desired.inventory.cluster.as_str();
    let mut last = needs;
    let mut then = |draft: Draft| last = vec![planner.aside(coordinator, draft, std::mem::take(&mut last))];
    let marked = marked(current);
    let wanted: BTreeSet<&str> = volume.options.keys().map(String::as_str).collect();
    let gone: Vec<&str> = marked.difference(&wanted).copied().collect();

    let all: BTreeSet<&str> = wanted.iter().chain(&gone).copied().collect();
    if current.get(CLUSTER).is_none_or(|marked| marked != cluster) || !all.is_subset(&marked) {
        then(mark(name, cluster, &all));
    }
    let differing = volume
        .options
        .iter()
        .filter(|(key, value)| current.get(*key) != Some(value));
    let (of_profile, own): (Vec<_>, Vec<_>) = differing.partition(|(key, value)| is_of_profile(volume, key, value));
    if let (Some(profile), false) = (volume.profile, of_profile.is_empty()) {
        then(set_members(name, profile.name, &of_profile));
    }
    for (key, value) in own {
        let reason = match current.get(key) {
            Some(current) => format!("the option is {current}"),
            None if (key.as_str(), value.as_str()) == HEAL_THREADS => {
                "with Gluster's default, idle threads of a brick keep processors busy while files are healed or moved"
                    .to_owned()
            }
            None => "the option is not set".to_owned(),
        };
        then(set(name, key, value, reason));
    }
    for (key, value) in gone.iter().filter_map(|key| Some((*key, current.get(*key)?))) {
        let reason = format!("the inventory does not have the option any more; the option is {value}");
        match key.starts_with("user.") {
            false => then(reset(name, key, reason)),
            // Gluster cannot reset such an option (measured with 10.3).
            true if value != NONE => then(set(name, key, NONE, reason)),
            true => {}
        }
    }
    if !gone.is_empty() {
        then(mark(name, cluster, &wanted));
    }
    last
}

/// Whether `change` would switch an option that is on or off.
pub fn switches(volume: &Volume, current: &BTreeMap<String, String>, key: &str) -> bool {
    let is_on = |value: Option<&String>| {
        value.is_some_and(|value| matches!(value.as_str(), "on" | "yes" | "true" | "enable" | "1"))
    };
    let (wanted, is) = (volume.options.get(key), current.get(key));
    (wanted.is_some() || marked(current).contains(key)) && is_on(wanted) != is_on(is)
}

/// The keys of the options that glusterctl sets.
fn marked(current: &BTreeMap<String, String>) -> BTreeSet<&str> {
    let keys = current.get(KEYS).map_or("", String::as_str).split(',');
    keys.filter(|key| key.contains('.')).collect()
}

/// Whether the option has its value from the volume's profile.
fn is_of_profile(volume: &Volume, key: &str, value: &str) -> bool {
    let members = volume.profile.iter().flat_map(|profile| profile.options);
    members.into_iter().any(|member| *member == (key, value))
}

/// Sets members of Gluster's own group of options with one command: Gluster takes all of them, or none.
fn set_members(volume: &str, profile: &str, members: &[(&String, &String)]) -> Draft {
    let title = match members {
        [(key, value)] => format!("set {key} of volume {volume} to {value}, as profile {profile} has the option"),
        _ => format!(
            "set {} options of volume {volume} as profile {profile} has them",
            members.len()
        ),
    };
    let keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
    let reason = format!("not as in the profile: {}", keys.join(", "));
    let pairs = members.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]);
    let words = shell::words([volume].into_iter().chain(pairs));
    Draft::gluster(title, reason, &format!("volume set {words}"))
}

fn set(volume: &str, key: &str, value: &str, reason: String) -> Draft {
    let words = format!("volume set {}", shell::words([volume, key, value]));
    Draft::gluster(format!("set {key} of volume {volume} to {value}"), reason, &words)
}

fn reset(volume: &str, key: &str, reason: String) -> Draft {
    let words = format!("volume reset {}", shell::words([volume, key]));
    Draft::gluster(format!("reset {key} of volume {volume}"), reason, &words)
}

/// Marks a volume as this cluster's, and the keys of options as set by glusterctl.
fn mark(volume: &str, cluster: &str, keys: &BTreeSet<&str>) -> Draft {
    let keys: Vec<&str> = keys.iter().copied().collect();
    let keys = if keys.is_empty() {
        NONE.to_owned()
    } else {
        keys.join(",")
    };
    let title = format!("mark volume {volume} as managed by cluster {cluster}");
    let reason = "by the mark, a later apply knows which volumes and options glusterctl manages";
    let words = shell::words([volume, CLUSTER, cluster, KEYS, &keys]);
    Draft::gluster(title, reason, &format!("volume set {words}"))
}
