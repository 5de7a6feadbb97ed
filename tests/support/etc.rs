//! A host's /etc: a plan's own commands change its files. The fuzz targets use this module, too.

#![allow(dead_code)] // each crate that compiles this module uses a part of it
#![allow(clippy::unwrap_used)] // clippy allows it in tests only, not in modules that tests share

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use tempfile::TempDir;

/// The begin of every script, as in src/remote; commands that need a host's systemd, mount points or disk do nothing.
const PRELUDE: &str = "set -eu; export LC_ALL=C; umask 022
systemctl() { :; }
findmnt() { :; }
sync() { :; }
umount() { :; }
chattr() { :; }
rmdir() { :; }
mkdir() { case $2 in \"$root\"/*) command mkdir \"$@\" ;; esac; }
";

/// The files below /etc of one host, by path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Etc {
    files: BTreeMap<String, Vec<u8>>,
}

impl Etc {
    /// No file.
    pub fn new() -> Self {
        Etc::default()
    }

    /// Writes a file, for example /etc/fstab.
    pub fn write(&mut self, path: &str, bytes: &[u8]) {
        self.files.insert(path.to_owned(), bytes.to_vec());
    }

    /// The content of a file; no bytes if the file does not exist.
    pub fn read(&self, path: &str) -> Vec<u8> {
        self.files.get(path).cloned().unwrap_or_default()
    }

    /// Runs a step's command in a directory that stands for the root directory; the command must succeed and leave no
    /// temporary file.
    pub fn run(&mut self, command: &str) {
        let root = TempDir::new().unwrap();
        let place = |path: &str| root.path().join(path.trim_start_matches('/'));
        let inside = format!("{}/etc/", root.path().display());
        // Every mention of /etc/, in commands and in files alike, so that the command can compare lines of files.
        let moved_in = |bytes: &[u8]| replace(bytes, "/etc/", &inside);
        fs::create_dir(place("/etc")).unwrap();
        for (path, bytes) in &self.files {
            fs::create_dir_all(place(path).parent().unwrap()).unwrap();
            fs::write(place(path), moved_in(bytes)).unwrap();
        }
        let command = String::from_utf8(moved_in(command.as_bytes())).unwrap();
        let text = format!("{PRELUDE}root={}\n{command}", root.path().display());
        let output = Command::new("sh").arg("-c").arg(&text).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}\n{text}");
        self.files.clear();
        let mut directories = vec![place("/etc")];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let entry = entry.unwrap();
                let (name, path) = (entry.file_name(), entry.path());
                assert!(!name.to_string_lossy().contains("glusterctl."), "{path:?} is left over");
                if path.is_dir() {
                    directories.push(path);
                } else {
                    let bytes = replace(&fs::read(&path).unwrap(), &inside, "/etc/");
                    let name = path.strip_prefix(root.path()).unwrap();
                    self.files.insert(format!("/{}", name.display()), bytes);
                }
            }
        }
    }
}

/// In an unoptimised build, searching each part that is UTF-8 with the standard library is much faster than comparing
/// byte by byte.
fn replace(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.extend_from_slice(chunk.valid().replace(from, to).as_bytes());
        out.extend_from_slice(chunk.invalid());
    }
    out
}
