//! The address of a host: fixed, or whatever DNS says at the moment.

use std::fmt;
use std::net::Ipv4Addr;

use serde::{Serialize, Serializer};

/// Where Gluster and Kubernetes traffic finds a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// At this address, which stays.
    Fixed(Ipv4Addr),
    /// At the address that the host's name resolves to, which may change.
    Dns,
}

impl Address {
    /// The word of the inventory for [`Address::Dns`].
    pub const DNS: &str = "dns";

    /// The address, if it is known and stays.
    #[must_use]
    pub fn ip(self) -> Option<Ipv4Addr> {
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
