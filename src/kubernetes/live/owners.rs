//! Whose an object is.

use serde_json::Value;

use super::{Live, shown, text};
use crate::inventory::ClusterName;
use crate::kubernetes::Manifest;

/// The label that says for which Gluster cluster an object was made.
pub(in crate::kubernetes) const CLUSTER: &str = "glusterctl/cluster";

/// A message for each object that exists and was not made for this Gluster cluster: nothing may be written to it.
pub(crate) fn strangers(cluster: &ClusterName, manifests: &[Manifest], live: &Live) -> Vec<String> {
    let strange = |manifest: &&Manifest| {
        let object = live.of(manifest)?;
        let ours = of_cluster(object) == Some(cluster.as_str()) || is_claim_of_ours(cluster, object, live);
        (!ours).then(|| {
            let kind = manifest.kind.to_lowercase();
            let namespace = manifest.namespace.as_ref();
            let namespace = namespace.map(|one| format!(" --namespace {one}")).unwrap_or_default();
            format!(
                "{} exists already and was not made for the Gluster cluster {cluster}: {}; give the volume another `name` in \
                 `kubernetes: {{volumes: …}}`, or, if the object is to belong to this cluster: kubectl label {kind} {}{namespace} \
                 {CLUSTER}={cluster}",
                shown(manifest),
                owner(object),
                manifest.name
            )
        })
    };
    manifests.iter().filter_map(|manifest| strange(&manifest)).collect()
}

/// The Gluster cluster that an object was made for.
fn of_cluster(object: &Value) -> Option<&str> {
    let labels = object.pointer("/metadata/labels")?;
    labels.get(CLUSTER).and_then(Value::as_str)
}

/// A claim that a person made, and that is bound to a persistent volume of ours: `migrate` keeps such claims.
fn is_claim_of_ours(cluster: &ClusterName, object: &Value, live: &Live) -> bool {
    let volume = text(object, "/spec/volumeName");
    let volume = volume.and_then(|name| live.find("PersistentVolume", None, name));
    text(object, "/kind") == Some("PersistentVolumeClaim")
        && volume.is_some_and(|volume| {
            let uid = text(volume, "/spec/claimRef/uid");
            of_cluster(volume) == Some(cluster.as_str()) && uid.is_some() && uid == text(object, "/metadata/uid")
        })
}

/// Who made an object, as far as the object says.
fn owner(object: &Value) -> String {
    if let Some(other) = of_cluster(object) {
        return format!("it was made for the Gluster cluster {other}");
    }
    if let Some(owner) = object.pointer("/metadata/ownerReferences/0") {
        let part = |key: &str| owner.get(key).and_then(Value::as_str).unwrap_or("?");
        return format!("it belongs to {} {}", part("kind"), part("name"));
    }
    let annotations = object.pointer("/metadata/annotations");
    let release = annotations.and_then(|annotations| annotations.get("meta.helm.sh/release-name"));
    if let Some(release) = release.and_then(Value::as_str) {
        return format!("it belongs to the Helm release {release}");
    }
    let labels = object.pointer("/metadata/labels");
    let label = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
    match label("app.kubernetes.io/managed-by").or(label("app.kubernetes.io/part-of")) {
        Some(owner) => format!("its labels say that it belongs to {owner}"),
        None => "nothing in it says whose it is".to_owned(),
    }
}
