//! The volume plugins that an operator can ask for as `method`. A new plugin starts here, with a line of [`plugins!`];
//! the compiler then asks for its definition in `kubernetes::plugins`.

use std::fmt;
use std::str::FromStr;

use super::version::KubeVersion;
use crate::inventory::names::Refused;

macro_rules! plugins {
    ($($(#[$doc:meta])* $plugin:ident = $word:literal,)*) => {
        /// How pods get a volume attached. A static plugin is named for the source of the persistent volume, a dynamic
        /// plugin for the provisioner.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum VolumePlugin {
            $($(#[$doc])* $plugin,)*
        }

        impl VolumePlugin {
            /// Every plugin, with the word that operators write.
            pub const ALL: &[(&str, VolumePlugin)] = &[$(($word, VolumePlugin::$plugin)),*];

            /// The word that operators write.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(VolumePlugin::$plugin => $word,)*
                }
            }
        }
    };
}

plugins! {
    /// Static: Kubernetes' own plugin, which mounts the volume for each pod.
    Glusterfs = "glusterfs",
    /// Static: a `local` volume over the mount that the node has already.
    Local = "local",
    /// Static: a `hostPath` volume over the mount that the node has already.
    HostPath = "host-path",
    /// Static: an NFS server in front of the volume.
    Nfs = "nfs",
    /// Dynamic: local-path-provisioner makes a directory on the volume for each claim.
    LocalPathProvisioner = "local-path-provisioner",
    /// Dynamic: Kadalu's CSI driver mounts the volume and makes a directory for each claim.
    Kadalu = "kadalu",
    /// Dynamic: Kubernetes' own plugin asks Heketi for a volume for each claim.
    Heketi = "heketi",
}

/// The last minor version with a `glusterfs` plugin (removed by kubernetes/kubernetes#112015).
pub const LAST_GLUSTERFS: u16 = 25;

/// A kubelet may be three minor versions older than its API server (kubernetes.io, "Version Skew Policy").
const KUBELET_SKEW: u16 = 3;

impl VolumePlugin {
    /// Why no node of a cluster of that version can have the plugin, and what to use instead. The inventory's reader
    /// refuses such a pair; a pair that works with a consent passes, because the consent is given on the command line.
    #[must_use]
    pub fn removed_from(self, version: KubeVersion) -> Option<(&'static str, &'static str)> {
        if self == VolumePlugin::Heketi && version.minor() > LAST_GLUSTERFS {
            return Some((
                "Kubernetes 1.26 removed the plugin that asks Heketi for volumes: every claim of such a class waits for ever",
                "use --method local, or local-path-provisioner for a directory for each claim; glusterctl kubernetes migrate keeps \
                 the volumes that Heketi made",
            ));
        }
        (self == VolumePlugin::Glusterfs && version.minor() > LAST_GLUSTERFS + KUBELET_SKEW).then_some((
            "Kubernetes removed its glusterfs plugin in 1.26: the claim binds, but every pod fails with \"no volume \
             plugin matched\"",
            "use --method local, and glusterctl kubernetes migrate for volumes that exist already",
        ))
    }
}

impl fmt::Display for VolumePlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for VolumePlugin {
    type Err = Refused;
    fn from_str(text: &str) -> Result<Self, Refused> {
        let found = Self::ALL.iter().find(|(word, _)| *word == text);
        found.map(|(_, plugin)| *plugin).ok_or_else(|| {
            let words: Vec<&str> = Self::ALL.iter().map(|(word, _)| *word).collect();
            Refused(format!("a method is one of {}", words.join(", ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plugin_is_read_as_it_is_written() {
        for (word, plugin) in VolumePlugin::ALL {
            assert_eq!((word.parse(), plugin.as_str()), (Ok(*plugin), *word));
        }
    }
}
