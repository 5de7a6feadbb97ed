//! Nodes that lose power come back with their volume mounted, and with all written files.

use crate::support::blocks;
use crate::support::boot::{LIMIT, Tally, until};
use crate::support::cluster::Cluster;
use crate::support::soak;

const INVENTORY: &str = "cluster: CLUSTER
defaults: {devices: [/dev/vdb]}
hosts:
  - {name: kube1, address: 198.51.100.11}
  - {name: kube2, address: 198.51.100.12}
  - {name: kube3, address: 198.51.100.13}
volumes:
  - {name: gv0, replica: 3, mount: /data}
";
const ALL: [&str; 3] = ["kube1", "kube2", "kube3"];

/// The unit that docs/boot.md shows: it writes a line each time it is started.
fn service() -> String {
    blocks::blocks(include_str!("../../docs/boot.md"), "ini")[0].join("\n") + "\n"
}

/// The commands of docs/boot.md.
fn commands() -> Vec<&'static str> {
    let commands = blocks::commands(include_str!("../../docs/boot.md"));
    assert!(commands.len() >= 3);
    commands
}

#[test]
#[expect(clippy::too_many_lines, reason = "one test from its first step to its last")]
fn lab_boot_after_power_cuts_every_volume_is_mounted_and_no_write_is_lost() {
    let cluster = Cluster::installed("power", INVENTORY);
    cluster.apply();
    cluster.install(&["kube1"]);
    let mut tally = Tally::default();
    let mut back = |what: &str, hosts: &[&str]| {
        for time in cluster.mounted(hosts, LIMIT) {
            tally.add(what, time);
        }
    };

    cluster.write_steadily("kube1");
    for round in 0..soak().unwrap_or(2) {
        let name = ["kube2", "kube3"][round % 2];
        cluster.cut(&[name]);
        cluster.boot(&[name]);
        back("one node cut under a steady writer, until mounted", &[name]);
        cluster.heals();
    }
    cluster.has_written("kube1", 20);
    let (written, refused) = cluster.nothing_is_lost("kube1", &ALL);
    assert!(written > 20, "{written} written");

    let unit = "/etc/systemd/system/example.service";
    cluster.lab.must(
        "kube3",
        &format!("cat >{unit} <<'E'\n{}E\nsystemctl -q enable example", service()),
    );
    for round in 1..=soak().unwrap_or(2) {
        cluster.cut(&ALL);
        cluster.boot(&ALL);
        back("all nodes cut at once, until mounted", &ALL);
        // It wrote to the volume each time, and never before there was one.
        until("example.service", LIMIT, || {
            let lines = cluster.lab.must("kube1", "cat /data/example.log 2>/dev/null; :");
            match lines.lines().count() {
                count if count == round => Ok(()),
                count => {
                    let look = "systemctl status example gluster-mounted@data; tail -n 20 /var/log/glusterfs/data.log";
                    let said = cluster.lab.run("kube3", look).stdout;
                    let said = String::from_utf8_lossy(&said).into_owned();
                    Err(format!("started {count} of {round} times:\n{lines}\n{said}"))
                }
            }
        });
    }
    cluster.lab.must("kube3", "systemctl -q disable example");

    for round in 0..soak().unwrap_or(1) {
        let left = ALL[round % 3];
        let others: Vec<&str> = ALL.into_iter().filter(|name| *name != left).collect();
        cluster.cut(&others);
        cluster.boot(&others);
        back("all nodes but one cut, until mounted everywhere", &ALL);
    }

    for round in 0..soak().unwrap_or(1) {
        let off = ALL[(round + 2) % 3];
        let others: Vec<&str> = ALL.into_iter().filter(|name| *name != off).collect();
        cluster.cut(&ALL);
        cluster.boot(&others);
        back("all nodes cut, one left off, until mounted on the others", &others);
        // The client may see the second brick a moment after the mount.
        cluster.lab.must(
            others[0],
            "for try in $(seq 60); do echo within quorum >/data/quorum && sync /data/quorum && exit 0; sleep 0.5; done; exit 1",
        );
        cluster.boot(&[off]);
        back("the one left off, until mounted", &[off]);
        // Otherwise the next two may both be without what was written: Gluster does not show either's copy then.
        cluster.heals();
    }

    for _ in 0..soak().unwrap_or(1) {
        alone(&cluster);
        cluster.boot(&["kube2"]);
        back(
            "booted alone, until mounted once a second node was up",
            &["kube1", "kube2"],
        );
        cluster.boot(&["kube3"]);
        back("the third, until mounted", &["kube3"]);
    }
    tally.add("all healed at the end", cluster.heals());
    for command in commands() {
        cluster.lab.must("kube1", command);
    }
    // Nothing was changed by all of this.
    assert_eq!(cluster.titles(), Vec::<(String, String)>::new());
    tally.print(&format!(
        "{written} files written under power cuts, {refused} writes refused, none lost"
    ));
}

/// A node whose peers are off boots to the end, and nothing can be written where the volume belongs.
fn alone(cluster: &Cluster) {
    cluster.cut(&ALL);
    cluster.boot(&["kube1"]);
    // Degraded, in the moments between two attempts to mount; not starting, which would be a boot that waits.
    let finished = "timeout 60 systemctl is-system-running --wait | grep -x 'running\\|degraded'";
    cluster.lab.must("kube1", finished);
    assert!(!cluster.is_mounted("kube1", "/data"));
    let refused = cluster.lab.run("kube1", "findmnt -n /data || touch /data/file");
    assert!(!refused.status.success(), "{refused:?}");
    let boot = cluster.lab.run("kube1", "glusterctl boot --timeout 4s");
    let said = String::from_utf8_lossy(&boot.stderr).into_owned();
    assert_eq!(boot.status.code(), Some(1), "{said}");
    assert!(said.contains("peers: 0 of 2 peers connected; kube"), "{said}");
    assert!(!cluster.is_mounted("kube1", "/data"));
}
