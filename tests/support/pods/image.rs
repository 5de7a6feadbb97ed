//! The image of the pods on the stand-ins, and the programs that run its containers there.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::{PROGRAM, TestLab, host};

/// The directory on a stand-in that has the root file system of the image.
pub const ROOT: &str = "/run/image";

/// What a command that succeeded printed.
pub fn ran(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{stderr}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// The command of docs/pods.md that builds the image, in this directory, with programs in another one first and with more
/// options; returns what was printed.
pub fn build(place: &Path, programs: &str, options: &str) -> String {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pods.md")).unwrap();
    let mut lines = page
        .lines()
        .filter(|line| line.contains("glusterctl kubernetes pods image "));
    let line = lines.next().unwrap();
    std::os::unix::fs::symlink(PROGRAM, place.join("glusterctl")).unwrap();
    let path = format!("{programs}:{}:{}", place.display(), std::env::var("PATH").unwrap());
    let said = ran(Command::new("sh")
        .args(["-c", &format!("{line} {options}")])
        .current_dir(place)
        .env("PATH", path));
    // Nothing else is left.
    assert_eq!(fs::read_dir(place).unwrap().count(), 2);
    said
}

/// What another program says about the archive in this directory, and the file of its only layer.
pub fn looked_into(place: &Path) -> (serde_json::Value, PathBuf) {
    let archive = format!("oci-archive:{}", place.join("glusterfs.tar").display());
    let about = ran(Command::new("skopeo").args(["inspect", "--config", &archive]));
    // skopeo compares every digest when it copies.
    let copy = place.join("copy");
    let _ = fs::remove_dir_all(&copy);
    ran(Command::new("skopeo")
        .args(["copy", "--quiet", &archive])
        .arg(format!("dir:{}", copy.display())));
    let manifest = fs::read_to_string(copy.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let layer = manifest["layers"][0]["digest"].as_str().unwrap();
    let layer = copy.join(layer.trim_start_matches("sha256:"));
    (serde_json::from_str(&about).unwrap(), layer)
}

/// The directory with the image that the command of docs/pods.md built: `glusterfs.tar`, and `root`, its file system. All tests
/// of this build share it; the first of them builds it.
pub fn built() -> PathBuf {
    let recipe = include_str!("../../../src/image/mod.rs").to_owned() + include_str!("../../../src/image/finish.sh");
    let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, recipe.as_bytes())
        .simple()
        .to_string();
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let place = cache.join(format!("pods-{}", &id[..12]));
    let lock = File::create(cache.join("pods.lock")).unwrap();
    lock.lock().unwrap();
    if place.exists() {
        return place;
    }
    let building = tempfile::tempdir_in(cache).unwrap();
    build(building.path(), "", "");
    let (_, layer) = looked_into(building.path());
    let root = building.path().join("root");
    fs::create_dir(&root).unwrap();
    // Without the device nodes, which only some machines let root make.
    let unpack = ["--extract", "--gunzip", "--exclude=./dev/*", "--file"];
    ran(Command::new("tar")
        .args(unpack)
        .arg(layer)
        .arg("--directory")
        .arg(&root));
    fs::remove_dir_all(building.path().join("copy")).unwrap();
    fs::rename(building.keep(), &place).unwrap();
    place
}

/// Puts the image on a stand-in. The image has this build's program, also where it was built with an earlier one.
pub fn put(lab: &TestLab, name: &str) {
    let root = built().join("root");
    let unpack = format!("mkdir -p {ROOT} && tar -x -C {ROOT}");
    feed(
        lab,
        name,
        Command::new("tar").args(["-c", "-C"]).arg(&root).arg("."),
        &unpack,
    );
    lab.put(name, Path::new(PROGRAM), &format!("{ROOT}/usr/bin/glusterctl"), "755");
}

/// Puts programs of this machine, with the libraries that they need, on a stand-in.
pub fn programs(lab: &TestLab, name: &str, programs: &[&str]) {
    let mut files = Vec::new();
    for program in programs {
        let path = ran(Command::new("sh").args(["-c", "command -v \"$1\"", "sh", program]));
        let libraries = ran(Command::new("ldd").arg(path.trim()));
        files.extend(
            libraries
                .split_whitespace()
                .filter(|word| word.starts_with('/'))
                .map(str::to_owned),
        );
        files.push(path.trim().to_owned());
    }
    // The stand-in's own libraries stay: both are of one release of Debian.
    let pack = ["-c", "--dereference", "--absolute-names"];
    feed(
        lab,
        name,
        Command::new("tar").args(pack).args(files),
        "tar -x -P --skip-old-files",
    );
}

/// Runs a shell command on a stand-in with what another command prints as its input.
fn feed(lab: &TestLab, name: &str, from: &mut Command, command: &str) {
    let mut from = from.stdout(Stdio::piped()).spawn().unwrap();
    let mut within = lab.within(&host(name)).unwrap();
    let input = from.stdout.take().unwrap();
    let status = within.args(["sh", "-c", command]).stdin(input).status().unwrap();
    assert!(status.success(), "{name}: {command}: {status}");
    assert!(from.wait().unwrap().success());
}
