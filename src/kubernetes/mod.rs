//! The manifests that let pods use the volumes: which objects, and what goes into their templates. No I/O.
//!
//! Called by `commands::kubernetes`. To add a manifest: one template, one line in `OBJECTS`, and what must hold for
//! its kind in `check`.

mod check;
mod names;

use serde::Serialize;

use crate::inventory::{Inventory, Volume};
use crate::templates;

/// What whoever applies the manifests must know beforehand. Lines for a comment or a message.
///
/// kubernetes/kubernetes#112015 removed the plugin in 1.26; the API still has its types (rancher/rke2#4770).
pub const NOTE: [&str; 4] = [
    "Kubernetes 1.25 or older only: these manifests need its own glusterfs plugin, which 1.26 removed.",
    "Newer ones still accept them and bind the claim, but no pod that uses it starts (\"no volume plugin matched\").",
    "Every node that runs such a pod needs the GlusterFS client, and must resolve the storage servers' names.",
    "The namespace must exist.",
];

/// The size that persistent volumes and claims state. The inventory knows none; the API wants one, matches a claim
/// with it, and the plugin enforces nothing.
pub const SIZE: &str = "1Gi";

/// One Kubernetes object, ready to be applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// The name for a file of its own, for example `glusterfs-gv0-service.yaml`. Different for every manifest.
    pub file_name: String,
    /// The object's kind, for example `Service`.
    pub kind: &'static str,
    /// The object's name.
    pub name: String,
    /// The object as one commented YAML document, without a `---` line.
    pub yaml: String,
    /// The same, parsed: for those who want it in another notation.
    pub object: serde_json::Value,
}

/// Every reason why there can be no manifests for an inventory that is otherwise right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit(pub Vec<String>);

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no Kubernetes manifests for this inventory:")?;
        self.0.iter().try_for_each(|reason| write!(f, "\n  {reason}"))
    }
}

impl std::error::Error for Unfit {}

/// A kind of object and where it comes from.
struct Object {
    kind: &'static str,
    /// Its name without `.yaml.j2` ends the name of the manifest's file.
    template: &'static str,
}

/// What every volume gets, in the order in which it is applied: with the Service there first, the Endpoints are
/// never without one.
const OBJECTS: [Object; 4] = [
    Object {
        kind: "Service",
        template: "service.yaml.j2",
    },
    Object {
        kind: "Endpoints",
        template: "endpoints.yaml.j2",
    },
    Object {
        kind: "PersistentVolume",
        template: "persistent-volume.yaml.j2",
    },
    Object {
        kind: "PersistentVolumeClaim",
        template: "persistent-volume-claim.yaml.j2",
    },
];

/// What the templates may use.
#[derive(Debug, Serialize)]
struct Context<'a> {
    /// The name of all four objects.
    name: &'a str,
    namespace: &'a str,
    /// The volume's name in Gluster.
    volume: &'a str,
    addresses: Vec<std::net::Ipv4Addr>,
    size: &'a str,
}

/// The manifests for every volume, in the order of the inventory: Service, Endpoints, persistent volume, claim.
///
/// # Errors
/// [`Unfit`] with every reason when names or addresses cannot be used in Kubernetes; any other error is a mistake in a
/// template, and names it.
pub fn manifests(inventory: &Inventory) -> anyhow::Result<Vec<Manifest>> {
    let names = names::of(&inventory.volumes);
    let reasons: Vec<String> = names
        .as_ref()
        .err()
        .into_iter()
        .flatten()
        .cloned()
        .chain(names::refuse_namespace(&inventory.kubernetes.namespace))
        .chain(check::refuse_addresses(inventory))
        .collect();
    match names {
        Ok(names) if reasons.is_empty() => inventory
            .volumes
            .iter()
            .zip(&names)
            .flat_map(|(volume, name)| {
                OBJECTS
                    .iter()
                    .map(move |object| manifest(object, inventory, volume, name))
            })
            .collect(),
        // Without a volume there is nothing to refuse.
        _ if inventory.volumes.is_empty() => Ok(Vec::new()),
        _ => Err(Unfit(reasons).into()),
    }
}

fn manifest(object: &Object, inventory: &Inventory, volume: &Volume, name: &str) -> anyhow::Result<Manifest> {
    let context = Context {
        name,
        namespace: &inventory.kubernetes.namespace,
        volume: volume.name.as_str(),
        addresses: inventory.servers().map(|host| host.address).collect(),
        size: SIZE,
    };
    let yaml = templates::render(object.template, &context)?;
    let parsed = check::check(object, &context, &yaml)?;
    Ok(Manifest {
        file_name: format!("{name}-{}", object.template.trim_end_matches(".j2")),
        kind: object.kind,
        name: name.to_owned(),
        yaml,
        object: parsed,
    })
}
