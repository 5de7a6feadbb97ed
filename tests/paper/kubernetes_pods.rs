//! `glusterctl kubernetes pods` run as a program: its output is compared with files that people have read and judged.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::golden::is_golden;
use crate::support::kubernetes_cases::{OPENSTACK, PODS, documents, failure, path, run, stdout, with};

const AWKWARD: &str = "tests/inventories/awkward.yaml";
const IMAGE: &[&str] = &["pods", "--image", "registry.example/glusterfs:11"];

fn pods(inventory: &str, args: &[&str]) -> Vec<Value> {
    documents(&stdout(&run(inventory, &[IMAGE, args].concat())))
}

#[test]
fn every_kind_gives_the_manifests_that_were_judged() {
    for (name, inventory, _, args) in PODS {
        let text = stdout(&run(inventory, args));
        is_golden(&text, &format!("kubernetes-{name}.yaml"));
    }
}

#[test]
fn pods_read_an_inventory_in_which_hosts_provision_themselves() {
    let inventory = with("{nodes: {kube2: node-2}, volumes: {gv0: {directory: apps}}}");
    let text = std::fs::read_to_string(path(&inventory)).unwrap();
    let ssh = "ssh: {user: admin, become: sudo}\nconnection: ssh\nhosts:";
    let text = text
        .replace("hosts:", ssh)
        .replace("devices: [/dev/vdb]}", "ssh: {port: 2222}, devices: [/dev/vdb]}");
    std::fs::write(
        path(&inventory),
        text.replace("mount: /data", "mount: {path: /data, options: [noatime]}"),
    )
    .unwrap();
    let all = pods(path(&inventory), &[]);
    let config = all.iter().find(|document| document["kind"] == "ConfigMap").unwrap();
    let read: Value = serde_yaml::from_str(config["data"]["inventory.yaml"].as_str().unwrap()).unwrap();
    let host = |name: &str, address: &str| json!({"name": name, "address": address, "devices": ["/dev/vdb"]});
    assert_eq!(
        read,
        json!({
            "cluster": "kube", "connection": "local",
            "hosts": [host("kube1", "198.51.100.11"), host("kube2", "198.51.100.12"), host("kube3", "198.51.100.13")],
            "volumes": [{"name": "gv0", "replica": 3, "mount": {"path": "/host/data", "options": ["noatime"]}}],
            "kubernetes": {"nodes": {"kube2": "node-2"}, "volumes": {"gv0": {"directory": "apps"}}},
        })
    );
}

#[test]
fn a_pod_knows_its_host_by_the_name_of_its_node_only_if_both_are_called_the_same() {
    let environment = |inventory: &str, args: &[&str]| -> Vec<Value> {
        let all = pods(inventory, args);
        let last = all.last().unwrap();
        let spec = last.pointer("/spec/template/spec").unwrap_or(&last["spec"]);
        let all = spec["containers"][0]["env"].as_array().unwrap().clone();
        all.into_iter().filter(|one| one["name"] == "GLUSTERCTL_NODE").collect()
    };
    let by_node = json!({"fieldRef": {"fieldPath": "spec.nodeName"}});
    assert_eq!(environment(OPENSTACK, &[])[0]["valueFrom"], by_node);
    // Without the variable, the pod is the host that has the node's address.
    assert_eq!(environment(AWKWARD, &[]), [] as [Value; 0]);
    assert_eq!(environment(AWKWARD, &["--kind", "pod"])[0]["value"], "kube2");
}

#[test]
fn what_cannot_be_a_pod_is_refused_with_every_reason() {
    let changed = |from: &str, to: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = std::fs::read_to_string(OPENSTACK).unwrap();
        assert!(text.contains(from));
        std::fs::write(file.path(), text.replace(from, to)).unwrap();
        file
    };
    let refused = |file: &tempfile::NamedTempFile, args: &[&str], words: &[&str]| {
        let message = failure(&run(path(file), &[IMAGE, args].concat()), 2);
        assert!(words.iter().all(|word| message.contains(word)), "{words:?}: {message}");
    };
    let thin = changed(
        "address: 198.51.100.11, devices: [/dev/vdb]",
        "address: 198.51.100.11, devices: [{path: /dev/vdb, lvm: thin}]",
    );
    refused(
        &thin,
        &[],
        &[
            "kube1: /dev/vdb has `lvm`",
            "would not know of each other",
            "remove `lvm`",
        ],
    );
    refused(
        &thin,
        &["--kube-version", "1.20"],
        &[
            "error: kube1: /dev/vdb has `lvm`",
            "error: pods on Kubernetes 1.20",
            "from 1.21 on",
        ],
    );
    let existing = changed(
        "address: 198.51.100.11, devices: [/dev/vdb]",
        "address: 198.51.100.11, devices: [{brick: /mnt/old/brick, uuid: 0b5d0b1c-7b0e-4b8e-9a52-0f2d8a9ce1f3, mount: /mnt/old}]",
    );
    refused(
        &existing,
        &[],
        &[
            "kube1: the bricks at /mnt/old exist already",
            "does not see the node's mounts",
        ],
    );
    let tls = changed("cluster: kube", "cluster: kube\ntls: {certificates: made}");
    refused(&tls, &[], &["tls: pods have no certificates", "remove `tls`"]);
    refused(
        &with("{nodes: {kube2: kube1}}"),
        &[],
        &["hosts kube1 and kube2 would both be the node kube1"],
    );
    let long = format!("/{}", "a".repeat(252));
    let long = changed("/data", &long);
    let message = failure(&run(path(&long), IMAGE), 1);
    assert!(message.contains("volume gv0: its mount point in pods"), "{message}");
}

#[test]
fn the_image_and_its_name_have_to_be_stated() {
    let message = failure(&run(OPENSTACK, &["pods"]), 2);
    assert!(message.contains("--image <IMAGE>"), "{message}");
    for wrong in ["", "-x", "a b", "a\nb", "a:", "/a"] {
        let message = failure(&run(OPENSTACK, &["pods", &format!("--image={wrong}")]), 2);
        assert!(message.contains("--image"), "{message}");
    }
    let message = failure(&run(OPENSTACK, &[IMAGE, &["--state", "/"]].concat()), 2);
    assert!(message.contains("a directory of its own"), "{message}");
}

#[test]
fn namespace_and_state_can_be_chosen_and_files_written() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().to_str().unwrap();
    let args = [
        "--namespace",
        "storage",
        "--state",
        "/srv/state",
        "--dir",
        place,
        "--kind",
        "pod",
    ];
    assert_eq!(stdout(&run(OPENSTACK, &[IMAGE, &args].concat())), "");
    let text = std::fs::read_to_string(directory.path().join("kustomization.yaml")).unwrap();
    let kustomization: Value = serde_yaml::from_str(&text).unwrap();
    assert_eq!(
        kustomization["resources"],
        json!([
            "storage-pods-namespace.yaml",
            "glusterfs-kube-pods-config.yaml",
            "glusterfs-kube-pods-service-account.yaml",
            "glusterfs-kube-pods-disruption-budget.yaml",
            "glusterfs-kube-kube1-pods-workload.yaml",
            "glusterfs-kube-kube2-pods-workload.yaml",
            "glusterfs-kube-kube3-pods-workload.yaml",
        ])
    );
    let pod = std::fs::read_to_string(directory.path().join("glusterfs-kube-kube3-pods-workload.yaml")).unwrap();
    assert!(
        pod.contains("path: \"/srv/state\"") && pod.contains("namespace: \"storage\""),
        "{pod}"
    );
}

#[test]
fn a_template_that_makes_a_pod_unsafe_is_refused_with_file_and_line() {
    let temp = tempfile::tempdir().unwrap();
    let place = temp.path().to_str().unwrap();
    let refused = |template: &str, changes: &[(&str, &str)]| {
        let source = std::fs::read_to_string(format!("templates/kubernetes/{template}.yaml.j2")).unwrap();
        let file = temp.path().join(format!("{template}.yaml.j2"));
        for (right, instead) in changes {
            assert!(source.contains(right), "{right}");
            std::fs::write(&file, source.replace(right, instead)).unwrap();
            let message = failure(&run(OPENSTACK, &[IMAGE, &["--templates", place]].concat()), 1);
            assert!(
                message.contains(&format!("{}:", file.display())),
                "{instead}: {message}"
            );
            assert!(message.contains("makes a wrong"), "{instead}: {message}");
        }
        std::fs::remove_file(&file).unwrap();
    };
    refused(
        "pods-workload",
        &[
            ("type: OnDelete", "type: RollingUpdate"),
            ("values: [{{ node }}]", "values: [kube9]"),
            ("node, alive]", "node, ready]"),
            ("path: /dev\n", "path: /tmp\n"),
            ("path: {{ state }}", "path: /tmp"),
            ("path: {{ mount.on_node }}", "path: /tmp"),
            ("privileged: true", "privileged: false"),
            ("hostnames: [{{ host.name }}]", "hostnames: [x]"),
            (
                "- name: state\n              mountPath",
                "- name: other\n              mountPath",
            ),
            (
                "        glusterctl/pods: {{ name }}\n{%",
                "        glusterctl/pods: other\n{%",
            ),
        ],
    );
    refused(
        "pods-config",
        &[
            ("      - {{ entry }}", "      - {}"),
            ("{{ key }}: {{ value }}", "{{ key }}: x"),
        ],
    );
    refused(
        "pods-disruption-budget",
        &[("{{ available }}", "1"), ("glusterctl/pods: {{ name }}", "a: b")],
    );
    refused("pods-namespace", &[("privileged", "baseline")]);
    refused("pods-service-account", &[("Token: false", "Token: true")]);
}

#[test]
fn the_containerfile_names_what_the_pods_need() {
    let text = stdout(&run("no-such-inventory.yaml", &["pods", "containerfile"]));
    assert_eq!(
        text,
        std::fs::read_to_string(Path::new("templates/Containerfile")).unwrap()
    );
    for word in [
        "glusterfs-server",
        "xfsprogs",
        "ENTRYPOINT [\"/usr/bin/glusterctl\", \"node\"]",
    ] {
        assert!(text.contains(word), "{word}");
    }
}
