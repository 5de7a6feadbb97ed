//! Bricks whose file system is missing at boot: nothing is written to the bare mount point, `status` says why the brick is
//! down, and `boot` brings the brick back.

use std::path::Path;

use crate::support::boot::{LIMIT, Tally, copy};
use crate::support::cluster::{Cases, Cluster};
use crate::support::{host, soak};
use glusterctl::desired::brick_uuid;

const INVENTORY: &str = "cluster: CLUSTER
defaults: {devices: [/dev/vdb, /dev/vdc]}
hosts:
  - {name: kube1, address: 198.51.100.11}
  - {name: kube2, address: 198.51.100.12}
  - {name: kube3, address: 198.51.100.13}
volumes:
  - {name: gv0, replica: 3, mount: /data}
";

/// What is on the root file system where bricks and volumes belong.
const BARE: &str = "unshare -m sh -c 'mount --bind / /mnt && cd /mnt && find bricks data'";
const NOTHING: &str = "bricks\nbricks/vdb\nbricks/vdc\ndata";

#[test]
fn lab_boot_missing_and_foreign_bricks_stay_down_until_they_are_back() {
    let cluster = Cluster::installed("bricks", INVENTORY);
    cluster.apply();
    cluster.install(&["kube2", "kube3"]);
    let mut tally = Tally::default();
    for _ in 0..soak().unwrap_or(1) {
        let mut cases = Cases::default();
        cases.case("unmounted by hand", || unmounted(&cluster));
        cases.case("not systemd's", || without_systemd(&cluster));
        cases.case("another's volume id", || another_volume(&cluster));
        cases.case("missing and swapped", || missing(&cluster, &mut tally));
        cases.finish();
    }
    assert_eq!(cluster.titles(), Vec::<(String, String)>::new());
    tally.print("bricks unmounted, missing, swapped, of another volume: nothing written below, all repaired");
}

/// Runs `boot` on a host: its exit status, what it printed, what it complained about.
fn boot(cluster: &Cluster, name: &str, timeout: &str) -> (i32, String, String) {
    let output = cluster.lab.run(name, &format!("glusterctl boot --timeout {timeout}"));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    eprintln!("{stdout}{stderr}");
    (output.status.code().unwrap(), stdout, stderr)
}

fn nothing_is_below(cluster: &Cluster, name: &str) {
    for path in ["/bricks/vdb/gv0", "/bricks/vdc/gv0", "/data/file"] {
        let write = format!("findmnt -n -M $(dirname {path}) || mkdir {path}");
        cluster.lab.run(name, &write);
    }
    assert_eq!(cluster.lab.must(name, &format!("{BARE} | sort")), NOTHING);
}

fn problems(cluster: &Cluster) -> String {
    cluster.health()["problems"].to_string()
}

fn unmounted(cluster: &Cluster) {
    cluster
        .lab
        .must("kube2", "systemctl stop glusterd && umount /bricks/vdb");
    nothing_is_below(cluster, "kube2");
    let said = problems(cluster);
    assert!(
        said.contains("brick kube2:/bricks/vdb/gv0 is not online: its file system is not mounted"),
        "{said}"
    );
    let (status, said, _) = boot(cluster, "kube2", "60s");
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("brick /bricks/vdb: file system"), "{said}");
    cluster.heals();
}

/// As on a host whose init is not systemd: `boot` mounts what fstab says, and starts the daemon itself.
fn without_systemd(cluster: &Cluster) {
    let script = "umount -l /data; mount -t tmpfs none /run/systemd && glusterctl boot --timeout 60s && \
                  findmnt -n -o SOURCE -M /data";
    let said = cluster.lab.must("kube2", &format!("unshare -m sh -c '{script}'"));
    assert!(said.ends_with("\nlocalhost:/gv0"), "{said}");
}

fn another_volume(cluster: &Cluster) {
    let id = "getfattr -n trusted.glusterfs.volume-id -e hex --absolute-names /bricks/vdb/gv0 | sed -n s/.*id=//p";
    let id = cluster.lab.must("kube2", id);
    let set = |id: &str| format!("setfattr -n trusted.glusterfs.volume-id -v {id} /bricks/vdb/gv0");
    let other = set(&format!("0x{}", "9".repeat(32)));
    cluster.lab.must(
        "kube2",
        &format!("systemctl stop glusterd && {other} && systemctl start glusterd"),
    );
    let (status, _, said) = boot(cluster, "kube2", "7s");
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("/bricks/vdb/gv0 does not belong to volume gv0"), "{said}");
    let reasons = cluster.boot_reasons("kube2");
    assert_eq!(reasons, ["/bricks/vdb/gv0 belongs to another volume than gv0"]);
    cluster.lab.must("kube2", &set(&id));
    let (status, _, said) = boot(cluster, "kube2", "60s");
    assert_eq!(status, 0, "{said}");
    cluster.heals();
}

/// One disk of kube3 is blank, as if its own were missing; in the place of the other there is one of kube2.
fn missing(cluster: &Cluster, tally: &mut Tally) {
    let image = |name: &str, index| cluster.lab.disk_image(&host(name), index);
    let (blank, swapped) = (image("kube3", 0), image("kube3", 1));
    let away = |path: &Path| path.with_extension("away");
    cluster.cut(&["kube3"]);
    for image in [&blank, &swapped] {
        std::fs::rename(image, away(image)).unwrap();
    }
    copy(&image("kube2", 1), &swapped);
    cluster.boot(&["kube3"]);
    // The others' bricks serve.
    for time in cluster.mounted(&["kube3"], LIMIT) {
        tally.add("both bricks of a node lost, until mounted there", time);
    }
    cluster.lab.must(
        "kube3",
        "timeout 60 systemctl is-system-running --wait | grep -x 'running\\|degraded'",
    );
    let said = cluster.boot_reasons("kube3").join("\n");
    assert!(said.contains("/dev/vdb is blank"), "{said}");
    assert!(said.contains("/dev/vdc holds the brick of kube2's /dev/vdc"), "{said}");
    nothing_is_below(cluster, "kube3");
    // What stamped the volume's id on the root disk, if there was a directory to be found.
    cluster
        .lab
        .must("kube1", "gluster --mode=script volume start gv0 force");
    nothing_is_below(cluster, "kube3");

    let (status, _, said) = boot(cluster, "kube3", "4s");
    assert_eq!(status, 1);
    let devices = &cluster.inventory.hosts[2].devices;
    for (device, target) in devices.iter().zip(["/bricks/vdb", "/bricks/vdc"]) {
        let uuid = brick_uuid(&cluster.inventory.cluster, &host("kube3"), &device.name);
        let line = format!("brick {target}: no device holds the file system {uuid}");
        assert!(said.contains(&line), "{line} in:\n{said}");
    }
    assert_eq!(cluster.lab.run("kube3", "blkid -p /dev/vdb").status.code(), Some(2));

    cluster.give_back("kube3", &away(&blank), "/dev/vdb", &blank);
    let (status, said, _) = boot(cluster, "kube3", "9s");
    assert_eq!(status, 1);
    assert!(said.contains("brick /bricks/vdb: file system"), "{said}");
    // The other disk is still missing; this brick serves all the same.
    cluster
        .lab
        .must("kube3", "grep -qsxzF /bricks/vdb/gv0 /proc/[0-9]*/cmdline");
    nothing_is_below(cluster, "kube3");
    cluster.give_back("kube3", &away(&swapped), "/dev/vdc", &swapped);
    let (status, _, said) = boot(cluster, "kube3", "60s");
    assert_eq!(status, 0, "{said}");
    for image in [&blank, &swapped] {
        std::fs::remove_file(away(image)).unwrap();
    }
    tally.add("bricks back, until all is healed", cluster.heals());
}
