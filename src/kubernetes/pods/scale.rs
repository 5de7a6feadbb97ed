//! An inventory for more pods of the same `StatefulSet`. Pure.

use serde_json::Value;

use super::stateful_set::{PodName, StatefulSet};
use crate::inventory::Inventory;

/// The keys of an inventory, as its operator wrote them, with hosts for as many pods: a new host is like the last, but for its
/// name and its zone.
///
/// # Errors
/// Every reason why that cannot be, a sentence each.
pub fn scaled(inventory: &Inventory, keys: &Value, replicas: usize) -> Result<Value, Vec<String>> {
    StatefulSet::of(inventory)?;
    let now = inventory.hosts.len();
    if replicas < now {
        return Err(vec![format!(
            "{replicas} pods are fewer than {now}, and pods cannot move their data to other pods: each knows only of its own brick \
             how full it is; keep the pods. After kubectl scale nothing is lost, but what is on the missing pods is not served \
             until they are there again"
        )]);
    }
    let mut scaled = keys.clone();
    let hosts = scaled.get_mut("hosts").and_then(Value::as_array_mut);
    let last = inventory.hosts.last().and_then(PodName::of);
    if let (Some(hosts), Some(last)) = (hosts, last)
        && let Some(Value::Object(like)) = hosts.last().cloned()
    {
        for ordinal in now..replicas {
            let mut host = like.clone();
            host.remove("zone");
            host.remove("leaving");
            host.insert("name".to_owned(), last.with(ordinal).into());
            hosts.push(host.into());
        }
    }
    Ok(scaled)
}

/// Keys and values as the text of an inventory: JSON in YAML, an entry a line.
#[must_use]
pub fn written(keys: &Value) -> String {
    let mut text = String::new();
    for (key, value) in keys.as_object().into_iter().flatten() {
        match value.as_array().filter(|list| !list.is_empty()) {
            Some(list) => {
                text += &format!("{key}:\n");
                text.extend(list.iter().map(|entry| format!("  - {entry}\n")));
            }
            None => text += &format!("{key}: {value}\n"),
        }
    }
    text
}
