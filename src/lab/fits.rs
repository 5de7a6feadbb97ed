//! What a lab cannot stand in for: bricks on LVM or on file systems that somebody else mounts, and hosts without an address.

use anyhow::{Result, bail};

use crate::inventory::Inventory;

/// Refuses an inventory with bricks on LVM or on file systems that somebody else mounts, or with hosts without an address.
///
/// # Errors
/// A device of the inventory has `lvm` or `directory`, or a host `address: dns`: the error names it, and the reason.
pub fn fits(inventory: &Inventory) -> Result<()> {
    if let Some(host) = inventory.hosts.iter().find(|host| host.address.ip().is_none()) {
        bail!(
            "{}: `address: dns`: a stand-in needs an address, and a lab has no DNS\n\
             write an address for each host into the inventory of the lab",
            host.name
        );
    }
    let mut devices = inventory.hosts.iter().flat_map(|host| &host.devices);
    if let Some(device) = devices.find(|device| device.is_directory) {
        bail!(
            "`directory: {}`: a kubelet mounts such a file system, and no stand-in has one\n\
             write `devices: [/dev/vdb]` into the inventory of the lab",
            device.path
        );
    }
    without_lvm(inventory)
}

fn without_lvm(inventory: &Inventory) -> Result<()> {
    let mut hosts = inventory.hosts.iter();
    let found = hosts.find_map(|host| {
        let device = host.devices.iter().find(|device| device.lvm.is_some())?;
        Some((&host.name, &device.path))
    });
    let Some((host, device)) = found else {
        return Ok(());
    };
    let has_mapper = std::fs::read_to_string("/proc/misc").is_ok_and(|misc| misc.contains("device-mapper"));
    let kernel = match has_mapper {
        true => "and all of them would share the names and numbers of its device-mapper",
        false => "and this kernel has no device-mapper",
    };
    bail!(
        "{host}:{device} has `lvm: thin`: stand-ins are containers that share this machine's kernel, {kernel}\n\
         use virtual machines for bricks on LVM, or remove `lvm` from the inventory of the lab"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_that_nobody_mounts_is_not_made_up() {
        let text = |device: &str| {
            format!("cluster: a\nconnection: local\nhosts: [{{name: b, address: 198.51.100.1, devices: [{device}]}}]\n")
        };
        let fits = |device: &str| fits(&crate::inventory::read(&text(device), "test").unwrap());
        assert!(fits("/dev/vdb").is_ok());
        let why = fits("{directory: /bricks/b}").unwrap_err().to_string();
        assert!(
            why.contains("`directory: /bricks/b`") && why.contains("devices: [/dev/vdb]"),
            "{why}"
        );
    }
}
