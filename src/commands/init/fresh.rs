//! The inventory of hosts that belong to no cluster yet: the hosts are named on the command line or listed by another tool,
//! and looked at.

use std::path::Path;

use super::describe::Description;
use super::list::{self, Entry, List};
use super::propose::{self, Seen};
use super::{Usage, cluster, refused, text_of};
use crate::cli::{Global, Init};
use crate::commands::cluster::Failures;
use crate::commands::waiting;
use crate::facts::Disks;
use crate::inventory::{Become, HostName, Ssh};

/// Whether an argument is a file that lists hosts, or standard input, and no host.
pub fn is_list(argument: &str) -> bool {
    let is_path = argument.contains('/') && !argument.contains("://");
    argument == "-" || is_path || Path::new(argument).is_file()
}

/// Looks at the hosts, and describes them.
///
/// # Errors
/// [`Usage`] if the hosts are not named in a way that can be read. Or some hosts could not be looked at, belong to a cluster
/// already, or have no disk for bricks.
pub fn describe(global: &Global, options: &Init) -> anyhow::Result<Description> {
    let list = named(options)?;
    let hosts = list.hosts.iter().enumerate();
    let hosts: Vec<(HostName, Ssh)> = hosts
        .map(|(at, entry)| Ok((called(at, &list.hosts)?, ssh(entry, options))))
        .collect::<Result<_, crate::inventory::names::Refused>>()?;
    let bare = hosts
        .iter()
        .map(|(name, ssh)| cluster::bare_host(name.clone(), std::net::Ipv4Addr::UNSPECIFIED.into(), ssh.clone()));
    let reached = super::hosts(global, &options.cluster, bare.collect())?;
    let all = reached
        .inventory()
        .hosts
        .iter()
        .map(|host| (host.name.clone(), Vec::new()));
    let mut looks = waiting::look(global, &reached, async { Ok(Disks::of_each(&reached, all).await) })?;
    let (mut seen, mut failures) = (Vec::new(), Vec::new());
    for ((name, ssh), entry) in hosts.into_iter().zip(list.hosts) {
        let shown = entry.name.as_ref().unwrap_or(&entry.destination).clone();
        match looks.remove(&name) {
            Some(Ok(disks)) => match belongs(&disks) {
                None => seen.push(Seen { entry, ssh, disks }),
                Some(to) => failures.push(format!(
                    "{shown} is a server of a cluster already ({to})\nto describe that cluster, run glusterctl init --from {shown}"
                )),
            },
            Some(Err(lost)) => failures.push(format!("{shown}: {lost}")),
            None => failures.push(format!("{shown}: the host was not looked at")),
        }
    }
    if !failures.is_empty() {
        failures.push(
            "nothing was written: an inventory needs a look at the disks of every host; leave a host out to go on without it"
                .to_owned(),
        );
        return Err(Failures(failures).into());
    }
    let mut described = propose::propose(&options.cluster, &seen, list.volume.as_ref()).map_err(Failures)?;
    described.warnings.extend(list.notes);
    Ok(described)
}

/// The hosts that the command line names, itself or in lists.
fn named(options: &Init) -> Result<List, Usage> {
    let (mut all, mut problems) = (List::default(), Vec::new());
    let mut has_list = false;
    for argument in options.hosts.iter().chain(&options.from) {
        if is_list(argument) {
            has_list = true;
            let (name, text) = text_of(Path::new(argument))?;
            let read = list::read(&text, options.group.as_deref()).map_err(|problems| refused(&name, &problems))?;
            all.hosts.extend(read.hosts);
            all.volume = all.volume.or(read.volume);
            all.notes.extend(read.notes);
            continue;
        }
        let entries =
            list::expand(argument).and_then(|names| names.iter().map(|name| list::destination(name)).collect());
        match entries {
            Ok::<Vec<Entry>, _>(entries) => all.hosts.extend(entries),
            Err(problem) => problems.push(format!("error: {problem}")),
        }
    }
    if options.group.is_some() && !has_list {
        problems.push("error: --group is for a list: name a file, or - for standard input".to_owned());
    }
    if !problems.is_empty() {
        return Err(Usage(problems.join("\n")));
    }
    let mut seen: Vec<(String, Option<u16>)> = Vec::new();
    all.hosts.retain(|entry| {
        let place = (entry.destination.clone(), entry.port);
        let is_new = !seen.contains(&place);
        seen.push(place);
        is_new
    });
    Ok(all)
}

/// The name by which a host is reached: its own, if that is a name and no other host has it.
fn called(at: usize, all: &[Entry]) -> Result<HostName, crate::inventory::names::Refused> {
    let named = |entry: &Entry| {
        let name = entry.name.as_ref().unwrap_or(&entry.destination);
        HostName::parse(&name.to_ascii_lowercase()).ok()
    };
    let own = named(&all[at]).filter(|own| all.iter().filter(|other| named(other).as_ref() == Some(own)).count() == 1);
    own.map_or_else(|| HostName::parse(&format!("host-{at}")), Ok)
}

/// How SSH reaches a host: as its list says, and else as the options say.
fn ssh(entry: &Entry, options: &Init) -> Ssh {
    let entry = entry.clone();
    Ssh {
        host: Some(entry.destination),
        user: entry.user.or(options.user.clone()),
        port: entry.port.or(options.port),
        identity_file: entry.identity_file.or(options.identity_file.clone()),
        config_file: options.config_file.clone(),
        become_root: match entry.sudo || options.sudo {
            true => Become::Sudo,
            false => Become::No,
        },
        ..Ssh::default()
    }
}

/// Which cluster a host belongs to already, in words.
fn belongs(disks: &Disks) -> Option<String> {
    match (disks.host.volumes.as_slice(), disks.host.has_peers) {
        ([], false) => None,
        ([], true) => Some("its glusterd has peers".to_owned()),
        (volumes, _) => Some(format!("volumes: {}", crate::text::printable(&volumes.join(", ")))),
    }
}
