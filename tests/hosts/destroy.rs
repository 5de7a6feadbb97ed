//! What glusterctl made is taken away again on real (stand-in) hosts: afterwards the hosts are byte for byte as before, and
//! nothing of anybody else's is touched.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::support::PROGRAM;
use crate::support::boot::{LIMIT, until};
use crate::support::cluster::{Cases, Cluster, Ran};

const INVENTORY: &str = "\
cluster: CLUSTER
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
  - {name: kube3, address: 198.51.100.13, role: client}
volumes:
  - {name: gv0, replica: 2, mount: /srv/storage/data}
";

const HOSTS: [&str; 3] = ["kube1", "kube2", "kube3"];
const DATA: &str = "/srv/storage/data";

/// Prints everything that a host has of configuration, units, mounts and Gluster's state.
const LOOK: &str = "cd /; {
    find etc -xdev \\( -type f -exec sha256sum {} + -o -type l -printf '%p -> %l\\n' -o -type d -printf '%p %m\\n' \\)
    find / -xdev -maxdepth 1 -printf '%p %y %m\\n'
    find /srv /bricks 2>/dev/null
    find /var/lib/glusterd -type d -printf '%p %m\\n' -o -type f -exec sha256sum {} +
    systemctl list-unit-files --no-legend
    systemctl list-units --no-legend --plain '*gluster*.service'
    awk '{ print $5 }' /proc/self/mountinfo
    pgrep -a gluster
} 2>&1 | LC_ALL=C sort";

fn looks(cluster: &Cluster) -> BTreeMap<String, String> {
    cluster.on_each(&cluster.hosts(), |_| LOOK.to_owned())
}

fn is_as_before(cluster: &Cluster, before: &BTreeMap<String, String>) {
    for (host, now) in looks(cluster) {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let (before, now) = (lines(&before[&host]), lines(&now));
        let gone: Vec<_> = before.iter().filter(|line| !now.contains(line)).collect();
        let new: Vec<_> = now.iter().filter(|line| !before.contains(line)).collect();
        assert!(
            gone.is_empty() && new.is_empty(),
            "{host}: gone: {gone:#?}, new: {new:#?}"
        );
    }
}

/// Runs `destroy` with the right name.
fn destroy(cluster: &Cluster, arguments: &[&str]) -> Ran {
    let name = if arguments[0] == "--cluster" {
        cluster.name()
    } else {
        arguments[0]
    };
    cluster.run(&[&["destroy"], arguments, &["--confirm", name]].concat())
}

fn done(ran: &Ran) {
    assert_eq!(ran.status, 0, "{}", ran.stderr);
}

/// Runs `destroy --cluster --wipe`, and kills the program once a step with this title has ended.
fn killed_after(cluster: &Cluster, title: &str) {
    let inventory = cluster.write("killed.yaml", INVENTORY);
    let mut program = Command::new(PROGRAM)
        .args(["-o", "json", "-i"])
        .arg(inventory)
        .args([&format!("--lab={}", cluster.name()), "destroy", "--cluster", "--wipe"])
        .args(["--confirm", cluster.name()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let ended = format!("\"step\":\"{title}\"");
    let found = lines
        .map_while(Result::ok)
        .any(|line| line.contains("\"ended\"") && line.contains(&ended));
    program.kill().unwrap();
    program.wait().unwrap();
    assert!(found, "{title}");
}

#[test]
#[expect(clippy::too_many_lines, reason = "one case after the other, on one lab")]
fn lab_what_glusterctl_made_is_taken_away_again() {
    let cluster = Cluster::installed("destroy", INVENTORY);
    let on = |host: &str, command: &str| cluster.lab.must(host, command);
    for host in HOSTS {
        // The last lines have no end.
        on(
            host,
            "printf '127.0.0.1 localhost\\n192.0.2.1 theirs' >/etc/hosts; mkdir /srv/storage; \
             printf '# theirs\\n/dev/sr0 /media/cdrom iso9660 ro,noauto,nofail 0 0' >/etc/fstab; systemctl daemon-reload",
        );
    }
    // What apply installs here, destroy --purge takes away.
    on("kube3", "apt-get -q -y purge glusterfs-client");
    let before = looks(&cluster);
    let mut cases = Cases::default();
    cluster.apply();
    on("kube3", &format!("echo kept >{DATA}/file"));

    cases.case("a wrong name, no name, or --yes alone changes nothing", || {
        let ran = cluster.run(&["destroy", "--cluster", "--confirm", "gv0"]);
        assert_eq!(ran.status, 2, "{}", ran.stderr);
        let ran = cluster.run(&["destroy", "gv0", "--yes"]);
        assert_eq!(ran.status, 1, "{}", ran.stderr);
        let told = [
            "delete volume gv0",
            "deletes volume gv0",
            "--confirm gv0 (--yes is not enough)",
        ];
        assert!(told.iter().all(|words| ran.stderr.contains(words)), "{}", ran.stderr);
        assert_eq!(on("kube1", &format!("cat {DATA}/file")), "kept");
    });
    cases.case(
        "a mount that is used, or a volume of somebody else's, keeps everything",
        || {
            on(
                "kube3",
                &format!("systemd-run -q --unit=user --working-directory={DATA} sleep 1000"),
            );
            on(
                "kube1",
                "mkdir /root/theirs; gluster --mode=script volume create theirs kube1:/root/theirs force",
            );
            let ran = destroy(&cluster, &["--cluster"]);
            assert_eq!(ran.status, 1, "{}", ran.stderr);
            assert!(
                ran.stderr.contains("volume theirs does not have the mark"),
                "{}",
                ran.stderr
            );
            let ran = destroy(&cluster, &["gv0"]);
            assert_eq!(ran.status, 1, "{}", ran.stderr);
            assert!(ran.stderr.contains("(sleep) uses /srv/storage/data"), "{}", ran.stderr);
            assert_eq!(cluster.titles(), []);
            on("kube3", "systemctl stop user");
            on(
                "kube1",
                "gluster --mode=script volume delete theirs; rm -rf /root/theirs",
            );
        },
    );
    cases.case("a host that is down keeps everything", || {
        on(
            "kube3",
            "systemd-run -q --on-active=6 systemctl start ssh; systemctl stop ssh",
        );
        let ran = destroy(&cluster, &["--cluster"]);
        assert_eq!((ran.status, ran.errors().len()), (1, 1), "{}", ran.stderr);
        assert!(ran.error_of("kube3").contains("unreachable"), "{}", ran.stderr);
        until("ssh answers on kube3", LIMIT, || {
            let ssh = cluster.lab.ssh("kube3", "true");
            ssh.status.success().then_some(()).ok_or_else(String::new)
        });
        assert_eq!(on("kube1", &format!("cat {DATA}/file")), "kept");
    });
    cases.case(
        "without --wipe the files stay on the disks, and the hosts are as before",
        || {
            // Notes and marks of other operations go, too.
            done(&cluster.run(&["update", "kube3"]));
            on("kube3", "grep ' done$' /etc/glusterctl/rolling");
            on(
                "kube1",
                "date >/etc/glusterctl/maintenance; mkdir /etc/systemd/system/gluster-heal.service.d; \
                 echo '# Written by glusterctl maintenance enter' \
                 >/etc/systemd/system/gluster-heal.service.d/glusterctl-maintenance.conf",
            );
            let ran = destroy(&cluster, &["--cluster", "--purge"]);
            done(&ran);
            assert!(
                ran.stderr.contains("kube1: the file systems on /dev/vdb stay"),
                "{}",
                ran.stderr
            );
            is_as_before(&cluster, &before);
            assert_eq!(
                on("kube2", "mount /dev/vdb /mnt; cat /mnt/gv0/file; umount /mnt"),
                "kept"
            );
            let ran = destroy(&cluster, &["--cluster"]);
            assert!(ran.stderr.contains("Nothing to do"), "{}", ran.stderr);
        },
    );
    cases.case(
        "the files are neither used again nor lost, until they are wiped",
        || {
            let ran = cluster.run(&["apply"]);
            assert_eq!(ran.status, 1, "{}", ran.stderr);
            assert!(ran.stderr.contains("destroy gv0 --wipe deletes them"), "{}", ran.stderr);
            done(&destroy(&cluster, &["gv0", "--wipe"]));
            cluster.apply();
            cluster.shares(&cluster.hosts(), DATA);
        },
    );
    cases.case(
        "destroy goes on where it was killed, and another cluster on a host keeps its lines",
        || {
            on(
                "kube3",
                "printf '# BEGIN glusterctl other\\n# END glusterctl other\\n' >>/etc/hosts; \
             echo 'kube9:/x /x glusterfs noauto,x-glusterctl=other 0 0' >>/etc/fstab",
            );
            killed_after(&cluster, "delete volume gv0");
            killed_after(&cluster, "detach kube2");
            done(&destroy(&cluster, &["--cluster", "--wipe"]));
            on(
                "kube3",
                "grep other /etc/hosts && grep other /etc/fstab && [ -e /etc/systemd/system/gluster-mount@.service ]",
            );
            on("kube3", "sed -i /other/d /etc/hosts /etc/fstab");
            done(&destroy(&cluster, &["--cluster"]));
            // The line of the other cluster was below the last line that had no end.
            on("kube3", "truncate -s -1 /etc/hosts /etc/fstab");
            is_as_before(&cluster, &before);
            let discovered = cluster.run(&["discover"]).stdout;
            assert_eq!(discovered.matches(" yes").count(), 2, "{discovered}");
        },
    );
    cases.finish();
}
