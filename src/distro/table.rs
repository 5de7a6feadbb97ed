//! The distributions, a row each, with the source of each fact. Pure.

use super::{APT, DNF, Distro, Repository, ZYPPER, scripts};

/// Every distribution.
pub static ALL: &[Distro] = &[
    // Debian 12 has GlusterFS 10.3, Debian 13 has 11.1: https://packages.debian.org/glusterfs-server
    debian("Debian", &["debian"], Repository::Own),
    // 22.04 has GlusterFS 10.1, 24.04 has 11.1, both in universe: https://packages.ubuntu.com/glusterfs-server
    // The Gluster project builds each major version in a PPA of its own: https://launchpad.net/~gluster
    debian(
        "Ubuntu",
        &["ubuntu"],
        Repository::Added {
            add: scripts::PPA_ADD,
            drop: scripts::PPA_DROP,
            prefix: "gluster/glusterfs-",
            per_version: true,
        },
    ),
    enterprise_linux("Rocky Linux", &["rocky"]),
    enterprise_linux("AlmaLinux", &["almalinux"]),
    enterprise_linux("CentOS Stream", &["centos"]),
    // Fedora builds the newest version itself: https://packages.fedoraproject.org/pkgs/glusterfs/
    Distro {
        name: "Fedora",
        ids: &["fedora"],
        releases: &[],
        repository: Repository::Own,
        extra: &[],
        ..enterprise_linux("Fedora", &[])
    },
    suse("openSUSE Leap", &["opensuse-leap"]),
    suse("openSUSE Tumbleweed", &["opensuse-tumbleweed"]),
];

/// Debian and Ubuntu have the same packages.
const fn debian(name: &'static str, ids: &'static [&'static str], repository: Repository) -> Distro {
    Distro {
        name,
        ids,
        derivatives: true,
        releases: &[],
        manager: &APT,
        server: &["xfsprogs", "glusterfs-server", "glusterfs-client"],
        client: &["glusterfs-client"],
        thin: &["lvm2", "thin-provisioning-tools", "rsync"],
        gluster: ["glusterfs-server", "glusterfs-client"],
        repository,
        extra: &[],
        selinux_brick_type: None,
        hosts_template: "/etc/cloud/templates/hosts.debian.tmpl",
    }
}

/// Red Hat's own repositories have the client alone, in an old version. The CentOS Storage SIG builds versions 9, 10 and 11 for
/// release 9 (https://wiki.almalinux.org/repos/CentOS.html), and its repository comes with a package that the distributions
/// have in `extras`; none is known for release 10. glusterfs-server needs python3-pyxattr, which is in `crb`; glusterfs-selinux,
/// which it needs too (glusterfs.spec), has the type of bricks; semanage is in policycoreutils-python-utils.
const fn enterprise_linux(name: &'static str, ids: &'static [&'static str]) -> Distro {
    Distro {
        name,
        ids,
        derivatives: false,
        releases: &["9"],
        manager: &DNF,
        server: &[
            "xfsprogs",
            "glusterfs-server",
            "glusterfs-fuse",
            "policycoreutils-python-utils",
        ],
        client: &["glusterfs-fuse"],
        thin: &["lvm2", "device-mapper-persistent-data", "rsync"],
        gluster: ["glusterfs-server", "glusterfs-fuse"],
        repository: Repository::Package {
            prefix: "centos-release-gluster",
            majors: &["11", "10", "9"],
        },
        extra: &["crb"],
        selinux_brick_type: Some("glusterd_brick_t"),
        hosts_template: "/etc/cloud/templates/hosts.redhat.tmpl",
    }
}

/// One package has server and client. Where the distribution does not have the package, the Build Service's project
/// `filesystems` has it, in one version: https://software.opensuse.org/package/libglusterfs0
const fn suse(name: &'static str, ids: &'static [&'static str]) -> Distro {
    Distro {
        name,
        ids,
        derivatives: false,
        releases: &[],
        manager: &ZYPPER,
        server: &["xfsprogs", "glusterfs", "attr"],
        client: &["glusterfs", "attr"],
        thin: &["lvm2", "thin-provisioning-tools", "rsync"],
        gluster: ["glusterfs", "glusterfs"],
        repository: Repository::Added {
            add: scripts::OBS_ADD,
            drop: scripts::OBS_DROP,
            prefix: "filesystems",
            per_version: false,
        },
        extra: &[],
        selinux_brick_type: None,
        hosts_template: "/etc/cloud/templates/hosts.suse.tmpl",
    }
}
