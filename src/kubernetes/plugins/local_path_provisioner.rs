//! `local-path-provisioner`: an instance of the provisioner for each volume makes a directory for each claim.

use super::{Affinity, Definition, Provisioning, Support};
use crate::kubernetes::objects::Scope::{Cluster, Provisioner};
use crate::kubernetes::objects::{CORE, DEPLOYMENT, DYNAMIC_CLAIM, Name, Object, POD, once};

const RBAC: &str = "rbac.authorization.k8s.io/v1";

pub(super) const DEFINITION: Definition = Definition {
    support: |_| Support::Works,
    provisioning: Provisioning::Dynamic(""),
    affinity: Affinity::OfThePod,
    lacks: |_| None,
    objects: &[
        once(CORE, "Namespace", "provisioner-namespace", Cluster),
        once(CORE, "ServiceAccount", "provisioner-service-account", Provisioner),
        once(RBAC, "Role", "provisioner-role", Provisioner),
        once(RBAC, "RoleBinding", "provisioner-role-binding", Provisioner),
        once(RBAC, "ClusterRole", "provisioner-cluster-role", Cluster),
        once(RBAC, "ClusterRoleBinding", "provisioner-cluster-role-binding", Cluster),
        once(CORE, "ConfigMap", "provisioner-config", Provisioner),
        once("apps/v1", "Deployment", "provisioner-deployment", Provisioner),
        Object {
            name: Name::StorageClass,
            ..once("storage.k8s.io/v1", "StorageClass", "storage-class", Cluster)
        },
        DYNAMIC_CLAIM,
        POD,
        DEPLOYMENT,
    ],
    summary: "every claim gets a directory of its own on the volume.",
    notes: &["`glusterctl apply` made the mount on the nodes; nothing enforces a size, and every user may write."],
};
