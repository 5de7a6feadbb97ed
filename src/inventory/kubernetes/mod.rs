//! The `kubernetes:` section as the operator wrote the section, checked. `crate::kubernetes` makes manifests from the
//! section.

pub mod heketi;
pub mod names;
pub(crate) mod plugin;
pub(super) mod version;

use std::collections::BTreeMap;

use super::names::{HostName, VolumeName};
use names::{ExportPath, LabelKey, LabelValue, Namespace, NfsServer, NodeName, ObjectName, Quantity, VolumeDirectory};
use plugin::VolumePlugin;
use version::KubeVersion;

/// Settings for the Kubernetes manifests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kubernetes {
    /// Whether the inventory has the section.
    pub is_stated: bool,
    /// The version of the Kubernetes cluster, if the inventory states a version.
    pub version: Option<KubeVersion>,
    /// The volume plugin, if the inventory states a plugin.
    pub method: Option<VolumePlugin>,
    /// The namespaces of the claims.
    pub namespaces: Namespaces,
    /// Labels for every object.
    pub labels: BTreeMap<LabelKey, LabelValue>,
    /// The names of nodes that differ from the names of their hosts.
    pub nodes: BTreeMap<HostName, NodeName>,
    /// Where Heketi runs and which classes it has, if the inventory says so.
    pub heketi: Option<heketi::Heketi>,
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
    /// The directory that static plugins show to pods, if the inventory states a directory.
    pub directory: Option<VolumeDirectory>,
    /// The label of the nodes that mount the volume, if the inventory states a label.
    pub node_label: Option<LabelKey>,
    /// The NFS export of the volume, if the inventory states an export.
    pub nfs: Option<Nfs>,
}

/// The directory that static plugins show to pods when the inventory states none. It exists only where the volume is
/// mounted, unlike the mount point.
const STATIC: &str = "kubernetes/static";

impl VolumeSettings {
    /// The directory inside the volume that static plugins show to pods; `.` is the whole volume.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.directory.as_ref().map_or(STATIC, |directory| directory.as_str())
    }
}

/// An NFS export of a volume.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Nfs {
    /// The NFS server, best at an address that moves when the host fails.
    pub server: NfsServer,
    /// The path of the export on the server.
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
    /// Pods on one node read and write; Gluster itself does not enforce this mode.
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
