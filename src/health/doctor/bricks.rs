//! Checks of the processes of bricks, of heals and of split-brain.

use super::{Check, Examined, Family, Find, Severity, check};
use crate::health::{Found, Kind, waits_long};

pub(super) const FAMILY: Family = Family {
    title: "Bricks and heals",
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check(
        "GC901",
        Severity::Error,
        Find::Status(Kind::BrickOffline),
        "A brick has no process, or the self-heal daemon does not reach the brick.",
        "glusterctl apply (starts bricks whose file system is proved)",
    ),
    check(
        "GC902",
        Severity::Error,
        Find::Status(Kind::BrickNotMounted),
        "A brick is not online because its file system is not mounted.",
        "glusterctl apply",
    ),
    check(
        "GC903",
        Severity::Error,
        Find::Status(Kind::BrickUnreached),
        "Gluster does not reach a brick, and whether the brick serves is not known.",
        "gluster volume heal VOLUME info (on another server)",
    ),
    check(
        "GC904",
        Severity::Warning,
        Find::Status(Kind::BrickUnknown),
        "Whether a brick is online is not known.",
        "gluster volume status VOLUME (on a server)",
    ),
    check(
        "GC905",
        Severity::Warning,
        Find::Status(Kind::Unanswered),
        "Gluster did not say everything about a volume.",
        "glusterctl status (again, in a moment)",
    ),
    check(
        "GC906",
        Severity::Warning,
        Find::Status(Kind::Heals),
        "Entries are left to heal: a copy is missing until they are healed.",
        "gluster volume heal VOLUME (on a server)",
    ),
    check(
        "GC907",
        Severity::Error,
        Find::Facts(late),
        "An entry has been waiting for healing for more than a day, although Gluster crawls every ten minutes.",
        "systemctl restart gluster-heal (on each server); gluster volume heal VOLUME info; tail /var/log/glusterfs/glustershd.log (on a server)",
    ),
    check(
        "GC908",
        Severity::Warning,
        Find::Status(Kind::HealsUnknown),
        "What a brick has to heal is not known.",
        "gluster volume heal VOLUME info (on a server)",
    ),
    check(
        "GC909",
        Severity::Error,
        Find::Status(Kind::SplitBrain),
        "Entries are in split-brain: no client can read them, and only a person can choose the copy that stays.",
        "glusterctl status (lists every way out)",
    ),
    check(
        "GC910",
        Severity::Error,
        Find::Status(Kind::SetDown),
        "A set of bricks cannot be read or written: too few of its bricks are up.",
        "gluster volume status VOLUME (on a server), then start what is down",
    ),
];

fn late(examined: &Examined) -> Vec<Found> {
    let late = waits_long(examined.health);
    late.into_iter().collect()
}
