//! The output of `openstack server list -f json`. Pure.
//!
//! A server's networks are a block of lists of addresses; clients before version 5.3 write them as one text:
//! `private=10.0.0.5, 198.51.100.11; storage=10.1.0.5`.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::Value;

use super::{Entry, List};
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
    let (mut list, mut problems) = (List::default(), Vec::new());
    for server in servers {
        match entry(server) {
            Ok(entry) => list.hosts.push(entry),
            Err(problem) => problems.push(problem),
        }
    }
    Some(match problems.is_empty() {
        true => Ok(list),
        false => Err(problems),
    })
}

fn entry(server: &Value) -> Result<Entry, String> {
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
    let networks = networks(server.get("Networks").unwrap_or(&Value::Null));
    // OpenStack lists a floating address behind the fixed address that it belongs to, and SSH comes from outside.
    let Some(outside) = networks.iter().find_map(|addresses| addresses.last()) else {
        return Err(format!("the server {called} has no IPv4 address in its Networks"));
    };
    Ok(Entry {
        name: Some(name.to_owned()),
        destination: outside.to_string(),
        addresses: networks.concat().into_iter().map(IpAddr::from).collect(),
        ..Entry::default()
    })
}

/// The IPv4 addresses of each network.
fn networks(said: &Value) -> Vec<Vec<Ipv4Addr>> {
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
