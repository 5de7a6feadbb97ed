//! `kadalu`: Kadalu's CSI driver mounts the volume and makes a directory for each claim.
//!
//! Sources in kadalu/kadalu: `operator/main.py` takes `delete` for a `pvReclaimPolicy` that is not stated
//! (`handle_external_storage_addition`), and logs "Modification of 'External' volume type is not supported" for every
//! later change (`handle_modified`); `csi/volumeutils.py` then calls `shutil.rmtree` when a claim is deleted, and returns
//! before that for `retain` (`delete_volume`).

use super::{Affinity, Definition, Provisioning, Support};
use crate::kubernetes::objects::{DEPLOYMENT, DYNAMIC_CLAIM, POD, Scope, once};

const KADALU: &str = "kadalu-operator.storage/v1alpha1";

pub(super) const DEFINITION: Definition = Definition {
    support: |minor| match minor {
        33.. => Support::Consent(
            "Kadalu 1.3.0, its last release, crash-loops on 1.33 (kadalu/kadalu#1106)",
            "use --method local",
        ),
        _ => Support::Warning("Kadalu has had no release since 1.3.0, and its CSI sidecars are of 2020"),
    },
    provisioning: Provisioning::Dynamic("kadalu."),
    affinity: Affinity::None,
    lacks: |_| None,
    objects: &[
        once(KADALU, "KadaluStorage", "kadalu-storage", Scope::Namespace("kadalu")),
        DYNAMIC_CLAIM,
        POD,
        DEPLOYMENT,
    ],
    summary: "every claim gets a directory of its own on the volume, which Kadalu mounts.",
    notes: &[
        "Its operator must be installed in namespace kadalu. Known against it: no release after 1.3.0, which",
        "crash-loops on Kubernetes 1.33 and newer (kadalu/kadalu#1106); CSI sidecars of 2020.",
        "Deleting a claim keeps its directory (pvReclaimPolicy: retain). Kadalu ignores a change of that key: a storage of",
        "this name that was made without the key deletes data until the storage is deleted and made again.",
    ],
};
