//! What a Kubernetes cluster has already, as the API server answered, and what `kubernetes apply` may do about it. Pure.

pub(crate) mod claims;
mod labels;
mod managers;
mod owners;
mod volumes;

use serde_json::{Value, json};

use super::Manifest;
pub(crate) use labels::{NodeLabels, node_labels};
pub(crate) use managers::of_another_route;
pub(super) use owners::CLUSTER;
pub(crate) use owners::strangers;
pub(super) use volumes::own_labels;
pub(crate) use volumes::{Released, as_it_is, released};

/// Objects of a cluster.
#[derive(Debug, Clone, Default)]
pub(crate) struct Live(Vec<Value>);

impl Live {
    /// Reads what `kubectl get … --ignore-not-found -o json` printed: nothing, an object, or a list.
    ///
    /// # Errors
    /// The text is no JSON.
    pub(crate) fn read(text: &str) -> serde_json::Result<Self> {
        if text.trim().is_empty() {
            return Ok(Live::default());
        }
        let mut document: Value = serde_json::from_str(text)?;
        Ok(Live(match document.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => items,
            _ => vec![document],
        }))
    }

    /// These objects and others.
    pub(crate) fn and(mut self, others: Live) -> Self {
        self.0.extend(others.0);
        self
    }

    /// The object that a manifest is about.
    pub(crate) fn of(&self, manifest: &Manifest) -> Option<&Value> {
        self.find(manifest.kind, manifest.namespace.as_deref(), &manifest.name)
    }

    /// An object by kind, namespace and name.
    pub(crate) fn find(&self, kind: &str, namespace: Option<&str>, name: &str) -> Option<&Value> {
        self.0.iter().find(|object| {
            text(object, "/kind") == Some(kind)
                && text(object, "/metadata/name") == Some(name)
                && text(object, "/metadata/namespace") == namespace
        })
    }
}

/// The manifests as one list that kubectl reads.
pub(crate) fn list<'a>(manifests: impl IntoIterator<Item = &'a Manifest>) -> Value {
    let items: Vec<&Value> = manifests.into_iter().map(|manifest| &manifest.object).collect();
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

/// The persistent volumes of existing claims that the manifests say nothing of.
pub(crate) fn volumes_of_claims(manifests: &[Manifest], live: &Live) -> Vec<String> {
    let claims = manifests
        .iter()
        .filter(|manifest| manifest.kind == "PersistentVolumeClaim");
    let names = claims.filter_map(|claim| text(live.of(claim)?, "/spec/volumeName"));
    let names = names.filter(|name| live.find("PersistentVolume", None, name).is_none());
    names.map(str::to_owned).collect()
}

/// What messages call an object.
pub(crate) fn shown(manifest: &Manifest) -> String {
    match &manifest.namespace {
        Some(namespace) => format!("{} {namespace}/{}", manifest.kind, manifest.name),
        None => format!("{} {}", manifest.kind, manifest.name),
    }
}

fn text<'a>(object: &'a Value, pointer: &str) -> Option<&'a str> {
    object.pointer(pointer).and_then(Value::as_str)
}

#[cfg(test)]
mod tests;
