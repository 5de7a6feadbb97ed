//! Bricks that share a process: glusterctl knows of each brick whether it runs.

use crate::support::cluster::{Cases, Cluster};

const INVENTORY: &str = "cluster: CLUSTER
defaults: {devices: [/dev/vdb]}
hosts:
  - {name: kube1, address: 198.51.100.11}
  - {name: kube2, address: 198.51.100.12}
volumes:
  - {name: gv0, replica: 2, mount: /data}
  - {name: gv1, replica: 2, mount: /more}
";

fn is_healthy(cluster: &Cluster) {
    cluster.heals();
    assert_eq!(cluster.titles(), Vec::<(String, String)>::new());
}

/// Kills the one process of all bricks of kube2; `status` says that both bricks are down.
fn kill(cluster: &Cluster) {
    let pids = cluster
        .lab
        .must("kube2", "pgrep -cx glusterfsd && pkill -KILL -x glusterfsd; sleep 1");
    assert_eq!(pids, "1", "the bricks share a process");
    let problems = cluster.health()["problems"].to_string();
    for volume in ["gv0", "gv1"] {
        let problem = format!("volume {volume}: brick kube2:/bricks/vdb/{volume} is not online");
        assert!(problems.contains(&problem), "{problems}");
    }
}

#[test]
#[ignore = "takes minutes: GLUSTERCTL_SOAK=1 tests/run"]
fn lab_bricks_that_share_a_process_are_seen_and_started() {
    let cluster = Cluster::installed("multiplex", INVENTORY);
    cluster.apply();
    cluster.install(&["kube2"]);
    let gluster = |words: &str| cluster.lab.must("kube1", &format!("gluster --mode=script {words}"));
    gluster("volume set all cluster.brick-multiplex on");
    for volume in ["gv0", "gv1"] {
        gluster(&format!("volume stop {volume}"));
        gluster(&format!("volume start {volume}"));
    }
    let mut cases = Cases::default();
    cases.case("running", || is_healthy(&cluster));
    cases.case("apply starts both bricks", || {
        kill(&cluster);
        cluster.apply();
        is_healthy(&cluster);
    });
    cases.case("boot starts both bricks", || {
        kill(&cluster);
        let said = cluster.lab.must("kube2", "glusterctl boot --timeout 60s");
        assert!(said.contains("bricks: all 2 bricks of this node run"), "{said}");
        is_healthy(&cluster);
    });
    cases.finish();
}
