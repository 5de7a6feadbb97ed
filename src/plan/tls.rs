//! Encryption: keys, certificates, whom each host trusts, and whether management is encrypted. Pure.
//!
//! Gluster reads keys and certificates anew for each connection (measured with 10.3), so that certificates are added and
//! renewed while everything runs: first all hosts trust a certificate, then its host uses it. Whether a process encrypts at
//! all is fixed when the process starts, and processes that differ do not understand each other: that is decided only while
//! nothing runs, and refused otherwise.

use std::collections::BTreeSet;

use super::leaving;
use super::mounts::FUSE;
use super::steps::{Draft, Planner};
use crate::desired::DesiredHost;
use crate::desired::units::GLUSTERD;
use crate::facts::{Certificate, HostFacts, Tls};
use crate::inventory::{Certificates, HostName, Role};
use crate::scripts::{self, lines};

/// A certificate that glusterctl made is renewed when fewer seconds are left: half a year.
const RENEWAL: i64 = 180 * 86_400;

/// The file that makes Gluster encrypt management, on servers and clients.
const SECURE: &str = "/var/lib/glusterd/secure-access";

/// What a person does to switch the encryption of a running cluster on or off.
const SWITCH: &str = "a switch interrupts every client, so apply makes it only while nothing of Gluster runs: at a time when \
                      nothing uses the volumes, unmount them on every host, stop every volume (gluster volume stop VOLUME), \
                      stop glusterd on every server (systemctl stop glusterd), and run apply, which switches, starts and \
                      mounts everything; or change `tls` back";

/// What a certificate is called in a title: the one that a host uses, and the one that is to follow.
const OWN: &str = "";
const NEXT: &str = "next ";

/// The hosts that have to trust each other, as far as they were observed; a host that provisions itself knows its own.
fn members<'p, 'd>(
    planner: &'p Planner<'d>,
) -> impl Iterator<Item = (&'d DesiredHost<'d>, Option<&'d HostFacts>)> + 'p {
    let (desired, facts) = (planner.desired, planner.facts);
    let members = desired.hosts.iter().filter(|host| leaving::is_member(planner, host));
    let members = members.map(|host| (host, facts.of(host.name())));
    members.filter(|(_, seen)| seen.is_none_or(|seen| seen.self_managed.is_none()))
}

/// The host's own certificate, if the host can use it.
fn own<'f>(host: &DesiredHost, seen: Option<&'f HostFacts>) -> Option<&'f Certificate> {
    let own = seen?.tls.as_ref()?.own.as_ref()?;
    (own.has_key && own.name == host.name().as_str()).then_some(own)
}

/// What a host waits for before anything of Gluster starts there: its own certificate.
pub fn until(planner: &Planner, host: &DesiredHost) -> Option<String> {
    let seen = planner.facts.of(host.name());
    let lacks = planner.desired.inventory.tls.is_some() && own(host, seen).is_none();
    lacks.then(|| format!("{} has a key and a certificate", host.name()))
}

/// What the pool waits for: the certificates of all servers.
pub fn until_all(planner: &Planner) -> Option<String> {
    // Asked for each host: without encryption, nobody goes through all hosts each time.
    planner.desired.inventory.tls?;
    let servers = members(planner).filter(|(host, _)| host.host.role == Role::Server);
    servers.into_iter().find_map(|(host, _)| until(planner, host))
}

/// Plans the encryption of a host; whether glusterd may be started there.
pub fn plan(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts) -> bool {
    let is_right = match host.tls.map(|tls| tls.certificates) {
        Some(Certificates::Made) => made(planner, host, observed),
        Some(Certificates::Given) => given(planner, host, observed),
        None => true,
    };
    let decided = management(planner, host, observed);
    let waits = until_all(planner).or_else(|| until(planner, host));
    let starts = host.host.role == Role::Server && !observed.unit(GLUSTERD).active;
    if let Some(until) = waits.clone().filter(|_| starts && decided) {
        planner.wait(format!("starting glusterd on {}", host.name()), until);
    }
    decided && waits.is_none() && is_right
}

/// Keys and certificates that glusterctl makes. Returns whether nothing stands in the way.
fn made(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts) -> bool {
    let Some(seen) = &observed.tls else { return true };
    let is_ours = |path: &&String| observed.made.contains(&format!("tls {path}"));
    let foreign: Vec<&str> = seen
        .files
        .iter()
        .filter(|path| !is_ours(path))
        .map(String::as_str)
        .collect();
    if !foreign.is_empty() {
        let what = format!("has {}, which glusterctl did not make", foreign.join(", "));
        let remedy = "write `certificates: given` if the cluster is to use what is there; if nothing needs the files any more, \
                      move them away";
        planner.problem(host.host, what, remedy);
        return false;
    }
    let next = seen.next.as_ref().filter(|next| next.has_key);
    match (own(host, Some(observed)), next) {
        (None, Some(_)) => follow(planner, host, "the change to the next certificate was interrupted"),
        (None, None) => {
            let reason = match &seen.own {
                None => "the host has no certificate",
                Some(_) => "the certificate has another name, or no key",
            };
            make(
                planner,
                host,
                "glusterfs",
                "make a key and a certificate",
                reason.to_owned(),
            );
        }
        (Some(own), None) if own.seconds_left < RENEWAL => {
            let reason = format!("the certificate ends on {}", own.not_after);
            make(
                planner,
                host,
                "glusterfs-next",
                "make the next key and certificate",
                reason,
            );
        }
        (Some(_), None) => {}
        (Some(_), Some(next)) => {
            let trusts = |seen: Option<&HostFacts>| {
                let tls = seen.and_then(|seen| seen.tls.as_ref());
                tls.is_some_and(|tls| tls.trusted.contains(&next.fingerprint))
            };
            if members(planner).all(|(_, seen)| trusts(seen)) {
                follow(planner, host, "all hosts trust the next certificate");
            }
        }
    }
    if own(host, Some(observed)).is_some() {
        trust(planner, host, seen);
    }
    true
}

fn make(planner: &mut Planner, host: &DesiredHost, kind: &str, title: &str, reason: String) {
    let command = scripts::TLS_MAKE.with(&[("name", host.name().as_str()), ("kind", kind)]);
    planner.prepare(host.host, Draft::new(title, reason, command));
}

fn follow(planner: &mut Planner, host: &DesiredHost, reason: &str) {
    let draft = Draft::new("use the next key and certificate", reason, scripts::TLS_USE.with(&[]));
    planner.prepare(host.host, draft);
}

/// Lets a host trust the certificates of all hosts. Nothing that is trusted goes while a certificate is not known.
fn trust(planner: &mut Planner, host: &DesiredHost, seen: &Tls) {
    let (mut all_known, mut wanted, mut missing) = (true, Vec::new(), Vec::new());
    for (member, observed) in members(planner) {
        let current = own(member, observed);
        all_known &= current.is_some();
        let tls = observed.and_then(|observed| observed.tls.as_ref());
        let next = tls.and_then(|tls| tls.next.as_ref()).filter(|next| next.has_key);
        let of_member = [(OWN, current), (NEXT, next)];
        for (kind, certificate) in of_member.into_iter().filter_map(|(kind, one)| Some((kind, one?))) {
            wanted.push(certificate);
            if !seen.trusted.contains(&certificate.fingerprint) {
                missing.push((kind, member.name(), certificate));
            }
        }
    }
    let fingerprints: BTreeSet<&str> = wanted.iter().map(|one| one.fingerprint.as_str()).collect();
    let is_outdated = all_known && seen.trusted.iter().any(|one| !fingerprints.contains(one.as_str()));
    // On fresh hosts, everything is written at once.
    if !is_outdated && (missing.is_empty() || (!all_known && seen.trusted.is_empty())) {
        return;
    }
    // One run may come here several times, for one certificate after the other: each time under another title.
    let (title, reason) = match missing.first() {
        None => (
            "trust former certificates no more".to_owned(),
            "no host has them any more",
        ),
        Some(_) => (
            format!("trust {}", told(&missing)),
            "the host does not trust all of that yet",
        ),
    };
    // Only what is missing is added: with all certificates in the step of every host, a plan for one new host would grow with
    // the square of the hosts. To take a former certificate out, the whole file is written.
    let (texts, keep): (Vec<&Certificate>, _) = match is_outdated {
        true => (wanted, "no"),
        false => (
            missing.into_iter().map(|(.., certificate)| certificate).collect(),
            "yes",
        ),
    };
    let texts: Vec<&str> = texts.iter().flat_map(|one| one.text.lines()).collect();
    let command = scripts::TLS_TRUST.with(&[("certificates", &lines(texts)), ("keep", keep)]);
    let place = planner.prepare(host.host, Draft::new(title, reason, command));
    // A client that trusts nobody new keeps nobody out.
    if host.host.role == Role::Server {
        planner.lets_in.push(place);
    }
}

/// Lets the other hosts trust the certificates of all hosts, where one host alone is prepared.
pub fn others(planner: &mut Planner, except: &DesiredHost) {
    let (desired, facts) = (planner.desired, planner.facts);
    let others = desired.hosts.iter().filter(|host| host.name() != except.name());
    for host in others.filter(|host| host.tls.is_some_and(|tls| tls.certificates == Certificates::Made)) {
        let observed = facts.of(host.name());
        let is_member = observed.is_some_and(|seen| seen.maintenance.is_none()) && leaving::is_member(planner, host);
        if let Some(seen) = observed.and_then(|seen| seen.tls.as_ref()).filter(|_| is_member) {
            trust(planner, host, seen);
        }
    }
}

/// Certificates in a few words: of the own ones, then of the next ones.
fn told(certificates: &[(&str, &HostName, &Certificate)]) -> String {
    const FEW: usize = 4;
    let of_kind = |kind: &str| {
        let names = certificates.iter().filter(|(other, ..)| *other == kind);
        let names: Vec<&str> = names.map(|(_, name, _)| name.as_str()).collect();
        let shown = names[..names.len().min(FEW)].join(", ");
        match names.len().saturating_sub(FEW) {
            0 => format!("the {kind}certificate of {shown}"),
            more => format!("the {kind}certificate of {shown} and {more} more"),
        }
    };
    let is_there = |kind: &&str| certificates.iter().any(|(other, ..)| other == kind);
    let kinds: Vec<String> = [OWN, NEXT].into_iter().filter(is_there).map(of_kind).collect();
    kinds.join(" and ")
}

/// Keys and certificates that somebody else puts on the host. Returns whether they are right.
fn given(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts) -> bool {
    let Some(seen) = &observed.tls else { return true };
    let Some(directory) = &seen.directory else { return true };
    let mut wrong = Vec::new();
    for kind in ["key", "pem", "ca"] {
        let path = format!("{directory}/glusterfs.{kind}");
        if !seen.files.contains(&path) {
            wrong.push(format!("there is no {path}"));
        }
    }
    if wrong.is_empty() {
        let (name, path) = (host.name(), format!("{directory}/glusterfs.pem"));
        match &seen.own {
            None => wrong.push(format!("{path} is no certificate that openssl can read")),
            Some(own) if !own.has_key => wrong.push(format!("the key does not belong to {path}")),
            Some(own) if own.name != name.as_str() => {
                wrong.push(format!("{path} is for {:?} (CN), not for {name}", own.name));
            }
            Some(own) if own.seconds_left < 0 => wrong.push(format!("{path} ended on {}", own.not_after)),
            Some(_) if !seen.is_verified => wrong.push(format!("{path} is not valid by {directory}/glusterfs.ca")),
            Some(_) => {}
        }
    }
    if !wrong.is_empty() {
        let remedy = format!(
            "put glusterfs.key (for root alone), glusterfs.pem (for the name {}) and glusterfs.ca into {directory}, and run \
             apply again; docs/tls.md says more",
            host.name()
        );
        planner.problem(host.host, wrong.join("; "), remedy);
    }
    wrong.is_empty()
}

/// Whether anything of Gluster runs on a host that a switch would interrupt.
fn runs(seen: &HostFacts) -> bool {
    let has_state = !seen.peers_on_disk.is_empty() || !seen.volume_ids.is_empty();
    (seen.unit(GLUSTERD).active && has_state)
        || !seen.brick_processes.is_empty()
        || seen.mounted.iter().any(|mounted| mounted.kind == FUSE)
}

/// Lets management be encrypted, or plain, as the inventory wants. Whether that is so, or will be.
fn management(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts) -> bool {
    let wanted = host.tls.is_some_and(|tls| tls.management);
    let is = |seen: &HostFacts| seen.tls.as_ref().is_some_and(|tls| tls.is_management_encrypted);
    let noted = observed.made.contains(&format!("tls {SECURE}"));
    // What somebody else encrypted stays as it is, until the inventory says anything of encryption.
    if is(observed) == wanted || (host.tls.is_none() && !noted) {
        return true;
    }
    let words = |encrypted| if encrypted { "encrypted" } else { "plain" };
    if !wanted && !noted {
        let what = format!("has {SECURE}, which encrypts management, and which glusterctl did not make");
        planner.problem(
            host.host,
            what,
            "write `management: true`, or remove the file while nothing of Gluster runs",
        );
        return false;
    }
    if runs(observed) {
        let what = format!(
            "Gluster runs here with {} management, and the inventory wants it {}",
            words(!wanted),
            words(wanted)
        );
        planner.problem(host.host, what, SWITCH);
        return false;
    }
    let others: Vec<Option<&HostFacts>> = members(planner).map(|(_, seen)| seen).collect();
    let running = |encrypted| {
        let mut known = others.iter().flatten();
        known.any(|seen| runs(seen) && is(seen) == encrypted)
    };
    let is_unknown = others.iter().any(Option::is_none) && !running(wanted);
    if running(!wanted) || is_unknown {
        let until = format!(
            "no host of the cluster is known to run with {} management",
            words(!wanted)
        );
        planner.wait(format!("{} management on {}", words(wanted), host.name()), until);
        return false;
    }
    let (title, script) = match wanted {
        true => ("let management be encrypted", scripts::TLS_MANAGEMENT),
        false => ("let management be plain", scripts::TLS_PLAIN),
    };
    let reason = format!("management is {}, and nothing of Gluster runs here", words(!wanted));
    planner.prepare(host.host, Draft::new(title, reason, script.with(&[("path", SECURE)])));
    true
}

/// Takes away what glusterctl made for encryption on a host.
pub fn drop(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, needs: Vec<usize>) {
    if !observed.made.iter().any(|line| line.starts_with("tls ")) {
        return;
    }
    let draft = Draft::new(
        "take away the keys and certificates that glusterctl made",
        "the host is in no cluster that trusts them",
        scripts::TLS_DROP.with(&[]),
    );
    planner.push(host.host, draft, needs);
}
