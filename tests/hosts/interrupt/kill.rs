//! SIGKILL at every step: the next `apply` carries on, and every file that was written before is still there.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::INVENTORY;
use super::bench::{Bench, Ended, Running, is};
use crate::support::{report, soak};

/// When the program is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// When the step is begun.
    Before,
    /// A moment later.
    During,
    /// When it has ended.
    After,
}

const MOMENTS: [Moment; 3] = [Moment::Before, Moment::During, Moment::After];

impl Moment {
    /// Kills a run there; its `event` has just been told.
    fn kill(self, run: Running, event: &Value, jitter: u64) -> Ended {
        if matches!(self, Moment::During) {
            // Packages take seconds, all else some hundredths of one.
            let slow = is(event, "started", "install") || is(event, "started", "finish");
            thread::sleep(Duration::from_millis(if slow {
                400 + jitter * 70
            } else {
                10 + jitter
            }));
        }
        run.kill()
    }

    fn event(self) -> &'static str {
        match self {
            Moment::Before | Moment::During => "started",
            Moment::After => "ended",
        }
    }
}

/// Kills `apply` at its first step, then again, each time a point further, until one has nothing left to do; at these moments
/// in turn. Returns the number of points.
fn chain(bench: &Bench, moments: &[Moment]) -> usize {
    for points in 0.. {
        let moment = moments[points % moments.len()];
        let mut run = bench.apply();
        let event = run.until(|event| event["event"] == moment.event() || event["event"] == "finished");
        let event = event.expect("it tells its end");
        // Something else each time: 0 to 60.
        let jitter = u64::try_from(points * 37 % 61).unwrap();
        let ended = if event["event"] == "finished" {
            run.end()
        } else {
            moment.kill(run, &event, jitter)
        };
        eprintln!(
            "{moment:?} {} {}: {:.1} s",
            event["host"],
            event["step"],
            ended.took.as_secs_f64()
        );
        assert_eq!(ended.problems(), [""; 0], "after {points} points");
        if event["event"] == "finished" {
            assert_eq!(ended.status, Some(0), "{}", ended.stderr);
            return points;
        }
        assert!(points < 200, "it does not get on");
    }
    unreachable!()
}

const WRITE: &str = "for i in $(seq 40); do head -c 100000 /dev/urandom >/data/file-$i; done; sync; \
                     cd /data && md5sum file-* | md5sum";
const READ: &str = "cd /data && md5sum file-* | md5sum";

#[test]
fn lab_killed_again_and_again_each_time_a_point_further_it_converges() {
    let begun = Instant::now();
    // Of the installation: `lock` kills an apply meanwhile, `broken` apt-get itself.
    let mut bench = Bench::installed("chain", INVENTORY);
    let first = chain(&bench, &MOMENTS);
    bench.converges("after the first chain");
    let sums = bench.lab.must("kube2", WRITE);
    let mount = "findmnt -n -o ID -M /data; findmnt -n -o ID -M /bricks/vdb";
    let mounts = bench.on_each(&bench.hosts(), |_| mount.to_owned());

    bench.wants(
        &(INVENTORY.to_owned()
            + "  - {name: gv1, replica: 3, mount: /more, options: {performance.cache-size: 64MB}}\n"),
    );
    let moments = soak().map_or(&[Moment::After][..], |_| &MOMENTS);
    let second = chain(&bench, moments);
    bench.converges("after the second chain");
    for (host, read) in bench.on_each(&bench.hosts(), |_| READ.to_owned()) {
        assert_eq!(read, sums, "the files on {host}");
    }
    assert_eq!(
        bench.on_each(&bench.hosts(), |_| mount.to_owned()),
        mounts,
        "the first volume stayed mounted"
    );
    for directory in ["/data", "/more"] {
        bench.shares(&bench.hosts(), directory);
    }
    report(&format!(
        "killed at {first} points of the first volume, {second} of the second, {:.0} s",
        begun.elapsed().as_secs_f64()
    ));
}

#[test]
#[ignore = "takes an hour: GLUSTERCTL_SOAK=20 tests/run"]
fn lab_killed_at_any_one_point_of_a_fresh_apply_the_next_converges() {
    let steps: Vec<(String, String)> = {
        // With the same name for the cluster, because some titles have the name.
        let bench = Bench::up("point", INVENTORY);
        bench.titles()
    };
    let points: Vec<_> = steps
        .iter()
        .flat_map(|step| MOMENTS.map(|moment| (step, moment)))
        .collect();
    let mut failed = Vec::new();
    for (place, ((host, title), moment)) in points.iter().enumerate() {
        let name = format!("{moment:?} {host}: {title}");
        eprintln!("=== point {place} of {}: {name}", points.len());
        let work = std::panic::catch_unwind(|| {
            // Installing takes most of the time, and steps of later kinds do not depend on who installed the packages.
            let bench = match title.starts_with("install ") {
                true => Bench::up("point", INVENTORY),
                false => Bench::installed("point", INVENTORY),
            };
            let mut run = bench.apply();
            let there = |event: &Value| is(event, moment.event(), title) && event["host"] == host.as_str();
            let event = run.until(there).unwrap_or_else(|| panic!("it never came to {name}"));
            moment.kill(run, &event, u64::try_from(place * 37 % 61).unwrap());
            bench.converges(&name);
            bench.shares(&bench.hosts(), "/data");
        });
        if work.is_err() {
            failed.push(name);
        }
    }
    report(&format!("killed at {} points, each of a fresh apply", points.len()));
    assert_eq!(failed, [""; 0]);
}
