//! What the program says when it reaches no host: that it knows nothing, and nothing else. No host is contacted: each
//! connection goes through a command that fails.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::documents;
use crate::support::metrics;

/// A directory with an inventory of three hosts that are not reached.
struct Unreachable {
    directory: TempDir,
}

impl Unreachable {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = directory.path().join("ssh_config");
        fs::write(&config, "Host *\n    ProxyCommand false\n").unwrap();
        let host = |number| format!("  - {{name: kube{number}, address: 198.51.100.1{number}, devices: [/dev/vdb]}}\n");
        let hosts: String = (1..=3).map(host).collect();
        let text = format!(
            "cluster: kube\nssh: {{config_file: {}}}\nhosts:\n{hosts}volumes:\n  - {{name: gv0, replica: 3, mount: /data}}\n",
            config.display()
        );
        fs::write(directory.path().join("glusterctl.yaml"), text).unwrap();
        Unreachable { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_glusterctl"));
        program.current_dir(self.directory.path()).args(arguments);
        program.env_remove("GLUSTERCTL_INVENTORY").env_remove("GLUSTERCTL_LAB");
        program.env("XDG_STATE_HOME", self.path("state"));
        program.output().unwrap()
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The messages of the document of an error, in JSON or YAML.
fn errors(said: &str) -> Vec<String> {
    let document: Value = serde_yaml::from_str(said).unwrap();
    documents::valid("error", &document);
    assert_eq!(
        (&document["kind"], &document["status"]),
        (&Value::from("failed"), &Value::from(1))
    );
    let errors = document["errors"].as_array().unwrap().iter();
    errors
        .map(|error| error["message"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_event_of_a_run_is_a_document_and_so_is_its_error() {
    let hosts = Unreachable::new();
    let ran = hosts.run(&["-o", "json", "apply"]);
    assert_eq!(ran.status.code(), Some(1));
    let events: Vec<Value> = text(&ran.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    events.iter().for_each(|event| documents::valid("event", event));
    let kinds: Vec<&str> = events.iter().filter_map(|event| event["event"].as_str()).collect();
    assert_eq!((kinds[0], kinds[kinds.len() - 1]), ("observing", "finished"));
    assert_eq!(text(&ran.stderr).lines().count(), 1, "{}", text(&ran.stderr));
    assert!(errors(text(&ran.stderr)).len() >= 3);

    let ran = hosts.run(&["-o", "yaml", "apply"]);
    let stream = text(&ran.stdout);
    assert!(ran.status.code() == Some(1) && stream.starts_with("---\n"), "{stream}");
    let told: Vec<Value> = serde_yaml::from_multiple(stream).unwrap();
    told.iter().for_each(|event| documents::valid("event", event));
    let of_yaml: Vec<&str> = told.iter().filter_map(|event| event["event"].as_str()).collect();
    assert_eq!(of_yaml, kinds);
}

#[test]
fn without_any_host_nothing_is_planned_and_no_plan_is_saved() {
    let hosts = Unreachable::new();
    for format in ["table", "json", "yaml"] {
        for name in ["new", "old"] {
            fs::write(hosts.path("old"), "an older plan").unwrap();
            let ran = hosts.run(&["-o", format, "plan", "--exit-code", "--out", name]);
            let said = text(&ran.stderr);
            assert_eq!((ran.status.code(), text(&ran.stdout)), (Some(1), ""), "{said}");
            let errors = match format {
                "table" => said
                    .trim_end()
                    .trim_start_matches("error: ")
                    .split("\nerror: ")
                    .map(str::to_owned)
                    .collect(),
                _ => errors(said),
            };
            assert_eq!(errors[0], "nothing could be planned: no host was reached", "{said}");
            let named = errors[1..].iter().map(|error| &error[..7]);
            assert_eq!(named.collect::<Vec<_>>(), ["kube1: ", "kube2: ", "kube3: "], "{said}");
            assert!(!hosts.path("new").exists());
            assert_eq!(fs::read_to_string(hosts.path("old")).unwrap(), "an older plan");
        }
    }
}

#[test]
fn without_any_host_status_knows_nothing() {
    let hosts = Unreachable::new();
    let ran = hosts.run(&["-o", "json", "status", "--exit-code"]);
    assert_eq!(ran.status.code(), Some(1), "{}", text(&ran.stderr));
    let health: Value = serde_json::from_str(text(&ran.stdout)).unwrap();
    documents::valid("status", &health);
    assert_eq!(
        (&health["version"], &health["healthy"]),
        (&Value::from(2), &Value::from(false))
    );
    let volume = &health["volumes"][0];
    for unknown in [
        &volume["exists"],
        &volume["started"],
        &volume["bricks"][0]["mounted"],
        &volume["bricks"][0]["online"],
        &health["mounts"][0]["mounted"],
        &health["hosts"][0]["glusterd"],
    ] {
        assert_eq!(*unknown, Value::Null, "{health:#}");
    }
    let ran = hosts.run(&["status"]);
    let table = text(&ran.stdout);
    assert!(table.contains("  volume gv0: unknown, no server answered\n"), "{table}");
    assert!(!table.contains("MISSING") && !table.contains("NOT MOUNTED"), "{table}");
    assert_eq!(text(&ran.stderr).matches("error: kube").count(), 3);
}

#[test]
fn without_any_host_metrics_are_no_numbers_and_only_status_has_metrics() {
    let hosts = Unreachable::new();
    let ran = hosts.run(&["-o", "prometheus", "status"]);
    assert_eq!(ran.status.code(), Some(1), "{}", text(&ran.stderr));
    let samples = metrics::read(text(&ran.stdout));
    let value = |name: &str, labels: &[(&str, &str)]| metrics::value(&samples, name, labels);
    assert!(value("healthy", &[]) == 0.0 && value("host_reachable", &[("host", "kube1")]) == 0.0);
    assert!(value("volume_state", &[("volume", "gv0"), ("state", "unknown")]) > 0.0);
    for name in ["volume_started", "volume_split_brain_entries", "volume_size_bytes"] {
        assert!(value(name, &[("volume", "gv0")]).is_nan(), "{name}");
    }
    for arguments in [
        &["-o", "prometheus", "plan"][..],
        &["-o", "prometheus", "check"],
        &["-o", "prometheus", "status", "--watch"],
    ] {
        let ran = hosts.run(arguments);
        let said = text(&ran.stderr);
        assert_eq!((ran.status.code(), text(&ran.stdout)), (Some(2), ""), "{said}");
        assert!(said.contains("-o prometheus"), "{said}");
    }
}

#[test]
fn without_any_host_apply_does_nothing_and_names_each_host() {
    let hosts = Unreachable::new();
    let ran = hosts.run(&["apply", "--yes"]);
    let said = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{said}");
    assert_eq!(said.matches("error: kube").count(), 3, "{said}");
    assert!(said.contains("no steps done"), "{said}");
}
