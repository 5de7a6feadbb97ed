//! `glusterctl init --from-heketi`: from Heketi's own JSON to an inventory that `check` accepts. Both files were written by
//! hand after the keys that Heketi's sources name (heketi/heketi, `client/cli/go/cmds/topology.go` and
//! `pkg/glusterfs/api/types.go`).

use std::path::Path;
use std::process::{Command, Output};

use glusterctl::inventory::{self, Family};

use crate::support::golden::is_golden;

const TOPOLOGY: &str = include_str!("../heketi/topology.json");
const INFO: &str = include_str!("../heketi/topology-info.json");

fn init(options: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glusterctl"));
    command.env_remove("GLUSTERCTL_INVENTORY").env("PATH", "/nowhere");
    command.args(["init", "-i", "-"]).args(options);
    assert_cmd::Command::from_std(command)
        .write_stdin(input)
        .output()
        .unwrap()
}

fn written(options: &[&str], input: &str) -> String {
    let output = init(options, input);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

/// What the program says against the input, which is the user's mistake.
fn refused(options: &[&str], input: &str) -> String {
    let output = init(options, input);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(output.stdout.is_empty(), "{said}");
    said
}

#[test]
fn a_topology_file_becomes_an_inventory() {
    let text = written(
        &["--from-heketi", "tests/heketi/topology.json", "--cluster", "kube"],
        "",
    );
    is_golden(&text, "init-heketi-topology.yaml");
}

#[test]
fn the_topology_that_heketi_prints_becomes_an_inventory() {
    let text = written(&["--from-heketi", "-", "--user", "debian", "--sudo"], INFO);
    is_golden(&text, "init-heketi-topology-info.yaml");
}

#[test]
fn the_inventory_has_the_version_of_ip_that_all_servers_have_and_ipv4_if_both() {
    let six = |text: &str| text.replace("198.51.100.1", "2001:db8::1");
    let of = |topology: &str| {
        let text = written(&["--from-heketi", "-"], topology);
        let inventory = inventory::read(&text, "the inventory").unwrap();
        assert_eq!(inventory.hosts.len(), 3);
        (inventory.family(), text)
    };
    let (family, text) = of(&six(TOPOLOGY));
    assert_eq!(family, Family::V6);
    assert!(
        text.contains("  - name: node1.example\n    address: 2001:db8::11\n"),
        "{text}"
    );
    assert!(
        text.contains("    address: 2001:db8::12\n    ssh: {host: 2001:db8::112}\n"),
        "{text}"
    );
    assert!(
        text.contains("  - name: host-2001-db8-13\n    address: 2001:db8::13\n"),
        "{text}"
    );
    // Of one server there are both.
    let both = |text: &str| text.replacen("\"198.51.100.11\"", "\"198.51.100.11\", \"2001:db8::11\"", 1);
    assert_eq!(of(&both(TOPOLOGY)).0, Family::V4);
    let first = both(TOPOLOGY);
    let (first, others) = first.split_once("\"zone\": 1").unwrap();
    assert_eq!(of(&format!("{first}\"zone\": 1{}", six(others))).0, Family::V6);
    let (first, others) = TOPOLOGY.split_once("\"zone\": 1").unwrap();
    let said = refused(&["--from-heketi", "-"], &format!("{first}\"zone\": 1{}", six(others)));
    assert!(said.contains("node 2001:db8::112 has no IPv4 address"), "{said}");
}

#[test]
fn no_device_of_heketi_is_ever_one_for_bricks() {
    for (input, devices) in [(TOPOLOGY, 4), (INFO, 4)] {
        let text = written(&["--from-heketi", "-"], input);
        let inventory = inventory::read(&text, "the inventory").unwrap();
        assert_eq!(inventory.hosts.len(), 3);
        assert!(inventory.hosts.iter().all(|host| host.devices.is_empty()), "{text}");
        assert_eq!(inventory.hosts.iter().flat_map(|host| &host.heketi).count(), devices);
        // Taking Heketi's word away leaves no inventory that would format the devices unseen.
        assert!(text.contains("/dev/vdb, heketi: true"), "{text}");
    }
}

#[test]
fn one_of_several_clusters_is_chosen_by_id_or_number() {
    let two = INFO.replace(
        "{\"clusters\":[",
        "{\"clusters\":[{\"id\":\"00ff\",\"nodes\":null,\"volumes\":null},",
    );
    let said = refused(&["--from-heketi", "-"], &two);
    assert!(said.contains("it has 2 clusters"), "{said}");
    assert!(
        said.contains("--heketi-cluster: 00ff, 0ab1c2d3e4f5061728394a5b6c7d8e9f"),
        "{said}"
    );
    let one = written(&["--from-heketi", "-"], INFO);
    for which in ["0ab1c2d3e4f5061728394a5b6c7d8e9f", "2"] {
        assert_eq!(written(&["--from-heketi", "-", "--heketi-cluster", which], &two), one);
    }
    let said = refused(&["--from-heketi", "-", "--heketi-cluster", "00ff"], &two);
    assert!(said.contains("the cluster has no nodes"), "{said}");
    for which in ["0", "3", "x"] {
        let said = refused(&["--from-heketi", "-", "--heketi-cluster", which], &two);
        assert!(said.contains("there is no cluster"), "{said}");
    }
}

#[test]
fn other_json_is_named_and_every_problem_of_the_right_json_is_told_at_once() {
    let two = r#"{"clusters": [{"nodes": [
        {"node": {"hostnames": {"manage": ["a"], "storage": ["b.example"]}, "zone": 1}, "devices": ["/dev/vdb"]},
        {"node": {"hostnames": {"manage": ["c"], "storage": ["198.51.100.1"]}}, "devices": ["/dev/vdb\n- x", "sdc"]}
    ]}]}"#;
    for (input, words) in [
        ("", &["it is empty", "heketi-cli topology info --json"][..]),
        ("\nCluster Id: 0ab1\n", &["without --json"]),
        ("clusters: []", &["it is no JSON: ", "line 1 column 1"]),
        ("[]", &["it is no block of keys"]),
        (
            r#"{"port": "8080", "glusterfs": {"executor": "ssh"}}"#,
            &["heketi.json"],
        ),
        (
            r#"{"clusterentries": {}, "nodeentries": {}}"#,
            &["a dump of Heketi's database"],
        ),
        (r#"{"clusters": ["0ab1"]}"#, &["the output of heketi-cli cluster list"]),
        (r#"{"clusters": []}"#, &["it has no cluster"]),
        (r#"{"kind": "List"}"#, &["JSON without the key `clusters`"]),
        (
            r#"{"clusters": [{"nodes": [{"devices": [7]}]}]}"#,
            &["clusters[0].nodes[0].devices[0]", "a device is a path"],
        ),
        (
            r#"{"clusters": [{"nodes": [{"devices": ["/dev/vdb"]}]}]}"#,
            &["node 1 of the cluster has no IPv4 address"],
        ),
        (
            two,
            &[
                "node a has no IPv4 address",
                "node c: the device \"/dev/vdb\\n- x\"",
                "node c: the device \"sdc\"",
            ],
        ),
    ] {
        let said = refused(&["--from-heketi", "-"], input);
        for words in words {
            assert!(said.contains(words), "{input}: {said}");
        }
    }
    let said = refused(&["--from-heketi", "tests/heketi/none.json"], "");
    assert!(said.contains("tests/heketi/none.json cannot be read"), "{said}");
}

#[test]
fn without_either_source_the_command_line_is_wrong() {
    let said = refused(&[], "");
    assert!(said.contains("glusterctl init --from kube1"), "{said}");
    let said = refused(&["--from", "a", "--heketi-cluster", "1"], "");
    assert!(said.contains("--from-heketi"), "{said}");
}

#[test]
fn editors_find_the_schema_beside_a_new_inventory() {
    let directory = tempfile::tempdir().unwrap();
    let to = |name: &str| directory.path().join(name);
    let topology = Path::new("tests/heketi/topology.json").canonicalize().unwrap();
    let init = |name: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glusterctl"));
        command.current_dir(directory.path()).env_remove("GLUSTERCTL_INVENTORY");
        let output = command
            .args(["init", "-i", name, "--from-heketi"])
            .arg(&topology)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        said
    };
    let said = init("one.yaml");
    assert!(
        said.contains("\nwrote glusterctl.schema.json, with which editors complete and check it\nnext: "),
        "{said}"
    );
    let text = std::fs::read_to_string(to("one.yaml")).unwrap();
    // yaml-language-server takes the path as seen from the inventory.
    let schema = text
        .lines()
        .find_map(|line| line.strip_prefix("# yaml-language-server: $schema="))
        .unwrap();
    let schema: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(to(schema)).unwrap()).unwrap();
    assert_eq!(schema, inventory::schema().unwrap());
    // A schema that is there stays.
    std::fs::write(to("glusterctl.schema.json"), "{}").unwrap();
    let said = init("two.yaml");
    assert!(!said.contains("schema"), "{said}");
    assert_eq!(std::fs::read_to_string(to("glusterctl.schema.json")).unwrap(), "{}");
}
