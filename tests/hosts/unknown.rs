//! `status` on real hosts of which nothing, or not everything, can be known: nothing is said that is not known, and
//! `status` ends soon even if Gluster hangs.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::cluster::{Cases, Cluster, Ran};
use crate::support::{host, report};

const INVENTORY: &str = "cluster: CLUSTER
defaults: {devices: [/dev/vdb]}
hosts:
  - {name: kube1, address: 198.51.100.11}
  - {name: kube2, address: 198.51.100.12}
  - {name: kube3, address: 198.51.100.13}
volumes:
  - {name: gv0, replica: 3, mount: /data}
";

/// Twice the 30 s that `status` may take: this machine may have much else to do.
const HANGING: Duration = Duration::from_secs(60);

/// Runs `status`, and prints how long it took.
fn status(cluster: &Cluster, what: &str) -> (Ran, Value) {
    let begun = Instant::now();
    let ran = cluster.run(&["-o", "json", "status", "--exit-code"]);
    let took = begun.elapsed();
    report(&format!("{what}: status took {:.1} s", took.as_secs_f64()));
    assert!(took < HANGING, "{what}: {took:?}");
    let health: Value = serde_json::from_str(&ran.stdout).unwrap();
    report(&format!("{:#}", health["problems"]));
    (ran, health)
}

fn problems(health: &Value) -> BTreeSet<&str> {
    let problems = health["problems"].as_array().unwrap().iter();
    problems.map(|problem| problem.as_str().unwrap()).collect()
}

/// These values of every entry of a list.
fn all<'v>(list: &'v Value, keys: &[&str]) -> Vec<&'v Value> {
    let entries = list.as_array().unwrap().iter();
    entries.flat_map(|entry| keys.iter().map(|key| &entry[*key])).collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one test from its first step to its last")]
fn lab_status_says_nothing_that_is_not_known() {
    let cluster = Cluster::installed("unknown", INVENTORY);
    cluster.apply();
    cluster.heals();
    let hosts = cluster.hosts();
    let mut cases = Cases::default();

    cases.case("no_host_is_reached", || {
        let all_hosts = ["kube1", "kube2", "kube3"].map(host);
        cluster.lab.partition(&all_hosts).unwrap();
        let (ran, health) = status(&cluster, "no host is reached");
        let table = cluster.run(&["status"]).stdout;
        let directory = tempfile::tempdir().unwrap();
        let plan = directory.path().join("plan.json");
        let planned = cluster.run(&["-o", "json", "plan", "--out", plan.to_str().unwrap()]);
        cluster.lab.heal(&all_hosts).unwrap();
        assert_eq!(ran.status, 1);
        let volume = &health["volumes"][0];
        let mut unknown = vec![&volume["exists"], &volume["type"], &volume["started"]];
        unknown.extend(all(&volume["bricks"], &["mounted", "online", "to_heal"]));
        unknown.extend(all(&health["mounts"], &["mounted", "answers"]));
        unknown.extend(all(&health["hosts"], &["glusterd", "peers", "boot"]));
        assert!(unknown.iter().all(|value| value.is_null()), "{health:#}");
        assert!(problems(&health).contains("volume gv0: unknown, no server answered"));
        assert!(!table.contains("MISSING") && !table.contains("NOT MOUNTED"), "{table}");
        assert_eq!((planned.status, planned.stdout.as_str()), (1, ""));
        assert!(planned.stderr.contains("nothing could be planned: no host was reached"));
        assert!(!plan.exists());
    });

    cases.case("glusterd_is_stopped_everywhere", || {
        cluster.heals();
        cluster.on_each(&hosts, |_| "systemctl stop glusterd".to_owned());
        let (ran, health) = status(&cluster, "glusterd is stopped");
        cluster.on_each(&hosts, |_| "systemctl start glusterd".to_owned());
        assert_eq!(ran.status, 3, "{}", ran.stderr);
        let volume = &health["volumes"][0];
        assert_eq!(
            (&volume["exists"], &volume["started"]),
            (&Value::from(true), &Value::Null)
        );
        assert!(
            problems(&health).contains("volume gv0: unknown, no server answered"),
            "{health:#}"
        );
        let known = [
            all(&volume["bricks"], &["mounted"]),
            all(&health["mounts"], &["mounted"]),
        ]
        .concat();
        assert!(known.iter().all(|value| **value == true), "{health:#}");
    });

    cases.case("one_glusterd_hangs", || {
        cluster.heals();
        let pid = cluster.lab.must("kube2", "systemctl show -p MainPID --value glusterd");
        cluster.lab.must("kube2", &format!("kill -STOP {pid}"));
        let (ran, health) = status(&cluster, "one glusterd hangs");
        cluster.lab.must("kube2", &format!("kill -CONT {pid}"));
        assert_eq!(ran.status, 3, "{}", ran.stderr);
        let problems = problems(&health);
        assert!(problems.contains("kube2: glusterd does not answer"), "{health:#}");
        let unanswered = |problem: &&str| problem.starts_with("volume gv0: Gluster did not answer within ");
        assert!(problems.iter().any(unanswered), "{health:#}");
        assert_eq!(health["volumes"][0]["started"], true, "the others answer");
        assert!(
            !problems.iter().any(|problem| problem.contains("not online")),
            "{health:#}"
        );
    });

    cases.case("every_brick_hangs", || {
        cluster.heals();
        let signal = |signal: &str| {
            let command = format!("kill -{signal} $(cat /run/gluster/vols/*/*.pid)");
            cluster.on_each(&hosts, |_| command.clone());
        };
        signal("STOP");
        let (ran, health) = status(&cluster, "every brick hangs");
        signal("CONT");
        assert_eq!(ran.status, 3, "{}", ran.stderr);
        let mounts = &health["mounts"];
        assert!(
            all(mounts, &["mounted"]).iter().all(|value| **value == true),
            "{health:#}"
        );
        assert!(
            all(mounts, &["answers"]).iter().all(|value| **value == false),
            "{health:#}"
        );
        assert!(
            !problems(&health).iter().any(|problem| problem.contains("is not known")),
            "{health:#}"
        );
    });

    cases.case("all_is_known_again", || {
        cluster.heals();
        assert_eq!(cluster.titles(), Vec::<(String, String)>::new());
    });
    cases.finish();
}
