//! The firewall of a host, as far as it concerns the ports of GlusterFS. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::sections::Sections;

/// The firewall that decides what reaches a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Firewall {
    /// Nothing is known to keep anything out.
    Nothing,
    /// firewalld runs.
    Firewalld {
        /// The zone of the interface that has the host's address.
        zone: String,
        /// The zone's rich rules, as they are now.
        now: BTreeSet<String>,
        /// The zone's rich rules, as they will be after a start.
        kept: BTreeSet<String>,
    },
    /// ufw is on.
    Ufw {
        /// The rules that were added, as the words after `ufw`.
        rules: BTreeSet<String>,
    },
    /// nftables has chains that let nothing in by themselves.
    Nftables {
        /// The addresses that each such chain lets in, by family, table and chain.
        open: BTreeMap<String, BTreeSet<IpAddr>>,
        /// The script that opens the ports whenever nftables.service has loaded its own rules.
        script: String,
        /// The drop-in of nftables.service that runs the script.
        drop_in: String,
    },
    /// Rules of iptables keep everything else out, and neither firewalld nor ufw looks after them.
    Iptables,
}

/// The firewall; none if the script did not ask.
pub(super) fn parse(sections: &Sections) -> Option<Firewall> {
    let name = "firewall";
    let all = |key: &str| {
        let pairs = sections.pairs(name).filter(|(found, _)| *found == key);
        pairs.map(|(_, value)| value.to_owned()).collect::<BTreeSet<String>>()
    };
    Some(match sections.value(name, "kind")? {
        "firewalld" => Firewall::Firewalld {
            zone: sections.value(name, "zone")?.to_owned(),
            now: all("now"),
            kept: all("kept"),
        },
        "ufw" => Firewall::Ufw { rules: all("now") },
        "nftables" => Firewall::Nftables {
            open: chains(&all("chain"), &all("open")),
            script: sections.text("firewall script").to_owned(),
            drop_in: sections.text("firewall drop-in").to_owned(),
        },
        "iptables" => Firewall::Iptables,
        "none" => Firewall::Nothing,
        _ => return None,
    })
}

/// The chains, each with the addresses of its rule: `CHAIN: ip saddr { A, B } tcp dport …`.
fn chains(chains: &BTreeSet<String>, rules: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<IpAddr>> {
    let addresses = |chain: &String| {
        let rules = rules
            .iter()
            .filter_map(|rule| rule.strip_prefix(chain)?.strip_prefix(": "));
        let words = rules.flat_map(|rule| rule.split([' ', ',', '{', '}']));
        words.filter_map(|word| word.parse().ok()).collect()
    };
    chains.iter().map(|chain| (chain.clone(), addresses(chain))).collect()
}
