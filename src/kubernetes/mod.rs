//! What follows from the `kubernetes:` section: the volume plugin, the directories and nodes of each volume, and the
//! manifests that let pods use the volumes. The only I/O is reading the operator's own templates. A new volume plugin
//! starts in `plugins`, a new kind of object in `objects`.

mod check;
mod choice;
mod context;
mod directories;
mod heketi;
pub(crate) mod live;
pub(crate) mod migrate;
mod nodes;
mod notes;
mod objects;
mod plugins;
pub mod pods;
pub mod templates;

use anyhow::{Context as _, anyhow};
use serde::Serialize;
use serde_json::Value;

use crate::inventory::{ClusterName, Inventory, Volume, VolumePlugin};
use check::{Checked, Wrong};
pub(crate) use choice::same_objects;
pub use choice::{Choice, Request, choose};
use context::Context;
pub use directories::directories;
pub use nodes::{MOUNTED, node_label, node_name, nodes};
pub use notes::notes;
use objects::Object;
pub use plugins::needs_the_nodes_mount;
use templates::Templates;

/// The field manager of every object of a Gluster cluster, whoever applies the object. Each cluster has its own: an
/// inventory of another cluster that claims the same object gets a conflict.
#[must_use]
pub fn field_manager(cluster: &ClusterName) -> String {
    format!("glusterctl-{cluster}")
}

/// One Kubernetes object, ready to be applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// The name for a file of its own, for example `glusterfs-kube-gv0-service.yaml`. Different for every manifest.
    pub file_name: String,
    /// The object's kind, for example `Service`.
    pub kind: &'static str,
    /// The object's name.
    pub name: String,
    /// The object's namespace, if it has one.
    pub namespace: Option<String>,
    /// The object only shows how the other objects are used.
    pub example: bool,
    /// The object as one commented YAML document, without a `---` line.
    pub yaml: String,
    /// The same, parsed: for another notation than YAML.
    pub object: Value,
}

/// The inventory without the volumes that leave, which pods are not to begin to use; and a sentence about each of these volumes.
#[must_use]
pub fn offered(inventory: &Inventory) -> (Inventory, Vec<String>) {
    let mut offered = inventory.clone();
    offered.volumes.retain(|volume| !volume.leaving);
    let leaving = inventory.volumes.iter().filter(|volume| volume.leaving);
    let sentence = |volume: &Volume| {
        format!(
            "volume {} leaves, and has no manifests: delete the pods and the claims that use it before glusterctl apply deletes \
             its files",
            volume.name
        )
    };
    (offered, leaving.map(sentence).collect())
}

/// The manifests for every volume, in the order in which they are applied: volumes and namespaces as in the inventory.
///
/// # Errors
/// A template makes what cannot be right; names its file and line.
pub fn manifests(inventory: &Inventory, choice: &Choice, templates: &Templates) -> anyhow::Result<Vec<Manifest>> {
    if choice.plugin == VolumePlugin::Heketi {
        return heketi::manifests(inventory, templates);
    }
    let each = inventory
        .volumes
        .iter()
        .map(|volume| of_volume(inventory, choice, templates, volume));
    Ok(each.collect::<anyhow::Result<Vec<_>>>()?.concat())
}

fn of_volume(
    inventory: &Inventory,
    choice: &Choice,
    templates: &Templates,
    volume: &Volume,
) -> anyhow::Result<Vec<Manifest>> {
    let kubernetes = &inventory.kubernetes;
    let settings = kubernetes.volumes.get(&volume.name);
    let settings = settings.with_context(|| format!("volume {} has no settings for Kubernetes", volume.name))?;
    let contexts = kubernetes.namespaces.all().iter();
    let contexts = contexts.map(|namespace| Context::new(inventory, volume, settings, namespace, choice));
    let mut manifests = Vec::new();
    for (index, context) in contexts.enumerate() {
        for object in plugins::objects(choice.plugin, choice.version) {
            if index == 0 || object.per_namespace {
                manifests.push(manifest(object, &context, templates)?);
            }
        }
    }
    Ok(manifests)
}

fn manifest(object: &Object, context: &Context<'_>, templates: &Templates) -> anyhow::Result<Manifest> {
    let check = |document: &Value| check::check(object, context, document);
    let (yaml, parsed) = rendered(templates, object.template, object.kind, context, check)?;
    // Two namespaces' objects of one template need file names that differ.
    let base = if object.per_namespace {
        &context.persistent_volume
    } else {
        context.name
    };
    Ok(Manifest {
        file_name: format!("{base}-{}.yaml", object.template),
        kind: object.kind,
        name: context.name_of(object),
        namespace: context.namespace_of(object).map(str::to_owned),
        example: object.example,
        yaml,
        object: parsed,
    })
}

/// The YAML that a template makes, and the same parsed and checked.
fn rendered(
    templates: &Templates,
    template: &str,
    kind: &str,
    context: impl Serialize,
    check: impl FnOnce(&Value) -> Checked,
) -> anyhow::Result<(String, Value)> {
    let yaml = templates.render(template, context)?;
    let checked = check::parse(&yaml).and_then(|document| check(&document).map(|()| document));
    let document = checked.map_err(|wrong| located(templates, template, kind, &yaml, &wrong))?;
    Ok((yaml, document))
}

/// A mistake in a rendered document, with the line of the template that made the mistake.
fn located(templates: &Templates, template: &str, kind: &str, yaml: &str, wrong: &Wrong) -> anyhow::Error {
    let line = match wrong {
        Wrong::Text { line, .. } => {
            let rendered = yaml.lines().nth(line.saturating_sub(1)).unwrap_or_default();
            templates.line_of_text(template, rendered).unwrap_or(1)
        }
        Wrong::Value { pointer, .. } => templates.line_of_value(template, pointer),
    };
    anyhow!("{}:{line}: makes a wrong {kind}: {wrong}", templates.file(template))
}

/// What the template of the kustomization may use: names of files.
#[derive(Serialize)]
struct Kustomization<'a> {
    resources: &'a [String],
    examples: &'a [String],
}

/// The kustomization that names these files; the examples only in comments.
///
/// # Errors
/// The template is wrong.
pub fn kustomization(templates: &Templates, resources: &[String], examples: &[String]) -> anyhow::Result<String> {
    let context = Kustomization { resources, examples };
    let check = |document: &Value| check::kustomization(document, resources);
    let (yaml, _) = rendered(templates, "kustomization", "Kustomization", context, check)?;
    Ok(yaml)
}
