//! The manifests that let pods use the volumes: which objects, and what goes into their templates. No I/O.
//!
//! Called by `commands::kubernetes`. To add a manifest: one template, one line in `OBJECTS`, and what must hold for
//! its kind in `check`.

mod check;

use serde::Serialize;

use crate::inventory::Inventory;
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
/// A mistake in a template; names it.
pub fn manifests(inventory: &Inventory) -> anyhow::Result<Vec<Manifest>> {
    let mut manifests = Vec::new();
    for volume in &inventory.volumes {
        let Some(settings) = inventory.kubernetes.volumes.get(&volume.name) else {
            continue;
        };
        for namespace in inventory.kubernetes.namespaces.all() {
            let context = Context {
                name: settings.name.as_str(),
                namespace: namespace.as_str(),
                volume: volume.name.as_str(),
                addresses: inventory.servers().map(|host| host.address).collect(),
                size: settings.size.as_str(),
            };
            for object in &OBJECTS {
                manifests.push(manifest(object, &context)?);
            }
        }
    }
    Ok(manifests)
}

fn manifest(object: &Object, context: &Context<'_>) -> anyhow::Result<Manifest> {
    let yaml = templates::render(object.template, context)?;
    let parsed = check::check(object, context, &yaml)?;
    Ok(Manifest {
        file_name: format!("{}-{}", context.name, object.template.trim_end_matches(".j2")),
        kind: object.kind,
        name: context.name.to_owned(),
        yaml,
        object: parsed,
    })
}
