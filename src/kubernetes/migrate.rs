//! From persistent volumes with a `glusterfs` source to ones that work without the plugin: the same names, claims and
//! data. Pure.
//!
//! The source of a persistent volume cannot be changed, so the volume is deleted and made again. While the volume is
//! deleted its claim is `Lost`; the claim is bound again to a volume of the same name that is reserved for the claim's
//! uid (kubernetes/kubernetes, pkg/controller/volume/persistentvolume/pv_controller.go, `syncBoundClaim`).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::check;
use super::choice::{Choice, Request, choose as choose_any};
use super::directories::below;
use super::live::own_labels;
use super::nodes::{label_commands, node_label};
use super::plugins::{Provisioning, definition, needs_the_nodes_mount};
use super::templates::Templates;
use super::{Manifest, field_manager, rendered};
use crate::inventory::kubernetes::names::{NodeName, VolumeDirectory, is_quantity};
use crate::inventory::{Inventory, Nfs, Volume, VolumePlugin};

/// Annotations that are not true of the new volume.
const STALE: [&str; 3] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "pv.kubernetes.io/provisioned-by",
    CREATED_BY,
];

/// What Kubernetes' own provisioner wrote at the volumes that Heketi made for it (kubernetes/kubernetes 1.25,
/// `pkg/volume/glusterfs/glusterfs.go`: `heketiAnn`, `heketiVolIDAnn`). The id stays at the new volume: it is what Heketi calls
/// the Gluster volume. `pv.beta.kubernetes.io/gid` stays, too: by it a kubelet puts pods into the group that may write, whatever
/// the source of the volume is.
const CREATED_BY: &str = "kubernetes.io/createdby";
const HEKETI_ID: &str = "gluster.kubernetes.io/heketi-volume-id";

/// What the same provisioner wrote into the annotation `Description`.
const PROVISIONED: &str = "Gluster-Internal: Dynamically provisioned PV";

/// What replaces the persistent volumes of the input.
#[derive(Debug, Clone, Default)]
pub struct Migration {
    /// The new persistent volumes.
    pub volumes: Vec<Manifest>,
    /// What to do, in order, as lines for a comment.
    pub notes: Vec<String>,
    /// A message for each persistent volume that cannot be replaced: why.
    pub refused: Vec<String>,
    /// What changes for pods.
    pub warnings: Vec<String>,
}

/// Chooses the plugin that replaces `glusterfs`: what was asked for, what the inventory says, else `local`.
///
/// # Errors
/// The plugin cannot work, or makes no persistent volumes by itself.
pub fn choose(inventory: &Inventory, request: Request) -> Result<Choice, Vec<String>> {
    const REPLACEMENTS: [VolumePlugin; 3] = [VolumePlugin::Local, VolumePlugin::HostPath, VolumePlugin::Nfs];
    let stated = inventory.kubernetes.method;
    let stated = stated.filter(|method| REPLACEMENTS.contains(method));
    let method = request.method.or(stated).unwrap_or(VolumePlugin::Local);
    if !REPLACEMENTS.contains(&method) {
        let reason = "replaces no persistent volume that exists already; use local, host-path or nfs";
        return Err(vec![format!("method {method} {reason}")]);
    }
    let method = Some(method);
    choose_any(inventory, Request { method, ..request })
}

/// What the template may use.
#[derive(Debug, Serialize)]
struct Context<'a> {
    name: &'a str,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    capacity: &'a str,
    access_modes: Vec<&'a str>,
    class: &'a str,
    claim: Option<Claim<'a>>,
    /// The key of the source in the volume's spec.
    source: &'static str,
    path: String,
    read_only: bool,
    nfs: Option<&'a Nfs>,
    node_label: String,
}

#[derive(Debug, Serialize)]
struct Claim<'a> {
    namespace: &'a str,
    name: &'a str,
    uid: Option<&'a str>,
}

/// Replaces every persistent volume with a `glusterfs` source, and leaves the others alone.
///
/// # Errors
/// The input holds no persistent volumes at all, or the template is wrong.
pub fn migrate(
    inventory: &Inventory,
    plugin: VolumePlugin,
    templates: &Templates,
    input: &Value,
) -> anyhow::Result<Migration> {
    let mut migration = Migration::default();
    let mut replaced = Vec::new();
    let one = std::slice::from_ref(input);
    for old in input.get("items").and_then(Value::as_array).map_or(one, Vec::as_slice) {
        if old.get("kind").and_then(Value::as_str) != Some("PersistentVolume") {
            anyhow::bail!(
                "the input is not what kubectl get pv -o json prints: it has something else than persistent volumes"
            );
        }
        let Some(source) = old.pointer("/spec/glusterfs") else {
            continue;
        };
        let name = text(old, "/metadata/name").unwrap_or_default();
        let context = match context(inventory, plugin, old, source) {
            Ok(context) => context,
            Err(reason) => {
                migration.refused.push(format!("persistent volume {name:?}: {reason}"));
                continue;
            }
        };
        if context.read_only && plugin != VolumePlugin::Nfs {
            migration.warnings.push(format!(
                "persistent volume {name} is read-only by its source; a {plugin} volume has no such setting: set readOnly \
                 in the pods that use it"
            ));
        }
        if old.pointer("/spec/mountOptions").is_some() {
            migration.warnings.push(format!(
                "the mount options of persistent volume {name} are those of the node's mount from now on"
            ));
        }
        migration.volumes.push(manifest(&context, templates)?);
        let endpoints = text(source, "/endpoints").zip(
            // The plugin looks in the claim's namespace where the source names none.
            text(source, "/endpointsNamespace").or(text(old, "/spec/claimRef/namespace")),
        );
        replaced.push(Replaced {
            name,
            is_claimed: context.claim.is_some(),
            heketis: context.annotations.contains_key(HEKETI_ID).then_some(context.class),
            endpoints,
        });
    }
    if !replaced.is_empty() {
        migration.notes = steps(inventory, plugin, &replaced);
    }
    Ok(migration)
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}

fn texts(value: Option<&Value>) -> BTreeMap<String, String> {
    let entries = value.and_then(Value::as_object).into_iter().flatten();
    entries
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

fn context<'a>(
    inventory: &'a Inventory,
    plugin: VolumePlugin,
    old: &'a Value,
    source: &'a Value,
) -> Result<Context<'a>, String> {
    let name = text(old, "/metadata/name").ok_or("it has no name")?;
    // The name becomes part of commands.
    NodeName::parse(name).map_err(|refused| format!("that is no name: {refused}"))?;
    let old_path = text(source, "/path").ok_or("its source has no path")?.trim_matches('/');
    let (volume_name, directory) = old_path.split_once('/').unwrap_or((old_path, "."));
    VolumeDirectory::parse(directory).map_err(|refused| format!("its path {old_path:?}: {refused}"))?;
    let volume: &Volume = inventory
        .volumes
        .iter()
        .find(|volume| volume.name.as_str() == volume_name)
        .ok_or_else(|| {
            format!(
                "the inventory has no volume {volume_name:?}; glusterctl init --from HOST writes the inventory of a running \
                 cluster"
            )
        })?;
    let settings = inventory.kubernetes.volumes.get(&volume.name);
    let settings = settings.ok_or_else(|| format!("volume {volume_name} has no settings for Kubernetes"))?;
    let Provisioning::Static(key, _) = definition(plugin).provisioning else {
        return Err(format!("method {plugin} replaces no persistent volume"));
    };
    let base = match (plugin, &settings.nfs) {
        (VolumePlugin::Nfs, Some(nfs)) => nfs.path.as_str(),
        _ => volume.mount.path.as_str(),
    };
    let capacity = text(old, "/spec/capacity/storage").ok_or("it has no capacity")?;
    if !is_quantity(capacity) {
        return Err(format!("its capacity {capacity:?} is no quantity"));
    }
    let modes = old.pointer("/spec/accessModes").and_then(Value::as_array);
    let mut annotations = texts(old.pointer("/metadata/annotations"));
    let is_stale = |key: &str, value: &str| STALE.contains(&key) || (key == "Description" && value == PROVISIONED);
    annotations.retain(|key, value| !is_stale(key, value));
    let claim = |key: &str| text(old, &format!("/spec/claimRef/{key}"));
    let claim = claim("namespace").zip(claim("name")).map(|(namespace, name)| Claim {
        namespace,
        name,
        uid: claim("uid"),
    });
    Ok(Context {
        name,
        // From now on `kubernetes apply` takes the volume for one of this Gluster cluster.
        labels: texts(old.pointer("/metadata/labels"))
            .into_iter()
            .chain(own_labels(inventory.cluster.as_str()))
            .collect(),
        annotations,
        capacity,
        access_modes: modes.into_iter().flatten().filter_map(Value::as_str).collect(),
        class: text(old, "/spec/storageClassName").unwrap_or_default(),
        claim,
        source: key,
        path: below(base, directory),
        read_only: source.get("readOnly").and_then(Value::as_bool).unwrap_or(false),
        nfs: settings.nfs.as_ref(),
        node_label: node_label(settings),
    })
}

fn manifest(context: &Context<'_>, templates: &Templates) -> anyhow::Result<Manifest> {
    const TEMPLATE: &str = "persistent-volume-migrated";
    let kind = "PersistentVolume";
    let check = |document: &Value| check::migrated(document, context.name, context.source, &context.path);
    let (yaml, object) = rendered(templates, TEMPLATE, kind, context, check)?;
    Ok(Manifest {
        file_name: format!("{}-{TEMPLATE}.yaml", context.name),
        kind,
        name: context.name.to_owned(),
        namespace: None,
        example: false,
        yaml,
        object,
    })
}

const RETAIN: &str = r#"{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}"#;

/// A persistent volume that is replaced.
struct Replaced<'a> {
    name: &'a str,
    is_claimed: bool,
    /// Heketi made the Gluster volume: the storage class of the persistent volume, which may be empty.
    heketis: Option<&'a str>,
    /// The Endpoints that the plugin read: name and namespace.
    endpoints: Option<(&'a str, &'a str)>,
}

/// What a person does, in order. No step deletes data: the reclaim policy of a volume is `Retain` before the volume is
/// deleted. Every step can be done again: a volume that is gone stops none.
fn steps(inventory: &Inventory, plugin: VolumePlugin, replaced: &[Replaced<'_>]) -> Vec<String> {
    let joined = |wanted: &dyn Fn(&Replaced<'_>) -> bool| {
        let wanted = replaced.iter().filter(|one| wanted(one));
        wanted.map(|one| one.name).collect::<Vec<_>>().join(" ")
    };
    let (all, claimed) = (joined(&|_| true), joined(&|one| one.is_claimed));
    let mut notes = vec![
        "These persistent volumes take the places of the old volumes with the same names; claims and data stay."
            .to_owned(),
        "Keep what `kubectl get pv -o json` printed. Have `glusterctl apply` done, and then, in this order:".to_owned(),
        "1. Stop the pods that use the old volumes: a running pod keeps its mount, and a new pod waits until step 5."
            .to_owned(),
        "2. Make sure that no data is deleted with the old volumes:".to_owned(),
        format!("     kubectl patch pv {all} --type=merge -p '{RETAIN}'"),
        "3. Delete the old volumes, which their claims hold on to:".to_owned(),
        format!("     kubectl delete pv {all} --wait=false --ignore-not-found"),
    ];
    if !claimed.is_empty() {
        notes.extend([
            format!("     kubectl get pv {claimed} --ignore-not-found -o name |"),
            "       xargs -r -n 1 kubectl patch --type=merge -p '{\"metadata\":{\"finalizers\":null}}'".to_owned(),
            "   The claims are Lost until step 5, and their events say \"Data on the volume is lost!\": that means the"
                .to_owned(),
            "   persistent volume, which is gone for the moment. The data in Gluster is not touched.".to_owned(),
        ]);
    }
    let manager = field_manager(&inventory.cluster);
    notes.push(format!(
        "4. Apply this file: kubectl apply --server-side --field-manager={manager} -f FILE"
    ));
    if needs_the_nodes_mount(plugin) {
        notes.push("   and label the nodes that have no label yet:".to_owned());
        notes.extend(label_commands(inventory).iter().map(|line| format!("   {line}")));
    }
    notes.push("5. See that every claim is Bound again (kubectl get pvc -A), and start the pods.".to_owned());
    notes.push(
        "A volume that a pod names directly, without a claim, is not replaced: let the pod name a claim.".to_owned(),
    );
    notes.extend(no_longer_needed(replaced));
    notes.extend(heketis(replaced));
    notes
}

/// What whoever has volumes of Heketi must know. The names of classes come from the cluster and become part of a sentence.
fn heketis(replaced: &[Replaced<'_>]) -> Vec<String> {
    let classes: BTreeSet<&str> = replaced.iter().filter_map(|one| one.heketis).collect();
    if classes.is_empty() {
        return Vec::new();
    }
    let mut notes = vec![
        "Heketi made some of these volumes, and deletes a volume with its data when somebody asks Heketi to. No step above asks,"
            .to_owned(),
        "and nothing in Kubernetes does once a volume is replaced. When Heketi is to make no more volumes, stop Heketi for good."
            .to_owned(),
    ];
    let classes: Vec<&str> = classes
        .into_iter()
        .filter(|class| NodeName::parse(class).is_ok())
        .collect();
    if !classes.is_empty() {
        notes.push(format!(
            "Storage classes of Heketi make and expand no volume on Kubernetes 1.26 and newer: {}",
            classes.join(", ")
        ));
    }
    notes
}

/// The objects that only the old plugin read. The names come from the cluster and become part of commands.
fn no_longer_needed(replaced: &[Replaced<'_>]) -> Vec<String> {
    let is_name = |text: &str| NodeName::parse(text).is_ok();
    let endpoints = replaced.iter().filter_map(|one| one.endpoints);
    let endpoints: BTreeSet<_> = endpoints
        .filter(|(name, namespace)| is_name(name) && is_name(namespace))
        .collect();
    if endpoints.is_empty() {
        return Vec::new();
    }
    let commands = endpoints
        .iter()
        .map(|(name, namespace)| format!("  kubectl delete service,endpoints {name} --namespace {namespace}"));
    let first = "When no pod and no other persistent volume names them, these objects are no longer needed:".to_owned();
    std::iter::once(first).chain(commands).collect()
}
