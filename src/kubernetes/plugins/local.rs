//! `local`: a `local` volume over the mount that the node has.

use serde_json::json;

use super::{Affinity, Definition, Provisioning, Support};
use crate::kubernetes::objects::{CLAIM, DEPLOYMENT, POD, persistent_volume};

pub(super) const SUMMARY: &str = "pods use the mount that `glusterctl apply` made on the node.";
pub(super) const NOTES: &[&str] = &["`glusterctl apply` made the directory, too; nothing enforces a size."];

pub(super) const DEFINITION: Definition = Definition {
    support: |_| Support::Works,
    provisioning: Provisioning::Static("local", |context| json!({"path": context.path})),
    affinity: Affinity::OfTheVolume,
    lacks: |_| None,
    objects: &[persistent_volume("persistent-volume-local"), CLAIM, POD, DEPLOYMENT],
    summary: SUMMARY,
    notes: NOTES,
};
