//! /etc/hosts: every node resolves every other's name, the same everywhere, after reboots too. Pure.

use std::net::{IpAddr, Ipv4Addr};

use super::steps::{Draft, Planner};
use crate::desired::HostsBlock;
use crate::facts::{HOSTS_TEMPLATE, HostFacts};
use crate::inventory::{Host, Inventory};
use crate::scripts;

const PATH: &str = "/etc/hosts";

pub fn plan(planner: &mut Planner, host: &Host, observed: &HostFacts) {
    file(planner, host, PATH, &observed.hosts_file);
    if let Some(template) = &observed.hosts_template {
        file(planner, host, HOSTS_TEMPLATE, template);
    }
}

fn file(planner: &mut Planner, host: &Host, path: &str, text: &str) {
    let (inventory, names) = (planner.desired.inventory, &planner.desired.names);
    let parts = match Parts::split(text, names) {
        Ok(parts) => parts,
        Err(line) => {
            let HostsBlock { begin, end, .. } = names;
            let what = format!("{path} line {line}: {begin:?} and {end:?} do not stand around one block");
            return planner.problem(host, what, "remove both lines, and the lines between them, by hand");
        }
    };
    for (line, text) in &parts.foreign {
        if let Some(name) = contradiction(inventory, host, text) {
            let what = format!("{path} line {line} gives {name} another address: {}", text.trim());
            planner.problem(
                host,
                what,
                "correct or remove the line, or the address in the inventory",
            );
        }
    }
    if parts.block.concat() == names.text {
        return;
    }
    let reason = match (parts.block.is_empty(), path) {
        (true, HOSTS_TEMPLATE) => "cloud-init may write /etc/hosts from this template at the next boot",
        (true, _) => "the names are missing",
        (false, _) => "the names differ from the inventory",
    };
    let title = format!("write the names of all {} hosts to {path}", inventory.hosts.len());
    planner.prepare(host, Draft::new(title, reason, command(names, path)));
}

fn command(names: &HostsBlock, path: &str) -> String {
    scripts::HOSTS_FILE.with(&[
        ("path", path),
        ("begin", &names.begin),
        ("end", &names.end),
        ("block", names.text.trim_end()),
    ])
}

/// /etc/hosts, taken apart. Lines keep their newlines.
struct Parts<'a> {
    /// With their line numbers.
    foreign: Vec<(usize, &'a str)>,
    block: Vec<&'a str>,
}

impl<'a> Parts<'a> {
    /// Splits the file; an error is the number of the line where a block begins or ends without the other.
    fn split(text: &'a str, names: &HostsBlock) -> Result<Self, usize> {
        let mut parts = Parts {
            foreign: Vec::new(),
            block: Vec::new(),
        };
        let mut opened = None;
        for (at, line) in text.split_inclusive('\n').enumerate() {
            let number = at + 1;
            let bare = line.trim_end_matches('\n');
            match (bare == names.begin, bare == names.end, opened) {
                (true, _, Some(_)) | (_, true, None) => return Err(number),
                (true, _, None) => opened = Some(number),
                (_, true, Some(_)) => {
                    parts.block.push(line);
                    opened = None;
                    continue;
                }
                _ => {}
            }
            match opened {
                Some(_) => parts.block.push(line),
                None => parts.foreign.push((number, line)),
            }
        }
        opened.map_or(Ok(parts), Err)
    }
}

/// The name that a foreign line gives another address than the inventory does. That a host maps its own name to
/// loopback, as Debian does, is fine: Gluster takes it for local.
fn contradiction<'a>(inventory: &'a Inventory, host: &Host, line: &str) -> Option<&'a str> {
    let line = line.split('#').next().unwrap_or_default();
    let mut words = line.split_ascii_whitespace();
    let address: IpAddr = words.next()?.parse().ok()?;
    let names: Vec<&str> = words.collect();
    let contradicts = |other: &&Host| {
        let own_loopback = address.is_loopback() && other.name == host.name;
        names.contains(&other.name.as_str())
            && !own_loopback
            && address != IpAddr::from(other.address)
            && is_v4(address)
    };
    inventory
        .hosts
        .iter()
        .find(contradicts)
        .map(|other| other.name.as_str())
}

/// Gluster's peers speak IPv4 here: a second, IPv6 address of the same name does no harm.
fn is_v4(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if address != Ipv4Addr::UNSPECIFIED)
}
