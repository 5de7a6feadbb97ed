//! Volumes of every type on three hosts, with a writer that goes on while hosts lose their power.

use std::time::Duration;

use crate::support::boot::{LIMIT, until};
use crate::support::cluster::{Cases, Cluster};
use glusterctl::scripts::{RESTORE_FILES, Text};

const ALL: [&str; 3] = ["kube1", "kube2", "kube3"];

const VOLUMES: [&str; 6] = ["safe", "lean", "wide", "vast", "images", "cache"];

/// The volumes that keep all files while one host is down.
const REDUNDANT: [&str; 4] = ["safe", "lean", "wide", "vast"];

/// The example inventory. A client gives up a host that went silent after the ping-timeout, which is long by default.
fn inventory() -> String {
    include_str!("../../inventories/every-type.yaml")
        .replace("cluster: types", "cluster: CLUSTER")
        .replace(" mount:", " options: {network.ping-timeout: 5}, mount:")
}

fn nothing_to_do(cluster: &Cluster) {
    let again = cluster.run(&["apply"]);
    assert_eq!(again.status, 0, "{}", again.stderr);
    assert!(again.stderr.contains("Nothing to do"), "{}", again.stderr);
}

/// Starts a writer on kube1: each file is on stable storage before its checksum is noted, by volume.
fn write_steadily(cluster: &Cluster) {
    let writer = "#!/bin/sh
i=0
while :; do
    i=$((i + 1))
    for volume in safe lean wide vast images cache; do
        head -c 30000 /dev/urandom >/root/part
        sum=$(sha256sum </root/part)
        dd if=/root/part of=/srv/$volume/file$i bs=8k conv=fsync status=none || continue
        echo \"${sum%% *}  /srv/$volume/file$i\" >>/root/sums.$volume
    done
    sleep 1
done
";
    let command = format!(
        "cat >/root/writer <<'END'\n{writer}END\nchmod +x /root/writer && systemd-run -q --unit=writer /root/writer"
    );
    cluster.lab.must("kube1", &command);
}

/// Reads every file of these volumes through the mounts of a host, and compares the checksums; returns the number of files.
fn intact(cluster: &Cluster, on: &str, volumes: &[&str]) -> usize {
    let lists: Vec<String> = volumes.iter().map(|volume| format!("/root/sums.{volume}")).collect();
    let sums = cluster.lab.must("kube1", &format!("cat {}", lists.join(" ")));
    let check = format!("sha256sum --quiet -c - <<'END'\n{sums}\nEND");
    let output = cluster.lab.run(on, &check);
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{on}: {}", String::from_utf8_lossy(&said));
    sums.lines().count()
}

/// Waits as a program on these hosts would: a mount answers before all of its bricks are connected, and until then a file on
/// one brick only is missing.
fn mounted(cluster: &Cluster, hosts: &[&str]) {
    let units = VOLUMES.map(|volume| format!("gluster-mounted@srv-{volume}.service"));
    let start = format!("systemctl start {}", units.join(" "));
    for name in hosts {
        until(&format!("{name}: all volumes are mounted"), LIMIT, || {
            let output = cluster.lab.run(name, &start);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            output.status.success().then_some(()).ok_or(said)
        });
    }
}

/// The types, in the words of `status` and of Gluster, and the options that follow from the inventory's keys.
fn are_as_wished(cluster: &Cluster) {
    let shown = cluster.run(&["status"]).stdout;
    for wanted in [
        "Distributed-Replicate 2 × 3",
        "Replicate 1 × (2 + 1)",
        "Disperse 1 × (2 + 1)",
        "Disperse 1 × (4 + 2)",
        "Replicate 1 × 2",
        "Distribute 6",
    ] {
        assert!(shown.contains(wanted), "{wanted}\n{shown}");
    }
    let told = cluster.lab.must("kube2", "gluster --mode=script volume info all");
    for wanted in [
        "Type: Distributed-Replicate",
        "Number of Bricks: 1 x (2 + 1) = 3",
        "Number of Bricks: 1 x (4 + 2) = 6",
        "Type: Distribute\n",
        "features.shard: on",
        "auth.allow: 198.51.100.11,198.51.100.12,198.51.100.13",
    ] {
        assert!(told.contains(wanted), "{wanted}\n{told}");
    }
    let ping = cluster
        .lab
        .must("kube2", "gluster volume get images network.ping-timeout");
    assert!(
        ping.contains(" 5"),
        "the operator's options are over the profile's: {ping}"
    );
    nothing_to_do(cluster);
}

fn keep_their_files(cluster: &Cluster) {
    write_steadily(cluster);
    let begun = until("files are written", Duration::from_secs(30), || {
        let lines = cluster.lab.must("kube1", "cat /root/sums.cache 2>/dev/null | wc -l");
        lines.parse::<usize>().ok().filter(|count| *count > 5).ok_or(lines)
    });
    // With kube3, a set of six coded parts loses two of them.
    cluster.cut(&["kube3"]);
    let while_down = intact(cluster, "kube1", &REDUNDANT);
    assert!(while_down >= begun, "{while_down}");
    cluster.boot(&["kube3"]);
    mounted(cluster, &["kube3"]);
    cluster.heals();

    cluster.cut(&ALL);
    cluster.boot(&ALL);
    mounted(cluster, &ALL);
    let files: Vec<usize> = ALL.iter().map(|name| intact(cluster, name, &VOLUMES)).collect();
    assert!(
        files[0] > while_down && files.iter().all(|count| *count == files[0]),
        "{files:?}"
    );
    cluster.heals();
    nothing_to_do(cluster);
}

/// `snapshot restore` copies from a mounted snapshot to its mounted volume; the kernel may have no snapshots, so that here two
/// volumes are mounted. The volume that is copied from has each file on one brick: files vanish from it with a brick.
fn files_are_copied_between_mounts_unless_a_brick_is_missing(cluster: &Cluster) {
    let lab = &cluster.lab;
    let prepare = r#"
mkdir -p /run/from /run/to
mount -t glusterfs -o acl localhost:/cache /run/from
mount -t glusterfs -o acl localhost:/vast /run/to
mkdir -p /run/from/kept/deep "/run/from/kept/odd *[x]" /run/to/kept/newer
cd /run/from/kept
for i in $(seq 12); do head -c 5000 /dev/urandom >file$i; done
ln file1 deep/hard && ln -s ../file2 deep/soft && chown 1234:99 file3 && chmod 4711 file4 && truncate -s 3M sparse
setfattr -n user.a -v 1 file5 && cp file6 /run/to/kept/ && echo newer >/run/to/kept/file7 && echo newer >/run/to/kept/newer/file
"#;
    lab.must("kube1", prepare);
    let copy = |path: &str| {
        let script = Text::default().then(&[&RESTORE_FILES], &[("pools", "")]);
        let script = script.command(&format!("restore_files copy /run/from /run/to {path}"));
        lab.run(
            "kube1",
            &format!("sh -eu <<'END_OF_SCRIPT'\n{}\nEND_OF_SCRIPT", script.end()),
        )
    };
    let tree = |at: &str| {
        let find = "find . -printf '%p %y %m %U:%G %l %T@\\n' | sort; find . -type f | sort | xargs -d '\\n' sha256sum; \
                    find . -samefile file1 | sort; getfattr -d file5";
        lab.must("kube1", &format!("cd {at}/kept && {find}"))
    };
    let copied = copy("/kept");
    assert!(copied.status.success(), "{copied:?}");
    let said = String::from_utf8(copied.stdout).unwrap();
    assert!(
        said.contains("~ file7\n") && said.contains("- newer/file\n") && said.contains("2 go ("),
        "{said}"
    );
    assert_eq!(tree("/run/to"), tree("/run/from"));
    let again = String::from_utf8(copy("/kept").stdout).unwrap();
    assert!(
        again.starts_with("0 are missing, 0 have other content, 0 have other attributes, 0 go ("),
        "{again}"
    );
    let before = tree("/run/to");
    lab.must("kube2", "kill -9 $(cat /run/gluster/vols/cache/kube2-*.pid)");
    until("kube1 sees that the bricks of kube2 are gone", LIMIT, || {
        let left = lab.must("kube1", "ls /run/from/kept | wc -l");
        (left != "15").then_some(()).ok_or(left)
    });
    let refused = copy("/kept");
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        !refused.status.success() && said.contains("is not connected to a brick (cache-client-"),
        "{said}"
    );
    assert_eq!(tree("/run/to"), before);
    lab.must(
        "kube1",
        "umount /run/from /run/to && rmdir /run/from /run/to && gluster --mode=script volume start cache force",
    );
}

fn without_its_profile_a_volume_has_glusters_defaults(cluster: &Cluster) {
    let plain = cluster.write("plain.yaml", &inventory().replace("profile: virt, ", ""));
    let lab = format!("--lab={}", cluster.name());
    assert_eq!(cluster.run_with(&plain, &[&lab, "apply"]).status, 0);
    let told = cluster.lab.must("kube2", "gluster --mode=script volume info images");
    assert!(
        !told.contains("features.shard") && told.contains("network.ping-timeout: 5"),
        "{told}"
    );
    let again = cluster.run_with(&plain, &[&lab, "apply"]);
    assert!(again.stderr.contains("Nothing to do"), "{}", again.stderr);
}

fn gluster_says_why_an_option_cannot_be(cluster: &Cluster) {
    let wrong =
        inventory()
            .replace("profile: virt, ", "")
            .replacen("options: {", "options: {performance.nope: on, ", 1);
    let wrong = cluster.write("wrong.yaml", &wrong);
    let refused = cluster.run_with(&wrong, &[&format!("--lab={}", cluster.name()), "apply"]);
    assert_eq!(refused.status, 1, "{}", refused.stderr);
    for words in [
        "set performance.nope of volume safe to on",
        "option : performance.nope does not exist",
    ] {
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }
}

#[test]
fn lab_types_of_volumes_keep_their_files_through_power_cuts() {
    let cluster = Cluster::installed("types", &inventory());
    cluster.apply();
    let mut cases = Cases::default();
    cases.case("types and options are as wished", || are_as_wished(&cluster));
    cases.case("files are kept", || keep_their_files(&cluster));
    cases.case("files are copied between mounts", || {
        files_are_copied_between_mounts_unless_a_brick_is_missing(&cluster);
    });
    cases.case("the profile goes", || {
        without_its_profile_a_volume_has_glusters_defaults(&cluster);
    });
    cases.case("an option is refused", || {
        gluster_says_why_an_option_cannot_be(&cluster)
    });
    cases.finish();
}
