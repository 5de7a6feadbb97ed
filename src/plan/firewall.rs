//! Firewalls: a server lets the hosts of the cluster, and nobody else, reach the ports of GlusterFS, if the inventory wants that.
//! What glusterctl opened is noted on the host. Pure.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::steps::{Draft, Planner};
use crate::desired::DesiredHost;
use crate::desired::firewall::{self, NftablesFiles, PORTS};
use crate::facts::{Firewall, HostFacts};
use crate::scripts::{self, lines};
use crate::text::counted;

/// Opens the ports on a server, in the firewall that the host has.
pub fn plan(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts) {
    if !host.opens_firewall {
        return;
    }
    let wanted = firewall::addresses(planner.desired.inventory);
    match &observed.firewall {
        None | Some(Firewall::Nothing) => {}
        Some(Firewall::Firewalld { zone, now, kept }) => firewalld(planner, host, observed, &wanted, (zone, now, kept)),
        Some(Firewall::Ufw { rules }) => ufw(planner, host, observed, &wanted, rules),
        Some(Firewall::Nftables { .. }) => nftables(planner, host, observed, &wanted),
        Some(Firewall::Iptables) => {
            let what =
                "has rules of iptables that keep the cluster's hosts out, and neither firewalld, ufw nor nftables";
            let remedy = format!(
                "open TCP {} to the cluster's hosts by hand (docs/ports.md), and write `firewall: unmanaged`",
                PORTS.join(" and ")
            );
            planner.problem(host.host, what, remedy);
        }
    }
}

/// The words that glusterctl noted of a kind of firewall: of what it opened for this cluster.
fn noted<'f>(host: &DesiredHost, observed: &'f HostFacts, kind: &str) -> Vec<&'f str> {
    let begin = format!("firewall {} {kind} ", host.cluster);
    let made = observed.made.iter();
    made.filter_map(|line| line.strip_prefix(begin.as_str())).collect()
}

/// Whether an address that was noted is none of the wanted ones any more.
fn is_former(address: &str, wanted: &BTreeSet<IpAddr>) -> bool {
    address.parse().is_ok_and(|address| !wanted.contains(&address))
}

fn firewalld(
    planner: &mut Planner,
    host: &DesiredHost,
    observed: &HostFacts,
    wanted: &BTreeSet<IpAddr>,
    (zone, now, kept): (&str, &BTreeSet<String>, &BTreeSet<String>),
) {
    let is_missing = |address: &&IpAddr| {
        let rules = PORTS.map(|port| {
            let family = if address.is_ipv4() { "ipv4" } else { "ipv6" };
            format!(r#"rule family="{family}" source address="{address}" port port="{port}" protocol="tcp" accept"#)
        });
        !rules.iter().all(|rule| now.contains(rule) && kept.contains(rule))
    };
    let missing: Vec<&IpAddr> = wanted.iter().filter(is_missing).collect();
    let former = noted(host, observed, "firewalld").into_iter().filter(|words| {
        let address = words.split(' ').nth(1);
        address.is_some_and(|address| is_former(address, wanted))
    });
    let former: Vec<&str> = former.collect();
    if missing.is_empty() && former.is_empty() {
        return;
    }
    let command = scripts::FIREWALLD_OPEN.with(&[
        ("cluster", host.cluster.as_str()),
        ("zone_of_host", zone),
        ("addresses", &lines(&missing)),
        ("former", &lines(&former)),
        ("ports", &lines(PORTS)),
    ]);
    let place = format!("zone {zone} of firewalld");
    open(planner, host, &place, (missing.len(), former.len()), command);
}

fn ufw(
    planner: &mut Planner,
    host: &DesiredHost,
    observed: &HostFacts,
    wanted: &BTreeSet<IpAddr>,
    rules: &BTreeSet<String>,
) {
    let is_missing = |address: &&IpAddr| {
        let rule = format!("allow from {address} to any port {} proto tcp", ufw_ports());
        let is_it = |found: &String| {
            found
                .strip_prefix(&rule)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        !rules.iter().any(is_it)
    };
    let missing: Vec<&IpAddr> = wanted.iter().filter(is_missing).collect();
    let former = noted(host, observed, "ufw").into_iter();
    let former: Vec<&str> = former.filter(|address| is_former(address, wanted)).collect();
    if missing.is_empty() && former.is_empty() {
        return;
    }
    let command = scripts::UFW_OPEN.with(&[
        ("cluster", host.cluster.as_str()),
        ("addresses", &lines(&missing)),
        ("former", &lines(&former)),
        ("ports", &ufw_ports()),
    ]);
    open(planner, host, "ufw", (missing.len(), former.len()), command);
}

/// The ports as ufw writes them.
fn ufw_ports() -> String {
    PORTS.join(",").replace('-', ":")
}

fn nftables(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, wanted: &BTreeSet<IpAddr>) {
    let Some(Firewall::Nftables {
        open: chains,
        script,
        drop_in,
    }) = &observed.firewall
    else {
        return;
    };
    let files = NftablesFiles::of(host.cluster, host.family, wanted);
    let is_open = chains.values().all(|addresses| addresses == wanted);
    if is_open && *script == files.script && *drop_in == files.drop_in {
        return;
    }
    let command = scripts::NFTABLES_OPEN.with(&[
        ("cluster", host.cluster.as_str()),
        ("script", files.script.trim_end()),
        ("script_path", &files.script_path),
        ("drop_in", files.drop_in.trim_end()),
        ("drop_in_path", &files.drop_in_path),
    ]);
    open(planner, host, "nftables", (wanted.len(), 0), command);
}

/// The step that opens the ports to that many addresses, and closes them to that many former ones.
fn open(planner: &mut Planner, host: &DesiredHost, place: &str, (opened, closed): (usize, usize), command: String) {
    let ports = PORTS.join(" and ");
    let title = match (opened, closed) {
        (0, closed) => format!("close TCP {ports} in {place} to {}", counted(closed, "former host")),
        (opened, 0) => format!("open TCP {ports} in {place} to {}", counted(opened, "host")),
        (opened, closed) => format!(
            "open TCP {ports} in {place} to {}, and close them to {}",
            counted(opened, "host"),
            counted(closed, "former host")
        ),
    };
    let reason = match (opened, closed) {
        (0, _) => "no host of the cluster has the address any more",
        _ => "the firewall keeps hosts of the cluster out",
    };
    let place = planner.prepare(host.host, Draft::new(title, reason, command));
    if opened > 0 {
        planner.lets_in.push(place);
    }
}

/// Closes what glusterctl opened on a host for the cluster.
pub fn drop(planner: &mut Planner, host: &DesiredHost, observed: &HostFacts, needs: Vec<usize>) {
    let begin = format!("firewall {} ", host.cluster);
    if !observed.made.iter().any(|line| line.starts_with(&begin)) {
        return;
    }
    let files = NftablesFiles::of(host.cluster, host.family, &BTreeSet::new());
    let command = scripts::FIREWALL_DROP.with(&[
        ("cluster", host.cluster.as_str()),
        ("chain", &firewall::chain(host.cluster)),
        ("script_path", &files.script_path),
        ("drop_in_path", &files.drop_in_path),
        ("ports", &lines(PORTS)),
        ("ufw_ports", &ufw_ports()),
    ]);
    let draft = Draft::new(
        "close the ports of GlusterFS that glusterctl opened in the firewall",
        "the host is in no cluster that needs them",
        command,
    );
    planner.push(host.host, draft, needs);
}
