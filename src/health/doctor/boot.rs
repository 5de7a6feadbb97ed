//! Checks of what makes a host come back by itself after a reboot.

use super::{Check, Family, Find, Severity, check};
use crate::health::Kind;

pub(super) const FAMILY: Family = Family {
    title: "Coming back after a reboot",
    checks: CHECKS,
};

const APPLY: &str = "glusterctl apply";

const CHECKS: &[Check] = &[
    check(
        "GC401",
        Severity::Warning,
        Find::Status(Kind::UnitFile),
        "A unit file is missing or has another text.",
        APPLY,
    ),
    check(
        "GC402",
        Severity::Warning,
        Find::Status(Kind::MountNotEnabled),
        "A service that mounts a volume at boot is not enabled.",
        APPLY,
    ),
    check(
        "GC403",
        Severity::Warning,
        Find::Status(Kind::GlusterdNotEnabled),
        "glusterd is not enabled, so it does not start at boot.",
        "ssh HOST systemctl enable glusterd",
    ),
    check(
        "GC404",
        Severity::Warning,
        Find::Status(Kind::FstabMissing),
        "A brick or a volume is not in /etc/fstab.",
        APPLY,
    ),
    check(
        "GC405",
        Severity::Warning,
        Find::Status(Kind::FstabOther),
        "/etc/fstab has another line for a brick or a volume than the inventory wants.",
        APPLY,
    ),
    check(
        "GC406",
        Severity::Warning,
        Find::Status(Kind::PointWritable),
        "Files can be written to a mount point while nothing is mounted there, onto the root disk.",
        APPLY,
    ),
    check(
        "GC407",
        Severity::Warning,
        Find::Status(Kind::PointUnknown),
        "A mount point is missing, or its attributes cannot be read.",
        APPLY,
    ),
    check(
        "GC408",
        Severity::Note,
        Find::Status(Kind::PointUnprotectable),
        "The file system below a mount point does not know chattr +i, so files can be written there while nothing is \
         mounted.",
        "findmnt -T PATH (on HOST): put mount points on ext4 or XFS",
    ),
];
