//! Why bricks on LVM cannot be had in a lab.

use anyhow::{Result, bail};

use crate::inventory::Inventory;

/// Refuses an inventory with bricks on LVM.
///
/// # Errors
/// A device of the inventory has `lvm`: the error names the device and the reason.
pub fn without_lvm(inventory: &Inventory) -> Result<()> {
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
