//! `glusterctl kubernetes update` against stand-ins for kubectl and for the controllers behind it: which pods are deleted, in which
//! order, after which answers, and what is said when it cannot go on.

use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::documents;
use crate::support::kubernetes_cases::{OPENSTACK, StandIn, command, failure, run, said, stdout};

const SET: &str = "inventories/stateful-set.yaml";
const OF_SET: &[&str] = &["--kind", "stateful-set"];

/// Pods that are hosts, and a directory for records.
struct Pods {
    cluster: StandIn,
    inventory: &'static str,
    kind: &'static [&'static str],
    place: tempfile::TempDir,
}

impl Pods {
    /// Pods of a `DaemonSet` that are ready, made from the newest template.
    fn new() -> Self {
        Self::of(OPENSTACK, &[])
    }

    fn of(inventory: &'static str, kind: &'static [&'static str]) -> Self {
        let pods = Pods {
            cluster: StandIn::new("v1.36.1", &["kube1", "kube2", "kube3"]),
            inventory,
            kind,
            place: tempfile::tempdir().unwrap(),
        };
        pods.template("1");
        pods.settle();
        pods
    }

    /// The same, and then the template has changed.
    fn old() -> Self {
        let pods = Self::new();
        pods.template("2");
        pods
    }

    /// Applies the manifests with another image.
    fn template(&self, tag: &str) {
        let image = format!("registry.example/glusterfs:{tag}");
        let disk: &[&str] = match self.kind {
            [] => &[],
            _ => &["--size", "1Gi", "--provisioner", "x.example"],
        };
        let print = [&["pods", "-o", "json", "--image", &image], self.kind, disk].concat();
        let file = self.place.path().join("manifests.json");
        std::fs::write(&file, stdout(&run(self.inventory, &print))).unwrap();
        let apply = [
            "apply",
            "--server-side",
            "--field-manager=x",
            "-f",
            file.to_str().unwrap(),
        ];
        let output = self.cluster.kubectl(&apply);
        assert!(output.status.success(), "{output:?}");
    }

    /// Waits until the pods are ready, and forgets how kubectl was called.
    fn settle(&self) {
        let wait = [
            "wait",
            "pod",
            "-l",
            "glusterctl/pods=glusterfs-kube",
            "--for=condition=Ready",
        ];
        assert!(self.cluster.kubectl(&wait).status.success());
        self.cluster.put("calls", "");
    }

    fn command(&self, args: &[&str]) -> Command {
        let first = [&["update", "--kubectl", StandIn::program()], self.kind, args].concat();
        let mut command = command(self.inventory, &first);
        command
            .env("STAND_IN", self.cluster.directory())
            .env("XDG_STATE_HOME", self.place.path())
            .env_remove("GLUSTERCTL_LAB")
            .stdin(Stdio::null());
        command
    }

    fn update(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// The pods, in the order of the places: name, uid, and the image that each was made from.
    fn pods(&self) -> Vec<(String, String, String)> {
        let objects = self.cluster.objects();
        let pods = objects.iter().filter(|object| object["kind"] == "Pod");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut pods: Vec<_> = pods
            .map(|pod| {
                let (metadata, image) = (&pod["metadata"], &pod["spec"]["containers"][0]["image"]);
                let told = (text(&metadata["name"]), text(&metadata["uid"]), text(image));
                (text(&pod["spec"]["nodeName"]), told)
            })
            .collect();
        pods.sort();
        pods.into_iter().map(|(_, told)| told).collect()
    }

    /// The tags of the images of the pods.
    fn tags(&self) -> Vec<String> {
        let pods = self.pods().into_iter();
        pods.map(|(_, _, image)| image.rsplit(':').next().unwrap().to_owned())
            .collect()
    }

    /// Which pods were asked (`exec NAME`) and deleted (`delete NAME`), in order.
    fn acts(&self) -> Vec<String> {
        let calls = self.cluster.read("calls");
        let acts = calls.lines().filter_map(|line| {
            let mut words = line.split(' ').filter(|word| !word.starts_with("--context="));
            match words.next()? {
                "exec" => Some(format!("exec {}", words.next()?)),
                "delete" => Some(format!("delete {}", words.nth(1)?)),
                _ => None,
            }
        });
        acts.collect()
    }

    /// Somebody deletes a pod, and another is made and ready.
    fn delete_by_hand(&self, at: usize) {
        let name = &self.pods()[at].0;
        let delete = ["delete", "pod", name, "--namespace", "glusterfs-kube", "--wait=false"];
        assert!(self.cluster.kubectl(&delete).status.success());
        // The stand-in's pods change when they are looked at.
        let list = [
            "get",
            "pods",
            "--namespace",
            "glusterfs-kube",
            "--selector",
            "a=b",
            "-o",
            "json",
        ];
        assert!(self.cluster.kubectl(&list).status.success());
        self.settle();
    }

    /// The record of the last run.
    fn log(&self) -> String {
        let mut log = Command::new(env!("CARGO_BIN_EXE_glusterctl"));
        log.args(["log", "last"]).env("XDG_STATE_HOME", self.place.path());
        stdout(&log.output().unwrap())
    }

    fn deleted(&self) -> usize {
        self.acts().iter().filter(|act| act.starts_with("delete ")).count()
    }

    /// What the pods at places answer to `node ok-to-stop`, so many times.
    fn answers(&self, answers: &Value) {
        self.cluster.put("answers.json", &answers.to_string());
    }

    /// A script that runs before pods are listed.
    fn on_get_pods(&self, script: &str) {
        self.cluster
            .put("on-get-pods", &format!("#!/bin/sh\ncd \"$STAND_IN\"\n{script}\n"));
        let file = self.cluster.directory().join("on-get-pods");
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A run that goes on until the stand-in was called with these words.
    fn until(&self, args: &[&str], words: &str) -> Child {
        let mut command = self.command(args);
        let running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let begun = Instant::now();
        while !self.cluster.read("calls").contains(words) {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "{}",
                self.cluster.read("calls")
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        running
    }
}

fn interrupt(running: &Child) {
    let kill = Command::new("kill").args(["-INT", &running.id().to_string()]).status();
    assert!(kill.unwrap().success());
}

fn contains(message: &str, words: &[&str]) {
    assert!(words.iter().all(|word| message.contains(word)), "{words:?}: {message}");
}

#[test]
fn old_pods_are_deleted_one_by_one_each_asked_before_and_after_and_others_are_left_alone() {
    let pods = Pods::old();
    pods.delete_by_hand(0);
    assert_eq!(pods.tags(), ["2", "1", "1"]);
    let before = pods.pods();
    let output = pods.update(&["--yes", "--context", "here"]);
    let said = said(&output);
    assert_eq!(stdout(&output), "");
    assert_eq!(pods.tags(), ["2", "2", "2"]);
    let after = pods.pods();
    assert_eq!(before[0], after[0]);
    assert!(before[1].1 != after[1].1 && before[2].1 != after[2].1);
    let ask = |pod: &(String, String, String)| format!("exec {}", pod.0);
    let delete = |pod: &(String, String, String)| format!("delete {}", pod.0);
    assert_eq!(
        pods.acts(),
        [
            ask(&before[1]),
            delete(&before[1]),
            ask(&after[1]),
            ask(&before[2]),
            delete(&before[2]),
            ask(&after[2])
        ]
    );
    let calls = pods.cluster.read("calls");
    assert!(calls.lines().all(|line| line.starts_with("--context=here ")), "{calls}");
    contains(
        &said,
        &[
            &format!("1. kube2: delete pod {}, wait for the new one, and heal", before[1].0),
            ", the newest is ",
            &format!(
                "kube3: delete pod {}, wait for the new one, and heal (its template is",
                before[2].0
            ),
            "Done: 2 pods made anew and healed, one after the other",
        ],
    );
    contains(&pods.log(), &[&format!("delete pod {}", before[1].0)]);
}

#[test]
fn only_the_pods_of_the_named_hosts_are_made_anew() {
    let pods = Pods::old();
    stdout(&pods.update(&["--yes", "kube2"]));
    assert_eq!(pods.tags(), ["1", "2", "1"]);
    let said = said(&pods.update(&["kube2"]));
    contains(
        &said,
        &["Nothing to do: of kube2 every pod is made from the newest template, "],
    );
    contains(
        &failure(&pods.update(&["kube7"]), 2),
        &["\"kube7\" is no host of the inventory"],
    );
    assert_eq!(pods.deleted(), 1);
}

#[test]
fn nothing_is_done_while_every_pod_is_made_from_the_newest_template() {
    let pods = Pods::new();
    let before = pods.pods();
    let said = said(&pods.update(&[]));
    contains(&said, &["Nothing to do: every pod is made from the newest template, "]);
    contains(
        &stdout(&pods.update(&["--preview"])),
        &["Nothing to do: every pod is made from the newest template, "],
    );
    assert_eq!(pods.pods(), before);
    assert_eq!(pods.acts(), [""; 0]);
}

#[test]
fn the_plan_is_shown_and_nothing_is_deleted_without_consent() {
    let pods = Pods::old();
    let before = pods.pods();
    let message = failure(&pods.update(&[]), 1);
    contains(
        &message,
        &[
            &format!("3. kube3: delete pod {}", before[2].0),
            "stops the bricks of host kube1, host kube2, host kube3, one after the other, and nobody agreed to that",
            "look with --preview, then add --yes",
        ],
    );
    let shown = stdout(&pods.update(&["--preview"]));
    contains(&shown, &[&format!("1. kube1: delete pod {}", before[0].0)]);
    let plan: Value = serde_json::from_str(&stdout(&pods.update(&["--preview", "-o", "json"]))).unwrap();
    documents::valid("plan", &plan);
    let first = plan["steps"][0]["command"].as_str().unwrap();
    let wanted = format!("delete pod {} --namespace glusterfs-kube --wait=false", before[0].0);
    assert!(first.ends_with(&wanted), "{first}");
    assert_eq!(pods.pods(), before);
    assert_eq!(pods.acts(), [""; 0]);
}

#[test]
fn a_pod_that_does_not_become_ready_stops_the_update_and_the_next_run_carries_on() {
    let pods = Pods::old();
    pods.cluster
        .put("unready", "kube2 CrashLoopBackOff: back-off restarting\n");
    let said = said(&pods.update(&["--yes"]));
    // The pod of kube2 was made by nobody anew: whether it will be ready is not known.
    contains(
        &said,
        &[
            "error: kube2: pod ",
            " is not ready: CrashLoopBackOff: back-off restarting; so no other pod was deleted",
            "kubectl --namespace glusterfs-kube logs POD",
        ],
    );
    assert_eq!(pods.deleted(), 0);
    // It is ready until it is deleted.
    pods.cluster.put("unready", "");
    pods.on_get_pods(
        "if [ \"$(grep -c 'delete pod' calls)\" = 2 ]; then echo 'kube2 ImagePullBackOff: Back-off pulling image' >unready; fi",
    );
    let output = pods.update(&["--yes", "--pod-limit", "3s"]);
    let said = failure(&output, 1);
    contains(
        &said,
        &[
            "error: kube2: not ready within 3s: pod ",
            " is not ready: ImagePullBackOff: Back-off pulling image",
            "the update stopped here, after 1 pod made anew; the pod of kube2 comes back; left as before: kube3",
            "run the same command again: it carries on with what is left",
        ],
    );
    assert_eq!(pods.tags(), ["2", "2", "1"]);
    let deleted = pods.deleted();
    // Still not ready: nothing else is deleted.
    let said = failure(&pods.update(&["--yes", "--pod-limit", "1s"]), 1);
    contains(&said, &["error: kube2: not ready within 1s", "left as before: kube3"]);
    assert_eq!(pods.deleted(), deleted);
    pods.on_get_pods("echo >>looks; [ \"$(wc -l <looks)\" -lt 2 ] || : >unready");
    let last = pods.pods();
    pods.cluster.put("calls", "");
    let output = pods.update(&["--yes"]);
    stdout(&output);
    assert_eq!(pods.tags(), ["2", "2", "2"]);
    let acts = pods.acts();
    assert_eq!(
        acts[0],
        format!("exec {}", last[1].0),
        "the pod that came back is healed first"
    );
    assert_eq!(pods.deleted(), 1);
}

#[test]
fn a_pod_whose_image_cannot_be_had_is_made_anew_once_the_template_is_mended() {
    let pods = Pods::old();
    pods.on_get_pods("if grep -q 'delete pod' calls; then echo 'kube1 ErrImagePull: not found' >unready; fi");
    let message = failure(&pods.update(&["--yes", "--pod-limit", "1s"]), 1);
    contains(
        &message,
        &[
            "error: kube1: not ready within 1s: pod ",
            "is not ready: ErrImagePull: not found",
        ],
    );
    pods.on_get_pods(":");
    pods.template("3");
    pods.cluster.put("calls", "");
    let idle = pods.pods()[0].0.clone();
    pods.on_get_pods("if grep -q 'delete pod' calls; then : >unready; fi");
    let output = pods.update(&["--yes"]);
    stdout(&output);
    assert_eq!(pods.tags(), ["3", "3", "3"]);
    assert_eq!(pods.acts()[0], format!("delete {idle}"), "there is nobody to ask");
    assert_eq!(pods.deleted(), 3);
}

#[test]
fn a_no_ends_the_run_before_anything_is_deleted_and_with_wait_it_may_become_yes() {
    let pods = Pods::old();
    let no = json!([{"place": "kube1", "times": 2, "why": "volume gv0: brick b lists 3 entries to heal"}]);
    pods.answers(&no);
    let message = failure(&pods.update(&["--yes"]), 1);
    contains(
        &message,
        &[
            "error: kube1 was not stopped, and nothing was changed: see what follows, or wait with --wait",
            "error: volume gv0: brick b lists 3 entries to heal",
        ],
    );
    assert_eq!(pods.deleted(), 0);
    pods.answers(&no);
    let output = pods.update(&["--yes", "--wait=1m"]);
    stdout(&output);
    contains(&said(&output), &["kube1: volume gv0: brick b lists 3 entries to heal"]);
    assert_eq!(pods.tags(), ["2", "2", "2"]);
}

#[test]
fn the_next_pod_is_deleted_once_the_new_one_is_healed_and_not_if_that_takes_too_long() {
    let pods = Pods::old();
    let unhealed = |times: u32| {
        let answers = json!([{"place": "kube1", "times": times, "why": "brick b lists 3 entries to heal"}]);
        pods.on_get_pods(&format!(
            "if grep -q 'delete pod' calls && [ ! -e unhealed ]; then touch unhealed; echo '{answers}' >answers.json; fi"
        ));
    };
    unhealed(1000);
    let message = failure(&pods.update(&["--yes", "--heal-limit", "2s"]), 1);
    contains(
        &message,
        &[
            "error: kube1: not healed within 2s: brick b lists 3 entries to heal",
            "the pod of kube1 comes back; left as before: kube2, kube3",
        ],
    );
    assert_eq!(
        (pods.deleted(), pods.tags()),
        (1, ["2", "1", "1"].map(str::to_owned).to_vec())
    );
    // The pod is ready: that something is left to heal, kube2 says as well.
    pods.answers(&json!([{"place": "kube2", "times": 1, "why": "brick b lists 1 entry to heal"}]));
    stdout(&pods.update(&["--yes", "--wait"]));
    assert_eq!(pods.tags(), ["2", "2", "2"]);
}

#[test]
fn what_kubectl_says_while_a_pod_comes_back_ends_nothing() {
    let pods = Pods::old();
    pods.on_get_pods("if grep -q 'delete pod' calls && [ ! -e failed ]; then touch failed; exit 1; fi");
    stdout(&pods.update(&["--yes"]));
    assert!(pods.cluster.directory().join("failed").exists());
    assert_eq!(pods.tags(), ["2", "2", "2"]);
}

#[test]
fn a_template_that_is_not_noted_yet_is_waited_for() {
    let pods = Pods::new();
    pods.cluster.put("unnoted", "");
    pods.template("2");
    let message = failure(&pods.update(&["--preview"]), 1);
    contains(
        &message,
        &["glusterfs-kube/glusterfs-kube: Kubernetes has not noted the newest template yet"],
    );
    pods.on_get_pods("echo >>looked; [ \"$(wc -l <looked)\" -lt 3 ] || rm -f unnoted");
    stdout(&pods.update(&["--yes"]));
    assert_eq!(pods.tags(), ["2", "2", "2"]);
}

#[test]
fn the_words_of_kubectl_are_told_when_it_fails() {
    let pods = Pods::old();
    let missing = command(OPENSTACK, &["update", "--kubectl", "/nonexistent/kubectl"])
        .output()
        .unwrap();
    contains(
        &failure(&missing, 1),
        &["there is no program /nonexistent/kubectl", "name it with --kubectl"],
    );
    pods.cluster.put("contexts", "here");
    let message = failure(&pods.update(&["--context", "there", "--yes"]), 1);
    contains(
        &message,
        &[
            "Error in configuration: context was not found for specified context: there",
            "--kind, --namespace and --context say",
        ],
    );
    for (wrong, words) in [
        (["--namespace", "other"], "daemonsets.apps \"glusterfs-kube\" not found"),
        (["--kind", "stateful-set"], "gluster-0.gluster.storage.svc"),
    ] {
        let output = pods.update(&[&wrong[..], &["--yes"]].concat());
        assert!(!output.status.success());
        contains(&said(&output), &[words]);
    }
    let message = failure(&pods.update(&["--kind", "pod"]), 2);
    contains(&message, &["--kind pod: nothing makes a deleted Pod again"]);
    pods.answers(&json!([{"place": "kube1", "times": 9, "words": "error: unrecognized subcommand 'ok-to-stop'"}]));
    let message = failure(&pods.update(&["--yes", "--wait"]), 1);
    contains(
        &message,
        &[
            "error: kube1: the glusterctl in pod ",
            "is older than this one",
            "go on by hand with this pod",
        ],
    );
    assert_eq!(pods.deleted(), 0);
}

#[test]
fn ctrl_c_leaves_whole_pods_and_the_next_run_carries_on() {
    let pods = Pods::old();
    pods.answers(&json!([{"place": "kube1", "times": 1000, "why": "no"}]));
    let running = pods.until(&["--yes", "--wait"], "exec ");
    interrupt(&running);
    let ended = running.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130), "{}", said(&ended));
    assert_eq!(pods.deleted(), 0);

    pods.answers(&json!([]));
    let running = pods.until(&["--yes"], "delete pod");
    interrupt(&running);
    let ended = running.wait_with_output().unwrap();
    let told = said(&ended);
    assert_eq!(ended.status.code(), Some(130), "{told}");
    contains(
        &told,
        &[
            "interrupt once more to stop at once",
            "the update stopped here, after 1 pod made anew; left as before: kube2, kube3",
        ],
    );
    assert_eq!(
        (pods.deleted(), pods.tags()),
        (1, ["2", "1", "1"].map(str::to_owned).to_vec())
    );
    let objects = pods.cluster.objects();
    let first = objects
        .iter()
        .find(|one| one["kind"] == "Pod" && one["spec"]["nodeName"] == "kube1");
    assert_eq!(first.unwrap()["status"]["conditions"][1]["status"], "True");
    stdout(&pods.update(&["--yes"]));
    assert_eq!(pods.tags(), ["2", "2", "2"]);
}

#[test]
fn the_pods_of_a_stateful_set_keep_their_names_and_events_are_documents() {
    let pods = Pods::of(SET, OF_SET);
    pods.template("2");
    let before = pods.pods();
    let output = pods.update(&["--yes", "-o", "json"]);
    let events: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for event in &events {
        documents::valid("event", event);
    }
    let kinds = |kind: &str| events.iter().filter(|event| event["event"] == kind).count();
    assert_eq!((kinds("planned"), kinds("started"), kinds("ended")), (1, 3, 3));
    let last = events.last().unwrap();
    assert_eq!(
        (&last["event"], &last["done"], &last["changed"]),
        (&json!("finished"), &json!(true), &json!(3))
    );
    let after = pods.pods();
    for (before, after) in before.iter().zip(&after) {
        assert!(before.0 == after.0 && before.1 != after.1, "{before:?} {after:?}");
    }
    assert_eq!(pods.tags(), ["2", "2", "2"]);
    assert!(
        pods.cluster
            .read("calls")
            .contains("delete pod gluster-0 --namespace storage --wait=false")
    );
}
