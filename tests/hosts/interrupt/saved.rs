//! Saved plans: exactly the steps that were shown run, or no step runs.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::ALONE;
use super::bench::{Bench, Ended, Running, said};

fn save(bench: &Bench, file: &Path) -> Value {
    let output = bench
        .on_lab(&["plan", "--out", file.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

fn run(bench: &Bench, file: &Path) -> Ended {
    Running::start(bench.on_lab(&["-o", "json", "apply", "--plan", file.to_str().unwrap()])).end()
}

/// Refused, nothing done, and all of these words said.
fn refused(bench: &Bench, file: &Path, words: &[&str]) {
    let ended = run(bench, file);
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    assert_eq!(ended.steps("started"), [""; 0]);
    for words in words {
        assert!(ended.stderr.contains(words), "{words} in:\n{}", ended.stderr);
    }
}

#[test]
fn lab_a_saved_plan_runs_exactly_or_is_refused_with_what_has_changed() {
    let bench = Bench::up("saved", ALONE);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("plan.json");
    save(&bench, &file);
    let changed = "not as they were when the plan was made; nothing was done";

    bench
        .lab
        .must("kube1", "printf hello | dd of=/dev/vdb bs=1M conv=notrunc status=none");
    refused(
        &bench,
        &file,
        &[
            changed,
            "no longer: kube1: format /dev/vdb",
            "in the way: kube1: /dev/vdb",
            "make another plan",
        ],
    );
    bench.lab.must(
        "kube1",
        "dd if=/dev/zero of=/dev/vdb bs=1M count=1 conv=notrunc status=none",
    );

    bench.lab.must(
        "kube1",
        "cp /etc/fstab /root/fstab; echo 'LABEL=x /bricks/vdb ext4 noauto 0 0' >>/etc/fstab",
    );
    refused(&bench, &file, &[changed, "LABEL=x /bricks/vdb"]);
    bench.lab.must("kube1", "cp /root/fstab /etc/fstab");

    bench
        .lab
        .must("kube1", "apt-get -q -y --no-install-recommends install xfsprogs");
    let words = [
        changed,
        "no longer: kube1: install xfsprogs, glusterfs-server",
        "now also: kube1: install glusterfs-server",
    ];
    refused(&bench, &file, &words);

    // Nothing has changed since the last plan: it runs, command by command.
    let plan = save(&bench, &file);
    let ended = run(&bench, &file);
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    let commands = |values: &[Value]| -> Vec<(Value, Value, Value)> {
        let title = |value: &Value| value.get("title").or_else(|| value.get("step")).unwrap().clone();
        values
            .iter()
            .map(|value| (value["host"].clone(), title(value), value["command"].clone()))
            .collect()
    };
    let ran: Vec<Value> = ended
        .events
        .into_iter()
        .filter(|event| event["event"] == "ended")
        .collect();
    assert_eq!(commands(&ran), commands(plan["steps"].as_array().unwrap()));
    bench.converges("after the saved plan");

    // An old plan is not run a second time.
    refused(&bench, &file, &[changed, "no longer: kube1: format /dev/vdb"]);
}

#[test]
fn a_file_that_is_no_plan_is_refused_before_any_host_is_contacted() {
    let directory = tempfile::tempdir().unwrap();
    let inventory = directory.path().join("glusterctl.yaml");
    // Nobody is there: whoever tried to connect would fail with exit status 1.
    fs::write(&inventory, ALONE.replace("CLUSTER", "nobody")).unwrap();
    let file = directory.path().join("plan.json");
    for (text, words) in [
        (None, "No such file"),
        (Some("not JSON"), "is no saved plan"),
        (Some("{}"), "missing field"),
        (Some(r#"{"version": 2, "steps": [], "problems"#), "EOF"),
        (
            Some(r#"{"version": 1, "steps": [], "problems": [], "waiting": []}"#),
            "version 1",
        ),
        (Some(r#"{"version": 3, "steps": {"of": "the future"}}"#), "version 3"),
    ] {
        let _ = fs::remove_file(&file);
        if let Some(text) = text {
            fs::write(&file, text).unwrap();
        }
        let output = std::process::Command::new(crate::support::PROGRAM)
            .arg("--inventory")
            .arg(&inventory)
            .args(["apply", "--yes", "--plan", file.to_str().unwrap()])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        for words in [words, "plan.json", "make"] {
            assert!(said(&output).contains(words), "{words} in:\n{}", said(&output));
        }
    }
}
