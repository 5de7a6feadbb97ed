//! The inventories and options that the golden files and the schemas are tried with, and how the program is run.

#![allow(dead_code, reason = "each test uses what it needs")]

use std::process::{Command, Output};

use serde_json::Value;

/// Name of the golden file, inventory, versions of the schemas, options.
pub type Case = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const BOTH: &[&str] = &["1.25", "1.37"];

#[rustfmt::skip]
pub const CASES: &[Case] = &[
    ("default", "inventories/openstack.yaml", BOTH, &[]),
    ("1.25", "inventories/openstack.yaml", BOTH, &["--kube-version", "1.25"]),
    ("host-path", "inventories/openstack.yaml", BOTH, &["--method", "host-path"]),
    ("nfs", "tests/inventories/nfs.yaml", BOTH, &[]),
    ("local-path-provisioner", "inventories/openstack.yaml", &["1.37"], &["--method", "local-path-provisioner"]),
    ("local-path-provisioner-1.35", "inventories/openstack.yaml", BOTH, &["--method", "local-path-provisioner", "--kube-version", "1.35", "--allow-deprecated"]),
    ("kadalu", "inventories/openstack.yaml", BOTH, &["--method", "kadalu", "--kube-version", "1.31"]),
    ("awkward", "tests/inventories/awkward.yaml", BOTH, &[]),
    ("awkward-1.25", "tests/inventories/awkward.yaml", BOTH, &["--kube-version", "1.25", "--no-examples"]),
];

pub fn command(inventory: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glusterctl"));
    command
        .env_remove("GLUSTERCTL_INVENTORY")
        .args(["kubernetes", "-i", inventory])
        .args(args);
    command
}

pub fn run(inventory: &str, args: &[&str]) -> Output {
    command(inventory, args).output().unwrap()
}

/// What a run that succeeded printed.
pub fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a run that ended with `status` said, in one line.
pub fn failure(output: &Output, status: i32) -> String {
    let message = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(status), "{message}");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub fn documents(yaml: &str) -> Vec<Value> {
    serde_yaml::from_multiple(yaml).unwrap()
}

/// A cluster that is none: how `kubectl` was called, and what it answers.
pub struct FakeCluster(tempfile::TempDir);

impl FakeCluster {
    pub fn new(version: &str, nodes: &[&str]) -> Self {
        let cluster = FakeCluster(tempfile::tempdir().unwrap());
        cluster.put("version", version);
        cluster.put("nodes", &nodes.join("\n"));
        cluster.put("pv", include_str!("pv-list.json"));
        cluster
    }

    pub fn put(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).unwrap_or_default()
    }

    /// What describes it, for `FAKE_KUBECTL`.
    pub fn directory(&self) -> &std::path::Path {
        self.0.path()
    }

    /// `kubernetes apply` against it.
    pub fn apply(&self, inventory: &str, args: &[&str]) -> Output {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kubernetes_cases/fake-kubectl");
        let args = [&["apply", "--kubectl", program], args].concat();
        command(inventory, &args)
            .env("FAKE_KUBECTL", self.0.path())
            .output()
            .unwrap()
    }
}
