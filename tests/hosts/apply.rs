//! `plan` and `apply` on three real hosts: from blank disks to a mounted volume, a second time, after somebody undid
//! a part, and through power cuts.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::cluster::{Cases, Cluster, ended, ended_titles, text};
use crate::support::{host, say};
use glusterctl::desired::brick_uuid;
use glusterctl::inventory::BrickName;
use glusterctl::inventory::names::HostName;

const INVENTORY: &str = "\
cluster: CLUSTER
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
  - {name: kube3, address: 198.51.100.13, devices: [/dev/vdb]}
volumes:
  - {name: gv0, replica: 3, mount: /data, options: {performance.cache-size: 64MB, network.ping-timeout: 10}}
";

/// Lines that no program would write like this: they stay, byte for byte.
const FOREIGN_FSTAB: &str =
    "# a comment\n\n\ttmpfs\t/srv/other   tmpfs nosuid,size=1m,noauto\t0  0 # \\040 $HOME `id`  \n";
const FOREIGN_HOSTS: &str = "# BEGIN something else\n198.51.100.200\tkube10  kube1.example # $(id)\n\n";

/// Everything that glusterctl writes on a host: what it is, when it was changed, and what is in it.
const MANAGED: &str = "for f in /etc/hosts /etc/fstab /etc/systemd/system/gluster-mount@.service \
     /etc/systemd/system/gluster-mounted@.service /etc/systemd/system/glusterd.service.d/glusterctl-bricks.conf \
     /etc/systemd/system/multi-user.target.wants /var/lib/glusterd/glusterd.info /var/lib/glusterd/peers/* \
     /var/lib/glusterd/vols/gv0/info /bricks/vdb /bricks/vdb/gv0 /data /var/lib/dpkg/status; do \
     stat -c '%n %i %y %z %a' $f; done; md5sum /etc/hosts /etc/fstab; ls /etc | md5sum; \
     systemctl show -p ActiveEnterTimestampMonotonic glusterd data.mount bricks-vdb.mount; \
     pgrep -a glusterfsd | cut -d' ' -f1";

fn outside_the_block(text: &str, name: &str) -> String {
    let (before, rest) = text.split_once(&format!("# BEGIN glusterctl {name}\n")).unwrap();
    let (_, after) = rest.split_once(&format!("# END glusterctl {name}\n")).unwrap();
    before.to_owned() + after
}

/// A file as it is, with white space at its ends.
fn read(cluster: &Cluster, host: &str, path: &str) -> String {
    String::from_utf8(cluster.lab.run(host, &format!("cat {path}")).stdout).unwrap()
}

struct Before {
    hosts: BTreeMap<String, String>,
    fstab: BTreeMap<String, String>,
}

/// The titles of steps that one host alone has to do.
fn on<'t>(host: &'t str, titles: &[&'t str]) -> Vec<(&'t str, &'t str)> {
    titles.iter().map(|title| (host, *title)).collect()
}

/// Something is undone by hand: `plan` shows what repairs it and nothing else, `apply` does that and nothing else, and
/// nothing that was written before is lost.
fn repair(cluster: &Cluster, before: &Before, undo: &[(&str, &str)], expected: &[(&str, &str)]) {
    for (host, command) in undo {
        cluster.lab.must(host, command);
    }
    let mut expected: Vec<(String, String)> = expected
        .iter()
        .map(|(host, title)| ((*host).to_owned(), (*title).to_owned()))
        .collect();
    expected.sort();
    let mut planned = cluster.titles();
    planned.sort();
    // What can be seen only later, planned later: then apply alone is compared.
    let mut done = ended_titles(&cluster.apply());
    // When apply looks again, a glusterd that was started may not have connected yet: then the peers are waited for.
    done.retain(|step| expected.contains(step) || step.1 != "wait until every peer is in the cluster");
    assert_eq!(done, expected, "what apply did");
    assert_eq!(planned, expected, "what plan showed");
    whole(cluster, before);
}

/// Everything is as it should be, and nothing foreign was touched.
fn whole(cluster: &Cluster, before: &Before) {
    const LOOK: &str = "cat /etc/hosts; echo @@@; cat /etc/fstab; echo @@@; cat /data/keep; \
         findmnt -n -o FSTYPE -M /data; findmnt -n -o FSTYPE -T /bricks/vdb/gv0; ls /var/lib/glusterd/peers | wc -l";
    for (host, seen) in cluster.on_each(&cluster.hosts(), |_| LOOK.to_owned()) {
        let parts: Vec<&str> = seen.split("@@@\n").collect();
        let [names, fstab, rest] = parts[..] else {
            panic!("{seen}")
        };
        // Among them: the brick is not on the root disk.
        assert_eq!(rest, "kept\nfuse.glusterfs\nxfs\n2", "{host}");
        assert_eq!(outside_the_block(names, cluster.name()), before.hosts[&host], "{host}");
        let foreign: String = fstab
            .split_inclusive('\n')
            .filter(|line| !line.contains(" /bricks/vdb ") && !line.contains(" /data "))
            .collect();
        assert_eq!(foreign, before.fstab[&host], "{host}");
        assert_eq!(
            fstab.lines().count(),
            before.fstab[&host].lines().count() + 2,
            "{fstab}"
        );
    }
    cluster.shares(&cluster.hosts(), "/data");
}

/// All bricks hold the same: what is written is on each of them, and nothing is left to heal.
fn healed(cluster: &Cluster) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let info = cluster.lab.must("kube1", "gluster --mode=script volume heal gv0 info");
        if info.matches("Number of entries: 0").count() == 3 {
            return;
        }
        assert!(Instant::now() < deadline, "{info}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn wait_until_mounted(cluster: &Cluster, limit: Duration) {
    let begun = Instant::now();
    for host in cluster.hosts() {
        while !cluster.is_mounted(&host, "/data") {
            assert!(begun.elapsed() < limit, "{host} has not mounted /data after {limit:?}");
            std::thread::sleep(Duration::from_millis(500));
        }
    }
    eprintln!("mounted everywhere after {:.1} s", begun.elapsed().as_secs_f64());
}

#[test]
#[expect(clippy::too_many_lines, reason = "one test from its first step to its last")]
fn lab_apply_makes_repairs_and_survives() {
    let cluster = Cluster::up("apply", INVENTORY);
    let hosts = cluster.hosts();
    let mut before = Before {
        hosts: BTreeMap::new(),
        fstab: BTreeMap::new(),
    };
    for host in &hosts {
        cluster
            .lab
            .must(host, &format!("printf %s '{FOREIGN_FSTAB}' >>/etc/fstab"));
        cluster
            .lab
            .must(host, &format!("printf %s '{FOREIGN_HOSTS}' >>/etc/hosts"));
        before.hosts.insert(host.clone(), read(&cluster, host, "/etc/hosts"));
        before.fstab.insert(host.clone(), read(&cluster, host, "/etc/fstab"));
    }
    let mut cases = Cases::default();

    cases.case("plan_shows_the_very_commands_that_apply_runs", || {
        assert_eq!(cluster.run(&["plan", "--exit-code"]).status, 3);
        let planned = cluster.plan();
        let events = cluster.apply();
        let ran = ended(&events);
        for host in &hosts {
            let of = |steps: &[(String, String, String)]| -> Vec<(String, String, String)> {
                steps.iter().filter(|(at, ..)| at == host).cloned().collect()
            };
            assert_eq!(of(&planned), of(&ran), "{host}");
        }
        assert_eq!(planned.len(), ran.len());
        let place = |title: &str| ran.iter().position(|(_, at, _)| at == title).unwrap();
        assert!(place("create volume gv0") < place("set performance.cache-size of volume gv0 to 64MB"));
        assert!(place("set performance.cache-size of volume gv0 to 64MB") < place("start volume gv0"));
    });
    for host in &hosts {
        assert!(
            cluster.is_mounted(host, "/data"),
            "without this nothing else makes sense"
        );
    }
    cluster.lab.must("kube1", "echo kept >/data/keep");
    cluster.lab.must("kube1", "head -c 3000000 /dev/urandom >/data/big");
    let sum = cluster.lab.must("kube1", "md5sum </data/big");

    cases.case("every_node_mounts_the_volume_and_shares_its_files", || {
        whole(&cluster, &before)
    });

    cases.case("every_server_knows_every_other_by_name_the_first_one_too", || {
        for host in &hosts {
            let list = cluster.lab.must(host, "gluster --mode=script pool list");
            let mut names: Vec<&str> = list
                .lines()
                .skip(1)
                .map(|line| line.split_whitespace().nth(1).unwrap())
                .collect();
            names.sort_unstable();
            let mut expected: Vec<&str> = hosts
                .iter()
                .filter(|other| *other != host)
                .map(String::as_str)
                .collect();
            expected.push("localhost");
            assert_eq!(names, expected, "{host}");
            assert!(
                !cluster
                    .lab
                    .must(host, "cat /var/lib/glusterd/peers/*")
                    .contains("198.51"),
                "{host}"
            );
        }
    });

    cases.case("the_volume_and_its_bricks_are_what_the_inventory_says", || {
        let info = cluster.lab.must("kube2", "gluster --mode=script volume info gv0");
        for line in ["Type: Replicate", "Status: Started", "Number of Bricks: 1 x 3 = 3"] {
            assert!(info.contains(line), "{info}");
        }
        for line in ["performance.cache-size: 64MB", "network.ping-timeout: 10"] {
            assert!(info.contains(line), "{info}");
        }
        for host in &cluster.inventory.hosts {
            let uuid = brick_uuid(
                &cluster.inventory.cluster,
                &host.name,
                &BrickName::parse("vdb").unwrap(),
            );
            let there = cluster
                .lab
                .must(host.name.as_str(), "blkid -p -s UUID -o value /dev/vdb");
            assert_eq!(there, uuid.to_string());
            let options = cluster
                .lab
                .must(host.name.as_str(), "findmnt -n -o OPTIONS -M /bricks/vdb");
            assert!(options.contains("noatime"), "{options}");
        }
    });

    cases.case("a_second_apply_changes_nothing_and_says_so", || {
        let look = || -> Vec<String> { hosts.iter().map(|host| cluster.lab.must(host, MANAGED)).collect() };
        let before = look();
        let directory = tempfile::tempdir().unwrap();
        let page = directory.path().join("apply.html");
        let again = cluster.run(&["apply", "--report", &page.display().to_string()]);
        assert_eq!((again.status, again.stdout.as_str()), (0, ""));
        let said: Vec<&str> = again.stderr.lines().collect();
        let nothing = "Nothing to do: everything is as the inventory wants it (";
        assert!(said[0].starts_with(nothing), "{}", again.stderr);
        assert_eq!(said[1..], [format!("wrote {}", page.display())]);
        let page = std::fs::read_to_string(page).unwrap();
        assert!(page.contains("nothing had to be changed"), "{page}");
        let names: Vec<String> = cluster.apply().iter().map(|event| text(&event["event"])).collect();
        assert_eq!(names, ["observing", "planned", "finished"]);
        let planned = cluster.run(&["plan", "--exit-code"]);
        assert_eq!(planned.status, 0);
        assert_eq!(
            planned.stdout,
            "Nothing to do: everything is as the inventory wants it.\n"
        );
        let quiet = cluster.run(&["-q", "apply"]);
        assert_eq!(
            (quiet.status, quiet.stdout.as_str(), quiet.stderr.as_str()),
            (0, "", "")
        );
        assert_eq!(look(), before);
    });

    const HOSTS: &str = "write the names of all 3 hosts to /etc/hosts";
    const CLOUD: &str = "write the names of all 3 hosts to /etc/cloud/templates/hosts.debian.tmpl";
    const MOUNT: &str = "mount volume gv0 at /data";
    const ANSWER: &str = "wait until volume gv0 answers at /data";
    const GLUSTERD: &str = "enable and start glusterd";
    const CHECK: &str = "check that /bricks/vdb/gv0 belongs to volume gv0";
    const BRICKS: &str = "start the bricks of volume gv0";
    const HEAL: &str = "start the heal of volume gv0";
    // Of each: what must hold, the host, what undoes it, and the step that repairs it.
    let together = |all: &[(&str, &str, &str, &str)]| {
        let names: Vec<&str> = all.iter().map(|(name, ..)| *name).collect();
        let undo: Vec<(&str, &str)> = all.iter().map(|(_, host, undo, _)| (*host, *undo)).collect();
        let expected: Vec<(&str, &str)> = all.iter().map(|(.., host, _, step)| (*host, *step)).collect();
        eprintln!("--- {}", names.join("\n    "));
        repair(&cluster, &before, &undo, &expected);
    };
    let mut undone = |name: &str, undo: &[(&str, &str)], expected: &[(&str, &str)]| {
        let repaired = || repair(&cluster, &before, undo, expected);
        if !cases.case(name, repaired) {
            // The next case begins from a whole cluster all the same.
            let _ = cluster.run(&["apply"]);
        }
    };

    undone(
        "cloud_init_does_not_take_the_names_away_at_boot",
        &[(
            "kube1",
            "mkdir -p /etc/cloud/templates && printf '## template:jinja\\n127.0.1.1 {{fqdn}} {{hostname}}' \
             >/etc/cloud/templates/hosts.debian.tmpl",
        )],
        &on("kube1", &[CLOUD]),
    );
    assert_eq!(
        cluster
            .lab
            .must("kube1", "head -n 3 /etc/cloud/templates/hosts.debian.tmpl"),
        format!(
            "## template:jinja\n127.0.1.1 {{{{fqdn}}}} {{{{hostname}}}}\n# BEGIN glusterctl {}",
            cluster.lab.name()
        )
    );
    // Whatever is undone by itself is repaired by itself: one plan and one apply for all.
    together(&[
        (
            "a_brick_line_gone_from_fstab_comes_back",
            "kube1",
            "sed -i '/ .bricks.vdb /d' /etc/fstab && systemctl daemon-reload",
            "write /bricks/vdb to /etc/fstab",
        ),
        (
            "a_volume_line_gone_from_fstab_comes_back",
            "kube2",
            "sed -i '/ .data /d' /etc/fstab && systemctl daemon-reload",
            "write /data to /etc/fstab",
        ),
        (
            "a_disabled_glusterd_is_enabled",
            "kube2",
            "systemctl disable glusterd",
            GLUSTERD,
        ),
        (
            "a_name_gone_from_etc_hosts_comes_back",
            "kube1",
            "sed -i '/ kube3$/d' /etc/hosts",
            HOSTS,
        ),
        (
            "the_block_gone_from_etc_hosts_comes_back",
            "kube2",
            "sed -i '/^# BEGIN glusterctl/,/^# END glusterctl/d' /etc/hosts",
            HOSTS,
        ),
        (
            "a_changed_unit_file_is_written_again",
            "kube1",
            "echo RestartSec=99 >>/etc/systemd/system/gluster-mount@.service; systemctl daemon-reload",
            "write /etc/systemd/system/gluster-mount@.service",
        ),
        (
            "a_mount_point_made_writable_is_made_immutable_again",
            "kube3",
            "unshare -m sh -c 'mount --bind / /tmp && chattr -i /tmp/data'",
            "make /data immutable below the mount",
        ),
        (
            "a_disabled_unit_is_enabled",
            "kube1",
            "systemctl disable gluster-mount@data.service",
            "enable gluster-mount@data.service",
        ),
        (
            "an_option_set_by_hand_is_set_back",
            "kube1",
            "gluster --mode=script volume set gv0 network.ping-timeout 42",
            "set network.ping-timeout of volume gv0 to 10",
        ),
        (
            "an_option_that_was_reset_is_set_again",
            "kube1",
            "gluster --mode=script volume reset gv0 performance.cache-size",
            "set performance.cache-size of volume gv0 to 64MB",
        ),
    ]);
    undone(
        "an_outdated_line_in_fstab_is_replaced",
        &[(
            "kube2",
            "sed -i '/ .data /s/noauto,//' /etc/fstab && systemctl daemon-reload",
        )],
        &on("kube2", &["write /data to /etc/fstab"]),
    );
    undone(
        "a_stopped_volume_is_started_and_nothing_is_remounted",
        &[("kube3", "gluster --mode=script volume stop gv0")],
        &[
            ("kube1", "start volume gv0"),
            ("kube1", ANSWER),
            ("kube2", ANSWER),
            ("kube3", ANSWER),
        ],
    );
    undone(
        "an_unmounted_volume_is_mounted",
        &[("kube3", "umount /data")],
        &on("kube3", &[MOUNT]),
    );
    undone(
        "a_failed_mount_unit_is_no_obstacle",
        &[(
            "kube3",
            "umount /data; mv /sbin/mount.glusterfs /root; for try in 1 2 3 4 5 6; do systemctl start data.mount; done; \
             mv /root/mount.glusterfs /sbin; systemctl is-failed data.mount",
        )],
        &on("kube3", &[MOUNT]),
    );
    undone(
        "a_dead_client_is_replaced",
        &[("kube2", "pkill -9 -f 'process-name fuse.* /data$'")],
        &on("kube2", &[MOUNT]),
    );
    // Whatever takes a brick down does so on the same host: clients come back to a brick some seconds after it started, and
    // another one that goes down before would leave them without a majority.
    undone(
        "a_killed_brick_process_is_started",
        &[("kube3", "pkill -9 glusterfsd")],
        &[("kube3", CHECK), ("kube3", HEAL), ("kube1", BRICKS)],
    );
    undone(
        "a_brick_that_lost_its_mount_comes_back_on_its_own_disk",
        &[(
            "kube3",
            // The service mounts bricks, too, for some time after a start of glusterd.
            "systemctl stop gluster-heal; pkill -9 glusterfsd; until umount /bricks/vdb; do sleep 0.1; done",
        )],
        &[
            ("kube3", "mount /dev/vdb at /bricks/vdb"),
            ("kube3", CHECK),
            ("kube3", HEAL),
            ("kube1", BRICKS),
        ],
    );
    undone(
        "a_stopped_glusterd_is_started",
        &[("kube3", "systemctl stop glusterd")],
        &on("kube3", &[GLUSTERD]),
    );
    undone(
        "an_interrupted_package_installation_is_finished",
        &[("kube2", "dpkg --unpack /var/cache/apt/archives/glusterfs-client_*.deb")],
        &on("kube2", &["finish the interrupted package installation"]),
    );
    undone(
        "a_purged_server_package_is_installed_and_its_brick_runs_again",
        &[(
            "kube3",
            "DEBIAN_FRONTEND=noninteractive apt-get -q -y purge glusterfs-server",
        )],
        &on("kube3", &["install glusterfs-server", GLUSTERD]),
    );
    undone(
        "state_deleted_below_a_running_glusterd_is_given_back",
        &[("kube3", "rm -rf /var/lib/glusterd")],
        &on("kube3", &["give glusterd its old identity back", GLUSTERD]),
    );

    cases.case("a_host_that_lost_all_of_gluster_gets_its_old_identity_back", || {
        let uuid = cluster.lab.must("kube3", "cat /var/lib/glusterd/glusterd.info");
        let undo =
            "export DEBIAN_FRONTEND=noninteractive; apt-get -q -y purge 'glusterfs*' && rm -rf /var/lib/glusterd";
        cluster.lab.must("kube3", undo);
        cluster
            .lab
            .must("kube1", "echo meanwhile >/data/meanwhile; md5sum </data/big");
        let planned = cluster.titles();
        assert_eq!(
            planned[0].1, "install glusterfs-server, glusterfs-client",
            "{planned:?}"
        );
        assert!(planned.iter().all(|(host, _)| host == "kube3"), "{planned:?}");
        cluster.apply();
        assert_eq!(cluster.lab.must("kube3", "cat /var/lib/glusterd/glusterd.info"), uuid);
        healed(&cluster);
        assert_eq!(cluster.lab.must("kube3", "cat /bricks/vdb/gv0/meanwhile"), "meanwhile");
        assert_eq!(cluster.lab.must("kube3", "md5sum </bricks/vdb/gv0/big"), sum);
        whole(&cluster, &before);
    });

    cases.case("a_damaged_block_in_etc_hosts_is_left_to_a_person", || {
        cluster.lab.must("kube2", "cp /etc/hosts /root/hosts; sed -i '/^# END glusterctl/d' /etc/hosts");
        let damaged = read(&cluster, "kube2", "/etc/hosts");
        let ran = cluster.run(&["apply"]);
        let left = read(&cluster, "kube2", "/etc/hosts");
        cluster.lab.must("kube2", "cp /root/hosts /etc/hosts");
        assert_eq!(ran.status, 1);
        let line = damaged.lines().position(|line| line.starts_with("# BEGIN glusterctl")).unwrap() + 1;
        let name = cluster.name();
        assert_eq!(
            ran.errors(),
            [format!(
                "kube2: /etc/hosts line {line}: \"# BEGIN glusterctl {name}\" and \"# END glusterctl {name}\" do not stand \
                 around one block\nremove both lines, and the lines between them, by hand"
            )]
        );
        assert_eq!(left, damaged);
        assert_eq!(cluster.titles(), []);
    });

    cases.case("files_below_a_bare_mount_point_are_not_hidden", || {
        cluster
            .lab
            .must("kube1", "umount /data && chattr -i /data && echo mine >/data/mine");
        let ran = cluster.run(&["apply"]);
        assert_eq!(ran.status, 1);
        assert_eq!(
            ran.error_of("kube1"),
            "kube1: /data holds files, which a mount would hide\n\
             move the files away, or choose another mount point in the inventory"
        );
        assert_eq!(cluster.lab.must("kube1", "cat /data/mine"), "mine");
        cluster.lab.must("kube1", "rm /data/mine && chattr +i /data");
        assert_eq!(ended_titles(&cluster.apply()).len(), 1);
    });

    cases.case("a_foreign_fstab_line_for_the_mount_point_is_refused", || {
        cluster.lab.must(
            "kube3",
            "umount /data; sed -i '/ .data /d' /etc/fstab; echo 'tmpfs /data tmpfs size=1m 0 0' >>/etc/fstab",
        );
        let fstab = read(&cluster, "kube3", "/etc/fstab");
        let ran = cluster.run(&["apply"]);
        assert_eq!(ran.status, 1);
        assert_eq!(
            ran.error_of("kube3"),
            "kube3: /etc/fstab mounts something else at /data: tmpfs /data tmpfs size=1m 0 0\n\
             choose another mount point in the inventory; or find out what the line mounts, and remove the line only if \
             nothing needs it"
        );
        assert_eq!(read(&cluster, "kube3", "/etc/fstab"), fstab);
        cluster.lab.must("kube3", "sed -i '/^tmpfs .data /d' /etc/fstab");
        assert_eq!(
            ended_titles(&cluster.apply()),
            [
                ("kube3".to_owned(), MOUNT.to_owned()),
                ("kube3".to_owned(), "write /data to /etc/fstab".to_owned())
            ]
        );
    });

    cases.case("after_a_power_cut_of_all_every_node_mounts_by_itself", || {
        let names: Vec<HostName> = hosts.iter().map(|name| host(name)).collect();
        cluster.lab.kill(&names, &say).unwrap();
        cluster.lab.start(&names, &say).unwrap();
        wait_until_mounted(&cluster, Duration::from_secs(60));
        cluster.settles();
        let again = cluster.run(&["apply"]);
        assert!(again.stderr.starts_with("Nothing to do"), "{}", again.stderr);
        whole(&cluster, &before);
    });

    cases.case("after_an_orderly_reboot_a_node_mounts_by_itself", || {
        cluster.lab.reboot(&[host("kube2")], &say).unwrap();
        wait_until_mounted(&cluster, Duration::from_secs(60));
        cluster.settles();
        let again = cluster.run(&["apply"]);
        assert!(again.stderr.starts_with("Nothing to do"), "{}", again.stderr);
        whole(&cluster, &before);
    });

    cases.case("apply_as_json_is_an_object_a_line_with_finished_last", || {
        cluster.lab.must("kube1", "umount /data");
        let events = cluster.apply();
        let names: Vec<String> = events.iter().map(|event| text(&event["event"])).collect();
        assert_eq!(
            names,
            [
                "observing",
                "planned",
                "started",
                "ended",
                "observing",
                "planned",
                "finished"
            ]
        );
        let finished = events.last().unwrap();
        assert_eq!(finished["done"], Value::Bool(true));
        assert_eq!(finished["changed"], 1);
        assert_eq!(finished["errors"], Value::Array(Vec::new()));
    });

    cases.case("off_a_terminal_there_are_plain_lines_on_standard_error_only", || {
        cluster.lab.must("kube1", "umount /data");
        let ran = cluster.run(&["apply"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (0, ""));
        assert!(
            !ran.stderr.contains('\x1b') && !ran.stderr.contains('\r'),
            "{:?}",
            ran.stderr
        );
        let mut lines = ran.stderr.lines();
        assert_eq!(
            lines.next(),
            Some("kube1: mount volume gv0 at /data (the volume is not mounted)")
        );
        assert!(
            lines
                .next()
                .unwrap()
                .starts_with("Done: 1 step on 1 host, observed again and proved, in ")
        );
        assert_eq!(lines.next(), None);
    });

    assert_eq!(cluster.lab.must("kube2", "md5sum </data/big"), sum);
    cases.finish();
}
