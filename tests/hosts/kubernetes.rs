//! The preconditions of the manifests, on real (stand-in) hosts: every directory, every label, and the guards.

#![allow(clippy::unwrap_used)] // clippy allows it in tests only, not in what they share

use std::process::Command;

use serde_json::Value;

use crate::support::kubernetes_cases::{StandIn, run, stdout};
use crate::support::{PROGRAM, TestLab};

const HOSTS: [&str; 2] = ["kube1", "kube2"];

fn objects(inventory: &str, method: &str) -> Vec<Value> {
    let list: Value = serde_json::from_str(&stdout(&run(inventory, &["-o", "json", "--method", method]))).unwrap();
    list["items"].as_array().unwrap().clone()
}

fn data(objects: &[Value], key: &str) -> String {
    let texts: Vec<&str> = objects
        .iter()
        .filter_map(|object| object["data"][key].as_str())
        .collect();
    assert_eq!(texts.len(), 1, "{key}");
    texts[0].to_owned()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one test from its first step to its last")]
fn lab_every_directory_and_label_of_a_manifest_is_there() {
    let lab = TestLab::installed("kubernetes", 2, &["/dev/vdb"]);
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("glusterctl.yaml");
    let inventory = path.to_str().unwrap();
    let hosts: Vec<String> = lab
        .spec()
        .hosts
        .iter()
        .map(|host| {
            format!(
                "  - {{name: {}, address: {}, devices: [/dev/vdb]}}\n",
                host.name, host.address
            )
        })
        .collect();
    std::fs::write(
        &path,
        format!(
            "cluster: kube\nhosts:\n{}volumes:\n  - {{name: gv0, replica: 2, mount: /data}}\nkubernetes: {{volumes: \
             {{gv0: {{directory: photos/raw}}}}}}\n",
            hosts.concat()
        ),
    )
    .unwrap();
    let apply = || {
        let output = Command::new(PROGRAM)
            .args(["apply", "-i", inventory, &format!("--lab={}", lab.name())])
            .env("XDG_STATE_HOME", place.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stderr).unwrap()
    };
    apply();
    assert!(apply().contains("Nothing to do"));

    // Directories: what any method names, on every host, and on the volume.
    let mut directories = Vec::new();
    for method in ["local", "host-path"] {
        let spec = objects(inventory, method)[0]["spec"].clone();
        let source = if method == "local" {
            &spec["local"]
        } else {
            &spec["hostPath"]
        };
        directories.push(source["path"].as_str().unwrap().to_owned());
    }
    let provisioner = objects(inventory, "local-path-provisioner");
    let config: Value = serde_json::from_str(&data(&provisioner, "config.json")).unwrap();
    directories.push(config["sharedFileSystemPath"].as_str().unwrap().to_owned());
    assert_eq!(
        directories,
        ["/data/photos/raw", "/data/photos/raw", "/data/kubernetes/dynamic"]
    );
    for host in HOSTS {
        for directory in &directories {
            let seen = lab.must(host, &format!("stat -c %F {directory} && stat -f -c %T {directory}"));
            assert_eq!(seen, "directory\nfuseblk", "{host}: {directory}");
        }
    }

    // Labels: those and only those nodes that have the mount.
    let cluster = StandIn::new("v1.36.0", &["kube1", "kube2", "worker3"]);
    stdout(&cluster.apply(inventory, &[]));
    let with_mount: Vec<&str> = HOSTS
        .into_iter()
        .filter(|host| lab.run(host, "findmnt -t fuse.glusterfs -M /data").status.success())
        .collect();
    let label =
        objects(inventory, "local")[0]["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"]
            [0]["key"]
            .as_str()
            .unwrap()
            .to_owned();
    let calls = cluster.read("calls");
    let expected = format!("label nodes {} {label}=mounted\n", with_mount.join(" "));
    assert!(calls.contains(&expected), "{expected}{calls}");

    // The provisioner's script as its helper pod runs it: with the parent directory bound to the same place.
    let setup = data(&provisioner, "setup").replace('\'', "'\\''");
    let helper = |before: &str| {
        format!(
            "export VOL_DIR=/data/kubernetes/dynamic/pvc-1; export SETUP='{setup}'; unshare -m sh -c '{before}; \
             mount --bind /data/kubernetes/dynamic /data/kubernetes/dynamic; sh -c \"$SETUP\"'"
        )
    };
    lab.must("kube1", &helper(":"));
    assert_eq!(lab.must("kube2", "stat -c %a /data/kubernetes/dynamic/pvc-1"), "777");
    let root_disk = "umount -l /data; mount -t tmpfs none /data; mkdir -p /data/kubernetes/dynamic";
    let refused = lab.run("kube1", &helper(root_disk));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is not on a Gluster volume"));

    // Without the mount, nothing gets to the host's own disk; and the way back is open.
    lab.must("kube2", "umount /data");
    for write in [
        "touch /data/file",
        "mkdir -p /data/kubernetes/dynamic/pvc-2",
        "mkdir -p /data/photos/raw",
    ] {
        assert!(!lab.run("kube2", write).status.success(), "{write}");
    }
    assert_eq!(lab.must("kube2", "ls -A /data"), "");
    apply();
    assert_eq!(lab.must("kube2", "ls /data/kubernetes/dynamic"), "pvc-1");
}
