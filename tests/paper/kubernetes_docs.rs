//! Every command of docs/kubernetes.md and docs/pods.md runs, word for word, against stand-ins for kubectl and its controllers. Building the image,
//! which takes minutes, is tests/hosts/image.rs.

use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::blocks;
use crate::support::kubernetes_cases;
use crate::support::kubernetes_cases::{StandIn, documents};

/// Runs every command of a page, and returns the directory where they ran, with the stand-in.
fn ran(page: &str, at_least: usize) -> (tempfile::TempDir, StandIn) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs").join(page)).unwrap();
    let commands = blocks::commands(&page);
    assert!(commands.len() >= at_least, "{commands:?}");
    let place = tempfile::tempdir().unwrap();
    let tool = |name: &str, program: &str| symlink(program, place.path().join(name)).unwrap();
    tool("glusterctl", env!("CARGO_BIN_EXE_glusterctl"));
    tool("kubectl", StandIn::program());
    // What these would do needs a registry.
    tool("skopeo", "/bin/true");
    tool("podman", "/bin/true");
    symlink(root.join("inventories"), place.path().join("inventories")).unwrap();
    let cluster = StandIn::new("v1.36.0", &["kube1", "kube2", "kube3"]);
    cluster.put("pv", include_str!("../support/kubernetes_cases/pv-list.json"));
    for command in commands.iter().filter(|command| !command.contains("pods image ")) {
        if let Some((_, file)) = command.split_once(" -f ") {
            // The stand-in reads JSON alone.
            let file = place.path().join(file);
            let items = documents(&std::fs::read_to_string(&file).unwrap());
            std::fs::write(&file, serde_json::json!({"kind": "List", "items": items}).to_string()).unwrap();
        }
        cluster.must(command, place.path());
    }
    (place, cluster)
}

#[test]
fn every_command_about_volumes_runs() {
    let (place, _) = ran("kubernetes.md", 10);
    assert!(place.path().join("manifests/kustomization.yaml").exists());
    let after = std::fs::read_to_string(place.path().join("after.yaml")).unwrap();
    assert_eq!(documents(&after).len(), 2);
}

#[test]
fn every_command_about_pods_runs_and_ends_with_a_bound_claim() {
    let (place, cluster) = ran("pods.md", 20);
    assert!(place.path().join("Containerfile").exists());
    let daemon_set = cluster.object("DaemonSet", "glusterfs-kube");
    assert_eq!(daemon_set["metadata"]["namespace"], "glusterfs-kube");
    assert_eq!(cluster.object("StatefulSet", "gluster")["spec"]["replicas"], 3);
    let objects = cluster.objects();
    let images = objects
        .iter()
        .filter(|one| one["kind"] == "Pod" && one["metadata"]["namespace"] == "glusterfs-kube");
    let images: Vec<&str> = images
        .map(|pod| pod["spec"]["containers"][0]["image"].as_str().unwrap())
        .collect();
    assert_eq!(images, ["registry.example/glusterfs:11"; 3]);
    let claim = cluster.object("PersistentVolumeClaim", kubernetes_cases::NAME);
    assert_eq!(claim["status"]["phase"], "Bound");
}
