//! The `kubernetes:` section as the operator wrote it, checked. What follows from it is in `crate::kubernetes`.

pub mod names;
pub mod plugin;
pub mod version;

use std::collections::BTreeMap;

use super::names::{HostName, VolumeName};
use names::{ExportPath, LabelKey, LabelValue, Namespace, NfsServer, NodeName, ObjectName, Quantity, VolumeDirectory};
use plugin::VolumePlugin;
use version::KubeVersion;

/// Settings for the Kubernetes manifests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kubernetes {
    /// The cluster's version, if it is stated.
    pub version: Option<KubeVersion>,
    /// The volume plugin, if one is stated.
    pub method: Option<VolumePlugin>,
    /// The namespaces of the claims.
    pub namespaces: Namespaces,
    /// Labels for every object.
    pub labels: BTreeMap<LabelKey, LabelValue>,
    /// The names of nodes that differ from the names of their hosts.
    pub nodes: BTreeMap<HostName, NodeName>,
    /// Settings of each volume of the inventory.
    pub volumes: BTreeMap<VolumeName, VolumeSettings>,
}

/// The namespaces that get a claim for each volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Namespaces {
    /// One namespace: the persistent volume has the name of the other objects.
    One(Namespace),
    /// Several namespaces: each has its own persistent volume for the same data, named with the namespace behind a dot.
    Several(Vec<Namespace>),
}

/// How one volume appears in Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeSettings {
    /// The name of the volume's objects; no two volumes have the same name.
    pub name: ObjectName,
    /// The size that persistent volumes and claims state. The API wants a size; nothing enforces the size.
    pub size: Quantity,
    /// What pods may do with the volume.
    pub access: Access,
    /// The directory that static plugins show to pods, if one is stated.
    pub directory: Option<VolumeDirectory>,
    /// The label of the nodes that mount the volume, if one is stated.
    pub node_label: Option<LabelKey>,
    /// The NFS export of the volume, if there is one.
    pub nfs: Option<Nfs>,
}

/// An NFS export of a volume.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Nfs {
    /// The server, best at an address that moves when the host fails.
    pub server: NfsServer,
    /// The export.
    pub path: ExportPath,
}

/// Access modes, in the words of Kubernetes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub enum Access {
    /// Pods on every node read and write.
    #[default]
    ReadWriteMany,
    /// Pods on every node read.
    ReadOnlyMany,
    /// Pods on one node read and write; Gluster itself does not enforce that.
    ReadWriteOnce,
}

impl Namespaces {
    /// All namespaces.
    #[must_use]
    pub fn all(&self) -> &[Namespace] {
        match self {
            Namespaces::One(one) => std::slice::from_ref(one),
            Namespaces::Several(all) => all,
        }
    }
}

impl Default for Namespaces {
    fn default() -> Self {
        Namespaces::One(Namespace::preset("default"))
    }
}
