//! Which way, for which version: what was asked for, what the inventory says, and what can work. Pure.

use std::fmt;

use crate::inventory::ways::{NEWEST, Verdict};
use crate::inventory::{Inventory, KubeVersion, Way};

/// What was asked for on the command line; what was not is up to the inventory.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request {
    /// The cluster's version.
    pub version: Option<KubeVersion>,
    /// The way to the volumes.
    pub way: Option<Way>,
    /// Consent to a way that is deprecated or works on some nodes only.
    pub allow_deprecated: bool,
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The cluster's version.
    pub version: KubeVersion,
    /// The way to the volumes.
    pub way: Way,
    /// What whoever uses it should know.
    pub warnings: Vec<String>,
}

/// Every reason why there can be no manifests. Ends the program with exit status 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit(pub Vec<String>);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Unfit {}

/// Chooses the way.
///
/// # Errors
/// Every reason why it cannot work, with the alternative.
pub fn choose(inventory: &Inventory, request: Request) -> Result<Choice, Unfit> {
    let version = request.version.or(inventory.kubernetes.version).unwrap_or(NEWEST);
    let way = request.way.or(inventory.kubernetes.way).unwrap_or(Way::of(version));
    let mut warnings = Vec::new();
    let mut reasons = Vec::new();
    let about = format!("way {way} on Kubernetes {version}");
    match way.on(version) {
        Verdict::Works => {}
        Verdict::Mind(what) => warnings.push(format!("{about}: {what}")),
        Verdict::Consent(why, _) if request.allow_deprecated => warnings.push(format!("{about}: {why}")),
        Verdict::Consent(why, instead) => {
            reasons.push(format!("{about}: {why}; {instead}, or consent with --allow-deprecated"));
        }
        Verdict::Refused(why, instead) => reasons.push(format!("{about}: {why}; {instead}")),
    }
    if version > NEWEST {
        warnings.push(format!(
            "Kubernetes {version} is newer than what the manifests were checked against, {NEWEST}"
        ));
    }
    for volume in &inventory.volumes {
        let nfs = inventory
            .kubernetes
            .volumes
            .get(&volume.name)
            .and_then(|settings| settings.nfs.as_ref());
        if way == Way::Nfs && nfs.is_none() {
            reasons.push(format!(
                "volume {name}: the inventory names no NFS export of it; add `kubernetes: {{volumes: {{{name}: \
                 {{nfs: {{server: …, path: …}}}}}}}}`, or use --way local",
                name = volume.name
            ));
        }
        let mounted = inventory.hosts_mounting(volume).next().is_some();
        if way.needs_the_nodes_mount() && !mounted {
            reasons.push(format!(
                "volume {}: no host mounts it, and way {way} needs nodes that do; change `on` of its mount",
                volume.name
            ));
        }
    }
    if reasons.is_empty() {
        Ok(Choice { version, way, warnings })
    } else {
        Err(Unfit(reasons))
    }
}
