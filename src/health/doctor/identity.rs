//! Checks of identities: whether every host is the machine that the inventory means, and whether names keep their meaning.

use super::{Check, Family, Find, Severity, check};
use crate::health::Kind;
use crate::plan::Doubt;

pub(super) const FAMILY: Family = Family {
    title: "Identities and names",
    checks: CHECKS,
};

const LOOK: &str = "glusterctl plan";

const CHECKS: &[Check] = &[
    check(
        "GC201",
        Severity::Error,
        Find::Doubt(Doubt::OneMachine),
        "Several hosts of the inventory are one and the same machine.",
        LOOK,
    ),
    check(
        "GC202",
        Severity::Error,
        Find::Doubt(Doubt::SameUuid),
        "glusterd has the same UUID on several machines: one was cloned from the other.",
        "gluster system uuid reset (on the clone)",
    ),
    check(
        "GC203",
        Severity::Error,
        Find::Doubt(Doubt::Exchanged),
        "The machine at the address of a host is another host.",
        LOOK,
    ),
    check(
        "GC204",
        Severity::Error,
        Find::Doubt(Doubt::LacksAddress),
        "The machine that SSH reached does not have the address of the host.",
        LOOK,
    ),
    check(
        "GC205",
        Severity::Error,
        Find::Doubt(Doubt::OtherCluster),
        "The machine belongs to another cluster.",
        LOOK,
    ),
    check(
        "GC206",
        Severity::Error,
        Find::Doubt(Doubt::OtherIdentity),
        "The pool knows another glusterd by the name of the host.",
        "gluster pool list (on another server)",
    ),
    check(
        "GC207",
        Severity::Error,
        Find::Doubt(Doubt::LivesElsewhere),
        "glusterd has no identity on the machine, and the pool is connected to the host on another machine.",
        "gluster pool list (on another server)",
    ),
    check(
        "GC208",
        Severity::Error,
        Find::Doubt(Doubt::DiskOfOther),
        "A disk in the host holds the brick of another host.",
        "lsblk -o NAME,SIZE,SERIAL,UUID (on HOST)",
    ),
    check(
        "GC209",
        Severity::Error,
        Find::Doubt(Doubt::Outsider),
        "The pool has a server that the inventory does not have.",
        "gluster pool list (on a server)",
    ),
    check(
        "GC210",
        Severity::Error,
        Find::Doubt(Doubt::NameContradicts),
        "A line of /etc/hosts gives a host another address than the inventory, or the lines of glusterctl are damaged.",
        "getent hosts NAME (on HOST)",
    ),
    check(
        "GC211",
        Severity::Error,
        Find::Doubt(Doubt::NameLost),
        "A name that peers or bricks use would lose its host or its address.",
        LOOK,
    ),
    check(
        "GC212",
        Severity::Warning,
        Find::Status(Kind::NamesMissing),
        "The names of the hosts are not in /etc/hosts.",
        "glusterctl apply",
    ),
    check(
        "GC213",
        Severity::Error,
        Find::Doubt(Doubt::OtherFamily),
        "A volume was created over IPv4, and the addresses of the inventory are IPv6, or the other way round.",
        "gluster volume info (on a server)",
    ),
];
