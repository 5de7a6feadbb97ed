//! The block of names in /etc/hosts: every node resolves the name of every other node to the same address, after
//! reboots too. Pure.

use crate::inventory::{Family, Inventory};

/// The managed block of /etc/hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostsBlock {
    /// The first line of the block, without the newline.
    pub begin: String,
    /// The last line of the block, without the newline.
    pub end: String,
    /// The whole block, with its first and last line.
    pub text: String,
}

impl HostsBlock {
    /// What the first line of any cluster's block begins with; the cluster's name follows.
    pub const BEGIN: &str = "# BEGIN glusterctl ";

    /// Adds a line to the block.
    pub(super) fn keep(&mut self, line: &str) {
        let end = format!("{}\n", self.end);
        let text = self.text.strip_suffix(&end).unwrap_or(&self.text);
        self.text = format!("{text}{}\n{end}", line.trim_end());
    }

    pub(super) fn of(inventory: &Inventory) -> Self {
        let begin = format!("{}{}", Self::BEGIN, inventory.cluster);
        let end = format!("# END glusterctl {}", inventory.cluster);
        let names = inventory
            .hosts
            .iter()
            .filter_map(|host| Some(format!("{} {}\n", host.address.ip()?, host.name)));
        // mount.glusterfs asks `localhost` for an address of the cluster's family, and some distributions have none for it.
        let own = match inventory.family() {
            Family::V4 => "",
            Family::V6 => "::1 localhost\n",
        };
        let text = format!("{begin}\n{own}{}{end}\n", names.collect::<String>());
        HostsBlock { begin, end, text }
    }
}
