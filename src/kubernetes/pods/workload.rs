//! Which objects the pods of an inventory are: what `kubernetes pods` prints, and `kubernetes update` looks for. Pure.

use super::Kind;
use super::context::NAME_MAX;
use super::stateful_set::StatefulSet;
use crate::inventory::kubernetes::names::Namespace;
use crate::inventory::{Host, HostName, Inventory};
use crate::kubernetes::context::cut;
use crate::kubernetes::node_name;

/// The label that all pods of an inventory have, with the name of the objects as its value.
const LABEL: &str = "glusterctl/pods";

/// The name of the objects around the pods.
pub(super) fn name(inventory: &Inventory) -> String {
    cut(&format!("glusterfs-{}", inventory.cluster), NAME_MAX)
}

/// Why the pods of this set cannot be in this namespace.
pub(super) fn other_namespace(set: &StatefulSet, asked: Option<&Namespace>) -> Option<String> {
    let asked = asked.filter(|asked| asked.as_str() != set.namespace)?;
    Some(format!(
        "--namespace {asked}: the names of the hosts say that their namespace is {}; leave the option out",
        set.namespace
    ))
}

/// The object that makes the pods of an inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// `DaemonSet` or `StatefulSet`.
    pub kind: Kind,
    /// The object's name.
    pub name: String,
    /// The namespace of the object and of its pods.
    pub namespace: String,
    /// What selects the pods.
    pub selector: String,
    /// The pods, in the inventory's order.
    pub members: Vec<Member>,
}

/// A pod of the workload, which is a host of the inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The host.
    pub host: HostName,
    /// The node of the pod of a `DaemonSet`; the name of the pod of a `StatefulSet`.
    pub place: String,
}

impl Workload {
    /// What `kubernetes pods` makes of this inventory.
    ///
    /// # Errors
    /// Every reason why these pods cannot be updated one by one, a sentence each.
    pub fn of(inventory: &Inventory, kind: Kind, namespace: Option<&Namespace>) -> Result<Self, Vec<String>> {
        let name = name(inventory);
        let selector = format!("{LABEL}={name}");
        let members = |place: &dyn Fn(&Host) -> String| {
            let hosts = inventory.hosts.iter();
            let member = hosts.map(|host| Member {
                host: host.name.clone(),
                place: place(host),
            });
            member.collect()
        };
        match kind {
            Kind::Pod => Err(vec![
                "--kind pod: nothing makes a deleted Pod again, so no command can update these pods; once `kubectl exec POD -- \
                 glusterctl node ok-to-stop` says yes, delete a pod, apply the manifest of the new one, and wait until it is \
                 ready; or use a DaemonSet, which makes its pods again"
                    .to_owned(),
            ]),
            Kind::DaemonSet => Ok(Workload {
                kind,
                namespace: namespace.map_or_else(|| name.clone(), ToString::to_string),
                members: members(&|host| node_name(&inventory.kubernetes, host)),
                name,
                selector,
            }),
            Kind::StatefulSet => {
                let set = StatefulSet::of(inventory)?;
                if let Some(reason) = other_namespace(&set, namespace) {
                    return Err(vec![reason]);
                }
                let pod = |host: &Host| {
                    let labels = host.name.as_str().split('.').next();
                    labels.unwrap_or_default().to_owned()
                };
                Ok(Workload {
                    kind,
                    name: set.name.to_owned(),
                    namespace: set.namespace.to_owned(),
                    selector,
                    members: members(&pod),
                })
            }
        }
    }

    /// The workload as messages call it.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{} {}/{}", self.kind.name(), self.namespace, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory;

    fn read(path: &str) -> Inventory {
        inventory::read(&std::fs::read_to_string(path).unwrap(), path).unwrap()
    }

    #[test]
    fn a_host_is_the_pod_on_its_node_or_the_pod_of_its_name() {
        let places = |workload: &Workload| -> Vec<String> {
            let members = workload.members.iter();
            members.map(|member| member.place.clone()).collect()
        };
        let inventory = read("tests/inventories/awkward.yaml");
        let set = Workload::of(&inventory, Kind::DaemonSet, None).unwrap();
        assert_eq!(set.namespace, set.name);
        assert_eq!(set.selector, format!("glusterctl/pods={}", set.name));
        let nodes: Vec<String> = inventory
            .hosts
            .iter()
            .map(|host| node_name(&inventory.kubernetes, host))
            .collect();
        assert_eq!(places(&set), nodes);
        let storage = Namespace::parse("storage").unwrap();
        let set = Workload::of(&inventory, Kind::DaemonSet, Some(&storage)).unwrap();
        assert_eq!(set.namespace, "storage");

        let inventory = read("inventories/stateful-set.yaml");
        let set = Workload::of(&inventory, Kind::StatefulSet, None).unwrap();
        assert_eq!(set.shown(), "StatefulSet storage/gluster");
        assert_eq!(set.selector, "glusterctl/pods=glusterfs-kube");
        assert_eq!(places(&set), ["gluster-0", "gluster-1", "gluster-2"]);
    }

    #[test]
    fn pods_that_nothing_makes_again_and_sets_that_are_none_are_refused() {
        let refused = |path: &str, kind, namespace: Option<&Namespace>| {
            Workload::of(&read(path), kind, namespace).unwrap_err().join("\n")
        };
        let openstack = "inventories/openstack.yaml";
        assert!(refused(openstack, Kind::Pod, None).contains("nothing makes a deleted Pod again"));
        assert!(refused(openstack, Kind::StatefulSet, None).contains("write `address: dns`"));
        let other = Namespace::parse("other").unwrap();
        let why = refused("inventories/stateful-set.yaml", Kind::StatefulSet, Some(&other));
        assert!(why.contains("their namespace is storage"), "{why}");
    }
}
