//! The hosts of an inventory as the pods of a `StatefulSet`. The names say which pods: `NAME-ORDINAL.SERVICE.NAMESPACE.svc`, as
//! the cluster's DNS has them. Pure.

use crate::inventory::kubernetes::names::{Namespace, ObjectName};
use crate::inventory::{Address, BrickDevice, Host, Inventory};

/// How a host is called, for messages.
const EXAMPLE: &str = "gluster-0.gluster.storage.svc";

/// What the names and the devices of all hosts say.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::kubernetes) struct StatefulSet<'a> {
    pub name: &'a str,
    pub service: &'a str,
    pub namespace: &'a str,
    /// The device of each pod.
    pub device: &'a BrickDevice,
}

/// The parts of a pod's name in the cluster's DNS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kubernetes) struct PodName<'a> {
    pub set: &'a str,
    pub ordinal: usize,
    pub service: &'a str,
    pub namespace: &'a str,
    /// What follows the namespace: `svc`, or with the cluster's domain.
    pub domain: &'a str,
}

impl<'a> PodName<'a> {
    pub fn of(host: &'a Host) -> Option<Self> {
        let mut parts = host.name.as_str().splitn(4, '.');
        let (pod, service, namespace, domain) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let (set, ordinal) = pod.rsplit_once('-')?;
        let is_decimal =
            ordinal == "0" || !ordinal.starts_with('0') && ordinal.bytes().all(|byte| byte.is_ascii_digit());
        let is_name = ObjectName::parse(set).is_ok() && set.len() <= super::context::NAME_MAX;
        let are_names = is_name && ObjectName::parse(service).is_ok() && Namespace::parse(namespace).is_ok();
        let is_svc = domain == "svc" || domain.starts_with("svc.");
        Some(PodName {
            set,
            ordinal: ordinal.parse().ok().filter(|_| is_decimal && are_names && is_svc)?,
            service,
            namespace,
            domain,
        })
    }

    /// The name of another pod of the set.
    pub fn with(self, ordinal: usize) -> String {
        let PodName {
            set,
            service,
            namespace,
            domain,
            ..
        } = self;
        format!("{set}-{ordinal}.{service}.{namespace}.{domain}")
    }
}

impl<'a> StatefulSet<'a> {
    /// # Errors
    /// Every reason why the hosts are not the pods of one set, a sentence each.
    pub fn of(inventory: &'a Inventory) -> Result<Self, Vec<String>> {
        let mut reasons = Vec::new();
        let mut first: Option<(PodName<'_>, &BrickDevice)> = None;
        for (at, host) in inventory.hosts.iter().enumerate() {
            let name = &host.name;
            if host.address != Address::Dns {
                reasons.push(format!("{name}: the address of a pod changes; write `address: dns`"));
            }
            let Some(pod) = PodName::of(host) else {
                reasons.push(format!(
                    "{name}: the name is not that of a StatefulSet's pod in the cluster's DNS; it is \
                     NAME-ORDINAL.SERVICE.NAMESPACE.svc, for example {EXAMPLE}"
                ));
                continue;
            };
            if pod.ordinal != at {
                reasons.push(format!(
                    "{name}: the hosts have to be written in the order of their ordinals, from 0 on without a gap, and this is \
                     number {at}"
                ));
            }
            let [device] = host.devices.as_slice() else {
                reasons.push(format!(
                    "{name}: each pod has one disk; write one device, for example `devices: [/dev/brick]`"
                ));
                continue;
            };
            match &first {
                None => first = Some((pod, device)),
                Some((other, _)) if pod.with(0) != other.with(0) => reasons.push(format!(
                    "{name}: all hosts have to be pods of one StatefulSet, and the first is {}",
                    other.with(other.ordinal)
                )),
                Some((_, other)) if (&device.path, &device.name) != (&other.path, &other.name) => reasons.push(format!(
                    "{name}: all pods of a StatefulSet have their disk at the same path, and the first has it at {}",
                    other.path
                )),
                Some(_) => {}
            }
        }
        match first {
            Some((pod, device)) if reasons.is_empty() => Ok(StatefulSet {
                name: pod.set,
                service: pod.service,
                namespace: pod.namespace,
                device,
            }),
            _ => Err(reasons),
        }
    }

    /// Where glusterd's state is kept: with the brick, so that it goes where the disk goes.
    pub fn state(&self) -> String {
        format!("{}/glusterd", self.device.mount_point())
    }
}
