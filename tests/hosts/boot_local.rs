//! Nodes that provision themselves, and an `apply --wait` that waits for hosts.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::process::Output;
use std::time::{Duration, Instant};

use crate::support::boot::Tally;
use crate::support::cluster::Cluster;
use crate::support::soak;
use glusterctl::inventory;

const ALL: [&str; 3] = ["kube1", "kube2", "kube3"];
const CLOUD_INIT: &str = include_str!("../../inventories/openstack.cloud-init.txt");

/// The inventory that the example for cloud-init writes.
fn written() -> String {
    let (_, rest) = CLOUD_INIT.split_once("content: |\n").unwrap();
    let lines = rest.lines().take_while(|line| line.starts_with("      "));
    lines.map(|line| format!("{}\n", &line[6..])).collect()
}

/// The last command of the example for cloud-init.
fn command() -> String {
    let line = CLOUD_INIT.trim_end().lines().last().unwrap();
    let words = line.trim().strip_prefix("- [").unwrap().strip_suffix(']').unwrap();
    words.replace(", ", " ")
}

#[test]
fn the_example_for_cloud_init_is_the_openstack_inventory_on_the_hosts_themselves() {
    let mut expected = inventory::load("inventories/openstack.yaml".as_ref()).unwrap();
    for host in &mut expected.hosts {
        host.connection = inventory::Connection::Local;
    }
    assert_eq!(inventory::read(&written(), "cloud-init").unwrap(), expected);
    assert_eq!(
        command(),
        "glusterctl -i /etc/glusterctl/inventory.yaml apply --yes --wait=15m"
    );
}

#[test]
fn lab_boot_three_hosts_provision_themselves_at_once_into_one_pool_and_one_volume() {
    let mut tally = Tally::default();
    for round in 0..soak().unwrap_or(1).min(10) {
        let text = written().replace("cluster: kube", "cluster: CLUSTER");
        let cluster = Cluster::up(&format!("self{round}"), &text);
        cluster.install(&ALL);
        let file = cluster.write("inventory.yaml", &text);
        for name in ALL {
            cluster.lab.put(name, &file, "/etc/glusterctl/inventory.yaml", "644");
        }
        let delays: Vec<Duration> = ALL.iter().map(|_| delay()).collect();
        eprintln!("delays: {delays:?}");
        let begun = Instant::now();
        let outputs = at_once(&cluster, &delays);
        tally.add("three hosts provisioned themselves", begun.elapsed());
        let mut created = 0;
        for (name, output) in ALL.iter().zip(outputs) {
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(output.status.success(), "{name}: {}\n{said}", output.status);
            created += said.matches("create volume gv0 (there is no such volume)").count();
        }
        assert_eq!(created, 1);
        for name in ALL {
            assert_eq!(cluster.lab.must(name, "gluster pool list | grep -c Connected"), "3");
            assert_eq!(cluster.lab.must(name, "gluster volume list"), "gv0");
            let again = cluster.lab.run(name, &format!("env -u HOME {}", command()));
            let said = String::from_utf8(again.stderr).unwrap();
            assert!(said.contains("Nothing to do"), "{name}: {said}");
        }
        let status = cluster.lab.must(
            "kube2",
            "glusterctl -i /etc/glusterctl/inventory.yaml status --exit-code",
        );
        assert!(status.ends_with("Healthy."), "{status}");
        for line in [
            "self-managed  answers   2 of 2  ?",
            "yes           answers   2 of 2  ready",
            "gv0     Replicate 1 × 3  started  healthy  3 of 3",
        ] {
            assert!(status.contains(line), "{line} in\n{status}");
        }
        cluster.shares(&cluster.hosts(), "/data");
        // From outside, over SSH, it is the same.
        assert_eq!(cluster.titles(), Vec::<(String, String)>::new());
        cluster.heals();
        if round == 0 {
            refusals(&cluster);
            late(&cluster);
        }
    }
    tally.print("each time one pool and one volume");
}

/// Up to 20 seconds; less when there is no time.
fn delay() -> Duration {
    let random = RandomState::new().build_hasher().finish();
    let most = if soak().unwrap_or(1) > 1 { 20_000 } else { 5_000 };
    Duration::from_millis(random % most)
}

fn at_once(cluster: &Cluster, delays: &[Duration]) -> Vec<Output> {
    std::thread::scope(|scope| {
        let runs: Vec<_> = ALL
            .iter()
            .zip(delays)
            .map(|(name, delay)| {
                scope.spawn(move || {
                    std::thread::sleep(*delay);
                    // As cloud-init does.
                    cluster.lab.run(name, &format!("env -u HOME {}", command()))
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    })
}

/// What cannot be done says so at once.
fn refusals(cluster: &Cluster) {
    let outside = cluster.run_with(&cluster.write("outside.yaml", &written()), &["plan"]);
    assert_eq!(outside.status, 2, "{}", outside.stderr);
    assert!(
        outside.stderr.contains("run on kube1 or kube2 or kube3 itself"),
        "{}",
        outside.stderr
    );
    // Without --wait, a host whose peers are off says what it waits for.
    cluster.cut(&["kube2"]);
    let plan = cluster
        .lab
        .run("kube1", "glusterctl -i /etc/glusterctl/inventory.yaml apply");
    let said = String::from_utf8(plan.stderr).unwrap();
    assert_eq!(plan.status.code(), Some(1), "{said}");
    assert!(said.contains("not until glusterd runs on kube2"), "{said}");
}

/// kube2 is off; apply waits for it.
fn late(cluster: &Cluster) {
    std::thread::scope(|scope| {
        let apply = scope.spawn(|| cluster.run(&["apply", "--wait=2m"]));
        std::thread::sleep(Duration::from_secs(3));
        cluster.boot(&["kube2"]);
        let ran = apply.join().unwrap();
        assert_eq!(ran.status, 0, "{}", ran.stderr);
    });
}
