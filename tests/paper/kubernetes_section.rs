//! The `kubernetes:` section of the inventory: the meaning of its keys, and the values that the reader refuses, with the
//! place and the reason.

use std::collections::BTreeMap;

use glusterctl::inventory::kubernetes::names::{ObjectName, default_name};
use glusterctl::inventory::names::{ClusterName, VolumeName};
use glusterctl::inventory::{self, Access, Inventory, Namespaces, Report, VolumePlugin};
use glusterctl::kubernetes::{directories, node_label, node_name};

/// The section begins in line 7, `kubernetes: ` being twelve columns.
fn text(section: &str) -> String {
    format!(
        "cluster: kube
hosts: [{{name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}}, {{name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}}]
volumes:
  - {{name: gv0, replica: 2, mount: /data}}
  - {{name: Logs_1, replica: 2, mount: /logs}}

kubernetes: {section}
"
    )
}

#[test]
fn what_leaves_is_not_offered_to_pods() {
    let text = text("{}").replace(
        "devices: [/dev/vdb]}]",
        "devices: [/dev/vdb]}, {name: kube3, address: 198.51.100.13, leaving: true, devices: [/dev/vdb]}]",
    );
    let text = text.replace("mount: /logs", "mount: /logs, leaving: true");
    let inventory = inventory::read(&text, "inv.yaml").unwrap_or_else(|report| panic!("{report}"));
    let (offered, told) = glusterctl::kubernetes::offered(&inventory);
    let names: Vec<&str> = offered.volumes.iter().map(|volume| volume.name.as_str()).collect();
    assert_eq!(names, ["gv0"]);
    assert!(
        told.len() == 1 && told[0].starts_with("volume Logs_1 leaves"),
        "{told:?}"
    );
    let request = glusterctl::kubernetes::Request {
        method: Some(VolumePlugin::Glusterfs),
        version: Some("1.25".parse().unwrap()),
        ..Default::default()
    };
    let choice = glusterctl::kubernetes::choose(&offered, request).unwrap();
    let templates = glusterctl::kubernetes::templates::Templates::default();
    let manifests = glusterctl::kubernetes::manifests(&offered, &choice, &templates).unwrap();
    let all: String = manifests.iter().map(|manifest| manifest.yaml.as_str()).collect();
    assert!(
        all.contains("198.51.100.12") && !all.contains("198.51.100.13") && !all.contains("logs"),
        "{all}"
    );
}

fn accepted(section: &str) -> Inventory {
    inventory::read(&text(section), "inv.yaml").unwrap_or_else(|report| panic!("{report}"))
}

#[test]
fn every_key_means_something() {
    let inventory = accepted(
        "{version: 1.30, method: nfs, namespaces: [a, b], access: ReadOnlyMany, size: 10Gi, labels: {example.com/team: x},
  nodes: {kube1: worker-1.example},
  volumes: {gv0: {name: shared, size: 5Ti, access: ReadWriteOnce, directory: photos/raw, node_label: storagenode,
    nfs: {server: 198.51.100.10, path: /gv0}}}}",
    );
    let kubernetes = &inventory.kubernetes;
    // Not 1.3: the version is text, never a number.
    assert_eq!(kubernetes.version.unwrap().to_string(), "1.30");
    assert_eq!(kubernetes.method, Some(VolumePlugin::Nfs));
    assert!(matches!(&kubernetes.namespaces, Namespaces::Several(all) if all.len() == 2));
    let nodes: Vec<String> = inventory.hosts.iter().map(|host| node_name(kubernetes, host)).collect();
    assert_eq!(nodes, ["worker-1.example", "kube2"]);
    let [gv0, logs] = [0, 1].map(|index| &inventory.volumes[index]);
    let settings = &kubernetes.volumes[&gv0.name];
    assert_eq!(
        (settings.name.as_str(), settings.size.as_str(), settings.access),
        ("shared", "5Ti", Access::ReadWriteOnce)
    );
    assert_eq!(directories(kubernetes, gv0)[0], "/data/photos/raw");
    assert_eq!(node_label(settings), "storagenode");
    assert_eq!(settings.nfs.as_ref().unwrap().server.as_str(), "198.51.100.10");
    let settings = &kubernetes.volumes[&logs.name];
    assert_eq!(
        (settings.name.as_str(), settings.size.as_str(), settings.access),
        ("glusterfs-kube-logs-1", "10Gi", Access::ReadOnlyMany)
    );
    assert_eq!(node_label(settings), "glusterctl/glusterfs-kube-logs-1");
}

#[test]
fn way_is_read_as_method() {
    let accepted = accepted("{way: nfs}");
    assert_eq!(accepted.kubernetes.method, Some(VolumePlugin::Nfs));
}

#[test]
fn two_clusters_with_a_volume_of_one_name_share_no_name() {
    let name = |cluster: &str| {
        let text = text("{}").replace("cluster: kube", &format!("cluster: {cluster}"));
        let inventory = inventory::read(&text, "inv.yaml").unwrap();
        inventory.kubernetes.volumes[&inventory.volumes[0].name]
            .name
            .to_string()
    };
    assert_eq!(
        (name("a"), name("b")),
        ("glusterfs-a-gv0".into(), "glusterfs-b-gv0".into())
    );
}

#[test]
fn two_clusters_share_no_name_wherever_the_dashes_are() {
    // Every label of up to six characters, as far as dashes go.
    let mut labels = vec![String::from("a")];
    for length in 0..=4 {
        for dashes in 0..1_u32 << length {
            let middle = (0..length).map(|at| if dashes >> at & 1 == 1 { '-' } else { 'a' });
            labels.push(format!("a{}a", middle.collect::<String>()));
        }
    }
    let mut names = BTreeMap::new();
    for cluster in labels.iter().map(|label| ClusterName::parse(label).unwrap()) {
        for volume in labels.iter().map(|label| VolumeName::parse(label).unwrap()) {
            let name = default_name(&cluster, &volume);
            ObjectName::parse(&name).unwrap();
            let other = names.insert(name, (cluster.clone(), volume.clone()));
            assert_eq!(other, None, "cluster {cluster}, volume {volume}");
        }
    }
}

#[rustfmt::skip]
const REFUSED: &[(&str, &str, &[&str])] = &[
    ("{verison: 1.31}", "7:14", &["did you mean `version`?"]),
    ("{version: 2.1}", "7:23", &["`2.1` cannot be a version of Kubernetes", "looks like 1."]),
    ("{version: 1.13}", "7:23", &["1.14 and newer"]),
    ("{method: ceph}", "7:22", &["`glusterfs`, `local`"]),
    ("{version: 1.26, method: heketi}", "7:37", &["does not work on Kubernetes 1.26", "waits for ever", "--method local"]),
    ("{heketi: {classes: []}}", "7:32", &["there is no storage class"]),
    ("{heketi: {classes: [{type: none}]}}", "7:34", &["a storage class needs `name`"]),
    ("{heketi: {classes: [{name: a}, {name: a}]}}", "7:51", &["the class a is there twice"]),
    ("{heketi: {classes: [{name: a, type: disperse:3:2}]}}", "7:49", &["`disperse:3:2` cannot be a type of Heketi", "disperse:4:2"]),
    ("{heketi: {classes: [{name: a, gid_min: 1999}]}}", "7:52", &["a whole number from 2000 to 2147483647"]),
    ("{heketi: {classes: [{name: a, gid_min: 5000, gid_max: 4000}]}}", "7:67", &["no group is from 5000 to 4000"]),
    ("{heketi: {classes: [{name: a, prefix: a_b}]}}", "7:51", &["`a_b` cannot be a prefix", "no '_'"]),
    ("{heketi: {classes: [{name: a, snapshot_factor: 101}]}}", "7:60", &["from 1 to 100"]),
    ("{heketi: {classes: [{name: a, cluster: 0ab1}]}}", "7:52", &["as heketi-cli cluster list prints it"]),
    ("{heketi: {url: heketi:8080}}", "7:28", &["begins with http:// or https://"]),
    ("{heketi: {node_port: 80}}", "7:34", &["a whole number from 30000 to 32767"]),
    ("{heketi: {user: a b}}", "7:29", &["`a b` cannot be a login"]),
    ("{heketi: {host: heketi_1}}", "7:29", &["`heketi_1` cannot be the name of an Ingress"]),
    ("{version: 1.31, method: glusterfs}", "7:37", &["does not work on Kubernetes 1.31", "no volume plugin matched", "--method local"]),
    ("{method: nfs, way: local}", "7:32", &["`way` is another word for `method`", "keep one of the two"]),
    ("{namespace: Team_A}", "7:25", &["`Team_A` cannot be a namespace", "for example `team-a`"]),
    ("{namespace: \"x\\nkind: Secret\"}", "7:25", &["`x\\nkind: Secret` cannot be a namespace"]),
    ("{namespaces: []}", "7:26", &["there is no namespace"]),
    ("{namespaces: [a, b, a]}", "7:33", &["namespace a is there twice", "first here"]),
    ("{namespace: a, namespaces: [b]}", "7:40", &["`namespace` and `namespaces` are both written", "one namespace here"]),
    ("{access: rw}", "7:22", &["`ReadWriteMany`, `ReadOnlyMany` or `ReadWriteOnce`"]),
    ("{labels: {a b: c}}", "7:23", &["`a b` cannot be a label"]),
    ("{labels: {a: b c}}", "7:26", &["`b c` cannot be a label's value"]),
    ("{labels: {glusterctl/x: c}}", "7:23", &["finds its own objects"]),
    ("{nodes: {kube9: x}}", "7:22", &["there is no host `kube9`"]),
    ("{nodes: {kube1: X_1}}", "7:29", &["`X_1` cannot be a node's name"]),
    ("{volumes: {gv1: {size: 1Gi}}}", "7:24", &["there is no volume `gv1`"]),
    ("{volumes: {gv0: {size: 1.5Gi}}}", "7:36", &["`1.5Gi` cannot be a size"]),
    ("{volumes: {gv0: {name: 0a}}}", "7:36", &["begins with a letter"]),
    ("{volumes: {gv0: {name: a.b}}}", "7:36", &["`a.b` cannot be a volume's name in Kubernetes"]),
    ("{volumes: {gv0: {directory: ../x}}}", "7:41", &["'/../'"]),
    ("{volumes: {gv0: {directory: /x}}}", "7:41", &["leave the first '/' out"]),
    ("{volumes: {gv0: {node_label: a b}}}", "7:42", &["`a b` cannot be a label"]),
    ("{volumes: {gv0: {node_label: kubernetes.io/hostname}}}", "7:42", &["Kubernetes keeps this prefix for itself"]),
    ("{volumes: {gv0: {node_label: node.kubernetes.io/role}}}", "7:42", &["Kubernetes keeps this prefix for itself"]),
    ("{volumes: {gv0: {node_label: glusterctl/glusterfs-kube-logs-1}}}", "7:42", &["finds its own objects"]),
    ("{volumes: {gv0: {size: 8Ei}}}", "7:36", &["`8Ei` cannot be a size", "at most 9223372036854775807 bytes"]),
    ("{volumes: {gv0: {nfs: {server: x}}}}", "7:36", &["`nfs` needs `path`"]),
    ("{volumes: {gv0: {nfs: {server: -x, path: /y}}}}", "7:44", &["`-x` cannot be an NFS server"]),
    ("{volumes: {gv0: {name: same}, Logs_1: {name: same}}}", "7:58", &["would both be same in Kubernetes", "and this name"]),
    ("{volumes: {gv0: {name: glusterfs-kube-logs-1}}}", "5:12", &["gv0 and Logs_1 would both be glusterfs-kube-logs-1"]),
];

#[test]
fn a_wrong_section_is_refused_with_the_place_and_the_remedy() {
    for (section, place, words) in REFUSED {
        let Err(report) = inventory::read(&text(section), "inv.yaml") else {
            panic!("accepted: {section}");
        };
        let shown = report.render(false, Report::WIDTH);
        let joined = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains(&format!("--> inv.yaml:{place}\n")), "{place}: {shown}");
        assert!(words.iter().all(|word| joined.contains(word)), "{words:?}: {shown}");
        assert_eq!(report.problems().len(), 1, "{shown}");
    }
}

#[test]
fn a_name_that_is_too_long_for_kubernetes_is_refused_without_the_section_and_can_be_replaced() {
    let long = "v".repeat(60);
    let text = text("{}").replace("gv0", &long).replace("kubernetes: {}\n", "");
    let shown = inventory::read(&text, "inv.yaml")
        .unwrap_err()
        .render(false, Report::WIDTH);
    let joined = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("--> inv.yaml:4:12\n"), "{shown}");
    assert!(
        joined.contains("at most 63 characters, and this name has 75") && joined.contains("name: my-volume"),
        "{shown}"
    );
    let text = format!("{text}kubernetes: {{volumes: {{{long}: {{name: short}}}}}}\n");
    inventory::read(&text, "inv.yaml").unwrap();
}
