//! Checks of space: of bricks, of logs, and of the state of glusterd.

use super::{Check, Family, Find, Severity, check};
use crate::health::Kind;

pub(super) const FAMILY: Family = Family {
    title: "Space",
    checks: CHECKS,
};

const GROW: &str = "delete files from the volume, or add bricks: add hosts or devices to the inventory";
const LOGS: &str = "ssh HOST journalctl --vacuum-size=200M; du -x /var/log (on HOST) shows what is large";

const CHECKS: &[Check] = &[
    check(
        "GC601",
        Severity::Error,
        Find::Status(Kind::Full),
        "A file system is full: of a brick, its volumes take no writes; of /var/lib/glusterd, glusterd changes nothing; of \
         /var/log, nothing is logged.",
        "df -h; df -i (on HOST)",
    ),
    check(
        "GC602",
        Severity::Warning,
        Find::Status(Kind::BrickNearlyFull),
        "Less than a tenth of a brick's file system is available.",
        GROW,
    ),
    check(
        "GC603",
        Severity::Warning,
        Find::Status(Kind::InodesShort),
        "Less than a tenth of the inodes of a file system is left.",
        "df -i (on HOST); of XFS, xfs_growfs -m PERCENT MOUNTPOINT allows more inodes",
    ),
    check(
        "GC604",
        Severity::Warning,
        Find::Status(Kind::LogNearlyFull),
        "Less than a tenth of the file system of /var/log is available.",
        LOGS,
    ),
    check(
        "GC605",
        Severity::Warning,
        Find::Status(Kind::StateNearlyFull),
        "Less than a tenth of the file system of /var/lib/glusterd is available.",
        "du -x /var/lib (on HOST)",
    ),
    check(
        "GC606",
        Severity::Note,
        Find::Status(Kind::FullSoon),
        "At its mean rate since it was made, a file system will be full within 30 days.",
        GROW,
    ),
    check(
        "GC607",
        Severity::Warning,
        Find::Status(Kind::ThinPool),
        "Four fifths of the thin pool of a brick are used; a pool that is full stops its brick.",
        "glusterctl snapshot list, then glusterctl snapshot delete NAME; or delete files from the volume, and fstrim the brick",
    ),
    check(
        "GC608",
        Severity::Warning,
        Find::Status(Kind::QuotaNearlyReached),
        "More than nine tenths of a quota's limit are used: once the limit is reached, nothing more can be written there.",
        "delete files there, or raise the limit below `quota` of volume VOLUME in the inventory",
    ),
];
