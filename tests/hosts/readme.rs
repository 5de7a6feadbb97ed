//! Every command of the README runs, word for word.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use crate::support::blocks;
use crate::support::{PROGRAM, TestLab};

#[test]
fn lab_every_command_of_the_readme_runs() {
    let lab = TestLab::up("readme", 3, &["/dev/vdb"]);
    let place = tempfile::tempdir().unwrap();
    symlink(PROGRAM, place.path().join("glusterctl")).unwrap();
    let path = std::env::var("PATH").unwrap();
    // The program that the README builds and runs has been built with the tests.
    let cargo =
        format!("#!/bin/sh\n[ \"$1 $2 $3\" = 'run --release --' ] || exit 64\nshift 3\nexec {PROGRAM} \"$@\"\n");
    let wrapper = place.path().join("cargo");
    fs::write(&wrapper, cargo).unwrap();
    fs::set_permissions(&wrapper, Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{path}", place.path().display());
    let commands = blocks::commands(include_str!("../../README.md"));
    assert!(commands.len() >= 8, "{commands:?}");
    for command in commands {
        // This is what runs right now.
        if command == "tests/run" {
            continue;
        }
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("PATH", &path)
            .env("XDG_STATE_HOME", place.path().join("state"))
            .env("GLUSTERCTL_LAB", lab.name())
            .output()
            .unwrap();
        let (stdout, stderr) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(
            output.status.success(),
            "{command}: {}\n{stdout}\n{stderr}",
            output.status
        );
        println!("{command}: fine");
    }
}
