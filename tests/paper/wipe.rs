//! What a consent to wipe names, what it covers, and what it never covers: on facts alone, without hosts.

#![allow(clippy::unwrap_used)] // clippy allows it in tests only, not in what they share

use std::sync::Arc;

use crate::support::two_hosts;
use crate::support::two_hosts::{
    MAY_GO, blank, formatted, hold, known, mounted, path, planned, planned_with, problems, uuid_of,
};
use glusterctl::desired::BrickSpec;
use glusterctl::facts::{
    Content, Device, Glusterd, HostFacts, Known, Partition, Pool, VolumeId, VolumeInfo, Volumes, XfsDevice,
};
use glusterctl::inventory::VolumeType;
use glusterctl::plan::{Plan, content_name};

const UUID: &str = "8f3c1a2b-5b0c-4f0e-9a1d-6c5e0f7b9d41";

fn vdc(facts: &mut HostFacts) -> &mut Device {
    facts.devices.get_mut(&path("/dev/vdc")).unwrap()
}

/// glusterd answers, and has a volume `old` with this brick.
fn lists(facts: &mut HostFacts, brick: &str, host_uuid: &str) {
    let info = VolumeInfo {
        name: "old".into(),
        id: VolumeId::new("a1"),
        started: false,
        volume_type: VolumeType::Replicate { replica: 3, arbiter: 0 },
        bricks: vec![BrickSpec::parse(brick).unwrap()],
        brick_hosts: vec![host_uuid.into()],
        options: std::collections::BTreeMap::new(),
    };
    facts.glusterd = Glusterd::Answers {
        pool: Pool::default(),
        volumes: Volumes::from([("old".into(), Arc::new(info))]),
    };
}

fn mounts(facts: &mut HostFacts, line: &str) {
    facts.fstab = glusterctl::facts::fstab(line);
}

/// A plan for kube1 whose /dev/vdc holds this kind of content; it may go, and kube2 lists a brick.
fn with_brick(kind: &str, brick: &str, change: impl FnOnce(&mut HostFacts)) -> Plan {
    planned_with(&format!("{kind} {UUID}"), |first, second| {
        vdc(first).content = Content::Known(known(kind, UUID));
        if kind == "xfs" {
            hold(first, "/dev/vdc", UUID);
        }
        lists(second, brick, "");
        change(first);
    })
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of contents")]
fn a_name_is_of_all_that_a_device_holds() {
    let content = |kind: &str, uuid: &str, table: (&str, &str), signatures: &[&str]| {
        Content::Known(Known {
            kind: kind.into(),
            uuid: uuid.into(),
            table: table.0.into(),
            table_uuid: table.1.into(),
            signatures: signatures.iter().map(ToString::to_string).collect(),
            ..Known::default()
        })
    };
    let none = ("", "");
    for (content, name) in [
        (content("ext4", "a-1", none, &["0x438,ext4,a-1"]), Some("ext4 a-1")),
        (
            content("LVM2_member", "aB-c", none, &["0x218,LVM2_member,aB-c"]),
            Some("LVM2_member aB-c"),
        ),
        (
            content(
                "",
                "",
                ("gpt", "b-2"),
                &["0x200,gpt,", "0x3e,gpt,", "0x1fe,PMBR,", "b-2"],
            ),
            Some("gpt b-2"),
        ),
        (
            content("ext4", "a-1", none, &["0x438,ext4,a-1", "0x3e,gpt,"]),
            Some("ext4 a-1, gpt"),
        ),
        (
            content("", "", none, &["0x438,ext4,a-1", "0x0,xfs,c-3"]),
            Some("ext4 a-1, xfs c-3"),
        ),
        // Without a UUID, or with one that many contents share, the disk is named.
        (content("", "", ("dos", ""), &["0x1fe,dos,"]), Some("serial a1")),
        (
            content("", "", ("dos", "00000000"), &["0x1fe,dos,", "00000000"]),
            Some("serial a1"),
        ),
        (content("", "", none, &["0x3e,gpt,"]), Some("serial a1")),
        (content("", "", none, &[]), Some("serial a1")),
        (Content::Data, Some("serial a1")),
        (Content::Zeros, None),
        (Content::Unreadable("why".into()), None),
    ] {
        let device = Device {
            content: content.clone(),
            ..blank("254:16")
        };
        assert_eq!(content_name(&device).as_deref(), name, "{content:?}");
    }
    for (identity, name) in [
        ("device/wwid naa.6000c1", Some("wwid naa.6000c1")),
        ("dm/uuid LVM-aBc", Some("dm/uuid LVM-aBc")),
        // A disk has another number after the next boot.
        ("diskseq 7", None),
        ("", None),
    ] {
        let device = Device {
            content: Content::Data,
            identity: identity.into(),
            ..blank("254:16")
        };
        assert_eq!(content_name(&device).as_deref(), name, "{identity:?}");
    }
    let partition = Partition {
        name: "vdb1".into(),
        number: "254:17".into(),
    };
    let device = Device {
        partitions: vec![partition],
        ..blank("254:16")
    };
    assert_eq!(content_name(&device).as_deref(), Some("serial a1"));
}

#[test]
fn a_consent_for_something_else_than_what_is_there_is_refused_with_both_names() {
    let plan = planned(|facts| vdc(facts).content = Content::Known(known("ext4", "3-4")));
    assert_eq!(formatted(&plan), ["/dev/vdb"]);
    let told = problems(&plan);
    assert!(
        told.contains("wipe names ext4 1-2, and the device holds ext4 3-4\n"),
        "{told}"
    );
    assert!(told.contains("write {path: /dev/vdc, wipe: \"ext4 3-4\"}"), "{told}");
    let plan = planned(|facts| {
        vdc(facts).content = Content::Data;
        vdc(facts).identity = "diskseq 3".into();
    });
    let told = problems(&plan);
    assert!(
        told.contains("wipe names ext4 1-2, and what the device holds has no name"),
        "{told}"
    );
    assert!(!told.contains("{path:"), "{told}");
    // Case and white space make no difference.
    let plan = planned_with(" EXT4  A-1", |facts, _| {
        vdc(facts).content = Content::Known(known("ext4", "a-1"))
    });
    assert_eq!(formatted(&plan), ["/dev/vdb", "/dev/vdc"]);
    let plan = planned_with("serial a1", |facts, _| vdc(facts).content = Content::Data);
    assert_eq!(formatted(&plan), ["/dev/vdb", "/dev/vdc"]);
    // The disk's serial number does not stand for a file system on the disk.
    let plan = planned_with("serial a1", |facts, _| {
        vdc(facts).content = Content::Known(known("ext4", "1-2"))
    });
    assert_eq!(formatted(&plan), ["/dev/vdb"]);
}

#[test]
fn a_brick_that_a_server_lists_is_never_wiped() {
    let by_hand = "kube1:/srv/b/brick";
    for (kind, line) in [
        (
            "xfs",
            format!("UUID=\"{}\" /srv/b xfs defaults 0 0\n", UUID.to_uppercase()),
        ),
        ("ext4", format!("UUID={UUID} /srv ext4 defaults 0 0\n")),
        ("ext4", "/dev/vdc /srv/b ext4 defaults 0 0\n".to_owned()),
    ] {
        let plan = with_brick(kind, by_hand, |facts| mounts(facts, &line));
        assert_eq!(formatted(&plan), ["/dev/vdb"], "{line}");
        let told = problems(&plan);
        assert!(
            told.contains("it holds the brick kube1:/srv/b/brick of volume old\n"),
            "{line}: {told}"
        );
        assert!(
            told.contains("leave the device as it is") && !told.contains("wipe:"),
            "{told}"
        );
    }
    // Gluster may know the host by its address.
    let line = format!("UUID={UUID} /srv/b xfs defaults 0 0\n");
    let plan = with_brick("xfs", "198.51.100.11:/srv/b/brick", |facts| mounts(facts, &line));
    assert_eq!(formatted(&plan), ["/dev/vdb"]);
    // Or by a name that only the host's UUID leads to.
    let plan = planned_with(&format!("ext4 {UUID}"), |first, second| {
        vdc(first).content = Content::Known(known("ext4", UUID));
        mounts(first, &format!("UUID={UUID} /srv/b ext4 defaults 0 0\n"));
        lists(second, "a.example:/srv/b/brick", "u1");
        let pool = Pool {
            own_uuid: "u1".into(),
            peers: Vec::new(),
        };
        first.glusterd = Glusterd::Answers {
            pool,
            volumes: Volumes::new(),
        };
    });
    assert_eq!(formatted(&plan), ["/dev/vdb"]);
}

#[test]
fn a_brick_that_glusterctl_made_is_never_wiped() {
    // The file system of a brick that glusterctl made, for a host that is no longer in the inventory.
    let other = glusterctl::desired::brick_uuid(
        &two_hosts::inventory(MAY_GO).cluster,
        &two_hosts::name("kube9"),
        &glusterctl::inventory::BrickName::parse("vdz").unwrap(),
    )
    .to_string();
    let plan = planned_with(&format!("xfs {other}"), |first, second| {
        hold(first, "/dev/vdc", &other);
        lists(second, "kube9:/bricks/vdz/old", "");
    });
    assert!(
        problems(&plan).contains("it holds the brick kube9:/bricks/vdz/old of volume old"),
        "{}",
        problems(&plan)
    );
    // A brick of the inventory, beside which something else was found.
    let own = uuid_of("kube1", "/dev/vdc");
    let plan = planned_with(&format!("xfs {own}, gpt"), |first, _| {
        let mut both = known("xfs", &own);
        both.signatures.push("0x3e,gpt,".into());
        vdc(first).content = Content::Known(both);
    });
    assert_eq!(formatted(&plan), ["/dev/vdb"]);
    assert!(
        problems(&plan).contains("it holds the brick of /dev/vdc on kube1"),
        "{}",
        problems(&plan)
    );
}

#[test]
fn a_mounted_brick_is_named_in_the_refusal() {
    let plan = with_brick("xfs", "kube1:/srv/b/brick", |facts| {
        facts.mounted.push(mounted("254:32", "/srv/b"))
    });
    let told = problems(&plan);
    let what = "it is mounted at /srv/b; it holds xfs (UUID 8f3c1a2b-5b0c-4f0e-9a1d-6c5e0f7b9d41); it holds the brick \
                kube1:/srv/b/brick of volume old\nleave the device as it is";
    assert!(told.contains(what), "{told}");
}

#[test]
fn what_may_hold_a_lost_brick_is_not_wiped() {
    let brick = "kube1:/srv/b/brick";
    let line = "UUID=0b0e7e2e-0000-4000-8000-000000000000 /srv/b xfs defaults 0 0\n";
    // Nothing says what was mounted there; the brick may be on a logical volume of this device.
    for (kind, line) in [
        ("xfs", ""),
        ("LVM2_member", line),
        ("xfs", "/dev/mapper/vg-b /srv/b xfs defaults 0 0\n"),
    ] {
        let plan = with_brick(kind, brick, |facts| mounts(facts, line));
        assert_eq!(formatted(&plan), ["/dev/vdb"], "{kind} {line}");
        assert!(
            problems(&plan).contains("it may hold the brick kube1:/srv/b/brick of volume old"),
            "{}",
            problems(&plan)
        );
    }
    // The brick is known to be somewhere else.
    type Change = fn(&mut HostFacts);
    let elsewhere: [(&str, &str, Change); 4] = [
        ("xfs", line, |_| {}),
        ("LVM2_member", "", |facts| {
            facts.mounted.push(mounted("254:48", "/srv/b"))
        }),
        ("LVM2_member", "", |facts| {
            facts.brick_processes.insert("/srv/b/brick".into());
        }),
        ("LVM2_member", line, |facts| {
            let device = XfsDevice {
                number: "254:48".into(),
                path: "/dev/vdd".into(),
                unfinished: false,
                ..XfsDevice::default()
            };
            facts
                .xfs
                .insert("0b0e7e2e-0000-4000-8000-000000000000".into(), vec![device]);
        }),
    ];
    for (at, (kind, line, change)) in elsewhere.into_iter().enumerate() {
        let plan = with_brick(kind, brick, |facts| {
            mounts(facts, line);
            change(facts);
        });
        assert_eq!(formatted(&plan), ["/dev/vdb", "/dev/vdc"], "{at}: {}", problems(&plan));
    }
    // A brick of another host is on another host.
    let plan = with_brick("LVM2_member", "kube2:/srv/b/brick", |_| {});
    assert_eq!(formatted(&plan), ["/dev/vdb", "/dev/vdc"]);
}

#[test]
fn while_a_server_is_silent_nothing_is_wiped() {
    for glusterd in [Glusterd::Silent, Glusterd::Refuses("why".into())] {
        let plan = planned_with(MAY_GO, |first, second| {
            vdc(first).content = Content::Known(known("ext4", "1-2"));
            second.glusterd = glusterd;
        });
        assert_eq!(formatted(&plan), ["/dev/vdb"]);
        let waits = |waiting: &glusterctl::plan::Waiting| {
            waiting.what == "wiping /dev/vdc on kube1" && waiting.until == "glusterd answers on kube2"
        };
        assert!(plan.waiting.iter().any(waits), "{:?}", plan.waiting);
        assert!(
            !plan
                .steps
                .iter()
                .any(|step| step.title == "mount /dev/vdc at /bricks/vdc" && step.host.as_str() == "kube1")
        );
    }
}

fn identify(facts: &mut HostFacts, at: &str, identity: &str) {
    facts.devices.get_mut(&path(at)).unwrap().identity = identity.into();
}

#[test]
fn one_disk_that_two_hosts_or_two_paths_reach_is_not_formatted() {
    for (one, other) in [
        ("device/wwid naa.6000C1", "device/wwid naa.6000c1"),
        ("wwid eui.0025385b", "wwid eui.0025385b"),
        ("device/wwid naa.6000c1", "dm/uuid mpath-36000c1"),
    ] {
        let plan = planned_with(MAY_GO, |first, second| {
            identify(first, "/dev/vdb", one);
            identify(second, "/dev/vdc", other);
        });
        assert_eq!(formatted(&plan), ["/dev/vdc"], "{one}");
        let told = problems(&plan);
        assert!(
            told.contains("kube1: /dev/vdb and kube2:/dev/vdc are one and the same disk ("),
            "{told}"
        );
        assert!(
            told.contains("kube2: /dev/vdc and kube1:/dev/vdb are one and the same disk ("),
            "{told}"
        );
    }
    let plan = planned_with(MAY_GO, |first, _| {
        identify(first, "/dev/vdb", "wwid eui.0025385b");
        identify(first, "/dev/vdc", "wwid eui.0025385b");
    });
    assert!(formatted(&plan).is_empty());
    assert!(
        problems(&plan).contains("kube1: /dev/vdb and /dev/vdc are one and the same disk"),
        "{}",
        problems(&plan)
    );
    // The host whose brick is on the disk goes on.
    let plan = planned_with(MAY_GO, |first, second| {
        hold(first, "/dev/vdb", &uuid_of("kube1", "/dev/vdb"));
        second.devices.get_mut(&path("/dev/vdb")).unwrap().content =
            Content::Known(known("xfs", &uuid_of("kube1", "/dev/vdb")));
        identify(first, "/dev/vdb", "device/wwid naa.6000c1");
        identify(second, "/dev/vdb", "device/wwid naa.6000c1");
    });
    let told = problems(&plan);
    assert!(
        told.contains("kube2: /dev/vdb and kube1:/dev/vdb are one and the same disk") && !told.contains("kube1: "),
        "{told}"
    );
    assert!(
        plan.steps
            .iter()
            .any(|step| step.title == "mount /dev/vdb at /bricks/vdb" && step.host.as_str() == "kube1")
    );
}

#[test]
fn what_virtual_disks_repeat_makes_no_two_disks_one() {
    for identity in [
        "device/wwid t10.ATA QEMU HARDDISK QM00001",
        "serial a1",
        "wwid nvme.1b36-6465-5145-00000001",
        "wwid eui.0000000000000000",
    ] {
        let plan = planned_with(MAY_GO, |first, second| {
            identify(first, "/dev/vdb", identity);
            identify(second, "/dev/vdb", identity);
        });
        assert_eq!(
            (formatted(&plan), problems(&plan).as_str()),
            (vec!["/dev/vdb", "/dev/vdc"], ""),
            "{identity}"
        );
    }
}
