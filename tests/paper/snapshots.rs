//! Snapshots of a brick's file system have the brick's UUID: they are never mounted, formatted or taken for the brick. No
//! kernel with device-mapper was at hand: the facts are made up after the documentation of LVM.

use std::collections::BTreeMap;

use crate::support::two_hosts::{MAY_GO, formatted, fresh, hold, inventory, mounted, name, planned, problems, uuid_of};
use glusterctl::desired::Desired;
use glusterctl::facts::{Facts, HostFacts, XfsDevice};
use glusterctl::health;
use glusterctl::plan::Plan;

const BRICK: &str = "254:16";
const SNAPSHOT: &str = "253:13";

fn snapshot() -> XfsDevice {
    XfsDevice {
        number: SNAPSHOT.into(),
        path: "/dev/mapper/vg-snap".into(),
        is_snapshot: true,
        ..XfsDevice::default()
    }
}

/// kube1's /dev/vdb holds its brick; `change` makes something of the devices with the brick's UUID.
fn with(facts: &mut HostFacts, at: Option<&str>, change: impl FnOnce(&mut Vec<XfsDevice>)) {
    let uuid = uuid_of("kube1", "/dev/vdb");
    hold(facts, "/dev/vdb", &uuid);
    change(facts.xfs.get_mut(&uuid).unwrap());
    facts.mounted.extend(at.map(|number| mounted(number, "/bricks/vdb")));
}

fn planned_with_devices(at: Option<&str>, change: impl FnOnce(&mut Vec<XfsDevice>)) -> Plan {
    let plan = planned(|facts| with(facts, at, change));
    assert_eq!(formatted(&plan), ["/dev/vdc"], "{}", problems(&plan));
    assert!(!problems(&plan).contains("xfs_admin"), "{}", problems(&plan));
    plan
}

fn mounts(plan: &Plan) -> bool {
    let mut titles = plan.steps.iter().filter(|step| step.host.as_str() == "kube1");
    titles.any(|step| step.title == "mount /dev/vdb at /bricks/vdb")
}

#[test]
fn the_origin_of_a_snapshot_is_the_brick() {
    let origin = |devices: &mut Vec<XfsDevice>| devices[0].snapshots.push(snapshot());
    let plan = planned_with_devices(Some(BRICK), origin);
    assert_eq!((problems(&plan).as_str(), mounts(&plan)), ("", false));
    // A mount by the UUID could take the snapshot.
    let plan = planned_with_devices(None, origin);
    let told = "kube1: the brick of /dev/vdb is not mounted, and its snapshot /dev/mapper/vg-snap has the same UUID\n\
                deactivate the snapshot (lvchange -an VG/LV)";
    assert!(
        problems(&plan).starts_with(told) && !mounts(&plan),
        "{}",
        problems(&plan)
    );
    // The snapshot was taken for the brick.
    let plan = planned_with_devices(Some(SNAPSHOT), origin);
    let told = "kube1: /dev/x, a snapshot of the brick of /dev/vdb, is mounted at /bricks/vdb, where the brick belongs\n\
                leave both as they are";
    assert!(problems(&plan).starts_with(told), "{}", problems(&plan));
}

#[test]
fn a_snapshot_without_its_origin_is_not_mounted() {
    let alone = |devices: &mut Vec<XfsDevice>| devices[0].is_snapshot = true;
    let plan = planned_with_devices(None, alone);
    let told = "kube1: /dev/vdb is only a snapshot of the brick of /dev/vdb, and the brick is not there\n\
                activate the logical volume that the snapshot was taken of";
    assert!(
        problems(&plan).starts_with(told) && !mounts(&plan),
        "{}",
        problems(&plan)
    );
    // Somebody has made the snapshot the brick.
    assert_eq!(problems(&planned_with_devices(Some(BRICK), alone)), "");
}

#[test]
fn of_devices_that_cannot_be_told_apart_the_mounted_one_is_the_brick() {
    let copy = |devices: &mut Vec<XfsDevice>| {
        devices.push(XfsDevice {
            is_snapshot: false,
            ..snapshot()
        });
    };
    let plan = planned_with_devices(None, copy);
    let told = "kube1: /dev/vdb and /dev/mapper/vg-snap all hold the file system of /dev/vdb (UUID ";
    assert!(
        problems(&plan).starts_with(told) && !mounts(&plan),
        "{}",
        problems(&plan)
    );
    assert!(problems(&plan).contains("nothing has to be written to any of them"));
    let plan = planned_with_devices(Some(BRICK), copy);
    assert_eq!(problems(&plan), "");
    let inventory = inventory(MAY_GO);
    let desired = Desired::of(&inventory);
    let mut facts = fresh(&inventory, "kube1");
    with(&mut facts, Some(BRICK), copy);
    let facts = Facts::new(&desired, BTreeMap::from([(name("kube1"), Ok(facts))]));
    let warnings = health::doubled(&desired, &facts);
    assert_eq!(warnings.len(), 1);
    let told = "kube1: /dev/mapper/vg-snap has the UUID of the brick that is mounted at /bricks/vdb (/dev/vdb), and the next \
                boot may mount it instead";
    assert!(warnings[0].starts_with(told), "{warnings:?}");
}
