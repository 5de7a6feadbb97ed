//! Clusters of other shapes on real hosts: six servers with two disks each, and odd names, paths and values.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::cluster::{Cluster, ended};

/// The bricks of a volume in Gluster's own order, as host and directory.
fn bricks(cluster: &Cluster, on: &str, volume: &str) -> Vec<(String, String)> {
    let info = cluster
        .lab
        .must(on, &format!("gluster --mode=script volume info {volume}"));
    let lines = info
        .lines()
        .filter(|line| line.starts_with("Brick") && line.contains(":/"));
    lines
        .map(|line| {
            let brick = line.split_whitespace().nth(1).unwrap();
            let (host, dir) = brick.split_once(':').unwrap();
            (host.to_owned(), dir.to_owned())
        })
        .collect()
}

fn nothing_to_do(cluster: &Cluster) {
    let again = cluster.run(&["apply"]);
    assert_eq!(again.status, 0);
    assert!(
        again
            .stderr
            .contains("Nothing to do: everything is as the inventory wants it"),
        "{}",
        again.stderr
    );
}

#[test]
#[ignore = "takes minutes: GLUSTERCTL_SOAK=1 tests/run"]
fn lab_six_hosts_with_two_disks_make_four_sets_of_three_on_different_hosts() {
    let text =
        include_str!("../../inventories/six-hosts-two-disks.yaml").replace("cluster: archive", "cluster: CLUSTER");
    let cluster = Cluster::installed("six", &text);
    cluster.apply();
    let info = cluster.lab.must("store5", "gluster --mode=script volume info gv0");
    for line in [
        "Type: Distributed-Replicate",
        "Status: Started",
        "Number of Bricks: 4 x 3 = 12",
    ] {
        assert!(info.contains(line), "{info}");
    }
    let bricks = bricks(&cluster, "store5", "gv0");
    let rack = |host: &String| {
        let mut hosts = cluster.inventory.hosts.iter();
        hosts
            .find(|other| other.name.as_str() == host)
            .unwrap()
            .zone
            .clone()
            .unwrap()
    };
    for set in bricks.chunks(3) {
        assert_eq!(
            set.iter().map(|(host, _)| host).collect::<BTreeSet<_>>().len(),
            3,
            "{set:?}"
        );
        assert_eq!(
            set.iter().map(|(host, _)| rack(host)).collect::<BTreeSet<_>>().len(),
            3,
            "{set:?}"
        );
    }
    assert_eq!(bricks.iter().collect::<BTreeSet<_>>().len(), 12);
    cluster.shares(&cluster.hosts(), "/srv/archive");
    // Every file is on three bricks, and all sets are used.
    cluster
        .lab
        .must("store1", "for n in $(seq 60); do echo $n >/srv/archive/n$n; done");
    let counts = cluster.on_each(&cluster.hosts(), |_| {
        "for brick in /bricks/*/gv0; do ls $brick | grep -c '^n' || :; done".to_owned()
    });
    let counts: Vec<usize> = counts
        .values()
        .flat_map(|lines| lines.lines())
        .map(|line| line.parse().unwrap())
        .collect();
    assert_eq!(counts.iter().sum::<usize>(), 180, "{counts:?}");
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    nothing_to_do(&cluster);
}

/// Device paths and mount points that systemd escapes, two volumes on the same devices, an arbiter, a client that only
/// mounts, and option values that a shell would run.
const ODD: &str = r#"
cluster: CLUSTER
defaults: {devices: [/dev/disk/by-id/virtio-brick0]}
hosts:
  - {name: kube1, address: 198.51.100.11}
  - {name: kube2, address: 198.51.100.12}
  - name: kube3
    address: 198.51.100.13
    devices: ["/dev/disk/by-path/pci-0000:00:04.0-scsi-0:0:0:1"]
  - {name: web1, address: 198.51.100.21, role: client}
volumes:
  - name: gv-0
    replica: 3
    arbiter: 1
    mount: {path: /mnt/gv-0, options: [noatime]}
    options:
      auth.allow: "198.51.100.*"
      user.note: "it's \"quoted\" $(touch /root/injected) `touch /root/injected` ; touch /root/injected \\ *"
      cluster.quorum-type: auto
      features.shard: on
  - {name: gv_1, replica: 3, mount: {path: /srv/a.b/c, on: clients}}
"#;

#[test]
fn lab_odd_names_paths_and_values_arrive_exactly() {
    let cluster = Cluster::up("odd", ODD);
    let lab = &cluster.lab;
    let planned = cluster.plan();
    let ran = ended(&cluster.apply());
    // The second volume's mount waits for nothing that could be seen only later: all of it was planned at once.
    assert_eq!(planned.len(), ran.len());

    let info = lab.must("kube1", "gluster --mode=script --xml volume info gv-0");
    assert!(info.contains("<arbiterCount>1</arbiterCount>"), "{info}");
    let value = cluster.inventory.volumes[0].options["user.note"].clone();
    let stored = lab.must("kube2", "sed -n 's/^user.note=//p' /var/lib/glusterd/vols/gv-0/info");
    assert_eq!(stored, value);
    for host in cluster.hosts() {
        assert!(!lab.run(&host, "test -e /root/injected").status.success(), "{host}");
    }
    let options: BTreeMap<&str, &str> = [
        ("auth.allow", "198.51.100.*"),
        ("cluster.quorum-type", "auto"),
        ("features.shard", "on"),
    ]
    .into();
    for (key, value) in options {
        let stored = lab.must(
            "kube3",
            &format!("sed -n 's/^{key}=//p' /var/lib/glusterd/vols/gv-0/info"),
        );
        assert_eq!(stored, value);
    }
    let dirs: BTreeSet<String> = bricks(&cluster, "kube1", "gv-0")
        .into_iter()
        .map(|(_, dir)| dir)
        .collect();
    // Gluster splits a brick at its last colon: the name of a brick has none.
    let by_path = "/bricks/pci-0000-00-04.0-scsi-0-0-0-1/gv-0";
    assert_eq!(dirs, [by_path, "/bricks/virtio-brick0/gv-0"].map(str::to_owned).into());
    cluster.shares(&cluster.hosts(), "/mnt/gv-0");
    assert!(cluster.is_mounted("web1", "/srv/a.b/c"));
    assert!(!cluster.is_mounted("kube1", "/srv/a.b/c"));
    // A client has the client and nothing else.
    let packages = lab.must(
        "web1",
        "dpkg-query -W -f '${Package} ${db:Status-Status}\\n' 'glusterfs*' | grep ' installed'",
    );
    assert!(
        packages.contains("glusterfs-client installed") && !packages.contains("glusterfs-server"),
        "{packages}"
    );
    assert_eq!(lab.must("web1", "ls -d /bricks 2>/dev/null || echo none"), "none");
    let line = lab.must("web1", "grep ' /srv/a.b/c ' /etc/fstab");
    assert!(
        line.starts_with("kube1:/gv_1 ") && line.contains("backup-volfile-servers=kube2:kube3"),
        "{line}"
    );
    nothing_to_do(&cluster);

    // The same words are found again when they are undone.
    lab.must("web1", "umount /srv/a.b/c; umount /mnt/gv-0");
    lab.must("kube2", "umount /mnt/gv-0");
    assert_eq!(ended(&cluster.apply()).len(), 3);
    cluster.shares(&cluster.hosts(), "/mnt/gv-0");
}
