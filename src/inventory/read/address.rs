//! The key `address` of a host.

use std::net::{IpAddr, Ipv6Addr};

use super::fields::{Diagnostics, Located, refuse, text};
use super::yaml::Node;
use crate::inventory::address::Address;
use crate::inventory::diagnostics::shown;

/// An address at which other hosts can reach the host, or the word that says that DNS knows the address.
pub(super) fn address(node: &Node, problems: &mut Diagnostics) -> Option<Located<Address>> {
    let text = text(node, "an address", problems)?;
    let located = |value| {
        let span = node.span.clone();
        Some(Located { value, span })
    };
    if text == Address::DNS {
        return located(Address::Dns);
    }
    let why = match text.parse::<IpAddr>() {
        Ok(value) => match unusable(value) {
            None => return located(Address::Fixed(value)),
            Some(why) => why.to_owned(),
        },
        Err(_) => no_address(text),
    };
    refuse(node, "a host's address", &why, problems);
    None
}

/// Why a text is no address, with what to write.
fn no_address(text: &str) -> String {
    let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
    let (user, bare) = bare
        .split_once('@')
        .map_or((None, bare), |(user, bare)| (Some(user), bare));
    let (bare, prefix) = bare
        .split_once('/')
        .map_or((bare, None), |(bare, prefix)| (bare, Some(prefix)));
    let (bare, port) = match bare.strip_prefix('[').and_then(|bare| bare.split_once(']')) {
        Some((bare, port)) => (bare, port.strip_prefix(':')),
        None if bare.parse::<Ipv6Addr>().is_ok() => (bare, None),
        None => bare
            .split_once(':')
            .map_or((bare, None), |(bare, port)| (bare, Some(port))),
    };
    if bare.parse::<IpAddr>().is_ok() {
        let ssh = match (user, port.filter(|port| !port.is_empty())) {
            (Some(user), Some(port)) => format!(", and `ssh: {{user: {}, port: {}}}`", shown(user), shown(port)),
            (Some(user), None) => format!(", and `ssh: {{user: {}}}`", shown(user)),
            (None, Some(port)) => format!(", and `ssh: {{port: {}}}`", shown(port)),
            (None, None) => String::new(),
        };
        let without = match prefix.filter(|prefix| !prefix.is_empty()) {
            Some(_) => " without the length of the network's prefix",
            None => "",
        };
        return format!("write the address alone{without}: `address: {bare}`{ssh}");
    }
    if text
        .split_once('%')
        .is_some_and(|(bare, _)| bare.parse::<Ipv6Addr>().is_ok())
    {
        return LINK_LOCAL.to_owned();
    }
    if bare.starts_with(|c: char| c.is_ascii_digit()) && !text.contains("::") {
        return "an IPv4 address is four numbers from 0 to 255, without leading zeros, for example 198.51.100.11"
            .to_owned();
    }
    "write the host's address, for example 198.51.100.11 or 2001:db8::11; a name for SSH goes below `ssh: {host: …}`; of a \
     host with `connection: local` whose address changes, write the DNS name as `name`, and `address: dns`"
        .to_owned()
}

const LINK_LOCAL: &str = "the address is link-local: such an address may change, and routers do not forward it";

fn unusable(address: IpAddr) -> Option<&'static str> {
    let (is_any, is_link_local, is_reserved) = match address {
        IpAddr::V4(v4) => (v4.octets()[0] == 0, v4.is_link_local(), v4.octets()[0] >= 240),
        IpAddr::V6(v6) => (v6.is_unspecified(), v6.is_unicast_link_local(), v6.to_ipv4().is_some()),
    };
    let why = if address.is_loopback() {
        "the address is a loopback address, which on every other host means that host itself"
    } else if is_any {
        "the address stands for `any address`, not for a host"
    } else if address.is_multicast() {
        "the address is a multicast address, not a host's"
    } else if is_link_local {
        LINK_LOCAL
    } else if is_reserved && address.is_ipv6() {
        "the address is an IPv4 address in the form of an IPv6 address: write the IPv4 address"
    } else if is_reserved {
        "the address is a broadcast or reserved address, not a host's"
    } else {
        return None;
    };
    Some(why)
}
