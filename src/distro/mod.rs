//! Distributions, as data: how packages are installed and what they are called. To add one, add a constant.

use crate::facts::HostFacts;
use crate::inventory::Role;

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
    pub recover: &'static str,
    /// Installs the packages appended to it, in one transaction, waiting for another's lock.
    pub install: &'static str,
    /// Fetches the package lists.
    pub refresh: &'static str,
}

/// Debian, Ubuntu and what derives from them.
pub const APT: Distro = Distro {
    ids: &["debian", "ubuntu"],
    server: &["xfsprogs", "glusterfs-server", "glusterfs-client"],
    client: &["glusterfs-client"],
    // dpkg itself does not wait for another's lock. What it cannot configure (a package whose dependencies were not unpacked
    // yet) apt can mend, as it fetches what is missing. What was cut off while it was unpacked over itself has to be named
    // (measured: --fix-broken alone leaves it "in a very bad inconsistent state").
    recover: "tries=150\n\
              until said=$(dpkg --force-confold --configure -a 2>&1); do\n    \
              case $said in *'is locked'* | *'was locked'*) ;; *) break ;; esac\n    \
              tries=$((tries - 1)); [ \"$tries\" != 0 ] || { echo \"$said\" >&2; exit 1; }\n    \
              sleep 2\n\
              done\n\
              torn=$(dpkg-query -W -f '${db:Status-Eflag} ${binary:Package}\\n' | sed -n 's/^reinstreq //p')\n\
              mend() { apt-get -y -q -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold --no-remove --fix-broken \
              --reinstall install $torn; }\n\
              mend || { apt-get -q -o DPkg::Lock::Timeout=300 update && mend; } || \
              { printf '%s\\n' \"$said\" | tail -n 20 >&2; exit 1; }",
    install: "apt-get -y -q -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold --no-install-recommends install",
    refresh: "apt-get -q -o DPkg::Lock::Timeout=300 update",
};

const ALL: &[&Distro] = &[&APT];

impl Distro {
    /// The distribution of a host, if it is one of these.
    #[must_use]
    pub fn of(facts: &HostFacts) -> Option<&'static Distro> {
        let named = |id: &str| ALL.iter().find(|distro| distro.ids.contains(&id)).copied();
        named(&facts.os).or_else(|| facts.os_like.iter().find_map(|id| named(id)))
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
