//! Checks of encryption: certificates, who trusts whom, and whether all hosts encrypt alike.

use super::{Check, Examined, Family, Find, Severity, check, different, on_host};
use crate::facts::Tls;
use crate::health::{Found, Kind};
use crate::inventory::HostName;

pub(super) const FAMILY: Family = Family {
    title: "Encryption",
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    check(
        "GC971",
        Severity::Error,
        Find::Status(Kind::CertificateExpired),
        "The certificate of a host has ended: connections that exist go on, and no new one comes about.",
        "glusterctl apply (renews what glusterctl made); otherwise a new certificate in the place of the old one",
    ),
    check(
        "GC972",
        Severity::Warning,
        Find::Status(Kind::CertificateExpires),
        "The certificate of a host ends within 60 days.",
        "glusterctl apply (renews what glusterctl made); otherwise a new certificate in the place of the old one",
    ),
    check(
        "GC973",
        Severity::Error,
        Find::Facts(unfit),
        "The certificate of a host is for another name, or the key beside it does not belong to it.",
        "openssl x509 -noout -subject -in FILE (on HOST), then glusterctl apply",
    ),
    check(
        "GC974",
        Severity::Error,
        Find::Facts(untrusted),
        "A host does not trust the certificate of another host: the two do not connect.",
        "glusterctl apply (writes what glusterctl made); otherwise the certificate, or who signed it, into glusterfs.ca on HOST",
    ),
    check(
        "GC975",
        Severity::Error,
        Find::Facts(management),
        "Management is encrypted on some hosts and plain on others: they do not connect once glusterd or a client starts anew.",
        "glusterctl plan",
    ),
];

/// The hosts of which certificates are known.
fn known<'e>(examined: &'e Examined) -> Vec<(&'e HostName, &'e Tls)> {
    let hosts = examined.observed();
    hosts
        .filter_map(|(host, observed)| Some((host.name(), observed.tls.as_ref()?)))
        .collect()
}

fn unfit(examined: &Examined) -> Vec<Found> {
    let owns = known(examined)
        .into_iter()
        .filter_map(|(host, tls)| Some((host, tls.own.as_ref()?)));
    let wrong = owns.filter_map(|(host, own)| match (own.has_key, own.name == host.as_str()) {
        (false, _) => Some(on_host(host, "the key does not belong to the host's certificate")),
        (true, false) => Some(on_host(host, format!("the host's certificate is for {:?}", own.name))),
        (true, true) => None,
    });
    wrong.collect()
}

/// Hosts that trust the same certificates trust each other if each one's own certificate is valid by them.
fn untrusted(examined: &Examined) -> Vec<Found> {
    let known = known(examined);
    let mut found = Vec::new();
    for (host, tls) in &known {
        let lacks = known.iter().filter(|(other, of)| {
            let Some(own) = &of.own else { return false };
            let is_trusted = tls.trusted.contains(&own.fingerprint);
            !is_trusted && (other == host || tls.trusted != of.trusted) && !(other == host && tls.is_verified)
        });
        let names: Vec<&str> = lacks.map(|(other, _)| other.as_str()).collect();
        if !names.is_empty() {
            let what = format!("the host does not trust the certificate of {}", names.join(", "));
            found.push(on_host(host, what));
        }
    }
    found
}

fn management(examined: &Examined) -> Vec<Found> {
    let wants = examined.desired.inventory.tls.is_some();
    let hosts = examined.observed().map(|(host, observed)| {
        let tls = observed.tls.as_ref();
        let is = tls.is_some_and(|tls| tls.is_management_encrypted);
        (if is { "encrypted" } else { "plain" }, host.name().clone())
    });
    let words = different(hosts).filter(|_| wants);
    let sentence = |words| {
        Found::new(
            Kind::Doctor,
            format!("the hosts encrypt management differently: {words}"),
        )
    };
    words.map(sentence).into_iter().collect()
}
