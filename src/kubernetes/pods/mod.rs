//! The servers themselves in pods: manifests in which each pod is a host of the inventory and provisions itself with
//! `glusterctl node`. A new kind of object starts as a line of [`OBJECTS`], with a template and with what must hold for it in
//! `check::storage`. Pure.

mod context;
mod inventory;
mod refusals;
mod scale;
mod seen;
mod stateful_set;
pub mod update;
mod workload;

use std::fmt;

use super::check::storage;
use super::choice::unchecked;
use super::templates::Templates;
use super::{Manifest, field_manager, rendered};
use crate::inventory::kubernetes::names::{
    ImageName, Namespace, Provisioner, Quantity, StateDirectory, StorageClassName,
};
use crate::inventory::{Inventory, KubeVersion};
pub(super) use context::Context;
pub use scale::{Pods as ScaledPods, Scaled, scaled, written};
pub use seen::{Answer, Pod, Said, Seen};
pub use workload::{Member, Workload};

/// The file from which podman, buildah or docker make the image of the pods.
pub const CONTAINERFILE: &str = include_str!("../../../templates/Containerfile");

/// The container of a pod.
pub const CONTAINER: &str = "glusterctl";

/// What the pods are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A `DaemonSet`, with a pod on each node of the inventory.
    DaemonSet,
    /// A Pod for each host of the inventory.
    Pod,
    /// A `StatefulSet`, whose pods are on whatever nodes, each with a disk of its own.
    StatefulSet,
}

impl Kind {
    /// The kind in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::DaemonSet => "DaemonSet",
            Kind::Pod => "Pod",
            Kind::StatefulSet => "StatefulSet",
        }
    }
}

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// What the pods are.
    pub kind: Kind,
    /// The image with glusterctl and GlusterFS.
    pub image: ImageName,
    /// The cluster's version, if not the inventory's.
    pub version: Option<KubeVersion>,
    /// The namespace of the pods; without one, the name of the objects.
    pub namespace: Option<Namespace>,
    /// The directory on each node that keeps glusterd's state; without one, a directory with the cluster's name.
    pub state: Option<StateDirectory>,
    /// The disks of a `StatefulSet`.
    pub disk: Disk,
}

/// The disk that each pod of a `StatefulSet` gets.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    /// The size.
    pub size: Option<Quantity>,
    /// The storage class, if one exists.
    pub class: Option<StorageClassName>,
    /// The provisioner, for which a storage class is made.
    pub provisioner: Option<Provisioner>,
}

/// Manifests, and what whoever applies them should know.
#[derive(Debug)]
pub struct Pods {
    /// The manifests, in the order in which they are applied.
    pub manifests: Vec<Manifest>,
    /// Lines that head the manifests, as comments.
    pub notes: Vec<String>,
    /// Warnings.
    pub warnings: Vec<String>,
}

/// A kind of object around the pods.
struct Object {
    api_version: &'static str,
    kind: &'static str,
    template: &'static str,
    has_namespace: bool,
}

const fn object(api_version: &'static str, kind: &'static str, template: &'static str) -> Object {
    Object {
        api_version,
        kind,
        template,
        has_namespace: true,
    }
}

/// The objects around the pods, in the order in which they are applied; the pods come last.
const OBJECTS: [Object; 4] = [
    Object {
        has_namespace: false,
        ..object("v1", "Namespace", "pods-namespace")
    },
    object("v1", "ConfigMap", "pods-config"),
    object("v1", "ServiceAccount", "pods-service-account"),
    object("policy/v1", "PodDisruptionBudget", "pods-disruption-budget"),
];

/// What a `StatefulSet` needs besides: the names of its pods, and the class of its disks if none exists.
const SERVICE: Object = object("v1", "Service", "pods-service");
const STORAGE_CLASS: Object = Object {
    has_namespace: false,
    ..object("storage.k8s.io/v1", "StorageClass", "pods-storage-class")
};

const DAEMON_SET: Object = object("apps/v1", "DaemonSet", "pods-workload");
const POD: Object = object("v1", "Pod", "pods-workload");
const STATEFUL_SET: Object = object("apps/v1", "StatefulSet", "pods-workload");

/// The manifests for the servers of an inventory. `keys` are the keys and values of the inventory as its operator wrote them.
///
/// # Errors
/// Every reason why these hosts cannot be pods ([`Refused`]); or a template is wrong, with file and line.
pub fn make(
    inventory: &Inventory,
    keys: &serde_json::Value,
    request: &Request,
    templates: &Templates,
) -> anyhow::Result<Pods> {
    let version = request
        .version
        .or(inventory.kubernetes.version)
        .unwrap_or(KubeVersion::NEWEST);
    let reasons = refusals::all(inventory, request, version);
    if !reasons.is_empty() {
        return Err(Refused(reasons).into());
    }
    let context = Context::new(inventory, keys, request)?;
    let mut manifests = Vec::new();
    for object in &OBJECTS {
        manifests.push(manifest(object, &context, templates)?);
    }
    match request.kind {
        Kind::DaemonSet => manifests.push(manifest(&DAEMON_SET, &context, templates)?),
        Kind::StatefulSet => {
            let class = request.disk.provisioner.is_some().then_some(&STORAGE_CLASS);
            for object in class.into_iter().chain([&SERVICE, &STATEFUL_SET]) {
                manifests.push(manifest(object, &context, templates)?);
            }
        }
        Kind::Pod => {
            for host in &inventory.hosts {
                manifests.push(manifest(&POD, &context.of_host(inventory, host), templates)?);
            }
        }
    }
    Ok(Pods {
        manifests,
        notes: notes(inventory, request.kind, version),
        warnings: unchecked(version).into_iter().collect(),
    })
}

/// Why hosts of an inventory cannot be pods: a sentence for each reason.
#[derive(Debug)]
pub struct Refused(pub Vec<String>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for Refused {}

fn manifest(object: &Object, context: &Context<'_>, templates: &Templates) -> anyhow::Result<Manifest> {
    let name = match (object.kind, &context.set) {
        ("Namespace", _) => context.namespace.clone(),
        ("Service", Some(set)) => set.service.to_owned(),
        _ if object.template == POD.template => context.workload.clone(),
        _ => context.name.clone(),
    };
    let namespace = object.has_namespace.then(|| context.namespace.clone());
    let identity = super::check::Identity {
        api_version: object.api_version,
        kind: object.kind,
        name: &name,
        namespace: namespace.as_deref(),
        cluster: context.cluster,
    };
    let check = |document: &serde_json::Value| storage::check(&identity, context, document);
    let (yaml, parsed) = rendered(templates, object.template, object.kind, context, check)?;
    Ok(Manifest {
        file_name: format!("{name}-{}.yaml", object.template),
        kind: object.kind,
        example: false,
        name,
        namespace,
        yaml,
        object: parsed,
    })
}

fn notes(inventory: &Inventory, kind: Kind, version: KubeVersion) -> Vec<String> {
    let what = match kind {
        Kind::DaemonSet => "a DaemonSet with a pod on each node of the inventory.",
        Kind::Pod => "a Pod for each host of the inventory.",
        Kind::StatefulSet => "a StatefulSet with a pod and a disk for each host of the inventory.",
    };
    let mut notes = vec![
        format!("For Kubernetes {version}, GlusterFS in pods: {what}"),
        format!(
            "kubectl apply --server-side --field-manager={} -f FILE",
            field_manager(&inventory.cluster)
        ),
    ];
    match kind {
        Kind::DaemonSet | Kind::Pod => notes.extend([
            "No glusterd of the nodes' own may run there: systemctl disable --now glusterd".to_owned(),
            "The claims for applications: glusterctl kubernetes".to_owned(),
        ]),
        Kind::StatefulSet => {
            notes.push("More or fewer pods: glusterctl kubernetes scale, and never kubectl scale".to_owned())
        }
    }
    notes
}
