//! How a user gets the program, and what comes with it: the package, manual pages, completions, a version that names the commit,
//! and the job of docs/ci.md that installs the package.

#![allow(clippy::unwrap_used, reason = "helpers of tests are outside of #[test]")]

#[path = "../support/mod.rs"]
mod support;

mod job;
mod package;
mod pages;
mod version;

use std::fs;
use std::path::Path;
use std::process::Command;

/// What a command that succeeded printed.
fn ran(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{stderr}", output.status);
    assert!(stderr.is_empty(), "{command:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// The text of a page's first block in this language that contains `words`.
fn block(page: &str, language: &str, words: &str) -> String {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
    let mut blocks = support::blocks::blocks(&text, language).into_iter();
    let found = blocks.find(|block| block.iter().any(|line| line.contains(words)));
    found.unwrap().join("\n") + "\n"
}

/// PATH with this directory in front.
fn path_with(first: &Path) -> String {
    format!("{}:{}", first.display(), std::env::var("PATH").unwrap())
}
