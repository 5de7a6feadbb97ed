//! How Heketi logs in on a server: with a key that runs one script, which refuses what Heketi does not send. Pure.

use crate::inventory::{ClusterName, Host, Inventory, Role};
use crate::scripts::{self, lines};

/// The script that runs for every login with Heketi's key.
pub const SCRIPT: &str = "/etc/glusterctl/heketi-login.sh";

/// The login of Heketi on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeketiLogin {
    /// The name of the login.
    pub user: String,
    /// The text in base64 of Heketi's public key.
    pub key: String,
    /// The line of the login's `authorized_keys`.
    pub line: String,
    /// The text of the script.
    pub script: String,
}

/// The last word of the line that is glusterctl's: a cluster's name has no character that a line or a shell treats specially.
#[must_use]
pub fn mark(cluster: &ClusterName) -> String {
    format!("glusterctl-heketi:{cluster}")
}

impl HeketiLogin {
    /// How Heketi logs in on the host, if the inventory has Heketi's key, and the host a device of Heketi's.
    pub(super) fn of(inventory: &Inventory, host: &Host) -> Option<Self> {
        let heketi = inventory.kubernetes.heketi.as_ref()?;
        let key = heketi.public_key.as_ref()?;
        if host.role != Role::Server || host.heketi.is_empty() {
            return None;
        }
        // SSH goes to the names of the servers, and bricks are at their addresses.
        let servers = inventory.hosts.iter().filter(|host| host.role == Role::Server);
        let servers = servers.flat_map(|host| [host.name.to_string(), host.found_at().to_string()]);
        let script = scripts::HEKETI_LOGIN.with(&[
            ("devices", &lines(&host.heketi)),
            ("servers", &lines(servers)),
            ("kept", &lines(inventory.volumes.iter().map(|volume| &volume.name))),
        ]);
        let says = "# Written by glusterctl; the next apply undoes changes to this file.";
        Some(HeketiLogin {
            user: heketi.user.clone(),
            key: key.base64().to_owned(),
            line: format!(
                "restrict,command=\"{SCRIPT}\" {} {}",
                key.without_comment(),
                mark(&inventory.cluster)
            ),
            script: format!("#!/bin/sh\n{says}\n{script}\n"),
        })
    }
}
