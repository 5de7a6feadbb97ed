//! `host-path`: a `hostPath` volume over the mount that the node has (kubernetes.io, "Volumes").

use serde_json::json;

use super::local::{NOTES, SUMMARY};
use super::{Affinity, Definition, Provisioning, Support};
use crate::kubernetes::objects::{CLAIM, DEPLOYMENT, POD, persistent_volume};

pub(super) const DEFINITION: Definition = Definition {
    support: |_| {
        Support::Warning(
            "Kubernetes documents hostPath volumes for clusters of one node, and ignores fsGroup on them; local does \
             the same job without either limit",
        )
    },
    provisioning: Provisioning::Static("hostPath", |context| json!({"path": context.path, "type": "Directory"})),
    affinity: Affinity::OfThePod,
    lacks: |_| None,
    objects: &[persistent_volume("persistent-volume-host-path"), CLAIM, POD, DEPLOYMENT],
    summary: SUMMARY,
    notes: NOTES,
};
