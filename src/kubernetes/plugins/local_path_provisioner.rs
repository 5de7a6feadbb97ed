//! `local-path-provisioner`: an instance of the provisioner for each volume makes a directory for each claim.
//!
//! What keeps pods off nodes that do not mount the volume is a `MutatingAdmissionPolicy`, which gives each persistent
//! volume of the class a node affinity. Nothing in the provisioner does (rancher/local-path-provisioner, `provisioner.go`):
//! `provisionFor` sets no affinity where `isSharedFilesystem`, and `createPersistentVolumeSource` makes either a `hostPath`
//! of type `DirectoryOrCreate` or a `local` volume. Only a `nodePathMap` gives an affinity, to one node, and then claims
//! cannot be `ReadWriteMany`. `allowedTopologies` of the class restrict the first pod alone, because Kubernetes does not
//! copy the topologies into the volume.
//!
//! The class asks for `local` volumes, which the API server refuses without an affinity (kubernetes/kubernetes,
//! `pkg/apis/core/validation/validation.go`: "Local volume requires node affinity"): no persistent volume of the class
//! ever exists without one, whether the policy is in force or not, unless the claim itself asks for `volumeType: hostPath`.

use super::{Affinity, Definition, Provisioning, Support};
use crate::kubernetes::objects::Scope::{Cluster, Provisioner};
use crate::kubernetes::objects::{CORE, DEPLOYMENT, DYNAMIC_CLAIM, Name, Object, POD, POLICY, once};

const RBAC: &str = "rbac.authorization.k8s.io/v1";
const ADMISSION: &str = "admissionregistration.k8s.io/v1";

/// The first minor version whose API servers have mutating admission policies without being asked (KEP-3962: stable in
/// 1.36; before, the API is off unless the feature and the API version are both switched on).
const POLICIES_SINCE: u16 = 36;

pub(super) const DEFINITION: Definition = Definition {
    support: |minor| match minor {
        POLICIES_SINCE.. => Support::Works,
        _ => Support::Consent(
            "before 1.36 nothing ties the provisioner's volumes to the nodes that mount the Gluster volume: on any other \
             node Kubernetes makes the directory on the node's own disk, and the pod writes there, unless the pod itself \
             asks for the label of the volume's nodes",
            "use --method local",
        ),
    },
    provisioning: Provisioning::Dynamic(""),
    affinity: Affinity::OfThePod,
    lacks: |_| None,
    objects: &[
        // First, so that the policy is in force before there is a persistent volume.
        Object {
            since: POLICIES_SINCE,
            ..once(ADMISSION, POLICY, "provisioner-policy", Cluster)
        },
        Object {
            since: POLICIES_SINCE,
            ..once(
                ADMISSION,
                "MutatingAdmissionPolicyBinding",
                "provisioner-policy-binding",
                Cluster,
            )
        },
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
