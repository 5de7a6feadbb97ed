//! How fast `apply` is, against the fastest that the same work can be done over ssh. Run with `cargo bench --bench apply`,
//! as root: it makes labs, one after the other, of the hosts of `inventories/openstack.yaml`.
//!
//! What is compared, on hosts equally blank, in turns, everything in one run:
//!
//! * **Fresh apply.** The floor is what a person gets who types the same commands, all hosts at once and nothing checked:
//!   one `ssh` a host and phase (see `floor.rs`). Against it stands the whole process `glusterctl apply`, from blank hosts to
//!   the proof that nothing is left to do.
//! * **An apply that changes nothing.** The floor is one `ssh` a host, all at once, that runs the very script with which
//!   `apply` observes. Against it stands the whole process again.
//! * **Memory**, of the program and of its ssh masters (see `memory.rs`).
//!
//! What is not compared: other tools; real networks (a lab has no latency, which flatters whoever makes more round trips);
//! and the floor leaves out what makes the result last: the unit that mounts at boot, files replaced so that a crash does
//! not tear them, every look before and after. Round trips, checks and the proof are what the targets allow a tenth for.
//!
//! Nothing here fails because something is slow: it says whether a target was met, and a person judges. `apply` going
//! wrong is a failure. `GLUSTERCTL_BENCH_ROUNDS` makes more rounds than three.

mod figures;
mod floor;
#[path = "../labs/mod.rs"]
mod labs;
mod memory;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use glusterctl::inventory::Inventory;

use figures::Pairs;
use labs::BlankHosts;

/// Pairs of floor and no-op apply in each round: they are short, and so are disturbed more.
const NOOPS: usize = 10;

fn main() -> ExitCode {
    labs::main(run)
}

fn run() -> Result<()> {
    let rounds = labs::rounds()?;
    labs::remove_on_signals()?;
    let (text, inventory) = labs::inventory()?;
    // Not timed, so that looking at its memory disturbs no time; the page cache is warm afterwards, for both sides.
    say("memory, and warming up");
    let memory = {
        let hosts = BlankHosts::boot(&text, &inventory)?;
        memory::watch(hosts.apply())?
    };

    let (mut fresh, mut noop) = (Pairs::default(), Pairs::default());
    for round in 1..=rounds {
        let by_hand = || -> Result<Duration> {
            say(&format!("round {round} of {rounds}: by hand"));
            let hosts = BlankHosts::boot(&text, &inventory)?;
            timed(|| floor::fresh(&hosts, &inventory))
        };
        let applied = |noop: &mut Pairs| -> Result<Duration> {
            say(&format!(
                "round {round} of {rounds}: apply, and {NOOPS} pairs that change nothing"
            ));
            let hosts = BlankHosts::boot(&text, &inventory)?;
            let duration = timed(|| hosts.applied("Done:"))?;
            pairs_that_change_nothing(noop, &hosts, &inventory)?;
            Ok(duration)
        };
        // Whatever drifts during the run helps neither.
        if round % 2 == 1 {
            let floor = by_hand()?;
            fresh.push(floor, applied(&mut noop)?);
        } else {
            let duration = applied(&mut noop)?;
            fresh.push(by_hand()?, duration);
        }
    }
    fresh.print("fresh apply on three blank hosts", 1.1);
    noop.print("apply that changes nothing", 1.3);
    memory.print();
    Ok(())
}

fn pairs_that_change_nothing(pairs: &mut Pairs, hosts: &BlankHosts, inventory: &Inventory) -> Result<()> {
    let observe = || timed(|| floor::observe(hosts, inventory));
    let run = || timed(|| hosts.applied("Nothing to do:"));
    for pair in 0..=NOOPS {
        let (floor, duration) = if pair % 2 == 0 {
            (observe()?, run()?)
        } else {
            let duration = run()?;
            (observe()?, duration)
        };
        // The first pair finds what a fresh apply leaves behind: packages that settle, a heal that looks around.
        if pair > 0 {
            pairs.push(floor, duration);
        }
    }
    Ok(())
}

fn timed(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let begun = Instant::now();
    work()?;
    Ok(begun.elapsed())
}

fn say(line: &str) {
    eprintln!("{line}");
}
