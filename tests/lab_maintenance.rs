//! Hosts that stop for a while: asked for, in maintenance, rebooted and updated one by one, while somebody goes on writing.

#![allow(clippy::unwrap_used, reason = "helpers of tests are outside of #[test]")]

mod support;

use std::time::Duration;

use serde_json::Value;
use support::boot::{LIMIT, until};
use support::cluster::{Cases, Cluster, Ran};
use support::{host, report};

const INVENTORY: &str = "cluster: CLUSTER
defaults: {devices: [/dev/vdb]}
hosts:
  - {name: kube1, address: 198.51.100.11}
  - {name: kube2, address: 198.51.100.12}
  - {name: kube3, address: 198.51.100.13}
  - {name: web1, address: 198.51.100.21, role: client}
volumes:
  - {name: gv0, replica: 3, mount: /data, options: {network.ping-timeout: 10}}
";
const ALL: [&str; 3] = ["kube1", "kube2", "kube3"];

#[test]
fn lab_hosts_stop_one_by_one_while_somebody_writes() {
    let cluster = Cluster::installed("stops", INVENTORY);
    cluster.apply();
    let mut cases = Cases::default();
    cases.case("ok-to-stop", || ok_to_stop(&cluster));
    cases.case("maintenance over a reboot", || maintenance(&cluster));
    cases.case("a rolling reboot", || rolling_reboot(&cluster));
    cases.finish();
    cluster.heals();
    assert_eq!(cluster.titles(), Vec::<(String, String)>::new());
}

/// The kinds of the reasons that `ok-to-stop` gives; none if the answer is yes.
fn reasons(cluster: &Cluster, hosts: &[&str]) -> Vec<String> {
    let ran = cluster.run(&[&["-o", "json", "ok-to-stop"], hosts].concat());
    let verdict: Value = serde_json::from_str(&ran.stdout).unwrap();
    let reasons = verdict["reasons"].as_array().unwrap().iter();
    let kinds: Vec<String> = reasons
        .map(|reason| reason["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        (ran.status, verdict["ok"] == true),
        if kinds.is_empty() { (0, true) } else { (3, false) }
    );
    kinds
}

fn ok_to_stop(cluster: &Cluster) {
    let lab = &cluster.lab;
    for name in ALL {
        assert_eq!(reasons(cluster, &[name]), Vec::<String>::new(), "{name}");
    }
    assert_eq!(reasons(cluster, &["kube1", "kube2"]), ["redundancy"]);
    assert_eq!(cluster.run(&["ok-to-stop", "kube7"]).status, 2);
    // A brick is killed: the brick is down, and writes leave entries to heal.
    lab.must("kube3", "pkill -x glusterfsd");
    lab.must("kube1", "for n in $(seq 20); do echo $n >/data/missed-$n; done");
    let down = reasons(cluster, &["kube1"]);
    assert_eq!(down, ["brick-down", "heal", "heal", "redundancy"]);
    let refused = cluster.run(&["maintenance", "enter", "kube1"]);
    assert_eq!(refused.status, 1);
    assert!(
        refused.stderr.contains("kube3:/bricks/vdb/gv0 does not run"),
        "{}",
        refused.stderr
    );
    assert_eq!(lab.must("kube1", "systemctl is-active glusterd"), "active");
    // The brick is back, and the entries are kept from healing: a file cannot be written on the brick.
    lab.must(
        "kube1",
        "gluster --mode=script volume set gv0 cluster.self-heal-daemon off",
    );
    lab.must("kube1", "gluster --mode=script volume start gv0 force");
    until("the brick is back", LIMIT, || match reasons(cluster, &["kube1"]) {
        pending if pending == ["heal", "heal"] => Ok(()),
        other => Err(format!("{other:?}")),
    });
    lab.must(
        "kube1",
        "gluster --mode=script volume reset gv0 cluster.self-heal-daemon && gluster volume heal gv0",
    );
    let waited = cluster.run(&["ok-to-stop", "--wait=60s", "kube1", "kube1"]);
    assert_eq!(waited.status, 0, "{}", waited.stderr);
}

/// Runs a command that must succeed.
fn done(cluster: &Cluster, arguments: &[&str]) -> Ran {
    let ran = cluster.run(arguments);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    ran
}

fn maintenance(cluster: &Cluster) {
    let lab = &cluster.lab;
    let mounts_and_rests = || {
        until("kube3 mounts the volume", LIMIT, || {
            match cluster.is_mounted("kube3", "/data") {
                true => Ok(()),
                false => Err("not yet".to_owned()),
            }
        });
        let active = lab.ssh(
            "kube3",
            "systemctl is-active glusterd gluster-heal; pgrep -x 'glusterd|glusterfsd'",
        );
        assert_eq!(String::from_utf8_lossy(&active.stdout), "inactive\ninactive\n");
    };
    cluster.install(&["kube3"]);
    cluster.write_steadily("kube1");
    let planned = done(cluster, &["-o", "json", "maintenance", "enter", "kube3", "--dry-run"]);
    let plan: Value = serde_json::from_str(&planned.stdout).unwrap();
    assert_eq!(plan["steps"].as_array().unwrap().len(), 1);
    assert_eq!(plan["steps"][0]["danger"]["kind"], "stops-bricks");
    done(cluster, &["maintenance", "enter", "kube3"]);
    mounts_and_rests();
    let health = cluster.health();
    assert_eq!(
        (&health["hosts"][2]["maintenance"], &health["healthy"]),
        (&true.into(), &false.into())
    );
    assert!(
        health["problems"]
            .to_string()
            .contains("kube3: the host is in maintenance since 20"),
        "{health}"
    );

    lab.reboot(&[host("kube3")], &support::say).unwrap();
    mounts_and_rests();
    let boot = lab.must("kube3", "glusterctl boot --timeout 60s 2>&1");
    assert!(
        boot.contains("in maintenance") && boot.contains("mount /data"),
        "{boot}"
    );
    let applied = cluster.run(&["apply"]);
    assert_eq!(applied.status, 0, "{}", applied.stderr);
    assert!(
        applied.stderr.contains("kube3 is in maintenance since 20"),
        "{}",
        applied.stderr
    );
    assert!(applied.stderr.contains("Nothing to do"), "{}", applied.stderr);
    mounts_and_rests();
    assert!(reasons(cluster, &["kube1"]).contains(&"maintenance".to_owned()));
    assert_eq!(reasons(cluster, &["kube3"]), Vec::<String>::new());
    lab.must("kube3", "test -e /etc/glusterctl/maintenance");

    let exit = done(cluster, &["-o", "json", "maintenance", "exit", "kube3"]);
    assert_eq!(exit.events().last().unwrap()["done"], true);
    assert_eq!(reasons(cluster, &["kube1"]), Vec::<String>::new());
    lab.must(
        "kube3",
        "! ls /etc/glusterctl/maintenance /etc/systemd/system/gluster-heal.service.d 2>/dev/null",
    );
    let (written, refused) = cluster.nothing_is_lost("kube1", &ALL);
    assert!(written > 50 && refused == 0, "{written} written, {refused} refused");
}

fn rolling_reboot(cluster: &Cluster) {
    // The writer is on no host that reboots: it is this machine's, on kube1 until kube1's turn.
    let boots = || cluster.on_each(&cluster.hosts(), |_| "cat /proc/sys/kernel/random/boot_id".to_owned());
    let before = boots();
    let ran = done(cluster, &["-o", "json", "reboot", "--boot-limit", "2m"]);
    let events = ran.events();
    let ended: Vec<String> = events
        .iter()
        .filter(|event| event["event"] == "ended")
        .map(|event| {
            format!(
                "{}: {}",
                event["host"].as_str().unwrap(),
                event["step"].as_str().unwrap()
            )
        })
        .collect();
    let at = |what: &str| {
        ended
            .iter()
            .position(|step| step == what)
            .unwrap_or_else(|| panic!("{what}: {ended:#?}"))
    };
    for pair in ALL.windows(2) {
        let (one, next) = (pair[0], pair[1]);
        assert!(at(&format!("{one}: note that the reboot is done here")) < at(&format!("{next}: reboot {next}")));
    }
    let after = boots();
    assert!(
        before.iter().all(|(name, boot)| after[name] != *boot),
        "{before:?} {after:?}"
    );
}
