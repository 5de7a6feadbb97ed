//! `glusterctl kubernetes --method heketi`: what Heketi and Kubernetes' provisioner say of their settings holds. The golden files are in
//! tests/paper/kubernetes.rs.

use serde_json::{Value, json};

use crate::support::kubernetes_cases;
use crate::support::kubernetes_cases::{documents, run, stdout};

const EXAMPLE: &str = "inventories/heketi.yaml";
const EVERY_KEY: &str = "tests/inventories/heketi-every-key.yaml";

fn all(inventory: &str) -> Vec<Value> {
    documents(&stdout(&run(inventory, &["--method", "heketi", "-q"])))
}

fn of_kind<'a>(all: &'a [Value], kind: &str) -> Vec<&'a Value> {
    all.iter().filter(|document| document["kind"] == kind).collect()
}

/// The parameters that the provisioner of 1.25 takes; it refuses a class with any other (kubernetes/kubernetes,
/// `pkg/volume/glusterfs/glusterfs.go`, `parseClassParameters`), and compares them in lower case.
const PARAMETERS: [&str; 14] = [
    "resturl",
    "restuser",
    "restuserkey",
    "secretname",
    "secretnamespace",
    "clusterid",
    "restauthenabled",
    "gidmin",
    "gidmax",
    "volumetype",
    "volumeoptions",
    "volumenameprefix",
    "snapfactor",
    "customepnameprefix",
];

#[test]
fn classes_have_only_parameters_that_the_provisioner_takes() {
    for inventory in [EXAMPLE, EVERY_KEY] {
        let all = all(inventory);
        for class in of_kind(&all, "StorageClass") {
            for (key, value) in class["parameters"].as_object().unwrap() {
                assert!(PARAMETERS.contains(&key.to_ascii_lowercase().as_str()), "{key}");
                assert!(value.is_string(), "{key}: {value}");
            }
            // The key itself would be readable by everyone who may read classes.
            assert!(class["parameters"].get("restuserkey").is_none());
            assert_eq!(class["reclaimPolicy"], "Retain");
        }
    }
    let every = all(EVERY_KEY);
    let class = of_kind(&every, "StorageClass")[0];
    assert_eq!(
        class["parameters"],
        json!({
            "resturl": "https://heketi.example.com:8443", "restauthenabled": "true", "restuser": "admin",
            "secretNamespace": "storage", "secretName": "heketi-keys", "gidMin": "3000", "gidMax": "4000",
            "volumetype": "disperse:2:1", "clusterid": "0ab1c2d3e4f5061728394a5b6c7d8e9f", "volumenameprefix": "k8s-dev",
            "volumeoptions": "group virt, performance.cache-size 64MB", "snapfactor": "10",
        })
    );
    assert_eq!(class["allowVolumeExpansion"], false);
}

#[test]
fn the_topology_has_names_addresses_zones_and_only_the_devices_that_are_left_to_heketi() {
    let every = all(EVERY_KEY);
    let data = &of_kind(&every, "ConfigMap")[0]["data"];
    let topology: Value = serde_json::from_str(data["topology.json"].as_str().unwrap()).unwrap();
    let node = |name: &str, address: &str, zone: u32, devices: &[&str]| json!({"node": {"hostnames": {"manage": [name], "storage": [address]}, "zone": zone}, "devices": devices});
    assert_eq!(
        topology,
        json!({"clusters": [{"nodes": [
            node("kube1", "198.51.100.11", 2, &["/dev/vdc", "/dev/disk/by-id/x"]),
            node("kube2", "198.51.100.12", 1, &["/dev/vdc"]),
            node("kube3", "198.51.100.13", 1, &["/dev/vdc"]),
        ]}]})
    );
    let config: Value = serde_json::from_str(data["heketi.json"].as_str().unwrap()).unwrap();
    assert_eq!(config["glusterfs"]["sshexec"]["user"], "debian");
    assert_eq!(config["glusterfs"]["sshexec"]["sudo"], true);
    assert_eq!(config["glusterfs"]["sshexec"]["port"], "2222");
}

#[test]
fn a_topology_that_was_printed_is_read_back() {
    let every = all(EXAMPLE);
    let topology = of_kind(&every, "ConfigMap")[0]["data"]["topology.json"]
        .as_str()
        .unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_glusterctl"));
    command.args(["init", "-i", "-", "--from-heketi", "-"]);
    let output = assert_cmd::Command::from_std(command)
        .write_stdin(topology)
        .output()
        .unwrap();
    let text = stdout(&output);
    let inventory = glusterctl::inventory::read(&text, "test").unwrap();
    let before = glusterctl::inventory::load(EXAMPLE.as_ref()).unwrap();
    for (host, before) in inventory.hosts.iter().zip(&before.hosts) {
        assert_eq!(
            (&host.name, host.address, &host.heketi),
            (&before.name, before.address, &before.heketi)
        );
    }
}

#[test]
fn no_secret_is_printed_and_the_pod_takes_both_keys_from_one() {
    for inventory in [EXAMPLE, EVERY_KEY] {
        let all = all(inventory);
        assert!(of_kind(&all, "Secret").is_empty());
        let config = of_kind(&all, "ConfigMap")[0]["data"]["heketi.json"].as_str().unwrap();
        assert!(!config.contains("jwt"), "{config}");
        let heketi = of_kind(&all, "Deployment")[0];
        let container = &heketi["spec"]["template"]["spec"]["containers"][0];
        let from = |name: &str| {
            let variables = container["env"].as_array().unwrap();
            let variable = variables.iter().find(|variable| variable["name"] == name).unwrap();
            variable["valueFrom"]["secretKeyRef"].clone()
        };
        assert_eq!(from("HEKETI_ADMIN_KEY"), json!({"name": "heketi-keys", "key": "key"}));
        assert_eq!(from("HEKETI_USER_KEY"), json!({"name": "heketi-keys", "key": "user"}));
    }
}

#[test]
fn an_ingress_and_the_address_of_heketi_follow_from_each_other() {
    let (example, every) = (all(EXAMPLE), all(EVERY_KEY));
    assert!(of_kind(&example, "Ingress").is_empty());
    assert_eq!(
        of_kind(&example, "StorageClass")[0]["parameters"]["resturl"],
        "http://198.51.100.11:30348"
    );
    assert_eq!(
        of_kind(&every, "Ingress")[0]["spec"]["rules"][0]["host"],
        "heketi.example.com"
    );
    assert_eq!(of_kind(&every, "Service")[0]["spec"]["ports"][0]["nodePort"], 31000);
}

#[test]
fn servers_at_several_ports_of_ssh_are_refused() {
    let text = std::fs::read_to_string(EXAMPLE).unwrap();
    let text = text.replacen("zone: rack-1", "zone: rack-1, ssh: {port: 2222}", 1);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, text).unwrap();
    let said = kubernetes_cases::failure(&run(file.path().to_str().unwrap(), &[]), 2);
    assert!(
        said.contains("one port of SSH, and the inventory has 22 and 2222"),
        "{said}"
    );
}

#[test]
fn what_cannot_work_is_refused_with_every_reason() {
    for (args, words) in [
        (
            &["--method", "heketi", "--kube-version", "1.26", "--allow-deprecated"][..],
            &[
                "Kubernetes 1.26 removed the plugin that asks Heketi",
                "every claim of such a class waits for ever",
                "use --method local, or local-path-provisioner",
                "glusterctl kubernetes migrate",
            ][..],
        ),
        (
            &["--method", "heketi", "--kube-version", "1.25"],
            &[
                "no server has a device for Heketi",
                "the inventory has no volume heketidbstorage",
                "storage class glusterfs-heketi: replicate:3 needs devices of Heketi on 3 servers, and 0 have them",
            ],
        ),
    ] {
        let said = kubernetes_cases::failure(&run("inventories/openstack.yaml", args), 2);
        assert!(words.iter().all(|word| said.contains(word)), "{words:?}: {said}");
    }
}
