//! README.md and docs/: links lead to files, and every command of glusterctl in a block is one that the program knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use clap::Parser;

use crate::support::blocks::commands;
use glusterctl::cli::Cli;

/// The pages: where each is, and its text.
fn pages() -> Vec<(PathBuf, String)> {
    let mut files = vec![PathBuf::from("README.md")];
    for directory in ["docs", "docs/runbook"] {
        let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        files.extend(entries.filter(|path| path.extension().is_some_and(|kind| kind == "md")));
    }
    files
        .into_iter()
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect()
}

/// The files that a page links to.
fn links(page: &Path, text: &str) -> Vec<PathBuf> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files = targets.filter_map(|target| target.split('#').next());
    let files = files.filter(|file| !file.is_empty() && !file.contains("://"));
    let directory = page.parent().unwrap_or(Path::new(""));
    files.map(|file| plain(&directory.join(file))).collect()
}

/// The path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => assert!(plain.pop(), "{}", path.display()),
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn links_lead_to_files_and_every_page_is_reached_from_the_readme() {
    let pages: BTreeMap<PathBuf, String> = pages().into_iter().collect();
    let mut reached = BTreeSet::new();
    let mut next = vec![PathBuf::from("README.md")];
    while let Some(page) = next.pop() {
        assert!(page.exists(), "{}", page.display());
        let Some(text) = pages.get(&page).filter(|_| reached.insert(page.clone())) else {
            continue;
        };
        next.extend(links(&page, text));
    }
    let missed: Vec<&PathBuf> = pages.keys().filter(|page| !reached.contains(*page)).collect();
    assert!(pages.len() > 20 && missed.is_empty(), "{missed:?}");
}

#[test]
fn every_command_is_one_that_the_program_knows() {
    let mut count = 0;
    for (page, text) in pages() {
        for line in commands(&text) {
            for part in line.split(['|', ';']).flat_map(|part| part.split("&&")) {
                let part = part.split([' ', '\t']).take_while(|word| !word.starts_with(['<', '>']));
                let part = part.collect::<Vec<_>>().join(" ");
                let part = part.trim();
                if !part.starts_with("glusterctl ") {
                    continue;
                }
                let words = part.split_whitespace().map(|word| word.trim_matches('\''));
                if let Err(error) = Cli::try_parse_from(words) {
                    panic!("{}: {part}\n{error}", page.display());
                }
                count += 1;
            }
        }
    }
    assert!(count > 60, "{count}");
}
