//! The inventory that pods read: the operator's, with hosts that provision themselves, and with mount points as pods see them.

use anyhow::Context as _;
use serde_json::Value;

use crate::inventory::{Connection, Inventory, MountPath, Ssh, Volume};

/// Where pods see the directories of their node.
pub(super) const NODE: &str = "/host";

/// The path in a pod of a path on its node.
pub(super) fn in_pod(on_node: &str) -> String {
    format!("{NODE}{}", on_node.trim_end_matches('/'))
}

/// The keys of the operator's inventory, changed. What the operator wrote otherwise stays, whatever it is.
pub(super) fn keys(inventory: &Inventory, written: &Value) -> Value {
    let mut keys = written.clone();
    if let Some(root) = keys.as_object_mut() {
        root.remove("ssh");
        root.insert("connection".to_owned(), "local".into());
        for host in list(root, "hosts").filter_map(Value::as_object_mut) {
            host.remove("ssh");
            host.remove("connection");
        }
        let volumes = list(root, "volumes").filter_map(|volume| volume.get_mut("mount"));
        for (mount, volume) in volumes.zip(&inventory.volumes) {
            let path = in_pod(volume.mount.path.as_str()).into();
            match mount.get_mut("path") {
                Some(written) => *written = path,
                None => *mount = path,
            }
        }
    }
    keys
}

fn list<'v>(root: &'v mut serde_json::Map<String, Value>, key: &str) -> impl Iterator<Item = &'v mut Value> {
    root.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
}

/// The inventory that a pod has to read from these keys.
///
/// # Errors
/// A mount point has no path in a pod.
pub(super) fn expected(inventory: &Inventory) -> anyhow::Result<Inventory> {
    let mut expected = inventory.clone();
    for host in &mut expected.hosts {
        host.connection = Connection::Local;
        host.ssh = Ssh::default();
    }
    for Volume { name, mount, .. } in &mut expected.volumes {
        let path = MountPath::parse(&in_pod(mount.path.as_str()));
        mount.path =
            path.with_context(|| format!("volume {name}: its mount point in pods, which see their node below {NODE}"))?;
    }
    Ok(expected)
}
