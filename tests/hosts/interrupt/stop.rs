//! Ctrl-C: after the first, the running steps are finished and no other step begins; the second ends the program at once.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::INVENTORY;
use super::bench::{Bench, Running};

#[test]
fn lab_ctrl_c_once_finishes_what_runs_and_twice_stops_at_once() {
    let bench = Bench::up("stop", INVENTORY);

    let mut run = bench.apply();
    run.until_begun("install").unwrap();
    run.signal(Signal::INT);
    thread::sleep(Duration::from_millis(200));
    let again = Instant::now();
    run.signal(Signal::INT);
    let ended = run.end();
    assert!(again.elapsed() < Duration::from_secs(3), "{:?}", again.elapsed());
    assert_eq!(ended.status, Some(130), "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("interrupted: commands that were running on hosts may go on"),
        "{}",
        ended.stderr
    );

    let mut run = bench.apply();
    run.until(|event| event["event"] == "started").unwrap();
    run.signal(Signal::INT);
    let told = run.events.len();
    let ended = run.end();
    assert_eq!(ended.status, Some(130), "{}", ended.stderr);
    for words in [
        "finishing the commands that are running",
        "once more to stop at once",
        "stopped: interrupted",
    ] {
        assert!(ended.stderr.contains(words), "{words} in:\n{}", ended.stderr);
    }
    let (mut started, mut done) = (ended.steps("started"), ended.steps("ended"));
    started.sort();
    done.sort();
    assert_eq!(started, done, "what was begun was finished");
    // The other two hosts may have begun a step before the signal arrived, but not one after the other.
    let later = super::bench::steps(&ended.events[told..], "started");
    assert!(later.len() <= 4, "{later:?}");
    let finished = ended.events.last().unwrap();
    assert_eq!(
        (&finished["event"], &finished["done"]),
        (&"finished".into(), &false.into())
    );
    assert_eq!(finished["changed"], done.len());

    // As a person sees it; SIGTERM is what an init or CI system sends.
    let mut run = Running::start(bench.on_lab(&["apply"]));
    // Long enough for a first step on a busy machine, too; there is more to do than that.
    thread::sleep(Duration::from_millis(4_000));
    run.signal(Signal::TERM);
    let ended = {
        run.events.clear();
        run.end()
    };
    assert_eq!(ended.status, Some(143), "{}", ended.stderr);
    for words in ["Not finished after", "done.", "the next apply observes the hosts again"] {
        assert!(ended.stderr.contains(words), "{words} in:\n{}", ended.stderr);
    }

    // The session of whoever typed the command ends.
    let mut run = bench.apply();
    run.until(|event| event["event"] == "started").unwrap();
    run.signal(Signal::HUP);
    let ended = run.end();
    assert_eq!(ended.status, Some(129), "{}", ended.stderr);
    assert!(ended.stderr.contains("stopped: interrupted"), "{}", ended.stderr);

    bench.converges("after all that");
}
