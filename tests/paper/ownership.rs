//! The owner of a device, and the steps that are planned for the device: on facts alone, without hosts.

#![allow(clippy::unwrap_used)] // clippy allows it in tests only, not in what they share

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::support::cases;
use crate::support::two_hosts::{
    MAY_GO, MIB, blank, formats, formatted, fresh, hold, inventory, known, mounted, path, planned, planned_with,
    problems, uuid_of,
};
use glusterctl::facts::{
    BrickDirectory, Content, Device, DeviceKind, Holder, HostFacts, InUse, Known, Partition, VolumeId, XfsDevice,
};
use glusterctl::inventory::DevicePath;
use glusterctl::plan::{Ownership, content_name, ownership};

#[test]
#[expect(clippy::too_many_lines, reason = "a table of reasons")]
fn every_reason_is_told_in_a_sentence() {
    type Change = fn(&mut Device);
    let holds = |device: &mut Device, kind: &str| device.content = Content::Known(known(kind, ""));
    let table: [(Change, &str); 27] = [
        (|d| d.kind = DeviceKind::Missing, "there is no such device"),
        (
            |d| d.kind = DeviceKind::Directory,
            "it is a directory, not a block device",
        ),
        (|d| d.kind = DeviceKind::Other, "it is not a block device"),
        (|d| d.number = "8:1".into(), "it is mounted at /srv"),
        (
            |d| {
                d.partitions = vec![Partition {
                    name: "vdb1".into(),
                    number: "8:1".into(),
                }]
            },
            "vdb1 is mounted at /srv; it has partitions: vdb1",
        ),
        (|d| d.swaps = vec!["vdb".into()], "vdb is used as swap"),
        (|d| d.read_only = true, "it is read-only"),
        (|d| d.removable = true, "it is removable"),
        (|d| d.optical = true, "it is an optical drive"),
        (
            |d| d.name = "zram0".into(),
            "it is in memory, and lost at the next boot",
        ),
        (
            |d| d.partition_of = Some("vda".into()),
            "it is a partition of vda, not a whole device",
        ),
        (
            |d| {
                d.partitions = vec![Partition {
                    name: "vdb1".into(),
                    number: "8:2".into(),
                }]
            },
            "it has partitions: vdb1",
        ),
        (
            |d| {
                d.holders = vec![Holder {
                    name: "dm-0".into(),
                    mapper: "LVM-x vg-lv".into(),
                }]
            },
            "LVM uses it (dm-0, vg-lv)",
        ),
        (
            |d| {
                d.holders = vec![Holder {
                    name: "dm-0".into(),
                    mapper: "mpath-3600 mpatha".into(),
                }]
            },
            "multipath uses it (dm-0, mpatha)",
        ),
        (
            |d| {
                d.holders = vec![Holder {
                    name: "md0".into(),
                    mapper: String::new(),
                }]
            },
            "an md array uses it (md0)",
        ),
        (
            |d| {
                d.holders = vec![Holder {
                    name: "bcache".into(),
                    mapper: String::new(),
                }]
            },
            "bcache uses it (bcache)",
        ),
        (
            |d| d.bytes = 300 * MIB - 512,
            "it has 299 MiB, and XFS needs at least 300 MiB",
        ),
        (
            |d| d.in_use = InUse::Yes,
            "a program or a mount in another namespace has it in use",
        ),
        (
            |d| d.in_use = InUse::Unknown("no perl".into()),
            "whether it is in use could not be checked: no perl",
        ),
        (
            |d| d.content = Content::Unreadable("reading the device failed".into()),
            "it cannot be read or understood: reading the device failed",
        ),
        (
            |d| d.content = Content::Data,
            "it is not empty: it holds data of no known kind",
        ),
        (
            |d| d.content = Content::Known(Known::default()),
            "it holds signatures that contradict each other",
        ),
        (
            |d| d.content = Content::Known(known("ext4", "1-2")),
            "it holds ext4 (UUID 1-2)",
        ),
        (
            |d| {
                d.content = Content::Known(Known {
                    label: "glusterctl".into(),
                    ..known("xfs", "1-2")
                })
            },
            "it holds xfs (UUID 1-2, a brick made by glusterctl, but not for here)",
        ),
        (
            |d| {
                d.content = Content::Known(Known {
                    table: "gpt".into(),
                    ..Known::default()
                })
            },
            "it holds a partition table (GPT)",
        ),
        (
            |d| {
                d.content = Content::Known(Known {
                    table: "dos".into(),
                    ..known("xfs", "our-uuid")
                })
            },
            "it holds xfs, a partition table (MBR) (UUID our-uuid)",
        ),
        (
            |d| {
                d.read_only = true;
                d.content = Content::Known(Known {
                    unfinished: true,
                    ..known("xfs", "our-uuid")
                });
            },
            "it is read-only; it holds xfs (UUID our-uuid, its mkfs never finished)",
        ),
    ];
    let told = |device: &Device| match ownership(&[mounted("8:1", "/srv")], device, Some("our-uuid")) {
        Ownership::Theirs(reasons) => reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        other => panic!("{other:?}: {device:?}"),
    };
    for (change, sentence) in table {
        let mut device = blank("254:16");
        change(&mut device);
        assert_eq!(told(&device), sentence);
    }
    for (kind, words) in [
        ("LVM2_member", "an LVM physical volume"),
        ("linux_raid_member", "a member of an md array"),
        ("crypto_LUKS", "LUKS"),
        ("zfs_member", "a member of a ZFS pool"),
        ("swap", "swap space"),
        ("btrfs", "btrfs"),
    ] {
        let mut device = blank("254:16");
        holds(&mut device, kind);
        assert_eq!(told(&device), format!("it holds {words}"));
    }
    assert!(matches!(
        ownership(&[], &blank("254:16"), Some("our-uuid")),
        Ownership::Blank(_)
    ));
}

#[test]
fn what_is_mounted_or_held_is_no_matter_of_wiping() {
    for change in [
        (|d: &mut Device| d.in_use = InUse::Yes) as fn(&mut Device),
        |d| d.in_use = InUse::Unknown("why".into()),
        |d| d.swaps = vec!["vdc".into()],
        |d| {
            d.holders = vec![Holder {
                name: "dm-0".into(),
                mapper: String::new(),
            }]
        },
        |d| d.number = "8:1".into(),
        |d| d.read_only = true,
        |d| d.removable = true,
        |d| d.bytes = 1,
    ] {
        let plan = planned(|facts| {
            facts.mounted.push(mounted("8:1", "/srv"));
            let device = facts.devices.get_mut(&path("/dev/vdc")).unwrap();
            device.content = Content::Known(known("ext4", "1-2"));
            change(device);
        });
        assert_eq!(formatted(&plan), ["/dev/vdb"]);
        assert!(
            problems(&plan).contains("wipe covers only what a device holds")
                || problems(&plan).contains("while anybody uses it"),
            "{}",
            problems(&plan)
        );
    }
}

#[test]
fn only_the_device_that_says_wipe_is_wiped_and_the_plan_says_what_goes() {
    let plan = planned(|facts| {
        for device in facts.devices.values_mut() {
            device.content = Content::Known(known("ext4", "1-2"));
        }
    });
    assert_eq!(formatted(&plan), ["/dev/vdc"]);
    let step = plan.steps.iter().find(|step| formats(step).is_some()).unwrap();
    assert_eq!(step.title, "wipe /dev/vdc and format it with XFS");
    assert_eq!(
        step.reason,
        "the inventory says that ext4 1-2 may go from /dev/vdc, so apply erases what the device holds: it holds ext4 (UUID 1-2) \
         (1024 MiB)"
    );
    assert!(step.command.contains("content=0x0,ext4,1-2\n") || step.command.contains("content='0x0,ext4,1-2'\n"));
    assert!(problems(&plan).contains("kube1: /dev/vdb is not blank or not usable: it holds ext4 (UUID 1-2)"));
    assert!(problems(&plan).contains("{path: /dev/vdb, wipe: \"ext4 1-2\"}"));
    // Once it is ours, the consent means nothing any more.
    let plan = planned(|facts| hold(facts, "/dev/vdc", &uuid_of("kube1", "/dev/vdc")));
    assert_eq!(formatted(&plan), ["/dev/vdb"]);
    assert_eq!(problems(&plan), "");
}

#[test]
fn no_script_forces_mkfs() {
    let plan = planned(|facts| {
        facts.devices.get_mut(&path("/dev/vdc")).unwrap().content = Content::Known(known("ext4", "1-2"));
    });
    assert_eq!(formatted(&plan), ["/dev/vdb", "/dev/vdc"]);
    for step in plan.steps.iter().filter(|step| formats(step).is_some()) {
        let mkfs = step.command.lines().find(|line| line.starts_with("mkfs.xfs")).unwrap();
        assert!(!mkfs.contains(" -f"), "{mkfs}");
    }
}

#[test]
fn an_interrupted_mkfs_of_this_brick_is_done_again_and_no_other() {
    let unfinished = |uuid: String| {
        planned(move |facts| {
            hold(facts, "/dev/vdb", &uuid);
            facts.xfs.get_mut(&uuid).unwrap()[0].unfinished = true;
            let content = Known {
                unfinished: true,
                ..known("xfs", &uuid)
            };
            facts.devices.get_mut(&path("/dev/vdb")).unwrap().content = Content::Known(content);
        })
    };
    let ours = unfinished(uuid_of("kube1", "/dev/vdb"));
    assert_eq!(formatted(&ours), ["/dev/vdb", "/dev/vdc"]);
    let theirs = unfinished("0b0e7e2e-0000-4000-8000-000000000000".into());
    assert_eq!(formatted(&theirs), ["/dev/vdc"]);
}

#[test]
fn a_brick_whose_name_moved_is_mounted_and_the_disk_at_the_old_name_left_alone() {
    let uuid = uuid_of("kube1", "/dev/vdb");
    let moved = |facts: &mut HostFacts| {
        let device = XfsDevice {
            number: "254:48".into(),
            path: "/dev/vdd".into(),
            unfinished: false,
            ..XfsDevice::default()
        };
        facts.xfs.insert(uuid.clone(), vec![device]);
    };
    let plan = planned(moved);
    assert_eq!(formatted(&plan), ["/dev/vdc"]);
    assert!(problems(&plan).contains("the brick of /dev/vdb is /dev/vdd now, and /dev/vdb is another disk"));
    assert!(
        plan.steps
            .iter()
            .any(|step| step.title == "mount /dev/vdb at /bricks/vdb")
    );
    // Nothing at the old name: nobody needs to know.
    let plan = planned(|facts| {
        moved(facts);
        facts.devices.get_mut(&path("/dev/vdb")).unwrap().kind = DeviceKind::Missing;
    });
    assert_eq!(problems(&plan), "");
    // Two bricks of one host changed names: each is mounted by its UUID.
    let plan = planned(|facts| {
        hold(facts, "/dev/vdb", &uuid_of("kube1", "/dev/vdc"));
        hold(facts, "/dev/vdc", &uuid_of("kube1", "/dev/vdb"));
    });
    assert_eq!((formatted(&plan), problems(&plan).as_str()), (vec![], ""));
}

#[test]
fn disks_swapped_between_hosts_are_refused_and_both_named() {
    let uuid = uuid_of("kube2", "/dev/vdc");
    // Even where the inventory says that it may go.
    for device in ["/dev/vdb", "/dev/vdc"] {
        let plan = planned_with(&format!("xfs {uuid}"), |facts, _| hold(facts, device, &uuid));
        assert!(!formatted(&plan).contains(&device));
        let told = format!("kube1: {device} holds the brick of /dev/vdc on kube2");
        assert!(problems(&plan).contains(&told), "{}", problems(&plan));
    }
    let elsewhere = planned(|facts| {
        let device = XfsDevice {
            number: "254:64".into(),
            path: "/dev/vde".into(),
            unfinished: false,
            ..XfsDevice::default()
        };
        facts.xfs.insert(uuid.clone(), vec![device]);
    });
    assert!(problems(&elsewhere).contains("kube1: /dev/vde holds the brick of /dev/vdc on kube2"));
}

#[test]
fn a_device_named_twice_is_formatted_once_at_most() {
    let plan = planned(|facts| {
        facts.devices.get_mut(&path("/dev/vdc")).unwrap().number = "254:16".into();
    });
    assert_eq!(formatted(&plan), ["/dev/vdb"]);
    assert!(problems(&plan).contains("/dev/vdb and /dev/vdc are the same device"));
}

#[test]
fn a_brick_made_by_hand_is_adopted_while_its_volume_uses_it() {
    let id = "8a0c6f0e1d2b4c3a9f8e7d6c5b4a3f2e";
    let by_hand = |facts: &mut HostFacts| {
        hold(facts, "/dev/vdb", "11111111-2222-4333-8444-555555555555");
        facts.devices.get_mut(&path("/dev/vdb")).unwrap().in_use = InUse::Yes;
        facts.mounted.push(mounted("254:16", "/bricks/vdb"));
        let brick = BrickDirectory {
            exists: true,
            volume_id: Some(VolumeId::new(id)),
            bare: false,
            new: false,
            late: None,
        };
        facts.bricks.insert("/bricks/vdb/gv0".into(), brick);
        facts.volume_ids.insert("gv0".into(), VolumeId::new(id));
    };
    let adopted = planned(by_hand);
    assert_eq!(
        (formatted(&adopted), problems(&adopted).as_str()),
        (vec!["/dev/vdc"], "")
    );
    let fstab = adopted
        .steps
        .iter()
        .find(|step| step.title.ends_with("/etc/fstab"))
        .unwrap();
    assert!(
        fstab
            .command
            .contains("UUID=11111111-2222-4333-8444-555555555555 /bricks/vdb xfs"),
        "{}",
        fstab.command
    );
    for (stranger, change) in [
        (
            "another volume's",
            (|facts| facts.volume_ids.clear()) as fn(&mut HostFacts),
        ),
        ("no brick", |facts| facts.bricks.clear()),
        ("mounted elsewhere", |facts| facts.mounted[0].target = "/srv".into()),
    ] {
        let plan = planned(|facts| {
            by_hand(facts);
            change(facts);
        });
        assert_eq!(formatted(&plan), ["/dev/vdc"], "{stranger}");
        assert!(
            problems(&plan).contains("/dev/vdb is not blank or not usable"),
            "{stranger}: {}",
            problems(&plan)
        );
    }
}

fn any_content() -> impl Strategy<Value = Content> {
    let uuid = prop_oneof![
        Just(String::new()),
        Just(uuid_of("kube1", "/dev/vdb")),
        Just(uuid_of("kube1", "/dev/vdc")),
        Just(uuid_of("kube2", "/dev/vdb")),
        "[0-9a-f-]{8}",
    ];
    let known = (
        prop_oneof![Just("xfs"), Just("ext4"), Just("")],
        uuid,
        prop_oneof![Just(""), Just("gpt")],
        any::<bool>(),
        prop::collection::vec("0x[0-9]{1,3},(xfs|ext4|gpt),", 0..3),
    );
    prop_oneof![
        3 => Just(Content::Zeros),
        1 => Just(Content::Data),
        1 => Just(Content::Unreadable("why".into())),
        5 => known.prop_map(|(kind, uuid, table, unfinished, signatures)| Content::Known(Known {
            kind: kind.into(),
            uuid,
            table: table.into(),
            unfinished,
            signatures,
            ..Known::default()
        })),
    ]
}

/// Mostly harmless in each respect, so that many are harmless in all.
fn rarely() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.08)
}

prop_compose! {
    fn any_device()(
        kind in prop_oneof![12 => Just(DeviceKind::Block), 1 => Just(DeviceKind::Missing), 1 => Just(DeviceKind::Other)],
        number in prop_oneof![Just("254:16"), Just("254:32"), Just("254:48")],
        bytes in prop_oneof![1 => 0..300 * MIB, 9 => 300 * MIB..20 * 1024 * 1024 * MIB],
        flags in (rarely(), rarely(), rarely(), rarely(), rarely(), rarely(), rarely(), rarely()),
        in_use in prop_oneof![8 => Just(InUse::No), 1 => Just(InUse::Yes), 1 => Just(InUse::Unknown("why".into()))],
        content in any_content(),
    ) -> Device {
        let (read_only, removable, optical, memory, partition, partitioned, held, swap) = flags;
        Device {
            kind,
            name: if memory { "zram0" } else { "vdb" }.into(),
            bytes,
            read_only,
            removable,
            optical,
            in_use,
            content,
            partition_of: partition.then(|| "vda".into()),
            partitions: partitioned.then(|| Partition { name: "vdb1".into(), number: "254:17".into() }).into_iter().collect(),
            holders: held.then(|| Holder { name: "dm-0".into(), mapper: String::new() }).into_iter().collect(),
            swaps: swap.then(|| "vdb".into()).into_iter().collect(),
            ..blank(number)
        }
    }
}

prop_compose! {
    fn any_facts()(
        first in any_device(),
        second in any_device(),
        mounts in prop::collection::vec((
            prop_oneof![Just("254:16"), Just("254:17"), Just("254:32"), Just("9:9")],
            prop_oneof![Just("/bricks/vdb"), Just("/bricks/vdc"), Just("/srv")],
        ), 0..3),
        places in prop::collection::vec((
            prop_oneof![Just(("kube1", "/dev/vdb")), Just(("kube1", "/dev/vdc")), Just(("kube2", "/dev/vdb"))],
            prop_oneof![Just("254:16"), Just("254:32"), Just("254:48")],
            any::<bool>(),
        ), 0..3),
    ) -> HostFacts {
        let mut facts = fresh(&inventory(MAY_GO), "kube1");
        facts.devices = BTreeMap::from([(path("/dev/vdb"), first), (path("/dev/vdc"), second)]);
        facts.mounted = mounts.into_iter().map(|(number, target)| mounted(number, target)).collect();
        for ((host, device), number, unfinished) in places {
            let found = XfsDevice { number: number.into(), path: "/dev/vdx".into(), unfinished, ..XfsDevice::default() };
            facts.xfs.entry(uuid_of(host, device)).or_default().push(found);
        }
        facts
    }
}

/// What must hold of whatever is formatted, written without the code that decides it; `may_go` is what the inventory
/// says may go from /dev/vdc.
fn may_be_formatted(facts: &HostFacts, at: &DevicePath, may_go: &str) -> bool {
    let device = &facts.devices[at];
    let ours = uuid_of("kube1", at.as_str());
    let used = facts.mounted.iter().any(|mounted| {
        mounted.number == device.number || device.partitions.iter().any(|part| part.number == mounted.number)
    });
    let usable = device.kind == DeviceKind::Block
        && device.in_use == InUse::No
        && !used
        && device.swaps.is_empty()
        && device.holders.is_empty()
        && device.partition_of.is_none()
        && !(device.read_only || device.removable || device.optical || device.name == "zram0")
        && device.bytes >= 300 * MIB;
    // A brick is made once: not where its file system is on another device already.
    let places = facts.xfs.get(&ours).into_iter().flatten();
    let is_elsewhere = places.into_iter().any(|place| place.number != device.number);
    let is_brick_of_ours = |known: &Known| {
        let bricks = ["kube1", "kube2"]
            .into_iter()
            .flat_map(|host| ["/dev/vdb", "/dev/vdc"].map(|device| uuid_of(host, device)));
        known.kind == "xfs"
            && known.table.is_empty()
            && known.signatures.iter().all(|one| one.contains(",xfs,"))
            && bricks.into_iter().any(|uuid| uuid == known.uuid)
    };
    let wiped = at.as_str() == "/dev/vdc" && content_name(device).is_some_and(|name| name == may_go);
    usable
        && !is_elsewhere
        && match &device.content {
            Content::Zeros => device.partitions.is_empty() || wiped,
            Content::Known(known) if is_brick_of_ours(known) => known.unfinished && known.uuid == ours,
            Content::Known(_) | Content::Data => wiped,
            Content::Unreadable(_) => false,
        }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(500)))]

    #[test]
    fn whatever_the_facts_only_what_is_blank_or_consented_is_formatted(facts in any_facts(), stale in prop::bool::weighted(0.2)) {
        let observed = facts.clone();
        let named = content_name(&facts.devices[&path("/dev/vdc")]);
        let may_go = named.filter(|_| !stale).unwrap_or_else(|| MAY_GO.to_owned());
        let plan = planned_with(&may_go, move |first, _| *first = observed);
        for at in formatted(&plan) {
            prop_assert!(may_be_formatted(&facts, &path(at), &may_go), "{at}: {:?}", facts.devices[&path(at)]);
        }
        // Nothing formats or wipes without saying so, and what it says is what it does.
        for step in &plan.steps {
            let formats = formats(step);
            prop_assert_eq!(step.command.contains("mkfs"), formats.is_some(), "{}", step.title);
            prop_assert!(!step.command.contains("wipefs -q") || formats == Some("/dev/vdc"), "{}", step.title);
            if let Some(at) = formats {
                let begin = format!("device={at}\n");
                let uuid = format!("\nuuid={}\n", uuid_of(step.host.as_str(), at));
                prop_assert!(step.command.starts_with(&begin), "{}", step.command);
                prop_assert_eq!(step.command.matches(&uuid).count(), 1, "{}", step.command);
                prop_assert_eq!(step.command.matches("uuid=").count(), 2, "{}", step.command);
                prop_assert_eq!(step.command.matches("device=").count(), 1, "{}", step.command);
                let mkfs = "mkfs.xfs -q -K -L \"$label\" -i size=512 -n size=8192 $geometry -m uuid=\"$uuid\" \"$node\"\n";
                prop_assert_eq!(step.command.matches(mkfs).count(), 1, "{}", step.command);
                // No program gets the device's name: a name can move.
                let reached = step.command.lines().filter(|line| line.contains("\"$device\""));
                let reached: Vec<&str> = reached.collect();
                prop_assert_eq!(reached, ["hold \"$device\" \"$number\" <<'END'", "for file in \"$device\" \"$node\"; do"]);
            }
        }
        // Two paths may stand for one device.
        let mut numbers: Vec<&str> = formatted(&plan).iter().map(|at| facts.devices[&path(at)].number.as_str()).collect();
        numbers.sort_unstable();
        prop_assert!(numbers.windows(2).all(|two| two[0] != two[1]), "{numbers:?}");
    }
}
