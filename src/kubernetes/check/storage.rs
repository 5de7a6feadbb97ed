//! What must hold for pods that are hosts, and for what is around them.

use serde_json::{Value, json};

use super::pods::{mounts, selects_its_own};
use super::{Checked, Identity, equal, identity, wrong};
use crate::inventory;
use crate::kubernetes::pods::Context;

/// Checks a document against what the document was made from.
///
/// # Errors
/// What is wrong with the document.
pub fn check(expected: &Identity, context: &Context<'_>, document: &Value) -> Checked {
    identity(expected, document)?;
    match expected.kind {
        // Without the label, a cluster that enforces pod security by default refuses the pods.
        "Namespace" => equal(
            document,
            "/metadata/labels/pod-security.kubernetes.io~1enforce",
            "privileged",
        ),
        "ConfigMap" => config(context, document),
        "ServiceAccount" => equal(document, "/automountServiceAccountToken", false),
        "PodDisruptionBudget" => {
            equal(document, "/spec/minAvailable", context.available)?;
            equal(document, "/spec/selector/matchLabels", selector(context))
        }
        "DaemonSet" => {
            equal(document, "/spec/selector/matchLabels", selector(context))?;
            selects_its_own(document)?;
            // Any other strategy would stop bricks before those of another node are healed.
            equal(document, "/spec/updateStrategy/type", "OnDelete")?;
            pod(context, document, "/spec/template/spec")
        }
        "StatefulSet" => stateful_set(context, document),
        // Without the names of pods that are not ready, no pod would become ready.
        "Service" => {
            equal(document, "/spec/clusterIP", "None")?;
            equal(document, "/spec/publishNotReadyAddresses", true)?;
            equal(document, "/spec/selector", selector(context))
        }
        "StorageClass" => {
            equal(document, "/reclaimPolicy", "Retain")?;
            equal(
                document,
                "/provisioner",
                json!(context.set.as_ref().and_then(|set| set.provisioner)),
            )
        }
        "Pod" => {
            equal(document, "/metadata/labels/glusterctl~1pods", context.name.as_str())?;
            pod(context, document, "/spec")
        }
        kind => wrong("/kind", format!("is {kind}, and nothing says what must hold for it")),
    }
}

fn stateful_set(context: &Context<'_>, document: &Value) -> Checked {
    equal(document, "/spec/selector/matchLabels", selector(context))?;
    selects_its_own(document)?;
    equal(document, "/spec/updateStrategy/type", "OnDelete")?;
    equal(document, "/spec/podManagementPolicy", "Parallel")?;
    if let Some(set) = &context.set {
        equal(document, "/spec/serviceName", set.service)?;
        equal(document, "/spec/replicas", set.replicas)?;
        let claim = |pointer: &str| format!("/spec/volumeClaimTemplates/0/spec/{pointer}");
        let (mode, uses, at) = match set.file_systems {
            true => ("Filesystem", "volumeMounts", "mountPath"),
            false => ("Block", "volumeDevices", "devicePath"),
        };
        equal(document, &claim("volumeMode"), mode)?;
        equal(document, &claim("storageClassName"), set.class.as_str())?;
        equal(document, &claim("resources/requests/storage"), set.size)?;
        let used = format!("/spec/template/spec/containers/0/{uses}/0");
        equal(document, &format!("{used}/{at}"), set.place)?;
        let claimed = document.pointer("/spec/volumeClaimTemplates/0/metadata/name").cloned();
        equal(document, &format!("{used}/name"), claimed.unwrap_or_default())?;
        // A brick writes to it, and all of it is the brick's.
        for key in ["readOnly", "subPath", "subPathExpr"] {
            equal(document, &format!("{used}/{key}"), Value::Null)?;
        }
    }
    let pod = "/spec/template/spec";
    equal(document, &format!("{pod}/hostNetwork"), Value::Null)?;
    // Two pods on one node would be two bricks of a set that end together.
    let apart = format!("{pod}/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/0");
    equal(document, &format!("{apart}/topologyKey"), "kubernetes.io/hostname")?;
    equal(
        document,
        &format!("{apart}/labelSelector/matchLabels"),
        selector(context),
    )?;
    host(context, document, pod, &[])
}

fn selector(context: &Context<'_>) -> Value {
    json!({"glusterctl/pods": context.name})
}

/// That a pod reads what was meant, from the text in the document.
fn config(context: &Context<'_>, document: &Value) -> Checked {
    const POINTER: &str = "/data/inventory.yaml";
    let Some(text) = document.pointer(POINTER).and_then(Value::as_str) else {
        return wrong(POINTER, "is missing");
    };
    match inventory::read(text, "the inventory in the ConfigMap") {
        Ok(read) if read == context.expected => Ok(()),
        Ok(_) => wrong(
            POINTER,
            "does not say what the inventory says, with hosts that provision themselves",
        ),
        Err(report) => wrong(POINTER, format!("is no inventory: {report}")),
    }
}

/// A pod on a node of its own.
fn pod(context: &Context<'_>, document: &Value, pod: &str) -> Checked {
    let at = |place: &str| format!("{pod}/{place}");
    equal(document, &at("hostNetwork"), true)?;
    let terms = "affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
    // The API server takes one name for each term.
    let of_node =
        |node: &String| json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]});
    let nodes: Vec<Value> = context.nodes.iter().map(of_node).collect();
    equal(document, &at(terms), nodes)?;
    let aliases = context.hosts.iter();
    let aliases = aliases.map(|host| json!({"ip": host.address, "hostnames": [host.name]}));
    equal(document, &at("hostAliases"), aliases.collect::<Vec<Value>>())?;
    host(context, document, pod, &[context.state.as_str(), "/dev"])
}

/// A pod that is a host, and sees these directories of its node, and those in which volumes are mounted.
fn host(context: &Context<'_>, document: &Value, pod: &str, directories: &[&str]) -> Checked {
    mounts(document, pod)?;
    let at = |place: &str| format!("{pod}/{place}");
    equal(document, &at("serviceAccountName"), context.name.as_str())?;
    equal(document, &at("automountServiceAccountToken"), false)?;
    equal(document, &at("containers/0/image"), context.image)?;
    equal(document, &at("containers/0/command/3"), context.state_in_pod.as_str())?;
    // The API server lets no other container show its mounts to the node.
    equal(document, &at("containers/0/securityContext/privileged"), true)?;
    for (probe, asks) in [
        ("startupProbe", "alive"),
        ("livenessProbe", "alive"),
        ("readinessProbe", "ready"),
    ] {
        let command = json!(["glusterctl", "node", asks]);
        equal(document, &at(&format!("containers/0/{probe}/exec/command")), command)?;
    }
    let volumes = document.pointer(&at("volumes")).and_then(Value::as_array);
    let has = |path: &str| {
        let mut volumes = volumes.into_iter().flatten();
        volumes.any(|volume| volume.pointer("/hostPath/path") == Some(&path.into()))
    };
    let wanted = context.host_mounts.iter().map(|mount| mount.on_node.as_str());
    match wanted.chain(directories.iter().copied()).find(|path| !has(path)) {
        None => Ok(()),
        Some(path) => wrong(
            at("volumes"),
            format!("has no hostPath with the node's directory {path}"),
        ),
    }
}
