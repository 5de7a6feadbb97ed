//! The systemd units and the packages of a host. Pure.

use std::collections::BTreeMap;

/// A systemd unit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unit {
    /// Whether systemd has loaded the unit.
    pub loaded: bool,
    /// Whether the unit is running (or, for a mount unit, mounted).
    pub active: bool,
    /// Whether systemd starts the unit at boot.
    pub enabled: bool,
}

/// A package that the package manager knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// dpkg's status word: `installed`, `config-files`, `half-configured`, …
    pub status: String,
    /// The package's version.
    pub version: String,
}

/// `systemctl show` prints a block of properties for each unit, in any order, blocks separated by an empty line.
pub(super) fn units(text: &str) -> BTreeMap<String, Unit> {
    let block = |block: &str| {
        let value = |key: &str| {
            block
                .lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
                .unwrap_or_default()
                .to_owned()
        };
        let unit = Unit {
            loaded: value("LoadState") == "loaded",
            active: value("ActiveState") == "active",
            enabled: value("UnitFileState") == "enabled",
        };
        (value("Id"), unit)
    };
    text.split("\n\n").map(block).filter(|(id, _)| !id.is_empty()).collect()
}

/// Lines of a package, its status and its version.
pub(super) fn packages(text: &str) -> BTreeMap<String, Package> {
    let line = |line: &str| {
        let mut words = line.split(' ');
        let name = words.next()?.to_owned();
        let status = words.next()?.to_owned();
        Some((
            name,
            Package {
                status,
                version: words.next().unwrap_or_default().to_owned(),
            },
        ))
    };
    text.lines().filter_map(line).collect()
}
