//! `nfs`: an NFS server in front of the volume.

use serde_json::json;

use super::{Affinity, Definition, Provisioning, Support};
use crate::kubernetes::objects::{CLAIM, DEPLOYMENT, POD, persistent_volume};

pub(super) const DEFINITION: Definition = Definition {
    support: |_| Support::Works,
    provisioning: Provisioning::Static("nfs", |context| {
        let nfs = context.nfs;
        let (server, path) = (nfs.map(|nfs| nfs.server.as_str()), nfs.map(|nfs| nfs.path.as_str()));
        json!({"server": server, "path": path, "readOnly": context.read_only})
    }),
    affinity: Affinity::None,
    lacks: |settings| match settings.nfs {
        None => Some(("NFS export", "nfs: {server: …, path: …}")),
        Some(_) => None,
    },
    objects: &[persistent_volume("persistent-volume-nfs"), CLAIM, POD, DEPLOYMENT],
    summary: "pods mount what an NFS server exports.",
    notes: &["Every node that runs such a pod needs an NFS client."],
};
