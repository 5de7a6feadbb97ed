//! The plans of operations that stop hosts, and plans while a host is in maintenance; without hosts.

use crate::support::answers::*;
use glusterctl::desired::Desired;
use glusterctl::facts::Facts;
use glusterctl::inventory::{self, HostName, Inventory};
use glusterctl::plan::{self, Act, Danger, Operation, Plan, Rolling, Success};
use glusterctl::remote::RemoteError;

fn host(name: &str) -> HostName {
    HostName::parse(name).unwrap()
}

/// The plan of an operation; a host without an answer was not reached.
fn planned_for(inventory: &Inventory, answers: &[Option<Answer>], operation: &Operation) -> Plan {
    let desired = Desired::of(inventory);
    let hosts = desired.hosts.iter().zip(answers).map(|(host, answer)| {
        let error = || RemoteError {
            what: "unreachable".into(),
            remedy: "look".into(),
        };
        (
            host.name().clone(),
            answer.as_ref().map(|answer| parse(host, answer)).ok_or_else(error),
        )
    });
    plan::plan(&desired, &Facts::new(&desired, hosts.collect()), operation)
}

/// All is done, and each host has a boot of its own.
fn running(inventory: &Inventory) -> Vec<Option<Answer>> {
    let answers = all_done(inventory).into_iter().enumerate();
    let booted = answers.map(|(at, mut answer)| {
        answer
            .get_mut("host")
            .unwrap()
            .push_str(&format!("boot_id=boot-{at}\n"));
        Some(answer)
    });
    booted.collect()
}

/// The host of that answer is in maintenance.
fn rest(answer: &mut Option<Answer>) {
    let answer = answer.as_mut().unwrap();
    answer.insert("notes".into(), "maintenance=2026-11-26T12:00:00Z\nheld=yes\n".into());
    let units = answer["units"].replacen("ActiveState=active", "ActiveState=inactive", 1);
    answer.insert("units".into(), units);
    answer.insert("brick_processes".into(), String::new());
    answer.insert("glusterd_state".into(), format!("uuid={}\nversion=90000\n", UUIDS[2]));
    answer.remove("pool");
    answer.remove("volumes");
}

fn note(answer: &mut Option<Answer>, text: &str) {
    answer
        .as_mut()
        .unwrap()
        .insert("notes".into(), format!("rolling={text}\n"));
}

#[test]
fn apply_leaves_a_host_in_maintenance_alone_and_goes_on_with_the_others() {
    let inventory = openstack();
    let mut answers = running(&inventory);
    rest(&mut answers[2]);
    // What apply would mend on any other host.
    answers[2]
        .as_mut()
        .unwrap()
        .insert("file /etc/hosts".into(), "127.0.0.1 localhost\n".into());
    let plan = planned_for(&inventory, &answers, &Operation::Apply);
    assert!(plan.is_done(), "{plan:#?}");
    answers[0]
        .as_mut()
        .unwrap()
        .insert("file /etc/hosts".into(), "127.0.0.1 localhost\n".into());
    let plan = planned_for(&inventory, &answers, &Operation::Apply);
    assert_eq!(titles(&plan), ["kube1: write the names of all 3 hosts to /etc/hosts"]);

    let text = std::fs::read_to_string("inventories/openstack.yaml").unwrap();
    let two = text.replace("volumes:\n", "volumes:\n  - {name: new, replica: 3, mount: /new}\n");
    let two = inventory::read(&two, "test").unwrap();
    let plan = planned_for(&two, &answers, &Operation::Apply);
    let waits = |what: &str, until: &str| plan.waiting.iter().any(|wait| wait.what == what && wait.until == until);
    assert!(
        waits("creating volume new", "kube3 has left maintenance"),
        "{:#?}",
        plan.waiting
    );
    assert!(
        !plan.steps.iter().any(|step| step.host.as_str() == "kube3"),
        "{:#?}",
        titles(&plan)
    );
}

#[test]
fn maintenance_is_one_dangerous_step_with_a_last_look_and_ends_healed() {
    let inventory = openstack();
    let mut answers = running(&inventory);
    let enter = Operation::EnterMaintenance(host("kube3"));
    let exit = Operation::ExitMaintenance(host("kube3"));
    assert!(planned_for(&inventory, &answers, &exit).is_done());
    let plan = planned_for(&inventory, &answers, &enter);
    assert_eq!(
        titles(&plan),
        ["kube3: stop the bricks and glusterd until the maintenance is over"]
    );
    assert_eq!(plan.steps[0].danger, Danger::StopsBricks);
    let command = &plan.steps[0].command;
    let [look, mark, stop] = [
        "|| with_leave $volumes",
        "ConditionPathExists=!$mark",
        "daemon-reload\nstop_gluster",
    ]
    .map(|words| command.find(words).unwrap_or_else(|| panic!("{words}: {command}")));
    assert!(look < mark && mark < stop, "{command}");
    assert!(command.contains("volumes=gv0\n"), "{command}");

    rest(&mut answers[2]);
    assert!(planned_for(&inventory, &answers, &enter).is_done());
    let plan = planned_for(&inventory, &answers, &exit);
    assert_eq!(
        titles(&plan),
        [
            "kube3: start glusterd and the bricks",
            "kube1: heal volume gv0",
            "kube1: wait until all clients of volume gv0 see all bricks",
            "kube3: remove the mark of maintenance",
        ]
    );
    let needs: Vec<&[usize]> = plan.steps.iter().map(|step| step.needs.as_slice()).collect();
    assert_eq!(needs, [&[][..], &[0], &[1], &[2]]);
    // Nothing is known of the host.
    answers[2] = None;
    for operation in [enter, exit] {
        let plan = planned_for(&inventory, &answers, &operation);
        assert_eq!((plan.steps.len(), plan.problems.len()), (0, 1));
    }
}

fn reboot(hosts: &[&str]) -> Operation {
    Operation::Rolling(Rolling {
        act: Act::Reboot,
        run: "now".into(),
        hosts: hosts.iter().map(|name| host(name)).collect(),
        boot_seconds: 900,
    })
}

const ALL: [&str; 3] = ["kube1", "kube2", "kube3"];

#[test]
fn hosts_are_rebooted_one_after_the_other() {
    let inventory = openstack();
    let plan = planned_for(&inventory, &running(&inventory), &reboot(&ALL));
    let of_one = |name: &str, watcher: &str| {
        [
            format!("{name}: reboot {name}"),
            format!("{name}: wait until {name} has booted"),
            format!("{name}: wait until {name} serves and mounts"),
            format!("{watcher}: heal volume gv0"),
            format!("{watcher}: wait until all clients of volume gv0 see all bricks"),
            format!("{name}: note that the reboot is done here"),
        ]
    };
    let mut expected: Vec<String> = ALL
        .map(|name| format!("{name}: note that the reboot is to be done here"))
        .into();
    expected.push("kube2: heal volume gv0".into());
    expected.extend(of_one("kube1", "kube2"));
    expected.extend(of_one("kube2", "kube1"));
    expected.extend(of_one("kube3", "kube1"));
    assert_eq!(titles(&plan), expected);
    // Each step needs the step before; the first needs all notes.
    assert_eq!(plan.steps[3].needs, [0, 1, 2]);
    for (place, step) in plan.steps.iter().enumerate().skip(4) {
        assert_eq!(step.needs, [place - 1], "{}", step.title);
    }
    let dangers: Vec<&Danger> = plan
        .steps
        .iter()
        .map(|step| &step.danger)
        .filter(|danger| **danger != Danger::Safe)
        .collect();
    assert_eq!(dangers, [&Danger::Reboots; 3]);
    assert_eq!(plan.steps[5].success, Success::NewBoot("boot-0".into()));
    assert!(
        plan.steps[0].command.contains("reboot now - todo boot-0"),
        "{}",
        plan.steps[0].command
    );
}

#[test]
fn a_run_that_was_interrupted_carries_on_from_the_notes() {
    let inventory = openstack();
    let mut answers = running(&inventory);
    note(&mut answers[0], "reboot now - done");
    // kube2 has booted since the note was made.
    note(&mut answers[1], "reboot now - todo another");
    note(&mut answers[2], "reboot now - todo boot-2");
    let plan = planned_for(&inventory, &answers, &reboot(&ALL));
    let reboots: Vec<String> = titles(&plan)
        .into_iter()
        .filter(|title| title.contains(": reboot "))
        .collect();
    assert_eq!(reboots, ["kube3: reboot kube3"]);
    assert_eq!(titles(&plan)[0], "kube2: wait until kube2 has booted");
    note(&mut answers[1], "reboot now - done");
    note(&mut answers[2], "reboot now - done");
    assert!(planned_for(&inventory, &answers, &reboot(&ALL)).is_done());
    // The note of another run does not count.
    note(&mut answers[2], "reboot before - done");
    let plan = planned_for(&inventory, &answers, &reboot(&ALL));
    assert_eq!(titles(&plan)[0], "kube3: note that the reboot is to be done here");
}

#[test]
fn nothing_is_stopped_while_a_host_of_the_run_is_away_or_in_maintenance() {
    let inventory = openstack();
    let mut answers = running(&inventory);
    answers[1] = None;
    let plan = planned_for(&inventory, &answers, &reboot(&ALL));
    assert_eq!((plan.steps.len(), plan.problems.len()), (0, 1));
    let mut answers = running(&inventory);
    rest(&mut answers[2]);
    let plan = planned_for(&inventory, &answers, &reboot(&ALL));
    assert_eq!(plan.steps.len(), 0);
    assert!(
        plan.problems[0].message().contains("glusterctl maintenance exit kube3"),
        "{:?}",
        plan.problems
    );
}

#[test]
fn clients_are_updated_last_and_the_op_version_is_raised_at_the_end() {
    let text = "cluster: kube\ndefaults: {devices: [/dev/vdb]}\nhosts:\n  \
                - {name: web1, address: 198.51.100.9, role: client}\n  - {name: kube1, address: 198.51.100.11}\n";
    let inventory = inventory::read(text, "test").unwrap();
    let answers: Vec<Option<Answer>> = inventory.hosts.iter().map(|host| Some(blank(host))).collect();
    let operation = Operation::Rolling(Rolling {
        act: Act::Update {
            version: Some("11.1".into()),
            reboot: false,
            op_version: true,
        },
        run: "now".into(),
        hosts: vec![host("web1"), host("kube1")],
        boot_seconds: 900,
    });
    let plan = planned_for(&inventory, &answers, &operation);
    let titles = titles(&plan);
    let at = |title: &str| {
        titles
            .iter()
            .position(|found| found == title)
            .unwrap_or_else(|| panic!("{titles:#?}"))
    };
    assert!(at("kube1: note that the update is done here") < at("web1: update Gluster on web1 to 11.1"));
    assert_eq!(
        at("kube1: raise the operating version of the cluster"),
        titles.len() - 2
    );
    let update = |name: &str| &plan.steps[at(&format!("{name}: update Gluster on {name} to 11.1"))];
    assert_eq!(
        (&update("kube1").danger, &update("web1").danger),
        (&Danger::StopsBricks, &Danger::Safe)
    );
    assert!(
        update("web1").command.contains("role=client\n"),
        "{}",
        update("web1").command
    );
    assert!(update("web1").command.contains("version=11.1\n"));
}
