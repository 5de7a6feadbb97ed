//! `glusterctl kubernetes apply` against a stand-in for kubectl and the API server: what is looked at before anything
//! changes, what is refused, and what is said.

use serde_json::{Value, json};

use crate::support::documents;
use crate::support::kubernetes_cases::{
    NAME, OPENSTACK, StandIn, documents, failure, nothing_changed, openstack, path, run, said, stdout, with,
};

fn calls(cluster: &StandIn) -> Vec<String> {
    cluster.read("calls").lines().map(str::to_owned).collect()
}

#[test]
fn everything_is_looked_at_first_and_then_applied_and_waited_for() {
    let cluster = openstack();
    let output = cluster.apply(OPENSTACK, &["--timeout", "7"]);
    assert!(stdout(&output).contains("persistentvolumeclaim/glusterfs-kube-gv0 serverside-applied"));
    assert!(said(&output).contains("Every claim is bound."));
    assert_eq!(
        calls(&cluster),
        [
            "version -o json",
            "get --ignore-not-found -o json -f -",
            "get nodes -o json",
            "apply --server-side --field-manager=glusterctl-kube --dry-run=server -f -",
            "label nodes kube1 kube2 kube3 glusterctl/glusterfs-kube-gv0=mounted",
            "apply --server-side --field-manager=glusterctl-kube -f -",
            "get --ignore-not-found -o json -f -",
        ]
    );
    // What is printed, without the examples.
    let kinds = |documents: &[Value]| -> Vec<Value> { documents.iter().map(|one| one["kind"].clone()).collect() };
    let printed = documents(&stdout(&run(OPENSTACK, &[])));
    let made = &cluster.objects()[4..];
    assert_eq!(kinds(made), kinds(&printed));
    cluster.apply(OPENSTACK, &["--examples"]);
    assert_eq!(
        cluster.objects().len(),
        4 + documents(&stdout(&run(OPENSTACK, &["--examples"]))).len()
    );
}

#[test]
fn the_clusters_own_version_counts_and_a_version_that_makes_other_objects_is_refused() {
    let cluster = StandIn::new("v1.24.17+k3s1", &["kube1", "kube2", "kube3"]);
    stdout(&cluster.apply(OPENSTACK, &["--context", "old"]));
    assert_eq!(cluster.object("Endpoints", NAME)["kind"], "Endpoints");
    // The plugin mounts by itself: no label.
    assert!(!cluster.read("calls").contains("label"));
    let cluster = openstack();
    for (inventory, args) in [
        (OPENSTACK, &["--kube-version", "1.25"][..]),
        (path(&with("{version: \"1.25\"}")), &[]),
    ] {
        let message = failure(&cluster.apply(inventory, args), 2);
        assert!(
            message.contains(
                "Kubernetes 1.25 is stated, and this cluster is 1.36, which needs other objects (method local)"
            ),
            "{message}"
        );
    }
    // The same objects: said, and done.
    let output = cluster.apply(OPENSTACK, &["--kube-version", "1.30"]);
    stdout(&output);
    assert!(said(&output).contains("Kubernetes 1.30 is stated, and this cluster is 1.36; the objects are the same"));
    failure(&openstack().apply(OPENSTACK, &["--method", "glusterfs"]), 2);
}

#[test]
fn a_host_that_is_no_node_is_left_out_and_none_at_all_is_an_error() {
    let cluster = StandIn::new("v1.36.0", &["kube2", "worker-9.example"]);
    for name in ["team-a", "team-b"] {
        cluster.add(json!({"kind": "Namespace", "metadata": {"name": name}}));
    }
    let output = cluster.apply("tests/inventories/awkward.yaml", &[]);
    stdout(&output);
    let said = said(&output);
    assert!(said.contains("kube1 mounts volume 0 and is no node"), "{said}");
    let calls = cluster.read("calls");
    assert!(calls.contains("nodes kube2 storagenode=mounted\n"), "{calls}");
    assert!(
        calls.contains("nodes worker-9.example kube2 glusterctl/zero=mounted\n"),
        "{calls}"
    );
    let cluster = StandIn::new("v1.36.0", &["node-a"]);
    nothing_changed(
        &cluster,
        || cluster.apply(OPENSTACK, &[]),
        &["none of the hosts", "node-a"],
    );
}

#[test]
fn a_label_that_somebody_else_set_is_never_changed() {
    let inventory = with("{volumes: {gv0: {node_label: storagenode}}}");
    let cluster = openstack();
    cluster.change("Node", "kube2", |mut node| {
        node["metadata"]["labels"] = json!({"storagenode": "yes"});
        Some(node)
    });
    nothing_changed(
        &cluster,
        || cluster.apply(path(&inventory), &[]),
        &[
            "node kube2 has the label storagenode=yes already",
            "kubectl label node kube2 storagenode-",
        ],
    );
}

#[test]
fn labels_of_hosts_that_no_longer_mount_are_taken_off_and_labels_can_be_left_to_others() {
    let label = format!("glusterctl/{NAME}");
    let cluster = openstack();
    for node in ["worker4", "kube1"] {
        cluster.change("Node", node, |mut node| {
            node["metadata"]["labels"][&label] = json!("mounted");
            Some(node)
        });
    }
    let document: Value = serde_json::from_str(&stdout(&cluster.apply(OPENSTACK, &["-o", "json"]))).unwrap();
    documents::valid("kubernetes-apply", &document);
    assert_eq!(document["unlabelled"], json!([{"label": label, "nodes": ["worker4"]}]));
    assert_eq!(
        document["labelled"],
        json!([{"label": label, "nodes": ["kube2", "kube3"]}])
    );
    assert_eq!(
        document["bound"],
        json!([{"namespace": "default", "name": NAME, "volume": NAME}])
    );
    assert_eq!(
        document["applied"],
        json!([
            format!("persistentvolume/{NAME}"),
            format!("persistentvolumeclaim/{NAME}")
        ])
    );
    assert_eq!(cluster.object("Node", "worker4")["metadata"]["labels"], json!({}));
    // The operator's own label may be on nodes that the inventory knows nothing of.
    let inventory = with("{volumes: {gv0: {node_label: storagenode}}}");
    let cluster = openstack();
    cluster.change("Node", "worker4", |mut node| {
        node["metadata"]["labels"] = json!({"storagenode": "mounted"});
        Some(node)
    });
    stdout(&cluster.apply(path(&inventory), &[]));
    assert_eq!(
        cluster.object("Node", "worker4")["metadata"]["labels"]["storagenode"],
        "mounted"
    );
    // A user who may not touch nodes.
    let cluster = StandIn::new("v1.36.0", &[]);
    stdout(&cluster.apply(OPENSTACK, &["--skip-labels"]));
    assert!(!cluster.read("calls").contains("nodes"));
}

#[test]
fn an_object_of_somebody_else_is_refused_with_its_name_and_owner() {
    let service = |name: &str, metadata: Value| {
        let mut service = json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata,
            "spec": {"ports": [{"port": 80}]}});
        service["metadata"]["name"] = json!(name);
        service["metadata"]["namespace"] = json!("default");
        service
    };
    for (name, metadata, owner) in [
        (
            "webapp",
            json!({"labels": {"app.kubernetes.io/managed-by": "Helm"}}),
            "belongs to Helm",
        ),
        (
            "webapp",
            json!({"annotations": {"meta.helm.sh/release-name": "shop"}}),
            "the Helm release shop",
        ),
        (
            "kubernetes",
            json!({"labels": {"component": "apiserver"}}),
            "nothing in it says whose it is",
        ),
        (
            "webapp",
            json!({"labels": {"glusterctl/cluster": "other"}}),
            "for the Gluster cluster other",
        ),
    ] {
        let inventory = with(&format!("{{volumes: {{gv0: {{name: {name}}}}}}}"));
        let cluster = StandIn::new("v1.25.9", &["kube1"]);
        cluster.add(service(name, metadata));
        let words = [
            &format!("Service default/{name} exists already and was not made for the Gluster cluster kube"),
            owner,
            &format!("kubectl label service {name} --namespace default glusterctl/cluster=kube"),
        ];
        nothing_changed(&cluster, || cluster.apply(path(&inventory), &[]), &words);
    }
    // A namespace, which the provisioner would label.
    let inventory = with("{method: local-path-provisioner, volumes: {gv0: {name: kube-system}}}");
    let cluster = openstack();
    cluster.add(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system"}}));
    let words = ["Namespace kube-system exists already"];
    nothing_changed(&cluster, || cluster.apply(path(&inventory), &[]), &words);
    // Ours again.
    let cluster = openstack();
    for _ in 0..2 {
        stdout(&cluster.apply(OPENSTACK, &[]));
    }
}

#[test]
fn what_the_api_refuses_in_part_is_not_applied_in_part() {
    let cluster = openstack();
    stdout(&cluster.apply(OPENSTACK, &[]));
    let larger = with("{size: 2Gi}");
    nothing_changed(
        &cluster,
        || cluster.apply(path(&larger), &[]),
        &[
            "the API server refuses, and nothing was changed",
            "only dynamically provisioned pvc can be resized",
        ],
    );
    assert_eq!(
        cluster.object("PersistentVolume", NAME)["spec"]["capacity"]["storage"],
        "1Gi"
    );
    let elsewhere = with("{namespace: nowhere}");
    let cluster = openstack();
    nothing_changed(
        &cluster,
        || cluster.apply(path(&elsewhere), &[]),
        &["namespaces \"nowhere\" not found"],
    );
}

#[test]
fn what_was_applied_before_a_refusal_is_listed() {
    let cluster = openstack();
    cluster.put("refuse", "PersistentVolumeClaim");
    let output = cluster.apply(OPENSTACK, &[]);
    assert_eq!(output.status.code(), Some(1));
    let message = said(&output);
    for words in [
        "these objects were applied, and the others were not: persistentvolume/glusterfs-kube-gv0 serverside-applied",
        "exceeded quota",
    ] {
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn the_provisioners_new_namespace_does_not_stop_the_question() {
    let inventory = with("{method: local-path-provisioner}");
    let cluster = openstack();
    for _ in 0..2 {
        stdout(&cluster.apply(path(&inventory), &[]));
    }
    assert_eq!(cluster.object("Deployment", NAME)["kind"], "Deployment");
}

#[test]
fn a_claim_that_is_being_deleted_is_not_bound() {
    let cluster = openstack();
    stdout(&cluster.apply(OPENSTACK, &[]));
    cluster.change("PersistentVolumeClaim", NAME, |mut claim| {
        claim["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        Some(claim)
    });
    let words = ["PersistentVolumeClaim default/glusterfs-kube-gv0 is being deleted"];
    nothing_changed(&cluster, || cluster.apply(OPENSTACK, &[]), &words);
}

#[test]
fn every_claim_that_is_not_bound_in_time_is_named_with_its_last_event() {
    let inventory = with("{namespaces: [default, kube-system]}");
    let cluster = openstack();
    cluster.put("unbound", "");
    let output = cluster.apply(path(&inventory), &["--timeout", "1", "-q"]);
    assert_eq!(output.status.code(), Some(1));
    let message = said(&output);
    for namespace in ["default", "kube-system"] {
        for words in [
            format!("claim {namespace}/{NAME} is Pending: its last event is FailedBinding: no volume for {NAME}"),
            format!("kubectl describe persistentvolumeclaim/{NAME} --namespace {namespace}"),
        ] {
            assert!(message.contains(&words), "{words}: {message}");
        }
    }
}

#[test]
fn a_kubectl_that_is_not_there_is_named() {
    let message = failure(&run(OPENSTACK, &["apply", "--kubectl", "/nonexistent/kubectl"]), 1);
    let words = "there is no program /nonexistent/kubectl install kubectl, or name it with --kubectl";
    assert!(message.contains(words), "{message}");
}
