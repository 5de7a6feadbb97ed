//! `heketi`: Kubernetes' own provisioner asks Heketi for a Gluster volume for each claim, up to 1.25. The objects are Heketi's,
//! and not those of a volume: `kubernetes::heketi` makes them.

use super::{Affinity, Definition, Provisioning, Support};

pub(super) const DEFINITION: Definition = Definition {
    // From 1.26 on there is no such provisioner: `VolumePlugin::removed_from`.
    support: |_| {
        Support::Warning("Heketi is archived, and 1.25 is the last version whose plugin asks it; plan to migrate")
    },
    provisioning: Provisioning::Dynamic(""),
    // Heketi's own pod runs where its database is mounted.
    affinity: Affinity::OfThePod,
    lacks: |_| None,
    objects: &[],
    summary: "Heketi makes a Gluster volume for each claim.",
    notes: &[],
};
