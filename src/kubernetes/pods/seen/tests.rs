use serde_json::json;

use super::*;
use crate::inventory;

fn workload(path: &str, kind: Kind) -> Workload {
    let inventory = inventory::read(&std::fs::read_to_string(path).unwrap(), path).unwrap();
    Workload::of(&inventory, kind, None).unwrap()
}

fn daemon_set() -> Workload {
    workload("inventories/openstack.yaml", Kind::DaemonSet)
}

fn pod(name: &str, node: &str, revision: &str, status: &Value) -> Value {
    json!({
        "metadata": {
            "name": name, "uid": format!("uid-{name}"), "labels": {REVISION: revision},
            "ownerReferences": [{"uid": "set", "controller": true}],
        },
        "spec": {"nodeName": node},
        "status": status,
    })
}

fn ready() -> Value {
    json!({"conditions": [{"type": "Ready", "status": "True"}]})
}

fn said(pods: &[Value]) -> Said {
    let revision = |number: u8, hash: &str, owner: &str| {
        let metadata = json!({"labels": {REVISION: hash}, "ownerReferences": [{"uid": owner}]});
        json!({"metadata": metadata, "revision": number})
    };
    let workload = json!({
        "metadata": {"uid": "set", "generation": 4},
        "spec": {"updateStrategy": {"type": "OnDelete"}},
        "status": {"observedGeneration": 4},
    });
    Said {
        workload,
        pods: json!({"items": pods}),
        revisions: json!({"items": [
            revision(2, "new", "set"), revision(10, "newest", "set"), revision(3, "old", "set"), revision(11, "x", "other"),
        ]}),
    }
}

#[test]
fn the_newest_revision_is_the_workloads_own_with_the_highest_number_once_it_is_noted() {
    let mut said = said(&[]);
    let revision = |said: &Said| Seen::read(&daemon_set(), said).unwrap().revision;
    assert_eq!(revision(&said).as_deref(), Some("newest"));
    said.workload["metadata"]["generation"] = json!(5);
    assert_eq!(revision(&said), None);
    said.workload["spec"]["updateStrategy"]["type"] = json!("RollingUpdate");
    let why = Seen::read(&daemon_set(), &said).unwrap_err();
    assert!(why.contains("DaemonSet glusterfs-kube/glusterfs-kube has the update strategy RollingUpdate"));
}

#[test]
fn a_pod_is_found_by_its_node_or_by_its_name_and_others_are_refused() {
    let ends = {
        let mut pod = pod("b-1", "kube2", "old", &ready());
        pod["metadata"]["deletionTimestamp"] = json!("2026-01-02T03:04:05Z");
        pod
    };
    let mut of_another = pod("c", "kube3", "old", &ready());
    of_another["metadata"]["ownerReferences"][0]["uid"] = json!("other");
    let all = [
        ends,
        pod("b-2", "kube2", "newest", &ready()),
        pod("a", "kube1", "old", &ready()),
        of_another,
    ];
    let seen = Seen::read(&daemon_set(), &said(&all)).unwrap();
    let found: Vec<Option<(&str, &str)>> = seen
        .pods
        .iter()
        .map(|pod| pod.as_ref().map(|pod| (pod.name.as_str(), pod.revision.as_str())))
        .collect();
    assert_eq!(found, [Some(("a", "old")), Some(("b-2", "newest")), None]);
    let why = Seen::read(&daemon_set(), &said(&[pod("d", "kube9", "old", &ready())])).unwrap_err();
    assert!(
        why.starts_with("pod d is no host of this inventory: none is kube9"),
        "{why}"
    );

    let set = workload("inventories/stateful-set.yaml", Kind::StatefulSet);
    let mut said = said(&[pod("gluster-1", "anywhere", "gluster-5d", &ready())]);
    said.workload["status"]["updateRevision"] = json!("gluster-6f");
    let seen = Seen::read(&set, &said).unwrap();
    assert_eq!(seen.revision.as_deref(), Some("gluster-6f"));
    assert!(seen.pods[0].is_none() && seen.pods[1].is_some());
}

#[test]
fn why_a_pod_is_not_ready_is_said_in_the_words_of_kubernetes() {
    let state = |status: Value| State::of(&pod("a", "kube1", "old", &status));
    let not_ready =
        json!({"type": "Ready", "status": "False", "reason": "ContainersNotReady", "message": "unready: [g]"});
    assert_eq!(state(ready()), State::Ready);
    assert_eq!(
        state(json!({"conditions": [not_ready]})),
        State::NotReady("ContainersNotReady: unready: [g]".to_owned())
    );
    let waiting = json!({"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}});
    let pulling = |container: Value| {
        state(json!({"phase": "Pending", "conditions": [not_ready], "containerStatuses": [container]}))
    };
    let why = || "ImagePullBackOff: Back-off pulling image".to_owned();
    assert_eq!(
        pulling(json!({"state": waiting, "restartCount": 0, "lastState": {}})),
        State::Idle(why())
    );
    // What has run may have left something behind, or may run again.
    for (key, value) in [
        ("restartCount", json!(1)),
        ("lastState", json!({"terminated": {"exitCode": 1}})),
    ] {
        assert_eq!(pulling(json!({"state": waiting, key: value})), State::NotReady(why()));
    }
    let unscheduled =
        json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes"});
    assert_eq!(
        state(json!({"conditions": [unscheduled], "phase": "Pending"})),
        State::Idle("Unschedulable: 0/3 nodes".to_owned())
    );
    assert_eq!(
        state(json!({"phase": "Failed"})),
        State::NotReady("its phase is Failed".to_owned())
    );
}

#[test]
fn an_answer_is_yes_only_if_the_probe_says_so() {
    let read = |stdout, stderr| Answer::read(stdout, stderr);
    assert_eq!(read(r#"{"version": 1, "ok": true, "why": "w"}"#, ""), Answer::Yes);
    assert_eq!(
        read(r#"{"version": 1, "ok": false, "why": "w"}"#, "exit code 3"),
        Answer::No("w".to_owned())
    );
    assert_eq!(
        read("", "error: unrecognized subcommand 'ok-to-stop'\n"),
        Answer::TooOld
    );
    assert_eq!(
        read("", "error: unable to upgrade connection\n"),
        Answer::Silent("error: unable to upgrade connection".to_owned())
    );
    assert_eq!(read("", ""), Answer::Silent("the pod did not answer".to_owned()));
}
