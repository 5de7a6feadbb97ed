//! The `kubernetes:` section, checked, with every default filled in.

use std::collections::BTreeMap;

use super::kubernetes_names::{
    ExportPath, LabelKey, LabelValue, Namespace, NfsServer, NodeName, ObjectName, Quantity, VolumeDirectory,
};
use super::model::{Host, Volume};
use super::names::{ClusterName, HostName, MountPath, VolumeName};
use super::ways::{KubeVersion, Way};

/// Says what an object is among others, and makes its name begin with a letter.
const PREFIX: &str = "glusterfs-";

/// The directory inside each volume that the manifests use when the inventory names none. A directory of its own: it
/// exists only where the volume is mounted.
pub const STATIC_DIRECTORY: &str = "kubernetes/static";

/// The directory inside each volume in which provisioners make one for each claim.
pub const DYNAMIC_DIRECTORY: &str = "kubernetes/dynamic";

/// Settings for the Kubernetes manifests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kubernetes {
    /// The cluster's version, if it is stated.
    pub version: Option<KubeVersion>,
    /// The way to the volumes, if one was chosen.
    pub way: Option<Way>,
    /// Where the claims go.
    pub namespaces: Namespaces,
    /// Labels for every object.
    pub labels: BTreeMap<LabelKey, LabelValue>,
    /// What Kubernetes calls the hosts, where it is not the host's name.
    pub nodes: BTreeMap<HostName, NodeName>,
    /// Settings of each volume of the inventory.
    pub volumes: BTreeMap<VolumeName, VolumeSettings>,
}

/// The namespaces that get a claim for each volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Namespaces {
    /// One: the persistent volume has the name of the other objects.
    One(Namespace),
    /// Several: each has its own persistent volume for the same data, named with the namespace behind a dot.
    Several(Vec<Namespace>),
}

/// How one volume appears in Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeSettings {
    /// The name of its objects.
    pub name: ObjectName,
    /// The size that persistent volumes and claims state. The API wants one; nothing enforces it.
    pub size: Quantity,
    /// What pods may do with it.
    pub access: Access,
    /// The directory that static ways show to pods.
    pub directory: VolumeDirectory,
    /// The label of the nodes that mount it.
    pub node_label: LabelKey,
    /// Where NFS exports it, if it does.
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
    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Namespace] {
        match self {
            Namespaces::One(one) => std::slice::from_ref(one),
            Namespaces::Several(all) => all,
        }
    }
}

impl Default for Kubernetes {
    fn default() -> Self {
        Kubernetes {
            version: None,
            way: None,
            namespaces: Namespaces::One(Namespace::preset("default")),
            labels: BTreeMap::new(),
            nodes: BTreeMap::new(),
            volumes: BTreeMap::new(),
        }
    }
}

impl Kubernetes {
    /// What Kubernetes calls a host.
    #[must_use]
    pub fn node(&self, host: &Host) -> String {
        match self.nodes.get(&host.name) {
            Some(node) => node.to_string(),
            None => host.name.to_string(),
        }
    }
}

impl VolumeSettings {
    /// The settings of a volume about which nothing is written.
    #[must_use]
    pub fn new(name: ObjectName) -> Self {
        VolumeSettings {
            node_label: LabelKey::preset(&format!("glusterctl/{name}")),
            name,
            size: Quantity::preset("1Gi"),
            access: Access::default(),
            directory: VolumeDirectory::preset(STATIC_DIRECTORY),
            nfs: None,
        }
    }

    /// The path of the directory for pods on every node.
    #[must_use]
    pub fn path(&self, mount: &MountPath) -> String {
        match self.directory.as_str() {
            "." => mount.to_string(),
            directory => format!("{mount}/{directory}"),
        }
    }

    /// The directories inside the volume that manifests rely on, whichever way is chosen.
    pub fn directories(&self) -> impl Iterator<Item = &str> {
        let own = Some(self.directory.as_str()).filter(|directory| *directory != ".");
        own.into_iter().chain([DYNAMIC_DIRECTORY])
    }
}

/// The name that a volume's objects have when the inventory names none: with the cluster in it, because persistent
/// volumes of all clusters' inventories share one space of names.
///
/// A `-` of the cluster's is doubled, so that the first single one ends it: otherwise volume `b` of cluster `kube-a` and
/// volume `a-b` of cluster `kube` would be one.
///
/// Kubernetes has neither upper case nor `_` in names, and none ends with `-`. A volume's name begins with a letter or
/// digit, so that something is always left.
#[must_use]
pub fn default_name(cluster: &ClusterName, volume: &VolumeName) -> String {
    let cluster = cluster.as_str().replace('-', "--");
    let lower = volume.as_str().to_ascii_lowercase().replace('_', "-");
    format!("{PREFIX}{cluster}-{}", lower.trim_end_matches('-'))
}

/// The directories inside a volume that manifests rely on; `apply` makes them.
#[must_use]
pub fn directories(kubernetes: &Kubernetes, volume: &Volume) -> Vec<String> {
    let settings = kubernetes.volumes.get(&volume.name);
    settings
        .into_iter()
        .flat_map(VolumeSettings::directories)
        .map(|directory| format!("{}/{directory}", volume.mount.path))
        .collect()
}
