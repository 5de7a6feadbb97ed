//! Failures in the middle of an `apply`: the package manager, a full disk, the connection, a peer probe.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::bench::{Bench, is};
use super::{ALONE, INVENTORY};
use crate::support::{host, soak};

/// Runs a command on a host that goes on after ssh has returned.
fn behind(bench: &Bench, host: &str, command: &str) {
    let script = glusterctl::shell::quote(command);
    bench
        .lab
        .must(host, &format!("setsid sh -c {script} >/dev/null 2>&1 </dev/null &"));
}

/// What dpkg wrote down when it was killed while it unpacked glusterfs-common over itself: it comes to that rarely.
const TORN: &str = r#"awk '/^Package: / { name = $2 }
    /^Status: / && name == "glusterfs-common" { $0 = "Status: install reinstreq half-installed" }
    /^Status: / && name == "glusterfs-server" { $0 = "Status: install ok unpacked" }
    { print }' /var/lib/dpkg/status >/root/status && cp /root/status /var/lib/dpkg/status"#;

/// The package manager is killed on all three hosts, each at another moment, twice: the second time while it repairs.
#[test]
fn lab_apt_killed_in_the_middle_is_repaired_by_the_next_apply() {
    let bench = Bench::up("apt", INVENTORY);
    // Unpacked at an early, a middle and a late moment; the second time they are there already, and it is killed as soon
    // as it begins to mend.
    for round in 1..=2 {
        for (host, package) in [
            ("kube1", "libpython3.11-stdlib:amd64"),
            ("kube2", "glusterfs-common"),
            ("kube3", "glusterfs-server"),
        ] {
            let watch = format!(
                "rm -f /root/killed /root/over; until [ -e /var/lib/dpkg/info/{package}.list ] && pgrep -x dpkg; do \
                 [ ! -e /root/over ] || exit; sleep 0.01; done; kill -9 $(pgrep -x apt-get) $(pgrep -x dpkg) && touch /root/killed"
            );
            behind(&bench, host, &watch);
        }
        let ended = bench.apply().end();
        for host in bench.hosts() {
            // A watch that came too late kills nothing that is not apply's.
            let look =
                "touch /root/over; ls /root/killed && dpkg -l | grep -c ^i[^i]; ls /var/lib/dpkg/updates | wc -l";
            eprintln!(
                "round {round}, {host}: {}",
                bench.lab.must(&host, look).replace('\n', " ")
            );
        }
        assert_eq!(ended.status, Some(1), "{}", ended.stderr);
        for message in ended.stderr.split("error: ") {
            assert!(message.lines().count() < 40, "a message that can be read:\n{message}");
        }
    }
    let ended = bench.converges("after apt was killed");
    let steps = ended.steps("ended");
    assert!(
        steps
            .iter()
            .any(|step| step.contains("finish the interrupted package installation")),
        "{steps:#?}"
    );
    bench.lab.must("kube1", TORN);
    bench.converges("after a package was cut off while it was unpacked over itself");
    for host in bench.hosts() {
        assert_eq!(bench.lab.must(&host, "dpkg --audit && apt-get -q check >/dev/null"), "");
    }
}

/// Gives a directory of a host a file system with room for so much more only; what is written there stays there.
fn narrow(bench: &Bench, directory: &str, size: &str) {
    let command = format!(
        "set -e; room=/run/room{directory}; mkdir -p $room; mount -t tmpfs -o size={size} none $room; \
         mkdir $room/upper $room/work; \
         mount -t overlay -o lowerdir={directory},upperdir=$room/upper,workdir=$room/work overlay {directory}"
    );
    bench.lab.must("kube1", &command);
}

#[test]
fn lab_a_full_disk_is_reported_and_nothing_is_lost_by_it() {
    let bench = Bench::up("full", ALONE);
    let room = |directory: &str| {
        bench.lab.must(
            "kube1",
            &format!("rm -f {directory}/filler; mount -o remount,size=1g /run/room{directory}"),
        )
    };
    let fails = |words: &str| {
        let ended = bench.apply().end();
        assert_eq!(ended.status, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains(words), "{words} in:\n{}", ended.stderr);
        eprintln!("{}", ended.stderr);
    };

    let hosts = bench.lab.must("kube1", "cat /etc/hosts");
    narrow(&bench, "/etc", "1m");
    bench.lab.run("kube1", "dd if=/dev/zero of=/etc/filler bs=1k");
    fails("No space left on device");
    assert_eq!(bench.lab.must("kube1", "cat /etc/hosts"), hosts);
    assert_eq!(
        bench.lab.must("kube1", "ls -A /etc | grep -c glusterctl || :"),
        "0",
        "temporary files are removed"
    );
    room("/etc");

    narrow(&bench, "/usr", "20m");
    fails("No space left on device");
    room("/usr");

    let fstab = bench.lab.must("kube1", "cat /etc/fstab");
    bench.lab.run(
        "kube1",
        "mount -o remount,size=5m /run/room/etc; dd if=/dev/zero of=/etc/filler bs=1k",
    );
    // The packages are half configured; then there is no room for their configuration, or for a line in fstab.
    fails("kube1: ");
    assert_eq!(bench.lab.must("kube1", "cat /etc/fstab"), fstab);
    room("/etc");
    bench.converges("with room again");
}

/// The process of this run's connection to a host: the ssh master, found by its socket and the lab's configuration.
fn master(bench: &Bench, host: &str) -> Pid {
    let config = bench.lab.ssh_config().display().to_string();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let found = processes.filter_map(|entry| {
        let line = fs::read(entry.path().join("cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).into_owned();
        let words: Vec<&str> = line.split('\0').collect();
        let ours = words.contains(&config.as_str()) && words.contains(&"-S") && words.contains(&host);
        let id = entry.file_name().to_str()?.parse().ok()?;
        if ours { Pid::from_raw(id) } else { None }
    });
    found.last().expect("there is a connection")
}

#[test]
fn lab_a_connection_that_is_cut_is_told_and_the_next_apply_carries_on() {
    let bench = Bench::up("cut", INVENTORY);
    let mut run = bench.apply();
    run.until(|event| is(event, "started", "install") && event["host"] == "kube2")
        .unwrap();
    thread::sleep(Duration::from_millis(300));
    kill_process(master(&bench, "kube2"), Signal::KILL).unwrap();
    let ended = run.end();
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    for words in [
        "kube2: install",
        "connection was lost",
        "whether it finished is not known",
        "which carries on where this run stopped",
    ] {
        assert!(ended.stderr.contains(words), "{words} in:\n{}", ended.stderr);
    }

    // The network goes away and comes back.
    let mut run = bench.apply();
    run.until(|event| event["event"] == "started").unwrap();
    let begun = Instant::now();
    bench.lab.partition(&[host("kube3")]).unwrap();
    let ended = run.end();
    bench.lab.heal(&[host("kube3")]).unwrap();
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("kube3: "), "{}", ended.stderr);
    assert!(begun.elapsed() < Duration::from_secs(120), "{:?}", begun.elapsed());
    eprintln!("partition told after {:?}:\n{}", begun.elapsed(), ended.stderr);
    bench.converges("after the cuts");
}

/// A peer that glusterd wrote down when it was asked for a probe, before it knew anything about it, and before it had an
/// identity itself.
const HALF_A_PEER: &str = "mkdir -p /var/lib/glusterd/peers; \
                           printf 'uuid=%s\\nstate=0\\nhostname1=kube2\\n' 00000000-0000-0000-0000-000000000000 \
                           >/var/lib/glusterd/peers/kube2; systemctl start glusterd";

/// glusterd is killed on one side of a probe as soon as a file appears there.
#[test]
fn lab_a_peer_that_joined_by_half_is_joined() {
    let bench = Bench::installed("half", INVENTORY);
    let mut cases = crate::support::cluster::Cases::default();
    let fresh = || {
        let reset = "systemctl stop glusterd 2>/dev/null; systemctl reset-failed glusterd 2>/dev/null; \
                     rm -rf /var/lib/glusterd/peers/* /var/lib/glusterd/glusterd.info /var/lib/glusterd/vols/*; umount -l /data; \
                     setfattr -x trusted.glusterfs.volume-id /bricks/vdb/gv0 2>/dev/null; \
                     setfattr -x trusted.gfid /bricks/vdb/gv0 2>/dev/null; rm -rf /bricks/vdb/gv0/.glusterfs; :";
        bench.on_each(&bench.hosts(), |_| reset.to_owned());
    };
    let mut moments = vec![("kube1", "ls /var/lib/glusterd/peers/* >/dev/null 2>&1")];
    if soak().is_some() {
        // The one that asked waits two minutes for an answer.
        moments.push(("kube2", "ls /var/lib/glusterd/peers/* >/dev/null 2>&1"));
        moments.push(("kube3", "[ $(ls /var/lib/glusterd/peers | wc -l) = 2 ]"));
    }
    for (host, condition) in moments {
        fresh();
        let watch = format!(
            "rm -f /root/killed; mkdir -p /var/lib/glusterd/peers; until {condition}; do :; done; \
             kill -9 $(cat /run/glusterd.pid); touch /root/killed"
        );
        behind(&bench, host, &watch);
        let ended = bench.apply().end();
        eprintln!("{host}: {:.0} s\n{}", ended.took.as_secs_f64(), ended.stderr);
        bench.lab.must(host, "test -e /root/killed");
        cases.case(&format!("{host} {condition}"), || {
            let again = bench.converges("after a half-done probe");
            eprintln!("{:.0} s {:#?}", again.took.as_secs_f64(), again.steps("ended"));
        });
    }
    cases.case("a glusterd with a peer and without an identity", || {
        fresh();
        bench.lab.must("kube1", HALF_A_PEER);
        bench.converges("with half a peer");
        bench.shares(&bench.hosts(), "/data");
    });
    cases.finish();
}
