//! The lab itself: real stand-ins boot, and nothing of a lab is left after `down`.

#![allow(clippy::unwrap_used)] // clippy allows it in tests only, not in what they share

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{PROGRAM, TestLab, documents, host, say, spec, succeeded};
use glusterctl::inventory::names::ClusterName;
use glusterctl::lab::Lab;

fn printed(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Whether a program does what it is asked for, where either is fine.
fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).output();
    output.is_ok_and(|output| output.status.success())
}

/// Everything on the machine that carries the lab's name.
fn traces(name: &str) -> Vec<String> {
    let mut all: Vec<String> = ["/proc/self/mountinfo", "/proc/swaps"]
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    all.push(printed(
        "losetup",
        &["--list", "--noheadings", "--output", "NAME,BACK-FILE"],
    ));
    all.push(printed("ip", &["netns", "list"]));
    all.push(printed(
        "find",
        &["/sys/fs/cgroup", "/run/netns", "/var/lib/glusterctl", "-maxdepth", "2"],
    ));
    let processes = fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    all.push(
        processes
            .map(|line| String::from_utf8_lossy(&line).replace('\0', " ") + "\n")
            .collect(),
    );
    all.iter()
        .flat_map(|text| text.lines())
        .filter(|line| line.contains(name))
        .map(str::to_owned)
        .collect()
}

/// What the machine itself shows: its links, addresses, routes and hosts file, and the modes of device nodes.
fn machine() -> [String; 5] {
    [
        printed("ip", &["-oneline", "link"]),
        printed("ip", &["-oneline", "address"]).replace(char::is_numeric, ""), // lifetimes count down
        printed("ip", &["route"]),
        fs::read_to_string("/etc/hosts").unwrap(),
        printed("ls", &["-l", "/dev/fuse", "/dev/autofs"]),
    ]
}

fn inventory(name: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("glusterctl.yaml");
    let text = format!(
        "cluster: {name}\nhosts:\n  - {{name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}}\n  \
         - {{name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}}\n\
         volumes:\n  - {{name: gv0, replica: 2, mount: /data}}\n"
    );
    fs::write(&path, text).unwrap();
    (directory, path)
}

fn glusterctl(inventory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .arg("--inventory")
        .arg(inventory)
        .args(arguments)
        .stdin(Stdio::null());
    command
}

#[test]
fn lab_boots_hosts_that_ssh_reaches_and_down_leaves_nothing() {
    let before = machine();
    let lab = TestLab::up("boots", 2, &["/dev/vdb", "/dev/disk/by-id/virtio-brick0"]);
    assert_eq!(machine(), before, "the machine's own network is not touched");
    let (name, directory) = (lab.name().to_owned(), lab.directory().to_owned());
    // One connection a host for everything, because making one takes longer than all that it is asked.
    const LOOK: &str = r#"hostname
for device in /dev/vdb /dev/disk/by-id/virtio-brick0; do
    lsblk --bytes --nodeps --noheadings -o SIZE $device
    systemctl is-active "$(systemd-escape --path --suffix=device $device)"
done
systemctl is-system-running --wait
cat /proc/1/cgroup | tail -1
cat /etc/machine-id /proc/sys/kernel/random/boot_id /etc/ssh/ssh_host_ed25519_key.pub"#;
    let bytes = (512 * 1024 * 1024).to_string();
    let mut seen = BTreeSet::new();
    for (host, address) in [("kube1", "198.51.100.11"), ("kube2", "198.51.100.12")] {
        let looked = succeeded(address, LOOK, &lab.ssh(address, LOOK));
        let lines: Vec<&str> = looked.lines().collect();
        // The cgroup tree is the host's own: systemd could not manage its services otherwise.
        assert_eq!(
            lines[..7],
            [host, &bytes, "active", &bytes, "active", "running", "0::/init.scope"]
        );
        seen.extend(lines[7..].iter().map(|line| (*line).to_owned()));
    }
    assert_eq!(seen.len(), 6, "machine ids, boot ids and host keys differ: {seen:?}");
    assert_eq!(lab.must("kube2", "hostname"), "kube2");
    lab.must("kube1", "timeout 5 bash -c '</dev/tcp/198.51.100.12/22'");
    let outside = lab.ssh("kube1", "LC_ALL=C timeout 5 bash -c '</dev/tcp/192.0.2.1/22'");
    assert!(
        String::from_utf8_lossy(&outside.stderr).contains("Network is unreachable"),
        "{outside:?}"
    );
    assert!(lab.ssh_config().starts_with(&directory));
    drop(lab);
    assert_eq!(traces(&name), Vec::<String>::new());
    assert!(!directory.exists());
    assert_eq!(machine(), before);
}

#[test]
fn lab_disks_and_mounts_survive_power_cuts_and_reboots() {
    let lab = TestLab::up("disks", 1, &["/dev/vdb"]);
    let kube1 = [host("kube1")];
    const LINE: &str =
        "UUID=11111111-2222-3333-4444-555555555555 /bricks/vdb xfs nofail,x-systemd.device-timeout=30s 0 0";
    lab.must(
        "kube1",
        "export DEBIAN_FRONTEND=noninteractive; apt-get --quiet --yes install xfsprogs && \
         mkfs.xfs -q -m uuid=11111111-2222-3333-4444-555555555555 /dev/vdb",
    );
    lab.must(
        "kube1",
        &format!("mkdir -p /bricks/vdb && echo '{LINE}' >>/etc/fstab && systemctl daemon-reload"),
    );
    lab.must(
        "kube1",
        "systemctl start bricks-vdb.mount && echo kept >/bricks/vdb/file && chattr +i /bricks",
    );
    let boot = || lab.must("kube1", "cat /proc/sys/kernel/random/boot_id");
    let content = || {
        lab.must(
            "kube1",
            "systemctl is-system-running --wait; systemctl is-active bricks-vdb.mount && cat /bricks/vdb/file",
        )
    };

    let first = boot();
    lab.kill(&kube1, &say).unwrap();
    assert!(!lab.is_running(&kube1[0]).unwrap());
    assert!(!lab.ssh("kube1", "true").status.success());
    lab.start(&kube1, &say).unwrap();
    assert_eq!(content(), "running\nactive\nkept");
    let second = boot();
    lab.reboot(&kube1, &say).unwrap();
    assert_eq!(content(), "running\nactive\nkept");
    assert_eq!(BTreeSet::from([first, second, boot()]).len(), 3);

    // A disk that is replaced while the host is off is a blank one, of its own size.
    lab.kill(&kube1, &say).unwrap();
    let image = lab.disk_image(&kube1[0], 0);
    fs::remove_file(&image).unwrap();
    fs::File::create_new(&image)
        .and_then(|file| file.set_len(600 * 1024 * 1024))
        .unwrap();
    lab.start(&kube1, &say).unwrap();
    assert_eq!(
        lab.must("kube1", "blockdev --getsize64 /dev/vdb"),
        (600 * 1024 * 1024).to_string()
    );
    assert_eq!(lab.ssh("kube1", "blkid -p /dev/vdb").status.code(), Some(2));
}

#[test]
fn lab_partition_cuts_a_host_off_in_both_directions_until_healed() {
    let lab = TestLab::up("cut", 2, &[]);
    let reach = |to: &str| format!("timeout 2 bash -c '</dev/tcp/198.51.100.1{to}/22'");
    let reaches = |from: &str, to: &str| lab.ssh(from, &reach(to)).status.success();
    assert!(reaches("kube2", "1"));
    // Nobody can ask kube1 while it is cut off: it tries by itself.
    lab.must(
        "kube1",
        &format!(
            "systemd-run --quiet sh -c 'sleep 1; {} || touch /root/cut'",
            reach("2").replace('\'', "\"")
        ),
    );
    lab.partition(&[host("kube1")]).unwrap();
    assert!(!reaches("kube2", "1"));
    std::thread::sleep(Duration::from_millis(2500));
    lab.heal(&[host("kube1")]).unwrap();
    lab.wait_for_ssh(&[host("kube1")], Duration::from_secs(10)).unwrap();
    lab.must("kube1", "test -e /root/cut");
    assert!(reaches("kube1", "2"));
    assert!(reaches("kube2", "1"));
}

#[test]
fn lab_two_labs_with_the_same_addresses_do_not_meet() {
    let one = TestLab::up("same-one", 2, &["/dev/vdb"]);
    let two = TestLab::up("same-two", 2, &["/dev/vdb"]);
    one.must("kube1", "echo one >/root/which");
    two.must("kube1", "echo two >/root/which");
    for (lab, which) in [(&one, "one"), (&two, "two")] {
        let look = "cat /root/which";
        assert_eq!(succeeded("kube1", look, &lab.ssh("198.51.100.11", look)), which);
    }
    one.must("kube1", "echo of one | dd of=/dev/vdb conv=fsync");
    assert_eq!(two.must("kube1", "head -c 6 /dev/vdb | tr -d '\\0'"), "");
    // What the one does to its disks is none of the other's business.
    assert_eq!(two.must("kube1", "ls /dev | grep -c ^loop"), "1");
    drop(one);
    assert_eq!(two.must("kube1", "cat /root/which"), "two");
}

#[test]
fn lab_down_removes_leftovers_of_a_killed_lab() {
    let name = format!("torn-{}", std::process::id());
    let (_directory, inventory) = inventory(&name);
    let cluster = ClusterName::parse(&name).unwrap();
    TestLab::up("warm-up", 1, &[]); // so that no root file system is built below
    for milliseconds in [10, 30, 60, 100, 150, 200, 300, 500] {
        let mut up = glusterctl(&inventory, &["lab", "up"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        up.kill().unwrap();
        up.wait().unwrap();
        Lab::down(&cluster, &say).unwrap();
        assert_eq!(traces(&name), Vec::<String>::new(), "killed after {milliseconds} ms");
    }
    Lab::down(&cluster, &say).expect("that there is nothing to remove is no failure");
}

/// The loop device that a file is on.
fn loop_of(file: &Path) -> Option<String> {
    let list = printed(
        "losetup",
        &[
            "--noheadings",
            "--output",
            "NAME",
            "--associated",
            file.to_str().unwrap(),
        ],
    );
    list.lines().next().map(|node| node.trim().to_owned())
}

/// Ends swapping to the loop device of a file, if it has one and that is swapped to.
struct SwappedTo(PathBuf);

impl Drop for SwappedTo {
    fn drop(&mut self) {
        if let Some(node) = loop_of(&self.0) {
            succeeds("swapoff", &[&node]);
        }
    }
}

#[test]
fn lab_down_ends_what_swaps_to_a_disk_of_the_lab() {
    let lab = TestLab::up("swapped-to", 1, &["/dev/vdb"]);
    let name = lab.name().to_owned();
    let swapped_to = SwappedTo(lab.disk_image(&host("kube1"), 0));
    let node = loop_of(&swapped_to.0).unwrap();
    printed("mkswap", &["--quiet", &node]);
    printed("swapon", &["--priority", "0", &node]);
    let swaps = || fs::read_to_string("/proc/swaps").unwrap();
    let swapped = |swaps: String| swaps.lines().any(|line| line.split_whitespace().next() == Some(&node));
    assert!(swapped(swaps()), "{}", swaps());
    Lab::down(&ClusterName::parse(&name).unwrap(), &say).unwrap();
    assert!(!swapped(swaps()), "{}", swaps());
    assert_eq!(traces(&name), Vec::<String>::new());
}

/// Loop devices that are free again, but read-only and with a partition that the kernel knows; as before when dropped.
struct Dirty {
    directory: tempfile::TempDir,
    nodes: Vec<String>,
}

impl Dirty {
    const FILES: usize = 4;

    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut dirty = Dirty {
            directory,
            nodes: Vec::new(),
        };
        for number in 0..Self::FILES {
            fs::write(dirty.file(number), partitioned()).unwrap();
            let node = printed("losetup", &["--find", "--show", dirty.file(number).to_str().unwrap()]);
            dirty.nodes.push(node.trim().to_owned());
        }
        for node in &dirty.nodes {
            // It may have had one already.
            succeeds("partx", &["--delete", node]);
            printed("partx", &["--add", node]);
            printed("blockdev", &["--setro", node]);
        }
        // Only now, or the same number would be found each time.
        for node in &dirty.nodes {
            printed("losetup", &["--detach", node]);
        }
        dirty
    }

    /// Those that nobody has cleaned since.
    fn unused(&self) -> Vec<&String> {
        let read_only = |node: &&String| {
            let file = Path::new("/sys/block")
                .join(node.trim_start_matches("/dev/"))
                .join("ro");
            fs::read_to_string(file).unwrap().trim() == "1"
        };
        self.nodes.iter().filter(read_only).collect()
    }

    fn file(&self, number: usize) -> PathBuf {
        self.directory.path().join(number.to_string())
    }
}

impl Drop for Dirty {
    fn drop(&mut self) {
        for (number, node) in self.nodes.iter().enumerate() {
            let file = self.file(number);
            // By its number only while it is ours: it still is, or it is free. Whoever else has it cleaned it.
            if loop_of(&file).as_ref() == Some(node) || succeeds("losetup", &[node, file.to_str().unwrap()]) {
                succeeds("blockdev", &["--setrw", node]);
                succeeds("partx", &["--delete", node]);
                succeeds("losetup", &["--detach", node]);
            }
        }
    }
}

/// 4 MiB with an MBR and one partition, of type Linux.
fn partitioned() -> Vec<u8> {
    let mut disk = vec![0; 4 << 20];
    disk[446 + 4] = 0x83;
    disk[446 + 8..][..4].copy_from_slice(&2048_u32.to_le_bytes());
    disk[446 + 12..][..4].copy_from_slice(&2048_u32.to_le_bytes());
    disk[510..][..2].copy_from_slice(&[0x55, 0xaa]);
    disk
}

#[test]
fn lab_disks_show_nothing_of_what_their_numbers_were_used_for() {
    const DEVICES: [&str; Dirty::FILES] = ["/dev/vdb", "/dev/vdc", "/dev/vdd", "/dev/vde"];
    const ATTEMPTS: usize = 5;
    // Other tests take loop devices, too: those that were dirtied may be theirs by now.
    for _ in 0..ATTEMPTS {
        let dirty = Dirty::new();
        let unused = dirty.unused();
        let lab = TestLab::up("used-before", 1, &DEVICES);
        for device in DEVICES {
            let looked = lab.must(
                "kube1",
                &format!("blockdev --getro {device}; lsblk --noheadings {device} | wc -l"),
            );
            assert_eq!(looked, "0\n1", "{device}");
            lab.must("kube1", &format!("echo written | dd of={device} conv=fsync"));
        }
        let images = (0..DEVICES.len()).map(|index| lab.disk_image(&host("kube1"), index));
        let nodes: Vec<String> = images.filter_map(|image| loop_of(&image)).collect();
        assert_eq!(nodes.len(), DEVICES.len());
        if nodes.iter().any(|node| unused.contains(&node)) {
            return;
        }
    }
    panic!("no disk of a lab was on a loop device that was used before, {ATTEMPTS} times");
}

#[test]
fn lab_up_replaces_a_lab_that_the_machine_did_not_outlive_and_no_other() {
    let lab = TestLab::up("again", 1, &["/dev/vdb"]);
    let again = spec("again", 1, &["/dev/vdb"]);
    let refused = Lab::up(&again, &say).unwrap_err().to_string();
    assert!(
        refused.contains("already") && refused.contains("lab down --name again-"),
        "{refused}"
    );
    lab.must("kube1", "true");

    // As if the machine had been rebooted.
    let state = lab.directory().join("lab_state");
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    fs::write(
        &state,
        fs::read_to_string(&state).unwrap().replace(boot.trim(), "another boot"),
    )
    .unwrap();
    let refused = Lab::open(&again.name).unwrap_err().to_string();
    assert!(refused.contains("rebooted"), "{refused}");
    lab.must("kube1", "touch /root/old");
    let replaced = Lab::up(&again, &say).unwrap();
    replaced.wait_for_ssh(&[host("kube1")], Duration::from_secs(5)).unwrap();
    assert!(!lab.ssh("kube1", "test -e /root/old").status.success());
}

#[test]
fn lab_commands_work_from_an_inventory() {
    let name = format!("by-hand-{}", std::process::id());
    let (_directory, inventory) = inventory(&name);
    let run = |arguments: &[&str]| {
        let output = glusterctl(&inventory, arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    let (status, stdout, stderr) = run(&["lab", "up"]);
    assert_eq!((status, stdout.as_str()), (0, ""), "{stderr}");
    assert!(stderr.contains("kube2: running, 198.51.100.12"), "{stderr}");
    let state = |of: &str| {
        let (_, stdout, _) = run(&["lab", "list", "-o", "json"]);
        let listing: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        documents::valid("labs", &listing);
        let labs = listing["labs"].as_array().unwrap().clone();
        let lab = labs.into_iter().find(|lab| lab["name"] == name.as_str()).unwrap();
        assert!(Path::new(lab["directory"].as_str().unwrap()).is_dir());
        let hosts = lab["hosts"].as_array().unwrap().clone();
        hosts.into_iter().find(|host| host["name"] == of).unwrap()["state"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(state("kube1"), "running");
    assert_eq!(
        run(&["lab", "ssh", "kube1", "hostname; exit 7"]),
        (7, "kube1\n".to_owned(), String::new())
    );
    assert_eq!(run(&["-q", "lab", "kill", "kube1"]), (0, String::new(), String::new()));
    assert_eq!(state("kube1"), "off");
    assert_eq!(state("kube2"), "running");
    let (status, _, stderr) = run(&["lab", "reboot", "kube1"]);
    assert_eq!(status, 1);
    assert!(stderr.contains("kube1: rebooting: it is off"), "{stderr}");
    assert_eq!(run(&["-q", "lab", "start"]).0, 0);
    assert_eq!(state("kube1"), "running");
    let (status, _, stderr) = run(&["lab", "kill", "kube9"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("no host kube9; it has kube1, kube2"), "{stderr}");
    assert_eq!(run(&["-q", "lab", "down"]), (0, String::new(), String::new()));
    assert_eq!(run(&["-q", "lab", "down"]).0, 0);
    let (status, _, stderr) = run(&["lab", "ssh", "kube1"]);
    assert_eq!(status, 1);
    assert!(stderr.contains("there is no lab by-hand-"), "{stderr}");
}
