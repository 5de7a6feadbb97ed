//! `glusterctl log`: what earlier runs changed, from records that stand here as files.

use std::path::Path;
use std::process::Command;

use crate::support::documents;

const DONE: &str = r#"{"entry":"run","at":"2026-11-25T10:00:00Z","cluster":"kube","by":"op@desk, process 7"}
{"entry":"begun","at":"2026-11-25T10:00:01Z","host":"kube1","step":"start glusterd","reason":"it does not run"}
{"entry":"ended","at":"2026-11-25T10:00:03Z","host":"kube1","step":"start glusterd","command":"systemctl start glusterd","status":0,"output":"","error":null}
{"entry":"finished","at":"2026-11-25T10:00:04Z","done":true,"errors":[]}
"#;
const FAILED: &str = r#"{"entry":"run","at":"2026-11-26T10:00:00Z","cluster":"kube","by":"op@desk, process 8"}
{"entry":"begun","at":"2026-11-26T10:00:01.250Z","host":"kube2","step":"mount /data","reason":"it is not mounted"}
{"entry":"ended","at":"2026-11-26T10:00:03.500Z","host":"kube2","step":"mount /data","command":"mount /data","status":32,"output":"mount failed","error":"exit status 32"}
{"entry":"finished","at":"2026-11-26T10:00:04Z","done":false,"errors":["kube2: mount /data: exit status 32\nlook at /var/log/glusterfs"]}
"#;

/// A state directory with three records, of two clusters.
fn state() -> tempfile::TempDir {
    let state = tempfile::tempdir().unwrap();
    let directory = state.path().join("glusterctl");
    std::fs::create_dir(&directory).unwrap();
    for (name, text) in [
        ("20261125T100000Z-kube-7", DONE),
        ("20261126T100000Z-kube-8", FAILED),
        ("20261127T100000Z-other-9", &DONE.replace("\"kube\"", "\"other\"")),
    ] {
        std::fs::write(directory.join(name).with_extension("jsonl"), text).unwrap();
    }
    state
}

/// The exit status and both outputs.
fn log(state: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glusterctl"));
    let output = command
        .env("XDG_STATE_HOME", state)
        .arg("log")
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_newest_run_comes_first_with_why_it_failed() {
    let state = state();
    let (_, shown, _) = log(state.path(), &[]);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 4, "{shown}");
    let of = |name: &str| lines.iter().position(|line| line.contains(name)).unwrap();
    assert!(of("other-9") < of("kube-8") && of("kube-8") < of("kube-7"), "{shown}");
    assert!(
        lines[of("kube-8")].ends_with("failed: kube2: mount /data: exit status 32"),
        "{shown}"
    );
    let (_, shown, _) = log(state.path(), &["--cluster", "kube"]);
    assert!(!shown.contains("other") && shown.contains("kube-7"), "{shown}");
    // Programs get the runs as they were made.
    let (_, json, _) = log(state.path(), &["-o", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    documents::valid("log", &json);
    assert_eq!(json["runs"][1]["why"], "kube2: mount /data: exit status 32");
    assert_eq!(json["runs"][2]["why"], serde_json::Value::Null);
}

#[test]
fn programs_get_a_whole_record() {
    let state = state();
    for (name, entries) in [
        ("20261125T100000Z-kube-7", 4),
        ("20261126T100000Z-kube-8", 4),
        ("last", 4),
    ] {
        let (_, json, _) = log(state.path(), &[name, "-o", "json"]);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        documents::valid("record", &json);
        assert_eq!(json["entries"].as_array().unwrap().len(), entries);
        assert!(json["record"].as_str().unwrap().ends_with(".jsonl"), "{json}");
    }
}

#[test]
fn a_record_begins_with_why_the_run_failed() {
    let state = state();
    let (_, last, _) = log(state.path(), &["last", "--cluster", "kube"]);
    assert!(
        last.starts_with("failed:\nkube2: mount /data: exit status 32\nlook at /var/log/glusterfs\n\n"),
        "{last}"
    );
    assert!(
        last.ends_with("2026-11-26T10:00:04Z  failed, for the reasons above\n"),
        "{last}"
    );
    assert_eq!(log(state.path(), &["20261126T100000Z-kube-8"]).1, last);
    let (_, newest, _) = log(state.path(), &["last"]);
    assert!(
        newest.starts_with("done\n2026-11-25T10:00:00Z  cluster other, by op@desk"),
        "{newest}"
    );
    for (arguments, words) in [
        (
            &["last", "--cluster", "none"][..],
            "error: there is no record of cluster none yet",
        ),
        (&["2026"], "error: there is no record 2026"),
        (
            &["--report", "/no/such/directory/a.html"],
            "error: --report /no/such/directory/a.html: the file is in",
        ),
        (&["--report", "/"], "error: --report /: the file is a directory"),
    ] {
        let (status, _, said) = log(state.path(), arguments);
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_record_becomes_a_page() {
    let state = state();
    let file = state.path().join("run.html");
    let path = file.display().to_string();
    let (status, shown, said) = log(state.path(), &["--report", &path, "--cluster", "kube"]);
    assert_eq!((status, shown.as_str()), (Some(0), ""), "{said}");
    assert_eq!(said, format!("wrote {path}\n"));
    let page = std::fs::read_to_string(&file).unwrap();
    assert!(page.contains("<title>Cluster kube: failed</title>"), "{page}");
    assert!(
        page.contains("kube2: mount /data, 2.3 s") || page.contains("kube2: mount /data, 2.2 s"),
        "{page}"
    );
}
