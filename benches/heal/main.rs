//! How long a heal takes, and how long a client waits meanwhile, with the number of threads that `apply` lets heal
//! (`glusterctl::inventory::HEAL_THREADS`) against GlusterFS's own. Run with `cargo bench --bench heal`, as root: it makes a lab of
//! the hosts of `inventories/openstack.yaml`.
//!
//! In turns, everything in one run: a brick misses files, comes back, and is healed while a client on another host writes. What is
//! not compared: slow disks, and hosts with more processors than this machine shares among all of them.
//! `GLUSTERCTL_BENCH_ROUNDS` makes more rounds than three.

#[path = "../labs/mod.rs"]
mod labs;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use glusterctl::inventory::{HEAL_THREADS, Host, HostName, Inventory};

use labs::BlankHosts;

/// How many threads of a brick heal as GlusterFS has it.
const OWN: &str = "1";

/// The third host's brick stops, misses 600 files of 64 KiB, and starts again.
const MISS: &str =
    "d=$(mktemp -d /data/missed-XXXXXX) && for i in $(seq 600); do head -c 65536 /dev/urandom >$d/$i; done && sync";
const BEGIN: &str = "gluster --mode=script volume start gv0 force >/dev/null";
/// Prints the seconds until nothing is left to heal.
const HEALED: &str = "begun=$(date +%s.%N)
gluster --mode=script volume heal gv0 >/dev/null 2>&1 || :
until [ \"$(gluster --mode=script volume heal gv0 info | grep -cx 'Number of entries: 0')\" = 3 ]; do sleep 0.5; done
echo \"$(date +%s.%N) $begun\" | awk '{ print $1 - $2 }'";
/// Prints the milliseconds that the slowest of a hundred writes took: one file of 64 KiB after the other, for 8 s.
const WRITE: &str = "python3 -c '
import os, tempfile, time
directory, block, took, begun = tempfile.mkdtemp(dir=\"/data\"), os.urandom(65536), [], time.time()
while time.time() < begun + 8:
    start = time.time()
    file = os.open(\"%s/%d\" % (directory, len(took)), os.O_CREAT | os.O_WRONLY)
    os.write(file, block)
    os.fsync(file)
    os.close(file)
    took.append(time.time() - start)
    time.sleep(0.02)
print(1000 * sorted(took)[len(took) * 99 // 100])
'";

fn main() -> ExitCode {
    labs::main(run)
}

fn run() -> Result<()> {
    let rounds = labs::rounds()?;
    labs::remove_on_signals()?;
    let (text, inventory) = labs::inventory()?;
    let hosts = BlankHosts::boot(&text, &inventory)?;
    hosts.applied("Done:")?;
    // Not counted: the first heal after a volume was made waits for connections.
    heal(&hosts, &inventory, HEAL_THREADS.1)?;
    let (mut own, mut ours) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        // Whatever drifts during the run helps neither.
        if round % 2 == 1 {
            own.push(heal(&hosts, &inventory, OWN)?);
            ours.push(heal(&hosts, &inventory, HEAL_THREADS.1)?);
        } else {
            ours.push(heal(&hosts, &inventory, HEAL_THREADS.1)?);
            own.push(heal(&hosts, &inventory, OWN)?);
        }
    }
    println!(
        "\n{:<28}{:>14}{:>14}{:>10}",
        HEAL_THREADS.0, OWN, HEAL_THREADS.1, "ratio"
    );
    for (own, ours) in own.iter().zip(&ours) {
        for (what, own, ours) in [
            ("healed after (s)", own.seconds, ours.seconds),
            ("slowest of 100 writes (ms)", own.write, ours.write),
        ] {
            println!("{what:<28}{own:>14.1}{ours:>14.1}{:>10.2}", ours / own);
        }
    }
    Ok(())
}

/// How long a heal took, in seconds, and the 99th percentile of a client's writes meanwhile, in milliseconds.
struct Healed {
    seconds: f64,
    write: f64,
}

fn heal(hosts: &BlankHosts, inventory: &Inventory, threads: &str) -> Result<Healed> {
    let [one, two, three] = &*inventory.hosts else {
        bail!("the inventory has {} hosts, not three", inventory.hosts.len());
    };
    let on = |host: &Host, command: &str| -> Result<Vec<String>> {
        let command: (&HostName, String) = (&host.name, command.to_owned());
        hosts.each(vec![command])
    };
    let set = format!("gluster --mode=script volume set gv0 {} {threads}", HEAL_THREADS.0);
    on(one, &set)?;
    on(three, "pkill -9 -x glusterfsd; sleep 1")?;
    on(one, MISS)?;
    on(three, BEGIN)?;
    let both = vec![(&one.name, HEALED.to_owned()), (&two.name, WRITE.to_owned())];
    match &*hosts.each(both)? {
        [seconds, write] => Ok(Healed {
            seconds: seconds.trim().parse().context("the seconds of a heal")?,
            write: write.trim().parse().context("the milliseconds of a write")?,
        }),
        other => bail!("two hosts were asked, and {} answered", other.len()),
    }
}
