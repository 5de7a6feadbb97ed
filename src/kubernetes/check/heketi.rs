//! What must hold for Heketi's objects.

use serde_json::Value;

use super::pods::mounts;
use super::{Checked, Identity, equal, identity, wrong};
use crate::kubernetes::heketi::Expected;

/// Checks one of Heketi's objects, or an example.
pub fn heketi(called: &Identity<'_>, expected: &Expected, document: &Value) -> Checked {
    identity(called, document)?;
    match called.kind {
        "ConfigMap" => files(expected, document),
        "Deployment" if document.pointer("/spec/strategy").is_some() => deployment(expected, document),
        "Deployment" => {
            selected(document)?;
            mounts(document, "/spec/template/spec")
        }
        "StatefulSet" => {
            selected(document)?;
            let class = "/spec/volumeClaimTemplates/0/spec/storageClassName";
            equal(document, class, expected.class.as_str())
        }
        "StorageClass" => {
            equal(document, "/provisioner", "kubernetes.io/glusterfs")?;
            // Else Heketi deletes a volume together with its claim.
            equal(document, "/reclaimPolicy", "Retain")?;
            equal(document, "/parameters", expected.parameters.clone())
        }
        "PersistentVolumeClaim" => equal(document, "/spec/storageClassName", expected.class.as_str()),
        "Pod" => mounts(document, "/spec"),
        _ => Ok(()),
    }
}

/// Heketi reads JSON without comments.
fn files(expected: &Expected, document: &Value) -> Checked {
    for (name, wanted) in &expected.files {
        let pointer = format!("/data/{name}");
        let text = document.pointer(&pointer).and_then(Value::as_str).unwrap_or_default();
        match serde_json::from_str::<Value>(text) {
            Ok(found) if found == *wanted => {}
            Ok(found) => return wrong(pointer, format!("is {found} and should be {wanted}")),
            Err(error) => return wrong(pointer, format!("is no JSON: {error}")),
        }
    }
    Ok(())
}

/// The database takes a lock: never two of Heketi at a time, and the old one is gone before the new one starts.
fn deployment(expected: &Expected, document: &Value) -> Checked {
    equal(document, "/spec/replicas", 1)?;
    equal(document, "/spec/strategy/type", "Recreate")?;
    equal(document, "/spec/template/spec/terminationGracePeriodSeconds", 0)?;
    selected(document)?;
    mounts(document, "/spec/template/spec")?;
    let database = "/spec/template/spec/volumes/0";
    equal(document, &format!("{database}/hostPath/path"), expected.path.as_str())?;
    // The directory is inside the volume, so that nothing is written to a node without the mount.
    equal(document, &format!("{database}/hostPath/type"), "Directory")
}

/// The pods are those that the selector asks for.
fn selected(document: &Value) -> Checked {
    let labels = document
        .pointer("/spec/selector/matchLabels")
        .cloned()
        .unwrap_or_default();
    equal(document, "/spec/template/metadata/labels", labels)
}
