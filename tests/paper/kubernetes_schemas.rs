//! Every document is valid by the schemas of Kubernetes: PyPI's kubernetes-validate in strict mode; a warning is a failure.
//! The test needs python3 and a package index; without python3 or the index the test fails, and is never skipped.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::kubernetes_cases::{CASES, PODS, documents, run, stdout};

/// The newest there is; it has the schemas of 1.25 to 1.37.
const PACKAGE: &str = "kubernetes-validate==1.37.0";

/// What no registry has a schema for: custom resources. What must hold for them is asserted in the program itself.
const CUSTOM: [&str; 1] = ["KadaluStorage"];

fn ran(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{command:?}: {}\n{text}", output.status);
    text
}

/// The program, in an environment of its own below the target directory; made once.
fn validator() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(install)
}

fn install() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(PACKAGE.replace("==", "-"));
    let program = directory.join("bin/kubernetes-validate");
    if !directory.join("complete").exists() {
        ran(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&directory));
        let pip = directory.join("bin/pip");
        ran(Command::new(pip).args(["install", "--quiet", "--disable-pip-version-check", PACKAGE]));
        std::fs::write(directory.join("complete"), "").unwrap();
    }
    program
}

/// What is wrong with the files by the schemas of a version.
fn complaints(program: &Path, version: &str, files: &[PathBuf]) -> String {
    let output = Command::new(program)
        .args(["-k", version, "--strict"])
        .args(files)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let passed = text
        .lines()
        .filter(|line| line.starts_with("INFO") && line.contains("passed"));
    // Each file says so once; a schema that was not found is only a warning, and the exit status is 0.
    let all = passed.count() == files.len() && !text.contains("WARN");
    if output.status.success() && all {
        String::new()
    } else {
        text
    }
}

#[test]
fn every_document_fits_the_schemas() {
    let program = validator();
    let directory = tempfile::tempdir().unwrap();
    let mut printed: Vec<(String, &[&str], String)> = CASES
        .iter()
        .chain(PODS)
        .map(|(name, inventory, versions, args)| ((*name).to_owned(), *versions, stdout(&run(inventory, args))))
        .collect();
    let migrated = std::fs::read_to_string("tests/golden/kubernetes-migrate.yaml").unwrap();
    printed.push(("migrate".to_owned(), &["1.25", "1.37"], migrated));
    let of_heketi = std::fs::read_to_string("tests/golden/kubernetes-migrate-heketi.yaml").unwrap();
    printed.push(("migrate-heketi".to_owned(), &["1.25", "1.37"], of_heketi));
    let mut seen = 0;
    for version in ["1.25", "1.37"] {
        let mut files = Vec::new();
        for (name, _, yaml) in printed.iter().filter(|(_, versions, _)| versions.contains(&version)) {
            for (index, document) in documents(yaml).iter().enumerate() {
                let kind = document["kind"].as_str().unwrap();
                if CUSTOM.contains(&kind) {
                    continue;
                }
                let path = directory.path().join(format!("{version}-{name}-{index}-{kind}.json"));
                std::fs::write(&path, document.to_string()).unwrap();
                files.push(path);
            }
        }
        seen += files.len();
        let complaints = complaints(program, version, &files);
        assert_eq!(complaints, "", "Kubernetes {version}");
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn the_validator_sees_a_mistake() {
    let program = validator();
    let directory = tempfile::tempdir().unwrap();
    for (index, wrong) in [
        r#"{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"port": 1}}"#,
        r#"{"apiVersion": "v2", "kind": "Service", "metadata": {"name": "a"}}"#,
        r#"{"apiVersion": "extensions/v1beta1", "kind": "Deployment", "metadata": {"name": "a"}}"#,
    ]
    .iter()
    .enumerate()
    {
        let path = directory.path().join(format!("{index}.json"));
        std::fs::write(&path, wrong).unwrap();
        assert_ne!(complaints(program, "1.37", &[path]), "", "{wrong}");
    }
}
