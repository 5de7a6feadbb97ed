//! `replace`: puts new, empty bricks in the place of lost ones, and heals them.

use std::sync::Arc;

use super::apply::{converge, saved_plan};
use super::cluster;
use super::{Ending, Usage, agreement, limit};
use crate::cli::{Global, OutputFormat, Replace as Options};
use crate::converge::Terms;
use crate::desired::Desired;
use crate::inventory::{BrickName, DevicePath, HostName, Inventory};
use crate::output;
use crate::plan::{Operation, Replace};

/// Runs `replace`.
///
/// # Errors
/// The command line or the inventory is wrong, or a brick is not replaced and healed: every reason.
pub fn run(global: &Global, options: &Options) -> anyhow::Result<Ending> {
    let mut inventory = cluster::inventory(global)?;
    let (operation, remark) = operation(Arc::make_mut(&mut inventory), options)?;
    let terms = Terms {
        operation,
        consent: agreement::by_yes(global),
        saved: saved_plan(&options.plan)?,
        wait: None,
    };
    let hosts = cluster::hosts(global, &inventory)?;
    cluster::run_gently(&hosts, |stop| converge(global, &hosts, terms, stop))?;
    if let Some(remark) = remark.filter(|_| !global.quiet && global.output == OutputFormat::Table) {
        output::stderr(&format!("{remark}\n"));
    }
    Ok(Ending::Done)
}

/// What the options say, with the inventory that the run is about; and what is left to do in the file.
///
/// # Errors
/// The options contradict each other or the inventory.
pub fn operation(inventory: &mut Inventory, options: &Options) -> Result<(Operation, Option<String>), Usage> {
    let (host, brick) = what(&options.what)?;
    if options.with.is_none() {
        is_known(inventory, &host, brick.as_ref())?;
    }
    let remark = match (&options.with, &options.device, &brick) {
        (Some(_), _, Some(_)) => {
            let why = "error: with --with, a whole host is replaced: name the host without a brick";
            return Err(Usage(why.to_owned()));
        }
        (None, Some(_), None) => {
            let why = "error: --device is about one brick: name the brick, for example kube3:vdb";
            return Err(Usage(why.to_owned()));
        }
        (None, Some(device), Some(brick)) => moved(inventory, &host, brick, device)?,
        (Some(new), ..) => taken_out(inventory, &host, new)?,
        (None, None, _) => None,
    };
    let with = options.with.clone();
    Ok((Operation::Replace(Replace { host, brick, with }), remark))
}

/// The host, and the brick if one is named.
fn what(text: &str) -> Result<(HostName, Option<BrickName>), Usage> {
    let wrong = |part: &str, why: String| Usage(format!("error: {part:?}: {why}"));
    let (host, brick) = text
        .split_once(':')
        .map_or((text, None), |(host, brick)| (host, Some(brick)));
    let brick = brick.map(|brick| BrickName::parse(brick).map_err(|why| wrong(brick, why.to_string())));
    Ok((
        HostName::parse(host).map_err(|why| wrong(host, why.to_string()))?,
        brick.transpose()?,
    ))
}

/// Refuses a host that the inventory does not have, and a brick that the host does not have there.
fn is_known(inventory: &Inventory, name: &HostName, brick: Option<&BrickName>) -> Result<(), Usage> {
    let desired = Desired::of(inventory);
    let Some(host) = desired.host(name) else {
        let unknown = limit::unknown(inventory, name.as_str());
        let advice = "a host that is gone for good is replaced by another one: replace OLD --with NEW";
        return Err(Usage(format!("error: {unknown}\n{advice}")));
    };
    let known: Vec<&str> = host.bricks.iter().map(|brick| brick.device.name.as_str()).collect();
    match brick.filter(|brick| !known.is_empty() && !known.contains(&brick.as_str())) {
        Some(brick) => Err(Usage(format!(
            "error: {name} has no brick {:?} in the inventory; it has {}",
            brick.as_str(),
            known.join(", ")
        ))),
        None => Ok(()),
    }
}

/// Looks for a brick's new disk at this path instead of the path in the inventory.
fn moved(
    inventory: &mut Inventory,
    host: &HostName,
    brick: &BrickName,
    path: &DevicePath,
) -> Result<Option<String>, Usage> {
    let mut hosts = inventory.hosts.iter_mut();
    let devices = hosts.find(|known| known.name == *host).map(|host| &mut host.devices);
    let Some(devices) = devices else { return Ok(None) };
    if devices
        .iter()
        .any(|device| device.path == *path && device.name != *brick)
    {
        let why = format!("error: {path} is the device of another brick of {host} in the inventory");
        return Err(Usage(why));
    }
    let Some(device) = devices.iter_mut().find(|device| device.name == *brick) else {
        return Ok(None);
    };
    if device.is_directory {
        let why = format!(
            "error: --device {path}: somebody else mounts the file system of the brick {brick} at {}, and glusterctl makes none on a \
             device\nhave an empty file system mounted there, and leave out --device",
            device.path
        );
        return Err(Usage(why));
    }
    if device.path == *path {
        return Ok(None);
    }
    device.path = path.clone();
    Ok(Some(format!(
        "{host}: write the new path into the inventory: {{path: {path}, name: {brick}}}"
    )))
}

/// Takes the old host out of what the run is about, in case the inventory still has the old host. A host that leaves lives, and
/// has to learn the new host's name.
fn taken_out(inventory: &mut Inventory, old: &HostName, new: &HostName) -> Result<Option<String>, Usage> {
    if inventory.host(new).is_none() {
        let why =
            format!("error: the inventory has no host {new}\nwrite {new} into the inventory, in the place of {old}");
        return Err(Usage(why));
    }
    if old == new {
        let why =
            format!("error: {new} cannot take its own place; a host that was reinstalled is replaced without --with");
        return Err(Usage(why));
    }
    let before = inventory.hosts.len();
    inventory.hosts.retain(|host| host.name != *old || host.leaving);
    Ok((inventory.hosts.len() < before).then(|| {
        format!("{old}: delete the host from the inventory; on the host itself nothing was changed, and its disks keep their files")
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory;

    #[test]
    fn a_host_or_a_brick_that_the_inventory_does_not_have_is_refused_before_any_host_is_contacted() {
        let text = "cluster: c\nhosts:\n  - {name: kube3, address: 198.51.100.13, devices: [/dev/vdb]}\n  \
                    - {name: kube4, address: 198.51.100.14, devices: [/dev/vdb]}\n";
        let inventory = inventory::read(text, "test").unwrap();
        let refused = |text: &str| {
            let (host, brick) = what(text).unwrap();
            is_known(&inventory, &host, brick.as_ref()).err().map(|usage| usage.0)
        };
        assert_eq!(refused("kube3"), None);
        assert_eq!(refused("kube4:vdb"), None);
        let host = refused("kubd3").unwrap();
        assert!(
            host.starts_with("error: \"kubd3\" is no host of the inventory; did you mean kube3?\n"),
            "{host}"
        );
        let brick = refused("kube3:vdc").unwrap();
        assert_eq!(brick, "error: kube3 has no brick \"vdc\" in the inventory; it has vdb");
    }

    #[test]
    fn an_old_host_is_part_of_the_run_only_if_it_leaves() {
        for (keys, is_part) in [("", false), (", leaving: true", true)] {
            let text = format!(
                "cluster: c\nhosts:\n  - {{name: kube3, address: 198.51.100.13, devices: [/dev/vdb]{keys}}}\n  \
                 - {{name: kube4, address: 198.51.100.14, devices: [/dev/vdb]}}\n"
            );
            let mut inventory = inventory::read(&text, "test").unwrap();
            let [old, new] = ["kube3", "kube4"].map(|name| HostName::parse(name).unwrap());
            let remark = taken_out(&mut inventory, &old, &new).unwrap();
            assert_eq!(inventory.host(&old).is_some(), is_part);
            assert_eq!(remark.is_none(), is_part, "{remark:?}");
        }
    }
}
