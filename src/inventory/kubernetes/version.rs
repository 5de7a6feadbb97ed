//! The version of a Kubernetes cluster, as an operator and `kubectl version` write a version.

use std::fmt;
use std::str::FromStr;

use crate::inventory::names::Refused;

/// A Kubernetes version: 1 and the minor number. The patch release makes no difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KubeVersion {
    minor: u16,
}

impl KubeVersion {
    /// The oldest version that manifests are made for: `local` volumes are stable since 1.14.
    pub const OLDEST: KubeVersion = KubeVersion { minor: 14 };
    /// The newest version that manifests were checked against, and the default.
    pub const NEWEST: KubeVersion = KubeVersion { minor: 37 };

    /// The minor number.
    #[must_use]
    pub fn minor(self) -> u16 {
        self.minor
    }
}

impl FromStr for KubeVersion {
    type Err = Refused;
    /// `1.31`, `v1.31` and `1.31.2` are the same version, also with a vendor's suffix (`v1.31.2+k3s1`).
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
                if version < Self::OLDEST {
                    return Err(Refused(format!("manifests are made for {} and newer", Self::OLDEST)));
                }
                Ok(version)
            }
            _ => Err(Refused(format!("a version looks like {}", Self::NEWEST))),
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

    #[test]
    fn a_version_is_read_as_people_and_programs_write_it() {
        for text in ["1.31", "v1.31", "1.31.2", "v1.31.2+k3s1", "v1.31.0-gke.1"] {
            assert_eq!(text.parse::<KubeVersion>().unwrap().to_string(), "1.31");
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
}
