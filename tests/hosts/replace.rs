//! Bricks and hosts are replaced on real (stand-in) hosts while a program writes: nothing is lost, the new brick holds what the
//! others hold, and a run that was killed is taken up by the next run.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::support::boot::{LIMIT, until};
use crate::support::cluster::{Cases, Cluster};
use crate::support::reinstall::{BLANK, REINSTALL};
use crate::support::{PROGRAM, report, soak};
use glusterctl::inventory::names::DevicePath;
use glusterctl::lab::Disk;

/// Four hosts; a line is left out of the inventory that is applied.
const INVENTORY: &str = "\
cluster: CLUSTER
ssh: {config_file: SSH_CONFIG}
defaults: {devices: [/dev/vdb]}
hosts:
  - {name: kube1, address: 198.51.100.11}
  - {name: kube2, address: 198.51.100.12}
  - {name: kube3, address: 198.51.100.13}
  - {name: kube4, address: 198.51.100.14}
volumes:
  - {name: gv0, replica: 3, mount: /data, options: {cluster.heal-timeout: 3600, network.ping-timeout: 5}}
";

fn without(cluster: &Cluster, host: &str) -> PathBuf {
    let lines = INVENTORY
        .lines()
        .filter(|line| !line.contains(&format!("name: {host},")));
    cluster.write(
        &format!("without-{host}.yaml"),
        &lines.map(|line| format!("{line}\n")).collect::<String>(),
    )
}

/// Four hosts, three of which have a volume; the inventories without kube4, which has no part in it, and without kube3.
fn three_of_four(tag: &str) -> (Cluster, PathBuf, PathBuf) {
    let (hosts, _) = INVENTORY.split_once("volumes:").unwrap();
    let cluster = Cluster::installed(tag, &hosts.replace("ssh: {config_file: SSH_CONFIG}\n", ""));
    let (old, new) = (without(&cluster, "kube4"), without(&cluster, "kube3"));
    let ran = cluster.run_with(&old, &["--yes", "apply"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    (cluster, old, new)
}

/// Waits until the brick of a host runs: glusterd starts the brick once glusterd has met a peer.
fn runs(cluster: &Cluster, host: &str) {
    until(&format!("the brick of {host} runs"), LIMIT, || {
        let status = format!("gluster --mode=script volume status gv0 {host}:/bricks/vdb/gv0 2>&1");
        let said = String::from_utf8_lossy(&cluster.lab.run(host, &status).stdout).into_owned();
        let runs = |line: &str| line.starts_with("Brick ") && line.contains(" Y ");
        said.lines().any(runs).then_some(()).ok_or(said)
    });
}

/// Runs `replace`; once a step whose title begins with this was done, something happens to the program or to the hosts. The
/// program's exit status, if it was not killed.
fn interrupted(inventory: &Path, arguments: &[&str], title: &str, happens: impl FnOnce(&mut Child)) -> Option<i32> {
    let mut program = Command::new(PROGRAM)
        .args(["-o", "json", "--yes", "-i"])
        .arg(inventory)
        .arg("replace")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let ended = format!("\"step\":\"{title}");
    let found = lines
        .by_ref()
        .map_while(Result::ok)
        .find(|line| line.contains("\"event\":\"ended\"") && line.contains(&ended));
    happens(&mut program);
    // The program writes on as long as somebody reads.
    lines.for_each(drop);
    let status = program.wait().unwrap();
    let found = found.unwrap_or_else(|| panic!("no step {title}"));
    assert!(found.contains("\"error\":null"), "{found}");
    status.code()
}

/// [`interrupted`] by the program's death.
fn killed_after(inventory: &Path, arguments: &[&str], title: &str) {
    interrupted(inventory, arguments, title, |program| program.kill().unwrap());
}

/// Runs `replace` to its end; returns what the program said.
fn replaced(cluster: &Cluster, inventory: &Path, arguments: &[&str]) -> String {
    let begun = Instant::now();
    let ran = cluster.run_with(inventory, &[&["--yes", "replace"], arguments].concat());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    report(&format!(
        "replace {}: {:.1} s",
        arguments.join(" "),
        begun.elapsed().as_secs_f64()
    ));
    ran.stderr
}

/// Nothing was refused, and [`nothing_is_lost`].
fn is_whole(cluster: &Cluster, inventory: &Path, hosts: [&str; 3]) {
    let refused = nothing_is_lost(cluster, inventory, hosts);
    assert_eq!(refused, 0);
}

/// Nothing that was written is lost, every brick holds the same files with the same content, nothing is left to heal, and apply
/// has nothing to do. The number of refused reads and writes.
fn nothing_is_lost(cluster: &Cluster, inventory: &Path, hosts: [&str; 3]) -> usize {
    let (written, refused) = cluster.nothing_is_lost(hosts[0], &hosts);
    assert!(written > 0, "{refused} refused");
    // What was written after the replacement reached every brick at once.
    let sums = "cd /bricks/vdb/gv0 && find . -path ./.glusterfs -prune -o -type f -print0 | sort -z | xargs -0 md5sum | md5sum";
    let hosts = hosts.map(str::to_owned);
    let sums = cluster.on_each(&hosts, |_| sums.to_owned());
    assert!(sums.values().all(|sum| *sum == sums["kube1"]), "{sums:?}");
    let heals = cluster.lab.must("kube1", "gluster --mode=script volume heal gv0 info");
    let healed = heals.lines().filter(|line| *line == "Number of entries: 0");
    assert_eq!(healed.count(), 3, "{heals}");
    let ran = cluster.run_with(inventory, &["-o", "json", "plan", "--exit-code"]);
    assert_eq!(ran.status, 0, "{}\n{}", ran.stdout, ran.stderr);
    refused
}

/// A brick's disk dies, and a blank one is there in its place.
const NEW_DISK: &str = "\
xfs_io -x -c shutdown /bricks/vdb; pkill -9 glusterfsd; dd if=/dev/zero of=/dev/vdb bs=4M count=128 conv=fsync status=none";

/// A dead disk, and a new one at another path.
fn to_another_path(cluster: &Cluster, old: &Path) {
    cluster.write_steadily("kube1");
    cluster
        .lab
        .must("kube3", "xfs_io -x -c shutdown /bricks/vdb; pkill -9 glusterfsd");
    let arguments = ["kube3:vdb", "--device", "/dev/vdc"];
    let ran = cluster.run_with(old, &[&["--yes", "replace"], &arguments[..]].concat());
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("still shows the file system of the brick vdb"),
        "{}",
        ran.stderr
    );
    cluster.lab.must("kube3", "umount /bricks/vdb; wipefs -q -a /dev/vdb");
    killed_after(old, &arguments, "format /dev/vdc");
    let said = replaced(cluster, old, &arguments);
    let line = "{path: /dev/vdc, name: vdb}";
    assert!(
        said.contains(&format!("kube3: write the new path into the inventory: {line}")),
        "{said}"
    );
    let moved = std::fs::read_to_string(old).unwrap();
    let moved = moved.replace("198.51.100.13", &format!("198.51.100.13, devices: [{line}]"));
    let moved = cluster.write("moved.yaml", &moved);
    is_whole(cluster, &moved, ["kube1", "kube2", "kube3"]);
}

#[test]
fn lab_a_lost_brick_or_host_is_replaced_while_files_are_written() {
    let (hosts, _) = INVENTORY.split_once("volumes:").unwrap();
    let hosts = hosts.replace("ssh: {config_file: SSH_CONFIG}\n", "");
    let cluster = Cluster::up_with("replace", &hosts, |spec| {
        spec.installed = true;
        let path = DevicePath::parse("/dev/vdc").unwrap();
        spec.hosts[2].disks.push(Disk { path, mib: 512 });
    });
    let on = |host: &str, command: &str| cluster.lab.must(host, command);
    let old = without(&cluster, "kube4");
    let ran = cluster.run_with(&old, &["--yes", "apply"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    on(
        "kube1",
        "mkdir /data/many; for n in $(seq 200); do echo $n >/data/many/$n; done; \
         head -c 20000000 /dev/urandom >/data/big; ln -s big /data/link",
    );
    let mut cases = Cases::default();
    cases.case("a dead disk, and a second brick that is down", || {
        on("kube3", NEW_DISK);
        on("kube2", "pkill -9 glusterfsd");
        let ran = cluster.run_with(&old, &["--yes", "replace", "kube3:vdb"]);
        assert_eq!(ran.status, 1, "{}", ran.stderr);
        assert!(
            ran.stderr
                .contains("does not run, or is not known to run: kube2:/bricks/vdb/gv0"),
            "{}",
            ran.stderr
        );
        on("kube3", "grep -q ' /bricks/vdb ' /proc/self/mountinfo");
        on("kube2", "systemctl restart glusterd");
        runs(&cluster, "kube2");
        cluster.write_steadily("kube1");
        killed_after(&old, &["kube3:vdb"], "put the new brick");
        replaced(&cluster, &old, &["kube3:vdb"]);
        is_whole(&cluster, &old, ["kube1", "kube2", "kube3"]);
    });
    cases.case("a host that was reinstalled blank under its name", || {
        cluster.write_steadily("kube1");
        on("kube3", &format!("sh -c \"{REINSTALL}; {BLANK}\" 2>/dev/null; true"));
        killed_after(&old, &["kube3"], "enable and start glusterd");
        replaced(&cluster, &old, &["kube3"]);
        is_whole(&cluster, &old, ["kube1", "kube2", "kube3"]);
    });
    if soak().is_some() {
        cases.case("a dead disk, and a new one at another path", || {
            to_another_path(&cluster, &old);
        });
    }
    cases.case("another host in the place of a host that is gone", || {
        let new = without(&cluster, "kube3");
        cluster.cut(&["kube3"]);
        cluster.write_steadily("kube1");
        replaced(&cluster, &new, &["kube3", "--with", "kube4"]);
        is_whole(&cluster, &new, ["kube1", "kube2", "kube4"]);
        let pool = on("kube1", "gluster --mode=script pool list; cat /etc/hosts");
        assert!(pool.contains("kube4") && !pool.contains("kube3"), "{pool}");
    });
    cases.finish();
}

#[test]
#[ignore = "takes minutes: GLUSTERCTL_SOAK=1 tests/run"]
fn lab_another_host_takes_the_place_of_a_host_that_lives() {
    let (cluster, _, new) = three_of_four("lives");
    let both = cluster.write(
        "both.yaml",
        &INVENTORY.replace("198.51.100.13", "198.51.100.13, leaving: true"),
    );
    cluster
        .lab
        .must("kube1", "for n in $(seq 100); do echo $n >/data/$n; done");
    cluster.write_steadily("kube1");
    let arguments = ["kube3", "--with", "kube4"];
    let ran = cluster.run_with(&new, &[&["--yes", "replace"], &arguments[..]].concat());
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("write kube3 into the inventory, too, with `leaving: true`"),
        "{}",
        ran.stderr
    );
    killed_after(&both, &arguments, "give the place of kube3");
    replaced(&cluster, &both, &arguments);
    // The old host keeps its files.
    cluster
        .lab
        .must("kube3", "[ -s /bricks/vdb/gv0/100 ] && ! pgrep -x glusterfsd");
    let ran = cluster.run_with(&both, &["--yes", "apply"]);
    assert!(
        ran.status == 0 && ran.stderr.contains("host kube3 has left the cluster"),
        "{}",
        ran.stderr
    );
    cluster
        .lab
        .must("kube3", "! grep bricks /etc/fstab && ! systemctl -q is-active glusterd");
    let ran = cluster.run_with(&new, &["apply"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    is_whole(&cluster, &new, ["kube1", "kube2", "kube4"]);
    let pool = cluster
        .lab
        .must("kube1", "gluster --mode=script pool list; cat /etc/hosts");
    assert!(pool.contains("kube4") && !pool.contains("kube3"), "{pool}");
}

#[test]
#[ignore = "takes minutes: GLUSTERCTL_SOAK=1 tests/run"]
fn lab_a_replacement_goes_on_after_power_cuts() {
    let (cluster, old, new) = three_of_four("power");
    let fill = "mkdir /data/many; for n in $(seq 300); do head -c 50000 /dev/urandom >/data/many/$n; done";
    cluster.lab.must("kube1", fill);
    // While a host is off, nothing is replaced.
    let refused = |inventory: &Path, arguments: &[&str], host: &str| {
        let ran = cluster.run_with(inventory, &[&["--yes", "replace"], arguments].concat());
        assert_eq!(ran.status, 1, "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("{host}: unreachable")), "{}", ran.stderr);
        cluster.boot(&[host]);
    };
    let dies = |program: &mut Child, host: &str| {
        program.kill().unwrap();
        cluster.cut(&[host]);
    };
    let mut cases = Cases::default();
    cases.case(
        "the program and the host of the new brick die while the brick heals",
        || {
            cluster.lab.must("kube3", NEW_DISK);
            cluster.write_steadily("kube2");
            let put = "put the new brick";
            interrupted(&old, &["kube3:vdb"], put, |program| dies(program, "kube3"));
            refused(&old, &["kube3:vdb"], "kube3");
            replaced(&cluster, &old, &["kube3:vdb"]);
            is_whole(&cluster, &old, ["kube2", "kube1", "kube3"]);
        },
    );
    cases.case(
        "the host that gives the commands loses its power, and the program lives",
        || {
            cluster.lab.must("kube3", NEW_DISK);
            cluster.write_steadily("kube2");
            let status = interrupted(&old, &["kube3:vdb"], "put the new brick", |_| {
                cluster.cut(&["kube1"]);
                cluster.boot(&["kube1"]);
            });
            report(&format!("replace while kube1 lost its power: exit {status:?}"));
            cluster.mounted(&["kube1"], LIMIT);
            replaced(&cluster, &old, &["kube3:vdb"]);
            // Two of three bricks were away at a time: programs may have been told so.
            let refused = nothing_is_lost(&cluster, &old, ["kube2", "kube1", "kube3"]);
            report(&format!("{refused} reads and writes were refused while kube1 was off"));
        },
    );
    cases.case(
        "the program and the new host die while the new host takes the place of another",
        || {
            cluster.cut(&["kube3"]);
            cluster.write_steadily("kube2");
            let (arguments, given) = (["kube3", "--with", "kube4"], "give the place of kube3");
            interrupted(&new, &arguments, given, |program| dies(program, "kube4"));
            refused(&new, &arguments, "kube4");
            replaced(&cluster, &new, &arguments);
            is_whole(&cluster, &new, ["kube2", "kube1", "kube4"]);
        },
    );
    cases.finish();
}
