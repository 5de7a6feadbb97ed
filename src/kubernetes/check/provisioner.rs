//! What must hold for the objects of provisioners.

use serde_json::{Value, json};

use super::pods::mounts;
use super::{Checked, equal, parse, wrong};
use crate::kubernetes::context::Context;
use crate::kubernetes::objects::Object;

pub fn binding(object: &Object, context: &Context<'_>, document: &Value) -> Checked {
    equal(document, "/roleRef/kind", object.kind.trim_end_matches("Binding"))?;
    equal(document, "/roleRef/name", context.name)?;
    let account = json!([{"kind": "ServiceAccount", "name": context.name, "namespace": context.name}]);
    equal(document, "/subjects", account)
}

/// The values of the ConfigMap are documents of their own.
pub fn config(context: &Context<'_>, document: &Value) -> Checked {
    let text = |key: &str| match document.pointer(&format!("/data/{key}")).and_then(Value::as_str) {
        Some(text) => Ok(text),
        None => wrong(format!("/data/{key}"), "is missing"),
    };
    let config: Value = match serde_json::from_str(text("config.json")?) {
        Ok(config) => config,
        Err(error) => return wrong("/data/config.json", format!("is no JSON: {error}")),
    };
    if config != json!({"nodePathMap": [], "sharedFileSystemPath": context.path}) {
        return wrong(
            "/data/config.json",
            format!("is {config} and should share {} and nothing else", context.path),
        );
    }
    for script in ["setup", "teardown"] {
        // No script may write to the node's own disk.
        if !text(script)?.contains("fuse") {
            return wrong(
                format!("/data/{script}"),
                "does not look whether the volume is mounted (fuse.glusterfs in /proc/self/mountinfo)",
            );
        }
    }
    let helper = parse(text("helperPod.yaml")?);
    let checked = helper.and_then(|helper| equal(&helper, "/kind", "Pod").and_then(|()| mounts(&helper, "/spec")));
    checked.or_else(|error| wrong("/data/helperPod.yaml", error.to_string()))
}

pub fn class(context: &Context<'_>, document: &Value) -> Checked {
    equal(document, "/provisioner", context.provisioner.as_str())?;
    // Deleting a claim must not run the script that removes its directory.
    equal(document, "/reclaimPolicy", "Retain")?;
    if context.tied {
        // Every other type lets a persistent volume exist without a node affinity.
        equal(document, "/metadata/annotations/defaultVolumeType", "local")?;
    }
    Ok(())
}

/// That the policy ties every persistent volume of the class to the nodes with the label.
pub fn policy(context: &Context<'_>, document: &Value) -> Checked {
    equal(document, "/spec/failurePolicy", "Fail")?;
    let class = format!(
        "has(object.spec.storageClassName) && object.spec.storageClassName == '{}'",
        context.class
    );
    equal(document, "/spec/matchConditions/0/expression", class)?;
    equal(document, "/spec/variables/0/name", "label")?;
    equal(
        document,
        "/spec/variables/0/expression",
        format!("'{}'", context.node_label),
    )
}

pub fn kadalu(context: &Context<'_>, document: &Value) -> Checked {
    equal(document, "/spec/type", "External")?;
    // Without the key Kadalu deletes what is in a directory together with its claim.
    equal(document, "/spec/pvReclaimPolicy", "retain")?;
    equal(document, "/spec/details/gluster_volname", context.volume)?;
    equal(document, "/spec/details/gluster_hosts", json!(context.addresses))
}
