//! The text of an inventory for hosts that were looked at. Pure.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::net::IpAddr;

use super::describe::{self, Description};
use super::disks::{self, Choice};
use super::list::{Entry, Wish};
use crate::facts::Disks;
use crate::inventory::{self, Become, ClusterName, Family, HostName, Ssh};
use crate::text::{printable, wrapped};

/// A host that was looked at.
#[derive(Debug)]
pub struct Seen {
    /// The host as it was named.
    pub entry: Entry,
    /// How SSH reached the host.
    pub ssh: Ssh,
    /// What the host shows.
    pub disks: Disks,
}

/// A host with its place in the inventory.
struct Placed<'s> {
    seen: &'s Seen,
    name: HostName,
    address: IpAddr,
    choice: Choice,
}

/// The columns of a line of the inventory.
const WIDTH: usize = 80;

/// Proposes an inventory of these hosts, with the volume of the list if it can be, and else the volume that suits the number of
/// hosts.
///
/// # Errors
/// Every reason why there can be no inventory of these hosts.
pub fn propose(cluster: &ClusterName, seen: &[Seen], wish: Option<&Wish>) -> Result<Description, Vec<String>> {
    let hosts = placed(seen)?;
    if hosts.iter().all(|host| host.choice.bricks.is_empty()) {
        return Err(without_disks(&hosts));
    }
    let common = common(seen);
    let mut text = format!(
        "{}cluster: {cluster}\n{}hosts:\n",
        header(seen.len()),
        describe::ssh_section(&common)
    );
    let mut warnings = Vec::new();
    for host in &hosts {
        text += &host.lines(&common);
        warnings.extend(
            host.choice
                .warnings
                .iter()
                .map(|warning| format!("{}: {warning}", host.name)),
        );
        if host.choice.bricks.is_empty() {
            warnings.push(format!(
                "{} has no blank disk, and is left out of the inventory",
                host.name
            ));
        }
    }
    let servers: Vec<&Placed> = hosts.iter().filter(|host| !host.choice.bricks.is_empty()).collect();
    let is_read = |volume: &String| inventory::read(&format!("{text}{volume}"), "the inventory").is_ok();
    if let Some(wish) = wish {
        let wished = wished(wish, seen);
        match is_read(&wished) {
            true => {
                return Ok(Description {
                    text: text + &wished,
                    warnings,
                });
            }
            false => warnings.push(format!(
                "the volume {} of the list does not fit these disks ({}), and another one is proposed",
                printable(&wish.name),
                wish.shape.join(", ")
            )),
        }
    }
    match candidates(&servers, seen).into_iter().find(is_read) {
        Some(volume) => text += &volume,
        None => {
            text += "# No volume is proposed: the disks of these hosts make no whole set of bricks.\n";
            warnings.push("no volume is proposed: the disks of these hosts make no whole set of bricks".to_owned());
        }
    }
    Ok(Description { text, warnings })
}

/// Why hosts of which none has a blank disk are no servers.
fn without_disks(hosts: &[Placed]) -> Vec<String> {
    let disks = |host: &Placed| host.choice.lines.replace("      # ", "  ").trim_end().to_owned();
    let hosts = hosts.iter();
    let mut problems: Vec<String> = hosts
        .map(|host| format!("{} has no blank disk\n{}", host.name, disks(host)))
        .collect();
    problems.push(
        "nothing was written: an inventory needs a host with a disk for bricks\n\
         attach a blank disk; or write the inventory yourself, with the consent to erase a disk as glusterctl discover prints it"
            .to_owned(),
    );
    problems
}

fn header(hosts: usize) -> String {
    let hosts = match hosts {
        1 => "1 host".to_owned(),
        more => format!("{more} hosts"),
    };
    comment(
        "",
        &format!(
            "Written by `glusterctl init` after a look at {hosts}. Each device below was blank: `glusterctl plan` shows what \
         `glusterctl apply` would do, and `apply` asks before it formats a device. The other disks are comments, with the \
         reason. `glusterctl rehearse` tries all of this on throwaway stand-ins."
        ),
    )
}

/// A comment of as many lines as it needs.
pub fn comment(indent: &str, text: &str) -> String {
    let text = wrapped(text, WIDTH - indent.len() - 2);
    text.lines().map(|line| format!("{indent}# {line}\n")).collect()
}

/// The settings of SSH that all hosts share.
fn common(seen: &[Seen]) -> Ssh {
    fn shared<T: PartialEq + Clone>(seen: &[Seen], of: impl Fn(&Ssh) -> Option<T>) -> Option<T> {
        let first = of(&seen.first()?.ssh);
        first.filter(|first| seen.iter().all(|other| of(&other.ssh).as_ref() == Some(first)))
    }
    Ssh {
        host: None,
        user: shared(seen, |ssh| ssh.user.clone()),
        port: shared(seen, |ssh| ssh.port),
        identity_file: shared(seen, |ssh| ssh.identity_file.clone()),
        config_file: shared(seen, |ssh| ssh.config_file.clone()),
        become_root: shared(seen, |ssh| Some(ssh.become_root)).unwrap_or(Become::No),
        ..Ssh::default()
    }
}

/// The version of IP that all hosts have addresses of: IPv6 only if a host has no IPv4 address, or if their lists have no IPv4
/// address of some host.
fn family(seen: &[Seen]) -> Family {
    let all_have = |family| seen.iter().all(|host| !host.own(family).is_empty());
    let listed: Vec<&[IpAddr]> = seen.iter().map(|host| host.entry.addresses.as_slice()).collect();
    let is_listed = Family::common(&listed) == Some(Family::V6);
    match (is_listed || !all_have(Family::V4)) && all_have(Family::V6) {
        true => Family::V6,
        false => Family::V4,
    }
}

/// The hosts with names and addresses, each of which is unique.
fn placed(seen: &[Seen]) -> Result<Vec<Placed<'_>>, Vec<String>> {
    let (mut hosts, mut problems): (Vec<Placed>, Vec<String>) = (Vec::new(), Vec::new());
    let family = family(seen);
    for host in seen {
        let shown = printable(host.entry.name.as_ref().unwrap_or(&host.entry.destination));
        let Some(address) = host.address(family) else {
            problems.push(format!(
                "{shown} has no {family} address of its own, which Gluster's traffic would use; give the host one"
            ));
            continue;
        };
        let Some(name) = host.name(seen, address) else {
            problems.push(format!("{shown} can have no name in an inventory"));
            continue;
        };
        if let Some(other) = hosts
            .iter()
            .find(|other| other.address == address || other.name == name)
        {
            problems.push(format!(
                "{shown} and {} are the same host, or cannot be told apart: name {name}, address {address}",
                printable(&other.seen.entry.destination)
            ));
            continue;
        }
        hosts.push(Placed {
            seen: host,
            name,
            address,
            choice: disks::choose(&host.disks, &host.entry.devices),
        });
    }
    match problems.is_empty() {
        true => Ok(hosts),
        false => Err(problems),
    }
}

impl Seen {
    /// The host's own address that its list names, that SSH used, or that is its only one.
    fn address(&self, family: Family) -> Option<IpAddr> {
        let own: Vec<IpAddr> = self.own(family);
        let listed = self.entry.addresses.iter().find(|address| own.contains(address));
        let reached = self.disks.host.reached.as_ref().filter(|address| own.contains(address));
        listed.or(reached).or(own.first()).copied()
    }

    /// The addresses of the family at which other hosts can reach the host.
    fn own(&self, family: Family) -> Vec<IpAddr> {
        let is_own = |address: &&IpAddr| {
            let is_link_local = matches!(address, IpAddr::V4(v4) if v4.is_link_local());
            Family::of(**address) == family && !address.is_loopback() && !is_link_local
        };
        self.disks.host.addresses.iter().filter(is_own).copied().collect()
    }

    /// The name that the host was given, or has itself, or a name that is made of its address.
    fn name(&self, all: &[Seen], address: IpAddr) -> Option<HostName> {
        let parsed = |name: &str| HostName::parse(&name.to_ascii_lowercase()).ok();
        let own = |seen: &Seen| parsed(seen.disks.host.node_name.split('.').next().unwrap_or_default());
        let is_unique = |name: &HostName| all.iter().filter(|other| own(other).as_ref() == Some(name)).count() == 1;
        let given = self
            .entry
            .name
            .as_deref()
            .and_then(parsed)
            .or_else(|| parsed(&self.entry.destination));
        let named = given.or_else(|| own(self).filter(is_unique));
        named.or_else(|| HostName::of_address(address))
    }
}

impl Placed<'_> {
    /// The host's lines in the inventory.
    fn lines(&self, common: &Ssh) -> String {
        let Placed {
            name,
            address,
            choice,
            seen,
        } = self;
        if choice.bricks.is_empty() {
            let told = format!(
                "{name} has no blank disk. To let the host only mount the volumes, list it so: \
                 {{name: {name}, address: {address}, role: client}}"
            );
            return comment("  ", &told) + &choice.lines.replace("      # ", "  #   ");
        }
        let mut text = format!("  - name: {name}\n    address: {address}\n");
        let others: Vec<String> = seen
            .own(Family::of(*address))
            .iter()
            .filter(|other| *other != address)
            .map(ToString::to_string)
            .collect();
        if !others.is_empty() {
            text += &comment(
                "    ",
                &format!(
                    "Gluster's traffic uses this address; the host also has {}",
                    others.join(", ")
                ),
            );
        }
        let keys = describe::ssh_keys(&self.own_ssh(common));
        if !keys.is_empty() {
            let _ = writeln!(text, "    ssh: {{{keys}}}");
        }
        text + "    devices:\n" + &choice.lines
    }

    /// The settings of SSH that only this host has.
    fn own_ssh(&self, common: &Ssh) -> Ssh {
        let ssh = self.seen.ssh.clone();
        let address = self.address.to_string();
        Ssh {
            host: ssh.host.filter(|host| *host != address),
            user: ssh.user.filter(|_| common.user.is_none()),
            port: ssh.port.filter(|_| common.port.is_none()),
            identity_file: ssh.identity_file.filter(|_| common.identity_file.is_none()),
            config_file: ssh.config_file.filter(|_| common.config_file.is_none()),
            become_root: match common.become_root {
                Become::Sudo => Become::No,
                Become::No => ssh.become_root,
            },
            ..Ssh::default()
        }
    }
}

/// The volume that a list describes.
fn wished(wish: &Wish, seen: &[Seen]) -> String {
    let mount = wish.mount.clone().unwrap_or_else(|| mount(seen, &wish.name));
    format!(
        "volumes:\n  - name: {}\n    {}\n    mount: {mount}\n",
        wish.name,
        wish.shape.join("\n    ")
    )
}

/// A mount point that no host uses for anything else.
fn mount(seen: &[Seen], volume: &str) -> String {
    let is_used = |path: &str| {
        let mounted = seen.iter().flat_map(|seen| &seen.disks.mounted);
        mounted
            .into_iter()
            .any(|mounted| mounted.target == path || mounted.target.starts_with(&format!("{path}/")))
    };
    match is_used("/data") {
        false => "/data".to_owned(),
        true => format!("/mnt/{volume}"),
    }
}

/// The volumes that suit this number of servers, the best first.
fn candidates(servers: &[&Placed], seen: &[Seen]) -> Vec<String> {
    let number = servers.len();
    let volume = |about: &str, shape: &str| {
        let about = comment("  ", about);
        format!(
            "volumes:\n{about}  - name: gv0\n    {shape}\n    mount: {}\n",
            mount(seen, "gv0")
        )
    };
    match number {
        0 => Vec::new(),
        1 => vec![volume(
            "With one host, each file is on one disk only, and lost with the disk. With three hosts, write `replica: 3`.",
            "type: distribute",
        )],
        2 => vec![volume(
            "Each file is on both hosts. Two hosts alone can disagree about a file after an outage (split-brain): a third host \
             with a small disk prevents that, with `replica: 3` and `arbiter: 1`.",
            "replica: 2",
        )],
        _ => {
            const EACH: &str = "Each file is on three hosts: all files stay in use while one host is down.";
            let more = match number {
                6.. => {
                    " With `disperse: {data: 4, redundancy: 2}` in the place of `replica`, twice as much fits, and writes are slower."
                }
                _ => "",
            };
            let mut all = vec![volume(&format!("{EACH}{more}"), "replica: 3")];
            for sets in (1..=number / 3).rev() {
                let names = |names: Vec<&str>| names.join(", ");
                let chosen = &servers[..sets * 3];
                let hosts = names(chosen.iter().map(|host| host.name.as_str()).collect());
                let about = format!(
                    "{EACH} The number of bricks has to be a multiple of three: {} of {number} hosts carry the volume.",
                    sets * 3
                );
                all.push(volume(&about, &format!("replica: 3\n    bricks: {{hosts: [{hosts}]}}")));
                let shared: BTreeSet<&String> = chosen.iter().flat_map(|host| &host.choice.bricks).collect();
                let shared = shared
                    .into_iter()
                    .filter(|brick| chosen.iter().all(|host| host.choice.bricks.contains(brick)));
                let shared = names(shared.map(String::as_str).collect());
                if !shared.is_empty() {
                    let about = match sets * 3 == number {
                        true => format!(
                            "{EACH} The number of bricks has to be a multiple of three: only {shared} of each host carries the volume."
                        ),
                        false => about,
                    };
                    all.push(volume(
                        &about,
                        &format!("replica: 3\n    bricks: {{hosts: [{hosts}], devices: [{shared}]}}"),
                    ));
                }
            }
            all
        }
    }
}

#[cfg(test)]
mod tests;
