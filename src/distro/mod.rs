//! Distributions, as data: the names of packages, and the scripts that install packages. A new distribution is a new
//! constant.

use crate::inventory::{Host, Role};
use crate::scripts::{self, Template};

/// One family of distributions.
#[derive(Debug, PartialEq, Eq)]
pub struct Distro {
    /// The values of `ID` or `ID_LIKE` of os-release that name this family.
    pub ids: &'static [&'static str],
    /// The packages that a host with bricks needs.
    server: &'static [&'static str],
    /// The packages that a host without bricks needs, to mount volumes.
    client: &'static [&'static str],
    /// The packages that a host with bricks on LVM's thin volumes needs, Heketi's bricks included: without `thin_check`, LVM
    /// activates no thin pool; rsync brings back what a snapshot holds.
    thin: &'static [&'static str],
    /// The script that finishes an interrupted installation.
    pub recover: Template,
    /// The script that installs the packages named by `packages`.
    pub install: Template,
    /// The script that updates Gluster's packages.
    pub update: Template,
}

/// Debian, Ubuntu, and distributions derived from them.
pub const APT: Distro = Distro {
    ids: &["debian", "ubuntu"],
    server: &["xfsprogs", "glusterfs-server", "glusterfs-client"],
    client: &["glusterfs-client"],
    thin: &["lvm2", "thin-provisioning-tools", "rsync"],
    recover: scripts::APT_RECOVER,
    install: scripts::APT_INSTALL,
    update: scripts::APT_UPDATE,
};

const ALL: &[&Distro] = &[&APT];

impl Distro {
    /// The distribution that a host runs, by the `ID` and the `ID_LIKE` of os-release; none if the distribution is not
    /// supported.
    #[must_use]
    pub fn of(id: &str, like: &[String]) -> Option<&'static Distro> {
        let named = |id: &str| ALL.iter().find(|distro| distro.ids.contains(&id)).copied();
        named(id).or_else(|| like.iter().find_map(|id| named(id)))
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
}
