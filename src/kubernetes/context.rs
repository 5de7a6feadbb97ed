//! What the templates may use: everything about one volume in one namespace.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::Serialize;

use super::objects::{Called, Lives, Object, of};
use crate::inventory::kubernetes::DYNAMIC_DIRECTORY;
use crate::inventory::kubernetes_names::Namespace;
use crate::inventory::{Access, Inventory, KubeVersion, Namespaces, Nfs, Volume, VolumeSettings, Way};

/// One volume in one namespace.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Context<'a> {
    /// The name of its objects.
    pub name: &'a str,
    /// The name of its persistent volume.
    pub persistent_volume: String,
    /// Where claims and what belongs to them go.
    pub namespace: &'a str,
    /// The volume's name in Gluster.
    pub volume: &'a str,
    /// The servers.
    pub addresses: Vec<Ipv4Addr>,
    pub size: &'a str,
    pub access: Access,
    pub read_only: bool,
    /// How many pods of one kind make sense.
    pub replicas: u32,
    /// For every object.
    pub labels: BTreeMap<&'a str, &'a str>,
    pub node_label: &'a str,
    /// The directory on the nodes.
    pub path: String,
    /// That directory is the mount point itself.
    pub whole: bool,
    /// The storage class of claims.
    pub class: String,
    pub provisioner: String,
    /// Pods have to say which nodes they can run on, because the persistent volume does not.
    pub pinned: bool,
    /// There is an EndpointSlice next to the Endpoints.
    pub slice: bool,
    pub nfs: Option<&'a Nfs>,
    #[serde(skip)]
    pub way: Way,
}

impl<'a> Context<'a> {
    pub fn new(
        inventory: &'a Inventory,
        volume: &'a Volume,
        settings: &'a VolumeSettings,
        namespace: &'a Namespace,
        (way, version): (Way, KubeVersion),
    ) -> Self {
        let name = settings.name.as_str();
        let kubernetes = &inventory.kubernetes;
        let own = ("app.kubernetes.io/managed-by", "glusterctl");
        let labels = kubernetes
            .labels
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()));
        let mount = &volume.mount.path;
        Context {
            name,
            persistent_volume: match &kubernetes.namespaces {
                Namespaces::One(_) => name.to_owned(),
                // A dot, which is in neither part: no two pairs give the same name.
                Namespaces::Several(_) => format!("{name}.{namespace}"),
            },
            namespace: namespace.as_str(),
            volume: volume.name.as_str(),
            addresses: inventory.servers().map(|host| host.address).collect(),
            size: settings.size.as_str(),
            access: settings.access,
            read_only: settings.access == Access::ReadOnlyMany,
            replicas: if settings.access == Access::ReadWriteOnce { 1 } else { 2 },
            labels: std::iter::once(own).chain(labels).collect(),
            node_label: settings.node_label.as_str(),
            path: match way {
                Way::LocalPathProvisioner => format!("{mount}/{DYNAMIC_DIRECTORY}"),
                _ => settings.path(mount),
            },
            whole: way != Way::LocalPathProvisioner && settings.directory.as_str() == ".",
            class: match way {
                Way::Kadalu => format!("kadalu.{name}"),
                _ => name.to_owned(),
            },
            provisioner: format!("glusterctl/{name}"),
            pinned: matches!(way, Way::HostPath | Way::LocalPathProvisioner),
            slice: of(way, version).any(|object| object.kind == "EndpointSlice"),
            nfs: settings.nfs.as_ref(),
            way,
        }
    }

    pub fn name_of(&self, object: &Object) -> String {
        match object.called {
            Called::AsTheVolume => self.name.to_owned(),
            Called::AsThePersistentVolume => self.persistent_volume.clone(),
            Called::AsTheClass => self.class.clone(),
            Called::With(suffix) => format!("{}{suffix}", self.name),
        }
    }

    pub fn namespace_of(&self, object: &Object) -> Option<&str> {
        match object.lives {
            Lives::InTheCluster => None,
            Lives::WithTheClaims => Some(self.namespace),
            Lives::WithTheProvisioner => Some(self.name),
            Lives::In(namespace) => Some(namespace),
        }
    }
}
