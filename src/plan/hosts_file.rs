//! /etc/hosts: every node resolves every other's name, the same everywhere, after reboots too. Pure.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::danger::Danger;
use super::identity;
use super::steps::{Draft, Planner, Problem};
use crate::desired::{Desired, HostsBlock};
use crate::facts::HostFacts;
use crate::inventory::{Family, Host, HostName, Inventory};
use crate::scripts;

const PATH: &str = "/etc/hosts";

/// The files that are written, each with its path.
pub fn files(observed: &HostFacts) -> impl Iterator<Item = (&'static str, &str)> {
    let text = observed.hosts_template.as_deref();
    [(PATH, observed.hosts_file.as_str())]
        .into_iter()
        .chain(text.map(|text| (template(observed), text)))
}

/// The template of /etc/hosts that cloud-init may render at every boot.
pub fn template(observed: &HostFacts) -> &'static str {
    observed.distro().map_or("", |distro| distro.hosts_template)
}

/// Lines of the host's files that give a name another address than the inventory, and lines that look like the
/// beginning or the end of a block and stand around none.
pub fn problems(desired: &Desired, host: &Host, observed: &HostFacts) -> Vec<Problem> {
    let problem = |what: String, remedy: &str| Problem {
        host: Some(host.name.clone()),
        what,
        remedy: remedy.to_owned(),
    };
    let mut problems = Vec::new();
    for (path, text) in files(observed) {
        match Parts::split(text, &desired.names) {
            Ok(parts) => problems.extend(parts.foreign.iter().filter_map(|(line, text)| {
                let Host { name, address, .. } = contradiction(desired.inventory, host, text)?;
                let text = text.trim();
                let what = format!("{path} line {line} gives {name} another address than {address}: {text}");
                Some(problem(
                    what,
                    "correct or remove the line, or the address in the inventory",
                ))
            })),
            Err(line) => {
                let HostsBlock { begin, end, .. } = &desired.names;
                let what = format!("{path} line {line}: {begin:?} and {end:?} do not stand around one block");
                problems.push(problem(what, "remove both lines, and the lines between them, by hand"));
            }
        }
    }
    problems
}

/// The lines of the block that glusterctl wrote, with the lines around them; no lines if there is no such block.
pub fn block<'a>(text: &'a str, names: &HostsBlock) -> Vec<&'a str> {
    Parts::split(text, names).map_or_else(|_| Vec::new(), |parts| parts.block)
}

/// Whether a line of the block is of that host.
pub fn is_of(line: &str, host: &HostName) -> bool {
    line.split_ascii_whitespace().nth(1) == Some(host.as_str())
}

/// Writes the block to the files that lack it. That the names may change was proved before (see `identity`).
pub fn plan(planner: &mut Planner, host: &Host, observed: &HostFacts) {
    let names = &planner.desired.names;
    for (path, text) in files(observed) {
        let block = block(text, names);
        if block.concat() == names.text {
            continue;
        }
        let moved = match path {
            PATH => identity::moved(planner.desired, planner.facts, observed),
            _ => BTreeSet::new(),
        };
        let reason = match (block.is_empty(), path) {
            (true, PATH) => "the names are missing",
            (true, _) => "cloud-init may write /etc/hosts from this template at the next boot",
            (false, _) => "the names differ from the inventory",
        };
        // The name goes once the host has left the pool: a step of another title, as both may be in one run.
        let has = |old: &&HostName| names.text.lines().any(|line| is_of(line, old));
        let old = planner.desired.replaced.as_ref().filter(has);
        let old = old.map(|old| format!(" and of {old}")).unwrap_or_default();
        let count = planner.desired.hosts.len();
        let title = format!("write the names of all {count} hosts{old} to {path}");
        let draft = Draft::new(title, reason, command(names, path));
        let danger = match moved.is_empty() {
            true => Danger::Safe,
            false => Danger::MovesHosts { hosts: moved },
        };
        planner.prepare(host, draft.danger(danger));
    }
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

/// The host whose name a foreign line gives another address than the inventory does. That a host maps its own name to
/// loopback of IPv4, as Debian does, is fine: Gluster takes it for local. At ::1, nobody could tell whose client is connected.
fn contradiction<'a>(inventory: &'a Inventory, host: &Host, line: &str) -> Option<&'a Host> {
    let line = line.split('#').next().unwrap_or_default();
    let mut words = line.split_ascii_whitespace();
    let address: IpAddr = words.next()?.parse().ok()?;
    let names: Vec<&str> = words.collect();
    let contradicts = |other: &&Host| {
        let own_loopback = address.is_loopback() && address.is_ipv4() && other.name == host.name;
        names.contains(&other.name.as_str())
            && !own_loopback
            && other.address.ip().is_some_and(|right| address != right)
            && speaks(address, inventory.family())
    };
    inventory.hosts.iter().find(contradicts)
}

/// Whether Gluster's peers would find the name at the address: a second address of the other family does no harm.
fn speaks(address: IpAddr, family: Family) -> bool {
    Family::of(address) == family && !address.is_unspecified()
}
