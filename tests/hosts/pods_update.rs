//! Pods are made anew one by one: kubectl and the controllers are stand-ins, the pods and their Gluster are real.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::PROGRAM;
use crate::support::boot::{Tally, until};
use crate::support::cluster::Cluster;
use crate::support::kubernetes_cases::StandIn;
use crate::support::pods::{Kind, LIMIT, Pods};

use super::pods::{ALL, INVENTORY};

/// How long an update may take.
const UPDATE: Duration = Duration::from_secs(300);

#[test]
fn lab_pods_are_made_anew_one_by_one_while_somebody_writes() {
    let cluster = Cluster::up("podsupdate", INVENTORY);
    let pods = Pods::of(&cluster, Kind::DaemonSet, INVENTORY);
    let mut tally = Tally::default();
    ALL.iter().for_each(|host| pods.start(host));
    tally.add("from nothing to three ready pods", pods.all_ready());
    a_host_can_stop_only_while_the_others_serve(&pods);

    let api = controllers(&cluster);
    let inventory = cluster.write("node.yaml", INVENTORY);
    pods.write_steadily("kube1");
    let begun = Instant::now();
    assert_eq!(update(&pods, &api, &inventory, &["kube2", "kube3"]), ["kube2", "kube3"]);
    tally.add("two pods made anew, one by one", begun.elapsed());
    let (written, refused) = pods.nothing_is_lost("kube1");
    assert!(written > 20, "{written}");
    assert_eq!(refused, 0);
    // The rest: its mount, and so a writer, ends with a pod.
    assert_eq!(update(&pods, &api, &inventory, &[]), ["kube1"]);
    pods.healed("kube1");
    tally.print(&format!("pods made anew: {written} files whole in every pod"));
}

/// Runs `kubernetes update`, makes the pods anew that it deletes, and returns them in order.
fn update(pods: &Pods, api: &StandIn, inventory: &Path, hosts: &[&str]) -> Vec<&'static str> {
    let mut update = Command::new(PROGRAM)
        .args([
            "kubernetes",
            "update",
            "--yes",
            "--wait",
            "--kubectl",
            StandIn::program(),
            "-i",
        ])
        .arg(inventory)
        .args(hosts)
        .env("STAND_IN", api.directory())
        .env("XDG_STATE_HOME", api.directory())
        .env_remove("GLUSTERCTL_LAB")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (begun, mut made_anew) = (Instant::now(), Vec::new());
    while update.try_wait().unwrap().is_none() && begun.elapsed() < UPDATE {
        for host in ALL {
            let deleted = api.directory().join(format!("deleted-{host}"));
            if deleted.exists() {
                pods.stop(host);
                pods.start(host);
                std::fs::remove_file(deleted).unwrap();
                made_anew.push(host);
            }
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let _ = update.kill();
    let ended = update.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{}\n{said}", ended.status);
    assert!(
        said.contains("made anew and healed, one after the other, in "),
        "{said}"
    );
    made_anew
}

/// What a pod says of its own host.
fn a_host_can_stop_only_while_the_others_serve(pods: &Pods) {
    let says = |yes: bool| {
        until(&format!("kube1 says {yes}"), LIMIT, || {
            let (can_stop, why) = pods.probe("kube1", "ok-to-stop");
            if can_stop == yes { Ok(why.clone()) } else { Err(why) }
        })
    };
    says(true);
    pods.kill("kube3");
    let why = says(false);
    assert!(why.contains("kube3"), "{why}");
    pods.start("kube3");
    pods.ready("kube3");
    says(true);
}

/// Stand-ins for kubectl and the controllers, in which the pods are those of the lab; their template has just changed.
fn controllers(cluster: &Cluster) -> StandIn {
    let api = StandIn::new("v1.36.1", &ALL);
    let inventory = cluster.write("node.yaml", INVENTORY);
    let file = api.directory().join("manifests.json");
    for tag in ["10", "11"] {
        let image = format!("registry.example/glusterfs:{tag}");
        let printed = cluster.run_with(&inventory, &["-o", "json", "kubernetes", "pods", "--image", &image]);
        assert_eq!(printed.status, 0, "{}", printed.stderr);
        std::fs::write(&file, printed.stdout).unwrap();
        let apply = [
            "apply",
            "--server-side",
            "--field-manager=x",
            "-f",
            file.to_str().unwrap(),
        ];
        assert!(api.kubectl(&apply).status.success());
    }
    let ssh = format!(
        "ssh -F {} -o BatchMode=yes \"$host\"",
        cluster.lab.ssh_config().display()
    );
    for (name, script) in [
        ("deleted", "touch \"$STAND_IN/deleted-$1\"".to_owned()),
        (
            "ready",
            format!("host=$1; [ ! -e \"$STAND_IN/deleted-$1\" ] && {ssh} crun exec pod glusterctl node ready"),
        ),
        ("answer", format!("host=$1; shift; {ssh} crun exec pod \"$@\"")),
    ] {
        let path = api.directory().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    api
}
