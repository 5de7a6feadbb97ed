//! The version, and the commit that `build.rs` finds.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::ran;
use crate::support::PROGRAM;
use crate::support::documents;

#[test]
fn the_version_is_told_to_people_and_to_programs() {
    let version = env!("CARGO_PKG_VERSION");
    for arguments in [&["--version"][..], &["version"], &["-V"]] {
        let told = ran(Command::new(PROGRAM).args(arguments));
        assert!(told.starts_with(&format!("glusterctl {version}")), "{told}");
    }
    let told: Value = serde_json::from_str(&ran(Command::new(PROGRAM).args(["version", "-o", "json"]))).unwrap();
    documents::valid("version", &told);
    assert_eq!((&told["version"], &told["glusterctl"]), (&1.into(), &version.into()));
    assert!(
        told["commit"].is_null() || told["commit"].as_str().unwrap().len() == 40,
        "{told}"
    );
}

/// What `build.rs` prints for cargo in a directory.
struct BuildScript {
    program: PathBuf,
    directory: PathBuf,
}

impl BuildScript {
    fn told(&self, profile: &str) -> String {
        let mut command = Command::new(&self.program);
        command.current_dir(&self.directory).env("PROFILE", profile);
        // A test that git runs, as in a hook, is told where git's repository is.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            command.env_remove(name);
        }
        ran(command.env("CARGO_PKG_VERSION", "1.2.3"))
    }

    fn version(&self, profile: &str) -> String {
        let told = self.told(profile);
        let version = |line: &str| {
            line.strip_prefix("cargo::rustc-env=GLUSTERCTL_VERSION=")
                .map(str::to_owned)
        };
        told.lines().find_map(version).unwrap_or_else(|| panic!("{told}"))
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.directory.join(name), text).unwrap();
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args([
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
            "-c",
            "init.defaultBranch=main",
        ]);
        ran(git.args(arguments).current_dir(&self.directory)).trim().to_owned()
    }
}

#[test]
fn the_version_of_a_release_names_the_commit_wherever_it_is_known() {
    let place = tempfile::tempdir().unwrap();
    let program = place.path().join("build");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/build.rs");
    ran(Command::new("rustc")
        .args(["--edition=2024", "-Awarnings", source, "-o"])
        .arg(&program));
    let directory = place.path().join("repository");
    fs::create_dir_all(directory.join("src")).unwrap();
    let build = BuildScript { program, directory };
    assert_eq!(build.version("release"), "1.2.3", "without git");

    build.git(&["init", "-q"]);
    build.write("src/main.rs", "fn main() {}\n");
    build.git(&["add", "."]);
    build.git(&["commit", "-qm", "first"]);
    let commit = build.git(&["rev-parse", "HEAD"]);
    assert_eq!(build.version("release"), format!("1.2.3 ({})", &commit[..12]));
    assert!(build.told("release").contains(&format!("GLUSTERCTL_COMMIT={commit}\n")));
    // Cargo compiles a debug build again for no commit.
    assert_eq!(build.version("debug"), "1.2.3");
    assert!(!build.told("debug").contains("HEAD"));
    let watched = |line: &str| line.strip_prefix("cargo::rerun-if-changed=").map(str::to_owned);
    let watched: Vec<String> = build.told("release").lines().filter_map(watched).collect();
    let log = watched.iter().find(|path| path.ends_with("logs/HEAD")).unwrap();
    assert!(build.directory.join(log).exists(), "{watched:?}");

    build.write("README.md", "changed\n");
    assert_eq!(build.version("release"), format!("1.2.3 ({})", &commit[..12]));
    build.write("src/main.rs", "fn main() { }\n");
    assert_eq!(build.version("release"), format!("1.2.3 ({}, changed)", &commit[..12]));
    // Another's repository around the sources of a package says nothing about the sources.
    let build = BuildScript {
        directory: build.directory.join("src"),
        program: build.program,
    };
    assert_eq!(build.version("release"), "1.2.3");
    build.write(
        ".cargo_vcs_info.json",
        &format!("{{\n  \"git\": {{\n    \"sha1\": \"{commit}\"\n  }},\n  \"path_in_vcs\": \"\"\n}}"),
    );
    assert_eq!(build.version("release"), format!("1.2.3 ({})", &commit[..12]));
}
