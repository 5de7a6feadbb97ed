//! Checks of the mounts of volumes.

use super::{Check, Examined, Family, Find, Severity, check, on_host};
use crate::facts::MountPoint;
use crate::health::{Found, Kind};
use crate::plan::Problem;

pub(super) const FAMILY: Family = Family {
    title: "Mounts",
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check(
        "GC951",
        Severity::Error,
        Find::Status(Kind::MountDead),
        "A volume is mounted, but does not answer: its FUSE client is gone, or reaches too few bricks.",
        "glusterctl boot (on HOST)",
    ),
    check(
        "GC952",
        Severity::Error,
        Find::Status(Kind::MountMissing),
        "A volume is not mounted.",
        "glusterctl boot (on HOST), or glusterctl apply",
    ),
    check(
        "GC953",
        Severity::Error,
        Find::Facts(holds_files),
        "Files lie in the directory where a volume should be mounted: they are on the root disk, and on no volume.",
        "move the files away from the directory on HOST, then glusterctl apply",
    ),
    check(
        "GC954",
        Severity::Error,
        Find::Facts(failing),
        "The mount point is no directory, or fails with an error.",
        "ls -ld PATH (on HOST)",
    ),
];

fn holds_files(examined: &Examined) -> Vec<Found> {
    of_points(examined, |point| match point {
        MountPoint::HoldsFiles => Some("holds files, and no volume is mounted there".to_owned()),
        _ => None,
    })
}

fn failing(examined: &Examined) -> Vec<Found> {
    of_points(examined, |point| match point {
        MountPoint::Failing(words) => Some(format!("fails: {words}")),
        MountPoint::Other => Some("is no directory".to_owned()),
        _ => None,
    })
}

/// Whether a problem of the plan is about a mount point of which a check of this file tells.
pub(super) fn is_told(examined: &Examined, problem: &Problem) -> bool {
    examined.observed().any(|(host, observed)| {
        let points = observed.mount_points.iter();
        let mut wrong = points.filter(|(_, point)| {
            matches!(
                point,
                MountPoint::HoldsFiles | MountPoint::Failing(_) | MountPoint::Other
            )
        });
        problem.host.as_ref() == Some(host.name()) && wrong.any(|(path, _)| problem.what.contains(path.as_str()))
    })
}

fn of_points(examined: &Examined, words: impl Fn(&MountPoint) -> Option<String>) -> Vec<Found> {
    let mut found = Vec::new();
    for (host, observed) in examined.observed() {
        for (path, point) in &observed.mount_points {
            found.extend(words(point).map(|words| on_host(host.name(), format!("{path} {words}"))));
        }
    }
    found
}
