//! A configuration file of gdeploy. Pure.
//!
//! The sections and keys are those of gdeploy's own manual (`gdeploy.conf(5)`, gdeploy.readthedocs.io).

use std::collections::{BTreeMap, BTreeSet};

use super::range::braces;
use super::{List, Wish, destination, is_comment, section, sections};
use crate::text::printable;

/// The keys of a section, or its lines if they are no keys.
#[derive(Debug, Default)]
struct Part<'t> {
    lines: Vec<(usize, &'t str)>,
    keys: BTreeMap<String, &'t str>,
}

/// Whether a file of sections is gdeploy's: it has hosts, and a section that Ansible would not have.
pub fn is_one(text: &str) -> bool {
    let names: Vec<String> = sections(text).map(|(_, name)| name.to_ascii_lowercase()).collect();
    let is_typical = |name: &String| {
        let (kind, _) = name.split_once(':').unwrap_or((name, ""));
        let kind = kind.trim_end_matches(|c: char| c.is_ascii_digit());
        [
            "backend-setup",
            "volume",
            "peer",
            "devices",
            "disktype",
            "mountpoints",
            "lvs",
            "pv",
            "vg",
            "lv",
        ]
        .contains(&kind)
            || (kind == "clients" && text.contains("client_mount_points"))
    };
    names.iter().any(|name| name == "hosts") && names.iter().any(is_typical)
}

/// Reads the file.
///
/// # Errors
/// Every reason why the file names no hosts.
pub fn read(text: &str) -> Result<List, Vec<String>> {
    let mut parts: Vec<(String, Part)> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if let Some(name) = section(line) {
            parts.push((name.to_owned(), Part::default()));
        } else if let (Some((_, part)), false) = (parts.last_mut(), is_comment(line)) {
            part.lines.push((at + 1, line.trim()));
            if let Some((key, value)) = line.split_once('=') {
                part.keys.insert(key.trim().to_ascii_lowercase(), value.trim());
            }
        }
    }
    let (mut list, mut problems) = (List::default(), Vec::new());
    let hosts = parts
        .iter()
        .filter(|(name, _)| name == "hosts")
        .flat_map(|(_, part)| &part.lines);
    for (at, line) in hosts {
        let named = braces(line).and_then(|names| {
            names
                .iter()
                .map(|name| destination(name))
                .collect::<Result<Vec<_>, _>>()
        });
        match named {
            Ok(hosts) => list.hosts.extend(hosts),
            Err(problem) => problems.push(format!("line {at}: {problem}")),
        }
    }
    if list.hosts.is_empty() && problems.is_empty() {
        problems.push("it is a file of gdeploy, and has no hosts below [hosts]".to_owned());
    }
    for host in &mut list.hosts {
        let own = parts.iter().find(|(name, _)| {
            name.split_once(':')
                .is_some_and(|(kind, of)| kind == "backend-setup" && of.trim() == host.destination)
        });
        let own = own.or_else(|| parts.iter().find(|(name, _)| name == &host.destination));
        let (devices, wrong) = devices(own.map(|(_, part)| part).or_else(|| common(&parts)));
        host.devices = devices;
        problems.extend(wrong.map(|wrong| format!("the devices of {}: {wrong}", printable(&host.destination))));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut volumes = parts
        .iter()
        .filter(|(name, part)| name.starts_with("volume") && part.keys.contains_key("volname"));
    list.volume = volumes.next().and_then(|(_, volume)| wish(volume, &parts));
    for (_, other) in volumes {
        let name = other.keys.get("volname").copied().unwrap_or_default();
        if list.volume.as_ref().is_none_or(|wish| wish.name != name) {
            list.notes.push(format!(
                "the volume {} of gdeploy is left out: add it to `volumes`",
                printable(name)
            ));
        }
    }
    Ok(list)
}

/// The section with the devices of all hosts.
fn common<'p, 't>(parts: &'p [(String, Part<'t>)]) -> Option<&'p Part<'t>> {
    let named = |wanted: &str| parts.iter().find(|(name, _)| name == wanted).map(|(_, part)| part);
    named("backend-setup").or_else(|| named("devices"))
}

/// The devices of a section: `devices=sdb,sdc`, or a line for each.
fn devices(part: Option<&Part>) -> (Vec<String>, Option<String>) {
    let Some(part) = part else { return (Vec::new(), None) };
    let listed: Vec<&str> = match part.keys.get("devices") {
        Some(devices) => vec![*devices],
        None => part
            .lines
            .iter()
            .map(|(_, line)| *line)
            .filter(|line| !line.contains('='))
            .collect(),
    };
    let mut found = Vec::new();
    // A comma inside braces belongs to the braces.
    for text in listed {
        match braces(text).map(|all| all.join(",")) {
            Ok(text) => found.extend(
                text.split(',')
                    .map(str::trim)
                    .filter(|name| !name.is_empty())
                    .map(|name| match name.starts_with('/') {
                        true => name.to_owned(),
                        false => format!("/dev/{name}"),
                    }),
            ),
            Err(problem) => return (Vec::new(), Some(problem)),
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|device| seen.insert(device.clone()));
    (found, None)
}

/// The volume, if its type is clear.
fn wish(volume: &Part, parts: &[(String, Part)]) -> Option<Wish> {
    let key = |name: &str| volume.keys.get(name).copied().filter(|value| !value.is_empty());
    let number = |name: &str| {
        key(name)
            .and_then(|value| value.parse::<u32>().ok())
            .filter(|number| *number > 0)
    };
    let is_on = |name: &str| key(name).is_some_and(|value| value.eq_ignore_ascii_case("yes"));
    let shape = if is_on("disperse") {
        let (all, redundancy) = (number("disperse_count")?, number("redundancy_count")?);
        vec![format!(
            "disperse: {{data: {}, redundancy: {redundancy}}}",
            all.checked_sub(redundancy)?
        )]
    } else if is_on("replica") {
        let mut shape = vec![format!("replica: {}", number("replica_count")?)];
        shape.extend(number("arbiter_count").map(|arbiters| format!("arbiter: {arbiters}")));
        shape
    } else {
        vec!["type: distribute".to_owned()]
    };
    let name = key("volname")?.to_owned();
    let clients = parts.iter().filter(|(section, _)| section.starts_with("clients"));
    let mut mounts = clients.filter(|(_, part)| {
        part.keys
            .get("volname")
            .is_none_or(|of| *of == name || of.ends_with(&format!(":{name}")))
    });
    let mount = mounts.find_map(|(_, part)| part.keys.get("client_mount_points"));
    let mount = mount
        .and_then(|points| points.split(',').next())
        .map(|point| point.trim().to_owned());
    Some(Wish { name, shape, mount })
}
