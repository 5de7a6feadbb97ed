//! What the templates may use: everything about one volume in one namespace.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Serialize;

use super::choice::Choice;
use super::directories::{DYNAMIC, below};
use super::live::CLUSTER;
use super::nodes::node_label;
use super::objects::{Name, Object, POLICY, Scope};
use super::plugins::{self, Definition, Provisioning};
use crate::inventory::kubernetes::names::Namespace;
use crate::inventory::{Access, Inventory, Namespaces, Nfs, Volume, VolumeSettings};

/// One volume in one namespace.
#[derive(Serialize)]
pub(super) struct Context<'a> {
    /// The name of the volume's objects.
    pub name: &'a str,
    /// What the names of the examples begin with.
    pub example: String,
    /// The name of the persistent volume.
    pub persistent_volume: String,
    /// The namespace of the claims, and of what belongs to the claims.
    pub namespace: &'a str,
    /// The volume's name in Gluster.
    pub volume: &'a str,
    /// The servers.
    pub addresses: Vec<IpAddr>,
    pub size: &'a str,
    pub access: Access,
    pub read_only: bool,
    /// How many pods of one kind make sense.
    pub replicas: u32,
    /// For every object.
    pub labels: BTreeMap<&'a str, &'a str>,
    pub node_label: String,
    /// The directory on the nodes.
    pub path: String,
    /// The directory on the nodes is the mount point itself.
    pub whole: bool,
    /// The storage class of claims.
    pub class: String,
    pub provisioner: String,
    /// A policy gives the persistent volumes of a provisioner the node affinity that the provisioner does not give.
    pub tied: bool,
    /// Pods have to say which nodes they can run on, because the persistent volume does not.
    pub pinned: bool,
    /// There is an EndpointSlice next to the Endpoints.
    pub slice: bool,
    pub nfs: Option<&'a Nfs>,
    #[serde(skip)]
    pub definition: &'static Definition,
}

impl<'a> Context<'a> {
    pub fn new(
        inventory: &'a Inventory,
        volume: &'a Volume,
        settings: &'a VolumeSettings,
        namespace: &'a Namespace,
        choice: &Choice,
    ) -> Self {
        let name = settings.name.as_str();
        let kubernetes = &inventory.kubernetes;
        let definition = plugins::definition(choice.plugin);
        let (plugin, version) = (choice.plugin, choice.version);
        let (directory, class_prefix) = match definition.provisioning {
            Provisioning::Static(..) => (settings.shown(), ""),
            Provisioning::Dynamic(class_prefix) => (DYNAMIC, class_prefix),
        };
        Context {
            name,
            example: example(name),
            persistent_volume: match &kubernetes.namespaces {
                Namespaces::One(_) => name.to_owned(),
                // Neither part has a dot: no two pairs give the same name.
                Namespaces::Several(_) => format!("{name}.{namespace}"),
            },
            namespace: namespace.as_str(),
            volume: volume.name.as_str(),
            addresses: inventory
                .staying_servers()
                .filter_map(|host| host.address.ip())
                .collect(),
            size: settings.size.as_str(),
            access: settings.access,
            read_only: settings.access == Access::ReadOnlyMany,
            replicas: if settings.access == Access::ReadWriteOnce { 1 } else { 2 },
            labels: labels(inventory),
            node_label: node_label(settings),
            path: below(volume.mount.path.as_str(), directory),
            whole: directory == ".",
            class: format!("{class_prefix}{name}"),
            provisioner: format!("glusterctl/{name}"),
            tied: plugins::has(plugin, version, POLICY),
            pinned: plugins::pods_name_nodes(plugin, version),
            slice: plugins::has(plugin, version, "EndpointSlice"),
            nfs: settings.nfs.as_ref(),
            definition,
        }
    }

    pub fn name_of(&self, object: &Object) -> String {
        match object.name {
            Name::Volume => self.name.to_owned(),
            Name::PersistentVolume => self.persistent_volume.clone(),
            Name::StorageClass => self.class.clone(),
            Name::Suffixed(suffix) => format!("{}{suffix}", self.example),
        }
    }

    pub fn namespace_of(&self, object: &Object) -> Option<&str> {
        match object.scope {
            Scope::Cluster => None,
            Scope::Claims => Some(self.namespace),
            Scope::Provisioner => Some(self.name),
            Scope::Namespace(namespace) => Some(namespace),
        }
    }
}

/// The volume's name, cut so that the name of each example has at most 63 characters: a pod's name becomes its host name.
fn example(name: &str) -> String {
    cut(name, 63 - "-example-direct".len())
}

/// A name of at most `max` characters. What is cut off counts as a number, so that two names never become one.
pub(super) fn cut(name: &str, max: usize) -> String {
    const HASH: usize = "-01234567".len();
    if name.len() <= max {
        return name.to_owned();
    }
    // FNV-1a, 32 bits.
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    format!("{}-{hash:08x}", &name[..max - HASH])
}

/// The labels of every object: the operator's, and what says whose the object is.
pub(super) fn labels(inventory: &Inventory) -> BTreeMap<&str, &str> {
    let own = [
        ("app.kubernetes.io/managed-by", "glusterctl"),
        (CLUSTER, inventory.cluster.as_str()),
    ];
    let labels = inventory.kubernetes.labels.iter();
    let labels = labels.map(|(key, value)| (key.as_str(), value.as_str()));
    labels.chain(own).collect()
}
