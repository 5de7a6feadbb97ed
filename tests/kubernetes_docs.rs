//! Every command of docs/kubernetes.md runs, word for word, against a stand-in for kubectl.

#![allow(clippy::unwrap_used, reason = "helpers of tests are outside of #[test]")]

mod kubernetes_cases;

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use kubernetes_cases::{StandIn, documents};

#[test]
fn every_command_of_the_page_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/kubernetes.md")).unwrap();
    let blocks = page
        .split("```sh\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("\n```"));
    let commands: Vec<&str> = blocks.flat_map(|(block, _)| block.lines()).collect();
    assert!(commands.len() >= 10, "{commands:?}");
    let place = tempfile::tempdir().unwrap();
    symlink(env!("CARGO_BIN_EXE_glusterctl"), place.path().join("glusterctl")).unwrap();
    symlink(StandIn::program(), place.path().join("kubectl")).unwrap();
    symlink(root.join("inventories"), place.path().join("inventories")).unwrap();
    let cluster = StandIn::new("v1.36.0", &["kube1", "kube2", "kube3"]);
    cluster.put("pv", include_str!("kubernetes_cases/pv-list.json"));
    let path = format!("{}:{}", place.path().display(), std::env::var("PATH").unwrap());
    for command in commands {
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(place.path())
            .env("PATH", &path)
            .env("STAND_IN", cluster.directory())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {}\n{stderr}", output.status);
    }
    assert!(place.path().join("manifests/kustomization.yaml").exists());
    let after = std::fs::read_to_string(place.path().join("after.yaml")).unwrap();
    assert_eq!(documents(&after).len(), 2);
}
