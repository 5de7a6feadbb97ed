//! What kubectl says of the pods of an inventory, as plain data. Pure.

use serde_json::Value;

use super::Kind;
use super::workload::Workload;

/// The label with the revision of the template that a pod was made from: of a `DaemonSet` its hash, of a `StatefulSet` the name of
/// the `ControllerRevision`.
const REVISION: &str = "controller-revision-hash";

/// What `kubectl get -o json` printed.
#[derive(Debug)]
pub struct Said {
    /// The workload.
    pub workload: Value,
    /// The pods that its selector selects.
    pub pods: Value,
    /// The `ControllerRevisions` that its selector selects; nobody asks for those of a `StatefulSet`.
    pub revisions: Value,
}

/// The pods of an inventory at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The newest revision of the template; none while Kubernetes has not noted it yet.
    pub revision: Option<String>,
    /// The pod of each member of the workload, if there is one.
    pub pods: Vec<Option<Pod>>,
}

/// A pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pod {
    /// The pod's name.
    pub name: String,
    /// What tells the pod from an earlier one of the same name.
    pub uid: String,
    /// The revision of the template that the pod was made from.
    pub revision: String,
    /// How the pod is.
    pub state: State,
}

/// How a pod is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The pod serves.
    Ready,
    /// The pod does not serve, and why.
    NotReady(String),
    /// Nothing of the pod has ever run, and why: whoever deletes it stops nothing.
    Idle(String),
    /// The pod was deleted, and stops.
    Ends,
}

impl Seen {
    /// Reads what kubectl printed.
    ///
    /// # Errors
    /// Why these pods cannot be updated: what is wrong, and the remedy in a second line.
    pub fn read(workload: &Workload, said: &Said) -> Result<Self, String> {
        let object = &said.workload;
        let strategy = text(object, "/spec/updateStrategy/type").unwrap_or("RollingUpdate");
        if strategy != "OnDelete" {
            return Err(format!(
                "{} has the update strategy {strategy}: Kubernetes itself deletes its pods, whatever is left to heal\napply the \
                 manifests that `glusterctl kubernetes pods` prints",
                workload.shown()
            ));
        }
        let uid = text(object, "/metadata/uid").unwrap_or_default();
        let number = |pointer| object.pointer(pointer).and_then(Value::as_i64);
        let is_noted = number("/status/observedGeneration") >= number("/metadata/generation");
        let revision = match workload.kind {
            Kind::StatefulSet => text(object, "/status/updateRevision"),
            Kind::DaemonSet | Kind::Pod => newest(&said.revisions, uid),
        };
        let mut pods = vec![None; workload.members.len()];
        for object in items(&said.pods).iter().filter(|object| is_owned(object, uid)) {
            let pod = Pod::of(object);
            let place = match workload.kind {
                Kind::StatefulSet => Some(pod.name.as_str()),
                Kind::DaemonSet | Kind::Pod => node(object),
            };
            // A pod that no node was found for is on none.
            let Some(place) = place else { continue };
            let Some(at) = workload.members.iter().position(|member| member.place == place) else {
                return Err(format!(
                    "pod {} is no host of this inventory: none is {place}\nname the inventory that the manifests were made of",
                    pod.name
                ));
            };
            let known: &mut Option<Pod> = &mut pods[at];
            // Until a pod that ends is gone, another may be there already.
            if known.as_ref().is_none_or(|known| known.state == State::Ends) {
                *known = Some(pod);
            }
        }
        Ok(Seen {
            revision: revision.filter(|_| is_noted).map(str::to_owned),
            pods,
        })
    }
}

/// The hash of the newest `ControllerRevision` that belongs to the object with this uid.
fn newest<'v>(revisions: &'v Value, uid: &str) -> Option<&'v str> {
    let own = items(revisions).iter().filter(|revision| is_owned(revision, uid));
    let newest = own.max_by_key(|revision| revision["revision"].as_i64())?;
    newest["metadata"]["labels"][REVISION].as_str()
}

/// The node of a pod; of a pod of a `DaemonSet` also the node that it was made for.
fn node(pod: &Value) -> Option<&str> {
    const TERMS: &str = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchFields/0/values/0";
    text(pod, "/spec/nodeName").or_else(|| text(pod, TERMS))
}

fn is_owned(object: &Value, uid: &str) -> bool {
    let owners = object["metadata"]["ownerReferences"].as_array();
    owners.into_iter().flatten().any(|owner| owner["uid"] == uid)
}

fn items(list: &Value) -> &[Value] {
    list["items"].as_array().map_or(&[], Vec::as_slice)
}

fn text<'v>(object: &'v Value, pointer: &str) -> Option<&'v str> {
    object.pointer(pointer).and_then(Value::as_str)
}

impl Pod {
    fn of(object: &Value) -> Self {
        let owned = |pointer| text(object, pointer).unwrap_or_default().to_owned();
        Pod {
            name: owned("/metadata/name"),
            uid: owned("/metadata/uid"),
            revision: owned(&format!("/metadata/labels/{REVISION}")),
            state: State::of(object),
        }
    }
}

impl State {
    fn of(pod: &Value) -> Self {
        if text(pod, "/metadata/deletionTimestamp").is_some() {
            return State::Ends;
        }
        let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
        let conditions = conditions.map_or(&[][..], Vec::as_slice);
        let condition = |kind: &str| conditions.iter().find(|condition| condition["type"] == kind);
        let ready = condition("Ready");
        if ready.is_some_and(|ready| ready["status"] == "True") {
            return State::Ready;
        }
        let containers = pod.pointer("/status/containerStatuses").and_then(Value::as_array);
        let containers = || containers.into_iter().flatten();
        let has_run = |container: &Value| {
            let restarts = container["restartCount"].as_i64().unwrap_or_default();
            container.pointer("/state/waiting").is_none()
                || restarts > 0
                || container.pointer("/lastState/terminated").is_some()
        };
        let waits = |container: &Value| words(container.pointer("/state/waiting")?);
        let waits = containers().find_map(waits);
        let unscheduled = condition("PodScheduled").filter(|scheduled| scheduled["status"] == "False");
        let why = waits
            .or_else(|| words(unscheduled?))
            .or_else(|| words(ready?))
            .or_else(|| text(pod, "/status/phase").map(|phase| format!("its phase is {phase}")));
        let why = why.unwrap_or_else(|| "Kubernetes does not say why".to_owned());
        match text(pod, "/status/phase") == Some("Pending") && !containers().any(has_run) {
            true => State::Idle(why),
            false => State::NotReady(why),
        }
    }
}

/// Reason and message of a part of a status.
fn words(part: &Value) -> Option<String> {
    let parts = ["reason", "message"].map(|key| part[key].as_str().filter(|text| !text.is_empty()));
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(": "))
}

/// What `node ok-to-stop` in a pod answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The host can stop.
    Yes,
    /// The host cannot stop, and why.
    No(String),
    /// There is no answer; kubectl's words.
    Silent(String),
    /// The glusterctl in the pod's image does not know the question.
    TooOld,
}

impl Answer {
    /// Reads what `kubectl exec` printed. Its exit status says less: that of no is also that of a kubectl that fails.
    #[must_use]
    pub fn read(stdout: &str, stderr: &str) -> Self {
        let answer: Value = serde_json::from_str(stdout).unwrap_or_default();
        match (answer["ok"].as_bool(), answer["why"].as_str()) {
            (Some(true), _) => Answer::Yes,
            (Some(false), Some(why)) => Answer::No(why.to_owned()),
            _ if stderr.contains("'ok-to-stop'") => Answer::TooOld,
            _ if stderr.trim().is_empty() => Answer::Silent("the pod did not answer".to_owned()),
            _ => Answer::Silent(stderr.trim().to_owned()),
        }
    }
}

#[cfg(test)]
mod tests;
