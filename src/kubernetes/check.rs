//! What must hold for a manifest, whatever its template says: it is parsed back and checked before anyone sees it.

use std::net::Ipv4Addr;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use super::{Context, Object};

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

/// Parses a manifest and checks it against what it was made from.
///
/// # Errors
/// Names the template and what is wrong with the document.
pub(super) fn check(object: &Object, context: &Context<'_>, yaml: &str) -> anyhow::Result<Value> {
    parse(yaml)
        .and_then(|document| {
            common(object, context, &document)?;
            match object.kind {
                "Service" => service(&document)?,
                "Endpoints" => endpoints(context, &document)?,
                "PersistentVolume" => persistent_volume(context, &document)?,
                "PersistentVolumeClaim" => claim(context, &document)?,
                kind => bail!("nothing says what must hold for a {kind}"),
            }
            Ok(document)
        })
        .with_context(|| format!("templates/{} makes a wrong {}", object.template, object.kind))
}

/// One document, without duplicate keys.
fn parse(yaml: &str) -> anyhow::Result<Value> {
    let mut documents: Vec<Value> = serde_yaml::from_multiple(yaml).context("it is no YAML")?;
    ensure!(documents.len() == 1, "it has {} documents", documents.len());
    documents.pop().context("it is empty")
}

/// That what is at `pointer` (RFC 6901) is `expected`.
fn equal(document: &Value, pointer: &str, expected: impl Into<Value>) -> anyhow::Result<()> {
    let expected = expected.into();
    let found = document.pointer(pointer).unwrap_or(&Value::Null);
    ensure!(*found == expected, "{pointer} is {found} and should be {expected}");
    Ok(())
}

fn common(object: &Object, context: &Context<'_>, document: &Value) -> anyhow::Result<()> {
    equal(document, "/apiVersion", "v1")?;
    equal(document, "/kind", object.kind)?;
    equal(document, "/metadata/name", context.name)?;
    match object.kind {
        // Of the whole cluster: the API server would refuse a namespace.
        "PersistentVolume" => equal(document, "/metadata/namespace", Value::Null),
        _ => equal(document, "/metadata/namespace", context.namespace),
    }
}

fn service(document: &Value) -> anyhow::Result<()> {
    // With one, the control plane would replace the Endpoints by its own.
    equal(document, "/spec/selector", Value::Null)?;
    ports(document.pointer("/spec/ports"))
}

fn endpoints(context: &Context<'_>, document: &Value) -> anyhow::Result<()> {
    let subsets = list(document.pointer("/subsets"), "subsets")?;
    let mut found = Vec::new();
    for subset in subsets {
        ports(subset.get("ports"))?;
        for address in list(subset.get("addresses"), "addresses")? {
            let text = address
                .get("ip")
                .and_then(Value::as_str)
                .context("an address has no ip")?;
            let ip: Ipv4Addr = text.parse().with_context(|| format!("{text:?} is no address"))?;
            found.push(ip);
        }
    }
    ensure!(
        found == context.addresses,
        "its addresses are {found:?} and should be {:?}",
        context.addresses
    );
    Ok(())
}

fn persistent_volume(context: &Context<'_>, document: &Value) -> anyhow::Result<()> {
    let spec = document
        .get("spec")
        .and_then(Value::as_object)
        .context("it has no spec")?;
    let sources: Vec<&str> = spec
        .keys()
        .map(String::as_str)
        .filter(|key| !NOT_A_SOURCE.contains(key))
        .collect();
    ensure!(
        sources == ["glusterfs"],
        "its sources are {sources:?} and should be glusterfs alone"
    );
    equal(document, "/spec/glusterfs/endpoints", context.name)?;
    equal(document, "/spec/glusterfs/endpointsNamespace", context.namespace)?;
    equal(document, "/spec/glusterfs/path", context.volume)?;
    equal(document, "/spec/claimRef/name", context.name)?;
    equal(document, "/spec/claimRef/namespace", context.namespace)?;
    // There is no deleter for these volumes, and no claim's end may be that of the data.
    equal(document, "/spec/persistentVolumeReclaimPolicy", "Retain")?;
    equal(document, "/spec/storageClassName", "")?;
    equal(document, "/spec/accessModes", json!(["ReadWriteMany"]))?;
    equal(document, "/spec/capacity/storage", context.size)
}

fn claim(context: &Context<'_>, document: &Value) -> anyhow::Result<()> {
    equal(document, "/spec/volumeName", context.name)?;
    equal(document, "/spec/storageClassName", "")?;
    equal(document, "/spec/accessModes", json!(["ReadWriteMany"]))?;
    equal(document, "/spec/resources/requests/storage", context.size)
}

fn ports(ports: Option<&Value>) -> anyhow::Result<()> {
    for port in list(ports, "ports")? {
        let number = port.get("port").and_then(Value::as_u64);
        ensure!(
            number.is_some_and(|number| (1..=65535).contains(&number)),
            "{port} has no port from 1 to 65535"
        );
    }
    Ok(())
}

fn list<'a>(value: Option<&'a Value>, what: &str) -> anyhow::Result<&'a Vec<Value>> {
    value
        .and_then(Value::as_array)
        .filter(|list| !list.is_empty())
        .with_context(|| format!("it has no {what}"))
}

#[cfg(test)]
mod tests {
    use super::super::OBJECTS;
    use super::*;
    use crate::templates;

    fn context() -> Context<'static> {
        Context {
            name: "glusterfs-gv0",
            namespace: "default",
            volume: "gv0",
            addresses: vec![Ipv4Addr::new(198, 51, 100, 11)],
            size: "1Gi",
        }
    }

    fn object(kind: &str) -> &'static Object {
        OBJECTS.iter().find(|object| object.kind == kind).unwrap()
    }

    #[test]
    fn a_template_that_goes_wrong_is_named_and_nothing_is_printed() {
        for (kind, right, wrong) in [
            ("Service", "apiVersion: v1", "apiVersion: v2"),
            ("Service", "kind: Service", "kind: Secret"),
            ("Service", "\"glusterfs-gv0\"", "\"gv0\""),
            ("Service", "port: 1", "port: 0"),
            ("Service", "    - port: 1", "    []"),
            ("Service", "  ports:", "  selector: {a: b}\n  ports:"),
            ("Service", "spec:", "---\nspec:"),
            ("Service", "spec:", "kind: Service\nspec:"),
            ("Endpoints", "\"198.51.100.11\"", "kube1"),
            ("Endpoints", "\"198.51.100.11\"", "198.51.100.12"),
            ("Endpoints", "port: 1", "port: 65536"),
            (
                "PersistentVolume",
                "  glusterfs:",
                "  hostPath: {path: /}\n  glusterfs:",
            ),
            ("PersistentVolume", "  glusterfs:", "  invented: {}\n  glusterfs:"),
            ("PersistentVolume", "  glusterfs:", "  nfs:"),
            ("PersistentVolume", "\"gv0\"", "\"gv1\""),
            ("PersistentVolume", "Retain", "Delete"),
            ("PersistentVolume", "metadata:", "metadata:\n  namespace: default"),
            ("PersistentVolumeClaim", "storageClassName: \"\"", "# nothing"),
            ("PersistentVolumeClaim", "storage: \"1Gi\"", "cpu: 1"),
            (
                "PersistentVolumeClaim",
                "namespace: \"default\"",
                "namespace: \"other\"",
            ),
        ] {
            let object = object(kind);
            let yaml = templates::render(object.template, context()).unwrap();
            check(object, &context(), &yaml).unwrap();
            assert!(yaml.contains(right), "{kind}: {right}");
            let error = check(object, &context(), &yaml.replace(right, wrong)).unwrap_err();
            let text = format!("{error:#}");
            assert!(
                text.starts_with(&format!("templates/{}", object.template)),
                "{wrong}: {text}"
            );
        }
    }
}
