//! The key `firewall: open`.

use super::Draft;
use super::fields::{Diagnostics, Located, choice};
use super::yaml::Node;
use crate::inventory::Address;
use crate::inventory::diagnostics::Diagnostic;
use crate::inventory::model::Firewall;

/// Reads the key.
pub(super) fn read(node: &Node, problems: &mut Diagnostics) -> Option<Located<Firewall>> {
    const WORDS: [(&str, Firewall); 2] = [("open", Firewall::Open), ("unmanaged", Firewall::Unmanaged)];
    choice(node, "`firewall`", &WORDS, problems)
}

/// Notes the hosts that no rule can name, because their addresses may change.
pub(super) fn check(draft: &Draft, problems: &mut Diagnostics) {
    let Some(firewall) = draft.firewall.as_ref().filter(|key| key.value == Firewall::Open) else {
        return;
    };
    for host in &draft.hosts {
        let (Some(name), Some(address)) = (&host.name, &host.address) else {
            continue;
        };
        if address.value == Address::Dns {
            let title = format!("no firewall can let {} in, whose address may change", name.value);
            problems.push(
                Diagnostic::new(title, firewall.span.clone())
                    .label("ports are opened to addresses")
                    .also(address.span.clone(), "this is no address that stays")
                    .help("give the host a fixed address, or remove `firewall` and open the ports by hand (docs/ports.md)"),
            );
        }
    }
}
