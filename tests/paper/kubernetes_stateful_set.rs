//! `glusterctl kubernetes pods --kind stateful-set`: what is refused, and what follows from the names of the hosts. The whole
//! output is compared in `kubernetes_pods.rs`.

use serde_json::Value;

use crate::support::kubernetes_cases::{OPENSTACK, documents, failure, path, run, stdout};

const INVENTORY: &str = "inventories/stateful-set.yaml";
/// The same with bricks on file systems that a kubelet mounts.
const DIRECTORIES: &str = "tests/inventories/directories.yaml";
const SET: &[&str] = &[
    "pods",
    "--image",
    "registry.example/glusterfs:11",
    "--kind",
    "stateful-set",
];
const DISK: &[&str] = &["--size", "10Gi", "--storage-class", "fast"];

/// A change of the inventory, and words of the refusal.
type Refusal = (&'static str, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const REFUSALS: &[Refusal] = &[
    ("gluster-1.gluster.storage.svc", "gluster1.gluster.storage.svc", &["gluster1.gluster.storage.svc: ", "NAME-ORDINAL.SERVICE.NAMESPACE.svc"]),
    ("gluster-1.gluster.storage.svc", "gluster-01.gluster.storage.svc", &["NAME-ORDINAL.SERVICE.NAMESPACE.svc"]),
    ("gluster-1.gluster.storage.svc", "gluster-1.gluster.storage", &["NAME-ORDINAL.SERVICE.NAMESPACE.svc"]),
    ("gluster-1.gluster.storage.svc", "gluster-1.gluster.storage.node", &["NAME-ORDINAL.SERVICE.NAMESPACE.svc"]),
    ("gluster-2.", "gluster-3.", &["in the order of their ordinals", "this is number 2"]),
    ("gluster-1.gluster.storage", "gluster-1.gluster.other", &["gluster-1.gluster.other.svc: all hosts have to be pods of one StatefulSet"]),
    ("0.gluster.storage.svc, address: dns", "0.gluster.storage.svc, address: 198.51.100.1", &["gluster-0.gluster.storage.svc: the address of a pod changes; write `address: dns`"]),
    ("2.gluster.storage.svc, address: dns", "2.gluster.storage.svc, address: dns, devices: [/dev/other]", &["have their disk at the same path, and the first has it at /dev/brick"]),
    ("devices: [/dev/brick]", "devices: [/dev/brick, /dev/second]", &["gluster-2.gluster.storage.svc: each pod has one disk"]),
];

#[test]
fn hosts_that_are_not_the_pods_of_one_stateful_set_are_refused() {
    let text = std::fs::read_to_string(INVENTORY).unwrap();
    for (from, to, words) in REFUSALS {
        assert!(text.contains(from), "{from}");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text.replace(from, to)).unwrap();
        let message = failure(&run(path(&file), &[SET, DISK].concat()), 2);
        assert!(words.iter().all(|word| message.contains(word)), "{to}: {message}");
    }
}

#[test]
fn options_that_contradict_the_kind_are_refused() {
    let refused = |inventory: &str, args: &[&[&str]], words: &[&str]| {
        let message = failure(&run(inventory, &args.concat()), 2);
        assert!(words.iter().all(|word| message.contains(word)), "{words:?}: {message}");
    };
    let others = &["--size", "10Gi", "--namespace", "other", "--state", "/srv/state"];
    refused(
        INVENTORY,
        &[SET, others],
        &[
            "say that their namespace is storage",
            "--storage-class, or with --provisioner",
            "--state: glusterd's state is on the disk",
        ],
    );
    refused(INVENTORY, &[SET], &["--size <SIZE>"]);
    refused(
        INVENTORY,
        &[&SET[..3]],
        &[
            "`address: dns`, and these pods have the address of their node",
            "--kind stateful-set",
        ],
    );
    refused(
        DIRECTORIES,
        &[&SET[..3]],
        &[
            "`directory: /bricks/brick`, and these pods use the disks of their nodes",
            "--kind stateful-set",
        ],
    );
    refused(OPENSTACK, &[&SET[..3], DISK], &["about the disks of a StatefulSet"]);
    refused(
        INVENTORY,
        &[&["--kube-version", "1.25", "--method", "glusterfs", "--allow-deprecated"]],
        &["method glusterfs needs the servers' addresses, and that of gluster-0.gluster.storage.svc is `address: dns`"],
    );
    assert!(stdout(&run(INVENTORY, &[])).contains("kind: PersistentVolume"));
}

#[test]
fn names_follow_from_the_hosts_and_disks_come_from_a_class_that_exists() {
    let all = documents(&stdout(&run(INVENTORY, &[SET, DISK].concat())));
    let kinds: Vec<&Value> = all.iter().map(|document| &document["kind"]).collect();
    assert_eq!(
        kinds,
        [
            "Namespace",
            "ConfigMap",
            "ServiceAccount",
            "PodDisruptionBudget",
            "Service",
            "StatefulSet"
        ]
    );
    let [.., service, set] = all.as_slice() else { panic!() };
    assert_eq!(
        (&set["metadata"]["name"], &set["metadata"]["namespace"]),
        (&"gluster".into(), &"storage".into())
    );
    assert_eq!(set["spec"]["serviceName"], service["metadata"]["name"]);
    assert_eq!(
        set["spec"]["volumeClaimTemplates"][0]["spec"]["storageClassName"],
        "fast"
    );
    // Neither the network nor a directory of the node, but for the one above the mount point.
    let pod = &set["spec"]["template"]["spec"];
    assert_eq!((&pod["hostNetwork"], &pod["hostAliases"]), (&Value::Null, &Value::Null));
    assert_eq!(pod["volumes"].as_array().unwrap().len(), 2);
}

#[rustfmt::skip]
const TEMPLATES: &[(&str, &str, &str)] = &[
    ("pods-workload", "Policy: Parallel", "Policy: OrderedReady"),
    ("pods-workload", "type: OnDelete", "type: RollingUpdate"),
    ("pods-workload", "volumeMode: Block", "volumeMode: Filesystem"),
    ("pods-workload", "devicePath: {{ set.place }}", "devicePath: /dev/other"),
    ("pods-workload", "- name: brick\n              devicePath", "- name: other\n              devicePath"),
    ("pods-workload", "replicas: {{ set.replicas }}", "replicas: 2"),
    ("pods-workload", "--state, {{ state_in_pod }}", "--state, /var/lib/glusterd"),
    ("pods-workload", "topologyKey: kubernetes.io/hostname", "topologyKey: x"),
    ("pods-service", "Addresses: true", "Addresses: false"),
    ("pods-service", "clusterIP: None", "clusterIP: \"\""),
    ("pods-storage-class", "Policy: Retain", "Policy: Delete"),
];

#[test]
fn a_template_that_makes_the_set_unsafe_is_refused_with_the_file() {
    let temp = tempfile::tempdir().unwrap();
    let place = temp.path().to_str().unwrap();
    let made = ["--size", "10Gi", "--provisioner", "x.example", "--templates", place];
    for (template, right, wrong) in TEMPLATES {
        let source = std::fs::read_to_string(format!("templates/kubernetes/{template}.yaml.j2")).unwrap();
        assert!(source.contains(right), "{right}");
        let file = temp.path().join(format!("{template}.yaml.j2"));
        std::fs::write(&file, source.replace(right, wrong)).unwrap();
        let message = failure(&run(INVENTORY, &[SET, &made].concat()), 1);
        assert!(message.contains(&format!("{}:", file.display())), "{wrong}: {message}");
        assert!(message.contains("makes a wrong"), "{wrong}: {message}");
        std::fs::remove_file(&file).unwrap();
    }
}

/// Words of the template of pods with file systems, and words that make it unsafe there.
#[rustfmt::skip]
const OF_FILE_SYSTEMS: &[(&str, &str)] = &[
    ("volumeMode: Filesystem", "volumeMode: Block"),
    ("mountPath: {{ set.place }}", "mountPath: /bricks/other"),
    ("mountPath: {{ set.place }}", "mountPath: {{ set.place }}\n              readOnly: true"),
    ("mountPath: {{ set.place }}", "mountPath: {{ set.place }}\n              subPath: gv0"),
    ("- name: brick\n              mountPath", "- name: inventory\n              mountPath"),
    ("- name: brick\n              mountPath", "- name: other\n              mountPath"),
];

#[test]
fn a_template_that_does_not_give_a_pod_its_file_system_is_refused() {
    let temp = tempfile::tempdir().unwrap();
    let templates = ["--templates", temp.path().to_str().unwrap()];
    let source = std::fs::read_to_string("templates/kubernetes/pods-workload.yaml.j2").unwrap();
    let file = temp.path().join("pods-workload.yaml.j2");
    for (right, wrong) in OF_FILE_SYSTEMS {
        assert!(source.contains(right), "{right}");
        std::fs::write(&file, source.replace(right, wrong)).unwrap();
        let message = failure(&run(DIRECTORIES, &[SET, DISK, &templates].concat()), 1);
        assert!(message.contains("makes a wrong"), "{wrong}: {message}");
    }
}

#[test]
fn more_pods_are_more_hosts_of_the_inventory_in_whole_sets() {
    let text = stdout(&run(INVENTORY, &["scale", "--replicas", "6"]));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &text).unwrap();
    let names = |text: &str| -> Vec<String> {
        let read = glusterctl::inventory::read(text, "test").unwrap();
        read.hosts.iter().map(|host| host.name.to_string()).collect()
    };
    let before = names(&std::fs::read_to_string(INVENTORY).unwrap());
    let after = names(&text);
    assert_eq!(after[..3], before);
    assert_eq!(
        after[3..],
        [3, 4, 5].map(|at| format!("gluster-{at}.gluster.storage.svc"))
    );
    let all = documents(&stdout(&run(path(&file), &[SET, DISK].concat())));
    assert_eq!(all.last().unwrap()["spec"]["replicas"], 6);
    assert_eq!(stdout(&run(path(&file), &["scale", "--replicas", "6"])), text);
    let refused = |inventory: &str, replicas: &str, status: i32, words: &str| {
        let message = failure(&run(inventory, &["scale", "--replicas", replicas]), status);
        assert!(message.contains(words), "{message}");
    };
    refused(INVENTORY, "4", 2, "4 bricks cannot form sets of 3");
    refused(path(&file), "4", 2, "4 bricks cannot form sets of 3");
    refused(path(&file), "2", 2, "replica 3 needs 3 servers");
    refused(OPENSTACK, "6", 2, "the address of a pod changes");
}

#[test]
fn pods_that_are_too_many_leave_before_the_inventory_is_without_them() {
    let file = |text: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    };
    let scale = |inventory: &str, replicas: &str| run(inventory, &["scale", "--replicas", replicas]);
    let leaving = |text: &str| -> Vec<bool> {
        let read = glusterctl::inventory::read(text, "test").unwrap();
        read.hosts.iter().map(|host| host.leaving).collect()
    };
    let replicas = |inventory: &str| {
        let all = documents(&stdout(&run(inventory, &[SET, DISK].concat())));
        all.last().unwrap()["spec"]["replicas"].clone()
    };
    let six = file(&stdout(&scale(INVENTORY, "6")));
    let asked = scale(path(&six), "3");
    let said = String::from_utf8(asked.stderr.clone()).unwrap();
    assert!(
        said.contains("The pods then move the data of gluster-3.gluster.storage.svc, gluster-4"),
        "{said}"
    );
    let text = stdout(&asked);
    assert_eq!(leaving(&text), [false, false, false, true, true, true]);
    let leave = file(&text);
    assert_eq!(
        replicas(path(&leave)),
        6,
        "the pods are needed until their data is elsewhere"
    );
    // Whoever thinks better of it has all pods serve again.
    let again = stdout(&scale(path(&leave), "6"));
    assert_eq!(leaving(&again), [false; 6]);
    let asked = scale(path(&leave), "3");
    let said = String::from_utf8(asked.stderr.clone()).unwrap();
    assert!(said.contains("Too early, nothing is lost"), "{said}");
    let three = file(&stdout(&asked));
    assert_eq!(leaving(&std::fs::read_to_string(path(&three)).unwrap()), [false; 3]);
    assert_eq!(replicas(path(&three)), 3);
}
