//! What is left on each host once no volume and no pool is left: file systems, glusterd, names, packages and files. Pure.

use super::{Destroy, thin};
use crate::desired::units::{self, GLUSTERD};
use crate::desired::{BrickFileSystem, DesiredHost, FSTAB_MARK, HostsBlock};
use crate::facts::{Device, HostFacts};
use crate::plan::danger::Danger;
use crate::plan::family;
use crate::plan::firewall;
use crate::plan::heketi_login;
use crate::plan::hosts_file;
use crate::plan::selinux;
use crate::plan::steps::{Draft, FORMAT, PACKAGES, Planner};
use crate::plan::{MAINTENANCE_DROP_INS, MAINTENANCE_MARK, ROLLING_NOTE, tls};
use crate::scripts::{self, Template, lines};

/// What the first line of a file of glusterctl's own begins with.
const WRITTEN: &str = "# Written by glusterctl;";

/// Where the file system of a brick is.
pub enum Place<'f> {
    /// On no device.
    Nowhere,
    /// On the device that the inventory names.
    Device(&'f Device),
    /// On another device, or on several: these.
    Elsewhere(Vec<&'f str>),
}

/// Where the file system of a brick is that glusterctl made.
pub fn place<'f>(observed: &'f HostFacts, brick: &BrickFileSystem) -> Place<'f> {
    let device = observed.devices.get(&brick.device.path);
    match observed.xfs.get(&brick.uuid).map_or(&[][..], Vec::as_slice) {
        [] => Place::Nowhere,
        [xfs] if xfs.snapshots.is_empty() && device.is_some_and(|device| device.number == xfs.number) => {
            device.map_or(Place::Nowhere, Place::Device)
        }
        several => {
            let all = several
                .iter()
                .flat_map(|device| device.snapshots.iter().chain([device]));
            Place::Elsewhere(all.map(|device| device.path.as_str()).collect())
        }
    }
}

/// Wipes what glusterctl made for bricks: file systems, each recognised by its UUID, and the LVM objects that carry them.
pub fn wipe(planner: &mut Planner) {
    let (desired, facts) = (planner.desired, planner.facts);
    for host in desired.servers() {
        let Some(observed) = facts.of(host.name()) else {
            continue;
        };
        for brick in host.bricks.iter().filter(|brick| !brick.is_existing()) {
            if thin::wipe(planner, host, observed, brick) {
                continue;
            }
            if let Place::Device(device) = place(observed, brick) {
                let reason = format!(
                    "{} holds the file system {} of this cluster's bricks",
                    brick.device.path, brick.uuid
                );
                let uuid = ("uuid", brick.uuid.as_str());
                planner.prepare(
                    host.host,
                    wiped(host, brick, device, &scripts::WIPE_BRICK, uuid, reason),
                );
            }
        }
    }
}

/// The step that wipes the device of a brick, by a script that recognises the content by the value.
pub fn wiped(
    host: &DesiredHost,
    brick: &BrickFileSystem,
    device: &Device,
    script: &Template,
    value: (&'static str, &str),
    reason: String,
) -> Draft {
    let path = &brick.device.path;
    let command = scripts::while_held(
        &[&scripts::FORMAT_SAME, script],
        &[
            ("device", path.as_str()),
            ("number", &device.number),
            ("bytes", &device.bytes.to_string()),
            ("identity", &device.identity),
            value,
        ],
    );
    let what = format!("the file system of the bricks on {}:{path}", host.name());
    let draft = Draft::new(format!("wipe {path}"), reason, command).limit(FORMAT);
    draft.danger(Danger::Deletes { what })
}

/// Takes everything else off every host, after the steps `needs`.
pub fn all(planner: &mut Planner, destroy: &Destroy, needs: &[usize]) {
    let (desired, facts) = (planner.desired, planner.facts);
    for host in &desired.hosts {
        let Some(observed) = facts.of(host.name()) else {
            continue;
        };
        glusterd(planner, host, observed, needs);
        tls::drop(planner, host, observed, needs.to_vec());
        firewall::drop(planner, host, observed, needs.to_vec());
        family::drop(planner, host.host, observed, needs.to_vec());
        selinux::drop(planner, host, observed, needs.to_vec());
        heketi_login::drop(planner, host, observed, needs.to_vec());
        names(planner, host, observed, needs);
        if destroy.purge {
            packages(planner, host, observed, needs);
        }
        files(planner, host, observed, needs);
    }
}

/// Whether glusterctl noted on the host that it made this.
fn noted(observed: &HostFacts, what: &str) -> bool {
    observed.made.contains(what)
}

/// Ends glusterd, as far as glusterctl began it.
fn glusterd(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, needs: &[usize]) {
    let unit = observed.unit(GLUSTERD);
    let is_enabled = unit.enabled && noted(observed, "enabled glusterd.service");
    let is_active = unit.active && noted(observed, "started glusterd.service");
    let has_identity = observed.uuid_on_disk.is_some() && noted(observed, "identity glusterd");
    if !(is_enabled || is_active || has_identity) {
        return;
    }
    let draft = Draft::new(
        "end glusterd, and take its state away",
        "glusterctl began it",
        scripts::GLUSTERD_DROP.with(&[]),
    );
    let what = format!("the state of glusterd on {}", host.name());
    planner.push(host.host, draft.danger(Danger::Deletes { what }), needs.to_vec());
}

/// Takes the block of names out of the files that have the block.
fn names(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, needs: &[usize]) {
    let names = &planner.desired.names;
    for (path, text) in hosts_file::files(observed) {
        if hosts_file::block(text, names).is_empty() {
            continue;
        }
        let command = scripts::HOSTS_DROP.with(&[("path", path), ("begin", &names.begin), ("end", &names.end)]);
        let draft = Draft::new(
            format!("take the names of the hosts out of {path}"),
            "glusterctl wrote them",
            command,
        );
        planner.push(host.host, draft, needs.to_vec());
    }
}

/// The packages that glusterctl noted as installed by itself, and that are still there.
fn packages(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, needs: &[usize]) {
    let packages: Vec<&str> = observed
        .made
        .iter()
        .filter_map(|line| line.strip_prefix("package "))
        .collect();
    let Some(distro) = observed.distro() else { return };
    if packages.is_empty() || observed.packages.is_empty() {
        return;
    }
    let draft = Draft::new(
        "purge the packages that glusterctl installed",
        format!("glusterctl noted {} of them", packages.len()),
        distro.manager.drop.with(&[]),
    );
    let what = format!("{} packages on {}", packages.len(), host.name());
    let draft = draft.limit(PACKAGES).danger(Danger::Deletes { what });
    planner.push(host.host, draft, needs.to_vec());
    let Some(drop) = distro.drop_source() else { return };
    for name in observed.made.iter().filter_map(|line| line.strip_prefix("repository ")) {
        let title = format!("take GlusterFS's repository {name} away");
        let draft = Draft::new(title, "glusterctl added it", drop.with(&[("repository", name)]));
        planner.push(host.host, draft, needs.to_vec());
    }
}

/// Takes the files and directories away that glusterctl made, unless another cluster on the host needs them.
fn files(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, needs: &[usize]) {
    let written = observed.unit_files.values().any(|text| text.starts_with(WRITTEN));
    let noted = !observed.made.is_empty() || observed.maintenance.is_some() || observed.rolling.is_some();
    if !written && !noted || other_cluster(planner, observed).is_some() {
        return;
    }
    let command = scripts::TRACES_DROP.with(&[
        ("files", &lines(units::PATHS.iter().chain(&MAINTENANCE_DROP_INS))),
        ("marks", &lines([MAINTENANCE_MARK, ROLLING_NOTE])),
    ]);
    let draft = Draft::new(
        "take away the units and directories that glusterctl made",
        "no mount needs them any more",
        command,
    );
    planner.push(host.host, draft, needs.to_vec());
}

/// Another cluster of glusterctl's whose marks the host has, too.
pub fn other_cluster<'f>(planner: &Planner, observed: &'f HostFacts) -> Option<&'f str> {
    let ours = planner.desired.inventory.cluster.as_str();
    let blocks = observed
        .hosts_file
        .lines()
        .filter_map(|line| line.strip_prefix(HostsBlock::BEGIN));
    let options = observed.fstab.iter().flat_map(|line| line.options.split(','));
    let marks = options.filter_map(|option| option.strip_prefix(FSTAB_MARK));
    blocks.chain(marks).find(|cluster| *cluster != ours)
}
