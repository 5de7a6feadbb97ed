//! Distributions, as data: how a distribution is recognised, the names of its packages, where its packages of GlusterFS come
//! from, and the scripts of its package manager. A new distribution is a new row of `table.rs`. Pure.

mod manager;
mod table;

use crate::inventory::{GlusterVersion, Host, Role};
use crate::scripts::{self, Template};

pub use manager::{APT, DNF, Manager, PIN, ZYPPER};
pub use table::ALL;

/// A distribution that glusterctl knows.
#[derive(Debug, PartialEq, Eq)]
pub struct Distro {
    /// The distribution's name.
    pub name: &'static str,
    /// The values of `ID` of os-release that name the distribution.
    ids: &'static [&'static str],
    /// Whether a distribution that names this one in `ID_LIKE` of os-release is taken for this one: for Debian's and Ubuntu's
    /// derivatives; Red Hat's do not have the same packages of GlusterFS.
    derivatives: bool,
    /// The major numbers of the releases that have packages of GlusterFS; empty if all have.
    releases: &'static [&'static str],
    /// The package manager.
    pub manager: &'static Manager,
    /// The packages that a host with bricks needs.
    server: &'static [&'static str],
    /// The packages that a host without bricks needs, to mount volumes.
    client: &'static [&'static str],
    /// The packages that a host with bricks on LVM's thin volumes needs, Heketi's bricks included: without `thin_check`, LVM
    /// activates no thin pool; rsync brings back what a snapshot holds.
    thin: &'static [&'static str],
    /// The packages whose version is GlusterFS's version: on a server, and on a client.
    gluster: [&'static str; 2],
    /// Where the packages of GlusterFS come from.
    repository: Repository,
    /// Repositories of the distribution that are off by default, and that packages which GlusterFS needs are in.
    pub extra: &'static [&'static str],
    /// The type that SELinux's policy wants on bricks; none if no policy of the distribution is known to have one.
    pub selinux_brick_type: Option<&'static str>,
    /// The template of /etc/hosts that cloud-init renders at every boot if `manage_etc_hosts` is set, as on cloud images.
    pub hosts_template: &'static str,
}

/// Where packages of GlusterFS come from, besides the distribution's own repositories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repository {
    /// Nothing is added: the version is what the host's own repositories offer.
    Own,
    /// A package of the distribution brings the repository of a major version; without a version, of this one.
    Package {
        /// The package's name, before the number of the major version.
        prefix: &'static str,
        /// The major versions, the newest first: the newest is taken if none is asked for and the host has none.
        majors: &'static [&'static str],
    },
    /// A repository that is added if a version is asked for.
    Added {
        /// The script that adds the repository.
        add: Template,
        /// The script that takes the repository away.
        drop: Template,
        /// What the repository is called, before the number of the major version.
        prefix: &'static str,
        /// Whether each major version has a repository of its own.
        per_version: bool,
    },
}

/// A repository that a host needs.
#[derive(Debug, PartialEq, Eq)]
pub enum Source {
    /// The repository that one of these packages brings: the first is installed if none is.
    Package(Vec<String>),
    /// The repository of that name, which this script adds.
    Added(String, Template),
}

impl Distro {
    /// The distribution that a host runs, by `ID`, `ID_LIKE` and `VERSION_ID` of os-release; none if the distribution or its
    /// release is not supported.
    #[must_use]
    pub fn of(id: &str, like: &[String], release: &str) -> Option<&'static Distro> {
        let by_id = |id: &str| ALL.iter().find(|distro| distro.ids.contains(&id));
        let of_derivatives = |id: &String| by_id(id).filter(|distro| distro.derivatives);
        let found = by_id(id).or_else(|| like.iter().find_map(of_derivatives))?;
        let major = release.split('.').next().unwrap_or_default();
        (found.releases.is_empty() || found.releases.contains(&major)).then_some(found)
    }

    /// The packages that a host needs.
    #[must_use]
    pub fn packages(&self, host: &Host) -> Vec<&'static str> {
        let of_role = match host.role {
            Role::Server => self.server,
            Role::Client => self.client,
        };
        match host.devices.iter().any(|device| device.lvm.is_some()) || !host.heketi.is_empty() {
            true => [of_role, self.thin].concat(),
            false => of_role.to_vec(),
        }
    }

    /// The package whose version is GlusterFS's version on a host of that role.
    #[must_use]
    pub fn gluster_package(&self, role: Role) -> &'static str {
        match role {
            Role::Server => self.gluster[0],
            Role::Client => self.gluster[1],
        }
    }

    /// The repository that a host needs, besides the distribution's own.
    #[must_use]
    pub fn source(&self, version: Option<&GlusterVersion>) -> Option<Source> {
        match self.repository {
            Repository::Own => None,
            Repository::Package { prefix, majors } => {
                let named = |major: &str| format!("{prefix}{major}");
                Some(Source::Package(match version {
                    Some(version) => vec![named(version.major())],
                    None => majors.iter().map(|major| named(major)).collect(),
                }))
            }
            Repository::Added {
                add,
                prefix,
                per_version,
                ..
            } => {
                let major = version?.major();
                let name = match per_version {
                    true => format!("{prefix}{major}"),
                    false => prefix.to_owned(),
                };
                Some(Source::Added(name, add))
            }
        }
    }

    /// The script that takes a repository away that was added.
    #[must_use]
    pub fn drop_source(&self) -> Option<Template> {
        match self.repository {
            Repository::Added { drop, .. } => Some(drop),
            Repository::Own | Repository::Package { .. } => None,
        }
    }
}

/// The names of all distributions, with the releases that have packages of GlusterFS.
#[must_use]
pub fn supported() -> String {
    let name = |distro: &Distro| match distro.releases {
        [] => distro.name.to_owned(),
        releases => format!("{} {}", distro.name, releases.join(", ")),
    };
    let names: Vec<String> = ALL.iter().map(name).collect();
    let (last, others) = names
        .split_last()
        .map_or(("", &[][..]), |(last, others)| (last, others));
    format!("{} or {last}", others.join(", "))
}

/// The packages that a host is asked about before anybody knows which distribution it runs.
#[must_use]
pub fn asked_about(host: &Host, version: Option<&GlusterVersion>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for distro in ALL {
        let source = match distro.source(version) {
            Some(Source::Package(names)) => names,
            Some(Source::Added(..)) | None => Vec::new(),
        };
        let packages = distro.packages(host).into_iter().map(str::to_owned);
        for name in packages.chain(source) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// The templates of /etc/hosts of all distributions, each once.
#[must_use]
pub fn hosts_templates() -> Vec<&'static str> {
    let mut paths: Vec<&str> = ALL.iter().map(|distro| distro.hosts_template).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str, like: &str, release: &str) -> Option<&'static str> {
        let like: Vec<String> = like.split_whitespace().map(str::to_owned).collect();
        Distro::of(id, &like, release).map(|distro| distro.name)
    }

    #[test]
    fn a_distribution_is_recognised_by_its_os_release() {
        // As /etc/os-release of each has it.
        for (id, like, release, name) in [
            ("debian", "", "12", Some("Debian")),
            ("debian", "", "", Some("Debian")),
            ("ubuntu", "debian", "24.04", Some("Ubuntu")),
            ("linuxmint", "ubuntu debian", "22", Some("Ubuntu")),
            ("raspbian", "debian", "12", Some("Debian")),
            ("rocky", "rhel centos fedora", "9.4", Some("Rocky Linux")),
            ("almalinux", "rhel centos fedora", "9.6", Some("AlmaLinux")),
            ("centos", "rhel fedora", "9", Some("CentOS Stream")),
            ("fedora", "", "41", Some("Fedora")),
            ("opensuse-leap", "suse opensuse", "15.6", Some("openSUSE Leap")),
            (
                "opensuse-tumbleweed",
                "opensuse suse",
                "20260101",
                Some("openSUSE Tumbleweed"),
            ),
            // Nobody is known to build GlusterFS for these.
            ("rocky", "rhel centos fedora", "10.0", None),
            ("centos", "rhel fedora", "10", None),
            ("rocky", "rhel centos fedora", "8.10", None),
            ("rhel", "fedora", "9.4", None),
            ("ol", "fedora", "9.4", None),
            ("amzn", "fedora", "2023", None),
            ("slackware", "", "15.0", None),
            ("", "", "", None),
        ] {
            assert_eq!(found(id, like, release), name, "{id} {release}");
        }
    }

    #[test]
    fn every_distribution_is_named_to_somebody_who_runs_another() {
        let names = "Debian, Ubuntu, Rocky Linux 9, AlmaLinux 9, CentOS Stream 9, Fedora, openSUSE Leap or openSUSE \
                     Tumbleweed";
        assert_eq!(supported(), names);
    }
}
