//! What `glusterctl kubernetes` prints and writes, against files that were read and judged by people.
// A helper that fails is a failed test.
#![allow(clippy::unwrap_used)]

use std::io::{self, Write};
use std::path::Path;

use glusterctl::cli::OutputFormat;
use glusterctl::commands::kubernetes::emit;
use glusterctl::inventory::{self, Inventory};
use glusterctl::kubernetes::manifests;

fn inventory(text: &str) -> Inventory {
    inventory::read(text, "inv.yaml").unwrap_or_else(|report| panic!("{report}"))
}

/// `inventories/openstack.yaml`, but for its volumes.
fn openstack(volumes: &[&str]) -> Inventory {
    let volume = |name: &&str| format!("  - {{name: {name}, replica: 3, mount: /data/{name}}}\n");
    inventory(&format!(
        "{HOSTS}volumes:\n{}",
        volumes.iter().map(volume).collect::<String>()
    ))
}

const HOSTS: &str = "\
cluster: kube
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
  - {name: kube3, address: 198.51.100.13, devices: [/dev/vdb]}
";

/// With a client, another namespace, and names that Kubernetes does not take.
fn awkward() -> Inventory {
    inventory(&format!(
        "{HOSTS}  - {{name: kube9, address: 198.51.100.19, role: client}}
volumes:
  - {{name: Shared_Data, replica: 3, mount: /data/shared}}
  - {{name: 0, replica: 3, mount: /data/zero}}
kubernetes: {{namespace: team-a}}
"
    ))
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
    let inventory = inventory(HOSTS);
    for format in [OutputFormat::Table, OutputFormat::Yaml] {
        let (out, messages) = printed(&inventory, format);
        assert_eq!(out, "");
        assert!(messages.contains("no volumes"), "{messages}");
    }
    let (out, _) = printed(&inventory, OutputFormat::Json);
    let list: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(list["items"], serde_json::json!([]));
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
                .map(|kind| dir.join(format!("glusterfs-kube-gv0-{kind}.{extension}")))
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
        let path = dir.join(format!("glusterfs-kube-gv0-service.{extension}"));
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
