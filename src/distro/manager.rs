//! Package managers: their scripts. Pure.

use super::{Template, scripts};

/// A package manager.
#[derive(Debug, PartialEq, Eq)]
pub struct Manager {
    /// The program.
    pub name: &'static str,
    /// The program that unpacks packages: an interruption is reported under its name.
    pub unpacker: &'static str,
    /// The script that finishes an interrupted installation.
    pub recover: Template,
    /// The script that gives the packages of GlusterFS among `packages` the wanted version.
    pub choose: Template,
    /// The script that installs the packages named by `packages`.
    pub install: Template,
    /// The script that updates Gluster's packages.
    pub update: Template,
    /// The script that takes away the packages that glusterctl noted.
    pub drop: Template,
    /// Whether the scripts want to know the repositories that are off by default.
    pub has_extra: bool,
    /// Where a file keeps GlusterFS at the wanted version; none if nothing but the repository does.
    pub pin: Option<&'static str>,
}

/// The file that keeps apt to one version of GlusterFS.
pub const PIN: &str = "/etc/apt/preferences.d/glusterctl";

/// Debian's and Ubuntu's.
pub const APT: Manager = Manager {
    name: "apt",
    unpacker: "dpkg",
    recover: scripts::APT_RECOVER,
    choose: scripts::APT_CHOOSE,
    install: scripts::APT_INSTALL,
    update: scripts::APT_UPDATE,
    drop: scripts::PACKAGES_DROP,
    has_extra: false,
    pin: Some(PIN),
};

/// Red Hat's and Fedora's.
pub const DNF: Manager = Manager {
    name: "dnf",
    unpacker: "rpm",
    recover: scripts::DNF_RECOVER,
    choose: scripts::DNF_CHOOSE,
    install: scripts::DNF_INSTALL,
    update: scripts::DNF_UPDATE,
    drop: scripts::RPM_DROP,
    has_extra: true,
    pin: None,
};

/// SUSE's.
pub const ZYPPER: Manager = Manager {
    name: "zypper",
    unpacker: "rpm",
    recover: scripts::ZYPPER_RECOVER,
    choose: scripts::ZYPPER_CHOOSE,
    install: scripts::ZYPPER_INSTALL,
    update: scripts::ZYPPER_UPDATE,
    drop: scripts::RPM_DROP,
    has_extra: false,
    pin: None,
};
