//! A brick is known by its UUID, on real (stand-in) hosts: under any name of its device, in any host, and also if somebody
//! else made the brick.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::support::cluster::{Cluster, Ran, ended_titles};
use crate::support::{host, say};
use glusterctl::desired::brick_uuid;
use glusterctl::facts::volume_status;
use glusterctl::inventory::BrickName;
use glusterctl::inventory::names::DevicePath;
use glusterctl::lab::Disk;

const INVENTORY: &str = "\
cluster: CLUSTER
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
volumes:
  - {name: gv0, replica: 2, mount: /data}
";

fn swap(one: &Path, other: &Path) {
    let aside = one.with_extension("aside");
    fs::rename(one, &aside).unwrap();
    fs::rename(other, one).unwrap();
    fs::rename(&aside, other).unwrap();
}

/// Both hosts are off while disks are carried about.
fn while_off(cluster: &Cluster, work: impl FnOnce()) {
    let all = [host("kube1"), host("kube2")];
    cluster.lab.kill(&all, &say).unwrap();
    work();
    cluster.lab.start(&all, &say).unwrap();
}

fn refuses(ran: &Ran, told: &[&str]) {
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    for words in told {
        assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
    }
    assert!(!ran.stdout.contains("mkfs.xfs"), "{}", ran.stdout);
}

#[test]
fn lab_a_brick_is_recognised_wherever_and_on_whatever_it_is() {
    let cluster = Cluster::up_with("moved", INVENTORY, |spec| {
        spec.installed = true;
        let path = DevicePath::parse("/dev/vdx").unwrap();
        spec.hosts[0].disks.push(Disk { path, mib: 512 });
    });
    interrupt_mkfs(&cluster);
    cluster.apply();
    cluster.lab.must("kube1", "echo kept >/data/file");
    let image = |name: &str, index| cluster.lab.disk_image(&host(name), index);

    while_off(&cluster, || swap(&image("kube1", 0), &image("kube2", 0)));
    let told = [
        "kube1: /dev/vdb holds the brick of /dev/vdb on kube2",
        "kube2: /dev/vdb holds the brick of /dev/vdb on kube1",
    ];
    refuses(&cluster.run(&["plan", "--full"]), &told);

    // Back in its host, but under another name: a blank disk has the old one.
    while_off(&cluster, || {
        swap(&image("kube1", 0), &image("kube2", 0));
        swap(&image("kube1", 0), &image("kube1", 1));
    });
    // The kernel's own name for /dev/vdx is that of a loop device.
    let told = [
        "kube1: the brick of /dev/vdb is /dev/",
        " now, and /dev/vdb is another disk",
    ];
    refuses(&cluster.run(&["plan", "--full"]), &told);
    cluster.run(&["apply"]);
    let mounted = cluster.lab.must("kube1", "findmnt -n -o SOURCE -M /bricks/vdb");
    let moved = cluster.lab.must("kube1", "stat -c %t:%T /dev/vdx");
    assert_eq!(cluster.lab.must("kube1", &format!("stat -Lc %t:%T {mounted}")), moved);
    assert_eq!(
        cluster.lab.run("kube1", "blkid -p /dev/vdb").status.code(),
        Some(2),
        "it is still blank"
    );

    while_off(&cluster, || swap(&image("kube1", 0), &image("kube1", 1)));
    cluster.apply();
    assert_eq!(cluster.lab.must("kube2", "cat /data/file"), "kept");

    reinstall(&cluster, "kube2");
    assert!(!cluster.run(&["plan", "--full"]).stdout.contains("mkfs.xfs"));
    cluster.apply();
    for name in ["kube1", "kube2"] {
        let said = cluster.lab.must(name, "gluster --mode=script --xml volume status gv0");
        let bricks = volume_status(&said).unwrap().bricks;
        assert!(
            bricks.len() == 2 && bricks.iter().all(|brick| brick.online),
            "{name}: {bricks:?}"
        );
    }
    assert_eq!(
        cluster.lab.must("kube2", "cat /data/file /bricks/vdb/gv0/file"),
        "kept\nkept"
    );
    assert_eq!(cluster.titles(), Vec::<(String, String)>::new());
}

/// kube2's disk is as if the power had gone while mkfs.xfs was at work: the file system says so itself.
fn interrupt_mkfs(cluster: &Cluster) {
    let uuid = brick_uuid(
        &cluster.inventory.cluster,
        &host("kube2"),
        &BrickName::parse("vdb").unwrap(),
    );
    let make = |inprogress| {
        format!(
            "mkfs.xfs -q -f -m uuid={uuid} /dev/vdb && xfs_db -x -c 'sb 0' -c 'write inprogress {inprogress}' /dev/vdb"
        )
    };
    // Of another brick it is not ours to make anew.
    let others = make(1).replace(&uuid.to_string(), "11111111-2222-3333-4444-555555555555");
    cluster.lab.must("kube2", &others);
    let refused = cluster.run(&["plan", "--full"]).error_of("kube2");
    assert!(
        refused.contains("/dev/vdb is not blank or not usable: it holds"),
        "{refused}"
    );
    cluster.lab.must("kube2", &make(1));
    let plan = cluster.run(&["plan", "--full"]).stdout;
    assert!(plan.contains("was interrupted on /dev/vdb"), "{plan}");
}

/// A host with a new root file system, and its old name and disks.
fn reinstall(cluster: &Cluster, name: &str) {
    // What makes it a stand-in, and not what was done on it.
    const KEPT: [&str; 7] = [
        "etc/hostname",
        "etc/machine-id",
        "etc/ssh",
        "etc/tmpfiles.d",
        "etc/udev",
        "etc/systemd/system/systemd-udev-trigger.service.d",
        "root/.ssh",
    ];
    cluster.lab.kill(&[host(name)], &say).unwrap();
    let files = cluster.lab.directory().join(name).join("upper");
    remove_all_but(&files, &KEPT.map(|path| files.join(path)));
    cluster.lab.start(&[host(name)], &say).unwrap();
}

fn remove_all_but(directory: &Path, kept: &[PathBuf]) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if kept.contains(&path) {
            continue;
        }
        if path.is_dir() && !path.is_symlink() && kept.iter().any(|kept| kept.starts_with(&path)) {
            remove_all_but(&path, kept);
        } else if path.is_dir() && !path.is_symlink() {
            fs::remove_dir_all(&path).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
    }
}

#[test]
fn lab_bricks_made_by_hand_are_adopted() {
    let cluster = Cluster::installed("byhand", INVENTORY);
    for name in ["kube1", "kube2"] {
        cluster.lab.must(
            name,
            "printf '198.51.100.11 kube1\\n198.51.100.12 kube2\\n' >>/etc/hosts
             mkfs.xfs -q /dev/vdb && mkdir -p /bricks/vdb && echo '/dev/vdb /bricks/vdb xfs defaults,nofail 0 0' >>/etc/fstab
             systemctl daemon-reload && mount /bricks/vdb && mkdir /bricks/vdb/gv0 && systemctl enable -q --now glusterd",
        );
    }
    cluster.lab.must("kube1", "gluster --mode=script peer probe kube2");
    std::thread::sleep(Duration::from_secs(3));
    cluster.lab.must(
        "kube1",
        "gluster --mode=script volume create gv0 replica 2 kube1:/bricks/vdb/gv0 kube2:/bricks/vdb/gv0
         gluster --mode=script volume start gv0 && mount -t glusterfs localhost:/gv0 /mnt && echo kept >/mnt/file
         umount /mnt",
    );
    let done = ended_titles(&cluster.apply());
    assert!(done.iter().all(|(_, title)| !title.contains("format")), "{done:?}");
    assert_eq!(cluster.lab.must("kube2", "cat /data/file"), "kept");
    let lines = cluster.lab.must("kube1", "grep ' /bricks/vdb ' /etc/fstab");
    assert_eq!(lines, "/dev/vdb /bricks/vdb xfs defaults,nofail 0 0");
    assert_eq!(cluster.titles(), Vec::new(), "nothing is left to do");
}
