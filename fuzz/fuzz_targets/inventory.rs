//! The inventory: whatever is in the file, it is read or refused with problems that can be shown; one that is accepted
//! has a layout, and its blank hosts have a plan.

#![no_main]

use glusterctl::desired::{Desired, DesiredHost};
use glusterctl::facts::{Facts, HostFacts};
use glusterctl::inventory::{self, Inventory, Report};
use glusterctl::plan::{Danger, Operation, plan};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    match inventory::read(&text, "inv.yaml") {
        Ok(inventory) => accepted(&inventory),
        Err(report) => refused(&report, &text),
    }
});

fn refused(report: &Report, text: &str) {
    assert!(!report.problems().is_empty());
    for problem in report.problems() {
        assert!(!problem.title().is_empty());
        if let Some(span) = problem.span() {
            assert!(span.start <= span.end && span.end <= text.len(), "{span:?}");
        }
    }
    let plain = report.render(false, 100);
    assert!(plain.contains("nothing was contacted"));
    let harmless = |c: char| c == '\n' || !c.is_control();
    assert!(plain.chars().all(harmless), "{plain:?}");
    assert!(!report.render(true, 100).is_empty());
}

fn accepted(inventory: &Inventory) {
    let desired = Desired::of(inventory);
    for volume in &inventory.volumes {
        let sets = desired.layout(volume, &[]).new.expect("the reader refuses what has no layout");
        assert!(sets.iter().all(|set| set.len() == volume.volume_type.set_size()));
    }
    let _ = inventory.warnings();
    for answer in ["\n@ end\n", "\n@ os\nID=debian\n\n@ host\ninit=systemd\n\n@ end\n"] {
        let blank = |host: &DesiredHost| HostFacts::parse(answer, "@", host).expect("a whole answer");
        let hosts = desired.hosts.iter().map(|host| (host.name().clone(), Ok(blank(host))));
        let facts = Facts::new(&desired, hosts.collect());
        let plan = plan(&desired, &facts, &Operation::Apply);
        for (place, step) in plan.steps.iter().enumerate() {
            assert!(step.needs.iter().all(|need| *need < place), "{step:?}");
            assert_eq!(step.danger, Danger::Safe, "no device was seen to be blank");
        }
    }
}
