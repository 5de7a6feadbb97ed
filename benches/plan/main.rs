//! How long `plan` takes, and how that grows with the hosts, from made-up facts. Run with `cargo bench --bench plan`.
//!
//! Every case (a number of hosts, and a state that they are in) is a process of its own, which ends after a time limit,
//! so that a case that takes for ever or fills the memory leaves the others alone. The desired state and `plan`
//! are timed, in processor time, as they are one thread that waits for nothing; making up the facts is not. Nothing fails because something is slow; a plan that is not what the state calls for is a failure.

mod facts;

use std::env;
use std::io::{self, Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use glusterctl::desired::Desired;
use glusterctl::inventory::{self, Address, Host, HostName, Inventory};
use rustix::time::{ClockId, clock_gettime};

use facts::State;

/// Devices of each host.
const DEVICES: usize = 12;
/// Volumes of the cluster; each has a brick on every device.
const VOLUMES: usize = 20;
/// The first argument of the process of a case; the number of hosts and the name of the state follow.
const CASE: &str = "--case";
const HOSTS: [usize; 3] = [10, 100, 1_000];
/// What a case may take, making up the facts included.
const LIMIT: Duration = Duration::from_secs(300);
/// A case is repeated for this long, but no more often than that.
const ENOUGH: Duration = Duration::from_secs(5);
const RUNS: usize = 21;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let run = match arguments.as_slice() {
        [case, hosts, state, ..] if case == CASE => measure(hosts, state),
        _ => table(),
    };
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Measures one case: prints the number of steps, then the milliseconds of each run as soon as it ends.
fn measure(hosts: &str, state: &str) -> Result<()> {
    let known = State::ALL.iter().find(|(name, _)| *name == state);
    let (_, state) = known.with_context(|| format!("no such state: {state}"))?;
    let inventory = inventory_of(hosts.parse()?)?;
    let facts = state.facts(&Desired::of(&inventory))?;
    let begun = Instant::now();
    for run in 0..RUNS {
        let before = processor_time();
        let desired = Desired::of(&inventory);
        let plan = facts::plan(&desired, &facts);
        let milliseconds = (processor_time() - before) / 1e6;
        if run == 0 {
            let done = plan.is_done();
            ensure!(plan.problems.is_empty(), "problems: {:#?}", &plan.problems[0]);
            ensure!(
                done == (*state == State::Done),
                "steps in a plan of nothing to do, or none otherwise: {:#?}",
                plan.steps.first()
            );
            println!("{}", plan.steps.len());
        }
        println!("{milliseconds}");
        io::stdout().flush()?;
        if begun.elapsed() > ENOUGH {
            break;
        }
    }
    Ok(())
}

/// Nanoseconds that this process has computed so far: other programs on the machine do not count.
fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

fn table() -> Result<()> {
    println!("plan of hosts with {DEVICES} devices each and {VOLUMES} volumes (replica 3)\n");
    println!(
        "{:<18}{:>7}{:>10}{:>14}{:>10}  runs",
        "state", "hosts", "steps", "median", "growth"
    );
    for (name, _) in State::ALL {
        let mut before: Option<f64> = None;
        for hosts in HOSTS {
            let row = format!("{name:<18}{hosts:>7}");
            let (steps, mut times) = case(name, hosts)?;
            times.sort_by(f64::total_cmp);
            let Some(median) = times.get(times.len() / 2).copied() else {
                println!("{row}{steps:>10}{:>14}", format!("> {} s", LIMIT.as_secs()));
                before = None;
                continue;
            };
            let growth = before
                .map(|before| format!("x {:.1}", median / before))
                .unwrap_or_default();
            println!(
                "{row}{steps:>10}{:>14}{growth:>10}  {}",
                format!("{median:.1} ms"),
                times.len()
            );
            before = Some(median);
        }
    }
    Ok(())
}

/// Runs a case as a process: the number of steps and the milliseconds of each run that ended in time.
fn case(state: &str, hosts: usize) -> Result<(String, Vec<f64>)> {
    let mut child = Command::new(env::current_exe()?)
        .args([CASE, &hosts.to_string(), state])
        .stdout(Stdio::piped())
        .spawn()?;
    let begun = Instant::now();
    let ended = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if begun.elapsed() > LIMIT {
            child.kill()?;
            child.wait()?;
            break None;
        }
        sleep(Duration::from_millis(20));
    };
    if ended.is_some_and(|status| !status.success()) {
        bail!("{hosts} hosts, {state}: the plan is wrong, or the process failed");
    }
    // A few hundred bytes: they fit into the pipe.
    let mut text = String::new();
    child.stdout.context("its output")?.read_to_string(&mut text)?;
    let mut lines = text.lines();
    let steps = lines.next().unwrap_or_default().to_owned();
    let times = lines.map(str::parse).collect::<Result<_, _>>()?;
    Ok((steps, times))
}

/// An inventory of that many hosts. With more hosts than 198.51.100.0/24 has addresses, addresses are used again.
fn inventory_of(hosts: usize) -> Result<Inventory> {
    const ADDRESSES: usize = 250;
    let devices: Vec<String> = (0..DEVICES).map(|at| format!("/dev/disk/by-id/disk{at:02}")).collect();
    let mut text = format!(
        "cluster: bench\ndefaults: {{devices: [{}]}}\nhosts:\n",
        devices.join(", ")
    );
    let address = |at: usize| format!("198.51.100.{}", at % ADDRESSES + 1);
    let name = |at: usize| format!("host{at:04}");
    for at in 0..hosts.min(ADDRESSES) {
        text += &format!("  - {{name: {}, address: {}}}\n", name(at), address(at));
    }
    text += "volumes:\n";
    for at in 0..VOLUMES {
        text += &format!("  - {{name: gv{at:02}, replica: 3, mount: /data/gv{at:02}}}\n");
    }
    let mut inventory = inventory::read(&text, "the benchmark's inventory")?;
    for at in ADDRESSES..hosts {
        inventory.hosts.push(Host {
            name: HostName::parse(&name(at))?,
            address: Address::Fixed(address(at).parse()?),
            ..inventory.hosts[0].clone()
        });
    }
    ensure!(inventory.hosts.len() == hosts, "{} hosts", inventory.hosts.len());
    Ok(inventory)
}
