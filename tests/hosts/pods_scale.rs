//! Hosts without systemd become more and fewer: 3, 6 and 3 again.

use std::time::Duration;

use crate::support::boot::{Tally, until};
use crate::support::pods::{DATA, Kind, LIMIT, Pods};

use super::pods_names::{inventory, nodes};

const ALL: [&str; 6] = [
    "gluster-0.gluster.storage.svc",
    "gluster-1.gluster.storage.svc",
    "gluster-2.gluster.storage.svc",
    "gluster-3.gluster.storage.svc",
    "gluster-4.gluster.storage.svc",
    "gluster-5.gluster.storage.svc",
];
/// With one thread that moves files, as GlusterFS has it, the move lasts long enough for every pod to tell how far it has come.
const REPLICA: &str = "replica: 3, options: {performance.least-prio-threads: 1}";

/// The pods that stay, and those that come and go.
fn parts() -> (&'static [&'static str], &'static [&'static str]) {
    ALL.split_at(3)
}

#[test]
fn lab_pods_of_a_stateful_set_become_six_and_three_again_and_no_file_is_lost() {
    let (stay, more) = parts();
    let cluster = nodes("podsscale", &ALL);
    let pods = Pods::of(&cluster, Kind::StatefulSet, &inventory(stay, REPLICA, ""));
    let mut tally = Tally::default();
    stay.iter().for_each(|host| pods.start(host));
    tally.add("three pods are ready", pods.are_ready(stay));
    let fill = format!("cd {DATA} && for i in $(seq 90); do head -c 9999 /dev/urandom >f$i; done && sha256sum f*");
    let sums = pods.must(stay[0], &fill);

    pods.write_inventory(&inventory(&ALL, REPLICA, ""));
    more.iter().for_each(|host| pods.start(host));
    tally.add("six pods are ready", pods.all_ready());
    spread(&pods, &sums);
    ended_too_early(&pods, &mut tally, &sums);
    leave(&pods, &mut tally);
    pods.must(stay[0], &verify(&sums));
    tally.print("three pods, six and three again");
}

/// The words of a shell that compare the files of the volume with these sums.
fn verify(sums: &str) -> String {
    format!("cd {DATA} && sha256sum -c --quiet <<'END'\n{sums}\nEND")
}

/// Waits until the files are spread over both sets, and no more files are moved.
fn spread(pods: &Pods, sums: &str) {
    let (stay, more) = parts();
    until("files are on the new set", Duration::from_secs(120), || {
        let said = pods.must(more[0], "ls /bricks/brick/gv0 2>&1 || :");
        let found = said.lines().filter(|line| line.starts_with('f')).count();
        let settled = pods.log(stay[0]);
        let is_settled = settled.lines().last().is_some_and(|line| line.contains("settled: "));
        (found > 10 && is_settled)
            .then_some(())
            .ok_or_else(|| format!("{said}\n{}", pods.log(stay[0])))
    });
    pods.must(stay[0], &verify(sums));
}

/// `kubectl scale`, then even the inventory of three: nobody is detached, and all files are there once the pods are back.
fn ended_too_early(pods: &Pods, tally: &mut Tally, sums: &str) {
    let (stay, more) = parts();
    more.iter().for_each(|host| _ = pods.stop(host));
    // The inventory still has them: the pods that stay go on serving the files of their own set.
    pods.must(stay[0], &format!("timeout 20 ls {DATA} >/dev/null"));
    for host in stay {
        let (ready, why) = pods.probe(host, "ready");
        assert!(ready, "{host}: {why}");
    }
    pods.write_inventory(&inventory(stay, REPLICA, ""));
    for host in stay {
        pods.says(host, "and the inventory has no such server", LIMIT);
    }
    let log = pods.log(stay[0]);
    assert!(log.contains("which holds bricks of volume gv0"), "{log}");
    assert!(
        log.contains("put that server back into the inventory, with `leaving: true`"),
        "{log}"
    );
    let known = pods.must(
        stay[0],
        "gluster --mode=script pool list; gluster --mode=script volume info gv0",
    );
    for host in more {
        assert!(
            known.contains(&format!("\t{host} ")) || known.contains(&format!("\t{host}\t")),
            "{known}"
        );
        assert!(known.contains(&format!("{host}:/bricks/brick/gv0")), "{known}");
    }
    pods.write_inventory(&inventory(&ALL, REPLICA, ""));
    more.iter().for_each(|host| pods.start(host));
    tally.add("serve again after they ended too early", pods.all_ready());
    pods.healed(stay[0]);
    // A client connects to bricks that are back a few seconds after the self-heal daemons do.
    until("every file is read again", LIMIT, || {
        let read = pods.run(stay[0], &verify(sums));
        let said = String::from_utf8_lossy(&read.stderr).into_owned();
        read.status.success().then_some(()).ok_or(said)
    });
}

/// The last three hosts leave while a program writes, and one of those that stay is killed meanwhile.
fn leave(pods: &Pods, tally: &mut Tally) {
    let (stay, more) = parts();
    let leaving = more.join(", ");
    pods.write_steadily(stay[1]);
    pods.write_inventory(&inventory(&ALL, REPLICA, ", leaving: true"));
    pods.says(stay[2], &format!("{leaving} are leaving: volume gv0: "), LIMIT);
    pods.kill(stay[0]);
    pods.start(stay[0]);
    for host in more {
        let words = "the host has left the cluster, and can be taken away";
        tally.add("leaves", pods.says(host, words, Duration::from_secs(180)));
        assert!(pods.probe(host, "ready").0);
    }
    let left = format!("leaving: {leaving} have left the cluster");
    until("the first pod says what has left", LIMIT, || {
        let log = pods.log(stay[0]);
        if log.contains(&left) { Ok(()) } else { Err(log) }
    });
    more.iter().for_each(|host| _ = pods.stop(host));
    pods.write_inventory(&inventory(stay, REPLICA, ""));
    tally.add("three hosts are ready again", pods.are_ready(stay));
    pods.all_healed(stay[0], 3);
    let (written, refused) = pods.nothing_is_lost_on(stay[1], stay);
    assert!(written > 20, "{written}");
    assert_eq!(refused, 0);
    for host in stay {
        let known = pods.must(
            host,
            "gluster --mode=script pool list; gluster --mode=script volume info gv0",
        );
        assert!(!more.iter().any(|host| known.contains(host)), "{known}");
        let (ready, why) = pods.probe(host, "ready");
        assert!(ready, "{why}");
    }
}
