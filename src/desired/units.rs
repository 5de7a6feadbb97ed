//! systemd units: the names of units, and the unit files that glusterctl writes. Pure.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::bricks::{self, BrickFileSystem};
use super::heketi_login::{self, HeketiLogin};
use crate::inventory::{Host, MountPath, Role};
use crate::scripts;

/// glusterd's unit.
pub const GLUSTERD: &str = "glusterd.service";

/// The unit that starts bricks and heals after a start of glusterd.
pub const HEAL: &str = "gluster-heal.service";

/// A unit file, or the script that a unit runs, which goes to a host unchanged.
#[derive(Debug)]
pub struct UnitFile {
    /// The path of the file on the host.
    pub path: &'static str,
    /// The content of the file.
    pub text: Cow<'static, str>,
}

impl UnitFile {
    /// The file's mode, in octal: sshd runs the script of Heketi's login by itself.
    #[must_use]
    pub fn mode(&self) -> &'static str {
        match self.path {
            heketi_login::SCRIPT => "755",
            _ => "644",
        }
    }
}

/// The drop-in that makes glusterd wait for the file systems of its bricks.
pub const BRICKS: &str = "/etc/systemd/system/glusterd.service.d/glusterctl-bricks.conf";
const HEAL_SCRIPT: &str = "/etc/glusterctl/heal-after-start.sh";
const HEAL_UNIT: &str = "/etc/systemd/system/gluster-heal.service";
/// The template of the units that mount volumes at boot.
pub const MOUNT_UNIT: &str = "/etc/systemd/system/gluster-mount@.service";
const MOUNTED_UNIT: &str = "/etc/systemd/system/gluster-mounted@.service";
/// The modules of the kernel that Heketi's bricks need; systemd loads them before it mounts anything.
const HEKETI_MODULES: &str = "/etc/modules-load.d/glusterctl-heketi.conf";

/// The paths of all files of this kind, whether a host needs the file or not.
pub const PATHS: [&str; 7] = [
    HEAL_SCRIPT,
    HEAL_UNIT,
    BRICKS,
    HEKETI_MODULES,
    heketi_login::SCRIPT,
    MOUNT_UNIT,
    MOUNTED_UNIT,
];

/// The unit files of a host. Units that mount at boot are the only method that always ended with every volume mounted,
/// when methods were measured by cutting the power of all nodes at once.
pub(super) fn files(
    host: &Host,
    bricks: &[BrickFileSystem],
    mounts_volumes: bool,
    login: Option<&HeketiLogin>,
) -> Vec<UnitFile> {
    let mut files = Vec::new();
    if host.role == Role::Server {
        let script = scripts::HEAL_AFTER_START.with(&[]);
        let says = "# Written by glusterctl; the next apply undoes changes to this file.\n";
        files.push(UnitFile {
            path: HEAL_SCRIPT,
            text: format!("{says}{script}\n").into(),
        });
        files.push(UnitFile {
            path: HEAL_UNIT,
            text: include_str!("../../templates/gluster-heal.service").into(),
        });
        files.push(UnitFile {
            path: BRICKS,
            text: waits_for(bricks::own_mounts(bricks)).into(),
        });
    }
    if !host.heketi.is_empty() {
        files.push(UnitFile {
            path: HEKETI_MODULES,
            text: include_str!("../../templates/heketi-modules.conf").into(),
        });
    }
    if let Some(login) = login {
        files.push(UnitFile {
            path: heketi_login::SCRIPT,
            text: login.script.clone().into(),
        });
    }
    if mounts_volumes {
        files.push(UnitFile {
            path: MOUNT_UNIT,
            text: include_str!("../../templates/gluster-mount@.service").into(),
        });
        files.push(UnitFile {
            path: MOUNTED_UNIT,
            text: include_str!("../../templates/gluster-mounted@.service").into(),
        });
    }
    files
}

/// The text of [`BRICKS`] for file systems that are mounted at these directories, in whatever order.
pub fn waits_for<'a>(mounts: impl Iterator<Item = &'a str>) -> String {
    let units: BTreeSet<String> = mounts.map(mount_unit).collect();
    let lines: String = units
        .iter()
        .map(|unit| format!("Wants={unit}\nAfter={unit}\n"))
        .collect();
    include_str!("../../templates/glusterd-bricks.conf").to_owned() + &lines
}

/// The unit that mounts a volume at boot.
#[must_use]
pub fn mount_service(path: &MountPath) -> String {
    format!("gluster-mount@{}.service", escape(path.as_str()))
}

/// systemd's name for the mount at a path.
#[must_use]
pub fn mount_unit(path: &str) -> String {
    format!("{}.mount", escape(path))
}

/// systemd's escaping of paths in unit names (systemd.unit(5)), for paths that are absolute and normalized.
fn escape(path: &str) -> String {
    let mut escaped = String::new();
    for (at, byte) in path.trim_matches('/').bytes().enumerate() {
        match byte {
            b'/' => escaped.push('-'),
            b'.' if at == 0 => escaped.push_str("\\x2e"),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b':' | b'_' | b'.' => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("\\x{byte:02x}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_escaped_as_systemd_does() {
        // Each unit's name as systemd-escape --path prints the name.
        for (path, unit) in [
            ("/data", "data.mount"),
            ("/mnt/gv-0", "mnt-gv\\x2d0.mount"),
            (
                "/bricks/disk-by-id-virtio-b0",
                "bricks-disk\\x2dby\\x2did\\x2dvirtio\\x2db0.mount",
            ),
            ("/.hidden/a.b", "\\x2ehidden-a.b.mount"),
            ("/srv/a+b@c=d:e_f", "srv-a\\x2bb\\x40c\\x3dd:e_f.mount"),
        ] {
            assert_eq!(mount_unit(path), unit);
        }
        let path = MountPath::parse("/mnt/gv-0").unwrap();
        assert_eq!(mount_service(&path), "gluster-mount@mnt-gv\\x2d0.service");
    }
}
