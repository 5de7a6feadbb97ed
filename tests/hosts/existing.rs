//! Clusters that exist already, made by hand, on hosts: `init --from` describes them, and `apply` of the inventory adds
//! what a boot needs and nothing else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::boot::{LIMIT, until};
use crate::support::{PROGRAM, TestLab, documents, host, say, spec};

const HOSTS: [&str; 3] = ["kube1", "kube2", "kube3"];

/// A lab without an inventory, and the inventory that the program writes.
struct ByHand {
    lab: TestLab,
    directory: tempfile::TempDir,
    /// The options by which the program finds the lab's hosts.
    reach: Vec<String>,
}

impl ByHand {
    fn up(tag: &str, devices: &[&str]) -> Self {
        let mut spec = spec(tag, HOSTS.len(), devices);
        spec.installed = true;
        let lab = TestLab::of(spec);
        // Installing the package starts glusterd; the stand-ins have the package already.
        for name in HOSTS {
            lab.must(name, "systemctl enable -q --now glusterd");
        }
        ByHand {
            reach: vec![format!("--lab={}", lab.name())],
            lab,
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("glusterctl.yaml")
    }

    fn output(&self, arguments: &[&str]) -> Output {
        Command::new(PROGRAM)
            .arg("--inventory")
            .arg(self.file())
            .args(&self.reach)
            .args(arguments)
            .env("XDG_STATE_HOME", self.directory.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Runs `init`, which must fail and write nothing; returns what it says.
    fn fails(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(!self.file().exists(), "{said}");
        said
    }

    /// Runs the program, which must succeed; returns both outputs.
    fn run(&self, arguments: &[&str]) -> (String, String) {
        let output = self.output(arguments);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        assert!(
            output.status.success(),
            "{arguments:?}: {}\n{stderr}\n{stdout}",
            output.status
        );
        eprintln!("{arguments:?}\n{stderr}");
        (stdout, stderr)
    }

    /// The titles of the plan's steps, without problems.
    fn titles(&self) -> Vec<String> {
        let plan: Value = serde_json::from_str(&self.run(&["-o", "json", "plan"]).0).unwrap();
        assert_eq!(plan["problems"], Value::Array(Vec::new()));
        let steps = plan["steps"].as_array().unwrap().iter();
        let mut titles: Vec<String> = steps.map(|step| step["title"].as_str().unwrap().to_owned()).collect();
        titles.sort();
        titles.dedup();
        titles
    }

    /// What each host prints for a command that must succeed.
    fn each(&self, command: &str) -> BTreeMap<&str, String> {
        HOSTS
            .into_iter()
            .map(|name| (name, self.lab.must(name, command)))
            .collect()
    }

    /// Runs a command on a host until the command succeeds.
    fn until(&self, name: &str, command: &str) {
        let begun = Instant::now();
        while !self.lab.run(name, command).status.success() {
            assert!(begun.elapsed() < Duration::from_secs(90), "{name}: {command}");
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    /// Runs `boot` on a host: all of its bricks are known, and run.
    fn boots(&self, name: &str) {
        self.lab
            .put(name, Path::new(PROGRAM), "/usr/local/bin/glusterctl", "755");
        let said = self.lab.must(name, "glusterctl -o json boot --timeout 1m");
        let report: Value = serde_json::from_str(&said).unwrap();
        documents::valid("boot", &report);
        assert_eq!(report["done"], true, "{report:#}");
    }

    /// Waits until the hosts have done by themselves what `apply` would do, and have healed: a brick may start after all
    /// mounts answer.
    fn settles(&self) {
        for looks in [["plan", "--exit-code"], ["status", "--exit-code"]] {
            until(looks[0], LIMIT, || {
                let output = self.output(&looks);
                let said = || String::from_utf8_lossy(&output.stdout).into_owned();
                output.status.success().then_some(()).ok_or_else(said)
            });
        }
    }

    /// Pulls the plug of all hosts, and boots them.
    fn lose_power(&self) {
        let all = HOSTS.map(host);
        self.lab.kill(&all, &say).unwrap();
        self.lab.start(&all, &say).unwrap();
    }
}

/// What must not change when glusterctl takes a cluster over: file systems, processes, volumes, mounts.
const KEPT: &str = "blkid -c /dev/null -s UUID -s TYPE | sort; pgrep -a gluster | sort; gluster volume info; \
                    gluster pool list | sort; grep ' fuse.glusterfs \\| xfs ' /proc/self/mountinfo | sort";

/// A recipe that is typed all over the world, as it stands.
fn type_the_recipe(cluster: &ByHand) {
    cluster.each(
        "printf '198.51.100.11 kube1\\n198.51.100.12 kube2\\n198.51.100.13 kube3\\n' >>/etc/hosts
         mkfs.xfs /dev/vdb
         mkdir -p /mnt/glusterVolume0
         mkdir /data
         echo '/dev/vdb /mnt/glusterVolume0 xfs defaults 1 2' >> /etc/fstab
         mount -a && mount
         apt-get -y install glusterfs-server",
    );
    for name in HOSTS {
        let probes = HOSTS.map(|other| format!("gluster peer probe {other}")).join("\n");
        cluster.lab.must(name, &probes);
        // A person types the next host's commands some seconds later.
        cluster.until(
            name,
            "[ \"$(gluster peer status | grep -c 'Peer in Cluster (Connected)')\" = 2 ]",
        );
    }
    cluster.lab.must(
        "kube1",
        "gluster volume create gv0 replica 3 transport tcp \\
            kube1:/mnt/glusterVolume0 \\
            kube2:/mnt/glusterVolume0 \\
            kube3:/mnt/glusterVolume0 force
         gluster volume start gv0
         gluster volume info",
    );
    cluster.each("mount -t glusterfs kube1:/gv0 /data");
}

/// The servers are looked at, and zones and devices are what Heketi says of them, by name or by address.
fn describe_as_heketis(cluster: &ByHand) {
    let topology = cluster.directory.path().join("topology.json");
    let node = |manage: &str, storage: &str, zone: u32| {
        format!(
            r#"{{"node": {{"hostnames": {{"manage": ["{manage}"], "storage": ["{storage}"]}}, "zone": {zone}}}, "devices": ["/dev/vdz"]}}"#
        )
    };
    let nodes = [
        node("198.51.100.11", "198.51.100.11", 7),
        node("KUBE2", "198.51.100.212", 8),
        node("kube9", "198.51.100.19", 9),
    ];
    std::fs::write(
        &topology,
        format!(r#"{{"clusters": [{{"nodes": [{}]}}]}}"#, nodes.join(",")),
    )
    .unwrap();
    let topology = topology.display().to_string();
    let (_, said) = cluster.run(&["init", "--from", "kube1", "--from-heketi", &topology]);
    assert!(said.contains("Heketi's node kube9 is no server of this pool"), "{said}");
    let text = std::fs::read_to_string(cluster.file()).unwrap();
    for (name, zone) in [("kube1", Some(7)), ("kube2", Some(8)), ("kube3", None)] {
        let (_, host) = text.split_once(&format!("  - name: {name}\n")).unwrap();
        let host = host.split("  - name: ").next().unwrap();
        assert!(host.contains("- {brick: /mnt/glusterVolume0, uuid: "), "{text}");
        let line = zone.map(|zone| format!("    zone: zone-{zone}\n    devices:\n"));
        assert!(line.is_none_or(|line| host.contains(&line)), "{text}");
        assert_eq!(
            host.contains("      - {path: /dev/vdz, heketi: true}\n"),
            zone.is_some(),
            "{text}"
        );
    }
    std::fs::remove_file(cluster.file()).unwrap();
}

#[test]
fn lab_a_cluster_typed_by_hand_is_taken_over_and_survives_a_power_cut() {
    let cluster = ByHand::up("typed", &["/dev/vdb"]);
    type_the_recipe(&cluster);
    cluster
        .lab
        .must("kube2", "mkdir /data/d && head -c 3000000 /dev/urandom >/data/d/file");
    let sum = cluster.lab.must("kube2", "md5sum /data/d/file");

    describe_as_heketis(&cluster);
    let said = cluster.fails(&["init", "kube1", "kube2"]);
    assert!(
        said.contains("kube1 is a server of a cluster already (volumes: gv0)\n"),
        "{said}"
    );
    assert!(said.contains("run glusterctl init --from kube1\n"), "{said}");
    let (_, said) = cluster.run(&["init", "--from", "kube1"]);
    assert!(said.contains("3 servers\nnext: glusterctl plan -i "), "{said}");
    let text = std::fs::read_to_string(cluster.file()).unwrap();
    eprintln!("{text}");
    for (name, uuid) in cluster.each("blkid -s UUID -o value /dev/vdb") {
        let line = format!("- {{brick: /mnt/glusterVolume0, uuid: {uuid}}}");
        assert!(text.contains(&line), "{name}: {line}\n{text}");
    }
    assert!(
        text.contains("  - name: gv0\n    replica: 3\n    mount: /data\n"),
        "{text}"
    );
    assert_eq!(
        cluster.titles(),
        [
            "enable gluster-mount@data.service",
            "make /mnt/glusterVolume0, /data immutable below the mount",
            "write /etc/glusterctl/heal-after-start.sh, /etc/systemd/system/gluster-heal.service, \
             /etc/systemd/system/glusterd.service.d/glusterctl-bricks.conf, \
             /etc/systemd/system/gluster-mount@.service, /etc/systemd/system/gluster-mounted@.service",
            "write /mnt/glusterVolume0, /data to /etc/fstab",
            "write the names of all 3 hosts to /etc/hosts",
        ]
    );
    let before = cluster.each(KEPT);
    cluster.run(&["apply"]);
    assert_eq!(
        cluster.each(KEPT),
        before,
        "nothing was formatted, restarted, mounted anew or set"
    );
    assert_eq!(cluster.titles(), Vec::<String>::new());

    cluster.lose_power();
    for name in HOSTS {
        cluster.until(name, "timeout 10 ls /data/d/file");
        assert_eq!(cluster.lab.must(name, "md5sum /data/d/file"), sum);
    }
    cluster.boots("kube3");
    cluster.settles();
    let (_, said) = cluster.run(&["status", "--exit-code"]);
    assert!(!said.contains("error"), "{said}");
}

#[test]
fn lab_hosts_with_blank_disks_become_an_inventory_with_nothing_to_correct() {
    let cluster = ByHand::up("blank", &["/dev/vdb", "/dev/vdc"]);
    cluster.lab.must("kube2", "mkfs.ext4 -q /dev/vdc");
    let (_, said) = cluster.run(&["init", "kube[1:3]"]);
    let next = "3 servers\nwrote PLACE/glusterctl.schema.json, with which editors complete and check it\nnext: glusterctl plan -i ";
    let next = next.replace("PLACE", &cluster.directory.path().display().to_string());
    assert!(said.contains(&next), "{said}");
    let text = std::fs::read_to_string(cluster.file()).unwrap();
    eprintln!("{text}");
    for line in [
        "  - name: kube2\n    address: 198.51.100.12\n    ssh: {host: kube2}\n",
        "      # /dev/vdc, 512 MiB: it holds ext4 (UUID\n",
        "    replica: 3\n    bricks: {hosts: [kube1, kube2, kube3], devices: [vdb]}\n    mount: /data\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    // A disk with data is on no list of devices.
    assert_eq!(text.matches("\n      - ").count(), 5, "{text}");
    let formats = cluster.titles().into_iter().filter(|title| title.contains("format "));
    assert_eq!(formats.count(), 2);

    std::fs::remove_file(cluster.file()).unwrap();
    cluster.lab.kill(&[host("kube3")], &say).unwrap();
    let said = cluster.fails(&["init", "kube1", "kube2", "kube3"]);
    assert!(
        said.contains("error: kube3: ") && said.contains("nothing was written"),
        "{said}"
    );
}

/// Bricks below mount points, on the root disk and on several kinds of file systems; a peer that the pool knows by its
/// address only.
fn make_four_volumes(cluster: &ByHand) {
    cluster.each(
        "printf '198.51.100.11 kube1\\n198.51.100.12 kube2\\n198.51.100.13 kube3\\n' >>/etc/hosts
         mkfs.xfs -q -L fast /dev/vdb && mkfs.ext4 -q /dev/vdc && mkdir -p /srv/fast /srv/slow /var/brick /srv/gv0
         echo 'LABEL=fast /srv/fast xfs noatime 0 0' >>/etc/fstab
         mount /dev/vdb /srv/fast && mount /dev/vdc /srv/slow && mkdir /srv/fast/one /srv/fast/two /srv/slow/three",
    );
    cluster
        .lab
        .must("kube1", "gluster peer probe kube2 && gluster peer probe 198.51.100.13");
    cluster.lab.must("kube2", "gluster peer probe kube1");
    cluster.until(
        "kube1",
        "[ \"$(gluster peer status | grep -c 'Peer in Cluster (Connected)')\" = 2 ]",
    );
    cluster.lab.must(
        "kube1",
        "create() { gluster --mode=script volume create \"$@\" force && gluster volume start \"$1\"; }
         create gv0 replica 3 kube1:/srv/fast/one kube2:/srv/fast/one 198.51.100.13:/srv/fast/one
         create gv1 replica 3 arbiter 1 kube1:/srv/fast/two kube2:/srv/slow/three 198.51.100.13:/srv/slow/three
         create gv2 replica 2 kube1:/var/brick kube2:/var/brick
         create gv3 kube1:/var/tmp/spread
         gluster volume set gv0 performance.cache-size 64MB",
    );
    cluster.each("mount -t glusterfs localhost:gv0 /srv/gv0");
    cluster.lab.must("kube1", "echo kept >/srv/gv0/file");
}

#[test]
#[ignore = "takes minutes: GLUSTERCTL_SOAK=1 tests/run"]
fn lab_bricks_on_any_path_and_on_the_root_disk_are_taken_over() {
    let mut cluster = ByHand::up("paths", &["/dev/vdb", "/dev/vdc"]);
    // A pool's peers that have no name are reached at their addresses, as on real hosts.
    cluster.reach.clear();
    make_four_volumes(&cluster);
    let config = cluster.lab.ssh_config().display().to_string();
    let (_, said) = cluster.run(&["init", "--from", "root@kube1", "--config-file", &config]);
    for wanted in [
        "volume gv3: distribute keeps each file on one brick only",
        "kube2: the brick /var/brick is on the root file system",
        "volume gv1: no host mounts the volume",
    ] {
        assert!(said.contains(wanted), "{wanted}\n{said}");
    }
    let text = std::fs::read_to_string(cluster.file()).unwrap();
    eprintln!("{text}");
    assert!(
        text.contains("brick: {gv0: /srv/fast/one, gv1: /srv/fast/two}, mount: /srv/fast, uuid: "),
        "{text}"
    );
    assert!(text.contains("#   performance.cache-size: 64MB\n"), "{text}");
    let titles = cluster.titles();
    let touches = |title: &&String| {
        ["format", "volume", "directory", "unmount", "mount "]
            .iter()
            .any(|word| title.contains(word))
    };
    let touching: Vec<&String> = titles
        .iter()
        .filter(touches)
        .filter(|title| !title.contains("immutable"))
        .collect();
    assert_eq!(touching, Vec::<&String>::new(), "{titles:?}");
    cluster.run(&["apply"]);
    assert_eq!(cluster.titles(), Vec::<String>::new());
    let lines = cluster.lab.must("kube2", "grep ' /srv/[fs][al]' /etc/fstab");
    assert!(
        lines
            .lines()
            .all(|line| line.starts_with("UUID=") && line.contains("nofail")),
        "{lines}"
    );
    assert!(lines.contains(" ext4 ") && lines.contains("noatime"), "{lines}");

    cluster.lose_power();
    for name in HOSTS {
        cluster.until(name, "grep -qx kept /srv/gv0/file");
        cluster.boots(name);
    }
    cluster.settles();
}
