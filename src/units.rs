//! systemd units: their names, and those that are ours; what is observed and what is planned. Pure.

use std::borrow::Cow;

use crate::inventory::{Host, Inventory, MountPath, Role, brick_mount};

/// glusterd's unit.
pub const GLUSTERD: &str = "glusterd.service";

/// A file that goes to a host as it is.
#[derive(Debug)]
pub struct UnitFile {
    /// Where it goes.
    pub path: &'static str,
    /// What it holds.
    pub text: Cow<'static, str>,
}

/// Makes glusterd wait for its bricks' file systems.
const BRICKS: &str = "/etc/systemd/system/glusterd.service.d/glusterctl-bricks.conf";

/// The unit files of a host: of those that mount at boot, measured as the only way that always ended mounted when all nodes
/// lost power at once.
#[must_use]
pub fn files(inventory: &Inventory, host: &Host) -> Vec<UnitFile> {
    let mut files = Vec::new();
    if host.role == Role::Server {
        let units = host.devices.iter().map(|device| mount_unit(&brick_mount(device)));
        let lines: String = units.map(|unit| format!("Wants={unit}\nAfter={unit}\n")).collect();
        files.push(UnitFile {
            path: BRICKS,
            text: (include_str!("../templates/glusterd-bricks.conf").to_owned() + &lines).into(),
        });
    }
    if inventory.mounts_on(host).next().is_some() {
        files.push(UnitFile {
            path: "/etc/systemd/system/gluster-mount@.service",
            text: include_str!("../templates/gluster-mount@.service").into(),
        });
        files.push(UnitFile {
            path: "/etc/systemd/system/gluster-mounted@.service",
            text: include_str!("../templates/gluster-mounted@.service").into(),
        });
    }
    files
}

/// The services of a host that mount its volumes at boot.
pub fn mount_services<'a>(inventory: &'a Inventory, host: &'a Host) -> impl Iterator<Item = String> {
    inventory
        .mounts_on(host)
        .map(|volume| mount_service(&volume.mount.path))
}

/// Where a host mounts bricks and volumes.
#[must_use]
pub fn mount_points(inventory: &Inventory, host: &Host) -> Vec<String> {
    let mut points: Vec<String> = host.devices.iter().map(brick_mount).collect();
    points.extend(inventory.mounts_on(host).map(|volume| volume.mount.path.to_string()));
    points
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

/// The units of a host that say something about its state.
#[must_use]
pub fn of(inventory: &Inventory, host: &Host) -> Vec<String> {
    let mut units = Vec::new();
    if host.role == Role::Server {
        units.push(GLUSTERD.to_owned());
        units.extend(host.devices.iter().map(|device| mount_unit(&brick_mount(device))));
    }
    units.extend(mount_services(inventory, host));
    units
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
        // Each as systemd-escape --path prints it.
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
