//! A brick that a server lists, on a real (stand-in) host: no consent to wipe covers the brick, also while the brick is
//! neither mounted nor served, and however exactly the consent names what the device holds.

#![allow(clippy::unwrap_used)] // clippy allows it in tests only, not in what they share

use std::fs;
use std::process::{Command, Output, Stdio};

use crate::support::{PROGRAM, TestLab};

/// A server with a second disk, on which somebody made a brick by hand.
struct Bench {
    lab: TestLab,
    directory: tempfile::TempDir,
}

impl Bench {
    fn run(&self, second: &str, arguments: &[&str]) -> Output {
        let file = self.directory.path().join("glusterctl.yaml");
        let text = format!(
            "cluster: listed\nhosts:\n  - {{name: kube1, address: 198.51.100.11, devices: [/dev/vdb{second}]}}\n"
        );
        fs::write(&file, text).unwrap();
        let mut command = Command::new(PROGRAM);
        command.args(arguments).arg("-i").arg(file);
        command.arg(format!("--lab={}", self.lab.name())).stdin(Stdio::null());
        command.output().unwrap()
    }

    /// The sum of every byte of the second disk.
    fn sum(&self) -> String {
        self.lab.must("kube1", "sync; sha256sum /dev/vdc")
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn lab_a_brick_that_a_server_lists_is_not_wiped_until_the_volume_is_gone() {
    let bench = Bench {
        lab: TestLab::installed("listed", 1, &["/dev/vdb", "/dev/vdc"]),
        directory: tempfile::tempdir().unwrap(),
    };
    let must = |command: &str| bench.lab.must("kube1", command);
    let output = bench.run("", &["apply", "--yes"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    must(
        "mkfs.xfs -q /dev/vdc && mkdir -p /srv/b && mount /dev/vdc /srv/b && mkdir /srv/b/brick && echo kept >/srv/b/file",
    );
    must("gluster --mode=script volume create old kube1:/srv/b/brick && umount /srv/b");
    let uuid = must("blkid -p -s UUID -o value /dev/vdc");

    let output = bench.run("", &["discover", "-o", "json"]);
    let shown: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let devices = shown["hosts"][0]["devices"].as_array().unwrap();
    let device = devices.iter().find(|device| device["path"] == "/dev/vdc").unwrap();
    assert_eq!(device["wipe"], format!("xfs {uuid}"));
    let table = text(&bench.run("", &["discover"]).stdout);
    let line = format!("\nkube1: {{path: /dev/vdc, wipe: \"xfs {uuid}\"}}\n");
    assert!(table.contains(&line), "{table}");

    let before = bench.sum();
    let consent = format!(", {{path: /dev/vdc, wipe: \"xfs {uuid}\"}}");
    for (line, told) in [
        ("", "it may hold the brick kube1:/srv/b/brick of volume old"),
        (
            "UUID=$(blkid -p -s UUID -o value /dev/vdc) /srv/b xfs nofail 0 0",
            "it holds the brick kube1:/srv/b/brick of volume old",
        ),
        (
            "/dev/vdc /srv/b xfs nofail 0 0",
            "it holds the brick kube1:/srv/b/brick of volume old",
        ),
    ] {
        must(&format!(
            "sed -i '/ .srv.b /d' /etc/fstab; echo \"{line}\" >>/etc/fstab"
        ));
        let output = bench.run(&consent, &["apply", "--yes"]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{line}: {said}");
        assert!(said.contains(told), "{line}: {said}");
        assert_eq!(bench.sum(), before, "{line}");
    }
    // While glusterd cannot say what it has, nothing is wiped.
    must("systemctl stop glusterd && mv /usr/sbin/glusterd /root && sed -i '/ .srv.b /d' /etc/fstab");
    let output = bench.run(&consent, &["apply", "--yes"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert_eq!(bench.sum(), before);
    must("mv /root/glusterd /usr/sbin && systemctl reset-failed glusterd; systemctl start glusterd");

    must("for try in 1 2 3 4 5 6 7 8 9; do gluster --mode=script volume delete old && exit; sleep 1; done; exit 1");
    let output = bench.run(&consent, &["apply", "--yes"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_ne!(must("blkid -p -s UUID -o value /dev/vdc"), uuid);
    must("findmnt -M /bricks/vdc");
    // The consent was for what is gone: with it, nothing is left to do.
    let output = bench.run(&consent, &["plan", "--exit-code"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
}
