//! Checks of packages, and of the versions of GlusterFS.

use super::{Check, Examined, Family, Find, Severity, check, on_host};
use crate::health::{Found, Kind};
use crate::plan::{interrupted_packages, missing_packages};

pub(super) const FAMILY: Family = Family {
    title: "Packages and versions",
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check(
        "GC301",
        Severity::Error,
        Find::Facts(missing),
        "Packages are not installed that the host needs.",
        "glusterctl apply",
    ),
    check(
        "GC302",
        Severity::Error,
        Find::Facts(interrupted),
        "The package manager was interrupted and left packages half installed.",
        "glusterctl apply",
    ),
    check(
        "GC303",
        Severity::Warning,
        Find::Status(Kind::VersionsMixed),
        "Hosts have different versions of GlusterFS, which is meant for the time of an update alone.",
        "glusterctl update",
    ),
    check(
        "GC304",
        Severity::Error,
        Find::Status(Kind::OpVersionsMixed),
        "Servers have different op-versions, so changes are refused or lost.",
        "gluster volume get all cluster.op-version (on each server)",
    ),
    check(
        "GC305",
        Severity::Note,
        Find::Status(Kind::OpVersionLow),
        "The op-version is lower than what all servers know: features of their version are off. Clients have to be new \
         enough, too.",
        "gluster volume set all cluster.op-version NUMBER (on a server)",
    ),
    check(
        "GC306",
        Severity::Warning,
        Find::Facts(outdated),
        "glusterd runs from a file that a newer package has replaced.",
        "ssh HOST systemctl restart glusterd (one server at a time, and only while nothing is left to heal)",
    ),
];

fn missing(examined: &Examined) -> Vec<Found> {
    let found = examined.observed().filter_map(|(host, observed)| {
        let missing = missing_packages(host.host, observed);
        let what = format!("not installed: {}", missing.join(", "));
        (!missing.is_empty()).then(|| on_host(host.name(), what))
    });
    found.collect()
}

fn interrupted(examined: &Examined) -> Vec<Found> {
    let found = examined.observed().filter_map(|(host, observed)| {
        let half = interrupted_packages(host.host, observed);
        let what = format!("the package manager was interrupted: {}", half.join(", "));
        (!half.is_empty()).then(|| on_host(host.name(), what))
    });
    found.collect()
}

fn outdated(examined: &Examined) -> Vec<Found> {
    let vitals = examined.looks.vitals.iter();
    let outdated = vitals.filter(|(_, vitals)| vitals.is_outdated == Some(true));
    let what = "glusterd runs from a file that has been replaced since it began";
    outdated.map(|(host, _)| on_host(host, what)).collect()
}
