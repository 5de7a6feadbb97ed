//! The output of `terraform output -json` (and of OpenTofu), or the outputs of a state file. Pure.
//!
//! An output is `{"sensitive": false, "type": …, "value": …}`. Hosts are a list of addresses, a block of addresses by name, or
//! blocks with an address each.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Map, Value};

use super::{Entry, List, destination, only};
use crate::text::printable;

/// Whether a block is outputs of Terraform.
pub fn is_one(keys: &Map<String, Value>) -> bool {
    keys.values().all(|output| output.get("value").is_some())
}

/// Reads the hosts of the output that is named, or of the only output that has hosts.
///
/// # Errors
/// No output has hosts, or it is not clear which hosts are meant.
pub fn read(outputs: &Map<String, Value>, group: Option<&str>) -> Result<List, Vec<String>> {
    let mut found: Vec<(&str, Vec<Entry>)> = Vec::new();
    let mut alone: Vec<Entry> = Vec::new();
    for (name, output) in outputs {
        let value = output.get("value").unwrap_or(&Value::Null);
        let hosts = hosts(value);
        if hosts.is_empty() {
            continue;
        }
        if value.is_string() && group.is_none() {
            alone.extend(hosts);
        } else {
            found.push((name, hosts));
        }
    }
    if group.is_none() && found.is_empty() && !alone.is_empty() {
        return Ok(List {
            hosts: alone,
            ..List::default()
        });
    }
    if found.is_empty() {
        let names: Vec<String> = outputs.keys().map(|name| printable(name)).collect();
        let names = if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        };
        return Err(vec![format!(
            "no output of Terraform has IPv4 addresses (outputs: {names}); write for example\n\
             output \"hosts\" {{ value = {{ for vm in openstack_compute_instance_v2.kube : vm.name => vm.access_ip_v4 }} }}"
        )]);
    }
    let parts: Vec<(&str, usize)> = found.iter().map(|(name, hosts)| (*name, hosts.len())).collect();
    let chosen = only(&parts, group, "output")?;
    let hosts = found.into_iter().find(|(name, _)| *name == chosen);
    Ok(List {
        hosts: hosts.map(|(_, hosts)| hosts).unwrap_or_default(),
        ..List::default()
    })
}

/// The hosts of a value; none if the value is something else.
fn hosts(value: &Value) -> Vec<Entry> {
    let found: Option<Vec<Entry>> = match value {
        Value::String(_) => host(None, value).map(|host| vec![host]),
        Value::Array(items) => items.iter().map(|item| host(None, item)).collect(),
        Value::Object(keys) => keys.iter().map(|(name, item)| host(Some(name), item)).collect(),
        _ => None,
    };
    found.unwrap_or_default()
}

/// A host: an address, or a block with addresses.
fn host(name: Option<&str>, value: &Value) -> Option<Entry> {
    if let Value::String(address) = value {
        address.parse::<Ipv4Addr>().ok()?;
        let entry = destination(address).ok()?;
        return Some(Entry {
            name: name.map(str::to_owned),
            ..entry
        });
    }
    let keys = value.as_object()?;
    let addresses = keys.iter().filter_map(|(key, value)| {
        let address: Ipv4Addr = value.as_str()?.split('/').next()?.parse().ok()?;
        Some((key.as_str(), address))
    });
    let addresses: Vec<(&str, Ipv4Addr)> = addresses.collect();
    let is_outside = |key: &str| ["public", "floating", "external"].iter().any(|word| key.contains(word));
    let outside = addresses
        .iter()
        .find(|(key, _)| is_outside(key))
        .or(addresses.first())?;
    let named = ["name", "hostname"].iter().find_map(|key| keys.get(*key)?.as_str());
    Some(Entry {
        name: named.or(name).map(str::to_owned),
        destination: outside.1.to_string(),
        addresses: addresses.iter().map(|(_, address)| IpAddr::from(*address)).collect(),
        ..Entry::default()
    })
}
