//! The scripts that make bricks on LVM, with fakes of LVM's commands (tests/support/fake-lvm): this machine's kernel may have
//! no device-mapper. The scripts are those of plans.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use glusterctl::scripts::{BRICK_LINES, FILE_SYSTEM, LVM_DROP, LVM_KERNEL, LVM_VOLUMES, Text};

const PHYSICAL: &str = "1a59bb-3b73-2d5b-debc-321d-8853-4f9ede";
const TAG: &str = "glusterctl/kube/kube1/vdb";
const GROUP: &str = "gluster_kube_vdb";

/// A host whose LVM is a fake.
struct FakeHost {
    root: TempDir,
}

impl FakeHost {
    /// With a physical volume of the brick, in this volume group or in none.
    fn new(group: &str) -> Self {
        let root = TempDir::new().unwrap();
        let host = FakeHost { root };
        fs::create_dir(host.path("bin")).unwrap();
        let fake = fs::canonicalize("tests/support/fake-lvm").unwrap();
        for name in [
            "pvs",
            "vgs",
            "lvs",
            "pvcreate",
            "vgcreate",
            "lvcreate",
            "lvconvert",
            "lvremove",
            "vgremove",
            "mkfs.xfs",
            "modprobe",
            "dmsetup",
            "stat",
        ] {
            symlink(&fake, host.path(&format!("bin/{name}"))).unwrap();
        }
        host.write("pv", &format!("{PHYSICAL}|{group}|/dev/vdb\n"));
        host
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Takes the brick's volumes away.
    fn drop(&self) -> Output {
        self.sh(&LVM_DROP.with(&[
            ("device", "/dev/vdb"),
            ("physical", PHYSICAL),
            ("group", GROUP),
            ("tag", TAG),
            ("pool", "pool"),
            ("metadata", "pool_meta"),
            ("volume", "brick"),
        ]))
    }

    /// Makes the brick's volumes.
    fn run(&self) -> Output {
        let text = Text::default().then(
            &[&LVM_KERNEL, &LVM_VOLUMES],
            &[
                ("device", "/dev/vdb"),
                ("physical", PHYSICAL),
                ("group", GROUP),
                ("tag", TAG),
                ("alignment", "256"),
                ("extent", "4096"),
                ("pool", "pool"),
                ("metadata", "pool_meta"),
                ("volume", "brick"),
            ],
        );
        self.sh(&text.command("mkfs.xfs \"$node\" </dev/null").end())
    }

    fn sh(&self, text: &str) -> Output {
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut sh = Command::new("sh");
        sh.args(["-euc", text]).env("PATH", path).env("FAKE", self.root.path());
        sh.output().unwrap()
    }

    fn refusal(&self) -> String {
        self.refused(&self.run())
    }

    fn refused(&self, output: &Output) -> String {
        assert!(!output.status.success(), "{output:?}");
        assert_eq!(self.read("log"), "", "nothing was changed");
        String::from_utf8(output.stderr.clone()).unwrap()
    }
}

/// What is there once a brick is made, sorted.
fn made(host: &FakeHost) -> Vec<String> {
    let mut lines: Vec<String> = ["pv", "vg", "lv"]
        .iter()
        .flat_map(|file| host.read(file).lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    lines.push(format!("formatted {}", host.path("formatted").exists()));
    lines.sort();
    lines
}

#[test]
fn the_pool_gets_what_the_metadata_and_the_spare_leave() {
    let host = FakeHost::new("");
    let output = host.run();
    assert!(output.status.success(), "{output:?}");
    // 0.5 % of 1535 extents of 4 MiB, twice; the thin volume is as large as the pool.
    let log = host.read("log");
    let expected = [
        format!("vgcreate -s 4096k --addtag {TAG} {GROUP} /dev/vdb"),
        format!("lvcreate -a n -Z n -W n -l 1519 --addtag {TAG} -n pool {GROUP}"),
        format!("lvcreate -a n -Z n -W n -l 8 --addtag {TAG} -n pool_meta {GROUP}"),
        format!("lvconvert -y --type thin-pool --chunksize 256k -Z n --poolmetadata {GROUP}/pool_meta {GROUP}/pool"),
        format!("lvcreate --type thin -W n -V 6221824k --thinpool {GROUP}/pool --addtag {TAG} -n brick {GROUP}"),
        format!("mkfs.xfs /dev/{GROUP}/brick"),
    ];
    assert_eq!(log.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_run_that_was_cut_off_anywhere_is_finished_by_the_next() {
    let whole = FakeHost::new("");
    assert!(whole.run().status.success());
    let commands = whole.read("log").lines().count();
    // After the last two commands, the thin volume is there: the plan sees it, and the script leaves it alone.
    for cut in 1..=commands - 2 {
        let host = FakeHost::new("");
        host.write("cut", &format!("{cut}\n"));
        assert!(!host.run().status.success(), "cut off after {cut} commands");
        fs::remove_file(host.path("cut")).unwrap();
        let output = host.run();
        assert!(output.status.success(), "after {cut} commands: {output:?}");
        assert_eq!(made(&host), made(&whole), "after {cut} commands");
        assert_eq!(host.read("log").lines().count(), commands, "nothing is done twice");
    }
}

#[test]
fn what_was_made_is_taken_away_however_far_the_making_or_the_taking_came() {
    let whole = FakeHost::new("");
    assert!(whole.run().status.success());
    let commands = whole.read("log").lines().count();
    let taken = (1..=3).map(|cut| (commands, cut));
    for (made, cut) in (0..commands).map(|made| (made, 0)).chain(taken) {
        let host = FakeHost::new("");
        host.write("cut", &format!("{made}\n"));
        if made > 0 {
            host.run();
        }
        host.write("log", "");
        host.write("cut", &format!("{cut}\n"));
        host.drop();
        fs::remove_file(host.path("cut")).unwrap();
        let output = host.drop();
        assert!(output.status.success(), "{made} made, cut after {cut}: {output:?}");
        let left = [host.read("vg"), host.read("lv"), host.read("pv")];
        let physical = format!("{PHYSICAL}||/dev/vdb\n");
        assert_eq!(left, ["", "", &physical], "{made} made, cut after {cut}");
    }
    let host = FakeHost::new("");
    assert!(host.run().status.success());
    host.write("log", "");
    assert!(host.drop().status.success());
    let expected = [
        format!("lvremove -y {GROUP}/brick"),
        format!("lvremove -y {GROUP}/pool"),
        format!("vgremove {GROUP}"),
    ];
    assert_eq!(host.read("log").lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_volume_group_with_anything_of_somebody_elses_is_not_taken_away() {
    let group = |line: &str, volumes: &str| {
        let host = FakeHost::new(GROUP);
        host.write("vg", &format!("{GROUP}|{line}|1535\n"));
        host.write("lv", volumes);
        host.refused(&host.drop())
    };
    assert!(group("theirs|1", "").contains("does not have the brick's tag"));
    assert!(group(&format!("{TAG}|2"), "").contains("other physical volumes"));
    let told = group(
        &format!("{TAG}|1"),
        &format!("brick|thin,sparse|{TAG}\n0123_0|thin,sparse|\n"),
    );
    assert!(told.contains("other logical volumes: 0123_0"), "{told}");
    let elsewhere = FakeHost::new("vg0");
    assert!(elsewhere.refused(&elsewhere.drop()).contains("in the volume group vg0"));
}

#[test]
fn what_somebody_else_made_is_left_alone() {
    let none = FakeHost::new("");
    none.write("pv", "other|vg0|/dev/vdb\n");
    assert!(none.refusal().contains("LVM does not see one physical volume"));

    let other = FakeHost::new("vg0");
    other.write("vg", "vg0|theirs|1|1535\n");
    assert!(
        other
            .refusal()
            .contains("the physical volume is in the volume group vg0")
    );

    let group = |line: &str, volumes: &str| {
        let host = FakeHost::new(GROUP);
        host.write("vg", &format!("{GROUP}|{line}|1535\n"));
        host.write("lv", volumes);
        host.refusal()
    };
    assert!(group("glusterctl/kube/kube1/vd|1", "").contains("does not have the brick's tag"));
    assert!(group(&format!("a,{TAG}|2"), "").contains("other physical volumes"));
    let own = format!("a,{TAG}|1");
    assert!(group(&own, "pool|linear|a\n").contains(&format!("{GROUP}/pool does not have the brick's tag")));
    assert!(group(&own, &format!("pool|raid,raid1|{TAG}\n")).contains("is raid,raid1"));
    assert!(group(&own, "brick|thin,sparse|\n").contains(&format!("{GROUP}/brick does not have the brick's tag")));
    let there = group(&own, &format!("brick|thin,sparse|{TAG}\n"));
    assert!(there.contains("is there already"), "{there}");
}

#[test]
fn a_kernel_without_thin_pools_is_said_before_anything_is_changed() {
    let host = FakeHost::new("");
    fs::remove_file(host.path("bin/dmsetup")).unwrap();
    host.write("bin/dmsetup", "#!/bin/sh\necho 'linear           v1.4.0'\n");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(host.path("bin/dmsetup"), executable).unwrap();
    assert!(host.refusal().contains("no device-mapper with thin pools"));
}

#[test]
fn a_thin_volume_is_told_from_its_snapshots_by_its_number() {
    let root = TempDir::new().unwrap();
    let holds = |mounted: &str, volume: &str| {
        let fakes = format!(
            "findmnt() {{ case $* in *MAJ:MIN*) echo '{mounted}' ;; *) echo /dev/mapper/x ;; esac; }}\n\
             stat() {{ {volume}; }}\nblkid() {{ echo same; }}\n"
        );
        let script = Text::default().then(&[&FILE_SYSTEM], &[]);
        let script = script.command("holds /bricks/vdb /dev/gluster_kube_vdb/brick || { echo \"$wrong\"; exit 1; }");
        let text = format!("{fakes}{}", script.end());
        let output = Command::new("sh")
            .args(["-euc", &text])
            .current_dir(root.path())
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(holds(" 253:3", "echo 0xfd 0x3"), (true, String::new()));
    let (is_brick, said) = holds("253:4", "echo 0xfd 0x3");
    assert!(
        !is_brick && said.contains("is not the thin volume /dev/gluster_kube_vdb/brick"),
        "{said}"
    );
    assert!(!holds("253:3", "return 1").0, "the volume is not there");
}

#[test]
fn the_lines_of_bricks_name_a_uuid_or_a_thin_volume() {
    let root = TempDir::new().unwrap();
    let fstab = Path::new(root.path()).join("fstab");
    fs::write(
        &fstab,
        "UUID=\"F19E\" /bricks/vdb xfs noatime,x-systemd.before=glusterd.service 0 0\n\
         /dev/gluster_KUBE_vdc/brick /bricks/vdc xfs noatime,x-systemd.before=glusterd.service 0 0\n\
         /dev/sda1 /boot ext4 defaults 0 2\n",
    )
    .unwrap();
    let script = Text::default().then(&[&BRICK_LINES], &[]).command("brick_lines").end();
    let script = script.replace("/etc/fstab", fstab.to_str().unwrap());
    let output = Command::new("sh").args(["-euc", &script]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, "f19e /bricks/vdb\n/dev/gluster_KUBE_vdc/brick /bricks/vdc\n");
}
