//! What the program knows of each volume plugin, a file each. A new plugin starts as a line of
//! `inventory::kubernetes::plugin`; then the compiler names [`definition`], and each field of [`Definition`].

mod glusterfs;
mod heketi;
mod host_path;
mod kadalu;
mod local;
mod local_path_provisioner;
mod nfs;

use serde_json::Value;

use super::context::Context;
use super::objects::{Object, POLICY};
use crate::inventory::kubernetes::plugin::LAST_GLUSTERFS;
use crate::inventory::{KubeVersion, VolumePlugin, VolumeSettings};

/// A volume plugin.
pub(super) struct Definition {
    /// How well the plugin works on a minor version.
    pub support: fn(u16) -> Support,
    /// Where volumes come from.
    pub provisioning: Provisioning,
    /// What keeps pods on nodes that mount the volume.
    pub affinity: Affinity,
    /// What a volume's settings lack for the plugin, and the key to add.
    pub lacks: fn(&VolumeSettings) -> Option<(&'static str, &'static str)>,
    /// The objects, in the order in which they are applied.
    pub objects: &'static [Object],
    /// What the plugin does, in a line.
    pub summary: &'static str,
    /// What whoever applies the manifests must know, in lines.
    pub notes: &'static [&'static str],
}

/// Where persistent volumes come from.
pub(super) enum Provisioning {
    /// The manifests have the persistent volumes: the key of the source in the spec, and the whole source.
    Static(&'static str, fn(&Context<'_>) -> Value),
    /// A provisioner makes a persistent volume for each claim of a class. This prefix comes before the class's name.
    Dynamic(&'static str),
}

/// What keeps pods on the nodes that mount the volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Affinity {
    /// Nothing: the plugin mounts the volume itself, on any node.
    None,
    /// The persistent volume says which nodes.
    OfTheVolume,
    /// Each pod has to say which nodes, unless a policy of the plugin changes the persistent volume.
    OfThePod,
}

/// How well a plugin works on a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Support {
    /// The plugin works.
    Works,
    /// The plugin works, with a warning.
    Warning(&'static str),
    /// Only with `--allow-deprecated`: why, and what to use instead.
    Consent(&'static str, &'static str),
    /// The plugin cannot work: why, and what to use instead.
    Refused(&'static str, &'static str),
}

/// What the program knows of a plugin.
pub(super) fn definition(plugin: VolumePlugin) -> &'static Definition {
    match plugin {
        VolumePlugin::Glusterfs => &glusterfs::DEFINITION,
        VolumePlugin::Local => &local::DEFINITION,
        VolumePlugin::HostPath => &host_path::DEFINITION,
        VolumePlugin::Nfs => &nfs::DEFINITION,
        VolumePlugin::LocalPathProvisioner => &local_path_provisioner::DEFINITION,
        VolumePlugin::Kadalu => &kadalu::DEFINITION,
        VolumePlugin::Heketi => &heketi::DEFINITION,
    }
}

/// How well a plugin works on a version.
pub(super) fn support(plugin: VolumePlugin, version: KubeVersion) -> Support {
    match plugin.removed_from(version) {
        Some((why, instead)) => Support::Refused(why, instead),
        None => (definition(plugin).support)(version.minor()),
    }
}

/// The plugin for whoever asks for none.
pub(super) fn default(version: KubeVersion) -> VolumePlugin {
    match version.minor() <= LAST_GLUSTERFS {
        true => VolumePlugin::Glusterfs,
        false => VolumePlugin::Local,
    }
}

/// The objects of a plugin on a version.
pub(super) fn objects(plugin: VolumePlugin, version: KubeVersion) -> impl Iterator<Item = &'static Object> {
    let all = definition(plugin).objects.iter();
    all.filter(move |object| version.minor() >= object.since)
}

/// Whether a plugin on a version has an object of that kind.
pub(super) fn has(plugin: VolumePlugin, version: KubeVersion, kind: &str) -> bool {
    objects(plugin, version).any(|object| object.kind == kind)
}

/// Whether each pod has to say on which nodes it can run, because neither the persistent volume nor a policy does.
pub(super) fn pods_name_nodes(plugin: VolumePlugin, version: KubeVersion) -> bool {
    definition(plugin).affinity == Affinity::OfThePod && !has(plugin, version, POLICY)
}

/// Whether pods reach a volume through the mount that the node has, so that only nodes with the mount run the pods.
#[must_use]
pub fn needs_the_nodes_mount(plugin: VolumePlugin) -> bool {
    definition(plugin).affinity != Affinity::None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> KubeVersion {
        text.parse().unwrap()
    }

    #[test]
    fn the_default_works_on_every_version_without_consent() {
        for minor in KubeVersion::OLDEST.minor()..=KubeVersion::NEWEST.minor() + 5 {
            let version = version(&format!("1.{minor}"));
            assert!(
                matches!(support(default(version), version), Support::Works | Support::Warning(_)),
                "{version}"
            );
        }
        assert_eq!(
            (default(version("1.25")), default(version("1.26"))),
            (VolumePlugin::Glusterfs, VolumePlugin::Local)
        );
    }

    #[test]
    fn the_in_tree_plugin_ends_with_1_25() {
        let glusterfs = |text: &str| support(VolumePlugin::Glusterfs, version(text));
        assert_eq!(glusterfs("1.24"), Support::Works);
        assert!(matches!(glusterfs("1.25"), Support::Warning(_)));
        // The last API server that may have kubelets of 1.25.
        assert!(matches!(glusterfs("1.28"), Support::Consent(..)));
        assert!(matches!(glusterfs("1.29"), Support::Refused(..)));
    }
}
