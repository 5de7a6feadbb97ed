//! The output of `terraform output -json` (and of OpenTofu), or the outputs of a state file. Pure.
//!
//! An output is `{"sensitive": false, "type": …, "value": …}`. Hosts are a list of addresses, a block of addresses by name, or
//! blocks with an address each.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::{Entry, List, only};
use crate::inventory::Family;
use crate::text::printable;

/// Whether a block is outputs of Terraform.
pub fn is_one(keys: &Map<String, Value>) -> bool {
    keys.values().all(|output| output.get("value").is_some())
}

/// Reads the hosts of the output that is named, or of the only output that has hosts. Outputs with IPv6 addresses alone count
/// only if no output has IPv4 addresses, as a list of the same hosts may stand beside another.
///
/// # Errors
/// No output has hosts, or it is not clear which hosts are meant.
pub fn read(outputs: &Map<String, Value>, group: Option<&str>) -> Result<List, Vec<String>> {
    let mut found: Vec<(&str, Family, Vec<Host>)> = Vec::new();
    let mut alone: Vec<Host> = Vec::new();
    for (name, output) in outputs {
        let value = output.get("value").unwrap_or(&Value::Null);
        let hosts = hosts(value);
        let Some(family) = family(&hosts).filter(|_| !hosts.is_empty()) else {
            continue;
        };
        if value.is_string() && group.is_none() {
            alone.extend(hosts);
        } else {
            found.push((name, family, hosts));
        }
    }
    if group.is_none() && found.iter().any(|(_, family, _)| *family == Family::V4) {
        found.retain(|(_, family, _)| *family == Family::V4);
    }
    if group.is_none() && found.is_empty() && !alone.is_empty() {
        let has = |host: &Host, family| host.addresses.iter().any(|(_, ip)| Family::of(*ip) == family);
        let some_have = |family: &Family| alone.iter().any(|host| has(host, *family));
        let family = Some(Family::V4).filter(some_have).unwrap_or(Family::V6);
        alone.retain(|host| has(host, family));
        return Ok(list(&alone, family));
    }
    if found.is_empty() {
        let names: Vec<String> = outputs.keys().map(|name| printable(name)).collect();
        let names = if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        };
        return Err(vec![format!(
            "no output of Terraform has an IPv4 address of each host, or an IPv6 address of each (outputs: {names}); write for \
             example\n\
             output \"hosts\" {{ value = {{ for vm in openstack_compute_instance_v2.kube : vm.name => vm.access_ip_v4 }} }}"
        )]);
    }
    let parts: Vec<(&str, usize)> = found.iter().map(|(name, _, hosts)| (*name, hosts.len())).collect();
    let chosen = only(&parts, group, "output")?;
    let hosts = found.iter().find(|(name, ..)| *name == chosen);
    Ok(hosts.map(|(_, family, hosts)| list(hosts, *family)).unwrap_or_default())
}

/// A host of an output.
struct Host {
    name: Option<String>,
    /// Its addresses, each with the key that the output has for it.
    addresses: Vec<(String, IpAddr)>,
}

/// The hosts as a list, which are reached at addresses of this family.
fn list(hosts: &[Host], family: Family) -> List {
    List {
        hosts: hosts.iter().filter_map(|host| host.entry(family)).collect(),
        ..List::default()
    }
}

/// The family of which all hosts have an address.
fn family(hosts: &[Host]) -> Option<Family> {
    let addresses: Vec<Vec<IpAddr>> = hosts.iter().map(Host::all).collect();
    Family::common(&addresses)
}

/// The hosts of a value; none if the value is something else.
fn hosts(value: &Value) -> Vec<Host> {
    let found: Option<Vec<Host>> = match value {
        Value::String(_) => host(None, value).map(|host| vec![host]),
        Value::Array(items) => items.iter().map(|item| host(None, item)).collect(),
        Value::Object(keys) => keys.iter().map(|(name, item)| host(Some(name), item)).collect(),
        _ => None,
    };
    found.unwrap_or_default()
}

/// A host: an address, or a block with addresses.
fn host(name: Option<&str>, value: &Value) -> Option<Host> {
    if let Value::String(address) = value {
        return Some(Host {
            name: name.map(str::to_owned),
            addresses: vec![(String::new(), address.parse().ok()?)],
        });
    }
    let keys = value.as_object()?;
    let addresses = keys.iter().filter_map(|(key, value)| {
        let address: IpAddr = value.as_str()?.split('/').next()?.parse().ok()?;
        Some((key.clone(), address))
    });
    let addresses: Vec<(String, IpAddr)> = addresses.collect();
    let named = ["name", "hostname"].iter().find_map(|key| keys.get(*key)?.as_str());
    (!addresses.is_empty()).then(|| Host {
        name: named.or(name).map(str::to_owned),
        addresses,
    })
}

impl Host {
    fn all(&self) -> Vec<IpAddr> {
        self.addresses.iter().map(|(_, address)| *address).collect()
    }

    /// The host as a list has it, if it has an address of the family.
    fn entry(&self, family: Family) -> Option<Entry> {
        let is_outside = |key: &str| ["public", "floating", "external"].iter().any(|word| key.contains(word));
        let of_family = || {
            self.addresses
                .iter()
                .filter(|(_, address)| Family::of(*address) == family)
        };
        let outside = of_family().find(|(key, _)| is_outside(key)).or(of_family().next())?;
        Some(Entry {
            name: self.name.clone(),
            destination: outside.1.to_string(),
            addresses: self.all(),
            ..Entry::default()
        })
    }
}
