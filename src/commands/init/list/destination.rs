//! `[USER@]HOST[:PORT]`, as people type it for ssh and as lists have it.

use std::net::{IpAddr, Ipv6Addr};

use super::Entry;

/// The host that a text names for ssh.
///
/// # Errors
/// The text names none; why.
pub fn destination(text: &str) -> Result<Entry, String> {
    let wrong = |why: &str| Err(format!("{text:?} is no host name, address or user@host for ssh: {why}"));
    if text.contains("://") {
        return wrong("write root@kube1 or root@198.51.100.11:22, without a scheme");
    }
    let (user, place) = match text.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, text),
    };
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, port)) => (host, Some(port.strip_prefix(':').unwrap_or(port))),
        None if place.parse::<Ipv6Addr>().is_ok() => (place, None),
        None => place
            .rsplit_once(':')
            .map_or((place, None), |(host, port)| (host, Some(port))),
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_word =
        |word: &str| word.chars().all(allowed) && word.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if user.is_some_and(|user| !is_word(user) || user.len() > 32) {
        return wrong("a login has letters, digits and . - _");
    }
    if !is_word(host) && host.parse::<IpAddr>().is_err() {
        return wrong("a host has letters, digits and . - _");
    }
    let port = match port.map(str::parse::<u16>) {
        None => None,
        Some(Ok(port)) if port > 0 => Some(port),
        Some(_) => return wrong("a port is a number from 1 to 65535"),
    };
    Ok(Entry {
        destination: host.to_owned(),
        addresses: host.parse().into_iter().collect(),
        user: user.map(str::to_owned),
        port,
        ..Entry::default()
    })
}
