//! The pods of a DaemonSet, on nodes on which nothing is installed.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::support::boot::{Tally, until};
use crate::support::cluster::Cluster;
use crate::support::pods::{DATA, Kind, LIMIT, Pods};
use crate::support::soak;

pub const ALL: [&str; 3] = ["kube1", "kube2", "kube3"];

pub const INVENTORY: &str = "\
cluster: CLUSTER
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
  - {name: kube3, address: 198.51.100.13, devices: [/dev/vdb]}
volumes:
  - {name: gv0, replica: 3, mount: /srv/gluster/gv0}
";

#[test]
fn lab_pods_of_a_daemon_set_make_a_volume_and_outlive_kills_under_a_writer() {
    let cluster = Cluster::up("pods", INVENTORY);
    let pods = Pods::of(&cluster, Kind::DaemonSet, INVENTORY);
    let mut tally = Tally::default();
    ALL.iter().for_each(|host| pods.start(host));
    tally.add("from nothing to three ready pods", pods.all_ready());
    probes_answer_within_a_second(&pods);
    nothing_is_written_while_nothing_changes(&pods);
    let identity = |host: &str| cluster.lab.must(host, "grep UUID /var/lib/glusterctl/*/glusterd.info");
    let identities = ALL.map(identity);

    pods.write_steadily("kube1");
    for round in 0..soak().map_or(3, |rounds| rounds.max(20)) {
        let host = ["kube2", "kube3"][round % 2];
        pods.kill(host);
        pods.start(host);
        tally.add("ready again after kill -9 of the container", pods.ready(host));
        tally.add("healed after that", pods.healed("kube1"));
    }
    children_that_were_killed_run_again(&pods, &mut tally);
    tally.add("stopped after SIGTERM", stops_in_order(&pods, "kube3"));
    pods.start("kube3");
    tally.add("ready again after SIGTERM", pods.ready("kube3"));
    tally.add("healed after that", pods.healed("kube1"));
    let (written, refused) = pods.nothing_is_lost("kube1");
    assert!(written > 20, "{written}");
    assert_eq!(refused, 0);
    assert_eq!(ALL.map(identity), identities);
    a_cloned_identity_is_refused(&pods);
    a_host_that_lost_everything_is_replaced(&pods, &mut tally);
    assert_eq!(ALL.map(identity), identities);
    tally.print(&format!("pods of a DaemonSet: {written} files whole in every pod"));
}

/// An orchestrator gives a probe one second by default; on a busy machine one of five answers within it.
fn probes_answer_within_a_second(pods: &Pods) {
    for probe in ["ready", "alive"] {
        let command = format!("for i in 1 2 3 4 5; do timeout 1 glusterctl node {probe} && exit; done; exit 1");
        pods.must("kube1", &command);
    }
}

fn nothing_is_written_while_nothing_changes(pods: &Pods) {
    let logs = || ALL.map(|host| pods.log(host));
    let mut before = logs();
    until("the logs end", Duration::from_secs(40), || {
        std::thread::sleep(Duration::from_secs(8));
        let now = logs();
        let is_silent = now == before;
        before.clone_from(&now);
        is_silent.then_some(()).ok_or_else(|| now.join("\n"))
    });
    until("a pass ended within 6 s", Duration::from_secs(20), || {
        let (alive, why) = pods.probe("kube1", "alive --within 6s");
        alive.then_some(()).ok_or(why)
    });
}

/// glusterd, a brick and the client of a mount are killed, one after the other.
fn children_that_were_killed_run_again(pods: &Pods, tally: &mut Tally) {
    let brick = "cat /run/gluster/vols/gv0/kube2-bricks-vdb-gv0.pid";
    let client = format!(
        "for file in $(grep -lsxzF {DATA} /proc/[0-9]*/cmdline); do \
         [ \"$(cat ${{file%cmdline}}comm)\" != glusterfs ] || echo $file; done | cut -d/ -f3 | head -n 1"
    );
    for (what, process) in [
        ("glusterd", "cat /run/glusterctl/glusterd.pid"),
        ("a brick", brick),
        ("the client of the mount", client.as_str()),
    ] {
        let old = pods.must("kube2", process);
        pods.must("kube2", &format!("kill -9 {old}"));
        let begun = std::time::Instant::now();
        let new = format!("pid=$({process}) && [ \"$pid\" != {old} ] && [ -d /proc/$pid ]");
        until(&format!("{what} runs again"), Duration::from_secs(60), || {
            let output = pods.run("kube2", &new);
            output.status.success().then_some(()).ok_or_else(|| pods.log("kube2"))
        });
        pods.ready("kube2");
        tally.add(&format!("ready again after kill -9 of {what}"), begun.elapsed());
        pods.healed("kube1");
    }
}

/// What the pool and the volumes are, as a host knows them.
fn known(pods: &Pods, host: &str) -> String {
    pods.must(
        host,
        "gluster --mode=script pool list | sort; gluster --mode=script volume info | grep -v ^user",
    )
}

/// Waits until the pool and the volumes are what they were: a peer that starts is connected a moment later.
fn stays(pods: &Pods, before: &str) {
    until("the pool and the volumes are what they were", LIMIT, || {
        let now = known(pods, "kube1");
        (now == before).then_some(()).ok_or(now)
    });
}

/// A host whose state is a copy of another's says so, starts no glusterd, and hurts nobody.
fn a_cloned_identity_is_refused(pods: &Pods) {
    let before = known(pods, "kube1");
    pods.stop("kube3");
    let lab = &pods.cluster.lab;
    let uuid = lab.must("kube2", "sed -n s/^UUID=//p /var/lib/glusterctl/*/glusterd.info");
    let clone = format!(
        "cp -a /var/lib/glusterctl /srv/own && sed -i 's/^UUID=.*/UUID={}/' /var/lib/glusterctl/*/glusterd.info",
        uuid.trim()
    );
    lab.must("kube3", &clone);
    pods.start("kube3");
    pods.says(
        "kube3",
        "on kube2 and kube3: one machine was cloned from the other",
        LIMIT,
    );
    std::thread::sleep(Duration::from_secs(5));
    let (ready, why) = pods.probe("kube3", "ready");
    assert!(!ready && why.contains(uuid.trim()), "{why}");
    assert!(
        !pods
            .run("kube3", "[ -e /run/glusterctl/glusterd.pid ]")
            .status
            .success()
    );
    for host in ["kube1", "kube2"] {
        let (ready, why) = pods.probe(host, "ready");
        assert!(ready, "{host}: {why}");
    }
    pods.kill("kube3");
    lab.must("kube3", "rm -rf /var/lib/glusterctl && mv /srv/own /var/lib/glusterctl");
    pods.start("kube3");
    pods.ready("kube3");
    pods.healed("kube1");
    stays(pods, &before);
}

/// A host whose state and disk are gone comes back blank: it is the same peer, it makes no other volume, and its brick is
/// replaced once a person says so.
fn a_host_that_lost_everything_is_replaced(pods: &Pods, tally: &mut Tally) {
    let lab = &pods.cluster.lab;
    let before = known(pods, "kube1");
    pods.kill("kube3");
    lab.must(
        "kube3",
        "rm -rf /var/lib/glusterctl && dd if=/dev/zero of=/dev/vdb bs=4M count=128 conv=fsync status=none",
    );
    pods.start("kube3");
    until("kube3 says how its brick is replaced", LIMIT, || {
        let log = pods.log("kube3");
        let is_told = log.contains("if it is lost: glusterctl replace kube3:vdb");
        is_told.then_some(()).ok_or(log)
    });
    let (ready, why) = pods.probe("kube3", "ready");
    assert!(!ready, "{why}");
    stays(pods, &before);
    for host in ["kube1", "kube2"] {
        let (ready, why) = pods.probe(host, "ready");
        assert!(ready, "{host}: {why}");
    }
    let replace = |host: &str, yes: &str| {
        let command = format!("glusterctl {yes} replace kube3 2>&1");
        let output = pods.run(host, &command);
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    let (done, said) = replace("kube1", "--yes");
    assert!(
        !done && said.contains("run the same command on the host itself"),
        "{said}"
    );
    let (done, said) = replace("kube3", "");
    assert!(!done && said.contains("takes redundancy from volume gv0"), "{said}");
    // A look of the node itself may hold the lock just now.
    until("kube3 is replaced", LIMIT, || match replace("kube3", "--yes") {
        (true, _) => Ok(()),
        (false, said) => Err(said),
    });
    tally.add("ready after everything was lost", pods.ready("kube3"));
    pods.healed("kube1");
    stays(pods, &before);
    pods.are_whole("kube1", "kube3", "/bricks/vdb/gv0");
}

/// SIGTERM ends the container in order, and with success.
fn stops_in_order(pods: &Pods, host: &str) -> Duration {
    let took = pods.stop(host);
    assert!(took < Duration::from_secs(25), "{took:?}");
    let log = pods.log(host);
    assert!(
        log.trim_end()
            .ends_with("stopped: no brick runs, and no brick and no volume is mounted"),
        "{log}"
    );
    let said = pods.cluster.lab.must(
        host,
        "journalctl -u pod -o cat --no-pager | tail -n 3; pgrep -x glusterfsd || :",
    );
    assert!(!said.contains("Failed with result"), "{said}");
    took
}

#[test]
fn lab_pods_a_foreign_disk_is_refused_and_the_pod_carries_on_and_is_not_ready() {
    let cluster = Cluster::up("podsdisk", INVENTORY);
    let pods = Pods::of(&cluster, Kind::DaemonSet, INVENTORY);
    cluster.lab.must("kube3", "mke2fs -q -t ext4 /dev/vdb");
    let before = cluster.lab.must("kube3", "sha256sum /dev/vdb");
    for host in ALL {
        pods.start(host);
    }
    until("kube3 says why it is not ready", Duration::from_secs(60), || {
        let (ready, why) = pods.probe("kube3", "ready");
        (!ready && why.contains("it holds ext4")).then_some(()).ok_or(why)
    });
    std::thread::sleep(Duration::from_secs(8));
    let log = pods.log("kube3");
    assert_eq!(
        log.matches("waiting: kube3: /dev/vdb is not blank or not usable: it holds ext4")
            .count(),
        1,
        "{log}"
    );
    assert!(pods.probe("kube3", "alive").0, "the pod carries on");
    assert!(
        !pods.probe("kube1", "ready").0,
        "the volume cannot be made without kube3"
    );
    assert_eq!(cluster.lab.must("kube3", "sha256sum /dev/vdb"), before);
    what_is_tried_in_vain_is_told_once(&pods);
}

/// The volume is tried again and again in vain, for the same reason each time, or for two that take turns.
fn what_is_tried_in_vain_is_told_once(pods: &Pods) {
    let logs = || ALL.map(|host| pods.log(host));
    let before = logs();
    std::thread::sleep(Duration::from_secs(25));
    let now = logs();
    assert_eq!(now, before, "{}", now.join("\n"));
    for log in now {
        let lines = log.lines().filter_map(|line| line.split_once(' '));
        let told = lines.map(|(_time, what)| what);
        let told: Vec<&str> = told.filter(|what| what.contains("kube1: create volume gv0")).collect();
        let each: BTreeSet<&&str> = told.iter().collect();
        let begins_with = |kind: &str| told.iter().filter(|what| what.starts_with(kind)).count();
        assert!(
            each.len() == told.len() && begins_with("step: ") <= 1 && begins_with("waiting: ") == 0,
            "{log}"
        );
    }
}
