//! Why a connection between two hosts does not come about: a wrong name, a closed port, or a firewall. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::steps::Problem;
use crate::facts::{Answer, Contact, Listener, Tried};
use crate::inventory::{Address, Family, HostName, Inventory};

/// Why a connection to a port does not come about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    /// The port refuses the connection.
    Refused {
        /// Whether a program listens on the port.
        listens: Option<bool>,
    },
    /// Nothing answers.
    Silence {
        /// Whether a program listens on the port.
        listens: Option<bool>,
    },
    /// The connection fails; in the system's words.
    Failed(String),
}

/// Why these connections do not come about. Hosts that fail to connect for the same reason share a problem; of
/// connections that come about nothing is said.
#[must_use]
pub fn problems(inventory: &Inventory, tried: &[Tried]) -> Vec<Problem> {
    let mut names: BTreeMap<(&HostName, &BTreeSet<IpAddr>), BTreeSet<&str>> = BTreeMap::new();
    let mut ports: BTreeMap<(&HostName, &Listener, Cause), BTreeSet<&str>> = BTreeMap::new();
    for tried in tried {
        let Contact { from, to, listener } = &tried.contact;
        if let Some(addresses) = wrong_addresses(inventory, tried) {
            names.entry((to, addresses)).or_default().insert(from.as_str());
        }
        if let Some(cause) = cause(tried) {
            ports.entry((to, listener, cause)).or_default().insert(from.as_str());
        }
    }
    let address = |host: &HostName| Some(inventory.host(host)?.address);
    let names = names.into_iter().filter_map(|((to, found), from)| {
        let from: Vec<&str> = from.into_iter().collect();
        Some(wrong_name(&and(&from), to, address(to)?, found))
    });
    let ports = ports.into_iter().filter_map(|((to, listener, cause), from)| {
        let from: Vec<&str> = from.into_iter().collect();
        Some(closed_port(&from, to, address(to)?, listener, &cause))
    });
    let problem = |(what, remedy)| Problem {
        host: None,
        what,
        remedy,
    };
    names.chain(ports).map(problem).collect()
}

/// Whether the name is right and the port accepts connections.
#[must_use]
pub fn comes_about(inventory: &Inventory, tried: &Tried) -> bool {
    tried.addresses.is_some() && tried.answer == Some(Answer::Open) && wrong_addresses(inventory, tried).is_none()
}

/// The addresses that a name resolves to, if they are not the inventory's, or none although DNS knows the address. A name that resolves to several addresses may
/// lead elsewhere, whichever address comes first.
fn wrong_addresses<'t>(inventory: &Inventory, tried: &'t Tried) -> Option<&'t BTreeSet<IpAddr>> {
    let right = inventory.host(&tried.contact.to)?.address;
    let addresses = tried.addresses.as_ref()?;
    let is_right = match right {
        Address::Fixed(ip) => *addresses == BTreeSet::from([ip]),
        Address::Dns => !addresses.is_empty(),
    };
    (!is_right).then_some(addresses)
}

fn cause(tried: &Tried) -> Option<Cause> {
    let listens = tried.listens;
    match tried.answer.as_ref()? {
        Answer::Open => None,
        Answer::Refused => Some(Cause::Refused { listens }),
        Answer::Silence => Some(Cause::Silence { listens }),
        Answer::Failed(words) => Some(Cause::Failed(words.clone())),
    }
}

fn wrong_name(from: &str, to: &HostName, address: Address, found: &BTreeSet<IpAddr>) -> (String, String) {
    let asks = match address.ip().map(Family::of) {
        Some(Family::V6) => "getent ahostsv6",
        Some(Family::V4) | None => "getent ahostsv4",
    };
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    match found[..] {
        [] if address == Address::Dns => (
            format!("on {from} the name {to} does not resolve, and only DNS knows the host's address"),
            format!("look at /etc/resolv.conf on {from}, and whether DNS has the name; {asks} {to} asks for it"),
        ),
        [] => (
            format!("on {from} the name {to} does not resolve, and the inventory says {address}"),
            format!("look at /etc/hosts and /etc/nsswitch.conf on {from}: apply writes the names to /etc/hosts"),
        ),
        _ => (
            format!(
                "on {from} the name {to} resolves to {}, and the inventory says {address}",
                and(&found)
            ),
            format!("correct the name on {from}, in /etc/hosts or in DNS; {asks} {to} shows what the name resolves to"),
        ),
    }
}

fn closed_port(from: &[&str], to: &HostName, address: Address, listener: &Listener, cause: &Cause) -> (String, String) {
    let (all, get) = (and(from), if from.len() > 1 { "get" } else { "gets" });
    let (who, logs, open) = match listener {
        Listener::Glusterd => (
            "glusterd".to_owned(),
            "glusterd.log",
            format!("open 24007/tcp, and for bricks 49152-60999/tcp, on {to} for all hosts of the cluster"),
        ),
        Listener::Brick { dir, .. } => (
            format!("brick {to}:{dir}"),
            "bricks",
            format!(
                "open 49152-60999/tcp on {to} for all hosts of the cluster: Gluster chooses one of these ports for each brick"
            ),
        ),
    };
    let place = format!("port {} of {to} ({address})", listener.port());
    let though = format!(", though {who} listens there");
    match cause {
        Cause::Refused { listens: Some(false) } => (
            format!("{place} refuses {all}: {who} does not listen there"),
            format!("look at /var/log/glusterfs/{logs} on {to}"),
        ),
        Cause::Refused { listens: Some(true) } => (
            format!("{place} refuses {all}{though}"),
            format!("a firewall rejects the connection, or {who} listens on another address only: {open}"),
        ),
        Cause::Refused { listens: None } => (
            format!("{place} refuses {all}: {who} does not listen there, or a firewall rejects the connection"),
            format!("look whether {who} runs on {to}; if so, {open}"),
        ),
        Cause::Silence { listens } => {
            let though = if *listens == Some(true) { &*though } else { "" };
            (
                format!("{all} {get} no answer from {place}{though}"),
                format!("a firewall drops the packets, or the network between the hosts is broken: {open}"),
            )
        }
        Cause::Failed(words) => (
            format!("{all} cannot connect to {place}: {words}"),
            format!("a firewall rejects the packets, or a route is missing: {open}"),
        ),
    }
}

/// `a, b and c`.
fn and(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory;

    fn inventory() -> Inventory {
        let host = |number| format!("  - {{name: kube{number}, address: 198.51.100.{number}, devices: [/dev/vdb]}}\n");
        let hosts: String = (1..=3).map(host).collect();
        inventory::read(&format!("cluster: kube\nhosts:\n{hosts}"), "test").unwrap()
    }

    /// A connection to kube2, at the address that the inventory says.
    fn tried(from: &str, listener: Listener, answer: Option<Answer>, listens: Option<bool>) -> Tried {
        Tried {
            contact: Contact {
                from: HostName::parse(from).unwrap(),
                to: HostName::parse("kube2").unwrap(),
                listener,
            },
            addresses: Some([IpAddr::from([198, 51, 100, 2])].into()),
            answer,
            listens,
        }
    }

    fn said(tried: &[Tried]) -> Vec<String> {
        let problems = problems(&inventory(), tried).into_iter();
        problems
            .map(|problem| format!("{}; {}", problem.what, problem.remedy))
            .collect()
    }

    #[test]
    fn nothing_is_said_of_what_works_and_of_what_is_not_known() {
        let open = tried("kube1", Listener::Glusterd, Some(Answer::Open), Some(true));
        let mut unknown = tried("kube1", Listener::Glusterd, None, None);
        unknown.addresses = None;
        assert_eq!(said(&[open.clone(), unknown.clone()]), Vec::<String>::new());
        assert!(comes_about(&inventory(), &open) && !comes_about(&inventory(), &unknown));
    }

    #[test]
    fn a_wrong_name_is_told_with_both_addresses_and_once_for_all_ports() {
        let brick = Listener::Brick {
            dir: "/b".into(),
            port: 49200,
        };
        let mut wrong = [Listener::Glusterd, brick].map(|listener| tried("kube1", listener, Some(Answer::Open), None));
        for tried in &mut wrong {
            tried.addresses = Some([IpAddr::from([198, 51, 100, 99])].into());
        }
        assert_eq!(
            said(&wrong),
            [
                "on kube1 the name kube2 resolves to 198.51.100.99, and the inventory says 198.51.100.2; correct the name on \
              kube1, in /etc/hosts or in DNS; getent ahostsv4 kube2 shows what the name resolves to"
            ]
        );
        wrong[0].addresses = Some(BTreeSet::new());
        let said = said(&wrong[..1]);
        assert!(said[0].starts_with("on kube1 the name kube2 does not resolve, and the inventory says 198.51.100.2; "));
    }

    #[test]
    fn a_port_where_nobody_listens_is_told_apart_from_a_firewall() {
        for (answer, listens, words) in [
            (
                Answer::Refused,
                Some(false),
                "port 24007 of kube2 (198.51.100.2) refuses kube1: glusterd does not listen there; look at ",
            ),
            (
                Answer::Refused,
                Some(true),
                "port 24007 of kube2 (198.51.100.2) refuses kube1, though glusterd listens there; a firewall rejects",
            ),
            (
                Answer::Refused,
                None,
                "port 24007 of kube2 (198.51.100.2) refuses kube1: glusterd does not listen there, or a firewall ",
            ),
            (
                Answer::Silence,
                Some(true),
                "kube1 gets no answer from port 24007 of kube2 (198.51.100.2), though glusterd listens there; a firewall \
                 drops the packets, or the network between the hosts is broken: open 24007/tcp, and for bricks \
                 49152-60999/tcp, on kube2 for all hosts of the cluster",
            ),
            (
                Answer::Failed("No route to host".into()),
                Some(true),
                "kube1 cannot connect to port 24007 of kube2 (198.51.100.2): No route to host; a firewall rejects the \
                 packets, or a route is missing",
            ),
        ] {
            let said = said(&[tried("kube1", Listener::Glusterd, Some(answer), listens)]);
            assert_eq!(said.len(), 1);
            assert!(said[0].starts_with(words), "{said:?}");
        }
    }

    #[test]
    fn hosts_that_fail_to_connect_for_the_same_reason_share_a_sentence() {
        let brick = || Listener::Brick {
            dir: "/bricks/vdb/gv0".into(),
            port: 54304,
        };
        let silent = |from: &str| tried(from, brick(), Some(Answer::Silence), Some(true));
        assert_eq!(
            said(&[silent("kube3"), silent("kube1")]),
            [
                "kube1 and kube3 get no answer from port 54304 of kube2 (198.51.100.2), though brick kube2:/bricks/vdb/gv0 \
              listens there; a firewall drops the packets, or the network between the hosts is broken: open \
              49152-60999/tcp on kube2 for all hosts of the cluster: Gluster chooses one of these ports for each brick"
            ]
        );
    }
}
