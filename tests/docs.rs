//! README.md and docs/: links lead to files, and every command of glusterctl in a block is one that the program knows.

#![allow(clippy::unwrap_used, reason = "helpers of tests are outside of #[test]")]

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
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

/// The lines of all `sh` blocks, also of blocks below an item of a list.
fn commands(text: &str) -> Vec<&str> {
    let mut inside = false;
    let lines = text.lines().map(str::trim).filter(|line| {
        let is_fence = line.starts_with("```");
        if is_fence {
            inside = *line == "```sh";
        }
        inside && !is_fence
    });
    lines.collect()
}

#[test]
fn links_lead_to_files() {
    let mut count = 0;
    for (page, text) in pages() {
        for rest in text.split("](").skip(1) {
            let link = rest.split(')').next().unwrap();
            let file = link.split('#').next().unwrap();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            let path = page.parent().unwrap_or(Path::new("")).join(file);
            assert!(path.exists(), "{}: {link}", page.display());
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
}

#[test]
fn every_page_is_reached_from_the_readme_or_the_index_of_its_directory() {
    for (page, _) in pages() {
        let name = page.file_name().unwrap().to_str().unwrap();
        if page == Path::new("README.md") {
            continue;
        }
        let is_indexed = page.starts_with("docs/runbook") && name != "README.md";
        let index = if is_indexed {
            "docs/runbook/README.md"
        } else {
            "README.md"
        };
        let link = if is_indexed {
            name.to_owned()
        } else {
            page.display().to_string()
        };
        assert!(
            fs::read_to_string(index).unwrap().contains(&format!("({link})")),
            "{link} in {index}"
        );
    }
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
