//! Disks that are not ours, on a real (stand-in) host: not a byte of such a disk changes, whatever the disk holds and however
//! the disk is used: not by an apply, not by an apply that is killed, and not by a plan that is older than the disk's content.

#![allow(clippy::unwrap_used)] // clippy allows it in tests only, not in what they share

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, SeekFrom};

use crate::support;
use crate::support::content::{Disk, KINDS, Kind};
use crate::support::{PROGRAM, TestLab, documents, host, soak};
use glusterctl::desired::{Desired, brick_uuid};
use glusterctl::facts;
use glusterctl::inventory::{self, BrickName, Consent, DevicePath, Inventory};
use glusterctl::lab::{Disk as LabDisk, Lab};
use glusterctl::plan::{Danger, Operation, Plan, Step, plan};
use glusterctl::remote::{Connections, Hosts, Output};

/// XFS needs 300 MiB.
const MIB: u64 = 320;
const BLANK: [&str; 3] = ["/dev/blank1", "/dev/blank2", "/dev/blank3"];
/// How a device can be used, rather than what it holds.
const STATES: [&str; 8] = [
    "mounted-here",
    "mounted-elsewhere",
    "partition-mounted",
    "active-swap",
    "held-by-a-process",
    "read-only",
    "unreadable",
    "too-small",
];
/// What is no block device at all.
const NONE_AT_ALL: [&str; 0] = [];
const NONE: [&str; 3] = ["/dev/net/tun", "/dev/shm", "/dev/missing"];

/// A host with a disk for each kind of content and of use, and its inventories.
struct Bench {
    lab: TestLab,
    paths: Vec<String>,
    directory: tempfile::TempDir,
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn kind_path(kind: &Kind) -> String {
    format!("/dev/k-{}", kind.name)
}

fn state_path(state: &str) -> String {
    format!("/dev/s-{state}")
}

impl Bench {
    fn up() -> Self {
        let mut paths: Vec<String> = BLANK.map(str::to_owned).to_vec();
        paths.extend(KINDS.iter().map(kind_path));
        paths.extend(STATES.map(state_path));
        let mut spec = support::spec("disks", 1, &[]);
        let disk = |path: &String| LabDisk {
            path: DevicePath::parse(path).unwrap(),
            mib: if path.ends_with("too-small") { 64 } else { MIB },
        };
        spec.hosts[0].disks = paths.iter().map(disk).collect();
        Bench {
            lab: TestLab::of(spec),
            paths,
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn image(&self, path: &str) -> PathBuf {
        let index = self.paths.iter().position(|known| known == path).unwrap();
        self.lab.disk_image(&host("kube1"), index)
    }

    /// The loop device as this machine sees it.
    fn node(&self, path: &str) -> PathBuf {
        let listed = run(
            "losetup",
            &[
                "--associated",
                self.image(path).to_str().unwrap(),
                "--noheadings",
                "--output",
                "NAME",
            ],
        );
        assert!(
            listed.starts_with("/dev/loop") && !listed.contains('\n'),
            "{path}: {listed:?}"
        );
        listed.into()
    }

    /// The inventory that has these devices for bricks, and no volumes.
    fn inventory<'p>(&self, devices: impl IntoIterator<Item = &'p str>) -> String {
        let devices: Vec<&str> = devices.into_iter().collect();
        format!(
            "cluster: disks\nhosts:\n  - {{name: kube1, address: 198.51.100.11, devices: [{}]}}\nvolumes: []\n",
            devices.join(", ")
        )
    }

    /// The same, with a consent to wipe each device: of what `names` has for the device, or else of something that is
    /// nowhere.
    fn wiping<'p>(&self, devices: impl IntoIterator<Item = &'p str>, names: &BTreeMap<String, String>) -> String {
        let device = |path: &str| {
            let name = names.get(path).map_or("ext4 00000000-1", String::as_str);
            format!("{{path: {path}, {}}}", Consent::written(name))
        };
        let devices: Vec<String> = devices.into_iter().map(device).collect();
        self.inventory(devices.iter().map(String::as_str))
    }

    /// What `discover` prints about each device.
    fn discover(&self, inventory: &str) -> BTreeMap<String, serde_json::Value> {
        let output = self
            .glusterctl(inventory, &["discover", "-o", "json"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let shown: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        documents::valid("discover", &shown);
        let devices = shown["hosts"][0]["devices"].as_array().unwrap().iter();
        devices
            .map(|device| (device["path"].as_str().unwrap().to_owned(), device.clone()))
            .collect()
    }

    /// What may go from each device, as `discover` prints it.
    fn names(&self, inventory: &str) -> BTreeMap<String, String> {
        let shown = self.discover(inventory).into_iter();
        shown
            .filter_map(|(path, device)| Some((path, device["wipe"].as_str()?.to_owned())))
            .collect()
    }

    fn glusterctl(&self, inventory: &str, arguments: &[&str]) -> Command {
        let file = self.directory.path().join("glusterctl.yaml");
        fs::write(&file, inventory).unwrap();
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .arg("-i")
            .arg(file)
            .arg(format!("--lab={}", self.lab.name()));
        command.stdin(Stdio::null());
        command
    }

    /// Every byte of these devices that is not zero, with its place.
    fn snapshot<'p>(&self, paths: impl IntoIterator<Item = &'p str>) -> Bytes {
        let bytes = |path: &str| {
            rustix::fs::fsync(File::open(self.node(path)).unwrap()).unwrap();
            let mut bytes = blocks(&self.image(path));
            if path.ends_with("active-swap") {
                // The kernel itself writes to it, after the header.
                bytes.retain(|place, _| *place == 0);
            }
            (path.to_owned(), bytes)
        };
        paths.into_iter().map(bytes).collect()
    }
}

/// The bytes of each device, by place.
type Bytes = BTreeMap<String, BTreeMap<u64, Vec<u8>>>;

/// Where the devices differ.
fn differences(before: &Bytes, after: &Bytes) -> Vec<String> {
    let mut found = Vec::new();
    for (path, bytes) in before {
        let now = &after[path];
        let places: BTreeSet<&u64> = bytes.keys().chain(now.keys()).collect();
        let places = places.into_iter().filter(|place| bytes.get(place) != now.get(place));
        found.extend(places.map(|place| format!("{path} at byte {place}")));
    }
    found
}

/// The blocks of a file that are not zeros.
fn blocks(path: &Path) -> BTreeMap<u64, Vec<u8>> {
    const BLOCK: usize = 4096;
    let file = File::open(path).unwrap();
    let mut found = BTreeMap::new();
    let mut at = 0;
    while let Ok(begin) = rustix::fs::seek(&file, SeekFrom::Data(at)) {
        at = rustix::fs::seek(&file, SeekFrom::Hole(begin)).unwrap();
        let mut data = vec![0; usize::try_from(at - begin).unwrap()];
        file.read_exact_at(&mut data, begin).unwrap();
        for (place, block) in (begin..).step_by(BLOCK).zip(data.chunks(BLOCK)) {
            if block.iter().any(|byte| *byte != 0) {
                found.insert(place, block.to_vec());
            }
        }
    }
    found
}

/// Hosts as the program itself uses them, to make a plan and carry it out later.
struct Later {
    runtime: tokio::runtime::Runtime,
    hosts: Arc<Hosts>,
    inventory: Arc<Inventory>,
}

impl Later {
    fn new(lab: &Lab, inventory: &str) -> Self {
        let inventory = Arc::new(inventory::read(inventory, "test").unwrap());
        let connections = Connections::new(Some(lab.ssh_config())).unwrap();
        Later {
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            hosts: Hosts::new(Arc::clone(&inventory), connections),
            inventory,
        }
    }

    fn plan(&self) -> Plan {
        let desired = Desired::of(&self.inventory);
        let facts = self.runtime.block_on(facts::observe(&self.hosts, &desired));
        plan(&desired, &facts, &Operation::Apply)
    }

    fn carry_out(&self, step: &Step) -> Output {
        self.runtime
            .block_on(self.hosts.run(&step.host, &step.script()))
            .unwrap()
    }
}

impl Drop for Later {
    fn drop(&mut self) {
        self.runtime.block_on(self.hosts.close());
    }
}

fn refused(path: &str, output: &Output) {
    assert_ne!(output.status, 0, "{path}");
    assert!(
        output.stderr.contains("Nothing was done to it"),
        "{path}: {}",
        output.stderr
    );
}

fn formats(plan: &Plan) -> BTreeMap<&str, &Step> {
    let steps = plan.steps.iter();
    steps
        .filter_map(|step| match &step.danger {
            Danger::Formats { device } => Some((device.as_str(), step)),
            _ => None,
        })
        .collect()
}

/// What has to be taken back before the lab can go.
#[derive(Default)]
struct Uses {
    undo: Vec<(&'static str, Vec<String>)>,
    held: Vec<OwnedFd>,
    mounts: Vec<Child>,
}

impl Uses {
    fn undo(&mut self, program: &'static str, arguments: &[&str]) {
        self.undo
            .push((program, arguments.iter().map(ToString::to_string).collect()));
    }

    /// Mounts it in a namespace of its own, which nobody copies, for as long as this process lives.
    fn mount(&mut self, node: &str) {
        // Read-only: the file system itself would write to its disk.
        let script = "mount -o ro \"$1\" /mnt && echo mounted && exec cat";
        let mut child = Command::new("unshare")
            .args(["--mount", "sh", "-c", script, "sh", node])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = [0; 8];
        child.stdout.as_mut().unwrap().read_exact(&mut said).unwrap();
        assert_eq!(said, *b"mounted\n");
        self.mounts.push(child);
    }

    /// Begins to use the devices.
    fn begin(&mut self, bench: &Bench) {
        let node = |state| bench.node(&state_path(state)).to_str().unwrap().to_owned();
        let make = |state: &str, write: &dyn Fn(&Disk)| {
            let path = bench.node(&state_path(state));
            let disk = Disk::open(&path);
            write(&disk);
            disk.sync();
        };
        make("mounted-here", &|disk| disk.run("mkfs.xfs", &["-q"]));
        bench
            .lab
            .must("kube1", "mkdir -p /srv/x && mount -o ro /dev/s-mounted-here /srv/x");
        make("mounted-elsewhere", &|disk| disk.run("mkfs.xfs", &["-q"]));
        self.mount(&node("mounted-elsewhere"));

        let whole = node("partition-mounted");
        make("partition-mounted", &|disk| content_of("mbr", disk));
        run("partx", &["--add", "--nr", "1", &whole]);
        self.undo("partx", &["--delete", "--nr", "1", &whole]);
        let part = format!("{whole}p1");
        run("mkfs.ext4", &["-q", "-F", &part]);
        self.mount(&part);

        let swap = node("active-swap");
        make("active-swap", &|disk| disk.run("mkswap", &["-q"]));
        run("swapon", &["--priority", "0", &swap]);
        self.undo("swapoff", &[&swap]);

        make("held-by-a-process", &|disk| {
            disk.put(5_000, b"not a signature, but somebody's")
        });
        let flags = OFlags::RDONLY | OFlags::EXCL | OFlags::CLOEXEC;
        self.held
            .push(rustix::fs::open(node("held-by-a-process"), flags, Mode::empty()).unwrap());

        // Taken back: the next user of the loop device would find it read-only.
        let read_only = node("read-only");
        run("blockdev", &["--setro", &read_only]);
        self.undo("blockdev", &["--setrw", &read_only]);
        // The end of the file is gone: reading there is an I/O error.
        let file = File::options()
            .write(true)
            .open(bench.image(&state_path("unreadable")))
            .unwrap();
        file.set_len(MIB / 2 * 1024 * 1024).unwrap();
        run("blockdev", &["--flushbufs", &node("unreadable")]);
    }
}

impl Drop for Uses {
    fn drop(&mut self) {
        self.held.clear();
        for mut child in self.mounts.drain(..) {
            drop(child.stdin.take());
            let _ = child.wait();
        }
        for (program, arguments) in self.undo.drain(..).rev() {
            // Somebody else may be looking at it, udev for example.
            let done = || {
                Command::new(program)
                    .args(&arguments)
                    .status()
                    .is_ok_and(|status| status.success())
            };
            let undone = (0..50).any(|_| {
                done() || {
                    std::thread::sleep(Duration::from_millis(100));
                    false
                }
            });
            if !undone {
                eprintln!("{program} {arguments:?} failed");
            }
        }
    }
}

fn content_of(kind: &str, disk: &Disk) {
    (KINDS.iter().find(|known| known.name == kind).unwrap().write)(disk);
}

fn write_kinds(bench: &Bench) {
    for kind in &KINDS {
        let node = bench.node(&kind_path(kind));
        let disk = Disk::open(&node);
        (kind.write)(&disk);
        disk.sync();
        let found = run("wipefs", &["-n", "-p", "-O", "TYPE", node.to_str().unwrap()]);
        let found: Vec<&str> = found.lines().filter(|line| !line.starts_with('#')).collect();
        match kind.known_as {
            "" => assert!(found.is_empty(), "{}: {found:?}", kind.name),
            known => assert!(found.contains(&known), "{}: {found:?}", kind.name),
        }
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one test from its first step to its last")]
fn lab_no_byte_of_a_foreign_disk_changes() {
    let begun = Instant::now();
    let mut combinations = 0;
    let bench = Bench::up();
    let foreign: Vec<String> = KINDS.iter().map(kind_path).chain(STATES.map(state_path)).collect();
    let foreign = || foreign.iter().map(String::as_str);

    // mkfs.xfs must be there, or it would be no wonder that nothing is formatted.
    let first = bench.inventory([BLANK[0]]);
    let output = bench.glusterctl(&first, &["apply"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    // Every device is blank while the plan is made, and something else when it is carried out.
    let all = bench.inventory(BLANK.into_iter().chain(foreign()));
    let later = Later::new(&bench.lab, &all);
    let old_plan = later.plan();
    let old_steps = formats(&old_plan);
    assert_eq!(
        old_steps.len(),
        2 + KINDS.len() + STATES.len() - 1,
        "{:?}",
        old_plan.problems
    );
    write_kinds(&bench);
    let mut uses = Uses::default();
    uses.begin(&bench);
    let before = bench.snapshot(foreign());
    for (path, step) in old_steps.iter().filter(|(path, _)| !BLANK.contains(path)) {
        refused(path, &later.carry_out(step));
        combinations += 1;
    }
    assert_eq!(
        differences(&before, &bench.snapshot(foreign())),
        NONE_AT_ALL,
        "a device that changed since the plan was written to"
    );
    let control = later.carry_out(old_steps[BLANK[1]]);
    assert_eq!(control.status, 0, "{}", control.stderr);

    // An apply: what is blank is formatted and mounted, all else is refused, each with its reason.
    let everything = bench.inventory(BLANK.into_iter().chain(foreign()).chain(NONE));
    let apply = || bench.glusterctl(&everything, &["apply"]).output().unwrap();
    let mounted = |path: &str| {
        bench
            .lab
            .run("kube1", &format!("findmnt -M /bricks/{}", &path[5..]))
            .status
            .success()
    };
    let output = apply();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for path in foreign().chain(NONE) {
        let refused = said.contains(&format!("{path} is not blank or not usable: "));
        assert!(refused, "{path}: {said}");
        combinations += 1;
    }
    assert!(BLANK.iter().all(|path| mounted(path)), "{said}");
    assert_eq!(
        differences(&before, &bench.snapshot(foreign())),
        NONE_AT_ALL,
        "apply wrote to a device that is not ours"
    );

    let shown = bench.discover(&all);
    for path in BLANK.into_iter().chain(foreign()) {
        let device = &shown[path];
        let state = if BLANK.contains(&path) { "brick" } else { "unusable" };
        assert_eq!(device["state"], state, "{device:#}");
        println!("{path}: {} {}", device["reasons"], device["wipe"]);
    }

    // The same, killed at any time; and run again.
    let delays = soak().map_or(&[900][..], |_| &[300, 900, 1_500, 2_200]);
    for delay in delays.iter().copied() {
        blank_again(&bench, BLANK[2]);
        let mut running = bench.glusterctl(&everything, &["apply"]);
        let mut running = running.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        running.kill().unwrap();
        running.wait().unwrap();
        assert_eq!(
            differences(&before, &bench.snapshot(foreign())),
            NONE_AT_ALL,
            "an apply killed after {delay} ms wrote to a foreign device"
        );
        let said = apply().stderr;
        assert!(
            mounted(BLANK[2]),
            "after {delay} ms: {}",
            String::from_utf8_lossy(&said)
        );
        assert_eq!(
            differences(&before, &bench.snapshot(foreign())),
            NONE_AT_ALL,
            "the apply after it wrote to a foreign device"
        );
        combinations += foreign().count() + NONE.len();
    }

    // An answer is no consent.
    let answer = bench.inventory(["{path: /dev/k-ext4, wipe: true}"]);
    let output = bench.glusterctl(&answer, &["apply", "--yes"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));

    // With consent, what may go is exactly what the plan named; and nothing that is in use, whatever is named.
    let mut names = bench.names(&all);
    let named: BTreeSet<String> = names.keys().cloned().collect();
    for state in STATES.map(state_path) {
        assert!(!named.contains(&state), "{state}");
        names.extend(blkid_name(&bench.node(&state)).map(|name| (state, name)));
    }
    let wiped = bench.wiping(foreign(), &names);
    drop(later);
    let later = Later::new(&bench.lab, &wiped);
    let old_plan = later.plan();
    let old_steps = formats(&old_plan);
    assert!(old_steps.keys().eq(named.iter()), "{:?}", old_steps.keys());
    assert!(named.len() > 12, "{named:?}");
    for path in &named {
        let node = bench.node(path);
        Disk::open(&node).put(4086, b"S1SUSPEND");
        Disk::open(&node).sync();
    }
    let changed = bench.snapshot(foreign());
    for (path, step) in &old_steps {
        refused(path, &later.carry_out(step));
        combinations += 1;
    }
    // What is there now has another name.
    let output = bench.glusterctl(&wiped, &["apply", "--yes"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        named
            .iter()
            .all(|path| said.contains(&format!("wipe names {}, and", names[path]))),
        "{said}"
    );
    assert_eq!(
        differences(&changed, &bench.snapshot(foreign())),
        NONE_AT_ALL,
        "something else than what the inventory and the plan named was wiped"
    );

    // And what the inventory names, goes.
    let names = bench.names(&all);
    drop(later);
    let later = Later::new(&bench.lab, &bench.wiping(foreign(), &names));
    let new_plan = later.plan();
    assert!(formats(&new_plan).keys().eq(named.iter()), "{:?}", new_plan.problems);
    for (path, step) in formats(&new_plan) {
        let output = later.carry_out(step);
        assert_eq!(output.status, 0, "{path}: {}", output.stderr);
        let brick = BrickName::of_device(&DevicePath::parse(path).unwrap()).unwrap();
        let uuid = brick_uuid(&later.inventory.cluster, &step.host, &brick).to_string();
        let node = bench.node(path);
        assert_eq!(
            run("blkid", &["-p", "-s", "UUID", "-o", "value", node.to_str().unwrap()]),
            uuid
        );
        combinations += 1;
    }
    // No node that a script made is left.
    assert_eq!(bench.lab.must("kube1", "ls -A /dev | grep glusterctl || :"), "");
    let states = STATES.map(state_path);
    let states = || states.iter().map(String::as_str);
    assert!(
        bench
            .snapshot(states())
            .iter()
            .all(|(path, bytes)| before[path] == *bytes),
        "a device in use was wiped"
    );
    support::report(&format!(
        "{combinations} combinations of {} kinds of devices tried in {:.1} s: not a byte of a foreign one changed",
        foreign().count() + NONE.len(),
        begun.elapsed().as_secs_f64()
    ));
}

/// What a file system on a device is called in a consent, if a file system is there.
fn blkid_name(node: &Path) -> Option<String> {
    let value = |tag| {
        let arguments = ["-p", "-s", tag, "-o", "value"];
        let output = Command::new("blkid").args(arguments).arg(node).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let (kind, uuid) = (value("TYPE"), value("UUID"));
    (!kind.is_empty() && !uuid.is_empty()).then(|| format!("{kind} {uuid}"))
}

/// A brick becomes a blank disk: taken out and exchanged, as it were.
fn blank_again(bench: &Bench, path: &str) {
    bench
        .lab
        .must("kube1", &format!("umount /bricks/{} 2>/dev/null || :", &path[5..]));
    let node = bench.node(path);
    run("blkdiscard", &["--zeroout", node.to_str().unwrap()]);
}
