//! The LVM objects that carry a brick's file system: a volume group on the device, in the group a thin pool, and in the pool
//! the thin volume. All names are known before anything exists, as the UUID of the file system is. Pure.

use uuid::Uuid;

use crate::inventory::{BrickDevice, ClusterName, DevicePath, HostName, LvmSizes};

/// The name of the thin pool in its volume group.
pub const POOL: &str = "pool";
/// The name of the volume that becomes the pool's metadata, until then.
pub const METADATA: &str = "pool_meta";
/// The name of the thin volume in its volume group.
pub const VOLUME: &str = "brick";

/// The longest name of a volume group, as the device mapper writes the name. The names of Gluster's snapshots (32 digits, `_`
/// and the brick's number) follow, and a name in the device mapper has at most 127 characters (dm-ioctl.h, `DM_NAME_LEN`).
const GROUP_MAX: usize = 80;

/// The LVM objects of one brick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThinVolume {
    /// The UUID of the physical volume, in LVM's notation.
    pub physical: String,
    /// The name of the volume group.
    pub group: String,
    /// The tag of the group, of the pool and of the thin volume: cluster, host and brick.
    pub tag: String,
    /// The device of the thin volume.
    pub path: DevicePath,
    /// The sizes that LVM is told.
    pub sizes: LvmSizes,
}

impl ThinVolume {
    pub(super) fn of(cluster: &ClusterName, host: &HostName, device: &BrickDevice, uuid: &Uuid) -> Option<Self> {
        device.lvm?;
        let group = group(cluster, device, uuid);
        Some(ThinVolume {
            physical: physical(uuid),
            tag: format!("glusterctl/{cluster}/{host}/{}", device.name),
            path: DevicePath::parse(&format!("/dev/{group}/{VOLUME}")).ok()?,
            sizes: LvmSizes::of(device.raid),
            group,
        })
    }
}

/// `gluster_CLUSTER_BRICK`; or, if LVM takes no such name, `gluster_` and the digits of the file system's UUID.
fn group(cluster: &ClusterName, device: &BrickDevice, uuid: &Uuid) -> String {
    let group = format!("gluster_{cluster}_{}", device.name);
    // lvm(8), "VALID NAMES". The device mapper writes a hyphen twice.
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '_' | '.' | '-');
    let length = group.len() + group.matches('-').count();
    match group.chars().all(is_allowed) && length <= GROUP_MAX {
        true => group,
        false => format!("gluster_{}", uuid.simple()),
    }
}

/// LVM writes a UUID in groups of 6, 4, 4, 4, 4, 4 and 6 letters and digits.
fn physical(uuid: &Uuid) -> String {
    let digits = uuid.simple().to_string();
    let mut rest = digits.as_str();
    let groups = [6, 4, 4, 4, 4, 4, 6].map(|length| {
        let (group, after) = rest.split_at(length);
        rest = after;
        group
    });
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired::Desired;
    use crate::inventory;

    fn volume(cluster: &str, device: &str) -> ThinVolume {
        let text = format!(
            "cluster: {cluster}\nhosts: [{{name: kube1, address: 198.51.100.1, devices: [{{{device}, lvm: thin}}]}}]\n"
        );
        let inventory = inventory::read(&text, "test").unwrap();
        Desired::of(&inventory).hosts[0].bricks[0].thin.clone().unwrap()
    }

    #[test]
    fn the_names_of_a_bricks_volumes_never_change() {
        let volume = volume("kube", "path: /dev/vdb");
        assert_eq!(volume.physical, "1a59bb-3b73-2d5b-debc-321d-8853-4f9ede");
        assert_eq!(volume.group, "gluster_kube_vdb");
        assert_eq!(volume.tag, "glusterctl/kube/kube1/vdb");
        assert_eq!(volume.path.as_str(), "/dev/gluster_kube_vdb/brick");
    }

    #[test]
    fn a_name_that_lvm_does_not_take_is_replaced_by_the_uuid() {
        let path = "path: /dev/disk/by-id/virtio-brick.0";
        assert_eq!(volume("kube", path).group, "gluster_kube_virtio-brick.0");
        for path in [
            "path: /dev/vdb, name: \"a@b\"".to_owned(),
            format!("path: /dev/{}", "a-".repeat(40) + "b"),
        ] {
            let group = volume("kube", &path).group;
            assert_eq!(group.len(), "gluster_".len() + 32, "{group}");
        }
    }
}
