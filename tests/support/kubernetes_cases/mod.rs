//! The inventories and options that the golden files and the schemas are tried with, and how the program is run.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

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
    ("default", "inventories/openstack.yaml", BOTH, &["--examples"]),
    ("1.25", "inventories/openstack.yaml", BOTH, &["--kube-version", "1.25", "--examples"]),
    ("host-path", "inventories/openstack.yaml", BOTH, &["--method", "host-path", "--examples"]),
    ("nfs", "tests/inventories/nfs.yaml", BOTH, &["--examples"]),
    ("local-path-provisioner", "inventories/openstack.yaml", &["1.37"], &["--method", "local-path-provisioner", "--examples"]),
    ("local-path-provisioner-1.35", "inventories/openstack.yaml", BOTH, &["--method", "local-path-provisioner", "--kube-version", "1.35", "--allow-deprecated", "--examples"]),
    ("kadalu", "inventories/openstack.yaml", BOTH, &["--method", "kadalu", "--kube-version", "1.31", "--examples"]),
    ("heketi", "inventories/heketi.yaml", &["1.25"], &["--examples"]),
    ("heketi-every-key", "tests/inventories/heketi-every-key.yaml", &["1.25"], &["--method", "heketi", "-q", "--examples"]),
    ("awkward", "tests/inventories/awkward.yaml", BOTH, &["--examples"]),
    ("awkward-1.25", "tests/inventories/awkward.yaml", BOTH, &["--kube-version", "1.25"]),
];

/// The same for the pods that are hosts.
#[rustfmt::skip]
pub const PODS: &[Case] = &[
    ("pods-daemon-set", "inventories/openstack.yaml", BOTH, &["pods", "--image", "registry.example/glusterfs:11"]),
    ("pods-stateful-set", "inventories/stateful-set.yaml", BOTH, &["pods", "--kind", "stateful-set", "--size", "100Gi", "--provisioner", "ebs.csi.aws.com", "--image", "registry.example/glusterfs:11"]),
    ("pods-file-systems", "tests/inventories/directories.yaml", BOTH, &["pods", "--kind", "stateful-set", "--size", "100Gi", "--storage-class", "local-path", "--image", "registry.example/glusterfs:11"]),
    ("pods-pod", "tests/inventories/awkward.yaml", BOTH, &["pods", "--kind", "pod", "--image", "registry.example/glusterfs:11"]),
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

/// A stand-in for kubectl and the API server behind it: how it was called, and what it answers.
pub struct StandIn(tempfile::TempDir);

impl StandIn {
    pub fn new(version: &str, nodes: &[&str]) -> Self {
        let cluster = StandIn(tempfile::tempdir().unwrap());
        cluster.put("version", version);
        cluster.put("calls", "");
        cluster.put("state.json", "[]");
        for node in nodes {
            cluster.add(json!({"kind": "Node", "metadata": {"name": node, "labels": {}}}));
        }
        cluster
    }

    /// Runs a command of a page in a directory, with the directory's own programs first; the command must succeed.
    pub fn must(&self, command: &str, directory: &Path) {
        let path = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap());
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(directory)
            .env("PATH", path)
            .env("STAND_IN", self.directory())
            .env("XDG_STATE_HOME", self.directory())
            .env_remove("GLUSTERCTL_LAB")
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {}\n{stderr}", output.status);
    }

    pub fn put(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).unwrap_or_default()
    }

    /// Every object, with its field managers.
    pub fn objects(&self) -> Vec<Value> {
        serde_json::from_str(&self.read("state.json")).unwrap()
    }

    /// The object of a kind with that name.
    pub fn object(&self, kind: &str, name: &str) -> Value {
        let is = |object: &Value| object["kind"] == kind && object["metadata"]["name"] == name;
        self.objects().into_iter().find(is).unwrap_or(Value::Null)
    }

    /// Adds an object that somebody else made.
    pub fn add(&self, object: Value) {
        let mut object = object;
        object["managers"] = json!({});
        let objects = [self.objects(), vec![object]].concat();
        self.put("state.json", &json!(objects).to_string());
    }

    /// Changes an object behind everybody's back; `None` removes it.
    pub fn change(&self, kind: &str, name: &str, change: impl Fn(Value) -> Option<Value>) {
        let objects = self.objects().into_iter().filter_map(|object| {
            let is = object["kind"] == kind && object["metadata"]["name"] == name;
            if is { change(object) } else { Some(object) }
        });
        let objects: Vec<Value> = objects.collect();
        self.put("state.json", &json!(objects).to_string());
    }

    /// What describes it, for `STAND_IN`.
    pub fn directory(&self) -> &Path {
        self.0.path()
    }

    /// The program that stands in for kubectl.
    pub fn program() -> &'static str {
        concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/support/kubernetes_cases/stand-in-for-kubectl-and-the-api"
        )
    }

    /// `kubectl` with these words.
    pub fn kubectl(&self, words: &[&str]) -> Output {
        let mut command = Command::new(Self::program());
        command.args(words).env("STAND_IN", self.0.path()).output().unwrap()
    }

    /// `kubernetes apply` against it.
    pub fn apply(&self, inventory: &str, args: &[&str]) -> Output {
        let args = [&["apply", "--kubectl", Self::program()], args].concat();
        command(inventory, &args)
            .env("STAND_IN", self.0.path())
            .output()
            .unwrap()
    }
}

pub const OPENSTACK: &str = "inventories/openstack.yaml";

/// The name of the objects of the volume of that inventory.
pub const NAME: &str = "glusterfs-kube-gv0";

/// A stand-in with the nodes of that inventory, and another node.
pub fn openstack() -> StandIn {
    StandIn::new("v1.36.1", &["kube1", "kube2", "kube3", "worker4"])
}

/// What a run said, in one line.
pub fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// That inventory with a section `kubernetes`.
pub fn with(section: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = std::fs::read_to_string(OPENSTACK).unwrap();
    assert!(!text.contains("\nkubernetes:"));
    std::fs::write(file.path(), format!("{text}\nkubernetes: {section}\n")).unwrap();
    file
}

pub fn path(file: &tempfile::NamedTempFile) -> &str {
    file.path().to_str().unwrap()
}

/// That a run failed and changed nothing.
pub fn nothing_changed(cluster: &StandIn, run: impl Fn() -> Output, words: &[&str]) {
    let before = cluster.objects();
    let message = failure(&run(), 1);
    assert!(words.iter().all(|word| message.contains(word)), "{words:?}: {message}");
    assert_eq!(cluster.objects(), before);
}
