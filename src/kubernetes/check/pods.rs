//! What must hold for pods.

use serde_json::Value;

use super::{Checked, equal, list, wrong};
use crate::kubernetes::context::Context;
use crate::kubernetes::objects::Object;

pub fn deployment(object: &Object, context: &Context<'_>, document: &Value) -> Checked {
    selects_its_own(document)?;
    match object.example {
        true => example(context, document, "/spec/template/spec"),
        false => mounts(document, "/spec/template/spec"),
    }
}

/// That a controller selects the pods of its own template.
pub fn selects_its_own(document: &Value) -> Checked {
    let selector = "/spec/selector/matchLabels";
    let Some(wanted) = document
        .pointer(selector)
        .and_then(Value::as_object)
        .filter(|map| !map.is_empty())
    else {
        return wrong(selector, "has to name at least one label");
    };
    let labels = document.pointer("/spec/template/metadata/labels");
    for (key, value) in wanted {
        if labels.and_then(|labels| labels.get(key)) != Some(value) {
            return wrong(
                selector,
                format!("asks for {key}: {value}, which its own pods do not have"),
            );
        }
    }
    Ok(())
}

/// A pod that uses the volume, through the claim or directly.
pub fn example(context: &Context<'_>, document: &Value, pod: &str) -> Checked {
    mounts(document, pod)?;
    let volumes = list(document, &format!("{pod}/volumes"))?;
    let uses = |volume: &Value| {
        volume.pointer("/persistentVolumeClaim/claimName") == Some(&context.name.into())
            || (volume.pointer("/glusterfs/endpoints") == Some(&context.name.into())
                && volume.pointer("/glusterfs/path") == Some(&context.volume.into()))
    };
    if !volumes.iter().any(uses) {
        return wrong(
            format!("{pod}/volumes"),
            format!("has neither claim {} nor volume {}", context.name, context.volume),
        );
    }
    if context.pinned {
        let terms = "affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
        let expression = format!("{pod}/{terms}/0/matchExpressions/0");
        equal(document, &format!("{expression}/key"), context.node_label.as_str())?;
        equal(document, &format!("{expression}/operator"), "Exists")?;
    }
    Ok(())
}

/// Every mount names a volume, or a claim of the set that the pods belong to, and every volume has one source.
pub fn mounts(document: &Value, pod: &str) -> Checked {
    let volumes = document.pointer(&format!("{pod}/volumes")).and_then(Value::as_array);
    let volumes = volumes.map_or(&[][..], Vec::as_slice);
    for (index, volume) in volumes.iter().enumerate() {
        let keys = volume.as_object().map_or(0, |volume| volume.len());
        if !volume.get("name").is_some_and(Value::is_string) || keys != 2 {
            return wrong(format!("{pod}/volumes/{index}"), "has to have a name and one source");
        }
    }
    let claims = document.pointer("/spec/volumeClaimTemplates").and_then(Value::as_array);
    let claims = claims
        .into_iter()
        .flatten()
        .filter_map(|claim| claim.pointer("/metadata/name"));
    let containers = format!("{pod}/containers");
    for (index, container) in list(document, &containers)?.iter().enumerate() {
        let mounts = container.get("volumeMounts").and_then(Value::as_array);
        for mount in mounts.into_iter().flatten() {
            let mut names = volumes
                .iter()
                .filter_map(|volume| volume.get("name"))
                .chain(claims.clone());
            if !names.any(|name| Some(name) == mount.get("name")) {
                let name = mount.get("name").unwrap_or(&Value::Null);
                return wrong(
                    format!("{containers}/{index}/volumeMounts"),
                    format!("names {name}, and the pod has no such volume"),
                );
            }
        }
    }
    Ok(())
}
