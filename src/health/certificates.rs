//! Certificates that have ended, or will end soon. Pure.

use super::{Found, Kind, state};
use crate::desired::Desired;
use crate::facts::{Certificate, Facts};
use crate::inventory::HostName;
use crate::plan::has_left;

/// A certificate with fewer days left is worth a warning; certificates that glusterctl made are renewed long before.
const SOON: i64 = 60;

/// The own certificates of the hosts that were observed and have one.
fn own<'e>(desired: &'e Desired, facts: &'e Facts) -> impl Iterator<Item = (&'e HostName, &'e Certificate)> {
    let members = desired.hosts.iter().map(|host| host.name());
    let members = members.filter(move |name| !has_left(desired, facts, name));
    members.filter_map(move |name| Some((name, of_host(facts, name)?)))
}

/// The certificate that a host uses; none if the host has none, or if that is not known.
pub(super) fn of_host<'f>(facts: &'f Facts, host: &HostName) -> Option<&'f Certificate> {
    state::observed(facts, host)?.tls.as_ref()?.own.as_ref()
}

/// Certificates that have ended: no new connection comes about.
pub(super) fn problems(desired: &Desired, facts: &Facts) -> Vec<Found> {
    let ended = own(desired, facts).filter(|(_, own)| own.seconds_left < 0);
    let sentence = |(host, own): (&HostName, &Certificate)| {
        let what = format!("the certificate of the host ended on {}", own.not_after);
        Found::of_host(Kind::CertificateExpired, host, what)
    };
    ended.map(sentence).collect()
}

/// Certificates that end soon.
pub(super) fn warnings(desired: &Desired, facts: &Facts) -> Vec<Found> {
    let soon = own(desired, facts).filter(|(_, own)| own.seconds_left >= 0 && own.days_left() < SOON);
    let sentence = |(host, own): (&HostName, &Certificate)| {
        let what = format!(
            "the certificate of the host ends in {} days, on {}",
            own.days_left(),
            own.not_after
        );
        Found::of_host(Kind::CertificateExpires, host, what)
    };
    soon.map(sentence).collect()
}
