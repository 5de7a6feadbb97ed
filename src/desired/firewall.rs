//! The ports that a server's firewall lets the cluster's hosts reach. Pure.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::inventory::{ClusterName, Family, Inventory};
use crate::scripts::{self, lines};

/// glusterd's port, and the ports of bricks: since GlusterFS 10, Gluster chooses any of these for a brick, a new one at each
/// start.
pub const PORTS: [&str; 2] = ["24007", "49152-60999"];

/// The name of the chain of nftables that lets the hosts of a cluster in.
#[must_use]
pub fn chain(cluster: &ClusterName) -> String {
    format!("glusterctl-{cluster}")
}

/// The addresses that a server lets in: those of all hosts, servers and clients.
#[must_use]
pub fn addresses(inventory: &Inventory) -> BTreeSet<IpAddr> {
    inventory.hosts.iter().filter_map(|host| host.address.ip()).collect()
}

/// The files that open the ports of a cluster in nftables whenever nftables.service has loaded its own rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NftablesFiles {
    /// The path of the script.
    pub script_path: String,
    /// The script.
    pub script: String,
    /// The path of the drop-in of nftables.service that runs the script.
    pub drop_in_path: String,
    /// The drop-in.
    pub drop_in: String,
}

impl NftablesFiles {
    /// The files that let these addresses in.
    #[must_use]
    pub fn of(cluster: &ClusterName, family: Family, addresses: &BTreeSet<IpAddr>) -> Self {
        let chain = chain(cluster);
        let script = scripts::NFTABLES_SCRIPT.with(&[
            ("chain", &chain),
            ("addresses", &lines(addresses)),
            ("ports", &lines(PORTS)),
        ]);
        let script = match family {
            Family::V4 => script,
            Family::V6 => scripts::of_ipv6(&script),
        };
        let script_path = format!("/etc/glusterctl/{chain}.sh");
        let runs = format!("-/bin/sh -eu {script_path}\n");
        NftablesFiles {
            script: format!("# Written by glusterctl; the next apply undoes changes to this file.\n{script}\n"),
            drop_in_path: format!("/etc/systemd/system/nftables.service.d/{chain}.conf"),
            drop_in: include_str!("../../templates/nftables-drop-in.conf").to_owned()
                + &format!("ExecStartPost={runs}ExecReload={runs}"),
            script_path,
        }
    }
}
