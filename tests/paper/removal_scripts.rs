//! The scripts that look at a brick before and after the brick is taken out of its volume, on real directories; what tells
//! whether a directory is the brick, and gluster, are fakes.

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;

use glusterctl::scripts::{COMMIT_REMOVAL, EMPTIED_BRICK, LEFT_BRICK, Template};

/// A directory with a brick, which holds a directory, what Gluster keeps for itself, and the given files.
fn brick(files: &[&str]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for directory in ["brick/dir", "brick/.glusterfs/00/0f", "brick/.glusterfs/indices"] {
        fs::create_dir_all(root.path().join(directory)).unwrap();
    }
    fs::write(root.path().join("brick/.glusterfs/indices/note"), "x").unwrap();
    for file in files {
        fs::write(root.path().join("brick").join(file), "data").unwrap();
    }
    root
}

/// Runs a script about the brick. Gluster answers with the status of a completed removal that had failures, and its
/// commands are noted.
fn run(root: &TempDir, script: &Template, value: (&str, &str)) -> Output {
    let brick = root.path().join("brick").display().to_string();
    let values = [
        ("volume", "gv0"),
        ("id", "0"),
        ("uuid", "-"),
        ("target", "/bricks/vdb"),
        ("brick", &brick),
        value,
    ];
    let status = include_str!("../captures/remove-brick-status-completed.xml");
    let (nodes, aggregate) = status.split_once("<aggregate>").unwrap();
    let aggregate = aggregate
        .replace("<failures>0<", "<failures>7<")
        .replace("<skipped>0<", "<skipped>2<");
    fs::write(root.path().join("status.xml"), format!("{nodes}<aggregate>{aggregate}")).unwrap();
    let fakes = "is_brick() { :; }\nbrick_runs() { false; }\n\
                 gluster() { echo \"$*\" >>commands; case $* in *status) cat status.xml ;; esac; }\n";
    // The fakes take the places of the functions, which come before the script itself.
    let text = script.with(&values);
    let begin = ["\nis_brick \"", "\n[ -d \"$brick\" ] ||"]
        .iter()
        .find_map(|begin| text.find(begin));
    let (functions, rest) = text.split_at(begin.unwrap());
    Command::new("sh")
        .args(["-euc", &format!("{functions}\n{fakes}{rest}")])
        .current_dir(root.path())
        .output()
        .unwrap()
}

fn looked(root: &TempDir) -> (Option<i32>, String) {
    let output = run(
        root,
        &EMPTIED_BRICK,
        ("removal", "volume remove-brick gv0 \\\n    'kube4:/b'"),
    );
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_removal_that_left_a_file_is_stopped_and_begins_anew() {
    for file in ["dir/file", ".glusterfs/00/0f/without-a-name"] {
        let root = brick(&[file]);
        let (status, said) = looked(&root);
        assert_eq!(status, Some(75), "{said}");
        assert!(
            said.contains(file) && said.contains("(7 failures and 2 skipped files)"),
            "{said}"
        );
        let commands = fs::read_to_string(root.path().join("commands")).unwrap();
        assert!(
            commands.ends_with("--mode=script volume remove-brick gv0 kube4:/b stop\n"),
            "{commands}"
        );
    }
}

#[test]
fn whatever_gluster_counts_a_brick_without_files_is_empty() {
    let root = brick(&[]);
    assert_eq!(looked(&root), (Some(0), String::new()));
    assert!(!root.path().join("commands").exists());
}

#[test]
fn a_file_that_came_after_the_look_is_kept_and_told() {
    let root = brick(&["dir/late"]);
    let output = run(&root, &LEFT_BRICK, ("late", "yes"));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("brick/dir/late. The files") && said.contains("brick.late"),
        "{said}"
    );
    assert!(root.path().join("brick.late/dir/late").exists() && !root.path().join("brick").exists());
}

#[test]
fn files_that_the_volume_has_elsewhere_are_kept_without_a_failure() {
    let root = brick(&["dir/old"]);
    let output = run(&root, &LEFT_BRICK, ("late", "no"));
    assert!(output.status.success(), "{output:?}");
    assert!(root.path().join("brick.left/dir/old").exists());
    let root = brick(&[]);
    let output = run(&root, &LEFT_BRICK, ("late", "yes"));
    assert!(
        output.status.success() && !root.path().join("brick").exists(),
        "{output:?}"
    );
}

/// What the script does when Gluster, a fake, answers the commit like this and with this exit status.
fn committed(reply: &str, status: i32) -> (Output, String) {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("reply"), reply).unwrap();
    let fake =
        format!("gluster() {{ echo \"$*\" >>commands; case $* in *commit) cat reply; return {status} ;; esac; }}\n");
    let text = COMMIT_REMOVAL.with(&[("removal", "volume remove-brick gv0 \\\n    'kube4:/b'")]);
    let output = Command::new("sh")
        .args(["-euc", &(fake + &text)])
        .current_dir(root.path())
        .output()
        .unwrap();
    let commands = fs::read_to_string(root.path().join("commands")).unwrap();
    (output, commands)
}

#[test]
fn bricks_that_gluster_takes_out_by_force_only_stay_and_the_removal_begins_anew() {
    let refusal = "<opRet>-1</opRet><opErrstr>use 'force' option as migration of some files might have been skipped or has \
                   failed</opErrstr>";
    let (output, commands) = committed(refusal, 1);
    assert_eq!(output.status.code(), Some(75));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("nothing was taken out"), "{said}");
    assert!(!commands.contains("force"), "{commands}");
    assert!(
        commands.ends_with("--mode=script volume remove-brick gv0 kube4:/b stop\n"),
        "{commands}"
    );
}

#[test]
fn any_other_answer_to_a_commit_is_passed_on() {
    for (reply, status) in [("<opRet>0</opRet>", 0), ("<opErrstr>Another transaction</opErrstr>", 1)] {
        let (output, commands) = committed(reply, status);
        assert_eq!(output.status.code(), Some(status));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{reply}\n"));
        assert!(!commands.contains("stop"), "{commands}");
    }
}
