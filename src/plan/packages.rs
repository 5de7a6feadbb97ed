//! Packages: one transaction a host. Pure.

use super::steps::{Draft, PACKAGES, Planner};
use crate::distro::{self, Distro, Source};
use crate::facts::HostFacts;
use crate::inventory::{GlusterVersion, Host};
use crate::scripts::{self, Template, Text, lines};
use crate::shell;

/// Whether anything can be planned for this kind of host at all; if not, the plan has a problem that says so. On a
/// supervised host, programs count, and not where they come from.
pub fn supported(planner: &mut Planner, host: &Host, observed: &HostFacts) -> bool {
    if let Some(supervised) = &observed.supervised {
        let lacks: Vec<&str> = supervised.lacks.iter().map(String::as_str).collect();
        if !lacks.is_empty() {
            let what = format!("lacks programs: {}", lacks.join(", "));
            let remedy =
                "put them into the image: on Debian, the packages glusterfs-server, xfsprogs and attr have them";
            planner.problem(host, what, remedy);
        }
        return lacks.is_empty();
    }
    if observed.distro().is_none() {
        let remedy = format!("use {}: others are not supported yet", distro::supported());
        planner.problem(host, format!("runs {:?}", observed.os_told()), remedy);
        return false;
    }
    if !observed.systemd {
        planner.problem(
            host,
            "does not run systemd",
            "use a host with systemd: it mounts and restarts things at boot",
        );
        return false;
    }
    true
}

pub fn plan(planner: &mut Planner, host: &Host, observed: &HostFacts) {
    let Some(distro) = observed.distro() else {
        return;
    };
    let half = interrupted(host, observed);
    if !half.is_empty() {
        let reason = format!("the package manager was interrupted ({})", shortly(&half));
        let command = with_extra(distro, &[&distro.manager.recover], &[]);
        let draft = Draft::new("finish the interrupted package installation", reason, command);
        planner.prepare(host, draft.limit(PACKAGES));
    }
    let version = planner.desired.inventory.gluster_version.as_ref();
    let other = version.and_then(|version| other_version(distro, host, observed, version));
    let missing = missing(host, observed);
    if !missing.is_empty() || other.is_some() {
        source(planner, host, observed, distro);
    }
    if let Some((version, other)) = version.zip(other) {
        let what = format!("has GlusterFS {other}, and the inventory wants {version}");
        let remedy = format!(
            "glusterctl update --version {version} brings the hosts to it, one after the other; or correct \
             `gluster: {{version: …}}` in the inventory"
        );
        planner.problem(host, what, remedy);
        return;
    }
    pin(planner, host, observed, distro);
    if missing.is_empty() {
        return;
    }
    let packages = lines(&missing);
    let command = match version {
        None => with_extra(distro, &[&distro.manager.install], &[("packages", &packages)]),
        Some(version) => {
            let gluster = lines(missing.iter().filter(|name| name.starts_with("glusterfs")));
            let values = [
                ("packages", packages.as_str()),
                ("gluster", &gluster),
                ("version", version.as_str()),
            ];
            with_extra(distro, &[&distro.manager.choose, &distro.manager.install], &values)
        }
    };
    let draft = Draft::new(
        format!("install {}", missing.join(", ")),
        "the packages are not installed",
        command,
    );
    planner.prepare(host, draft.limit(PACKAGES));
}

/// The scripts with their values, and with the repositories that are off by default, if the package manager's scripts want to
/// know them.
pub fn with_extra(distro: &Distro, templates: &[&Template], values: &[(&str, &str)]) -> String {
    let extra = lines(distro.extra);
    let mut values = values.to_vec();
    if distro.manager.has_extra {
        values.push(("extra", &extra));
    }
    Text::default().then(templates, &values).end()
}

/// The version of GlusterFS that a host has and that is not the wanted one, as far as packages of GlusterFS are installed.
fn other_version<'f>(
    distro: &Distro,
    host: &Host,
    observed: &'f HostFacts,
    wanted: &GlusterVersion,
) -> Option<&'f str> {
    let packages = distro.packages(host).into_iter();
    let gluster = packages.filter(|name| name.starts_with("glusterfs") && observed.has_package(name));
    let mut versions = gluster.filter_map(|name| Some(observed.packages.get(name)?.version.as_str()));
    versions.find(|version| !wanted.covers(version))
}

/// Adds the repository of GlusterFS that the host needs.
fn source(planner: &mut Planner, host: &Host, observed: &HostFacts, distro: &Distro) {
    let version = planner.desired.inventory.gluster_version.as_ref();
    let (title, command) = match distro.source(version) {
        None => return,
        Some(Source::Package(names)) => {
            let (Some(first), false) = (names.first(), names.iter().any(|name| observed.has_package(name))) else {
                return;
            };
            let command = with_extra(distro, &[&distro.manager.install], &[("packages", first)]);
            (format!("add GlusterFS's repository: install {first}"), command)
        }
        Some(Source::Added(name, _)) if observed.repositories.contains(&name) => return,
        Some(Source::Added(name, add)) => (
            format!("add GlusterFS's repository {name}"),
            add.with(&[("repository", &name)]),
        ),
    };
    let draft = Draft::new(title, "the host does not have the repository", command);
    planner.prepare(host, draft.limit(PACKAGES));
}

/// Keeps GlusterFS at the wanted version, or no longer at one.
fn pin(planner: &mut Planner, host: &Host, observed: &HostFacts, distro: &Distro) {
    let Some(path) = distro.manager.pin else { return };
    let wanted = planner.desired.inventory.gluster_version.as_ref().map(|version| {
        // `11` is every 11.1, `11.1` every release of the packages of 11.1.
        let any = if version.as_str().contains('.') { "-*" } else { ".*" };
        format!(
            "# Written by glusterctl; the next apply undoes changes to this file.\nPackage: glusterfs-* libgf* \
             libgluster*\nPin: version {version}{any}\nPin-Priority: 990\n"
        )
    });
    let draft = match wanted {
        Some(text) if text != observed.pin => {
            let command = scripts::APT_PIN.with(&[("path", path), ("text", text.trim_end())]);
            Draft::new(
                format!("write {path}"),
                "nothing keeps GlusterFS at the wanted version",
                command,
            )
        }
        None if observed.made.contains(&format!("file {path}")) && !observed.pin.is_empty() => Draft::new(
            format!("take {path} away"),
            "the inventory wants no certain version of GlusterFS",
            format!("rm -f {}", shell::words([path])),
        ),
        _ => return,
    };
    planner.prepare(host, draft);
}

/// The packages that an interrupted package manager left half installed, as far as they matter; none of a distribution
/// that is not supported.
pub fn interrupted<'f>(host: &Host, observed: &'f HostFacts) -> Vec<&'f str> {
    let Some(distro) = observed.distro() else {
        return Vec::new();
    };
    let wanted = distro.packages(host);
    // Ready to use, never installed, or removed: what is in between was interrupted.
    let settled = |status: &str| matches!(status, "installed" | "not-installed" | "config-files");
    // Half-installed packages of others matter only while they keep ours from being installed.
    let ours = |name: &str| name == distro.manager.unpacker || wanted.contains(&name);
    let all_there = wanted.iter().all(|name| observed.has_package(name));
    let packages = observed.packages.iter();
    let half = packages.filter(|(name, package)| !settled(&package.status) && (!all_there || ours(name)));
    half.map(|(name, _)| name.as_str()).collect()
}

/// The packages that have to be installed; none of a distribution that is not supported.
pub fn missing(host: &Host, observed: &HostFacts) -> Vec<&'static str> {
    let Some(distro) = observed.distro() else {
        return Vec::new();
    };
    // What only has to be configured is not installed again.
    let unpacked = |name: &str| {
        let status = observed.packages.get(name).map(|package| package.status.as_str());
        matches!(
            status,
            Some("unpacked" | "half-configured" | "triggers-awaited" | "triggers-pending")
        )
    };
    let wanted = distro.packages(host).into_iter();
    wanted
        .filter(|name| !observed.has_package(name) && !unpacked(name))
        .collect()
}

/// The first few of many names.
fn shortly(names: &[&str]) -> String {
    const FEW: usize = 5;
    match names.len().saturating_sub(FEW) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..FEW].join(", ")),
    }
}
