//! `glusterfs`: Kubernetes' own plugin, up to 1.25.

use serde_json::json;

use super::{Affinity, Definition, Provisioning, Support};
use crate::inventory::kubernetes::plugin::LAST_GLUSTERFS;
use crate::kubernetes::objects::{CLAIM, CORE, DEPLOYMENT, Object, POD, example, namespaced, persistent_volume};

/// The first minor version with `discovery.k8s.io/v1` (kubernetes.io, "Deprecated API Migration Guide").
const SLICES_SINCE: u16 = 21;

/// Sources: kubernetes/kubernetes#111485 (deprecated in 1.25), #112015 (removed in 1.26), rancher/rke2#4770 (what
/// happens then).
pub(super) const DEFINITION: Definition = Definition {
    support: |minor| match minor {
        ..LAST_GLUSTERFS => Support::Works,
        LAST_GLUSTERFS => Support::Warning(
            "the glusterfs plugin is deprecated in 1.25, the last version that has it; plan to migrate",
        ),
        _ => Support::Consent(
            "Kubernetes removed its glusterfs plugin in 1.26: only nodes whose kubelet is still 1.25 mount such a \
             volume, on all others the claim binds and the pod fails with \"no volume plugin matched\"",
            "use --method local",
        ),
    },
    provisioning: Provisioning::Static("glusterfs", |context| {
        json!({
            "endpoints": context.name,
            "endpointsNamespace": context.namespace,
            "path": context.volume,
            "readOnly": context.read_only,
        })
    }),
    affinity: Affinity::None,
    lacks: |_| None,
    // The Service is first, so that the Endpoints are never without a Service.
    objects: &[
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
    ],
    summary: "each node mounts the volume for each pod, with the plugin that 1.26 removed.",
    notes: &[
        "Every node that runs such a pod needs the GlusterFS client, and must resolve the storage servers' names.",
    ],
};
