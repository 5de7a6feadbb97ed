//! `glusterctl init` of named hosts and of lists, as far as no host is needed.

use std::process::{Command, Output};

/// Runs `init` where there is no ssh, in a directory of its own.
fn init(directory: &std::path::Path, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glusterctl"));
    command.env_remove("GLUSTERCTL_INVENTORY").env("PATH", "/nowhere");
    command.current_dir(directory).arg("init").args(arguments);
    assert_cmd::Command::from_std(command)
        .write_stdin(input)
        .output()
        .unwrap()
}

/// What the program says when it fails with this status, and writes nothing.
fn refused(arguments: &[&str], input: &str, status: i32) -> String {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("hosts.ini"), "[a]\nkube1\n[b]\nkube2\n").unwrap();
    let output = init(directory.path(), arguments, input);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{said}");
    assert!(output.stdout.is_empty(), "{said}");
    assert!(!directory.path().join("glusterctl.yaml").exists(), "{said}");
    said
}

#[test]
fn without_hosts_every_way_to_name_them_is_told() {
    let said = refused(&[], "", 2);
    for words in [
        "glusterctl init kube1 root@198.51.100.12:22",
        "glusterctl init hosts.ini",
        "| glusterctl init -",
        "--from kube1",
    ] {
        assert!(said.contains(words), "{said}");
    }
    assert!(said.lines().all(|line| line.chars().count() <= 80), "{said}");
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    for (arguments, input, words) in [
        (
            &["-"][..],
            "",
            "error: standard input: it is empty; init reads an Ansible inventory",
        ),
        (
            &["-"],
            "[a]\nkube1 x\n",
            "error: standard input: line 2: \"x\" behind the host",
        ),
        (&["hosts.ini"], "", "error: hosts.ini: it has several groups"),
        (&["--from", "hosts.ini"], "", "error: hosts.ini: it has several groups"),
        (&["./none.ini"], "", "error: ./none.ini cannot be read: No such file"),
        (
            &["hosts.ini", "--group", "c"],
            "",
            "it has no group \"c\"; its groups with hosts are: a (1), b (1), all (2)",
        ),
        (&["kube1", "--group", "c"], "", "error: --group is for a list"),
        (&["ssh://kube1", "kube2:x"], "", "error: \"kube2:x\" is no host name"),
        (&["kube1", "--from", "kube2"], "", "cannot be used with"),
    ] {
        let said = refused(arguments, input, 2);
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}

#[test]
fn hosts_that_are_not_reached_are_named_and_nothing_is_written() {
    for (arguments, input) in [
        (&["kube1", "root@198.51.100.12:22"][..], ""),
        (&["-"], "kube1\nx ansible_host=198.51.100.12\n"),
        (&["hosts.ini", "198.51.100.12", "--group", "a"], ""),
    ] {
        let said = refused(arguments, input, 1);
        assert_eq!(said.matches("ssh could not be run").count(), 2, "{said}");
        assert!(said.contains("error: kube1: "), "{said}");
        assert!(said.contains("error: nothing was written: "), "{said}");
    }
}

#[test]
fn a_file_that_exists_stays() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("glusterctl.yaml");
    std::fs::write(&file, "mine\n").unwrap();
    let output = init(directory.path(), &["kube1"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("glusterctl.yaml exists already")
    );
    assert_eq!(std::fs::read_to_string(file).unwrap(), "mine\n");
}
