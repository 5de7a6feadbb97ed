//! The block of names in /etc/hosts: every node resolves every other's name, the same everywhere, after reboots too.
//! Pure.

use crate::inventory::Inventory;

/// The managed block of /etc/hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostsBlock {
    /// Its first line, without the newline.
    pub begin: String,
    /// Its last line, without the newline.
    pub end: String,
    /// All of the block, with its first and last line.
    pub text: String,
}

impl HostsBlock {
    pub(super) fn of(inventory: &Inventory) -> Self {
        let begin = format!("# BEGIN glusterctl {}", inventory.cluster);
        let end = format!("# END glusterctl {}", inventory.cluster);
        let names = inventory
            .hosts
            .iter()
            .map(|host| format!("{} {}\n", host.address, host.name));
        let text = format!("{begin}\n{}{end}\n", names.collect::<String>());
        HostsBlock { begin, end, text }
    }
}
