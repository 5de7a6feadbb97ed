//! A lab's network: one namespace for the bridge, one for each host, joined by veth pairs. The machine's own namespace
//! gets no link and no address, and no route leads out of the lab.

use std::fs;
use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::tools::{feed, run, tool};
use super::{Spec, paths};

const DIRECTORY: &str = "/run/netns"; // ip-netns(8)
/// The longest prefixes that a lab's network gets.
const LONGEST_V4: u8 = 24;
const LONGEST_V6: u8 = 64;

/// The path of a network namespace.
pub fn path(namespace: &str) -> PathBuf {
    Path::new(DIRECTORY).join(namespace)
}

/// Makes the lab's network.
pub fn make(spec: &Spec) -> Result<()> {
    let bridge = paths::bridge_namespace(&spec.name);
    let addresses: Vec<IpAddr> = spec.hosts.iter().map(|host| host.address).collect();
    let (prefix, operator) = subnet(&addresses)?;
    run(tool("ip").args(["netns", "add", &bridge]))?;
    let mut commands = format!(
        "link set dev lo up\n\
         link add name br0 type bridge mcast_snooping 0\n\
         link set dev br0 addrgenmode none\n\
         link set dev br0 up\n\
         address add {operator}/{prefix}{} dev br0\n",
        added(operator)
    );
    for (index, host) in spec.hosts.iter().enumerate() {
        let namespace = paths::host_namespace(&spec.name, &host.name);
        run(tool("ip").args(["netns", "add", &namespace]))?;
        // Both ends of the veth pair are made in their namespaces, so that the machine's own namespace never sees an
        // end.
        commands += &format!(
            "link add name p{index} type veth peer name eth0 netns {namespace}\n\
             link set dev p{index} addrgenmode none\n\
             link set dev p{index} master br0\n\
             link set dev p{index} up\n"
        );
    }
    batch(&bridge, &commands)?;
    for host in &spec.hosts {
        let commands = format!(
            "link set dev lo up\n\
             link set dev eth0 addrgenmode none\n\
             link set dev eth0 up\n\
             address add {}/{prefix}{} dev eth0\n",
            host.address,
            match host.address.is_ipv4() {
                true => " broadcast +",
                false => added(host.address),
            }
        );
        batch(&paths::host_namespace(&spec.name, &host.name), &commands)?;
    }
    Ok(())
}

/// Removes namespaces, and with them the links in them.
pub fn remove(namespaces: &[String]) -> Result<()> {
    for namespace in namespaces.iter().filter(|namespace| path(namespace).exists()) {
        run(tool("ip").args(["netns", "delete", namespace]))?;
    }
    Ok(())
}

/// Takes the link of the `index`th host down or up, on the bridge's side: down, no packet passes in either direction.
pub fn set_link(spec: &Spec, index: usize, up: bool) -> Result<()> {
    batch(
        &paths::bridge_namespace(&spec.name),
        &format!("link set dev p{index} {}\n", if up { "up" } else { "down" }),
    )
}

/// Cuts the network in two: the hosts at these places on one side, all others and the operator on the other.
pub fn split(spec: &Spec, away: &[usize]) -> Result<()> {
    let mut commands = "link add name br1 type bridge mcast_snooping 0\n\
         link set dev br1 addrgenmode none\n\
         link set dev br1 up\n"
        .to_owned();
    for index in away {
        commands += &format!("link set dev p{index} master br1\n");
    }
    batch(&paths::bridge_namespace(&spec.name), &commands)
}

/// Makes the network whole again that [`split`] cut in two.
pub fn join(spec: &Spec, away: &[usize]) -> Result<()> {
    let mut commands = String::new();
    for index in away {
        commands += &format!("link set dev p{index} master br0\n");
    }
    commands += "link delete dev br1\n";
    batch(&paths::bridge_namespace(&spec.name), &commands)
}

fn batch(namespace: &str, commands: &str) -> Result<()> {
    feed(tool("ip").args(["-n", namespace, "-batch", "-"]), commands).map(drop)
}

/// Runs `work` on a thread of its own inside a network namespace.
pub fn within<T: Send>(namespace: &str, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let file = File::open(path(namespace)).with_context(|| format!("network namespace {namespace}"))?;
    let inside = || {
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))
            .with_context(|| format!("entering network namespace {namespace}"))?;
        work()
    };
    thread::scope(|scope| {
        scope
            .spawn(inside)
            .join()
            .unwrap_or_else(|_| Err(anyhow!("a worker panicked")))
    })
}

/// The paths of the lab's network namespaces that exist already.
pub fn existing(spec: &Spec) -> Vec<PathBuf> {
    let hosts = spec
        .hosts
        .iter()
        .map(|host| paths::host_namespace(&spec.name, &host.name));
    let all = hosts
        .chain([paths::bridge_namespace(&spec.name)])
        .map(|namespace| path(&namespace));
    all.filter(|path| fs::symlink_metadata(path).is_ok()).collect()
}

/// What `ip address add` has behind an address. The kernel would look for a second host with an IPv6 address before it uses the
/// address: the lab gives each address once.
fn added(address: IpAddr) -> &'static str {
    match address.is_ipv6() {
        true => " nodad",
        false => "",
    }
}

/// The prefix length of a subnet that holds all the hosts' addresses, and a free address of the subnet for the
/// operator.
fn subnet(hosts: &[IpAddr]) -> Result<(u8, IpAddr)> {
    let is_v6 = hosts.first().is_some_and(IpAddr::is_ipv6);
    if hosts.iter().any(|host| host.is_ipv6() != is_v6) {
        bail!("the hosts have IPv4 and IPv6 addresses");
    }
    let bits = |address: &IpAddr| match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    };
    let (width, longest): (u8, u8) = if is_v6 { (128, LONGEST_V6) } else { (32, LONGEST_V4) };
    let hosts: Vec<u128> = hosts.iter().map(bits).collect();
    for prefix in (0..=longest).rev() {
        let rest = u128::MAX.checked_shr(128 - u32::from(width - prefix)).unwrap_or(0);
        let Some(network) = hosts.first().map(|host| host & !rest) else {
            break;
        };
        let usable = |host: &u128| host & !rest == network && *host != network && *host != network | rest;
        if hosts.iter().all(usable) {
            let free = (network + 1..network | rest).rev().find(|one| !hosts.contains(one));
            if let Some(operator) = free {
                let v4 = || u32::try_from(operator).map(Ipv4Addr::from_bits);
                let operator = match is_v6 {
                    true => Ipv6Addr::from_bits(operator).into(),
                    false => v4()?.into(),
                };
                return Ok((prefix, operator));
            }
        }
    }
    bail!("no subnet holds all the addresses of the hosts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subnet_holds_every_host_and_an_address_for_the_operator() {
        let of = |hosts: &[[u8; 4]]| match subnet(&hosts.iter().map(|&host| host.into()).collect::<Vec<_>>()).unwrap() {
            (prefix, IpAddr::V4(operator)) => (prefix, operator),
            (_, operator) => panic!("{operator}"),
        };
        assert_eq!(
            of(&[[198, 51, 100, 11], [198, 51, 100, 12]]),
            (24, [198, 51, 100, 254].into())
        );
        assert_eq!(of(&[[198, 51, 100, 254]]), (24, [198, 51, 100, 253].into()));
        assert_eq!(of(&[[198, 51, 100, 255]]), (23, [198, 51, 101, 254].into()));
        assert_eq!(of(&[[10, 0, 0, 1], [192, 168, 0, 1]]), (0, [255, 255, 255, 254].into()));
        let of = |hosts: &[&str]| subnet(&hosts.iter().map(|host| host.parse().unwrap()).collect::<Vec<_>>());
        let named = |prefix: u8, operator: &str| (prefix, operator.parse::<IpAddr>().unwrap());
        assert_eq!(
            of(&["2001:db8::11", "2001:db8::12"]).unwrap(),
            named(64, "2001:db8::ffff:ffff:ffff:fffe")
        );
        assert_eq!(
            of(&["2001:db8:1::11", "2001:db8::12"]).unwrap(),
            named(47, "2001:db8:1:ffff:ffff:ffff:ffff:fffe")
        );
        assert!(of(&["2001:db8::11", "198.51.100.12"]).is_err());
    }
}
