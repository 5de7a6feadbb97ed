//! Distributions, as data: how packages are installed and what they are called. To add one, add a constant.

use crate::inventory::Role;
use crate::scripts::{self, Template};

/// One family of distributions.
#[derive(Debug, PartialEq, Eq)]
pub struct Distro {
    /// The `ID` or `ID_LIKE` values of os-release that it covers.
    pub ids: &'static [&'static str],
    /// What a host that holds bricks needs.
    server: &'static [&'static str],
    /// What a host that only mounts needs.
    client: &'static [&'static str],
    /// Finishes what an interrupted package manager left half done.
    pub recover: Template,
    /// Installs `packages`.
    pub install: Template,
}

/// Debian, Ubuntu and what derives from them.
pub const APT: Distro = Distro {
    ids: &["debian", "ubuntu"],
    server: &["xfsprogs", "glusterfs-server", "glusterfs-client"],
    client: &["glusterfs-client"],
    recover: scripts::APT_RECOVER,
    install: scripts::APT_INSTALL,
};

const ALL: &[&Distro] = &[&APT];

impl Distro {
    /// The distribution that a host runs, by the `ID` and the `ID_LIKE` of os-release; none if it is not supported.
    #[must_use]
    pub fn of(id: &str, like: &[String]) -> Option<&'static Distro> {
        let named = |id: &str| ALL.iter().find(|distro| distro.ids.contains(&id)).copied();
        named(id).or_else(|| like.iter().find_map(|id| named(id)))
    }

    /// The packages that a host needs.
    #[must_use]
    pub fn packages(&self, role: Role) -> &'static [&'static str] {
        match role {
            Role::Server => self.server,
            Role::Client => self.client,
        }
    }
}
