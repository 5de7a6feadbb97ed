//! Hosts without systemd become more and fewer: 3, 6 and 3 again.

use std::time::Duration;

use crate::support::boot::{Tally, until};
use crate::support::cluster::Cluster;
use crate::support::pods::{LIMIT, Pods};

const STAY: [&str; 3] = ["kube1", "kube2", "kube3"];
const MORE: [&str; 3] = ["kube4", "kube5", "kube6"];

/// The inventory of these hosts, with what the lines of the last three end with.
fn inventory(hosts: usize, last: &str) -> String {
    let line = |number: usize| {
        let end = if number > 3 { last } else { "" };
        format!("  - {{name: kube{number}, address: 198.51.100.1{number}, devices: [/dev/vdb]{end}}}\n")
    };
    let lines: String = (1..=hosts).map(line).collect();
    format!("cluster: CLUSTER\nhosts:\n{lines}volumes:\n  - {{name: gv0, replica: 3, mount: /data}}\n")
}

#[test]
fn lab_node_three_hosts_become_six_and_three_again_and_no_file_is_lost() {
    let cluster = Cluster::installed("podscale", &inventory(6, ""));
    let pods = Pods {
        cluster: &cluster,
        options: "--state /bricks/vdb/glusterd",
    };
    pods.prepare(&inventory(3, ""));
    let mut tally = Tally::default();
    STAY.iter().for_each(|host| pods.start(host));
    tally.add("three hosts are ready", pods.are_ready(&STAY));
    let fill = "cd /data && for i in $(seq 90); do head -c 9999 /dev/urandom >f$i; done && sha256sum f* >/root/sums";
    pods.must("kube1", fill);

    pods.write_inventory(&inventory(6, ""));
    MORE.iter().for_each(|host| pods.start(host));
    tally.add("six hosts are ready", pods.all_ready());
    spread(&pods);
    ended_too_early(&pods, &mut tally);
    leave(&pods, &mut tally);
    tally.print("three hosts, six and three again");
}

/// Waits until the files are spread over both sets, and no more files are moved.
fn spread(pods: &Pods) {
    until("files are on the new set", Duration::from_secs(120), || {
        let said = pods.must("kube4", "ls /bricks/vdb/gv0 2>&1 || :");
        let found = said.lines().filter(|line| line.starts_with('f')).count();
        let settled = pods.log("kube1");
        let is_settled = settled.lines().last().is_some_and(|line| line.contains("settled: "));
        (found > 10 && is_settled)
            .then_some(())
            .ok_or_else(|| format!("{said}\n{}", pods.log("kube1")))
    });
    pods.must("kube1", "cd /data && sha256sum -c --quiet /root/sums");
}

/// `kubectl scale`, and even the inventory of three: nobody is detached, and all files are there once the hosts are back.
fn ended_too_early(pods: &Pods, tally: &mut Tally) {
    pods.write_inventory(&inventory(3, ""));
    MORE.iter().for_each(|host| _ = pods.stop(host));
    for host in STAY {
        pods.says(host, "and the inventory has no such server", LIMIT);
    }
    let log = pods.log("kube1");
    assert!(log.contains("which holds bricks of volume gv0"), "{log}");
    assert!(
        log.contains("put that server back into the inventory, with `leaving: true`"),
        "{log}"
    );
    let known = pods.must(
        "kube1",
        "gluster --mode=script pool list; gluster --mode=script volume info gv0",
    );
    for host in MORE {
        assert!(
            known.contains(&format!("\t{host} ")) || known.contains(&format!("\t{host}\t")),
            "{known}"
        );
        assert!(known.contains(&format!("{host}:/bricks/vdb/gv0")), "{known}");
    }
    pods.write_inventory(&inventory(6, ""));
    MORE.iter().for_each(|host| pods.start(host));
    tally.add("serve again after they ended too early", pods.all_ready());
    pods.healed("kube1");
    // A client connects to bricks that are back a few seconds after the self-heal daemons do.
    until("every file is read again", LIMIT, || {
        let read = pods.run("kube1", "cd /data && sha256sum -c --quiet /root/sums");
        let said = String::from_utf8_lossy(&read.stderr).into_owned();
        read.status.success().then_some(()).ok_or(said)
    });
}

/// The last three hosts leave while a program writes, and one of those that stay is killed meanwhile.
fn leave(pods: &Pods, tally: &mut Tally) {
    pods.write_steadily("kube2");
    pods.write_inventory(&inventory(6, ", leaving: true"));
    pods.says("kube3", "kube4, kube5, kube6 are leaving: volume gv0: ", LIMIT);
    pods.kill("kube1");
    pods.start("kube1");
    for host in MORE {
        let words = "the host has left the cluster, and can be taken away";
        tally.add("leaves", pods.says(host, words, Duration::from_secs(180)));
        assert!(pods.probe(host, "ready").0);
    }
    let log = pods.log("kube1");
    assert!(
        log.contains("leaving: kube4, kube5, kube6 have left the cluster"),
        "{log}"
    );
    MORE.iter().for_each(|host| _ = pods.stop(host));
    pods.write_inventory(&inventory(3, ""));
    tally.add("three hosts are ready again", pods.are_ready(&STAY));
    pods.all_healed("kube1", 3);
    let (written, refused) = pods.nothing_is_lost_on("kube2", &STAY);
    assert!(written > 20, "{written}");
    assert_eq!(refused, 0);
    for host in STAY {
        let known = pods.must(
            host,
            "gluster --mode=script pool list; gluster --mode=script volume info gv0",
        );
        assert!(!MORE.iter().any(|host| known.contains(host)), "{known}");
        let (ready, why) = pods.probe(host, "ready");
        assert!(ready, "{why}");
    }
    pods.must("kube1", "cd /data && sha256sum -c --quiet /root/sums");
}
