//! What must hold for persistent volumes and claims.

use serde_json::{Value, json};

use super::{Checked, equal, wrong};
use crate::kubernetes::context::Context;
use crate::kubernetes::plugins::{Affinity, Provisioning};

/// Keys of a persistent volume's spec that are not its source. Every other key counts as a source, so that no new kind
/// of source gets past the check (`PersistentVolumeSpec` of the Kubernetes API, up to 1.37).
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
    let Provisioning::Static(kind, source) = &context.definition.provisioning else {
        return wrong("/kind", "is PersistentVolume, which the provisioner makes");
    };
    only_source(document, kind)?;
    // The whole source: a key more could point it elsewhere.
    equal(document, &format!("/spec/{kind}"), source(context))?;
    if context.definition.affinity == Affinity::OfTheVolume {
        nodes(document, &context.node_label)?;
    }
    equal(document, "/spec/claimRef/name", context.name)?;
    equal(document, "/spec/claimRef/namespace", context.namespace)?;
    // There is no deleter for these volumes, and the data must outlive every claim.
    equal(document, "/spec/persistentVolumeReclaimPolicy", "Retain")?;
    // The API server does not store an empty class of a persistent volume, and takes the next field manager that states
    // the empty class for one that changes it.
    equal(document, "/spec/storageClassName", Value::Null)?;
    equal(document, "/spec/accessModes", json!([context.access]))?;
    equal(document, "/spec/capacity/storage", context.size)
}

/// That the spec has one source, of that kind.
pub fn only_source(document: &Value, kind: &str) -> Checked {
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

/// That only nodes with the label can use the volume.
pub fn nodes(document: &Value, label: &str) -> Checked {
    equal(
        document,
        "/spec/nodeAffinity/required/nodeSelectorTerms",
        json!([{"matchExpressions": [{"key": label, "operator": "Exists"}]}]),
    )
}

pub fn claim(context: &Context<'_>, document: &Value) -> Checked {
    let (class, volume) = match context.definition.provisioning {
        Provisioning::Static(..) => ("", context.persistent_volume.as_str().into()),
        Provisioning::Dynamic(_) => (context.class.as_str(), Value::Null),
    };
    equal(document, "/spec/volumeName", volume)?;
    equal(document, "/spec/storageClassName", class)?;
    equal(document, "/spec/accessModes", json!([context.access]))?;
    equal(document, "/spec/resources/requests/storage", context.size)
}
