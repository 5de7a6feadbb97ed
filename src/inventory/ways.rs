//! The ways to a Gluster volume in Kubernetes, and which of them works on which version: one table. Pure.

use std::fmt;
use std::str::FromStr;

use super::names::Refused;

/// A way for pods to use a volume. Static ones are named for the source of the persistent volume, dynamic ones for the
/// provisioner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Static: Kubernetes' own plugin, which mounts the volume for each pod.
    Glusterfs,
    /// Static: a `local` volume over the mount that the node has already.
    Local,
    /// Static: a `hostPath` volume over the mount that the node has already.
    HostPath,
    /// Static: an NFS server in front of the volume.
    Nfs,
    /// Dynamic: local-path-provisioner makes a directory on the volume for each claim.
    LocalPathProvisioner,
    /// Dynamic: Kadalu's CSI driver mounts the volume and makes a directory for each claim.
    Kadalu,
}

/// Every way, as it is written.
pub const WAYS: [(&str, Way); 6] = [
    ("glusterfs", Way::Glusterfs),
    ("local", Way::Local),
    ("host-path", Way::HostPath),
    ("nfs", Way::Nfs),
    ("local-path-provisioner", Way::LocalPathProvisioner),
    ("kadalu", Way::Kadalu),
];

/// A Kubernetes version: 1 and the minor number. The patch release makes no difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KubeVersion {
    minor: u16,
}

/// What is known about a way on a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It works.
    Works,
    /// It works, but whoever uses it should know this.
    Mind(&'static str),
    /// Only with `--allow-deprecated`: why, and what to use instead.
    Consent(&'static str, &'static str),
    /// It cannot work: why, and what to use instead.
    Refused(&'static str, &'static str),
}

/// The oldest version that manifests are made for: `local` volumes are stable since 1.14.
pub const OLDEST: KubeVersion = KubeVersion { minor: 14 };
/// The newest version that manifests were checked against, and the default.
pub const NEWEST: KubeVersion = KubeVersion { minor: 37 };
/// The last version with a `glusterfs` plugin (removed by kubernetes/kubernetes#112015).
const LAST_GLUSTERFS: u16 = 25;

/// What does not simply work: way, first and last minor version, verdict. The first line that fits counts.
///
/// Sources: kubernetes/kubernetes#111485 (deprecated in 1.25), #112015 (removed in 1.26), rancher/rke2#4770 (what
/// happens then), kubernetes.io "Version Skew Policy" (a kubelet may be three minor versions older than its server),
/// kadalu/kadalu#1106 (1.3.0 on 1.33), kubernetes.io "Volumes" (hostPath).
const RULES: [(Way, u16, u16, Verdict); 6] = [
    (
        Way::Glusterfs,
        LAST_GLUSTERFS,
        LAST_GLUSTERFS,
        Verdict::Mind("the glusterfs plugin is deprecated in 1.25, the last version that has it; plan to migrate"),
    ),
    (
        Way::Glusterfs,
        LAST_GLUSTERFS + 1,
        LAST_GLUSTERFS + 3,
        Verdict::Consent(
            "Kubernetes removed its glusterfs plugin in 1.26: only nodes whose kubelet is still 1.25 mount such a \
             volume, on all others the claim binds and the pod fails with \"no volume plugin matched\"",
            "use --way local",
        ),
    ),
    (
        Way::Glusterfs,
        LAST_GLUSTERFS + 4,
        u16::MAX,
        Verdict::Refused(
            "Kubernetes removed its glusterfs plugin in 1.26: the claim binds, but every pod fails with \"no volume \
             plugin matched\"",
            "use --way local, and glusterctl kubernetes migrate for volumes that exist already",
        ),
    ),
    (
        Way::Kadalu,
        33,
        u16::MAX,
        Verdict::Consent(
            "Kadalu 1.3.0, its last release, crash-loops on 1.33 (kadalu/kadalu#1106)",
            "use --way local-path-provisioner",
        ),
    ),
    (
        Way::Kadalu,
        0,
        u16::MAX,
        Verdict::Mind("Kadalu has had no release since 1.3.0, and its CSI sidecars are of 2020"),
    ),
    (
        Way::HostPath,
        0,
        u16::MAX,
        Verdict::Mind(
            "Kubernetes documents hostPath volumes for clusters of one node, and ignores fsGroup on them; local does \
             the same job without either limit",
        ),
    ),
];

impl Way {
    /// What is known about this way on a version.
    #[must_use]
    pub fn on(self, version: KubeVersion) -> Verdict {
        RULES
            .iter()
            .find(|(way, first, last, _)| *way == self && (*first..=*last).contains(&version.minor))
            .map_or(Verdict::Works, |(_, _, _, verdict)| *verdict)
    }

    /// The way for whoever asks for none.
    #[must_use]
    pub fn of(version: KubeVersion) -> Way {
        if version.minor <= LAST_GLUSTERFS {
            Way::Glusterfs
        } else {
            Way::Local
        }
    }

    /// Pods reach the volume through the mount that the node has, so only nodes with it can run them.
    #[must_use]
    pub fn needs_the_nodes_mount(self) -> bool {
        matches!(self, Way::Local | Way::HostPath | Way::LocalPathProvisioner)
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        WAYS.iter().find(|(_, way)| *way == self).map_or("", |(word, _)| word)
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Way {
    type Err = Refused;
    fn from_str(text: &str) -> Result<Self, Refused> {
        WAYS.iter()
            .find(|(word, _)| *word == text)
            .map(|(_, way)| *way)
            .ok_or_else(|| {
                let words: Vec<&str> = WAYS.iter().map(|(word, _)| *word).collect();
                Refused(format!("it is one of {}", words.join(", ")))
            })
    }
}

impl KubeVersion {
    /// Whether it is that minor version of 1, or a later one.
    #[must_use]
    pub fn at_least(self, minor: u16) -> bool {
        self.minor >= minor
    }
}

impl FromStr for KubeVersion {
    type Err = Refused;
    /// `1.31`, `v1.31` and `1.31.2` are the same version, also with what vendors put behind it (`v1.31.2+k3s1`).
    fn from_str(text: &str) -> Result<Self, Refused> {
        let number = |part: &str| {
            let plain = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            part.parse::<u16>().ok().filter(|_| plain)
        };
        let bare = text.strip_prefix('v').unwrap_or(text);
        let numbers = bare.split(['+', '-']).next().unwrap_or_default();
        let parts: Vec<Option<u16>> = numbers.split('.').map(number).collect();
        match parts.as_slice() {
            [Some(1), Some(minor)] | [Some(1), Some(minor), Some(_)] => {
                let version = KubeVersion { minor: *minor };
                if version < OLDEST {
                    return Err(Refused(format!("manifests are made for {OLDEST} and newer")));
                }
                Ok(version)
            }
            _ => Err(Refused(format!("a version looks like {NEWEST}"))),
        }
    }
}

impl fmt::Display for KubeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> KubeVersion {
        text.parse().unwrap()
    }

    #[test]
    fn a_version_is_read_as_people_and_programs_write_it() {
        for text in ["1.31", "v1.31", "1.31.2", "v1.31.2+k3s1", "v1.31.0-gke.1"] {
            assert_eq!(version(text).to_string(), "1.31");
        }
        for bad in [
            "",
            "1",
            "2.0",
            "1.x",
            "1.31.x",
            "1.+1",
            "1.13",
            "1.31.2.3",
            "1.99999999",
        ] {
            assert!(bad.parse::<KubeVersion>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_default_works_on_every_version_without_consent() {
        for minor in OLDEST.minor..=NEWEST.minor + 5 {
            let version = KubeVersion { minor };
            assert!(
                matches!(Way::of(version).on(version), Verdict::Works | Verdict::Mind(_)),
                "{version}"
            );
        }
        assert_eq!(
            (Way::of(version("1.25")), Way::of(version("1.26"))),
            (Way::Glusterfs, Way::Local)
        );
    }

    #[test]
    fn the_in_tree_plugin_ends_with_1_25() {
        assert_eq!(Way::Glusterfs.on(version("1.24")), Verdict::Works);
        assert!(matches!(Way::Glusterfs.on(version("1.25")), Verdict::Mind(_)));
        // The last API server that may have kubelets of 1.25.
        assert!(matches!(Way::Glusterfs.on(version("1.28")), Verdict::Consent(..)));
        assert!(matches!(Way::Glusterfs.on(version("1.29")), Verdict::Refused(..)));
    }

    #[test]
    fn every_way_is_read_as_it_is_written() {
        for (word, way) in WAYS {
            assert_eq!((word.parse(), way.as_str()), (Ok(way), word));
        }
    }
}
