//! Packages: one transaction a host. Pure.

use super::steps::{Draft, PACKAGES, Planner};
use crate::distro::Distro;
use crate::facts::HostFacts;
use crate::inventory::Host;
use crate::scripts::lines;

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
    if Distro::of(&observed.os, &observed.os_like).is_none() {
        let name = if observed.os_name.is_empty() {
            &observed.os
        } else {
            &observed.os_name
        };
        planner.problem(
            host,
            format!("runs {name:?}"),
            "use Debian or Ubuntu: others are not supported yet",
        );
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
    let Some(distro) = Distro::of(&observed.os, &observed.os_like) else {
        return;
    };
    let half = interrupted(host, observed);
    if !half.is_empty() {
        let reason = format!("the package manager was interrupted ({})", shortly(&half));
        let draft = Draft::new(
            "finish the interrupted package installation",
            reason,
            distro.recover.with(&[]),
        );
        planner.prepare(host, draft.limit(PACKAGES));
    }
    let missing = missing(host, observed);
    if missing.is_empty() {
        return;
    }
    let command = distro.install.with(&[("packages", &lines(&missing))]);
    let draft = Draft::new(
        format!("install {}", missing.join(", ")),
        "the packages are not installed",
        command,
    );
    planner.prepare(host, draft.limit(PACKAGES));
}

/// The packages that an interrupted package manager left half installed, as far as they matter; none of a distribution
/// that is not supported.
pub fn interrupted<'f>(host: &Host, observed: &'f HostFacts) -> Vec<&'f str> {
    let Some(distro) = Distro::of(&observed.os, &observed.os_like) else {
        return Vec::new();
    };
    let wanted = distro.packages(host);
    // Ready to use, never installed, or removed: what is in between was interrupted.
    let settled = |status: &str| matches!(status, "installed" | "not-installed" | "config-files");
    // Half-installed packages of others matter only while they keep ours from being installed.
    let ours = |name: &str| name == "dpkg" || wanted.contains(&name);
    let all_there = wanted.iter().all(|name| observed.has_package(name));
    let packages = observed.packages.iter();
    let half = packages.filter(|(name, package)| !settled(&package.status) && (!all_there || ours(name)));
    half.map(|(name, _)| name.as_str()).collect()
}

/// The packages that have to be installed; none of a distribution that is not supported.
pub fn missing(host: &Host, observed: &HostFacts) -> Vec<&'static str> {
    let Some(distro) = Distro::of(&observed.os, &observed.os_like) else {
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
