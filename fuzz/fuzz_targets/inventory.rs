//! The inventory: whatever is in the file, it is read or refused with problems that can be shown; one that is accepted
//! has a layout, and its blank hosts have a plan.

#![no_main]

use std::collections::BTreeMap;

use glusterctl::facts::{Facts, HostFacts};
use glusterctl::inventory::{self, Inventory, Report, replica_sets};
use glusterctl::plan::plan;
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
    let plain = report.render(false);
    assert!(plain.contains("nothing was contacted"));
    let harmless = |c: char| c == '\n' || !c.is_control();
    assert!(plain.chars().all(harmless), "{plain:?}");
    assert!(!report.render(true).is_empty());
}

fn accepted(inventory: &Inventory) {
    for volume in &inventory.volumes {
        let sets = replica_sets(inventory, volume).expect("the reader refuses what has no layout");
        assert!(sets.iter().all(|set| set.len() == volume.replicate.replica));
    }
    let _ = inventory.warnings();
    for answer in ["\n@ end\n", "\n@ os\nID=debian\n\n@ host\ninit=systemd\n\n@ end\n"] {
        let blank = |host| HostFacts::parse(answer, "@", inventory, host).expect("a whole answer");
        let hosts: BTreeMap<_, _> = inventory
            .hosts
            .iter()
            .map(|host| (host.name.clone(), Ok(blank(host))))
            .collect();
        let plan = plan(inventory, &Facts { hosts });
        for (place, step) in plan.steps.iter().enumerate() {
            assert!(step.needs.iter().all(|need| *need < place), "{step:?}");
            assert_eq!(step.formats, None, "no device was seen to be blank");
        }
    }
}
