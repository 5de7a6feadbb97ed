//! The address of a host: fixed, or whatever DNS says at the moment; and the version of IP that the hosts of a cluster speak.

use std::fmt;
use std::net::IpAddr;

use serde::{Serialize, Serializer};

use super::names::HostName;

/// The version of IP that the hosts of a cluster speak to each other: glusterd of a host speaks one of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Family {
    /// IPv4.
    #[default]
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family of an address.
    #[must_use]
    pub fn of(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(_) => Family::V4,
            IpAddr::V6(_) => Family::V6,
        }
    }

    /// The family of which every host has an address, if there is one; IPv4 if there are two.
    #[must_use]
    pub fn common<A: AsRef<[IpAddr]>>(hosts: &[A]) -> Option<Self> {
        let all_have = |family: &Family| {
            let mut hosts = hosts.iter();
            hosts.all(|addresses| addresses.as_ref().iter().any(|address| Family::of(*address) == *family))
        };
        [Family::V4, Family::V6].into_iter().find(all_have)
    }

    /// What Gluster calls the family, as the value of its option `transport.address-family`.
    #[must_use]
    pub fn gluster(self) -> &'static str {
        match self {
            Family::V4 => "inet",
            Family::V6 => "inet6",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Family::V4 => "IPv4",
            Family::V6 => "IPv6",
        })
    }
}

impl HostName {
    /// A name made of an address, for a host of which no name is known.
    #[must_use]
    pub fn of_address(address: IpAddr) -> Option<Self> {
        let words = address.to_string().replace("::", "-").replace(['.', ':'], "-");
        HostName::parse(format!("host-{words}").trim_end_matches('-')).ok()
    }
}

/// Where Gluster and Kubernetes traffic finds a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// At this address, which stays.
    Fixed(IpAddr),
    /// At the address that the host's name resolves to, which may change.
    Dns,
}

impl Address {
    /// The word of the inventory for [`Address::Dns`].
    pub const DNS: &str = "dns";

    /// The address, if it is known and stays.
    #[must_use]
    pub fn ip(self) -> Option<IpAddr> {
        match self {
            Address::Fixed(ip) => Some(ip),
            Address::Dns => None,
        }
    }

    /// Whether a text is this address.
    #[must_use]
    pub fn is(self, text: &str) -> bool {
        self.ip().is_some_and(|ip| text.parse() == Ok(ip))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Fixed(ip) => ip.fmt(f),
            Address::Dns => f.pad(Address::DNS),
        }
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
