//! The job of docs/ci.md: its YAML, its commands, and the script that reads the host keys.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use clap::Parser;
use serde_json::Value;

use crate::{block, path_with, ran};
use glusterctl::cli::Cli;

/// The commands of each step of the workflow in docs/ci.md.
fn workflow() -> Vec<String> {
    let workflow: Value = serde_yaml::from_str(&block("docs/ci.md", "yaml", "runs-on")).unwrap();
    let steps = workflow["jobs"]["apply"]["steps"].as_array().unwrap().iter();
    steps
        .filter_map(|step| step["run"].as_str())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_job_has_commands_that_glusterctl_and_the_shell_know() {
    let mut commands = Vec::new();
    for script in workflow() {
        ran(Command::new("bash").args(["-nc", &script]));
        assert!(
            !script.contains("${{"),
            "a value of the repository is no text of a script: {script}"
        );
        for line in script.lines() {
            let Some((_, rest)) = line.split_once("glusterctl ") else {
                continue;
            };
            let words = rest
                .split_whitespace()
                .take_while(|word| !word.starts_with(['<', '>', '|']));
            let words: Vec<&str> = std::iter::once("glusterctl").chain(words).collect();
            let error = Cli::try_parse_from(&words).err().filter(clap::Error::use_stderr);
            assert!(error.is_none(), "{line}: {error:?}");
            commands.push(words[1].to_owned());
        }
    }
    assert_eq!(commands, ["version", "init", "check", "plan", "apply", "status"]);
}

#[test]
fn the_job_knows_the_host_keys_that_the_consoles_show() {
    let place = tempfile::tempdir().unwrap();
    let home = |name: &str| place.path().join(name);
    let servers = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lists/openstack.json");
    // What cloud-init prints, in the two forms in which consoles show it; the first VM has no console at first.
    let openstack = format!(
        "#!/bin/sh
        case $* in
        'server list -f json --name ^kube') cat {servers} ;;
        'console log show '*01)
            [ -e seen ] || {{ >seen; exit 1; }}
            printf 'x\\r\\n-----BEGIN SSH HOST KEY KEYS-----\\r\\necdsa-sha2-nistp256 AAAAE= root@kube1\\r\\n'
            printf 'ssh-ed25519 AAAAC3+/1= root@kube1\\r\\n-----END SSH HOST KEY KEYS-----\\r\\n' ;;
        'console log show '*02)
            printf 'cloud-init[7]: %s\\n' '-----BEGIN SSH HOST KEY KEYS-----' 'ssh-ed25519 AAAAC3+/2= root@kube2' \\
                '-----END SSH HOST KEY KEYS-----' ;;
        *) exit 1 ;;
        esac
        "
    );
    for (name, text) in [("openstack", openstack.as_str()), ("sleep", "#!/bin/sh\n")] {
        fs::write(home(name), text).unwrap();
        fs::set_permissions(home(name), PermissionsExt::from_mode(0o755)).unwrap();
    }
    fs::create_dir(home(".ssh")).unwrap();
    let scripts = workflow();
    let script = scripts.iter().find(|script| script.contains("HOST KEY")).unwrap();
    let mut bash = Command::new("bash");
    // As GitHub's runner does.
    bash.args(["-ec", script]).current_dir(place.path());
    ran(bash.env("HOME", place.path()).env("PATH", path_with(place.path())));
    assert_eq!(
        fs::read_to_string(home(".ssh/known_hosts")).unwrap(),
        "192.0.2.5,fd00::5,198.51.100.11 ssh-ed25519 AAAAC3+/1=\n198.51.100.12 ssh-ed25519 AAAAC3+/2=\n"
    );
}
