//! A closed port, a firewall and a wrong name are told apart on real hosts, within seconds, by `apply` and by `status`.
//! Stand-ins have no packet filter: rules of routing drop or reject the packets of a port of TCP (protocol 6).

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::cluster::{Cases, Cluster, Ran};
use crate::support::report;

const INVENTORY: &str = "cluster: CLUSTER
defaults: {devices: [/dev/vdb]}
hosts:
  - {name: kube1, address: 198.51.100.11}
  - {name: kube2, address: 198.51.100.12}
  - {name: kube3, address: 198.51.100.13}
volumes:
  - {name: gv0, replica: 3, mount: /data}
";

/// Runs `apply` or `status`, and checks that the answer comes soon. Gluster itself needs two minutes to notice.
fn soon(cluster: &Cluster, command: &str) -> Ran {
    let begun = Instant::now();
    let ran = cluster.run(&[command]);
    let took = begun.elapsed();
    report(&format!("{command} took {:.1} s", took.as_secs_f64()));
    assert!(took < Duration::from_secs(60), "{command}: {took:?}");
    ran
}

/// How often the words occur.
fn count(text: &str, words: &str) -> usize {
    text.matches(words).count()
}

/// What `status` says, as problems.
fn problems(cluster: &Cluster) -> Vec<String> {
    let begun = Instant::now();
    let ran = cluster.run(&["-o", "json", "status"]);
    report(&format!("status took {:.1} s", begun.elapsed().as_secs_f64()));
    assert!(begun.elapsed() < Duration::from_secs(45), "{:?}", begun.elapsed());
    let health: Value = serde_json::from_str(&ran.stdout).unwrap();
    report(&format!("{:#}", health["problems"]));
    let problems = health["problems"].as_array().unwrap().iter();
    problems.map(|problem| problem.as_str().unwrap().to_owned()).collect()
}

/// Waits until `status` has a problem with these words; there must be one such problem.
fn status_says(cluster: &Cluster, words: &str) {
    let begun = Instant::now();
    loop {
        let problems = problems(cluster);
        let found = problems.iter().filter(|problem| problem.contains(words)).count();
        if found == 1 {
            return;
        }
        assert!(
            found == 0 && begun.elapsed() < Duration::from_secs(60),
            "{words}: {problems:#?}"
        );
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one lab for all cases, each after the one before")]
fn lab_what_keeps_hosts_from_connecting_is_named() {
    let cluster = Cluster::installed("ports", INVENTORY);
    let on = |host: &str, command: &str| cluster.lab.must(host, command);
    let mut cases = Cases::default();

    cases.case("a_wrong_name_before_anything_is_done", || {
        on("kube3", "sed -i '1i 198.51.100.99 kube2' /etc/hosts");
        let error = soon(&cluster, "apply").error_of("kube3");
        on("kube3", "sed -i 1d /etc/hosts");
        let told = "kube3: /etc/hosts line 1 gives kube2 another address than 198.51.100.12: 198.51.100.99 kube2";
        assert!(error.starts_with(told), "{error}");
    });

    cases.case("the_packets_of_glusterd_are_dropped_before_the_pool_is_made", || {
        on("kube2", "ip rule add blackhole to 198.51.100.11 ipproto 6 sport 24007");
        let ran = soon(&cluster, "apply");
        on("kube2", "ip rule del blackhole to 198.51.100.11 ipproto 6 sport 24007");
        let told = "kube1: probe kube2: kube1 gets no answer from port 24007 of kube2 (198.51.100.12), though glusterd \
                    listens there\na firewall drops the packets, or the network between the hosts is broken: open 24007/tcp";
        assert!(ran.error_of("kube1").starts_with(told), "{}", ran.stderr);
    });

    cases.case(
        "the_packets_of_glusterd_are_rejected_between_two_of_three_hosts",
        || {
            // A rule can reject what comes in only before the rule that takes the host's own addresses.
            on(
                "kube2",
                "sysctl -q -w net.ipv4.ip_forward=1 && ip rule add pref 10 table local && ip rule del pref 0
             ip rule add pref 5 prohibit from 198.51.100.13 ipproto 6 dport 24007",
            );
            let ran = soon(&cluster, "apply");
            let told = "kube3 cannot connect to port 24007 of kube2 (198.51.100.12): No route to host";
            assert!(
                ran.status == 1 && ran.error_of("kube3").contains(told),
                "{}",
                ran.stderr
            );
            // The kernel rejects only a few packets a second, and drops the others.
            status_says(&cluster, "port 24007 of kube2 (198.51.100.12)");
            on("kube2", "ip rule del pref 5 && sysctl -q -w net.ipv4.ip_forward=0");
        },
    );

    cases.case("the_packets_of_a_brick_are_dropped", || {
        // kube3 itself connects from other ports.
        on(
            "kube3",
            "sysctl -q -w net.ipv4.ip_local_port_range='32768 49151'
             ip rule add blackhole to 198.51.100.11 ipproto 6 sport 49152-60999
             ip rule add blackhole to 198.51.100.12 ipproto 6 sport 49152-60999",
        );
        let ran = soon(&cluster, "apply");
        let port = on("kube3", "gluster --xml volume status gv0 kube3:/bricks/vdb/gv0 | sed -n 's:.*<port>\\(.*\\)</port>:\\1:p'");
        let told = format!(
            "kube1 and kube2 get no answer from port {port} of kube3 (198.51.100.13), though brick kube3:/bricks/vdb/gv0 \
             listens there"
        );
        assert_eq!((ran.status, count(&ran.stderr, &format!("warning: {told}; "))), (0, 1), "{}", ran.stderr);
        status_says(&cluster, &told);
        on("kube3", "ip rule del to 198.51.100.11 ipproto 6 sport 49152-60999; ip rule del to 198.51.100.12");
    });

    cases.case("the_packets_of_glusterd_are_dropped_between_two_of_three_hosts", || {
        on("kube2", "ip rule add blackhole to 198.51.100.13 ipproto 6 sport 24007");
        on("kube3", "systemctl restart glusterd");
        let told = "kube3 gets no answer from port 24007 of kube2 (198.51.100.12), though glusterd listens there";
        status_says(&cluster, told);
        let ran = soon(&cluster, "apply");
        assert!(
            ran.status == 1 && ran.error_of("kube3").contains(told),
            "{}",
            ran.stderr
        );
        on("kube2", "ip rule del to 198.51.100.13");
    });

    cases.case("a_wrong_name_on_a_running_cluster", || {
        // Without this file only the first address of a name counts.
        on(
            "kube3",
            "rm -f /etc/host.conf; sed -i '1i 198.51.100.99 kube2' /etc/hosts; systemctl restart glusterd",
        );
        let told = "on kube3 the name kube2 resolves to 198.51.100.99, and the inventory says 198.51.100.12";
        status_says(&cluster, told);
        let error = soon(&cluster, "apply").error_of("kube3");
        assert!(
            error.contains("gives kube2 another address than 198.51.100.12"),
            "{error}"
        );
        on("kube3", "sed -i 1d /etc/hosts; systemctl restart glusterd");
        cluster.heals();
        assert_eq!(problems(&cluster), Vec::<String>::new());
    });
    cases.finish();
}
