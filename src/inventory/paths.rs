//! Which paths can be devices and mount points, and which mount options a volume can have.

use super::names::{Refused, refuse};

/// Checks an absolute path without detours.
pub(super) fn normalized(text: &str, what: &str) -> Result<(), Refused> {
    const PATH_MAX: usize = 255;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | ':' | '+' | '=' | '@');
    if !text.starts_with('/') {
        return refuse(format!("{what} is an absolute path, beginning with '/'"));
    }
    if text.len() > PATH_MAX {
        return refuse(format!("{what} has at most {PATH_MAX} characters"));
    }
    if let Some(bad) = text.chars().find(|&c| !allowed(c)) {
        return refuse(format!(
            "{what} must not contain {bad:?}; letters, digits and / . _ - : + = @ are fine"
        ));
    }
    let mut parts = text[1..].split('/');
    if text.len() > 1 && parts.any(|part| part.is_empty() || part == "." || part == ".." || part.starts_with('-')) {
        return refuse(format!(
            "{what} must not contain '//', '/./', '/../', a trailing '/', or a part beginning with '-'"
        ));
    }
    Ok(())
}

/// Checks the path of a block device.
pub(super) fn device(text: &str) -> Result<(), Refused> {
    normalized(text, "a device")?;
    let Some(name) = text.strip_prefix("/dev/") else {
        return refuse("a device is a path below /dev, for example /dev/vdb or /dev/disk/by-id/virtio-brick0");
    };
    match no_disk(name) {
        Some(what) => refuse(format!(
            "/dev/{name} is {what}; a brick needs a disk, for example /dev/vdb"
        )),
        None => Ok(()),
    }
}

/// What a name below /dev stands for on every Linux, if never for a disk.
fn no_disk(name: &str) -> Option<&'static str> {
    let numbered = |prefix: &str| {
        let rest = name.strip_prefix(prefix);
        rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()))
    };
    match name {
        "null" | "zero" | "full" | "random" | "urandom" | "mem" | "port" | "kmsg" | "fuse" | "console" | "tty"
        | "ptmx" | "stdin" | "stdout" | "stderr" | "loop-control" | "mapper/control" => Some("no disk"),
        "cdrom" | "dvd" => Some("an optical drive"),
        _ if numbered("sr") => Some("an optical drive"),
        _ if numbered("ram") || numbered("zram") => Some("memory, which is empty after a reboot"),
        _ if name.starts_with("tty") || name.starts_with("pts/") => Some("a terminal"),
        _ if name.starts_with("shm/") || name.starts_with("fd/") || name.starts_with("mqueue/") => Some("no disk"),
        _ => None,
    }
}

/// Checks the mount point of a volume.
pub(super) fn mount_point(text: &str) -> Result<(), Refused> {
    // The directories that a running system needs to see unchanged (file-hierarchy(7)), with all paths below them.
    const SYSTEM: [&str; 14] = [
        "/bin", "/boot", "/bricks", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/run", "/sbin", "/sys",
        "/tmp", "/usr",
    ];
    // Directories in which other programs keep their state, with all paths below them.
    const STATE: [(&str, &str); 11] = [
        ("/var/lib/kubelet", "the kubelet"),
        ("/var/lib/etcd", "etcd"),
        ("/var/lib/docker", "Docker"),
        ("/var/lib/containerd", "containerd"),
        ("/var/lib/containers", "Podman and CRI-O"),
        ("/var/lib/rancher", "K3s and RKE2"),
        ("/var/lib/glusterd", "glusterd"),
        ("/var/lib/dpkg", "dpkg"),
        ("/var/lib/rpm", "rpm"),
        ("/var/lib/systemd", "systemd"),
        ("/var/log/glusterfs", "GlusterFS"),
    ];
    // Directories that no volume may hide, while a mount point below them is fine.
    const WHOLE: [&str; 13] = [
        "/",
        "/home",
        "/media",
        "/mnt",
        "/opt",
        "/root",
        "/srv",
        "/var",
        "/var/lib",
        "/var/log",
        "/var/tmp",
        "/var/cache",
        "/var/spool",
    ];
    normalized(text, "a mount point")?;
    let is_in = |dir: &str| text == dir || text.starts_with(&format!("{dir}/"));
    if let Some(dir) = SYSTEM.iter().find(|dir| is_in(dir)) {
        return refuse(format!(
            "{dir} belongs to the system; mount the volume elsewhere, for example at /data"
        ));
    }
    if let Some((dir, whose)) = STATE.iter().find(|(dir, _)| is_in(dir)) {
        return refuse(format!(
            "{whose} keeps its state in {dir}; mount the volume elsewhere, for example at /data"
        ));
    }
    if text.split('/').any(|part| part == ".ssh") {
        return refuse("SSH reads its keys there, and a login would wait for the volume; mount the volume elsewhere");
    }
    if WHOLE.contains(&text) {
        return refuse(format!(
            "mounting over {text} would hide what the system keeps there; use a directory of the volume's own, for example /data"
        ));
    }
    Ok(())
}

/// Checks a mount option.
pub(super) fn mount_option(text: &str) -> Result<(), Refused> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | ':' | '=' | '+');
    if text.is_empty() || !text.chars().all(allowed) || text.starts_with('-') {
        return refuse(
            "a mount option consists of letters, digits and / . _ - : = +, one option an entry, for example noatime",
        );
    }
    match text.split('=').next().unwrap_or_default() {
        "auto" | "noauto" => refuse("apply writes noauto, and gluster-mount@.service mounts the volume at boot"),
        "backup-volfile-servers" | "backupvolfile-server" => refuse("apply names the other servers itself"),
        "user" | "users" | "owner" | "group" => refuse("a volume is mounted by root"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::inventory::names::{DevicePath, MountPath};

    #[test]
    fn a_volume_is_never_mounted_over_the_system() {
        for bad in [
            "/",
            "/etc",
            "/etc/x",
            "/usr/share",
            "/var",
            "/home",
            "/run/x",
            "/bricks/vdb",
            "data",
            "/a/../etc",
            "/a//b",
        ] {
            assert!(MountPath::parse(bad).is_err(), "{bad}");
        }
        for good in ["/data", "/mnt/gv0", "/var/lib/data", "/srv/a-b_c.d"] {
            assert!(MountPath::parse(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_mount_point_hides_no_state_of_another_program() {
        for bad in [
            "/var/lib/kubelet",
            "/var/lib/etcd/member",
            "/root/.ssh",
            "/var/lib/glusterd",
        ] {
            assert!(MountPath::parse(bad).is_err(), "{bad}");
        }
        assert!(MountPath::parse("/var/lib/kubelet-data").is_ok());
    }

    #[test]
    fn what_is_never_a_disk_is_no_device() {
        for bad in [
            "/dev/null",
            "/dev/sr0",
            "/dev/tty1",
            "/dev/shm/x",
            "/dev/ram0",
            "/dev/zram1",
        ] {
            assert!(DevicePath::parse(bad).is_err(), "{bad}");
        }
        for good in [
            "/dev/sda",
            "/dev/srv",
            "/dev/ram",
            "/dev/mapper/x",
            "/dev/loop0",
            "/dev/disk/by-id/tty",
        ] {
            assert!(DevicePath::parse(good).is_ok(), "{good}");
        }
    }
}
