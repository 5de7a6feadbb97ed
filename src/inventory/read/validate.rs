//! Diagnostics between the parts of an inventory: names and mount points that are taken twice, and bricks that cannot form
//! sets.

use std::collections::HashMap;
use std::fmt::Display;

use super::Draft;
use super::directory;
use super::existing;
use super::fields::{Diagnostics, Located};
use super::host::HostDraft;
use super::volume::VolumeDraft;
use crate::inventory::address::{Address, Family};
use crate::inventory::diagnostics::{Diagnostic, Span};
use crate::inventory::model::{BrickDevice, Connection, Role};
use crate::inventory::names::{MountPath, Zone};
use crate::inventory::sets::{self, Carrier, NoLayout};

/// Notes every problem between the parts of the inventory.
pub(super) fn check(draft: &Draft, problems: &mut Diagnostics) {
    let hosts = &draft.hosts;
    let before = problems.len();
    unique(
        "host name",
        hosts.iter().filter_map(|host| host.name.as_ref()),
        problems,
    );
    let addresses = hosts.iter().filter_map(|host| host.address.as_ref());
    unique(
        "address",
        addresses.filter(|address| address.value != Address::Dns),
        problems,
    );
    families(hosts, problems);
    for host in hosts {
        names(host, problems);
        roles(host, problems);
        bricks(host, problems);
    }
    servers(hosts, problems);
    existing::check(draft, problems);
    directory::check(hosts, problems);
    let hosts_are_sound = problems.len() == before;
    unique(
        "volume name",
        draft.volumes.iter().filter_map(|volume| volume.name.as_ref()),
        problems,
    );
    mounts(&draft.volumes, problems);
    quotas(draft, problems);
    clients(draft, problems);
    let before = problems.len();
    if hosts_are_sound {
        for volume in draft.volumes.iter().filter(|volume| !volume.bricks.is_unclear) {
            volume.bricks.check(hosts, problems);
        }
    }
    // A device listed twice, for example, would be counted twice.
    if hosts_are_sound && problems.len() == before {
        shapes(draft, problems);
    }
}

/// glusterd of a host speaks IPv4 or IPv6: hosts of both would not understand each other.
fn families(hosts: &[HostDraft], problems: &mut Diagnostics) {
    let known = hosts.iter().filter_map(|host| host.address.as_ref());
    let mut known = known.filter_map(|address| Some((Family::of(address.value.ip()?), &address.span)));
    let Some((family, first)) = known.next() else { return };
    // One mistake in one of many addresses is one problem.
    if let Some((other, span)) = known.find(|(other, _)| *other != family) {
        problems.push(
            Diagnostic::new("the hosts have IPv4 and IPv6 addresses", span.clone())
                .label(format!("{other} here; glusterd speaks one of the two"))
                .also(first.clone(), format!("{family} here"))
                .help(
                    "write the IPv6 address of every host, or the IPv4 address of every host; SSH may go to another \
                     address, below `ssh: {host: …}`",
                ),
        );
    }
    if family == Family::V4 {
        return;
    }
    if let Some(host) = hosts.iter().find(|host| host.connection == Connection::Local) {
        problems.push(
            Diagnostic::new("`connection: local` needs IPv4 addresses", host.span.clone())
                .label(
                    "hosts that provision themselves speak IPv4 to each other, and this cluster's addresses are IPv6",
                )
                .help("write `connection: ssh`, or the IPv4 address of every host"),
        );
    }
}

/// Only a host that provisions itself can do without an address: SSH proves by the address that it reached the host.
fn names(host: &HostDraft, problems: &mut Diagnostics) {
    let Some(address) = host.address.as_ref().filter(|address| address.value == Address::Dns) else {
        return;
    };
    if host.connection != Connection::Local {
        problems.push(
            Diagnostic::new("`address: dns` needs `connection: local`", address.span.clone())
                .label("SSH reaches this host, and the address proves that SSH reached the right machine")
                .help("write the host's address; or `connection: local` if `glusterctl node` runs on the host"),
        );
    }
}

/// Who may mount a volume is a list of addresses.
fn clients(draft: &Draft, problems: &mut Diagnostics) {
    let mut addresses = draft.hosts.iter().filter_map(|host| host.address.as_ref());
    if addresses.all(|address| address.value != Address::Dns) {
        return;
    }
    for at in draft.volumes.iter().filter_map(|volume| volume.auth_allow.as_ref()) {
        problems.push(
            Diagnostic::new("`auth_allow: hosts` needs hosts whose addresses stay", at.clone())
                .label("Gluster compares addresses, and those of hosts with `address: dns` change")
                .help("remove `auth_allow`; in Kubernetes, a NetworkPolicy says who may connect to the pods"),
        );
    }
}

/// The directories of a quota are made through a mount.
fn quotas(draft: &Draft, problems: &mut Diagnostics) {
    for volume in draft.volumes.iter().filter(|volume| !volume.leaving) {
        let mut roles = draft.hosts.iter().filter_map(|host| host.role);
        let (Some(at), false) = (&volume.quota.directories, roles.any(|role| volume.on.covers(role))) else {
            continue;
        };
        problems.push(
            Diagnostic::new("the directories of this quota cannot be made", at.clone())
                .label("apply makes a directory through a mount, and no host mounts the volume")
                .help("write `on: all` below `mount`, or add a client"),
        );
    }
}

fn unique<'d, T: Display + 'd>(what: &str, all: impl Iterator<Item = &'d Located<T>>, problems: &mut Diagnostics) {
    let mut seen: HashMap<String, Span> = HashMap::new();
    for one in all {
        let name = one.value.to_string();
        match seen.get(&name) {
            Some(first) => problems.push(
                Diagnostic::new(format!("the {what} {name} is there twice"), one.span.clone())
                    .label("again here")
                    .also(first.clone(), "first here")
                    .help(format!("write another {what} in one of the two places")),
            ),
            None => {
                seen.insert(name, one.span.clone());
            }
        }
    }
}

fn roles(host: &HostDraft, problems: &mut Diagnostics) {
    let devices = &host.devices;
    let place = devices.span.clone().unwrap_or_else(|| host.span.clone());
    let called = host
        .name
        .as_ref()
        .map_or_else(|| "this host".to_owned(), |name| name.value.to_string());
    match host.role {
        Some(Role::Server) if !devices.names_any() && devices.refused == 0 => problems.push(
            Diagnostic::new(format!("{called} is a server without devices"), place)
                .label("a server holds bricks, and a brick needs a block device")
                .help("add `devices: [/dev/vdb]` here or below `defaults:`, or write `role: client`"),
        ),
        Some(Role::Client) if devices.names_any() => problems.push(
            Diagnostic::new(format!("{called} is a client with devices"), place)
                .label("a client holds no bricks")
                .help("remove the devices, or `role: client`"),
        ),
        _ => {}
    }
}

/// A host has each device once, and each brick has a name of its own.
fn bricks(host: &HostDraft, problems: &mut Diagnostics) {
    let mut by_path: HashMap<&str, &Located<BrickDevice>> = HashMap::new();
    let mut by_name: HashMap<&str, &Located<BrickDevice>> = HashMap::new();
    let twice = |path: &str, again: &Span, first: &Span| {
        Diagnostic::new(format!("{path} is there twice on one host"), again.clone())
            .label("again here")
            .also(first.clone(), "first here")
    };
    let mut heketis: HashMap<&str, &Span> = HashMap::new();
    for Located { value: path, span } in &host.devices.heketi {
        if let Some(first) = heketis.insert(path.as_str(), span) {
            problems.push(twice(path.as_str(), span, first).help("keep one of the two"));
        }
    }
    for device in &host.devices.usable {
        if let Some(heketis) = heketis.get(device.value.path.as_str()) {
            let problem = twice(device.value.path.as_str(), &device.span, heketis);
            problems.push(problem.help("keep one of the two: a device is Heketi's, or glusterctl makes a brick on it"));
        }
        let BrickDevice {
            name, path, existing, ..
        } = &device.value;
        // Two bricks of one volume may be on one file system.
        let first = by_path.insert(path.as_str(), device).filter(|_| existing.is_none());
        if let Some(first) = first {
            let problem = twice(path.as_str(), &device.span, &first.span);
            problems.push(problem.help("keep one of the two: a device holds one brick of each volume"));
        } else if let Some(first) = by_name.insert(name.as_str(), device) {
            let title = format!("the bricks of {} and {path} are both called {name}", first.value.path);
            problems.push(
                Diagnostic::new(title, device.span.clone())
                    .label("this brick")
                    .also(first.span.clone(), "and this brick")
                    .help(format!(
                        "give one of the two bricks another name: {{path: {path}, name: {name}-2}}"
                    )),
            );
        }
    }
}

/// No mount point is at or below the mount point of another volume.
fn mounts(volumes: &[VolumeDraft], problems: &mut Diagnostics) {
    let paths: Vec<&Located<MountPath>> = volumes.iter().filter_map(|volume| volume.path.as_ref()).collect();
    for (index, path) in paths.iter().enumerate() {
        // One conflict for each volume is enough: a file of volumes that share a mount point would have millions of
        // conflicts.
        problems.extend(paths[..index].iter().find_map(|other| shared(path, other)));
    }
}

fn shared(path: &Located<MountPath>, other: &Located<MountPath>) -> Option<Diagnostic> {
    let (a, b) = (path.value.as_str(), other.value.as_str());
    let below = |low: &str, high: &str| low.strip_prefix(high).is_some_and(|rest| rest.starts_with('/'));
    let title = if a == b {
        format!("two volumes are mounted at {a}")
    } else if below(a, b) {
        format!("{a} is below {b}, where another volume is mounted")
    } else if below(b, a) {
        format!("{b} is below {a}, where another volume is mounted")
    } else {
        return None;
    };
    let problem = Diagnostic::new(title, path.span.clone())
        .label("this mount point")
        .also(other.span.clone(), "and this mount point")
        .help("mount the volumes side by side, for example at /data/one and /data/two");
    Some(problem)
}

fn servers(hosts: &[HostDraft], problems: &mut Diagnostics) {
    let Some(first) = hosts.first() else { return };
    // A client with devices was probably meant to be a server: `roles` has reported the client.
    let is_client = |host: &HostDraft| host.role == Some(Role::Client) && !host.devices.names_any();
    if hosts.iter().all(is_client) {
        problems.push(
            Diagnostic::new("no host is a server", first.span.clone())
                .label("every host is a client")
                .help("remove `role: client` from the hosts that hold the bricks, and list their `devices`"),
        );
        return;
    }
    let mut servers = hosts.iter().filter(|host| host.role != Some(Role::Client)).peekable();
    if servers.peek().is_some() && servers.all(|server| server.leaving) {
        problems.push(
            Diagnostic::new("every server is leaving", first.span.clone())
                .label("no server would be left to hold the data")
                .help("remove `leaving: true` from the servers that stay, or add servers"),
        );
    }
}

/// Checks that the bricks can form the sets of each volume; only when the file makes clear which bricks the hosts have.
fn shapes(draft: &Draft, problems: &mut Diagnostics) {
    let servers = || {
        let servers = draft.hosts.iter().filter(|host| host.role == Some(Role::Server));
        servers.filter(|host| !host.leaving)
    };
    let unclear = |host: &HostDraft| host.name.is_none() || host.role.is_none() || host.devices.refused > 0;
    if draft.hosts.iter().any(unclear) || servers().any(|host| !host.devices.names_any()) {
        return;
    }
    if servers().next().is_none() {
        return;
    }
    let staying = draft.volumes.iter().filter(|volume| !volume.leaving);
    for volume in staying.filter(|volume| !volume.bricks.is_unclear) {
        let (Some(volume_type), Some(name)) = (&volume.volume_type, &volume.name) else {
            continue;
        };
        let choice = volume.bricks.finish();
        let carried = |host: &HostDraft| {
            let Some(name_of_host) = &host.name else { return 0 };
            let devices = host.devices.usable.iter().filter(|device| !device.value.leaving);
            let carrying = devices.filter(|device| device.value.carries(&name.value, &choice, &name_of_host.value));
            carrying.count()
        };
        let carriers: Vec<Carrier<'_>> = servers()
            .map(|host| Carrier {
                name: host.name.as_ref().map_or("a host", |name| name.value.as_str()),
                zone: host.zone.as_ref().map(Zone::as_str),
                bricks: carried(host),
            })
            .collect();
        let arranged = sets::arrange(&carriers, volume_type.value, volume.spread);
        if let Err(NoLayout { title, why, remedy }) = arranged {
            let (why, remedy) = match volume.bricks.is_of_some_hosts() {
                true => (
                    format!("{why} below `bricks`"),
                    format!("{remedy}; or name more hosts below `bricks`"),
                ),
                false => (why, remedy),
            };
            problems.push(Diagnostic::new(title, volume_type.span.clone()).label(why).help(remedy));
        }
    }
}
