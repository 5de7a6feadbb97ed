//! Which host of the inventory this machine is. Pure, but for the questions to the kernel.

use crate::inventory::{Host, HostName, Inventory};
use crate::remote::is_this_machine;

/// The host that this machine is: the host that `named` names, else the host with the machine's name, else the host with
/// one of the machine's addresses.
///
/// # Errors
/// No host or several hosts match: what was looked for, and what to do.
pub fn this(inventory: &Inventory, named: Option<&str>) -> Result<HostName, String> {
    let own = rustix::system::uname();
    choose(
        &inventory.hosts,
        named,
        &own.nodename().to_string_lossy(),
        is_this_machine,
    )
}

fn choose(
    hosts: &[Host],
    named: Option<&str>,
    machine: &str,
    has_address: impl Fn(&Host) -> bool,
) -> Result<HostName, String> {
    if let Some(name) = named {
        return one(called(hosts, name)).map_err(|names| {
            format!(
                "{} is called {name:?} (--name, GLUSTERCTL_NODE){}",
                said(&names),
                REMEDY
            )
        });
    }
    let by_name = called(hosts, machine);
    let found = match by_name.is_empty() {
        true => hosts.iter().filter(|host| has_address(host)).collect(),
        false => by_name,
    };
    one(found).map_err(|names| {
        let what = said(&names);
        format!("{what} is called {machine:?} as this machine is, or has an address of this machine{REMEDY}")
    })
}

const REMEDY: &str =
    "\nname the host with --name or the environment variable GLUSTERCTL_NODE, as the inventory names it";

/// The hosts of that name; if there are none, the hosts with the same first label.
fn called<'h>(hosts: &'h [Host], name: &str) -> Vec<&'h Host> {
    let label = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let exact: Vec<&Host> = hosts.iter().filter(|host| host.name.as_str() == name).collect();
    match exact.is_empty() {
        true => hosts
            .iter()
            .filter(|host| label(host.name.as_str()) == label(name))
            .collect(),
        false => exact,
    }
}

fn one(found: Vec<&Host>) -> Result<HostName, Vec<String>> {
    match found.as_slice() {
        [host] => Ok(host.name.clone()),
        several => Err(several.iter().map(|host| host.name.to_string()).collect()),
    }
}

fn said(names: &[String]) -> String {
    match names.is_empty() {
        true => "no host of the inventory".to_owned(),
        false => format!("more than one host of the inventory ({})", names.join(" and ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(named: Option<&str>, machine: &str, address: &str) -> Result<String, String> {
        let text = "cluster: a\nhosts:\n\
                    - {name: gl-0.gl.ns, address: 198.51.100.10, devices: [/dev/b]}\n\
                    - {name: gl-1.gl.ns, address: 198.51.100.11, devices: [/dev/b]}\n\
                    - {name: kube1, address: 198.51.100.12, devices: [/dev/b]}\n\
                    - {name: kube1.rack, address: 198.51.100.13, devices: [/dev/b]}\n";
        let inventory = crate::inventory::read(text, "test").unwrap();
        let has = |host: &Host| host.address.to_string() == address;
        choose(&inventory.hosts, named, machine, has).map(|name| name.to_string())
    }

    #[test]
    fn the_name_given_precedes_the_machines_name_and_that_precedes_its_address() {
        assert_eq!(chosen(Some("gl-1"), "gl-0", "198.51.100.12").unwrap(), "gl-1.gl.ns");
        assert_eq!(chosen(None, "gl-0", "198.51.100.12").unwrap(), "gl-0.gl.ns");
        assert_eq!(chosen(None, "gl-0.other.domain", "").unwrap(), "gl-0.gl.ns");
        assert_eq!(chosen(None, "kube1", "").unwrap(), "kube1");
        assert_eq!(chosen(None, "other", "198.51.100.11").unwrap(), "gl-1.gl.ns");
    }

    #[test]
    fn no_match_and_two_matches_say_what_was_looked_for() {
        let none = chosen(Some("gl-7"), "gl-0", "198.51.100.10").unwrap_err();
        assert!(
            none.starts_with("no host of the inventory is called \"gl-7\" (--name"),
            "{none}"
        );
        let none = chosen(None, "other", "").unwrap_err();
        assert!(
            none.starts_with("no host of the inventory is called \"other\" as this machine"),
            "{none}"
        );
        let two = chosen(None, "kube1.elsewhere", "").unwrap_err();
        assert!(
            two.starts_with("more than one host of the inventory (kube1 and kube1.rack) is"),
            "{two}"
        );
        assert!(two.contains("GLUSTERCTL_NODE"), "{two}");
    }
}
