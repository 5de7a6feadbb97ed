//! The whole answer of a host to `templates/observe.sh`: its sections become facts, and the facts of hosts that say this
//! become a plan and a state of health. Nothing is formatted that was not said to be zeros, or a brick of ours that
//! mkfs.xfs did not finish.

#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use glusterctl::desired::Desired;
use glusterctl::facts::{Content, Facts, HostFacts};
use glusterctl::health::{self, Health};
use glusterctl::inventory::{self, Inventory};
use glusterctl::plan::{Danger, Operation, plan};
use libfuzzer_sys::fuzz_target;

/// Two servers and a client.
static INVENTORY: LazyLock<Inventory> = LazyLock::new(|| {
    let text = "cluster: kube
defaults: {devices: [/dev/vdb, /dev/vdc]}
hosts:
  - {name: kube1, address: 198.51.100.11}
  - {name: kube2, address: 198.51.100.12}
  - {name: kube3, address: 198.51.100.13, role: client}
volumes:
  - {name: gv0, replica: 2, mount: /data, options: {performance.cache-size: 256MB}}
";
    inventory::read(text, "inv.yaml").expect("it is sound")
});

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let inventory = &*INVENTORY;
    let desired = Desired::of(inventory);
    let _ = HostFacts::parse(&text, "@", &desired.hosts[0]);
    // The first answer is the first server's; another one may follow for the others.
    let (first, second) = text.split_once("\n@@\n").unwrap_or((&text, &text));
    let whole = |text: &str| format!("\n{text}\n@ end\n");
    let (first, second) = (whole(first), whole(second));
    let mut hosts = BTreeMap::new();
    for (at, host) in desired.hosts.iter().enumerate() {
        let text = if at == 0 { &first } else { &second };
        let seen = HostFacts::parse(text, "@", host).expect("it is whole");
        hosts.insert(host.name().clone(), Ok(seen));
    }
    judge(&desired, &Facts::new(&desired, hosts.clone()));
    // The same servers, but the second one provisions itself.
    let other = &inventory.hosts[1];
    let seen = HostFacts::parse_self_managed(&first, "@", other).expect("it is whole");
    hosts.insert(other.name.clone(), Ok(seen));
    judge(&desired, &Facts::new(&desired, hosts));
});

fn judge(desired: &Desired, facts: &Facts) {
    let plan = plan(desired, facts, &Operation::Apply);
    for (place, step) in plan.steps.iter().enumerate() {
        assert!(step.needs.iter().all(|need| *need < place), "{step:?}");
        let formats = matches!(step.danger, Danger::Formats { .. });
        assert_eq!(step.command.contains("mkfs"), formats, "{step:?}");
        let Danger::Formats { device: path } = &step.danger else {
            continue;
        };
        let devices = facts.of(&step.host).map(|seen| &seen.devices);
        let device = devices.and_then(|devices| devices.iter().find(|(at, _)| *at == path));
        match device.map(|(_, device)| &device.content) {
            Some(Content::Zeros) => {}
            Some(Content::Known(known)) => assert!(known.unfinished && step.command.contains(&known.uuid)),
            other => panic!("{other:?} is formatted"),
        }
    }
    for problem in &plan.problems {
        assert!(!problem.message().is_empty());
    }
    let health = Health::of(desired, facts, &Default::default());
    assert!(!health::table(&health).is_empty());
}
