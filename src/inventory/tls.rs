//! Encryption: which connections of the cluster are encrypted with TLS, and where the certificates come from. Pure.

use std::collections::BTreeMap;

use super::names::HostName;

/// The encryption of a cluster's connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tls {
    /// Whether the connections between clients and bricks are encrypted, of every volume.
    pub io: bool,
    /// Whether the connections between glusterds, and of clients to glusterd, are encrypted.
    pub management: bool,
    /// Where keys and certificates come from.
    pub certificates: Certificates,
}

/// Where keys and certificates come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificates {
    /// Each host makes a key, which never leaves the host, and a certificate for its name; every host trusts exactly the
    /// certificates of all hosts.
    Made,
    /// Somebody puts keys and certificates on the hosts; glusterctl only looks whether they fit.
    Given,
}

/// The volume options that encrypt: clients and bricks that differ in them do not understand each other.
pub const SSL: [&str; 2] = ["client.ssl", "server.ssl"];

/// The volume option that says which certificates a client may have: names of hosts.
pub const SSL_ALLOW: &str = "auth.ssl-allow";

impl Tls {
    /// The options of every volume: encrypted, for the certificates of these hosts.
    #[must_use]
    pub fn options(&self, hosts: &[HostName]) -> BTreeMap<String, String> {
        if !self.io {
            return BTreeMap::new();
        }
        let names: Vec<&str> = hosts.iter().map(HostName::as_str).collect();
        let on = SSL.map(|key| (key.to_owned(), "on".to_owned()));
        on.into_iter()
            .chain([(SSL_ALLOW.to_owned(), names.join(","))])
            .collect()
    }
}
