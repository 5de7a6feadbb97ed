//! What `glusterctl kubernetes` prints and writes, against files that were read and judged by people.
// A helper that fails is a failed test.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::path::Path;

use glusterctl::cli::OutputFormat;
use glusterctl::commands::Usage;
use glusterctl::commands::kubernetes::emit;
use glusterctl::inventory::{
    ClusterName, Connection, DevicePath, Host, HostName, Inventory, Kubernetes, Mount, MountOn, MountPath, Replicate,
    Role, Ssh, Volume, VolumeName,
};
use glusterctl::kubernetes::{Unfit, manifests};

fn host(number: u8, role: Role) -> Host {
    Host {
        name: HostName::parse(&format!("kube{number}")).unwrap(),
        address: Ipv4Addr::new(198, 51, 100, 10 + number),
        connection: Connection::Ssh,
        ssh: Ssh::default(),
        zone: None,
        role,
        devices: match role {
            Role::Server => vec![DevicePath::parse("/dev/vdb").unwrap()],
            Role::Client => vec![],
        },
        wipe: BTreeSet::new(),
    }
}

fn volume(name: &str) -> Volume {
    Volume {
        name: VolumeName::parse(name).unwrap(),
        replicate: Replicate { replica: 3, arbiter: 0 },
        options: BTreeMap::new(),
        mount: Mount {
            path: MountPath::parse("/data").unwrap(),
            options: vec![],
            on: MountOn::All,
        },
    }
}

/// `inventories/openstack.yaml`, but for its volumes.
fn openstack(volumes: &[&str]) -> Inventory {
    Inventory {
        cluster: ClusterName::parse("kube").unwrap(),
        hosts: (1..=3).map(|number| host(number, Role::Server)).collect(),
        volumes: volumes.iter().map(|name| volume(name)).collect(),
        kubernetes: Kubernetes {
            namespace: "default".to_owned(),
        },
    }
}

/// With a client, another namespace, and names that Kubernetes does not take.
fn awkward() -> Inventory {
    let mut inventory = openstack(&["Shared_Data", "0"]);
    inventory.hosts.insert(1, host(9, Role::Client));
    inventory.kubernetes.namespace = "team-a".to_owned();
    inventory
}

fn printed(inventory: &Inventory, format: OutputFormat) -> (String, String) {
    let (mut out, mut messages) = (Vec::new(), Vec::new());
    emit(inventory, format, None, &mut out, &mut messages).unwrap();
    (String::from_utf8(out).unwrap(), String::from_utf8(messages).unwrap())
}

/// `UPDATE_GOLDEN=1 cargo test` writes the files anew; read them before they are committed.
fn assert_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, golden, "{name} is not what is printed");
}

#[test]
fn the_openstack_inventory_gives_the_manifests_that_were_judged() {
    assert_golden(
        "kubernetes-openstack.yaml",
        &printed(&openstack(&["gv0"]), OutputFormat::Table).0,
    );
}

#[test]
fn awkward_names_a_client_and_a_namespace_give_the_manifests_that_were_judged() {
    assert_golden("kubernetes-awkward.yaml", &printed(&awkward(), OutputFormat::Yaml).0);
}

#[test]
fn table_and_yaml_are_the_same() {
    let inventory = openstack(&["gv0"]);
    assert_eq!(
        printed(&inventory, OutputFormat::Table),
        printed(&inventory, OutputFormat::Yaml)
    );
}

#[test]
fn json_is_one_list_of_the_same_objects_in_the_same_order() {
    let inventory = awkward();
    let list: serde_json::Value = serde_json::from_str(&printed(&inventory, OutputFormat::Json).0).unwrap();
    let documents: Vec<serde_json::Value> =
        serde_yaml::from_multiple(&printed(&inventory, OutputFormat::Yaml).0).unwrap();
    assert_eq!(
        list,
        serde_json::json!({"apiVersion": "v1", "kind": "List", "items": documents})
    );
    let kinds: Vec<_> = documents
        .iter()
        .map(|document| document["kind"].as_str().unwrap())
        .collect();
    let one = ["Service", "Endpoints", "PersistentVolume", "PersistentVolumeClaim"];
    assert_eq!(kinds, [one, one].concat());
}

#[test]
fn output_and_messages_say_up_front_which_kubernetes_it_works_on() {
    let (out, messages) = printed(&openstack(&["gv0"]), OutputFormat::Table);
    assert!(out.starts_with("# Kubernetes 1.25 or older only"), "{out}");
    assert!(
        messages.starts_with("note: Kubernetes 1.25 or older only"),
        "{messages}"
    );
    let (_, messages) = printed(&openstack(&["gv0"]), OutputFormat::Json);
    assert!(messages.contains("1.26"), "{messages}");
}

#[test]
fn without_volumes_nothing_is_printed_and_it_is_said_why() {
    let mut inventory = openstack(&[]);
    for format in [OutputFormat::Table, OutputFormat::Yaml] {
        let (out, messages) = printed(&inventory, format);
        assert_eq!(out, "");
        assert!(messages.contains("no volumes"), "{messages}");
    }
    let (out, _) = printed(&inventory, OutputFormat::Json);
    let list: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(list["items"], serde_json::json!([]));
    // What no manifest would use is nobody's concern.
    inventory.kubernetes.namespace = "No Namespace".to_owned();
    assert_eq!(manifests(&inventory).unwrap(), []);
}

#[test]
fn two_volumes_of_one_name_in_kubernetes_are_refused_and_both_are_named() {
    let error = manifests(&openstack(&["Data_1", "gv0", "data-1"])).unwrap_err();
    let Unfit(reasons) = error.downcast_ref().unwrap();
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    for part in ["Data_1", "data-1", "glusterfs-data-1"] {
        assert!(reasons[0].contains(part), "{reasons:?}");
    }
}

#[test]
fn every_reason_for_refusal_is_given_at_once_and_the_inventory_is_to_blame() {
    let long = "a".repeat(54);
    let mut inventory = openstack(&["a_b", "a-b", &long]);
    inventory.kubernetes.namespace = "x\nkind: Secret".to_owned();
    inventory.hosts[2].address = Ipv4Addr::LOCALHOST;
    let error = emit(&inventory, OutputFormat::Table, None, &mut Vec::new(), &mut Vec::new()).unwrap_err();
    let text = error.downcast_ref::<Usage>().unwrap().to_string();
    for part in [
        "a_b and a-b",
        &long,
        "at most 53",
        "\"x\\nkind: Secret\"",
        "kube3: 127.0.0.1",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    manifests(&openstack(&[&"a".repeat(53)])).unwrap();
}

#[test]
fn a_reader_that_leaves_is_no_failure_and_a_full_disk_is_one() {
    struct Refuses(io::ErrorKind);
    impl Write for Refuses {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }
    for format in [OutputFormat::Table, OutputFormat::Json] {
        let to = |kind| emit(&openstack(&["gv0"]), format, None, &mut Refuses(kind), &mut Vec::new());
        to(io::ErrorKind::BrokenPipe).unwrap();
        to(io::ErrorKind::StorageFull).unwrap_err();
    }
}

#[test]
fn a_directory_gets_one_file_for_each_manifest_and_nothing_else() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("a/b");
    for (format, extension) in [(OutputFormat::Table, "yaml"), (OutputFormat::Json, "json")] {
        // The second time the files are there already.
        for _ in 0..2 {
            let (mut out, mut messages) = (Vec::new(), Vec::new());
            emit(&openstack(&["gv0"]), format, Some(&dir), &mut out, &mut messages).unwrap();
            assert!(out.is_empty());
            let messages = String::from_utf8(messages).unwrap();
            let mut expected: Vec<_> = ["endpoints", "persistent-volume", "persistent-volume-claim", "service"]
                .iter()
                .map(|kind| dir.join(format!("glusterfs-gv0-{kind}.{extension}")))
                .collect();
            for path in &expected {
                assert!(messages.contains(&format!("wrote {}\n", path.display())), "{messages}");
            }
            let mut found: Vec<_> = std::fs::read_dir(&dir)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .collect();
            found.sort();
            expected.sort();
            assert_eq!(found, expected);
        }
        let path = dir.join(format!("glusterfs-gv0-service.{extension}"));
        let text = std::fs::read_to_string(&path).unwrap();
        let written: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        assert_eq!(written, manifests(&openstack(&["gv0"])).unwrap()[0].object);
        assert_eq!(text.starts_with("# Kubernetes 1.25"), extension == "yaml");
        for entry in std::fs::read_dir(&dir).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }
}

#[test]
fn a_directory_that_cannot_be_is_an_error_that_names_it() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let dir = file.path().join("dir");
    let error = emit(
        &openstack(&["gv0"]),
        OutputFormat::Table,
        Some(&dir),
        &mut Vec::new(),
        &mut Vec::new(),
    );
    assert!(format!("{:#}", error.unwrap_err()).contains(dir.to_str().unwrap()));
}
