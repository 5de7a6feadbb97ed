//! `glusterctl kubernetes` run as a program: its output is compared with files that people have read and judged.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::documents;
use crate::support::golden::is_golden;
use crate::support::kubernetes_cases;
use crate::support::kubernetes_cases::{CASES, documents, failure, run, stdout};

const OPENSTACK: &str = "inventories/openstack.yaml";

#[test]
fn every_method_gives_the_manifests_that_were_judged() {
    for (name, inventory, _, args) in CASES {
        is_golden(&stdout(&run(inventory, args)), &format!("kubernetes-{name}.yaml"));
    }
}

#[test]
fn the_version_decides_the_method() {
    let kinds = |args: &[&str]| -> Vec<String> {
        let all = documents(&stdout(&run(OPENSTACK, &[args, &["--examples"]].concat())));
        all.iter()
            .map(|document| document["kind"].as_str().unwrap().to_owned())
            .collect()
    };
    let rest = ["PersistentVolume", "PersistentVolumeClaim", "Pod", "Deployment"];
    assert_eq!(kinds(&[]), rest);
    assert_eq!(kinds(&["--kube-version", "1.26"]), rest);
    let old = [&["Service", "Endpoints", "EndpointSlice"], &rest[..], &["Pod"]].concat();
    assert_eq!(kinds(&["--kube-version", "v1.25.16"]), old);
    // discovery.k8s.io/v1 is stable since 1.21; before, nothing reads slices that mirroring would not make.
    let before = stdout(&run(OPENSTACK, &["--kube-version", "1.20"]));
    assert!(
        !before.contains("EndpointSlice") && !before.contains("skip-mirror"),
        "{before}"
    );
}

#[test]
fn what_cannot_work_is_refused_with_the_reason_and_the_alternative() {
    for (args, words) in [
        (
            &["--kube-version", "1.29", "--method", "glusterfs", "--allow-deprecated"][..],
            &[
                "removed its glusterfs plugin in 1.26",
                "no volume plugin matched",
                "use --method local",
            ][..],
        ),
        (
            &["--kube-version", "1.26", "--method", "glusterfs"],
            &[
                "only nodes whose kubelet is still 1.25",
                "use --method local",
                "--allow-deprecated",
            ],
        ),
        (
            &["--method", "kadalu"],
            &["kadalu/kadalu#1106", "use --method local,", "--allow-deprecated"],
        ),
        (
            &["--method", "local-path-provisioner", "--kube-version", "1.35"],
            &[
                "before 1.36 nothing ties the provisioner's volumes to the nodes",
                "on the node's own disk, and the pod writes there",
                "use --method local,",
                "--allow-deprecated",
            ],
        ),
        (
            &["--method", "nfs"],
            &["volume gv0", "names no NFS export", "--method local"],
        ),
        (&["--method", "ceph"], &["a method is one of glusterfs, local"]),
        (&["--kube-version", "2"], &["a version looks like 1."]),
    ] {
        let message = failure(&run(OPENSTACK, args), 2);
        assert!(words.iter().all(|word| message.contains(word)), "{words:?}: {message}");
    }
    let output = run(
        OPENSTACK,
        &["--kube-version", "1.28", "--method", "glusterfs", "--allow-deprecated"],
    );
    assert!(stdout(&output).contains("kind: Endpoints"));
    assert!(String::from_utf8_lossy(&output.stderr).contains("warning: method glusterfs on Kubernetes 1.28"));
}

#[test]
fn table_and_yaml_are_the_same_and_json_is_one_list_of_the_same_objects() {
    let yaml = stdout(&run(OPENSTACK, &["-o", "yaml"]));
    assert_eq!(yaml, stdout(&run(OPENSTACK, &[])));
    let list: Value = serde_json::from_str(&stdout(&run(OPENSTACK, &["-o", "json"]))).unwrap();
    documents::valid("kubernetes", &list);
    assert_eq!(
        list,
        json!({"apiVersion": "v1", "kind": "List", "items": documents(&yaml)})
    );
}

#[test]
fn two_objects_never_share_a_name_and_two_inventories_never_a_persistent_volume() {
    let mut names = BTreeSet::new();
    for inventory in [
        OPENSTACK,
        "inventories/six-hosts-two-disks.yaml",
        "tests/inventories/awkward.yaml",
    ] {
        for document in documents(&stdout(&run(inventory, &[]))) {
            let metadata = &document["metadata"];
            let key = (
                document["kind"].to_string(),
                metadata["namespace"].to_string(),
                metadata["name"].to_string(),
            );
            assert!(names.insert(key.clone()), "{key:?}");
        }
    }
}

#[test]
fn without_volumes_nothing_is_printed_and_it_is_said_why() {
    let inventory = tempfile::NamedTempFile::new().unwrap();
    let text = "cluster: a\nhosts: [{name: a, address: 198.51.100.1, devices: [/dev/b]}]\n";
    std::fs::write(&inventory, text).unwrap();
    let path = inventory.path().to_str().unwrap();
    let output = run(path, &[]);
    assert_eq!(stdout(&output), "");
    assert!(String::from_utf8_lossy(&output.stderr).contains("no volumes"));
    let list: Value = serde_json::from_str(&stdout(&run(path, &["-o", "json"]))).unwrap();
    assert_eq!(list["items"], json!([]));
}

#[test]
fn examples_are_printed_only_when_they_are_asked_for() {
    let kinds = |args: &[&str]| -> Vec<Value> {
        let all = documents(&stdout(&run(OPENSTACK, args)));
        all.iter().map(|document| document["kind"].clone()).collect()
    };
    assert_eq!(kinds(&[]), ["PersistentVolume", "PersistentVolumeClaim"]);
    let all = ["PersistentVolume", "PersistentVolumeClaim", "Pod", "Deployment"];
    assert_eq!(kinds(&["--examples"]), all);
}

#[test]
fn a_directory_loses_what_an_earlier_run_wrote_and_this_one_does_not() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().to_str().unwrap();
    run(OPENSTACK, &["--dir", dir, "--examples"]);
    let example = temp.path().join("glusterfs-kube-gv0-example-pod.yaml");
    let changed = temp.path().join("glusterfs-kube-gv0-example-deployment.yaml");
    let own = temp.path().join("own.yaml");
    assert!(example.exists() && changed.exists());
    // What is no longer an object of this cluster, and what no run wrote, stays.
    std::fs::write(&changed, "kind: Deployment\n").unwrap();
    std::fs::write(&own, std::fs::read_to_string(&example).unwrap()).unwrap();
    let output = run(OPENSTACK, &["--dir", dir]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("example-pod.yaml, which an earlier run wrote"), "{said}");
    assert!(!example.exists() && changed.exists() && own.exists());
}

#[test]
fn a_directory_gets_a_file_for_each_manifest_and_a_kustomization_of_them() {
    let temp = tempfile::tempdir().unwrap();
    for (format, extension) in [("table", "yaml"), ("json", "json")] {
        let dir = temp.path().join(extension).join("new");
        // The second time the files are there already.
        for _ in 0..2 {
            let output = run(
                "tests/inventories/awkward.yaml",
                &["--dir", dir.to_str().unwrap(), "-o", format, "--examples"],
            );
            assert_eq!(stdout(&output), "");
        }
        let printed = documents(&stdout(&run("tests/inventories/awkward.yaml", &["--examples"])));
        let read = |name: &str| -> Value {
            let text = std::fs::read_to_string(dir.join(name)).unwrap();
            serde_yaml::from_str(&text).unwrap()
        };
        let kustomization = read("kustomization.yaml");
        let resources = kustomization["resources"].as_array().unwrap();
        let named: BTreeSet<&str> = resources.iter().map(|name| name.as_str().unwrap()).collect();
        let mut found = 0;
        for entry in std::fs::read_dir(&dir).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name == "kustomization.yaml" {
                continue;
            }
            assert!(name.ends_with(extension), "{name}");
            assert!(printed.contains(&read(&name)), "{name}");
            assert_eq!(named.contains(name.as_str()), !name.contains("example"), "{name}");
            found += 1;
        }
        assert_eq!(found, printed.len());
    }
    let golden = std::fs::read_to_string(temp.path().join("yaml/new/kustomization.yaml")).unwrap();
    is_golden(&golden, "kubernetes-kustomization.yaml");
}

#[test]
fn a_directory_that_cannot_be_is_an_error_that_names_it() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let dir = file.path().join("dir");
    let message = failure(&run(OPENSTACK, &["--dir", dir.to_str().unwrap()]), 1);
    assert!(message.contains(dir.to_str().unwrap()), "{message}");
}

#[test]
fn templates_are_overridden_one_by_one_and_a_broken_one_fails_with_file_and_line() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("templates");
    let place = dir.to_str().unwrap();
    let exported = std::process::Command::new(env!("CARGO_BIN_EXE_glusterctl"))
        .args(["kubernetes", "templates", "export", place])
        .output()
        .unwrap();
    assert_eq!(stdout(&exported), "");
    let all = std::fs::read_dir(&dir).unwrap().count();
    assert_eq!(all, std::fs::read_dir("templates/kubernetes").unwrap().count());
    let with = |args: &[&str]| run(OPENSTACK, &[args, &["--templates", place]].concat());
    assert_eq!(stdout(&with(&[])), stdout(&run(OPENSTACK, &[])));

    // One alone, the others stay built in.
    for entry in std::fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("example-pod.yaml.j2") {
            std::fs::remove_file(path).unwrap();
        }
    }
    let path = dir.join("example-pod.yaml.j2");
    let original = std::fs::read_to_string(&path).unwrap();
    let change = |from: &str, to: &str| std::fs::write(&path, original.replace(from, to)).unwrap();
    change("nginx:alpine", "registry.example/nginx:1");
    assert!(stdout(&with(&["--examples"])).contains("image: registry.example/nginx:1"));
    // What cannot be filled in, what is no YAML, and what is YAML but no pod that works.
    for (from, to, line) in [
        ("{{ namespace }}", "{{ namspace }}", 6),
        ("{{ namespace }}", "{{ namespace }", 6),
        ("    - name: nginx", "   - name: nginx\n    x", 24),
        ("kind: Pod", "kind: Prod", 3),
        ("claimName: {{ name }}", "claimName: other", 28),
    ] {
        change(from, to);
        let message = failure(&with(&[]), 1);
        assert!(
            message.contains(&format!("{}:{line}: ", path.display())),
            "{to}: {message}"
        );
        // Nothing of it was printed.
        assert!(with(&[]).stdout.is_empty());
    }
    std::fs::rename(&path, dir.join("exmaple-pod.yaml.j2")).unwrap();
    let message = failure(&with(&[]), 1);
    assert!(
        message.contains("exmaple-pod.yaml.j2: there is no such template"),
        "{message}"
    );
}

#[test]
fn names_of_examples_are_short_enough_and_differ() {
    let inventory = tempfile::NamedTempFile::new().unwrap();
    let text = std::fs::read_to_string(OPENSTACK).unwrap();
    let second = "  - {name: gv1, replica: 3, mount: /more}\n";
    let long = "a".repeat(62);
    let section = format!("kubernetes: {{volumes: {{gv0: {{name: {long}b}}, gv1: {{name: {long}c}}}}}}\n");
    std::fs::write(inventory.path(), text + second + &section).unwrap();
    let path = inventory.path().to_str().unwrap();
    let all = documents(&stdout(&run(path, &["--kube-version", "1.25", "--examples"])));
    let name = |document: &Value| document["metadata"]["name"].as_str().unwrap().to_owned();
    let names: BTreeSet<_> = all.iter().map(|one| (one["kind"].to_string(), name(one))).collect();
    assert_eq!(names.len(), all.len());
    assert!(names.iter().all(|(_, name)| name.len() <= 63), "{names:?}");
}

#[test]
fn hosts_that_are_one_node_and_a_label_of_two_volumes_on_different_hosts_are_refused() {
    let inventory = tempfile::NamedTempFile::new().unwrap();
    let path = inventory.path().to_str().unwrap();
    let text = std::fs::read_to_string(OPENSTACK).unwrap();
    let client = "  - {name: kube9, address: 198.51.100.19, role: client}\nvolumes:\n";
    let second = "  - {name: gv1, replica: 3, mount: {path: /more, on: servers}}\n";
    for (section, words) in [
        (
            "{nodes: {kube2: kube1}}",
            "hosts kube1 and kube2 would both be the node kube1",
        ),
        (
            "{volumes: {gv0: {node_label: storagenode}, gv1: {node_label: storagenode}}}",
            "volumes gv0 and gv1 have one label, storagenode, and different hosts mount them",
        ),
    ] {
        let text = text.replace("volumes:\n", client) + second + &format!("kubernetes: {section}\n");
        std::fs::write(inventory.path(), text).unwrap();
        let message = failure(&run(path, &[]), 2);
        assert!(message.contains(words), "{message}");
        // Nodes do not matter to the plugin that mounts by itself.
        stdout(&run(path, &["--kube-version", "1.25"]));
    }
}

#[test]
fn a_template_that_would_not_end_is_refused() {
    let temp = tempfile::tempdir().unwrap();
    let place = temp.path().to_str().unwrap();
    let path = temp.path().join("example-pod.yaml.j2");
    let refused = |words: &str| {
        let started = std::time::Instant::now();
        let message = failure(&run(OPENSTACK, &["--templates", place]), 1);
        assert!(message.contains(words), "{message}");
        assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    };
    for text in [
        "a: {{ '%1000000000d' | format(1) }}\n",
        "a: {{ 'x' | indent(1000000000, true) }}\n",
    ] {
        std::fs::write(&path, text).unwrap();
        refused("example-pod.yaml.j2:1: unknown filter");
    }
    std::fs::write(&path, " ".repeat(2 << 20)).unwrap();
    refused("a template has at most 1048576 bytes");
    std::fs::remove_file(&path).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    refused("a template is a file");
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let mut child = kubernetes_cases::command(OPENSTACK, &[])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}
