//! Bricks on LVM's thin volumes, and Gluster's snapshots of them, as plans: no kernel with device-mapper is needed. What LVM
//! says is what LVM 2.03.16 prints for such volumes.

use std::path::Path;
use std::process::Command;

use crate::support::answers::*;
use crate::support::golden::is_golden;
use glusterctl::desired::Desired;
use glusterctl::facts::{Facts, HostFacts};
use glusterctl::inventory::{self, Inventory, SnapshotName, VolumeName, VolumePath};
use glusterctl::plan::{self, Danger, Destroy, Operation, Plan, Restore, Success, Target};

const PATH: &str = "/dev/gluster_kube_vdb/brick";
const TAG: &str = "glusterctl/kube/kube1/vdb";
const PHYSICAL: &str = "1a59bb-3b73-2d5b-debc-321d-8853-4f9ede";
const UUID: &str = "1a59bb3b-732d-5bde-bc32-1d88534f9ede";

/// The three hosts of OpenStack, with their bricks on thin volumes.
fn thin() -> Inventory {
    let text = std::fs::read_to_string("inventories/openstack.yaml").unwrap();
    let text = text.replace("devices: [/dev/vdb]", "devices: [{path: /dev/vdb, lvm: thin}]");
    inventory::read(&text, "test").unwrap()
}

/// A host whose kernel knows thin pools.
fn thin_blank(inventory: &Inventory) -> Vec<Answer> {
    let mut answers = all_blank(inventory);
    for (answer, host) in answers.iter_mut().zip(&inventory.hosts) {
        let text = answer.get_mut(&format!("device {}", host.devices[0].path)).unwrap();
        *text = text.replace("bytes=1073741824", "bytes=6442450944");
        answer.insert(format!("device {PATH}"), "kind=missing\n".into());
        answer.insert("kernel".into(), "thin_pool=yes\n".into());
    }
    answers
}

fn report(kind: &str, rows: &[&str]) -> String {
    format!("{{\"report\": [{{\"{kind}\": [{}]}}]}}\n", rows.join(", "))
}

fn physical(uuid: &str, device: &str, group: &str, number: (&str, &str)) -> String {
    format!(
        "{{\"pv_uuid\":\"{uuid}\", \"pv_name\":\"{device}\", \"vg_name\":\"{group}\", \"pv_major\":\"{}\", \
         \"pv_minor\":\"{}\"}}",
        number.0, number.1
    )
}

fn logical(name: &str, layout: &str, tags: &str, data: &str) -> String {
    format!(
        "{{\"vg_name\":\"gluster_kube_vdb\", \"lv_name\":\"{name}\", \"lv_tags\":\"{tags}\", \"lv_layout\":\"{layout}\", \
         \"origin\":\"\", \"data_percent\":\"{data}\", \"metadata_percent\":\"{data}\"}}"
    )
}

/// What kube1 says of its LVM: physical volumes, the group's tags (none: there is no group), and logical volumes.
fn says(answer: &mut Answer, pvs: &[String], tags: Option<&str>, lvs: &[String]) {
    let rows = |rows: &[String]| rows.iter().map(String::as_str).map(str::to_owned).collect::<Vec<_>>();
    let (pvs, lvs) = (rows(pvs), rows(lvs));
    let text = |rows: &[String]| rows.iter().map(String::as_str).collect::<Vec<&str>>().join(", ");
    let group = tags.map(|tags| format!("{{\"vg_name\":\"gluster_kube_vdb\", \"vg_tags\":\"{tags}\"}}"));
    answer.insert("lvm pvs".into(), report("pv", &[&text(&pvs)]));
    answer.insert("lvm vgs".into(), report("vg", &[&group.unwrap_or_default()]));
    answer.insert("lvm lvs".into(), report("lv", &[&text(&lvs)]));
}

fn own_physical(group: &str) -> String {
    physical(PHYSICAL, "/dev/vdb", group, ("254", "16"))
}

/// kube1's device is the brick's physical volume.
fn is_physical(answer: &mut Answer) {
    let text = format!(
        "{DEVICE}blkid_status=0\ntype=LVM2_member\nuuid={PHYSICAL}\nin_use=no\nwipefs_status=0\n\
         signature=0x218,LVM2_member,{PHYSICAL}\n"
    );
    answer.insert(
        "device /dev/vdb".into(),
        text.replace("bytes=1073741824", "bytes=6442450944"),
    );
}

fn volume_device(content: &str) -> String {
    format!(
        "kind=block\nname=dm-3\nbytes=6371147776\nread_only=0\nremovable=0\nnumber=253:3\nidentity=dm/uuid LVM-x\n\
         dm_name=gluster_kube_vdb-brick\n{content}"
    )
}

const BLANK: &str = "blkid_status=2\nin_use=no\nwipefs_status=0\nzeros=yes\n";

/// kube1 with its thin volume.
fn has_volume(answer: &mut Answer, content: &str) {
    is_physical(answer);
    answer.insert(format!("device {PATH}"), volume_device(content));
    says(
        answer,
        &[own_physical("gluster_kube_vdb")],
        Some(TAG),
        &[
            logical("pool", "thin,pool", "", "12.50"),
            logical("brick", "thin,sparse", TAG, "12.50"),
        ],
    );
}

/// What is planned for kube1's brick, and the problems.
fn of_kube1(change: impl FnOnce(&mut Answer)) -> (Vec<String>, String) {
    let inventory = thin();
    let mut answers = thin_blank(&inventory);
    change(&mut answers[0]);
    let plan = planned(&inventory, &answers);
    let told = plan.problems.iter().map(|problem| problem.message() + "\n").collect();
    let steps = plan.steps.iter().filter(|step| step.host.as_str() == "kube1");
    let brick = steps.filter(|step| {
        ["thin volume", "format ", "mount /dev"]
            .iter()
            .any(|word| step.title.contains(word))
    });
    (brick.map(|step| step.title.clone()).collect(), told)
}

#[test]
fn blank_devices_get_exactly_these_commands() {
    let inventory = inventory::load(Path::new("inventories/thin-bricks.yaml")).unwrap();
    let mut answers = all_blank(&inventory);
    for answer in &mut answers {
        for (device, name) in [("/dev/sdb", "8:16"), ("/dev/sdc", "8:32")] {
            let text = answer.get_mut(&format!("device {device}")).unwrap();
            *text = text
                .replace("bytes=1073741824", "bytes=4000787030016")
                .replace("254:16", name);
        }
        answer.insert("kernel".into(), "thin_pool=yes\n".into());
    }
    let plan = planned(&inventory, &answers);
    assert!(plan.problems.is_empty() && plan.waiting.is_empty(), "{plan:?}");
    let of_bricks = ["install ", "make a thin volume on ", "write /bricks/"];
    let steps = plan.steps.iter().filter(|step| step.host.as_str() == "kube1");
    let mut text = String::new();
    for step in steps.filter(|step| of_bricks.iter().any(|begin| step.title.starts_with(begin))) {
        text += &format!("{}\n   because: {}\n{}\n\n", step.title, step.reason, step.command);
        let status = Command::new("sh").args(["-nc", &step.command]).status();
        assert!(status.unwrap().success(), "{}", step.command);
    }
    is_golden(&text, "plan-thin-bricks.txt");
}

#[test]
fn an_interrupted_brick_is_finished_from_where_it_is() {
    let make = [
        "make a thin volume on /dev/vdb and format it with XFS".to_owned(),
        "mount /dev/vdb at /bricks/vdb".into(),
    ];
    assert_eq!(of_kube1(|_| ()), (make.to_vec(), String::new()));
    let rest = [make[0].replace("make a", "make the rest of the"), make[1].clone()];
    let half_made = |group: &'static str, tags: Option<&'static str>, lvs: Vec<String>| {
        of_kube1(move |answer| {
            is_physical(answer);
            says(answer, &[own_physical(group)], tags, &lvs);
        })
    };
    assert_eq!(half_made("", None, vec![]), (rest.to_vec(), String::new()));
    let group = "gluster_kube_vdb";
    let linear = |name: &str| logical(name, "linear", TAG, "");
    for lvs in [
        vec![],
        vec![linear("pool")],
        vec![linear("pool"), linear("pool_meta")],
        vec![
            logical("pool", "thin,pool", "", "0.00"),
            logical("[pool_tdata]", "linear", TAG, ""),
            logical("[pool_tmeta]", "linear", TAG, ""),
            logical("[lvol0_pmspare]", "linear", "", ""),
        ],
    ] {
        assert_eq!(half_made(group, Some(TAG), lvs), (rest.to_vec(), String::new()));
    }
    let inactive = half_made(group, Some(TAG), vec![logical("brick", "thin,sparse", TAG, "")]);
    let activate = "activate the thin volume gluster_kube_vdb/brick".to_owned();
    assert_eq!(inactive, (vec![activate], String::new()));
    let format = [format!("format {PATH} with XFS"), make[1].clone()];
    assert_eq!(
        of_kube1(|answer| has_volume(answer, BLANK)),
        (format.to_vec(), String::new())
    );
    let unfinished = format!(
        "blkid_status=0\ntype=xfs\nuuid={UUID}\nin_progress=1\nin_use=no\nwipefs_status=0\nsignature=0x0,xfs,{UUID}\n"
    );
    assert_eq!(
        of_kube1(|answer| has_volume(answer, &unfinished)),
        (format.to_vec(), String::new())
    );
}

#[test]
fn the_consent_to_format_is_for_the_device_that_the_inventory_names() {
    let inventory = thin();
    for finish in [false, true] {
        let mut answers = thin_blank(&inventory);
        if finish {
            has_volume(&mut answers[0], BLANK);
        }
        let plan = planned(&inventory, &answers);
        let dangers = plan.steps.iter().filter(|step| step.host.as_str() == "kube1");
        let dangers: Vec<&Danger> = dangers
            .map(|step| &step.danger)
            .filter(|danger| **danger != Danger::Safe)
            .collect();
        let [Danger::Formats { device }] = dangers.as_slice() else {
            panic!("{dangers:?}")
        };
        assert_eq!(device.as_str(), "/dev/vdb");
    }
}

#[test]
fn what_was_not_made_for_the_brick_is_left_alone() {
    let wrong = |words: &str, change: &dyn Fn(&mut Answer)| {
        let (steps, told) = of_kube1(|answer| change(answer));
        assert!(told.contains(words), "{words}: {told}");
        assert_eq!(steps, Vec::<String>::new(), "{words}");
    };
    let group = "gluster_kube_vdb";
    wrong("it holds an LVM physical volume (UUID other)", &|answer| {
        is_physical(answer);
        let text = answer.get_mut("device /dev/vdb").unwrap();
        *text = text.replace(PHYSICAL, "other");
    });
    wrong("does not have the brick's tag", &|answer| {
        is_physical(answer);
        says(answer, &[own_physical(group)], Some("theirs"), &[]);
    });
    wrong("is in the volume group vg0", &|answer| {
        is_physical(answer);
        says(answer, &[own_physical("vg0")], None, &[]);
    });
    wrong("has another physical volume, /dev/vdz", &|answer| {
        is_physical(answer);
        let other = physical("x", "/dev/vdz", group, ("254", "99"));
        says(answer, &[own_physical(group), other], Some(TAG), &[]);
    });
    for name in ["pool", "data", "[data_rmeta_0]"] {
        wrong(&format!("a logical volume {name} of somebody else"), &|answer| {
            is_physical(answer);
            says(
                answer,
                &[own_physical(group)],
                Some(TAG),
                &[logical(name, "linear", "", "")],
            );
        });
    }
    wrong("a volume group gluster_kube_vdb is on other disks", &|answer| {
        says(
            answer,
            &[physical("x", "/dev/vdz", group, ("254", "99"))],
            Some("a"),
            &[],
        );
    });
    wrong(
        "is /dev/vdq now, and not the device that the inventory names",
        &|answer| {
            says(answer, &[physical(PHYSICAL, "/dev/vdq", "", ("254", "99"))], None, &[]);
        },
    );
    wrong(&format!("{PATH} is there, and LVM does not say"), &|answer| {
        has_volume(answer, BLANK);
        answer.remove("lvm lvs");
    });
    wrong("is not blank: it holds ext4", &|answer| {
        let ext4 = "blkid_status=0\ntype=ext4\nuuid=e\nin_use=no\nwipefs_status=0\nsignature=0x438,ext4,e\n";
        has_volume(answer, ext4);
    });
}

#[test]
fn what_cannot_be_known_or_done_is_said() {
    let (steps, told) = of_kube1(|answer| {
        answer.insert("kernel".into(), "thin_pool=no\n".into());
    });
    assert!(
        steps.is_empty() && told.contains("no device-mapper with thin pools, and /dev/vdb has `lvm: thin`"),
        "{told}"
    );
    let (steps, told) = of_kube1(|answer| {
        let text = answer.get_mut("device /dev/vdb").unwrap();
        *text = text.replace("6442450944", "367001600");
    });
    assert!(steps.is_empty() && told.contains("has 350 MiB"), "{told}");
    // A new disk is at the path, and the kernel still has the volume of the old one.
    let (steps, told) = of_kube1(|answer| {
        answer.insert(format!("device {PATH}"), volume_device("blkid_status=1\n"));
        says(answer, &[], None, &[]);
    });
    assert!(
        steps.is_empty()
            && told.contains("the disk of the brick of /dev/vdb is gone")
            && told.contains("reboot the host"),
        "{told}"
    );
    let (steps, told) = of_kube1(|answer| {
        is_physical(answer);
        answer.insert("packages".into(), "lvm2 installed 1\n".into());
    });
    assert!(steps.is_empty() && told.contains("LVM does not tell"), "{told}");
    let inventory = thin();
    let mut answers = thin_blank(&inventory);
    is_physical(&mut answers[0]);
    let plan = planned(&inventory, &answers);
    let until = plan.waiting.iter().map(|waiting| waiting.until.as_str());
    assert!(
        until.into_iter().any(|until| until.contains("lvm2 is installed")),
        "{plan:?}"
    );
    assert!(
        titles(&plan)[1].contains("lvm2, thin-provisioning-tools"),
        "{:?}",
        titles(&plan)
    );
    let (steps, told) = of_kube1(|answer| {
        let text = format!("{DEVICE}blkid_status=0\ntype=xfs\nuuid={UUID}\nin_progress=0\n");
        answer.insert("device /dev/vdb".into(), text);
        answer.insert("xfs".into(), format!("{UUID} 254:16 /dev/vdb 0\n"));
    });
    assert!(
        steps.is_empty() && told.contains("the brick of /dev/vdb is on /dev/vdb itself"),
        "{told}"
    );
}

/// All hosts when nothing is left to do: each brick on its thin volume, a snapshot of Gluster's with the same UUID on kube1.
fn thin_done(inventory: &Inventory) -> Vec<Answer> {
    let desired = Desired::of(inventory);
    let plan = planned(inventory, &thin_blank(inventory));
    let mut answers = Vec::new();
    for (host, wanted) in inventory.hosts.iter().zip(&desired.hosts) {
        let mut steps = plan.steps.iter();
        let step = steps
            .find(|step| step.host == host.name && step.title.ends_with("to /etc/fstab"))
            .unwrap();
        let (_, add) = step.command.split_once("\nadd='").unwrap();
        let mut answer = done(inventory, host, &(add.split('\'').next().unwrap().to_owned() + "\n"));
        let (brick, thin) = (&wanted.bricks[0], wanted.bricks[0].thin.as_ref().unwrap());
        let (uuid, tag) = (&brick.uuid, &thin.tag);
        is_physical(&mut answer);
        let device = answer.get_mut("device /dev/vdb").unwrap();
        *device = device.replace(PHYSICAL, &thin.physical);
        let content = format!("blkid_status=0\ntype=xfs\nuuid={uuid}\nin_progress=0\n");
        answer.insert(format!("device {PATH}"), volume_device(&content));
        answer.insert("kernel".into(), "thin_pool=yes\n".into());
        says(
            &mut answer,
            &[physical(&thin.physical, "/dev/vdb", "gluster_kube_vdb", ("254", "16"))],
            Some(tag),
            &[
                logical("pool", "thin,pool", "", "42.10"),
                logical("[pool_tdata]", "linear", tag, ""),
                logical("brick", "thin,sparse", tag, "40.00"),
            ],
        );
        let mounted = answer.get_mut("mountinfo").unwrap();
        *mounted = mounted
            .replace("254:16", "253:3")
            .replace("/dev/vdb", "/dev/mapper/gluster_kube_vdb-brick");
        let at = format!("{uuid} 253:3 /dev/mapper/gluster_kube_vdb-brick 0 253:2 254:16 \n");
        let snapshot = format!("{uuid} 253:9 /dev/mapper/gluster_kube_vdb-0123_0 - 253:2 254:16 \n");
        answer.insert("xfs".into(), format!("{snapshot}{at}"));
        answer
            .get_mut("packages")
            .unwrap()
            .push_str("lvm2 installed 1\nthin-provisioning-tools installed 1\nrsync installed 1\n");
        answer.insert("gluster_snapshots".into(), NO_SNAPSHOTS.into());
        answers.push(answer);
    }
    answers
}

const NO_SNAPSHOTS: &str = "<?xml version=\"1.0\"?><cliOutput><opRet>0</opRet><opErrno>0</opErrno><opErrstr/>\
                            <snapInfo><count>0</count><snapshots/></snapInfo></cliOutput>";
const ONE_SNAPSHOT: &str = include_str!("../captures/snapshot-info.xml");

#[test]
fn a_brick_is_told_from_its_snapshots_and_mounted_by_its_own_path() {
    let inventory = thin();
    let mut answers = thin_done(&inventory);
    assert!(
        answers[0]["file /etc/fstab"].contains(&format!("\n{PATH} /bricks/vdb xfs noatime,inode64,nofail,"))
            || answers[0]["file /etc/fstab"].starts_with(&format!("{PATH} /bricks/vdb ")),
        "{}",
        answers[0]["file /etc/fstab"]
    );
    let plan = planned(&inventory, &answers);
    assert!(plan.is_done(), "{plan:#?}");
    // Not mounted: the snapshot with the same UUID does not matter, because no UUID is mounted.
    let mounted = answers[0].get_mut("mountinfo").unwrap();
    *mounted = mounted
        .lines()
        .filter(|line| !line.contains("/bricks/vdb"))
        .map(|line| format!("{line}\n"))
        .collect();
    let plan = planned(&inventory, &answers);
    assert!(
        titles(&plan).contains(&"kube1: mount /dev/vdb at /bricks/vdb".to_owned()),
        "{plan:#?}"
    );
    assert!(plan.problems.is_empty(), "{plan:#?}");
    // The snapshot is mounted instead of the brick.
    let mut answers = thin_done(&inventory);
    let mounted = answers[0].get_mut("mountinfo").unwrap();
    *mounted = mounted.replace("253:3", "253:9");
    let plan = planned(&inventory, &answers);
    assert!(
        plan.problems[0]
            .what
            .contains("a snapshot of the brick of /dev/vdb, is mounted at"),
        "{plan:#?}"
    );
    // A line with the UUID, which also the snapshot has, is replaced.
    let mut answers = thin_done(&inventory);
    let fstab = answers[0].get_mut("file /etc/fstab").unwrap();
    *fstab = fstab.replace(PATH, &format!("UUID={UUID}"));
    let plan = planned(&inventory, &answers);
    assert_eq!(titles(&plan), ["kube1: write /bricks/vdb to /etc/fstab"]);
}

fn snapshot_plan(answers: &[Answer], operation: &Operation) -> Plan {
    let inventory = thin();
    let desired = Desired::of(&inventory);
    let hosts = desired.hosts.iter().zip(answers);
    let hosts = hosts.map(|(host, answer)| (host.name().clone(), Ok(parse(host, answer))));
    plan::plan(&desired, &Facts::new(&desired, hosts.collect()), operation)
}

fn create(name: &str) -> Operation {
    Operation::SnapshotCreate {
        name: SnapshotName::parse(name).unwrap(),
        volume: VolumeName::parse("gv0").unwrap(),
    }
}

fn delete(name: &str) -> Operation {
    let name = SnapshotName::parse(name).unwrap();
    Operation::SnapshotDelete { name }
}

#[test]
fn a_snapshot_is_taken_and_deleted_by_one_command() {
    let mut answers = thin_done(&thin());
    let plan = snapshot_plan(&answers, &create("s1"));
    assert!(plan.problems.is_empty(), "{plan:#?}");
    let [step] = plan.steps.as_slice() else {
        panic!("{plan:#?}")
    };
    assert_eq!(
        step.command,
        "gluster --mode=script --xml snapshot create s1 gv0 no-timestamp"
    );
    assert_eq!((step.host.as_str(), &step.danger), ("kube1", &Danger::Safe));
    assert!(snapshot_plan(&answers, &delete("s1")).is_done());
    for answer in &mut answers {
        answer.insert("gluster_snapshots".into(), ONE_SNAPSHOT.into());
    }
    assert!(snapshot_plan(&answers, &create("s1")).is_done());
    let plan = snapshot_plan(&answers, &delete("s1"));
    let [step] = plan.steps.as_slice() else {
        panic!("{plan:#?}")
    };
    assert_eq!(step.command, "gluster --mode=script --xml snapshot delete s1");
    let what = "snapshot s1 of volume gv0".to_owned();
    assert_eq!(step.danger, Danger::Deletes { what });
}

#[test]
fn a_snapshot_is_refused_with_every_reason() {
    let inventory = thin();
    let refused = |words: &str, change: &dyn Fn(&mut [Answer])| {
        let mut answers = thin_done(&inventory);
        change(&mut answers);
        let plan = snapshot_plan(&answers, &create("s1"));
        let told: String = plan.problems.iter().map(|problem| problem.message() + "\n").collect();
        assert!(told.contains(words) && plan.steps.is_empty(), "{words}: {plan:#?}");
    };
    refused(
        "kube2: /bricks/vdb/gv0, a brick of volume gv0, does not run",
        &|answers| {
            answers[1].remove("brick_processes");
        },
    );
    refused("kube3: glusterd does not tell which snapshots there are", &|answers| {
        answers[2].remove("gluster_snapshots");
    });
    refused("is 94 % full", &|answers| {
        let text = answers[0].get_mut("lvm lvs").unwrap();
        *text = text.replace("42.10", "93.60");
    });
    refused("LVM does not tell how full", &|answers| {
        answers[0].remove("lvm lvs");
    });
    refused("is not on the thin volume", &|answers| {
        let text = answers[0].get_mut("mountinfo").unwrap();
        *text = text.replace("253:3", "253:9");
    });
    refused("volume gv0 is not started", &|answers| {
        for answer in answers {
            let text = answer.get_mut("volumes").unwrap();
            *text = text.replace("<status>1<", "<status>0<");
        }
    });
    refused("a snapshot s1 of volume other is there already", &|answers| {
        for answer in answers {
            answer.insert("gluster_snapshots".into(), ONE_SNAPSHOT.replace(">gv0<", ">other<"));
        }
    });
    // A cluster whose bricks are on their devices.
    let plain = openstack();
    let desired = Desired::of(&plain);
    let hosts = desired.hosts.iter().zip(all_done(&plain));
    let hosts = hosts.map(|(host, answer)| (host.name().clone(), Ok(parse(host, &answer))));
    let plan = plan::plan(&desired, &Facts::new(&desired, hosts.collect()), &create("s1"));
    assert!(
        plan.problems[0]
            .what
            .contains("no brick of the inventory is on a thin volume"),
        "{plan:#?}"
    );
}

fn restore(path: &str, preview: bool) -> Operation {
    Operation::SnapshotRestore(Restore {
        name: SnapshotName::parse("s1").unwrap(),
        path: VolumePath::parse(path).unwrap(),
        preview,
    })
}

/// A cluster with the snapshot s1.
fn with_snapshot() -> Vec<Answer> {
    let mut answers = thin_done(&thin());
    for answer in &mut answers {
        answer.insert("gluster_snapshots".into(), ONE_SNAPSHOT.into());
    }
    answers
}

#[test]
fn a_volume_is_brought_back_to_a_snapshot_by_one_script_that_proves_it() {
    let mut answers = with_snapshot();
    let whole = snapshot_plan(&answers, &restore("/", false));
    let part = snapshot_plan(&answers, &restore("/it's/$HOME", false));
    let preview = snapshot_plan(&answers, &restore("/", true));
    let mut text = String::new();
    for (plan, danger) in [
        (&whole, Some("volume gv0")),
        (&part, Some("/it's/$HOME of volume gv0")),
        (&preview, None),
    ] {
        assert!(plan.problems.is_empty() && plan.waiting.is_empty(), "{plan:#?}");
        let [step] = plan.steps.as_slice() else {
            panic!("{plan:#?}")
        };
        assert_eq!((step.host.as_str(), &step.success), ("kube1", &Success::Once));
        let wanted = danger.map_or(Danger::Safe, |what| Danger::Restores {
            what: what.to_owned(),
            snapshot: SnapshotName::parse("s1").unwrap(),
        });
        assert_eq!(step.danger, wanted);
        // The script is the same but for its values.
        let command = match text.is_empty() {
            true => step.command.as_str(),
            false => step.command.split_once("\n#").unwrap().0,
        };
        text += &format!("{}\n   because: {}\n{command}\n\n", step.title, step.reason);
    }
    is_golden(&text, "snapshot-restore.txt");
    // The host that copies gets rsync first.
    let packages = answers[0].get_mut("packages").unwrap();
    *packages = packages.replace("rsync installed 1\n", "");
    let plan = snapshot_plan(&answers, &restore("/", false));
    assert_eq!(
        titles(&plan),
        ["kube1: install rsync", "kube1: bring volume gv0 back to snapshot s1"]
    );
    assert_eq!(plan.steps[1].needs, [0]);
}

#[test]
fn a_volume_is_not_brought_back_to_a_snapshot_while_anything_is_wrong_with_either() {
    let refused = |words: &str, change: &dyn Fn(&mut [Answer])| {
        let mut answers = with_snapshot();
        change(&mut answers);
        let plan = snapshot_plan(&answers, &restore("/", false));
        let told: String = plan.problems.iter().map(|problem| problem.message() + "\n").collect();
        assert!(told.contains(words) && plan.steps.is_empty(), "{words}: {plan:#?}");
    };
    let in_all = |answers: &mut [Answer], section: &str, from: &str, to: &str| {
        for answer in answers {
            let text = answer.get_mut(section).unwrap();
            *text = text.replace(from, to);
        }
    };
    refused("there is no snapshot s1", &|answers| {
        in_all(answers, "gluster_snapshots", "<name>s1<", "<name>s2<");
    });
    refused(
        "snapshot s1 is of volume other, which the inventory does not have",
        &|answers| {
            in_all(answers, "gluster_snapshots", ">gv0<", ">other<");
        },
    );
    refused(
        "kube2: /bricks/vdb/gv0, a brick of volume gv0, does not run",
        &|answers| {
            answers[1].remove("brick_processes");
        },
    );
    refused("volume gv0 is not started", &|answers| {
        in_all(answers, "volumes", "<status>1<", "<status>0<");
    });
    refused("is 94 % full", &|answers| {
        let text = answers[2].get_mut("lvm lvs").unwrap();
        *text = text.replace("42.10", "93.60");
    });
    refused("kube3: glusterd does not tell which snapshots there are", &|answers| {
        answers[2].remove("gluster_snapshots");
    });
    // Gluster's own restore has made the snapshot's volumes the bricks.
    refused(
        "has a brick that the inventory does not have: kube1:/run/gluster/snaps/",
        &|answers| {
            in_all(
                answers,
                "volumes",
                "/bricks/vdb/gv0",
                "/run/gluster/snaps/0123/brick1/gv0",
            );
        },
    );
}

fn wipe_all() -> Operation {
    Operation::Destroy(Destroy {
        target: Target::Cluster,
        wipe: true,
        purge: false,
    })
}

#[test]
fn destroy_with_wipe_takes_exactly_the_bricks_own_volumes_away() {
    let mut answers = thin_done(&thin());
    // A snapshot's thin volume has the UUID of the brick, too; here there is none.
    let without = |answer: &mut Answer| {
        let text = answer["xfs"].lines().filter(|line| !line.contains("253:9"));
        let text = text.map(|line| format!("{line}\n")).collect();
        answer.insert("xfs".into(), text);
    };
    answers.iter_mut().for_each(without);
    let plan = snapshot_plan(&answers, &wipe_all());
    assert!(plan.problems.is_empty(), "{plan:#?}");
    let own = |plan: &Plan| -> Vec<(String, Danger, String)> {
        let steps = plan.steps.iter().filter(|step| step.host.as_str() == "kube1");
        let bricks = steps.filter(|step| {
            ["volume group", "wipe", "/bricks"]
                .iter()
                .any(|word| step.title.contains(word))
        });
        bricks
            .map(|step| (step.title.clone(), step.danger.clone(), step.command.clone()))
            .collect()
    };
    let [unmounted, group, wiped] = <[_; 3]>::try_from(own(&plan)).unwrap();
    assert_eq!(unmounted.0, "unmount /bricks/vdb and take it out of /etc/fstab");
    assert_eq!(group.0, "remove the volume group gluster_kube_vdb with its volumes");
    let what = "the thin volume of the bricks on kube1:/dev/vdb".to_owned();
    assert_eq!(group.1, Danger::Deletes { what });
    assert_eq!(wiped.0, "wipe /dev/vdb");
    let commands = [group, wiped].map(|(title, _, command)| format!("{title}\n{command}\n\n"));
    is_golden(&commands.concat(), "destroy-thin-brick.txt");

    // Interrupted after the group had gone, and then while the disk was wiped: LVM may not see the physical volume any more.
    for volumes in [&[own_physical("")][..], &[]] {
        says(&mut answers[0], volumes, None, &[]);
        answers[0].insert(format!("device {PATH}"), "kind=missing\n".into());
        for section in ["xfs", "mountinfo", "brick_processes"] {
            answers[0].insert(section.into(), String::new());
        }
        let plan = snapshot_plan(&answers, &wipe_all());
        let titles: Vec<String> = own(&plan).into_iter().map(|(title, ..)| title).collect();
        assert_eq!(titles.last().map(String::as_str), Some("wipe /dev/vdb"), "{plan:#?}");
        assert!(!titles.iter().any(|title| title.contains("group")), "{titles:?}");
    }
}

#[test]
fn destroy_refuses_what_lvm_does_not_tell_or_somebody_else_made() {
    let refused = |words: &str, change: &dyn Fn(&mut Answer)| {
        let mut answers = thin_done(&thin());
        change(&mut answers[0]);
        let plan = snapshot_plan(&answers, &wipe_all());
        let told: String = plan.problems.iter().map(|problem| problem.message() + "\n").collect();
        assert!(told.contains(words) && plan.steps.is_empty(), "{words}: {plan:#?}");
    };
    refused("kube1: LVM does not tell what is on /dev/vdb", &|answer| {
        answer.remove("lvm lvs");
    });
    refused("does not have the brick's tag", &|answer| {
        let text = answer.get_mut("lvm vgs").unwrap();
        *text = text.replace(TAG, "theirs");
    });
    refused("has a logical volume data of somebody else", &|answer| {
        let text = answer.get_mut("lvm lvs").unwrap();
        *text = text.replace("\"brick\"", "\"data\"");
    });
    refused("volume gv0 has the snapshot s1", &|answer| {
        answer.insert("gluster_snapshots".into(), ONE_SNAPSHOT.into());
    });
}

#[test]
fn what_lvm_prints_is_understood() {
    let inventory = thin();
    let desired = Desired::of(&inventory);
    let output = format!(
        "\n@ lvm pvs\n{}\n@ lvm vgs\n{}\n@ lvm lvs\n{}\n@ end\n",
        include_str!("../captures/lvm-pvs.json"),
        include_str!("../captures/lvm-vgs.json"),
        include_str!("../captures/lvm-lvs.json"),
    );
    let lvm = HostFacts::parse(&output, "@", &desired.hosts[0]).unwrap().lvm.unwrap();
    let group = lvm.group("gluster_kube_vdb").unwrap();
    assert!(group.is_tagged("glusterctl/kube/vm1/vdb") && !group.is_tagged("glusterctl/kube/vm1"));
    let physical = lvm
        .physical
        .iter()
        .find(|physical| physical.group == "gluster_kube_vdb")
        .unwrap();
    assert_eq!(physical.number(), "254:16");
    let pool = lvm
        .volumes_of("gluster_kube_vdb")
        .find(|volume| volume.is_thin_pool())
        .unwrap();
    assert_eq!(pool.name, "pool");
    // lvconvert moves the tag of the volume that it makes a pool of to the pool's data.
    let data = lvm
        .volumes_of("gluster_kube_vdb")
        .find(|volume| volume.name == "[pool_tdata]")
        .unwrap();
    assert!(data.is_tagged("glusterctl/kube/vm1/vdb"), "{data:?}");
    assert!(pool.data_percent().unwrap() > 0.0 && pool.metadata_percent().unwrap() > 0.0);
    let volumes: Vec<&str> = lvm
        .volumes_of("gluster_kube_vdb")
        .map(|volume| volume.name.as_str())
        .collect();
    assert!(
        volumes.contains(&"[pool_tmeta]") && volumes.contains(&"[lvol0_pmspare]"),
        "{volumes:?}"
    );
    assert!(
        HostFacts::parse("\n@ lvm pvs\nsyntax\n@ end\n", "@", &desired.hosts[0])
            .unwrap()
            .lvm
            .is_none()
    );
}

#[test]
fn a_lab_refuses_bricks_on_lvm_by_name() {
    for command in [&["lab", "up"][..], &["rehearse"]] {
        let mut glusterctl = Command::new(env!("CARGO_BIN_EXE_glusterctl"));
        let output = glusterctl
            .args(["-i", "inventories/thin-bricks.yaml"])
            .args(command)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains("kube1:/dev/sdb has `lvm: thin`: stand-ins are containers"),
            "{said}"
        );
    }
}

#[test]
fn the_keys_about_lvm_and_raid_are_checked() {
    let read = |device: &str| {
        let text = format!("cluster: kube\nhosts:\n  - {{name: kube1, address: 198.51.100.11, devices: [{device}]}}\n");
        inventory::read(&text, "test").map_err(|report| report.to_string())
    };
    for good in [
        "{path: /dev/sdb, lvm: thin}",
        "{path: /dev/sdb, raid: {stripe_unit: 16KiB, data_disks: 5}}",
        "{path: /dev/sdb, lvm: thin, raid: {stripe_unit: 1MiB, data_disks: 10}, name: b0, wipe: \"ext4 8f3c\"}",
    ] {
        assert!(read(good).is_ok(), "{good}: {:?}", read(good));
    }
    for (wrong, words) in [
        ("{path: /dev/sdb, lvm: thick}", "`lvm` is `thin`"),
        ("{path: /dev/sdb, lvm: {thin: true}}", "single value"),
        ("{path: /dev/sdb, raid: 256KiB}", "raid"),
        (
            "{path: /dev/sdb, raid: {stripe_unit: 256KiB}}",
            "`data_disks` is missing here",
        ),
        (
            "{path: /dev/sdb, raid: {stripe_unit: 100KiB, data_disks: 4}}",
            "power of two",
        ),
        (
            "{path: /dev/sdb, raid: {stripe_unit: 256KiB, data_disks: 0}}",
            "from 1 to 256",
        ),
        (
            "{path: /dev/sdb, lvm: thin, raid: {stripe_unit: 16KiB, data_disks: 5}}",
            "80 KiB here",
        ),
        (
            "{brick: /mnt/g, uuid: 8f3c, lvm: thin}",
            "`lvm` does not go with `brick`",
        ),
        (
            "{brick: /mnt/g, uuid: 8f3c, raid: {stripe_unit: 64KiB, data_disks: 5}}",
            "`raid` does not go with `brick`",
        ),
    ] {
        let told = read(wrong).unwrap_err();
        assert!(told.contains(words), "{wrong}: {told}");
    }
}
