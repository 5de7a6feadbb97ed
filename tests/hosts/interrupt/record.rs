//! Every run that changed something leaves a record, with secrets left out.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::Value;

use super::bench::{Bench, said};

/// Two hosts, and an option that nobody should read.
const SECRET: &str = "\
cluster: CLUSTER
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
volumes:
  - {name: gv0, replica: 2, mount: /data, options: {user.password: first-s3cret}}
";

fn records(bench: &Bench) -> Vec<PathBuf> {
    let mut records: Vec<PathBuf> = fs::read_dir(bench.records())
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    records.sort();
    records
}

fn entries(file: &PathBuf) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn log(bench: &Bench, arguments: &[&str]) -> String {
    let output = bench.on_lab(&[&["log"], arguments].concat()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one test from its first step to its last")]
fn lab_what_changed_is_recorded_and_shown_and_secrets_are_not() {
    let mut bench = Bench::installed("record", SECRET);
    assert!(log(&bench, &[]).contains("No run has changed anything yet"));

    // Cut short.
    let mut killed = bench.apply();
    killed.until_begun("format").unwrap();
    killed.kill();
    let ended = bench.converges("after the kill");
    let files = records(&bench);
    assert_eq!(files.len(), 2, "a run that changes nothing leaves none: {files:?}");
    for file in &files {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let mode = fs::metadata(bench.records()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);

    // Each step that ended, with what ran and how it ended.
    let written = entries(&files[1]);
    let recorded = written.iter().filter(|entry| entry["entry"] == "ended");
    let told = ended.events.iter().filter(|event| event["event"] == "ended");
    let mut count = 0;
    for (recorded, told) in recorded.zip(told) {
        for key in ["host", "status"] {
            assert_eq!(recorded[key], told[key]);
        }
        // The mark of the volume names the option.
        let is_secret = ["step", "command"]
            .iter()
            .any(|key| told[*key].to_string().contains("password"));
        if !is_secret {
            for key in ["step", "command", "output"] {
                assert_eq!(recorded[key], told[key]);
            }
        }
        count += 1;
    }
    assert_eq!(count, ended.steps("ended").len());
    assert_eq!(written[0]["entry"], "run");
    assert!(written[0]["by"].as_str().unwrap().starts_with("operator@"));
    assert_eq!(written.last().unwrap()["done"], true);

    // A new secret, and the old one that it takes the place of; then one that Gluster refuses.
    bench.wants(&SECRET.replace("first-s3cret", "second-s3cret"));
    bench.converges("with another option");
    bench.wants(&SECRET.replace("user.password: first-s3cret", "auth.login.password: third-s3cret"));
    let refused = bench.apply().end();
    assert_eq!(refused.status, Some(1), "there is no such option: {}", refused.stderr);
    let files = records(&bench);
    assert_eq!(files.len(), 4);
    for file in &files {
        assert!(
            !fs::read_to_string(file).unwrap().contains("s3cret"),
            "{}",
            file.display()
        );
    }

    let name = |file: &PathBuf| file.file_stem().unwrap().to_str().unwrap().to_owned();
    let table = log(&bench, &[]);
    for (file, result) in files.iter().zip(["cut short", "done", "done", "failed"]) {
        let line = table.lines().find(|line| line.starts_with(&name(file)));
        let line = line.unwrap_or_else(|| panic!("{}:\n{table}", name(file)));
        assert!(line.contains(result) && line.contains(bench.name()), "{line}");
    }
    let list: Value = serde_json::from_str(&log(&bench, &["-o", "json"])).unwrap();
    assert_eq!(list["version"], 1);
    assert_eq!(list["runs"][0]["result"], "cut short");
    assert_eq!(list["runs"][1]["steps"], ended.steps("started").len());

    let one = log(&bench, &[&name(&files[1])]);
    for words in [
        "kube1: create volume gv0",
        "    $ gluster --mode=script --xml volume create gv0",
        "exit status 0",
        "  done",
    ] {
        assert!(one.contains(words), "{words} in:\n{one}");
    }
    let one: Value = serde_json::from_str(&log(&bench, &["-o", "json", &name(&files[1])])).unwrap();
    assert_eq!(one["record"], list["runs"][1]["record"]);
    assert_eq!(one["entries"], Value::Array(written));
    let cut = log(&bench, &[&name(&files[0])]);
    assert!(cut.contains("cut short"), "{cut}");
    // In tables a password is as absent as in the file.
    assert!(!log(&bench, &[&name(&files[2])]).contains("s3cret"));

    let unknown = bench.on_lab(&["log", "no-such"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(2), "{}", said(&unknown));
}
