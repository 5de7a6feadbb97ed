//! A security key that wants a touch, with a stand-in for ssh that asks for it as ssh does: it starts the program of SSH_ASKPASS,
//! and ends it when the key was touched.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

const INVENTORY: &str =
    "cluster: kube\nhosts:\n  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}\nvolumes: []\n";

/// The first login wants a touch, and the host refuses every login.
const SSH: &str = r#"#!/bin/sh
while [ $# -gt 0 ]; do
    [ "$1" != -E ] || log=$2
    shift
done
if mkdir "$0.began" 2>/dev/null; then
    SSH_ASKPASS_PROMPT=none "$SSH_ASKPASS" 'Confirm user presence for key ED25519-SK SHA256:4Zk' &
    sleep "$TOUCHED_AFTER"
    kill $!
    wait
fi
if "$SSH_ASKPASS" 'Enter passphrase for key:'; then echo 'glusterctl answered a question' >>"$log"; fi
echo 'root@198.51.100.11: Permission denied (publickey).' >>"$log"
exit 255
"#;

/// `glusterctl discover`, after these words, with the stand-in; and how long it took.
fn discover(before: &[&str], directory: &Path, touched_after: &str) -> (Output, Duration) {
    let ssh = directory.join("ssh");
    fs::write(&ssh, SSH).unwrap();
    fs::set_permissions(&ssh, Permissions::from_mode(0o755)).unwrap();
    fs::write(directory.join("glusterctl.yaml"), INVENTORY).unwrap();
    let program = env!("CARGO_BIN_EXE_glusterctl");
    let line = glusterctl::shell::words([program, "discover", "--connect-timeout", "1"]);
    let words = [before, &[line.as_str()]].concat();
    let path = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap());
    let begun = Instant::now();
    let output = Command::new(words[0])
        .args(&words[1..])
        .current_dir(directory)
        .env("PATH", path)
        .env("TOUCHED_AFTER", touched_after)
        .env_remove("GLUSTERCTL_INVENTORY")
        .output();
    (output.unwrap(), begun.elapsed())
}

#[test]
fn without_a_terminal_a_key_that_wants_a_touch_is_refused_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let (output, took) = discover(&["sh", "-c"], directory.path(), "9");
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: kube1: the key of the login wants a touch, and there is no terminal to say so (Confirm user presence for key \
         ED25519-SK SHA256:4Zk)\n\
         run the same command at a terminal, or give the login a key that wants no touch\n"
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(took < Duration::from_secs(8), "{took:?}");
}

#[test]
fn at_a_terminal_the_touch_is_waited_for_beyond_the_time_of_a_login() {
    let directory = tempfile::tempdir().unwrap();
    // A login has 11 s.
    let (output, took) = discover(&["script", "-q", "-e", "/dev/null", "-c"], directory.path(), "12");
    let shown = String::from_utf8_lossy(&output.stdout);
    let asked = "kube1: touch your security key: Confirm user presence for key ED25519-SK SHA256:4Zk\r\n";
    assert_eq!(shown.matches(asked).count(), 1, "{shown}");
    assert!(
        shown.contains("kube1: the login was refused: root@198.51.100.11: Permission denied"),
        "{shown}"
    );
    assert!(took > Duration::from_secs(12), "{took:?}");
}
