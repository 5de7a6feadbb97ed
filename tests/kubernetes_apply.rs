//! `glusterctl kubernetes apply`: the kubectl commands that the program runs, and their order. The kubectl here is a fake.

#![allow(clippy::unwrap_used, reason = "helpers of tests are outside of #[test]")]

mod kubernetes_cases;

use kubernetes_cases::{FakeCluster, documents, failure, run, stdout};

const OPENSTACK: &str = "inventories/openstack.yaml";

fn calls(cluster: &FakeCluster) -> Vec<String> {
    cluster.read("calls").lines().map(str::to_owned).collect()
}

#[test]
fn nodes_are_labelled_manifests_applied_and_claims_waited_for() {
    let cluster = FakeCluster::new("v1.36.1", &["kube1", "kube2", "kube3", "worker4"]);
    let output = cluster.apply(OPENSTACK, &["--timeout", "7"]);
    assert!(stdout(&output).contains("PersistentVolumeClaim serverside-applied"));
    assert!(String::from_utf8_lossy(&output.stderr).contains("Every claim is bound."));
    assert_eq!(
        calls(&cluster),
        [
            "version -o json",
            "get nodes -o json",
            "label --overwrite nodes kube1 kube2 kube3 glusterctl/glusterfs-kube-gv0=mounted",
            "apply --server-side --field-manager=glusterctl-kube -f -",
            "wait --for=jsonpath={.status.phase}=Bound persistentvolumeclaim/glusterfs-kube-gv0 --namespace default \
             --timeout=7s",
        ]
    );
    // What is printed, without the examples.
    let printed = documents(&stdout(&run(OPENSTACK, &["--no-examples"])));
    assert_eq!(documents(&cluster.read("applied")), printed);
    cluster.apply(OPENSTACK, &["--examples"]);
    assert_eq!(
        documents(&cluster.read("applied")),
        documents(&stdout(&run(OPENSTACK, &[])))
    );
}

#[test]
fn the_clusters_own_version_counts_when_nobody_states_another() {
    let cluster = FakeCluster::new("v1.24.17+k3s1", &["kube1", "kube2", "kube3"]);
    cluster.apply(OPENSTACK, &["--context", "old"]);
    assert!(cluster.read("applied").contains("kind: Endpoints"));
    // The plugin mounts by itself: no label.
    assert!(!cluster.read("calls").contains("label"));
    let cluster = FakeCluster::new("v1.36.0", &["kube1"]);
    cluster.apply(OPENSTACK, &["--kube-version", "1.25"]);
    assert!(!cluster.read("calls").contains("version") && cluster.read("applied").contains("kind: Endpoints"));
    failure(
        &FakeCluster::new("v1.36.0", &[]).apply(OPENSTACK, &["--method", "glusterfs"]),
        2,
    );
}

#[test]
fn a_host_that_is_no_node_is_left_out_and_none_at_all_is_an_error() {
    let cluster = FakeCluster::new("v1.36.0", &["kube2", "worker-9.example"]);
    let output = cluster.apply("tests/inventories/awkward.yaml", &[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("kube1 mounts volume 0 and is no node"), "{said}");
    let calls = cluster.read("calls");
    assert!(calls.contains("nodes kube2 storagenode=mounted\n"), "{calls}");
    assert!(
        calls.contains("nodes worker-9.example kube2 glusterctl/zero=mounted\n"),
        "{calls}"
    );
    assert_eq!(calls.matches("wait ").count(), 4);
    let cluster = FakeCluster::new("v1.36.0", &["node-a"]);
    let message = failure(&cluster.apply(OPENSTACK, &[]), 1);
    assert!(
        message.contains("none of the hosts") && message.contains("node-a"),
        "{message}"
    );
    assert!(!cluster.read("calls").contains("apply"));
}

#[test]
fn a_claim_that_is_not_bound_in_time_is_an_error_that_says_where_to_look() {
    let cluster = FakeCluster::new("v1.36.0", &["kube1"]);
    cluster.put("unbound", "");
    let output = cluster.apply(OPENSTACK, &["--timeout", "1", "-q"]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("claim glusterfs-kube-gv0 in namespace default is not bound after 1 s"),
        "{message}"
    );
    assert!(
        message.contains("kubectl describe persistentvolumeclaim/glusterfs-kube-gv0"),
        "{message}"
    );
}

#[test]
fn a_kubectl_that_is_not_there_is_named() {
    let message = failure(&run(OPENSTACK, &["apply", "--kubectl", "/nonexistent/kubectl"]), 1);
    assert!(message.contains("running /nonexistent/kubectl version"), "{message}");
}
