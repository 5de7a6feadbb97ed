//! What must hold for a manifest, whatever its template says: the manifest is parsed and checked before anyone sees it.

mod addresses;
mod heketi;
mod pods;
mod provisioner;
pub(super) mod storage;
mod volumes;

use std::fmt;

use serde_json::Value;

use super::context::Context;
use super::live::CLUSTER;
use super::objects::{self, Object};
pub(super) use heketi::heketi;

/// What is wrong with a rendered template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wrong {
    /// The text is not one YAML document; the line, from 1.
    Text { line: usize, what: String },
    /// A value cannot be right; its place in the document (RFC 6901).
    Value { pointer: String, what: String },
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wrong::Text { what, .. } => f.write_str(what),
            Wrong::Value { pointer, what } if pointer.is_empty() => f.write_str(what),
            Wrong::Value { pointer, what } => write!(f, "{pointer} {what}"),
        }
    }
}

pub(super) type Checked<T = ()> = Result<T, Wrong>;

fn wrong<T>(pointer: impl Into<String>, what: impl Into<String>) -> Checked<T> {
    Err(Wrong::Value {
        pointer: pointer.into(),
        what: what.into(),
    })
}

/// Checks a document against what the document was made from.
///
/// # Errors
/// What is wrong with the document.
pub(super) fn check(object: &Object, context: &Context<'_>, document: &Value) -> Checked {
    let expected = Identity {
        api_version: object.api_version,
        kind: object.kind,
        name: &context.name_of(object),
        namespace: context.namespace_of(object),
        cluster: context.labels.get(CLUSTER).copied().unwrap_or_default(),
    };
    identity(&expected, document)?;
    match object.kind {
        "Service" => addresses::service(document),
        "Endpoints" => addresses::endpoints(context, document),
        "EndpointSlice" => addresses::endpoint_slice(context, document),
        "PersistentVolume" => volumes::persistent_volume(context, document),
        "PersistentVolumeClaim" => volumes::claim(context, document),
        "Pod" => pods::example(context, document, "/spec"),
        "Deployment" => pods::deployment(object, context, document),
        "Namespace" | "ServiceAccount" => Ok(()),
        "Role" | "ClusterRole" => list(document, "/rules").map(drop),
        "RoleBinding" | "ClusterRoleBinding" => provisioner::binding(object, context, document),
        "ConfigMap" => provisioner::config(context, document),
        "StorageClass" => provisioner::class(context, document),
        objects::POLICY => provisioner::policy(context, document),
        "MutatingAdmissionPolicyBinding" => equal(document, "/spec/policyName", context.name),
        "KadaluStorage" => provisioner::kadalu(context, document),
        kind => wrong("/kind", format!("is {kind}, and nothing says what must hold for it")),
    }
}

/// One document, without duplicate keys.
pub(super) fn parse(yaml: &str) -> Checked<Value> {
    let documents: Vec<Value> = serde_yaml::from_multiple(yaml).map_err(|error| {
        let place = error.location();
        Wrong::Text {
            line: place.and_then(|place| place.line().try_into().ok()).unwrap_or(1),
            // The rest of the message shows lines of the rendered text, which the template does not have.
            what: format!("the text is no YAML: {}", reason(&error.to_string())),
        }
    })?;
    match <[Value; 1]>::try_from(documents) {
        Ok([document]) => Ok(document),
        Err(documents) => Err(Wrong::Text {
            line: yaml
                .lines()
                .position(|line| line.starts_with("---"))
                .map_or(1, |line| line + 1),
            what: format!("the text has {} documents", documents.len()),
        }),
    }
}

/// The reason alone, of `error: line 1 column 2: reason` and more lines.
fn reason(message: &str) -> &str {
    let first = message.lines().next().unwrap_or_default();
    let (place, reason) = first.split_once(": ").unwrap_or(("", first));
    match reason.split_once(": ") {
        Some((_, reason)) if place == "error" => reason,
        _ => first,
    }
}

/// That a kustomization names these files.
pub(super) fn kustomization(document: &Value, resources: &[String]) -> Checked {
    equal(document, "/kind", "Kustomization")?;
    if resources.is_empty() {
        return Ok(());
    }
    equal(document, "/resources", resources)
}

/// That a migrated persistent volume has the source with that key and path, and keeps its data.
pub(super) fn migrated(document: &Value, name: &str, source: &str, path: &str) -> Checked {
    equal(document, "/kind", "PersistentVolume")?;
    equal(document, "/metadata/name", name)?;
    volumes::only_source(document, source)?;
    equal(document, &format!("/spec/{source}/path"), path)?;
    equal(document, "/spec/persistentVolumeReclaimPolicy", "Retain")
}

/// That the value at `pointer` is `expected`.
fn equal(document: &Value, pointer: &str, expected: impl Into<Value>) -> Checked {
    let expected = expected.into();
    let found = document.pointer(pointer).unwrap_or(&Value::Null);
    if *found == expected {
        return Ok(());
    }
    wrong(pointer, format!("is {found} and should be {expected}"))
}

fn list<'a>(document: &'a Value, pointer: &str) -> Checked<&'a Vec<Value>> {
    match document.pointer(pointer).and_then(Value::as_array) {
        Some(list) if !list.is_empty() => Ok(list),
        _ => wrong(pointer, "has to be a list of at least one entry"),
    }
}

/// What an object is called, and whose it is.
pub(super) struct Identity<'a> {
    pub api_version: &'a str,
    pub kind: &'a str,
    pub name: &'a str,
    pub namespace: Option<&'a str>,
    pub cluster: &'a str,
}

fn identity(expected: &Identity, document: &Value) -> Checked {
    equal(document, "/apiVersion", expected.api_version)?;
    equal(document, "/kind", expected.kind)?;
    equal(document, "/metadata/name", expected.name)?;
    // The API server would refuse a namespace of an object of the whole cluster.
    equal(
        document,
        "/metadata/namespace",
        expected.namespace.map_or(Value::Null, Value::from),
    )?;
    match document.pointer("/metadata/labels").map(Value::as_object) {
        Some(Some(labels)) if labels.values().all(Value::is_string) => {}
        None => {}
        Some(_) => return wrong("/metadata/labels", "has to be keys with texts as values"),
    }
    // `kubernetes apply` writes to no object without the label: the object could be somebody else's.
    let pointer = format!("/metadata/labels/{}", CLUSTER.replace('/', "~1"));
    equal(document, &pointer, expected.cluster)
}

#[cfg(test)]
mod tests;
