//! `local-path-provisioner`: an instance of it for each volume makes a directory on the volume for each claim.

use super::{Affinity, Definition, Provisioning};
use crate::kubernetes::objects::{
    CORE, DEPLOYMENT, DYNAMIC_CLAIM, Name, Object, POD, in_the_cluster, of_the_provisioner,
};

const RBAC: &str = "rbac.authorization.k8s.io/v1";

pub(super) const DEFINITION: Definition = Definition {
    support: &[],
    provisioning: Provisioning::Dynamic(""),
    affinity: Affinity::OfThePod,
    lacks: |_| None,
    objects: &[
        in_the_cluster(CORE, "Namespace", "provisioner-namespace"),
        of_the_provisioner(CORE, "ServiceAccount", "provisioner-service-account"),
        of_the_provisioner(RBAC, "Role", "provisioner-role"),
        of_the_provisioner(RBAC, "RoleBinding", "provisioner-role-binding"),
        in_the_cluster(RBAC, "ClusterRole", "provisioner-cluster-role"),
        in_the_cluster(RBAC, "ClusterRoleBinding", "provisioner-cluster-role-binding"),
        of_the_provisioner(CORE, "ConfigMap", "provisioner-config"),
        of_the_provisioner("apps/v1", "Deployment", "provisioner-deployment"),
        Object {
            name: Name::StorageClass,
            ..in_the_cluster("storage.k8s.io/v1", "StorageClass", "storage-class")
        },
        DYNAMIC_CLAIM,
        POD,
        DEPLOYMENT,
    ],
    summary: "every claim gets a directory of its own on the volume.",
    notes: &["`glusterctl apply` made the mount on the nodes; nothing enforces a size, and every user may write."],
};
