//! A directory that stands for a host's /etc: a plan's own commands change the files in the directory. The fuzz targets use
//! this module, too.

#![allow(dead_code)] // each crate that compiles this module uses a part of it
#![allow(clippy::unwrap_used)] // clippy allows it in tests only, not in modules that tests share

use std::fs;
use std::path::PathBuf;
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

/// The files below /etc of one host.
pub struct Etc {
    root: TempDir,
}

impl Etc {
    /// An empty directory.
    pub fn new() -> Self {
        let root = TempDir::new().unwrap();
        fs::create_dir(root.path().join("etc")).unwrap();
        Etc { root }
    }

    /// Writes a file, for example /etc/fstab.
    pub fn write(&self, path: &str, bytes: &[u8]) {
        let place = self.place(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, self.moved_in(bytes)).unwrap();
    }

    /// The content of a file; no bytes if the file does not exist.
    pub fn read(&self, path: &str) -> Vec<u8> {
        let bytes = fs::read(self.place(path)).unwrap_or_default();
        replace(&bytes, &self.inside(), "/etc/")
    }

    /// Runs a step's command; the command must succeed and leave no temporary file.
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

    /// Replaces every mention of /etc/, in commands and in files alike, so that the command can compare lines of files.
    fn moved_in(&self, bytes: &[u8]) -> Vec<u8> {
        replace(bytes, "/etc/", &self.inside())
    }
}

impl Clone for Etc {
    fn clone(&self) -> Self {
        let copy = Etc::new();
        let mut directories = vec![self.root.path().join("etc")];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                let inside = format!("/{}", path.strip_prefix(self.root.path()).unwrap().display());
                if path.is_dir() {
                    fs::create_dir_all(copy.place(&inside)).unwrap();
                    directories.push(path);
                } else {
                    copy.write(&inside, &self.read(&inside));
                }
            }
        }
        copy
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
