//! Persistent volumes that exist: what they show, and whom they are reserved for.

use serde_json::{Value, json};

use super::owners::CLUSTER;
use super::{Live, shown, text};
use crate::inventory::kubernetes::names::VolumeDirectory;
use crate::inventory::{Inventory, VolumePlugin};
use crate::kubernetes::plugins::{Provisioning, definition};
use crate::kubernetes::{Choice, Manifest};

/// A persistent volume that is reserved for a claim that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Released {
    /// The persistent volume's name.
    pub volume: String,
    /// The namespace and the name of the claim.
    pub claim: (String, String),
    /// The uid of the claim that is gone.
    uid: String,
    /// The volume also names the resource version of the claim.
    has_resource_version: bool,
}

impl Released {
    /// Whether an operator's word, `CLAIM` or `NAMESPACE/CLAIM`, means the claim.
    pub(crate) fn is(&self, word: &str) -> bool {
        match word.split_once('/') {
            Some((namespace, name)) => self.claim.0 == namespace && self.claim.1 == name,
            None => self.claim.1 == word,
        }
    }

    /// The JSON patch that frees the volume for the next claim of the same name. The API server refuses the patch if the
    /// volume is reserved for another claim by now.
    pub(crate) fn patch(&self) -> Value {
        let mut patch = vec![
            json!({"op": "test", "path": "/spec/claimRef/uid", "value": self.uid}),
            json!({"op": "remove", "path": "/spec/claimRef/uid"}),
        ];
        if self.has_resource_version {
            patch.push(json!({"op": "remove", "path": "/spec/claimRef/resourceVersion"}));
        }
        Value::Array(patch)
    }
}

/// The persistent volumes of the manifests that wait for a claim that is gone. The control plane binds such a volume to no
/// other claim, also not to one of the same name (kubernetes/kubernetes, `pv_controller.go`, `syncVolume`: a claim with
/// another uid than `claimRef.uid` counts as deleted, and the volume becomes `Released`).
pub(crate) fn released(manifests: &[Manifest], live: &Live) -> Vec<Released> {
    let volumes = manifests.iter().filter(|manifest| manifest.kind == "PersistentVolume");
    let found = volumes.filter_map(|manifest| {
        let volume = live.of(manifest)?;
        let reference = |key: &str| text(volume, &format!("/spec/claimRef/{key}")).map(str::to_owned);
        let claim = (reference("namespace")?, reference("name")?);
        let wanted = |key: &str| text(&manifest.object, &format!("/spec/claimRef/{key}"));
        // A volume that is reserved for another claim is not touched; the API server refuses the manifest.
        if (wanted("namespace"), wanted("name")) != (Some(&claim.0), Some(&claim.1)) {
            return None;
        }
        let uid = reference("uid")?;
        let existing = live.find("PersistentVolumeClaim", Some(&claim.0), &claim.1);
        let same = existing.is_some_and(|existing| text(existing, "/metadata/uid") == Some(&uid));
        (!same).then(|| Released {
            volume: manifest.name.clone(),
            claim,
            uid,
            has_resource_version: reference("resourceVersion").is_some(),
        })
    });
    found.collect()
}

/// The inventory with the directories that persistent volumes of this Gluster cluster show already. A volume's source
/// cannot be changed, so that a directory that the inventory leaves open is the one that is there: `migrate` keeps the whole
/// volume, and new volumes show a directory inside.
///
/// # Errors
/// A message for each persistent volume whose source is another one than the manifest's, and cannot become the same.
pub(crate) fn as_it_is(
    inventory: &Inventory,
    choice: &Choice,
    manifests: &[Manifest],
    live: &Live,
) -> Result<Inventory, Vec<String>> {
    let mut real = inventory.clone();
    let Provisioning::Static(source, _) = definition(choice.plugin).provisioning else {
        return Ok(real);
    };
    let mut reasons = Vec::new();
    for manifest in manifests.iter().filter(|manifest| manifest.kind == "PersistentVolume") {
        let Some(volume) = live.of(manifest) else { continue };
        let pointer = format!("/spec/{source}/path");
        let Some(there) = text(volume, &pointer) else {
            reasons.push(other_source(manifest, source, volume));
            continue;
        };
        if text(&manifest.object, &pointer) == Some(there) || choice.plugin == VolumePlugin::Glusterfs {
            continue;
        }
        let taken = directory(inventory, manifest, there, choice.plugin).is_some_and(|(name, directory)| {
            // Another namespace's persistent volume of the same Gluster volume may have decided already.
            let settings = real.kubernetes.volumes.get_mut(&name);
            settings.is_some_and(|settings| *settings.directory.get_or_insert(directory.clone()) == directory)
        });
        if !taken {
            reasons.push(format!(
                "{} shows {there}, and the inventory says {}: the source of a persistent volume cannot be changed; state the \
                 `directory` that is there, or delete the persistent volume and its claim",
                shown(manifest),
                text(&manifest.object, &pointer).unwrap_or("another path"),
            ));
        }
    }
    match reasons.is_empty() {
        true => Ok(real),
        false => Err(reasons),
    }
}

fn other_source(manifest: &Manifest, source: &str, volume: &Value) -> String {
    let glusterfs = volume.pointer("/spec/glusterfs").is_some();
    let instead = match glusterfs {
        true => "glusterctl kubernetes migrate replaces it",
        false => "use its method, or delete the persistent volume and its claim",
    };
    format!(
        "{} exists with another source than {source}, and the source of a persistent volume cannot be changed: {instead}",
        shown(manifest)
    )
}

/// The volume of the inventory that a persistent volume belongs to, and the directory that the persistent volume shows: if
/// the inventory leaves the directory open, and the directory is inside the volume's mount.
fn directory(
    inventory: &Inventory,
    manifest: &Manifest,
    path: &str,
    plugin: VolumePlugin,
) -> Option<(crate::inventory::VolumeName, VolumeDirectory)> {
    let own_name = |name: &str| manifest.name.split('.').next() == Some(name);
    let volume = inventory.volumes.iter().find(|volume| {
        let settings = inventory.kubernetes.volumes.get(&volume.name);
        settings.is_some_and(|settings| own_name(settings.name.as_str()))
    })?;
    let settings = inventory.kubernetes.volumes.get(&volume.name)?;
    if settings.directory.is_some() || plugin == VolumePlugin::Nfs {
        return None;
    }
    let inside = path.strip_prefix(volume.mount.path.as_str())?;
    let directory = match inside.strip_prefix('/') {
        Some(directory) => directory,
        None if inside.is_empty() => ".",
        None => return None,
    };
    Some((volume.name.clone(), VolumeDirectory::parse(directory).ok()?))
}

/// The labels that say that an object is ours, for an object that a template does not make from the inventory's labels.
pub(in crate::kubernetes) fn own_labels(cluster: &str) -> [(String, String); 2] {
    [
        ("app.kubernetes.io/managed-by".to_owned(), "glusterctl".to_owned()),
        (CLUSTER.to_owned(), cluster.to_owned()),
    ]
}
