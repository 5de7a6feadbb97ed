//! An inventory for more or fewer pods of the same `StatefulSet`. Pure.

use serde_json::Value;

use super::stateful_set::{PodName, StatefulSet};
use crate::inventory::Inventory;

/// An inventory for another number of pods.
#[derive(Debug)]
pub struct Scaled {
    /// Its keys and values.
    pub keys: Value,
    /// What it says of the pods.
    pub pods: Pods,
}

/// What becomes of pods.
#[derive(Debug, PartialEq, Eq)]
pub enum Pods {
    /// All pods serve.
    Serve,
    /// The data of these hosts is moved to the others; the pods are still needed for that.
    Leave(Vec<String>),
    /// These hosts were leaving, and their pods end.
    End(Vec<String>),
}

/// The keys of an inventory, as its operator wrote them, for as many pods. A new host is like the last, but for its name and its
/// zone. Hosts that are too many leave; once they leave, they are taken out. All other hosts serve.
///
/// # Errors
/// Every reason why that cannot be, a sentence each.
pub fn scaled(inventory: &Inventory, keys: &Value, replicas: usize) -> Result<Scaled, Vec<String>> {
    StatefulSet::of(inventory)?;
    let mut scaled = keys.clone();
    let mut none = Vec::new();
    let hosts = scaled
        .get_mut("hosts")
        .and_then(Value::as_array_mut)
        .unwrap_or(&mut none);
    for host in hosts.iter_mut().take(replicas).filter_map(Value::as_object_mut) {
        host.remove("leaving");
    }
    let beyond = inventory.hosts.iter().skip(replicas);
    let names = || beyond.clone().map(|host| host.name.to_string()).collect();
    let pods = if replicas >= inventory.hosts.len() {
        add(inventory, hosts, replicas);
        Pods::Serve
    } else if beyond.clone().all(|host| host.leaving) {
        hosts.truncate(replicas);
        Pods::End(names())
    } else {
        for host in hosts.iter_mut().skip(replicas).filter_map(Value::as_object_mut) {
            host.insert("leaving".to_owned(), true.into());
        }
        Pods::Leave(names())
    };
    Ok(Scaled { keys: scaled, pods })
}

/// Adds hosts until there are as many as pods.
fn add(inventory: &Inventory, hosts: &mut Vec<Value>, replicas: usize) {
    let last = inventory.hosts.last().and_then(PodName::of);
    let Some((last, Value::Object(mut like))) = last.zip(hosts.last().cloned()) else {
        return;
    };
    like.remove("zone");
    for ordinal in inventory.hosts.len()..replicas {
        like.insert("name".to_owned(), last.with(ordinal).into());
        hosts.push(like.clone().into());
    }
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
