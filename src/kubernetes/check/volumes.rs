//! What must hold for persistent volumes and claims.

use serde_json::{Value, json};

use super::{Checked, equal, wrong};
use crate::inventory::Way;
use crate::kubernetes::context::Context;

/// Keys of a persistent volume's spec that are not its source. A key that is not here counts as a source, so that
/// nothing new gets past the check (`PersistentVolumeSpec` of the Kubernetes API, up to 1.37).
const NOT_A_SOURCE: [&str; 9] = [
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
];

pub fn persistent_volume(context: &Context<'_>, document: &Value) -> Checked {
    let (kind, source) = source(context);
    sources(document, kind)?;
    equal(document, &format!("/spec/{kind}"), source)?;
    if context.way == Way::Local {
        nodes(document, context.node_label)?;
    }
    equal(document, "/spec/claimRef/name", context.name)?;
    equal(document, "/spec/claimRef/namespace", context.namespace)?;
    // There is no deleter for these volumes, and no claim's end may be that of the data.
    equal(document, "/spec/persistentVolumeReclaimPolicy", "Retain")?;
    equal(document, "/spec/storageClassName", "")?;
    equal(document, "/spec/accessModes", json!([context.access]))?;
    equal(document, "/spec/capacity/storage", context.size)
}

/// The source that a persistent volume must have, whole: a key more could point it elsewhere.
fn source(context: &Context<'_>) -> (&'static str, Value) {
    match context.way {
        Way::HostPath => ("hostPath", json!({"path": context.path, "type": "Directory"})),
        Way::Nfs => {
            let nfs = context.nfs;
            let (server, path) = (nfs.map(|nfs| nfs.server.as_str()), nfs.map(|nfs| nfs.path.as_str()));
            (
                "nfs",
                json!({"server": server, "path": path, "readOnly": context.read_only}),
            )
        }
        Way::Glusterfs => {
            let source = json!({
                "endpoints": context.name,
                "endpointsNamespace": context.namespace,
                "path": context.volume,
                "readOnly": context.read_only,
            });
            ("glusterfs", source)
        }
        Way::Local | Way::LocalPathProvisioner | Way::Kadalu => ("local", json!({"path": context.path})),
    }
}

/// That the spec has one source, of that kind.
pub fn sources(document: &Value, kind: &str) -> Checked {
    let spec = document.get("spec").and_then(Value::as_object);
    let keys = spec.into_iter().flat_map(|spec| spec.keys());
    let sources: Vec<&str> = keys
        .map(String::as_str)
        .filter(|key| !NOT_A_SOURCE.contains(key))
        .collect();
    match sources.iter().find(|source| **source != kind) {
        None if sources == [kind] => Ok(()),
        None => wrong("/spec", format!("has no source; it should be {kind}")),
        Some(other) => wrong(
            format!("/spec/{other}"),
            format!("is a source, and {kind} alone should be"),
        ),
    }
}

/// That only nodes with the label can use it.
pub fn nodes(document: &Value, label: &str) -> Checked {
    equal(
        document,
        "/spec/nodeAffinity/required/nodeSelectorTerms",
        json!([{"matchExpressions": [{"key": label, "operator": "Exists"}]}]),
    )
}

pub fn claim(context: &Context<'_>, document: &Value) -> Checked {
    let (class, volume) = match context.way {
        Way::LocalPathProvisioner | Way::Kadalu => (context.class.as_str(), Value::Null),
        Way::Glusterfs | Way::Local | Way::HostPath | Way::Nfs => ("", context.persistent_volume.as_str().into()),
    };
    equal(document, "/spec/volumeName", volume)?;
    equal(document, "/spec/storageClassName", class)?;
    equal(document, "/spec/accessModes", json!([context.access]))?;
    equal(document, "/spec/resources/requests/storage", context.size)
}
