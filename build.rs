//! Finds the commit that a release is built from, for `glusterctl version`. The commit comes from git in a checkout, and from
//! cargo's own note in a package of cargo; elsewhere it is unknown, and nothing fails. A debug build names no commit: so a commit
//! makes cargo compile only a release again, and not every test.

use std::env;
use std::path::Path;
use std::process::Command;

/// What goes into the program.
const SOURCES: [&str; 5] = ["src", "templates", "build.rs", "Cargo.toml", "Cargo.lock"];
/// The first digits of a commit that people read.
const SHORT: usize = 12;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let found = if release { find() } else { None };
    let (commit, changed) = found.unwrap_or_default();
    let mut version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    if let Some(short) = commit.get(..SHORT) {
        let differs = if changed { ", changed" } else { "" };
        version += &format!(" ({short}{differs})");
    }
    println!("cargo::rustc-env=GLUSTERCTL_VERSION={version}");
    println!("cargo::rustc-env=GLUSTERCTL_COMMIT={commit}");
    println!("cargo::rustc-env=GLUSTERCTL_CHANGED={changed}");
}

/// The commit, and whether the sources differ from it.
fn find() -> Option<(String, bool)> {
    if let Ok(note) = std::fs::read_to_string(".cargo_vcs_info.json") {
        println!("cargo::rerun-if-changed=.cargo_vcs_info.json");
        let (_, rest) = note.split_once("\"sha1\"")?;
        let commit = rest.split('"').nth(1)?.to_owned();
        return is_commit(&commit).then(|| (commit, note.contains("\"dirty\": true")));
    }
    // A repository around this directory would be another one's.
    if !Path::new(".git").exists() {
        return None;
    }
    let commit = git(&["rev-parse", "HEAD"]).filter(|commit| is_commit(commit));
    let Some(commit) = commit else {
        println!("cargo::warning=git does not tell the commit: `glusterctl version` will not name it");
        return None;
    };
    // git writes a line there for each commit, checkout and reset; without that file, cargo runs this program each time.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    for path in SOURCES.iter().copied().chain([log.as_str()]) {
        println!("cargo::rerun-if-changed={path}");
    }
    let changes = git(&[&["--no-optional-locks", "status", "--porcelain", "--"][..], &SOURCES].concat())?;
    Some((commit, !changes.is_empty()))
}

fn is_commit(text: &str) -> bool {
    text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What git prints, if it succeeds.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
