//! The pages of docs/runbook on hosts: what a page is about is made to happen, and the page's commands mend it, word for word.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use crate::support::blocks::blocks;
use crate::support::boot::{LIMIT, until};
use crate::support::cluster::{Cases, Cluster};
use crate::support::reinstall::{BLANK, REINSTALL};
use crate::support::{PROGRAM, host};

const INVENTORY: &str = "\
cluster: CLUSTER
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
  - {name: kube3, address: 198.51.100.13, devices: [/dev/vdb]}
volumes:
  - {name: gv0, replica: 3, mount: /data}
";

/// The administrator's machine: a directory with the inventory, and programs under the names that the pages use.
struct Desk {
    cluster: Cluster,
    place: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let (hosts, _) = INVENTORY.split_once("volumes:").unwrap();
        let hosts = hosts.replace("[/dev/vdb]", "[/dev/vdb, /dev/vdc]");
        let fourth = "  - {name: kube4, address: 198.51.100.14, devices: [/dev/vdb, /dev/vdc]}\nvolumes: []\n";
        let cluster = Cluster::installed("runbook", &(hosts + fourth));
        let place = tempfile::tempdir().unwrap();
        symlink(PROGRAM, place.path().join("glusterctl")).unwrap();
        let config = cluster.lab.ssh_config().display().to_string();
        // What the host keys of real hosts would need, a lab's do not.
        for (name, line) in [
            ("ssh", format!("exec /usr/bin/ssh -F '{config}' \"$@\"")),
            ("ssh-keygen", ":".to_owned()),
        ] {
            let file = place.path().join(name);
            fs::write(&file, format!("#!/bin/sh\n{line}\n")).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Desk { cluster, place }
    }

    fn wants(&self, text: &str) {
        let text = text.replace("CLUSTER", self.cluster.name());
        fs::write(self.place.path().join("glusterctl.yaml"), text).unwrap();
    }

    /// Runs a command, as somebody at the desk does; returns its exit status and both outputs.
    fn types(&self, command: &str) -> (Option<i32>, String) {
        let path = format!("{}:{}", self.place.path().display(), std::env::var("PATH").unwrap());
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(self.place.path())
            .env("PATH", path)
            .env("XDG_STATE_HOME", self.place.path().join("state"))
            .env("GLUSTERCTL_LAB", self.cluster.name())
            .env_remove("GLUSTERCTL_INVENTORY")
            .output()
            .unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        eprintln!("$ {command}\n{said}");
        (output.status.code(), said)
    }

    /// Runs the commands of a block of a page. What only looks may find what is wrong; all else has to succeed.
    fn follows(&self, page: &str, block: usize) {
        let path = Path::new("docs/runbook").join(page);
        let text = fs::read_to_string(path).unwrap();
        for command in &blocks(&text, "sh")[block] {
            let only_looks = ["status", "doctor", "discover"]
                .iter()
                .any(|name| command.starts_with(&format!("glusterctl {name}")));
            let (status, said) = self.types(command);
            assert!(status == Some(0) || only_looks, "{command}: {status:?}\n{said}");
        }
    }

    /// Waits until the cluster of the present inventory is healthy, and reads what was written at first on this host.
    fn is_healthy(&self, on: &str) {
        until("the cluster is healthy", LIMIT * 2, || {
            let (status, said) = self.types("glusterctl status --exit-code");
            (status == Some(0)).then_some(()).ok_or(said)
        });
        self.cluster.lab.must(on, "cd /data && sha256sum -c --quiet sums");
    }

    fn on(&self, host: &str, command: &str) {
        self.cluster.lab.must(host, command);
    }
}

#[test]
#[ignore = "takes minutes: GLUSTERCTL_SOAK=1 tests/run"]
#[expect(clippy::too_many_lines, reason = "one page after the other")]
fn lab_every_page_of_the_runbook_mends_what_it_is_about() {
    let desk = Desk::new();
    desk.wants(INVENTORY);
    assert_eq!(desk.types("glusterctl apply --yes").0, Some(0));
    desk.on(
        "kube1",
        "cd /data && for n in $(seq 20); do head -c 100000 /dev/urandom >$n; done && sha256sum [0-9]* >sums",
    );
    let mut cases = Cases::default();
    cases.case("nothing is wrong", || {
        desk.follows("README.md", 0);
        desk.is_healthy("kube1");
    });
    cases.case("a brick's process does not answer", || {
        desk.on("kube3", "kill -STOP $(pgrep -x glusterfsd)");
        desk.follows("hangs.md", 0);
        desk.follows("hangs.md", 1);
        desk.is_healthy("kube3");
    });
    cases.case("a client is dead", || {
        desk.on("kube2", "pkill -9 -f 'process-name fuse.* /data$'");
        desk.follows("hangs.md", 2);
        desk.is_healthy("kube2");
    });
    cases.case("glusterd does not answer", || {
        desk.on("kube2", "kill -STOP $(pgrep -x glusterd)");
        desk.follows("hangs.md", 3);
        desk.is_healthy("kube2");
    });
    cases.case("a dead disk", || {
        desk.on(
            "kube3",
            "xfs_io -x -c shutdown /bricks/vdb; pkill -9 glusterfsd; umount -l /bricks/vdb",
        );
        desk.follows("dead-disk.md", 0);
        desk.on("kube3", BLANK);
        // Somebody applies first.
        let (status, said) = desk.types("glusterctl apply --yes");
        assert!(
            status == Some(1) && said.contains("if it is lost: glusterctl replace kube3:vdb"),
            "{said}"
        );
        desk.follows("dead-disk.md", 1);
        desk.is_healthy("kube3");
    });
    cases.case("the network is split", || {
        let third = [host("kube3")];
        desk.cluster.lab.partition(&third).unwrap();
        desk.follows("network-split.md", 0);
        desk.cluster.lab.heal(&third).unwrap();
        desk.is_healthy("kube3");
        desk.follows("network-split.md", 1);
    });
    cases.case("an upgrade, and a maintenance", || {
        desk.follows("upgrade.md", 0);
        desk.follows("upgrade.md", 1);
        desk.is_healthy("kube2");
    });
    cases.case("a server whose disks live", || {
        desk.on("kube3", REINSTALL);
        desk.follows("dead-server.md", 0);
        desk.follows("dead-server.md", 1);
        desk.is_healthy("kube3");
    });
    cases.case("a server of which everything is lost", || {
        desk.on("kube3", REINSTALL);
        desk.on("kube3", BLANK);
        desk.follows("dead-server.md", 2);
        desk.is_healthy("kube3");
    });
    let other = INVENTORY.replace("kube3, address: 198.51.100.13", "kube4, address: 198.51.100.14");
    cases.case("another machine in the place of a dead server", || {
        desk.cluster.cut(&["kube3"]);
        desk.wants(&other);
        desk.follows("dead-server.md", 3);
        desk.is_healthy("kube4");
    });
    cases.case("new disks", || {
        desk.wants(&other.replace("[/dev/vdb]", "[/dev/vdb, /dev/vdc]"));
        desk.follows("new-hardware.md", 0);
        desk.follows("full.md", 0);
        desk.follows("full.md", 1);
        desk.is_healthy("kube4");
    });
    cases.case("the disks leave again", || {
        desk.wants(&other.replace("[/dev/vdb]", "[/dev/vdb, {path: /dev/vdc, leaving: true}]"));
        desk.follows("removal.md", 0);
        desk.follows("removal.md", 1);
        desk.is_healthy("kube1");
        desk.follows("split-brain.md", 0);
    });
    cases.finish();
}
