//! Checks of glusterd and of the trusted storage pool.

use super::{Check, Examined, Family, Find, Severity, check, on_host};
use crate::desired::DesiredHost;
use crate::health::{Found, Kind};

pub(super) const FAMILY: Family = Family {
    title: "glusterd and the pool",
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check(
        "GC701",
        Severity::Error,
        Find::Status(Kind::GlusterdBlank),
        "glusterd has no identity, and is in no pool.",
        "glusterctl apply",
    ),
    check(
        "GC702",
        Severity::Error,
        Find::Status(Kind::GlusterdSilent),
        "glusterd does not answer.",
        "ssh HOST 'systemctl reset-failed glusterd; systemctl start glusterd'",
    ),
    check(
        "GC703",
        Severity::Error,
        Find::Status(Kind::GlusterdRefuses),
        "glusterd answers with an error.",
        "tail /var/log/glusterfs/glusterd.log (on HOST)",
    ),
    check(
        "GC704",
        Severity::Error,
        Find::Status(Kind::PeersMissing),
        "A server is not a connected peer of all other servers.",
        "gluster peer status (on HOST)",
    ),
    check(
        "GC705",
        Severity::Error,
        Find::Status(Kind::Contact),
        "A connection between two hosts does not come about: a wrong name, a closed port, or a firewall.",
        "glusterctl status",
    ),
    check(
        "GC706",
        Severity::Error,
        Find::Status(Kind::PeerNotAccepted),
        "Two servers can connect to each other, and Gluster does not accept the peer.",
        "tail /var/log/glusterfs/glusterd.log (on both hosts)",
    ),
    check(
        "GC707",
        Severity::Warning,
        Find::Facts(by_address),
        "A server knows another only by its address, or by a name that the inventory does not have.",
        "glusterctl apply",
    ),
    check(
        "GC708",
        Severity::Error,
        Find::Facts(incomplete),
        "The definition of a volume on the disk of a server is not complete, so glusterd may not start there.",
        "glusterctl apply",
    ),
    check(
        "GC709",
        Severity::Error,
        Find::Status(Kind::QuotaDaemon),
        "The quota daemon of a server does not run, so quotas may not be enforced.",
        "gluster volume start VOLUME force (on a server, while all bricks of the volume are mounted)",
    ),
];

fn by_address(examined: &Examined) -> Vec<Found> {
    let servers: Vec<_> = examined.desired.servers().map(DesiredHost::name).collect();
    let mut found = Vec::new();
    for (observer, by) in servers.iter().enumerate() {
        for (other, name) in servers.iter().enumerate() {
            let link = examined.facts.cluster.link(observer, other);
            if link.is_some_and(|link| !link.is_named) {
                found.push(on_host(by, format!("the pool there does not know {name} by this name")));
            }
        }
    }
    found
}

fn incomplete(examined: &Examined) -> Vec<Found> {
    let hosts = examined.observed();
    let found = hosts.flat_map(|(host, observed)| {
        let volumes = observed.incomplete_volumes.iter();
        volumes.map(move |volume| {
            let what = format!("the definition of volume {volume} in /var/lib/glusterd/vols is not complete");
            on_host(host.name(), what)
        })
    });
    found.collect()
}
