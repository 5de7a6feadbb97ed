//! One apply at a time on a cluster, whichever machine runs the apply.

use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use super::bench::{Bench, Running, is};
use super::{ALONE, INVENTORY};
use crate::support::host;

/// Runs `apply` as somebody else on what might be another machine: another home, no `--lab`.
fn elsewhere(bench: &Bench, inventory: &str) -> Running {
    let mut program = bench.program(&bench.as_real(inventory), &["apply", "--yes", "-o", "json"]);
    let home = tempfile::tempdir().unwrap();
    program
        .env("HOME", home.path())
        .env("XDG_STATE_HOME", home.path())
        .env("USER", "somebody-else");
    Running::start(program)
}

#[test]
fn lab_the_second_of_two_applies_is_refused_at_once_and_told_who_holds_the_lock() {
    let bench = Bench::up("lock", INVENTORY);
    let mut first = bench.apply();
    first.until_begun("install").expect("there is something to install");

    let refused = elsewhere(&bench, INVENTORY).end();
    assert_eq!(refused.status, Some(1), "{}", refused.stderr);
    // Whoever waited for the lock would wait for the first apply, or for the 30 s after which a lock lapses.
    assert!(
        refused.took < Duration::from_secs(20),
        "refused after {:?}",
        refused.took
    );
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let owner = format!("operator@{machine} (process {}) since 20", first.id());
    for words in [bench.name(), &owner, "wait until that apply is done"] {
        assert!(refused.stderr.contains(words), "{words} in:\n{}", refused.stderr);
    }
    assert_eq!(refused.steps("started"), [""; 0]);

    // The installation goes on without the one who ordered it.
    first.kill();
    let second = elsewhere(&bench, INVENTORY).end();
    assert_eq!(second.status, Some(0), "{}", second.stderr);
    let waited = second.events.iter().find(|event| event["event"] == "waiting");
    let why = waited.expect("an installation is still at work")["why"].to_string();
    assert!(why.contains("killed"), "{why}");
    bench.converges("after both");
}

#[test]
#[ignore = "takes minutes: GLUSTERCTL_SOAK=20 tests/run"]
fn lab_a_lock_does_not_outlive_an_owner_that_is_cut_off_or_frozen() {
    let bench = Bench::installed("lockcut", ALONE);
    bench.converges("at first");
    let silence = Duration::from_secs(40);

    bench.lab.must("kube1", "systemctl stop glusterd; umount /bricks/vdb");
    let mut frozen = bench.apply();
    frozen.until_begun("mount").expect("there is something to mount");
    frozen.signal(Signal::STOP);
    thread::sleep(silence);
    bench.converges("while the first is frozen");
    frozen.signal(Signal::CONT);
    let frozen = frozen.end();
    assert_eq!(frozen.status, Some(1), "{}", frozen.stderr);
    assert!(frozen.stderr.contains("the lock was lost"), "{}", frozen.stderr);

    bench.lab.must("kube1", "systemctl stop glusterd; umount /bricks/vdb");
    let mut cut = bench.apply();
    cut.until(|event| is(event, "started", ""))
        .expect("there is something to do");
    bench.lab.partition(&[host("kube1")]).unwrap();
    let ended = cut.end();
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    thread::sleep(silence);
    bench.lab.heal(&[host("kube1")]).unwrap();
    let begun = std::time::Instant::now();
    bench.converges("after the cut");
    assert!(begun.elapsed() < Duration::from_secs(20), "the lock was still there");
}
