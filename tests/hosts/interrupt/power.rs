//! A host loses power at each stage: `apply` names the host while the host is off, and carries on when the host is back.

use std::time::{Duration, Instant};

use super::INVENTORY;
use super::bench::Bench;
use crate::support::{host, report, say, soak};

/// What begins each stage, and where.
const STAGES: [(&str, &str); 8] = [
    ("kube2", "install"),
    ("kube2", "format"),
    ("kube2", "mount /dev/vdb"),
    ("kube2", "enable and start glusterd"),
    ("kube1", "probe kube2"),
    ("kube1", "create volume"),
    ("kube1", "start volume"),
    ("kube2", "mount volume"),
];

/// kube2 loses power when a stage begins; whether it came to that.
fn stage(bench: &Bench, on: &str, title: &str) -> bool {
    let begun = Instant::now();
    let mut run = bench.apply();
    let reached = run.until(|event| super::bench::is(event, "started", title) && event["host"] == on);
    if reached.is_none() {
        eprintln!("it never came to {title}");
        return false;
    }
    bench.lab.kill(&[host("kube2")], &say).unwrap();
    let ended = run.end();
    let first = begun.elapsed();
    assert_eq!(ended.status, Some(1), "{title}: {}", ended.stderr);
    assert!(ended.stderr.contains("kube2"), "{title}: {}", ended.stderr);

    let begun = Instant::now();
    let off = bench.apply().end();
    assert_eq!(off.status, Some(1), "{title}: {}", off.stderr);
    assert!(off.stderr.contains("kube2: unreachable"), "{title}: {}", off.stderr);
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "{title}: {:?}",
        begun.elapsed()
    );
    eprintln!(
        "{title}: told after {first:.1?}, again after {:.1?}\n{}\n{}",
        begun.elapsed(),
        ended.stderr,
        off.stderr
    );
    bench.lab.start(&[host("kube2")], &say).unwrap();
    true
}

#[test]
fn lab_a_host_without_power_is_told_and_the_next_apply_carries_on() {
    let mut tried = 0;
    let begun = Instant::now();
    if soak().is_some() {
        for (on, title) in STAGES {
            let bench = Bench::up("power", INVENTORY);
            assert!(stage(&bench, on, title), "{title}");
            bench.converges(&format!("after {title}"));
            bench.shares(&bench.hosts(), "/data");
            tried += 1;
        }
    } else {
        // One lab: each time a stage further.
        let bench = Bench::up("powers", INVENTORY);
        for (on, title) in [STAGES[3], STAGES[5]] {
            tried += usize::from(stage(&bench, on, title));
        }
        bench.converges("with power again");
        bench.shares(&bench.hosts(), "/data");
    }
    report(&format!(
        "kube2 lost power at {tried} stages, {:.0} s",
        begun.elapsed().as_secs_f64()
    ));
    assert!(tried > 1);
}
