//! The image of the pods that are hosts, built by the command of docs/pods.md: another program reads it, and what is in it runs.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::documents;

/// What a command that succeeded printed.
fn ran(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{stderr}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// Runs the command of the page, in a directory of its own.
fn build(place: &Path) {
    let said = build_with(place, "", "");
    assert!(
        said.starts_with("glusterfs.tar: registry.example/glusterfs:10, sha256:"),
        "{said}"
    );
}

/// The same with programs in this directory first, and with more options; returns what was printed.
fn build_with(place: &Path, programs: &str, options: &str) -> String {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pods.md")).unwrap();
    let mut lines = page
        .lines()
        .filter(|line| line.contains("glusterctl kubernetes pods image "));
    let line = lines.next().unwrap();
    symlink(env!("CARGO_BIN_EXE_glusterctl"), place.join("glusterctl")).unwrap();
    let path = format!("{programs}:{}:{}", place.display(), std::env::var("PATH").unwrap());
    let said = ran(Command::new("sh")
        .args(["-c", &format!("{line} {options}")])
        .current_dir(place)
        .env("PATH", path));
    // Nothing else is left.
    assert_eq!(std::fs::read_dir(place).unwrap().count(), 2);
    said
}

/// What another program says about the archive in this directory, and the file of its only layer.
fn looked_into(place: &Path) -> (Value, PathBuf) {
    let archive = format!("oci-archive:{}", place.join("glusterfs.tar").display());
    let about = ran(Command::new("skopeo").args(["inspect", "--config", &archive]));
    // skopeo compares every digest when it copies.
    let copy = place.join("copy");
    ran(Command::new("skopeo")
        .args(["copy", "--quiet", &archive])
        .arg(format!("dir:{}", copy.display())));
    let manifest: Value = serde_json::from_str(&std::fs::read_to_string(copy.join("manifest.json")).unwrap()).unwrap();
    let layer = manifest["layers"][0]["digest"].as_str().unwrap();
    let layer = copy.join(layer.trim_start_matches("sha256:"));
    (serde_json::from_str(&about).unwrap(), layer)
}

#[test]
#[ignore = "builds a Debian; run with GLUSTERCTL_SOAK"]
fn lab_the_image_is_read_by_another_program_and_its_programs_run() {
    let place = tempfile::tempdir().unwrap();
    build(place.path());
    let (about, layer) = looked_into(place.path());
    assert_eq!(about["config"]["Entrypoint"], json!(["/usr/bin/glusterctl", "node"]));
    assert_eq!(
        (&about["os"], &about["created"]),
        (&json!("linux"), &json!("1970-01-01T00:00:00Z"))
    );
    let root = place.path().join("root");
    std::fs::create_dir(&root).unwrap();
    // Without the device nodes, which only some machines let root make.
    ran(Command::new("tar")
        .args(["-xzf"])
        .arg(&layer)
        .arg("-C")
        .arg(&root)
        .arg("--exclude=./dev/*"));
    let within = |words: &[&str]| ran(Command::new("chroot").arg(&root).args(words));
    assert!(within(&["glusterctl", "--version"]).contains(env!("CARGO_PKG_VERSION")));
    assert!(within(&["glusterd", "--version"]).starts_with("glusterfs 10."));
    for program in [
        "awk", "blkid", "chattr", "findmnt", "flock", "getfattr", "lsblk", "mkfs.xfs", "setpriv", "wipefs",
    ] {
        within(&["sh", "-c", "command -v \"$1\"", "sh", program]);
    }
    // One identity of two pods would be refused.
    assert!(!root.join("var/lib/glusterd/glusterd.info").exists());
    let id = std::fs::read_to_string(root.join("etc/machine-id")).unwrap_or_default();
    assert!(["", "uninitialized"].contains(&id.trim()), "{id}");
}

#[test]
#[ignore = "builds the image twice; run with GLUSTERCTL_SOAK"]
fn lab_the_same_program_and_packages_give_the_same_image() {
    let places = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for place in &places {
        build(place.path());
    }
    let read = |place: &tempfile::TempDir| std::fs::read(place.path().join("glusterfs.tar")).unwrap();
    assert!(read(&places[0]) == read(&places[1]), "the archives differ");
}

#[test]
fn an_archive_is_read_by_another_program_and_is_the_same_each_time() {
    let stand_in = tempfile::tempdir().unwrap();
    let program = stand_in.path().join("mmdebstrap");
    // The root file system is a file; the real mmdebstrap takes minutes.
    let script = "#!/bin/sh\nset -eu\nfor word; do case $word in */root.tar) root=$word ;; esac; done\n\
                  printf '%s\\n' \"$SOURCE_DATE_EPOCH\" \"$@\" | grep -v image- >\"${root%/*}/said\"\n\
                  tar -C \"${root%/*}\" --mtime=@0 --owner=0 --group=0 --mode=0644 -cf \"$root\" said\nrm \"${root%/*}/said\"\n";
    std::fs::write(&program, script).unwrap();
    ran(Command::new("chmod").arg("+x").arg(&program));
    let places = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let programs = stand_in.path().to_str().unwrap();
    let text = build_with(places[0].path(), programs, "");
    let json = build_with(places[1].path(), programs, "-o json");
    let built: Value = serde_json::from_str(&json).unwrap();
    documents::valid("image", &built);
    let digest = built["digest"].as_str().unwrap();
    assert_eq!(
        text,
        format!("glusterfs.tar: registry.example/glusterfs:10, {digest}\n")
    );
    let archive = |place: &tempfile::TempDir| place.path().join("glusterfs.tar");
    assert!(std::fs::read(archive(&places[0])).unwrap() == std::fs::read(archive(&places[1])).unwrap());
    let (about, layer) = looked_into(places[0].path());
    assert_eq!(about["config"]["Entrypoint"], json!(["/usr/bin/glusterctl", "node"]));
    assert_eq!(about["created"], "1970-01-01T00:00:00Z");
    let said = ran(Command::new("tar").args(["-xzOf"]).arg(&layer).arg("said"));
    assert!(said.starts_with("0\n--variant=minbase\n"), "{said}");
    for word in [
        "--include=glusterfs-server,glusterfs-client,xfsprogs,attr\n",
        "chroot \"$1\" /usr/bin/glusterctl --version",
        "\nbookworm\n",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
}

#[test]
fn a_program_that_is_missing_and_an_address_that_is_none_are_errors_that_say_so() {
    let place = tempfile::tempdir().unwrap();
    let failed = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glusterctl"));
        let out = place.path().join("image.tar");
        let output = command
            .args(["kubernetes", "pods", "image", "--out"])
            .arg(out)
            .args(args)
            .output()
            .unwrap();
        assert!(std::fs::read_dir(place.path()).unwrap().next().is_none());
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (status, said) = failed(&["--mirror", "--hook=x"]);
    assert_eq!(status, Some(2), "{said}");
    let (status, said) = failed(&["--mirror", "deb x"]);
    assert!(status == Some(2) && said.contains("is no address"), "{said}");
    let (status, said) = failed(&["--program", "/no/such/glusterctl"]);
    assert!(
        status == Some(1) && said.contains("copying /no/such/glusterctl"),
        "{said}"
    );
}
