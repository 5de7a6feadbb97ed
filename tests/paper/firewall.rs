//! What `firewall: open` plans for each kind of firewall, without hosts.

use crate::support::answers::*;
use crate::support::golden::is_golden;
use glusterctl::desired::Desired;
use glusterctl::desired::firewall::{NftablesFiles, addresses};
use glusterctl::facts::Facts;
use glusterctl::inventory::{self, Inventory};
use glusterctl::plan::{self, Destroy, Operation, Plan, Target};

const INVENTORY: &str = "cluster: kube
firewall: open
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: app1, address: 198.51.100.12, role: client}
volumes:
  - {name: gv0, type: distribute, mount: /data}
";

fn wanted() -> Inventory {
    inventory::read(INVENTORY, "test").unwrap()
}

/// The plan for hosts of which the first has these sections besides.
fn on(inventory: &Inventory, sections: &[(&str, &str)]) -> Plan {
    let mut answers = all_blank(inventory);
    for (name, text) in sections {
        answers[0].insert((*name).to_owned(), (*text).to_owned());
    }
    planned(inventory, &answers)
}

/// The steps that are about the firewall.
fn told(plan: &Plan) -> String {
    let steps = plan.steps.iter().filter(|step| step.title.contains("TCP"));
    let steps = steps.map(|step| {
        let status = std::process::Command::new("sh").arg("-nc").arg(&step.command).status();
        assert!(status.unwrap().success(), "{}", step.command);
        let (host, title, reason, command) = (&step.host, &step.title, &step.reason, &step.command);
        format!("{host}: {title}\n   because: {reason}\n{command}\n\n")
    });
    steps.collect()
}

const RULES: &str =
    "now=rule family=\"ipv4\" source address=\"198.51.100.11\" port port=\"24007\" protocol=\"tcp\" accept
now=rule family=\"ipv4\" source address=\"198.51.100.11\" port port=\"49152-60999\" protocol=\"tcp\" accept
now=rule family=\"ipv4\" source address=\"198.51.100.12\" port port=\"24007\" protocol=\"tcp\" accept
now=rule family=\"ipv4\" source address=\"198.51.100.12\" port port=\"49152-60999\" protocol=\"tcp\" accept
";
const UFW: &str = "kind=ufw
now=allow 22/tcp
now=allow from 198.51.100.11 to any port 24007,49152:60999 proto tcp comment 'glusterctl kube'
now=allow from 198.51.100.12 to any port 24007,49152:60999 proto tcp
";
const RULE: &str = "ip saddr { 198.51.100.11, 198.51.100.12 } tcp dport { 24007, 49152-60999 } accept";

#[test]
fn each_firewall_gets_exactly_these_commands() {
    let mut text = String::new();
    for firewall in [
        "kind=firewalld\nzone=internal\n",
        "kind=ufw\nnow=allow 22/tcp\n",
        "kind=nftables\nchain=inet filter input\n",
    ] {
        text += &told(&on(&wanted(), &[("firewall", firewall)]));
    }
    is_golden(&text, "plan-firewalls.txt");
}

#[test]
fn what_is_open_already_is_not_opened_again() {
    let inventory = wanted();
    let files = NftablesFiles::of(&inventory.cluster, inventory.family(), &addresses(&inventory));
    let kept = RULES.replace("now=", "kept=");
    let firewalld = format!("kind=firewalld\nzone=public\n{RULES}{kept}");
    let nftables = format!("kind=nftables\nchain=inet filter input\nopen=inet filter input: {RULE}\n");
    let files = [
        ("firewall script", &*files.script),
        ("firewall drop-in", &*files.drop_in),
    ];
    let in_nftables = |firewall: &str| told(&on(&inventory, &[&[("firewall", firewall)][..], &files].concat()));
    for firewall in ["kind=none\n", "", UFW, &firewalld] {
        assert_eq!(told(&on(&inventory, &[("firewall", firewall)])), "", "{firewall}");
    }
    assert_eq!(in_nftables(&nftables), "");
    // Half of it is not enough: now and after a start, both ports, every chain, exactly these addresses.
    for firewall in [
        format!("kind=firewalld\nzone=public\n{RULES}"),
        format!("kind=firewalld\nzone=public\n{kept}"),
        format!(
            "kind=firewalld\nzone=public\n{RULES}{}",
            kept.replacen("24007", "24009", 1)
        ),
        UFW.replace(",49152:60999", ""),
    ] {
        assert_ne!(told(&on(&inventory, &[("firewall", &firewall)])), "", "{firewall}");
    }
    for firewall in [nftables.replace(".12", ".13"), format!("{nftables}chain=ip other in\n")] {
        assert_ne!(in_nftables(&firewall), "", "{firewall}");
    }
    assert_ne!(
        told(&on(&inventory, &[("firewall", &nftables)])),
        "",
        "without the files"
    );
}

#[test]
fn an_address_that_the_cluster_had_is_closed_and_no_rule_of_others_is_touched() {
    let made = "firewall kube ufw 198.51.100.13\nfirewall other ufw 198.51.100.14\nfirewall kube ufw 198.51.100.11\n";
    let text = told(&on(&wanted(), &[("firewall", UFW), ("made", made)]));
    assert!(
        text.starts_with("kube1: close TCP 24007 and 49152-60999 in ufw to 1 former host\n"),
        "{text}"
    );
    assert!(
        text.contains("former=198.51.100.13\n") && text.contains("addresses=''\n"),
        "{text}"
    );
}

#[test]
fn nothing_is_done_unless_it_is_asked_for_and_iptables_are_left_to_a_person() {
    let unmanaged = inventory::read(&INVENTORY.replace("firewall: open", "firewall: unmanaged"), "test").unwrap();
    assert_eq!(told(&on(&unmanaged, &[("firewall", "kind=ufw\n")])), "");
    let plan = on(&wanted(), &[("firewall", "kind=iptables\n")]);
    assert_eq!(told(&plan), "");
    let message = "kube1: has rules of iptables that keep the cluster's hosts out, and neither firewalld, ufw nor nftables\nopen \
                   TCP 24007 and 49152-60999 to the cluster's hosts by hand (docs/ports.md), and write `firewall: unmanaged`";
    assert_eq!(plan.problems[0].message(), message);
    let dns = INVENTORY.replace("name: app1, address: 198.51.100.12", "name: app1.example, address: dns");
    let report = format!("{:#}", inventory::read(&dns, "test").unwrap_err());
    assert!(
        report.contains("no firewall can let app1.example in, whose address may change"),
        "{report}"
    );
}

#[test]
fn destroy_closes_what_was_opened_for_the_cluster() {
    let inventory = wanted();
    let closes = |made: &str| {
        let desired = Desired::of(&inventory);
        let mut answers = all_blank(&inventory);
        answers[0].insert("made".into(), made.into());
        let hosts = desired.hosts.iter().zip(&answers);
        let hosts = hosts.map(|(host, answer)| (host.name().clone(), Ok(parse(host, answer))));
        let destroy = Destroy {
            target: Target::Cluster,
            wipe: false,
            purge: false,
        };
        let facts = Facts::new(&desired, hosts.collect());
        let plan = plan::plan(&desired, &facts, &Operation::Destroy(destroy));
        assert!(plan.problems.is_empty(), "{plan:#?}");
        titles(&plan)
            .iter()
            .any(|title| title.contains("close the ports of GlusterFS"))
    };
    assert!(closes("firewall kube nftables\n") && closes("firewall kube firewalld public 198.51.100.12\n"));
    assert!(!closes("firewall other nftables\n") && !closes("directory /data\n"));
}
