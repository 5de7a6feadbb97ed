//! Which objects each way is made of, in the order in which they are applied. To add one: a template, a constant here,
//! and what must hold for its kind in `check`.

use crate::inventory::{KubeVersion, Way};

/// A kind of object and where it comes from.
#[derive(Debug)]
pub(super) struct Object {
    pub api_version: &'static str,
    pub kind: &'static str,
    /// Its template; ends the name of the manifest's file, too.
    pub template: &'static str,
    pub called: Called,
    pub lives: Lives,
    /// One for each namespace of the inventory, or one for the volume.
    pub per_namespace: bool,
    /// Only shows how the rest is used.
    pub example: bool,
    /// The first minor version that has this API.
    pub since: u16,
}

/// What an object is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Called {
    /// The volume's name in Kubernetes.
    AsTheVolume,
    /// The same, with the namespace if there are several.
    AsThePersistentVolume,
    /// As claims call the class.
    AsTheClass,
    /// The volume's name and this.
    With(&'static str),
}

/// Where an object lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lives {
    /// In no namespace.
    InTheCluster,
    /// In the inventory's namespace.
    WithTheClaims,
    /// In a namespace of the volume's own.
    WithTheProvisioner,
    /// In this one.
    In(&'static str),
}

const CORE: &str = "v1";
const RBAC: &str = "rbac.authorization.k8s.io/v1";

const fn namespaced(api_version: &'static str, kind: &'static str, template: &'static str) -> Object {
    Object {
        api_version,
        kind,
        template,
        called: Called::AsTheVolume,
        lives: Lives::WithTheClaims,
        per_namespace: true,
        example: false,
        since: 0,
    }
}

const fn persistent_volume(template: &'static str) -> Object {
    Object {
        called: Called::AsThePersistentVolume,
        lives: Lives::InTheCluster,
        ..namespaced(CORE, "PersistentVolume", template)
    }
}

const fn example(api_version: &'static str, kind: &'static str, template: &'static str, name: &'static str) -> Object {
    Object {
        called: Called::With(name),
        example: true,
        ..namespaced(api_version, kind, template)
    }
}

const fn provisioners(api_version: &'static str, kind: &'static str, template: &'static str, lives: Lives) -> Object {
    Object {
        lives,
        per_namespace: false,
        ..namespaced(api_version, kind, template)
    }
}

const CLAIM: Object = namespaced(CORE, "PersistentVolumeClaim", "persistent-volume-claim");
const DYNAMIC_CLAIM: Object = namespaced(CORE, "PersistentVolumeClaim", "persistent-volume-claim-dynamic");
const POD: Object = example(CORE, "Pod", "example-pod", "-example");
const DEPLOYMENT: Object = example("apps/v1", "Deployment", "example-deployment", "-example");

/// With the Service there first, the Endpoints are never without one.
const GLUSTERFS: &[Object] = &[
    namespaced(CORE, "Service", "service"),
    namespaced(CORE, "Endpoints", "endpoints"),
    Object {
        since: SLICES_SINCE,
        ..namespaced("discovery.k8s.io/v1", "EndpointSlice", "endpoint-slice")
    },
    persistent_volume("persistent-volume-glusterfs"),
    CLAIM,
    POD,
    DEPLOYMENT,
    example(CORE, "Pod", "example-pod-direct", "-example-direct"),
];
const LOCAL: &[Object] = &[persistent_volume("persistent-volume-local"), CLAIM, POD, DEPLOYMENT];
const HOST_PATH: &[Object] = &[persistent_volume("persistent-volume-host-path"), CLAIM, POD, DEPLOYMENT];
const NFS: &[Object] = &[persistent_volume("persistent-volume-nfs"), CLAIM, POD, DEPLOYMENT];
const LOCAL_PATH_PROVISIONER: &[Object] = &[
    provisioners(CORE, "Namespace", "provisioner-namespace", Lives::InTheCluster),
    provisioners(
        CORE,
        "ServiceAccount",
        "provisioner-service-account",
        Lives::WithTheProvisioner,
    ),
    provisioners(RBAC, "Role", "provisioner-role", Lives::WithTheProvisioner),
    provisioners(
        RBAC,
        "RoleBinding",
        "provisioner-role-binding",
        Lives::WithTheProvisioner,
    ),
    provisioners(RBAC, "ClusterRole", "provisioner-cluster-role", Lives::InTheCluster),
    provisioners(
        RBAC,
        "ClusterRoleBinding",
        "provisioner-cluster-role-binding",
        Lives::InTheCluster,
    ),
    provisioners(CORE, "ConfigMap", "provisioner-config", Lives::WithTheProvisioner),
    provisioners(
        "apps/v1",
        "Deployment",
        "provisioner-deployment",
        Lives::WithTheProvisioner,
    ),
    Object {
        called: Called::AsTheClass,
        ..provisioners(
            "storage.k8s.io/v1",
            "StorageClass",
            "storage-class",
            Lives::InTheCluster,
        )
    },
    DYNAMIC_CLAIM,
    POD,
    DEPLOYMENT,
];
const KADALU: &[Object] = &[
    provisioners(
        "kadalu-operator.storage/v1alpha1",
        "KadaluStorage",
        "kadalu-storage",
        Lives::In("kadalu"),
    ),
    DYNAMIC_CLAIM,
    POD,
    DEPLOYMENT,
];

/// The first minor version with `discovery.k8s.io/v1` (kubernetes.io, "Deprecated API Migration Guide").
const SLICES_SINCE: u16 = 21;

/// The objects of a way on a version.
pub(super) fn of(way: Way, version: KubeVersion) -> impl Iterator<Item = &'static Object> {
    let all = match way {
        Way::Glusterfs => GLUSTERFS,
        Way::Local => LOCAL,
        Way::HostPath => HOST_PATH,
        Way::Nfs => NFS,
        Way::LocalPathProvisioner => LOCAL_PATH_PROVISIONER,
        Way::Kadalu => KADALU,
    };
    all.iter().filter(move |object| version.at_least(object.since))
}
