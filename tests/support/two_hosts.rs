//! Two hosts with two devices each, as facts, and what is planned for them.

use std::collections::{BTreeMap, BTreeSet};

use glusterctl::desired::{Desired, brick_uuid};
use glusterctl::facts::{Content, Device, DeviceKind, Facts, HostFacts, InUse, Known, MountPoint, Mounted, XfsDevice};
use glusterctl::inventory::{self, BrickName, Consent, DevicePath, HostName, Inventory};
use glusterctl::plan::{Danger, Operation, Plan, Step, plan};

pub const MIB: u64 = 1024 * 1024;

/// What may go from /dev/vdc of kube1, unless a test says otherwise.
pub const MAY_GO: &str = "ext4 1-2";

/// Two hosts; what is named may be wiped from /dev/vdc of kube1.
pub fn inventory(may_go: &str) -> Inventory {
    let text = format!(
        "cluster: kube
defaults: {{devices: [/dev/vdb, /dev/vdc]}}
hosts:
  - {{name: kube1, address: 198.51.100.11, devices: [/dev/vdb, {{path: /dev/vdc, {}}}]}}
  - {{name: kube2, address: 198.51.100.12}}
volumes:
  - {{name: gv0, replica: 2, mount: /data}}
",
        Consent::written(may_go)
    );
    inventory::read(&text, "test").unwrap()
}

pub fn blank(number: &str) -> Device {
    Device {
        kind: DeviceKind::Block,
        name: "vdb".into(),
        number: number.into(),
        bytes: 1024 * MIB,
        read_only: false,
        removable: false,
        optical: false,
        partition_of: None,
        partitions: Vec::new(),
        holders: Vec::new(),
        swaps: Vec::new(),
        identity: "serial a1".into(),
        model: String::new(),
        mapper_name: None,
        in_use: InUse::No,
        content: Content::Zeros,
    }
}

pub fn known(kind: &str, uuid: &str) -> Known {
    Known {
        kind: kind.into(),
        uuid: uuid.into(),
        signatures: vec![format!("0x0,{kind},{uuid}")],
        ..Known::default()
    }
}

pub fn mounted(number: &str, target: &str) -> Mounted {
    Mounted {
        number: number.into(),
        target: target.into(),
        kind: "xfs".into(),
        source: "/dev/x".into(),
        read_only: false,
    }
}

pub fn path(text: &str) -> DevicePath {
    DevicePath::parse(text).unwrap()
}

pub fn name(text: &str) -> HostName {
    HostName::parse(text).unwrap()
}

/// A fresh Debian whose two devices are blank.
pub fn fresh(inventory: &Inventory, host: &str) -> HostFacts {
    let desired = Desired::of(inventory);
    let mut facts = HostFacts::parse("\n@ end\n", "@", desired.host(&name(host)).unwrap()).unwrap();
    facts.addresses = BTreeSet::from([inventory.host(&name(host)).unwrap().address.ip().unwrap()]);
    facts.os = "debian".into();
    facts.systemd = true;
    facts
        .mount_points
        .values_mut()
        .for_each(|point| *point = MountPoint::Missing);
    facts.devices = BTreeMap::from([(path("/dev/vdb"), blank("254:16")), (path("/dev/vdc"), blank("254:32"))]);
    facts
}

/// What is planned for the cluster, kube1 as `change` makes it.
pub fn planned(change: impl FnOnce(&mut HostFacts)) -> Plan {
    planned_with(MAY_GO, |first, _| change(first))
}

/// What is planned for the cluster, kube1 and kube2 as `change` makes them, when that may go from /dev/vdc of kube1.
pub fn planned_with(may_go: &str, change: impl FnOnce(&mut HostFacts, &mut HostFacts)) -> Plan {
    let inventory = inventory(may_go);
    let mut first = fresh(&inventory, "kube1");
    let mut second = fresh(&inventory, "kube2");
    change(&mut first, &mut second);
    let hosts = BTreeMap::from([(name("kube1"), Ok(first)), (name("kube2"), Ok(second))]);
    let desired = Desired::of(&inventory);
    plan(&desired, &Facts::new(&desired, hosts), &Operation::Apply)
}

/// The device that a step formats.
pub fn formats(step: &Step) -> Option<&str> {
    match &step.danger {
        Danger::Formats { device } => Some(device.as_str()),
        _ => None,
    }
}

/// The devices of kube1 that are formatted.
pub fn formatted(plan: &Plan) -> Vec<&str> {
    let steps = plan.steps.iter().filter(|step| step.host.as_str() == "kube1");
    steps.filter_map(formats).collect()
}

pub fn problems(plan: &Plan) -> String {
    plan.problems.iter().map(|problem| problem.message() + "\n").collect()
}

pub fn uuid_of(host: &str, device: &str) -> String {
    brick_uuid(
        &inventory(MAY_GO).cluster,
        &name(host),
        &BrickName::of_device(&path(device)).unwrap(),
    )
    .to_string()
}

/// A finished brick file system on the device.
pub fn hold(facts: &mut HostFacts, at: &str, uuid: &str) {
    let device = facts.devices.get_mut(&path(at)).unwrap();
    device.content = Content::Known(known("xfs", uuid));
    let device = XfsDevice {
        number: device.number.clone(),
        path: at.into(),
        unfinished: false,
        ..XfsDevice::default()
    };
    facts.xfs.insert(uuid.into(), vec![device]);
}
