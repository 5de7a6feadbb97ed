//! The output of `openstack server list -f json`. Pure.
//!
//! A server's networks are a block of lists of addresses; clients before version 5.3 write them as one text:
//! `private=10.0.0.5, 198.51.100.11; storage=10.1.0.5`.

use std::net::IpAddr;

use serde_json::Value;

use super::{Entry, List};
use crate::inventory::Family;
use crate::text::printable;

/// Reads the list; nothing if it is of something else.
pub fn read(servers: &[Value]) -> Option<Result<List, Vec<String>>> {
    if servers.is_empty() {
        return Some(Err(vec![
            "it is an empty list in JSON: openstack server list found no server".to_owned(),
        ]));
    }
    if !servers
        .iter()
        .all(|server| server.get("Name").is_some() && server.get("Networks").is_some())
    {
        return None;
    }
    let networks: Vec<_> = servers
        .iter()
        .map(|server| networks(server.get("Networks").unwrap_or(&Value::Null)))
        .collect();
    let addresses: Vec<Vec<IpAddr>> = networks.iter().map(|networks| networks.concat()).collect();
    let family = Family::common(&addresses).unwrap_or_default();
    let (mut list, mut problems) = (List::default(), Vec::new());
    for (server, networks) in servers.iter().zip(networks) {
        match entry(server, &networks, family) {
            Ok(entry) => list.hosts.push(entry),
            Err(problem) => problems.push(problem),
        }
    }
    Some(match problems.is_empty() {
        true => Ok(list),
        false => Err(problems),
    })
}

fn entry(server: &Value, networks: &[Vec<IpAddr>], family: Family) -> Result<Entry, String> {
    let text = |key: &str| server.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = text("Name");
    let called = printable(name);
    let status = text("Status");
    if !matches!(status, "" | "ACTIVE") {
        return Err(format!(
            "the server {called} is {} in OpenStack, not ACTIVE: start it, or leave it out of the list",
            printable(status)
        ));
    }
    // OpenStack lists a floating address behind the fixed address that it belongs to, and SSH comes from outside.
    let is_of_family = |address: &&IpAddr| Family::of(**address) == family;
    let mut outside = networks
        .iter()
        .filter_map(|addresses| addresses.iter().rev().find(is_of_family));
    let Some(outside) = outside.next() else {
        return Err(format!("the server {called} has no {family} address in its Networks"));
    };
    Ok(Entry {
        name: Some(name.to_owned()),
        destination: outside.to_string(),
        addresses: networks.concat(),
        ..Entry::default()
    })
}

/// The addresses of each network.
fn networks(said: &Value) -> Vec<Vec<IpAddr>> {
    let addresses = |texts: Vec<&str>| texts.into_iter().filter_map(|text| text.trim().parse().ok()).collect();
    match said {
        Value::Object(networks) => networks
            .values()
            .map(|network| {
                addresses(
                    network
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_str)
                        .collect(),
                )
            })
            .collect(),
        Value::String(text) => text
            .split(';')
            .map(|network| {
                addresses(
                    network
                        .split_once('=')
                        .map_or(network, |(_, listed)| listed)
                        .split(',')
                        .collect(),
                )
            })
            .collect(),
        _ => Vec::new(),
    }
}
