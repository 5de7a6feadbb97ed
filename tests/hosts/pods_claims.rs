//! The pods of a StatefulSet whose claims are file systems, which a kubelet makes and mounts.

use crate::support::boot::{Tally, until};
use crate::support::pods::{CLAIM, Kind, LIMIT, Pods, image};

use super::pods_names::{ALL, inventory, nodes};

fn mark(pods: &Pods, host: &str) -> String {
    pods.must(
        host,
        "getfattr -n trusted.glusterctl.brick --only-values /bricks/brick 2>/dev/null || :",
    )
}

#[test]
fn lab_pods_of_a_stateful_set_keep_bricks_on_file_systems_that_a_kubelet_mounts() {
    let cluster = nodes("podsclaims", &ALL);
    let text = inventory(&ALL, "replica: 3", "").replace("[/dev/brick]", "[{directory: /bricks/brick}]");
    let pods = Pods::of(&cluster, Kind::StatefulSet, &text);
    let mut tally = Tally::default();
    // One claim has a file of somebody else. One is XFS, the others are what a kubelet makes.
    image::programs(&cluster.lab, ALL[2], &["mkfs.xfs"]);
    cluster.lab.must(ALL[2], "mkfs.xfs -q /dev/vdb");
    pods.mount_claim(ALL[2]);
    cluster.lab.must(ALL[2], &format!("echo theirs >{CLAIM}/theirs"));
    ALL.iter().for_each(|host| pods.start(host));
    pods.says(
        ALL[2],
        "is no brick of this cluster and is not empty: it holds theirs",
        LIMIT,
    );
    let left = cluster.lab.must(ALL[2], &format!("ls -A {CLAIM}; cat {CLAIM}/theirs"));
    assert_eq!((left.as_str(), mark(&pods, ALL[2]).as_str()), ("theirs\ntheirs", ""));
    assert!(!pods.run(ALL[2], "mountpoint -q /var/lib/glusterd").status.success());
    cluster.lab.must(ALL[2], &format!("rm {CLAIM}/theirs"));
    tally.add("ready once the claim is empty", pods.all_ready());
    let kinds = ALL.map(|host| pods.must(host, "findmnt -n -o FSTYPE -M /bricks/brick"));
    assert_eq!(kinds, ["ext4", "ext4", "xfs"]);
    for host in ALL {
        assert_eq!(pods.must(host, "cat /run/glusterctl/fstab | grep -c bricks || :"), "0");
    }

    pods.write_steadily(ALL[0]);
    pods.kill(ALL[1]);
    pods.start(ALL[1]);
    tally.add("ready after all processes were killed", pods.ready(ALL[1]));
    tally.add("healed after that", pods.healed(ALL[0]));
    stops_and_leaves_the_claim(&pods, ALL[1]);
    pods.start(ALL[1]);
    tally.add("ready after it was stopped", pods.ready(ALL[1]));
    anothers_claim_is_refused(&pods);
    a_lost_claim_is_replaced(&pods, &mut tally);
    let (written, refused) = pods.nothing_is_lost(ALL[0]);
    pods.are_whole(ALL[0], ALL[1], "/bricks/brick/gv0");
    assert!(written > 20, "{written}");
    assert_eq!(refused, 0);
    tally.print(&format!("pods with file systems: {written} files whole in every pod"));
}

/// Nothing of the pod is left but what the kubelet mounted.
fn stops_and_leaves_the_claim(pods: &Pods, host: &str) {
    pods.stop(host);
    let log = pods.log(host);
    assert!(
        log.trim_end()
            .ends_with("stopped: no brick runs, and no brick and no volume is mounted"),
        "{log}"
    );
    let left = pods.cluster.lab.must(
        host,
        &format!("mountpoint -q {CLAIM} && ls {CLAIM}; pgrep -x glusterfsd || :"),
    );
    assert_eq!(
        left.split_whitespace()
            .filter(|name| *name != "lost+found")
            .collect::<Vec<_>>(),
        ["glusterd", "gv0"]
    );
}

/// A claim that is marked as the brick of another pod is not used, and no glusterd runs with the state on it.
fn anothers_claim_is_refused(pods: &Pods) {
    let host = ALL[1];
    let (own, other) = (mark(pods, host), mark(pods, ALL[0]));
    assert_ne!(own, other);
    let mark_as = |uuid: &str| {
        pods.must(
            host,
            &format!("setfattr -n trusted.glusterctl.brick -v {uuid} /bricks/brick && sync -f /bricks/brick"),
        )
    };
    mark_as(&other);
    pods.kill(host);
    pods.start(host);
    pods.says(host, &format!("holds the brick of /bricks/brick on {}", ALL[0]), LIMIT);
    let state = pods.run(host, "mountpoint -q /var/lib/glusterd || pgrep -x glusterd");
    assert!(!state.status.success());
    mark_as(&own);
    pods.ready(host);
}

/// With a new claim the pod is the same peer and no brick, until a person says that the old claim does not come back.
fn a_lost_claim_is_replaced(pods: &Pods, tally: &mut Tally) {
    let host = ALL[1];
    let peers = || pods.must(ALL[0], "gluster --mode=script pool list | awk '{ print $1 }' | sort");
    let before = peers();
    pods.kill(host);
    pods.cluster.lab.must(
        host,
        &format!("umount {CLAIM} && dd if=/dev/zero of=/dev/vdb bs=4M count=128 conv=fsync status=none"),
    );
    pods.start(host);
    until("the pod says how its brick is replaced", LIMIT, || {
        let log = pods.log(host);
        let is_told = log.contains(&format!("if it is lost: glusterctl replace {host}:brick"));
        is_told.then_some(()).ok_or(log)
    });
    let (ready, why) = pods.probe(host, "ready");
    assert!(!ready, "{why}");
    assert!(!pods.run(host, "test -e /bricks/brick/gv0").status.success());
    assert_eq!(peers(), before);
    let device = pods.run(
        host,
        &format!("glusterctl --yes replace {host}:brick --device /dev/vdb 2>&1"),
    );
    let said = String::from_utf8_lossy(&device.stdout).into_owned();
    assert!(
        !device.status.success() && said.contains("have an empty file system mounted there"),
        "{said}"
    );
    // A look of the node itself may hold the lock just now.
    until("the brick is replaced", LIMIT, || {
        let output = pods.run(host, &format!("glusterctl --yes replace {host} 2>&1"));
        match output.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&output.stdout).into_owned()),
        }
    });
    tally.add("ready after the claim was lost", pods.ready(host));
    tally.add("healed after that", pods.healed(ALL[0]));
    assert_eq!(peers(), before);
}
