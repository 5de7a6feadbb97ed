//! What `destroy` plans, without hosts.

use std::collections::BTreeMap;

use crate::support::answers::*;
use glusterctl::desired::Desired;
use glusterctl::facts::Facts;
use glusterctl::inventory::{Inventory, VolumeName};
use glusterctl::plan::{self, Destroy, Operation, Plan, Target};
use glusterctl::remote::RemoteError;

const NOTES: &str = "directory /bricks\ndirectory /bricks/vdb\ndirectory /data\nidentity glusterd\n\
                     started glusterd.service\nenabled glusterd.service\npackage xfsprogs\n";

fn cluster(wipe: bool, purge: bool) -> Destroy {
    let target = Target::Cluster;
    Destroy { target, wipe, purge }
}

fn volume(name: &str, wipe: bool) -> Destroy {
    Destroy {
        target: Target::Volume(VolumeName::parse(name).unwrap()),
        wipe,
        purge: false,
    }
}

/// The answers of hosts that glusterctl provisioned.
fn provisioned(inventory: &Inventory) -> Vec<Answer> {
    let mut answers = all_done(inventory);
    for (answer, uuid) in answers.iter_mut().zip(UUIDS) {
        answer.insert("made".to_owned(), NOTES.to_owned());
        let state = format!("uuid={uuid}\n{}", answer["glusterd_state"]);
        answer.insert("glusterd_state".to_owned(), state);
    }
    answers
}

fn plan_of(inventory: &Inventory, answers: &[Answer], destroy: &Destroy) -> Plan {
    let desired = Desired::of(inventory);
    let hosts = desired.hosts.iter().zip(answers);
    let hosts = hosts.map(|(host, answer)| (host.name().clone(), Ok(parse(host, answer))));
    let facts = Facts::new(&desired, hosts.collect());
    plan::plan(&desired, &facts, &Operation::Destroy(destroy.clone()))
}

#[test]
fn a_cluster_goes_in_the_reverse_order_of_apply() {
    let inventory = openstack();
    let plan = plan_of(&inventory, &provisioned(&inventory), &cluster(true, true));
    assert!(plan.problems.is_empty() && plan.waiting.is_empty(), "{plan:?}");
    let kube1: Vec<&str> = plan
        .steps
        .iter()
        .filter(|step| step.host.as_str() == "kube1")
        .map(|step| step.title.as_str())
        .collect();
    let expected = [
        "check that no program uses /data",
        "unmount /data and take it out of /etc/fstab",
        "stop volume gv0",
        "delete volume gv0",
        "unmount /bricks/vdb and take it out of /etc/fstab",
        "wipe /dev/vdb",
        "detach kube2",
        "detach kube3",
        "end glusterd, and take its state away",
        "take the names of the hosts out of /etc/hosts",
        "purge the packages that glusterctl installed",
        "take away the units and directories that glusterctl made",
    ];
    assert_eq!(kube1, expected);
    // Whatever is destroyed comes after the mounts of all hosts, and these after all checks.
    let at = |title: &str| {
        plan.steps
            .iter()
            .rposition(|step| step.title.starts_with(title))
            .unwrap()
    };
    let needed = |place: usize, by: &str| {
        let wanted: Vec<usize> = (0..plan.steps.len())
            .filter(|at| plan.steps[*at].title.starts_with(by))
            .collect();
        let mut all = Vec::new();
        let mut open = vec![place];
        while let Some(next) = open.pop() {
            all.extend(&plan.steps[next].needs);
            open.extend(&plan.steps[next].needs);
        }
        assert_eq!(wanted.len(), 3);
        wanted.iter().all(|step| all.contains(step))
    };
    assert!(needed(at("stop volume"), "unmount /data") && needed(at("unmount /data"), "check that"));
    let text = format!("{:?}", plan.steps[at("wipe")].danger);
    assert!(
        text.contains("the file system of the bricks on kube3:/dev/vdb"),
        "{text}"
    );
}

#[test]
fn without_wipe_and_without_notes_nothing_is_taken_that_may_be_somebody_elses() {
    let inventory = openstack();
    let titles = titles(&plan_of(&inventory, &all_done(&inventory), &cluster(false, true)));
    for word in ["wipe", "end glusterd", "purge"] {
        assert!(!titles.iter().any(|title| title.contains(word)), "{titles:?}");
    }
    assert!(titles.contains(&"kube1: detach kube3".to_owned()), "{titles:?}");
}

#[test]
fn hosts_that_glusterctl_never_saw_have_nothing_to_lose() {
    let inventory = openstack();
    let plan = plan_of(&inventory, &all_blank(&inventory), &cluster(true, true));
    assert!(plan.is_done(), "{plan:#?}");
    let plan = plan_of(&inventory, &all_blank(&inventory), &volume("gv0", true));
    assert!(plan.is_done(), "{plan:#?}");
}

#[test]
fn marks_of_operations_go_and_a_host_in_maintenance_has_to_leave_it_first() {
    let inventory = openstack();
    let mut answers = all_blank(&inventory);
    answers[0].insert("notes".into(), "rolling=reboot 2026-11-26T12:00:00Z - done\n".into());
    let plan = plan_of(&inventory, &answers, &cluster(false, false));
    let [step] = plan.steps.as_slice() else {
        panic!("{plan:#?}")
    };
    assert_eq!(step.title, "take away the units and directories that glusterctl made");
    for path in [
        "/etc/glusterctl/rolling",
        "/etc/glusterctl/maintenance",
        "/etc/systemd/system/glusterd.service.d/glusterctl-maintenance.conf",
        "/etc/systemd/system/gluster-heal.service.d/glusterctl-maintenance.conf",
    ] {
        assert!(step.command.contains(path), "{path}");
    }
    let mut answers = provisioned(&inventory);
    answers[1].insert("notes".into(), "maintenance=2026-11-26T12:00:00Z\nheld=yes\n".into());
    answers[1].remove("pool");
    let plan = plan_of(&inventory, &answers, &cluster(false, false));
    assert_eq!(plan.steps, []);
    assert!(
        plan.problems[0].message().contains("glusterctl maintenance exit kube2"),
        "{plan:#?}"
    );
}

#[test]
fn a_volume_goes_alone() {
    let inventory = openstack();
    let plan = plan_of(&inventory, &provisioned(&inventory), &volume("gv0", true));
    assert!(plan.problems.is_empty(), "{plan:?}");
    let titles = titles(&plan);
    assert_eq!(titles.len(), 3 + 3 + 2 + 3, "{titles:?}");
    assert_eq!(titles.last().unwrap(), "kube3: delete /bricks/vdb/gv0");
}

#[test]
fn only_the_file_system_of_this_very_brick_is_wiped() {
    let inventory = openstack();
    let mut answers = provisioned(&inventory);
    // Another XFS is on the disk of kube2 by now.
    for section in ["device /dev/vdb", "xfs"] {
        let uuid = Desired::of(&inventory).hosts[1].bricks[0].uuid.clone();
        let text = answers[1][section].replace(&uuid, "99999999-8888-4777-8666-555555555555");
        answers[1].insert(section.to_owned(), text);
    }
    answers[1].insert("mountinfo".to_owned(), String::new());
    answers[1].insert("brick_processes".to_owned(), String::new());
    let titles = titles(&plan_of(&inventory, &answers, &cluster(true, false)));
    assert!(titles.contains(&"kube1: wipe /dev/vdb".to_owned()), "{titles:?}");
    assert!(!titles.contains(&"kube2: wipe /dev/vdb".to_owned()), "{titles:?}");
}

/// A change of the answers, what goes, and a part of the problem.
type Refused = (&'static str, fn(&mut Vec<Answer>), Destroy, &'static str);

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn whatever_stands_in_the_way_keeps_everything_as_it_is() {
    fn everywhere(answers: &mut [Answer], section: &str, from: &str, to: &str) {
        for answer in answers {
            let text = answer[section].replace(from, to);
            assert_ne!(text, answer[section], "{section}: {from}");
            answer.insert(section.to_owned(), text);
        }
    }
    let cases: Vec<Refused> = vec![
        (
            "a volume without the mark",
            |answers| everywhere(answers, "volumes", "user.glusterctl.cluster", "user.other"),
            volume("gv0", false),
            "volume gv0 does not have the mark of cluster kube",
        ),
        (
            "a volume of another cluster",
            |answers| everywhere(answers, "volumes", "<value>kube<", "<value>other<"),
            cluster(true, true),
            "volume gv0 does not have the mark of cluster kube",
        ),
        (
            "a name that nobody knows",
            |_| {},
            volume("gv1", false),
            "no server knows a volume gv1",
        ),
        (
            "a mount that somebody made by hand",
            |answers| {
                let by_hand = "73 35 0:52 / /mnt rw - fuse.glusterfs kube1:gv0 rw\n";
                let text = format!("{}{by_hand}", answers[2]["mountinfo"]);
                answers[2].insert("mountinfo".to_owned(), text);
            },
            volume("gv0", false),
            "volume gv0 is mounted at /mnt",
        ),
        (
            "a glusterd that is stopped",
            |answers| {
                answers[1].remove("pool");
                answers[1].remove("volumes");
            },
            cluster(false, false),
            "glusterd does not answer",
        ),
        (
            "a peer that is not connected",
            |answers| {
                let text = answers[0]["pool"].replacen("<connected>1", "<connected>0", 2);
                answers[0].insert("pool".to_owned(), text);
            },
            volume("gv0", false),
            "glusterd is not connected to",
        ),
        (
            "a brick's disk that has another name now",
            |answers| {
                let text = answers[0]["xfs"].replace("254:16 /dev/vdb", "254:32 /dev/vdc");
                answers[0].insert("xfs".to_owned(), text);
                let text = answers[0]["mountinfo"].replace("254:16", "254:32");
                answers[0].insert("mountinfo".to_owned(), text);
            },
            cluster(true, false),
            "is on /dev/vdc, so that --wipe cannot be sure",
        ),
        (
            "another cluster's host",
            |answers| everywhere(answers, "file /etc/hosts", "glusterctl kube", "glusterctl other"),
            cluster(false, false),
            "says that this is cluster other",
        ),
    ];
    let inventory = openstack();
    for (name, change, destroy, expected) in cases {
        let mut answers = provisioned(&inventory);
        change(&mut answers);
        let plan = plan_of(&inventory, &answers, &destroy);
        assert!(plan.steps.is_empty(), "{name}: {:?}", titles(&plan));
        let problems: Vec<String> = plan.problems.iter().map(plan::Problem::message).collect();
        assert!(
            problems.iter().any(|problem| problem.contains(expected)),
            "{name}: {problems:?}"
        );
    }
}

#[test]
fn a_host_that_is_down_keeps_everything_as_it_is() {
    let inventory = openstack();
    let desired = Desired::of(&inventory);
    let answers = provisioned(&inventory);
    let hosts = desired.hosts.iter().zip(&answers);
    let mut hosts: BTreeMap<_, _> = hosts
        .map(|(host, answer)| (host.name().clone(), Ok(parse(host, answer))))
        .collect();
    let down = RemoteError {
        what: "is down".into(),
        remedy: "start it".into(),
    };
    hosts.insert(desired.hosts[2].name().clone(), Err(down));
    let facts = Facts::new(&desired, hosts);
    let plan = plan::plan(&desired, &facts, &Operation::Destroy(cluster(true, true)));
    assert!(plan.steps.is_empty());
    assert_eq!(plan.problems[0].message(), "kube3: is down\nstart it");
}

#[test]
fn another_cluster_on_a_host_keeps_the_units() {
    let inventory = openstack();
    let mut answers = provisioned(&inventory);
    let line = "kube9:/x /x glusterfs defaults,_netdev,noauto,x-glusterctl=other 0 0\n";
    let text = format!("{}{line}", answers[2]["file /etc/fstab"]);
    answers[2].insert("file /etc/fstab".to_owned(), text);
    let plan = plan_of(&inventory, &answers, &cluster(false, false));
    let (step, titles) = (
        "take away the units and directories that glusterctl made",
        titles(&plan),
    );
    assert!(titles.contains(&format!("kube2: {step}")) && !titles.contains(&format!("kube3: {step}")));
    assert!(
        plan.steps
            .iter()
            .all(|step| !step.command.contains("x-glusterctl=other"))
    );
}
