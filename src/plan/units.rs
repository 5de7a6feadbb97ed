//! systemd units: their names, and the one that mounts volumes at boot. Pure.

use crate::facts::HostFacts;
use crate::inventory::{Host, Inventory, MountPath, Role, brick_mount};

/// glusterd's unit.
pub const GLUSTERD: &str = "glusterd.service";

/// A file that goes to a host as it is.
#[derive(Debug)]
pub struct UnitFile {
    /// Where it goes.
    pub path: &'static str,
    /// What it holds.
    pub text: &'static str,
}

/// Mounts one volume at boot, retrying until it can be served. Measured: of the ways to mount at boot, the only one
/// that always ended mounted when all nodes lost power at once.
pub const MOUNT_TEMPLATE: UnitFile = UnitFile {
    path: "/etc/systemd/system/gluster-mount@.service",
    text: include_str!("../../templates/gluster-mount@.service"),
};

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
    units.extend(
        inventory
            .mounts_on(host)
            .map(|volume| mount_service(&volume.mount.path)),
    );
    units
}

/// The services of a host that would mount its volumes at boot, but are not enabled.
#[must_use]
pub fn disabled(inventory: &Inventory, host: &Host, observed: &HostFacts) -> Vec<String> {
    inventory
        .mounts_on(host)
        .map(|volume| mount_service(&volume.mount.path))
        .filter(|service| !observed.unit(service).enabled)
        .collect()
}

/// What a script ends with that changed unit files or fstab: systemd reads them again. Enabling a unit has the same effect
/// (systemctl(1)) and comes later in a plan, so where it is to come, nothing is read twice. Should it never come about,
/// the next plan has it again.
#[must_use]
pub fn reload(inventory: &Inventory, host: &Host, observed: &HostFacts) -> &'static str {
    match disabled(inventory, host, observed).is_empty() {
        true => "\nsystemctl daemon-reload",
        false => "",
    }
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
    use crate::facts::Facts;
    use crate::inventory;
    use crate::plan::plan;

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
    #[test]
    fn systemd_reads_changed_files_again_at_once_or_with_a_unit_that_is_enabled_after_them() {
        let text = include_str!("../../inventories/openstack.yaml");
        let inventory = inventory::read(text, "test").unwrap();
        let host = &inventory.hosts[0];
        let steps = |state: &str| -> Vec<String> {
            let said = format!(
                "\n@ host\ninit=systemd\n\n@ os\nID=debian\n\n@ units\n\
                 Id=gluster-mount@data.service\nLoadState=loaded\nUnitFileState={state}\n\n@ end\n"
            );
            let observed = HostFacts::parse(&said, "@", &inventory, host).unwrap();
            let hosts = [(host.name.clone(), Ok(observed))].into_iter().collect();
            let plan = plan(&inventory, &Facts { hosts });
            let of_systemd = |line: &&str| line.contains("daemon-reload") || line.contains("systemctl -q enable");
            let commands = plan.steps.iter().flat_map(|step| step.command.lines());
            let changes = |line: &&str| line.starts_with("mv ") && !line.contains("/etc/hosts");
            commands
                .filter(|line| of_systemd(line) || changes(line))
                .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
                .collect()
        };
        let changed = "mv \"$new\"";
        assert_eq!(steps("disabled"), [changed, changed, "systemctl -q"]);
        let reload = "systemctl daemon-reload";
        assert_eq!(steps("enabled"), [changed, reload, changed, reload]);
    }
}
