//! Every command of docs/heketi.md runs, word for word, against stand-ins for kubectl and heketi-cli.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::support::blocks;
use crate::support::kubernetes_cases::{StandIn, documents};

#[test]
fn every_command_of_the_page_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/heketi.md")).unwrap();
    let commands = blocks::commands(&page);
    assert!(commands.len() >= 5, "{commands:?}");
    let place = tempfile::tempdir().unwrap();
    let put = |name: &str| place.path().join(name);
    symlink(env!("CARGO_BIN_EXE_glusterctl"), put("glusterctl")).unwrap();
    symlink(StandIn::program(), put("kubectl")).unwrap();
    // What `init` with both options writes needs hosts; tests/hosts/existing.rs has them.
    symlink(root.join("tests/inventories/heketi-volumes.yaml"), put("kube.yaml")).unwrap();
    symlink(root.join("inventories"), put("inventories")).unwrap();
    let info = root.join("tests/heketi/topology-info.json");
    let heketi = format!(
        "#!/bin/sh\n[ \"$*\" = 'topology info --json' ] && cat '{}'\n",
        info.display()
    );
    std::fs::write(put("heketi-cli"), heketi).unwrap();
    std::fs::set_permissions(put("heketi-cli"), PermissionsExt::from_mode(0o755)).unwrap();
    let cluster = StandIn::new("v1.25.16", &["kube1", "kube2", "kube3"]);
    cluster.put("pv", include_str!("../support/kubernetes_cases/pv-heketi.json"));
    for command in commands {
        cluster.must(command, place.path());
    }
    let after = std::fs::read_to_string(put("after.yaml")).unwrap();
    assert_eq!(documents(&after).len(), 2);
    // Heketi runs where its database is mounted, and nothing of the Secrets was made.
    let heketi = cluster.object("Deployment", "heketi");
    let (label, _) = heketi["spec"]["template"]["spec"]["nodeSelector"]
        .as_object()
        .and_then(|labels| labels.iter().next())
        .unwrap();
    for node in ["kube1", "kube2", "kube3"] {
        assert_eq!(
            cluster.object("Node", node)["metadata"]["labels"][label],
            "mounted",
            "{node}"
        );
    }
    assert!(!cluster.objects().iter().any(|object| object["kind"] == "Secret"));
    assert!(put("manifests/heketi-deployment.yaml").exists());
}

/// What the page shows of an inventory is what `init` writes.
#[test]
fn the_inventory_of_the_page_is_what_init_writes() {
    let page = include_str!("../../docs/heketi.md");
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    let (block, _) = rest.split_once("```").unwrap();
    let written = include_str!("../golden/init-heketi-topology-info.yaml");
    for line in block.lines() {
        assert!(written.lines().any(|have| have.starts_with(line)), "{line}");
    }
}
