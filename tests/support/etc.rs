//! A directory that stands for a host's /etc: what a plan does to its files happens there, by the plan's own commands.
//! The fuzz targets use this, too.

#![allow(dead_code)] // whoever compiles this uses a part of it
#![allow(clippy::unwrap_used)] // clippy allows it in tests only, not in what they share

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

/// As src/remote sets it up, without what needs a host: its systemd, its devices and mount points, its disk.
const PRELUDE: &str = "set -eu; export LC_ALL=C; umask 022
systemctl() { :; }
findmnt() { :; }
sync() { :; }
mkdir() { case $2 in \"$root\"/*) command mkdir \"$@\" ;; esac; }
";

/// The files below /etc of one host.
pub struct Etc {
    root: TempDir,
}

impl Etc {
    /// Empty.
    pub fn new() -> Self {
        let root = TempDir::new().unwrap();
        fs::create_dir(root.path().join("etc")).unwrap();
        Etc { root }
    }

    /// Puts a file there, for example at /etc/fstab.
    pub fn write(&self, path: &str, bytes: &[u8]) {
        let place = self.place(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, self.moved_in(bytes)).unwrap();
    }

    /// What is in a file; nothing where there is none.
    pub fn read(&self, path: &str) -> Vec<u8> {
        let bytes = fs::read(self.place(path)).unwrap_or_default();
        replace(&bytes, self.inside().as_bytes(), b"/etc/")
    }

    /// Runs a step's command; it must succeed, and leave nothing but files with names that it should make.
    pub fn run(&self, command: &str) {
        let command = String::from_utf8(self.moved_in(command.as_bytes())).unwrap();
        let root = self.root.path().to_str().unwrap();
        let text = format!("{PRELUDE}root={root}\n{command}");
        let output = Command::new("sh").arg("-c").arg(&text).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}\n{text}");
        let left = fs::read_dir(self.root.path().join("etc")).unwrap();
        for entry in left {
            let name = entry.unwrap().file_name();
            assert!(!name.to_string_lossy().contains("glusterctl."), "{name:?} is left over");
        }
    }

    fn place(&self, path: &str) -> PathBuf {
        self.root.path().join(path.trim_start_matches('/'))
    }

    fn inside(&self) -> String {
        format!("{}/etc/", self.root.path().display())
    }

    /// Every mention of /etc/, in commands and in files alike: so lines that are compared stay comparable.
    fn moved_in(&self, bytes: &[u8]) -> Vec<u8> {
        replace(bytes, b"/etc/", self.inside().as_bytes())
    }
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        match rest.strip_prefix(from) {
            Some(after) => {
                out.extend_from_slice(to);
                rest = after;
            }
            None => {
                out.push(*first);
                rest = &rest[1..];
            }
        }
    }
    out
}
