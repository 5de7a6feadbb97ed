//! The package: made by the commands of docs/release.md, installed on a host, and used there by a login that is not root.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::cluster::Cluster;
use crate::{block, path_with, ran};

/// Makes the package by the commands of docs/release.md, in this checkout; returns the package.
fn package() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tools = std::env::var_os("CARGO_INSTALL_ROOT").map_or_else(|| root.join("target/tools"), PathBuf::from);
    let mut sh = Command::new("sh");
    sh.args(["-euc", &block("docs/release.md", "sh", "cargo deb")])
        .current_dir(root);
    // No time is spent on making the program fast.
    sh.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "256");
    sh.env("CARGO_INSTALL_ROOT", &tools)
        .env("PATH", path_with(&tools.join("bin")));
    assert!(sh.status().unwrap().success());
    let published = root.join("target/publish");
    let mut files = fs::read_dir(&published).unwrap().map(|entry| entry.unwrap().path());
    let deb = files
        .find(|file| file.extension().is_some_and(|extension| extension == "deb"))
        .unwrap();
    ran(Command::new("sha256sum")
        .args(["--check", "--quiet", "SHA256SUMS"])
        .current_dir(published));
    deb
}

/// Looks for a file of each kind in the package.
fn has_all_files(deb: &Path) {
    let contents = ran(Command::new("dpkg-deb").arg("--contents").arg(deb));
    for file in [
        "./usr/bin/glusterctl",
        "./usr/share/man/man1/glusterctl-kubernetes-apply.1.gz",
        "./usr/share/bash-completion/completions/glusterctl",
        "./usr/share/zsh/vendor-completions/_glusterctl",
        "./usr/share/fish/vendor_completions.d/glusterctl.fish",
        "./usr/share/doc/glusterctl/copyright",
        "./usr/share/doc/glusterctl/docs/install.md",
        "./usr/share/doc/glusterctl/inventories/openstack.yaml",
    ] {
        assert!(contents.lines().any(|line| line.ends_with(file)), "{file}: {contents}");
    }
}

const INVENTORY: &str = "cluster: CLUSTER\nssh: {user: op, become: sudo}\nhosts:\n\
                         \x20 - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}\n\
                         \x20 - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}\n\
                         volumes:\n  - {name: gv0, replica: 2, mount: /data}\n";

#[test]
#[ignore = "builds a release: GLUSTERCTL_SOAK=1 tests/run"]
fn lab_a_package_is_installed_and_used_from_there() {
    let deb = package();
    has_all_files(&deb);
    let cluster = Cluster::installed("package", INVENTORY);
    let lab = &cluster.lab;
    for host in ["kube1", "kube2"] {
        lab.must(
            host,
            "useradd -m -s /bin/bash op && mkdir -m 700 ~op/.ssh && echo 'op ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/op",
        );
    }
    lab.put("kube1", &deb, "/tmp/glusterctl.deb", "644");
    lab.put(
        "kube1",
        &cluster.write("inventory", INVENTORY),
        "/home/op/glusterctl.yaml",
        "644",
    );
    let as_op = |command: &str| lab.must("kube1", &format!("su -l op -c {}", glusterctl::shell::quote(command)));
    as_op("sudo dpkg -i /tmp/glusterctl.deb >&2");
    let commit = ran(Command::new("git")
        .args(["rev-parse", "HEAD"])
        .current_dir(env!("CARGO_MANIFEST_DIR")));
    let version: Value = serde_json::from_str(&as_op("glusterctl version -o json")).unwrap();
    assert_eq!(version["commit"], commit.trim());
    assert_eq!(
        lab.must("kube1", "ldd /usr/bin/glusterctl 2>&1 || :"),
        "statically linked"
    );
    let completed = as_op(
        ". /usr/share/bash-completion/completions/glusterctl; COMP_WORDS=(glusterctl appl) COMP_CWORD=1; \
         _glusterctl glusterctl appl glusterctl; echo \"${COMPREPLY[@]}\"",
    );
    assert_eq!(completed, "apply");

    as_op("sudo install -d -o op -m 700 ~/.ssh; ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519");
    let key = as_op("cat ~/.ssh/id_ed25519.pub");
    for host in ["kube1", "kube2"] {
        lab.must(
            host,
            &format!("echo '{key}' >>~op/.ssh/authorized_keys && chown -R op ~op/.ssh"),
        );
    }
    as_op("ssh-keyscan -t ed25519 198.51.100.11 198.51.100.12 >~/.ssh/known_hosts 2>/dev/null");
    as_op("glusterctl apply --yes --report apply.html >&2 && glusterctl status --exit-code >&2");
    assert!(as_op("cat apply.html").contains("create volume gv0"));
    lab.must("kube2", "echo kept >/data/file");
    assert_eq!(as_op("cat /data/file"), "kept");
    // The program may go; what it made stays.
    as_op("sudo dpkg -r glusterctl >&2");
    lab.must("kube1", "! command -v glusterctl");
    assert!(cluster.is_mounted("kube1", "/data"));
}
