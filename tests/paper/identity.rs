//! Whether the machines that were observed are the hosts of the inventory, without hosts.

use std::net::IpAddr;

use crate::support::answers::*;
use glusterctl::inventory::{self, HostName, Inventory};
use glusterctl::plan::{Danger, Plan};

/// A plan without a step, and its one problem.
fn problem(plan: &Plan) -> String {
    assert_eq!(titles(plan), Vec::<String>::new());
    assert_eq!(plan.problems.len(), 1, "{:#?}", plan.problems);
    assert_eq!(plan.waiting[0].what, "every change, on every host");
    plan.problems[0].message()
}

/// The openstack inventory with another address of kube2.
fn kube2_at(address: &str) -> Inventory {
    let text = std::fs::read_to_string("inventories/openstack.yaml").unwrap();
    assert!(text.contains("198.51.100.12"));
    inventory::read(&text.replace("198.51.100.12", address), "test").unwrap()
}

#[test]
fn blank_machines_are_what_they_call_themselves() {
    let inventory = openstack();
    let mut answers = all_blank(&inventory);
    let host = |name: &str, address: &str| format!("uid=0\nname={name}\ninit=systemd\naddress={address}\n");
    answers[0].insert("host".into(), host("kube2.example.org", "198.51.100.11"));
    answers[1].insert("host".into(), host("kube1", "198.51.100.12"));
    let told = problem(&planned(&inventory, &answers));
    assert!(
        told.contains("the machine at 198.51.100.11 is kube2, not kube1"),
        "{told}"
    );
    assert!(
        told.contains("the machine at 198.51.100.12 is kube1, not kube2"),
        "{told}"
    );
    // Any other name says nothing.
    for (answer, address) in answers
        .iter_mut()
        .zip(["198.51.100.11", "198.51.100.12", "198.51.100.13"])
    {
        answer.insert("host".into(), host("debian", address));
    }
    assert!(planned(&inventory, &answers).problems.is_empty());
}

#[test]
fn a_machine_has_its_address_and_is_no_other_host() {
    let inventory = openstack();
    let mut answers = all_blank(&inventory);
    let own = answers[1]["host"].clone();
    answers[1].insert(
        "host".into(),
        own.replace("198.51.100.12", "198.51.100.112\naddress=127.0.0.1"),
    );
    let told = problem(&planned(&inventory, &answers));
    assert!(
        told.starts_with("kube2: the machine that SSH reached at 198.51.100.12 does not have the address"),
        "{told}"
    );
    assert!(told.contains("the machine has 198.51.100.112"), "{told}");
    for (answer, own) in answers.iter_mut().zip(["a", "b", "b"]) {
        let host = answer["host"].clone() + &format!("machine_id=1\nboot_id={own}\n");
        answer.insert("host".into(), host);
    }
    let told = problem(&planned(&inventory, &answers));
    assert!(
        told.starts_with("kube2 and kube3 are one and the same machine"),
        "{told}"
    );
}

#[test]
fn a_host_that_moved_is_proved_by_its_glusterd_and_needs_consent() {
    let (before, after) = (openstack(), kube2_at("198.51.100.22"));
    let mut answers = all_done(&before);
    let told = problem(&planned(&after, &answers));
    assert!(told.contains("does not have the address 198.51.100.22"), "{told}");
    let host = answers[1]["host"].clone() + "address=198.51.100.22\n";
    answers[1].insert("host".into(), host);
    let plan = planned(&after, &answers);
    assert!(plan.problems.is_empty(), "{:#?}", plan.problems);
    let [from, to] = [IpAddr::from([198, 51, 100, 12]), IpAddr::from([198, 51, 100, 22])];
    let moves = Danger::MovesHosts {
        hosts: [(HostName::parse("kube2").unwrap(), from, to)].into(),
    };
    let dangers: Vec<&Danger> = plan.steps.iter().map(|step| &step.danger).collect();
    assert_eq!(dangers, [&moves; 3], "{:#?}", titles(&plan));
    // Without an answer of glusterd and without an identity on disk, nothing is proved.
    for section in ["pool", "volumes", "glusterd_state"] {
        answers[1].remove(section);
    }
    for answer in [0, 2] {
        let pool = answers[answer]["pool"].replace("<connected>1", "<connected>0");
        answers[answer].insert("pool".into(), pool);
    }
    let told = problem(&planned(&after, &answers));
    assert!(told.contains("nothing proves that the host moved there"), "{told}");
}

#[test]
fn what_glusterd_has_on_disk_proves_as_much_as_what_it_answers() {
    let inventory = openstack();
    let mut answers = all_done(&inventory);
    for (at, answer) in answers.iter_mut().enumerate() {
        for section in ["pool", "volumes", "brick_processes"] {
            answer.remove(section);
        }
        let others = (0..3).filter(|other| *other != at);
        let peers = others.map(|other| format!("uuid={}\nhostname1=kube{}\n", UUIDS[other], other + 1));
        answer.insert("peers_on_disk".into(), peers.collect());
        answer.insert("glusterd_state".into(), format!("uuid={}\nvolume=gv0 \n", UUIDS[at]));
        let units = answer["units"].replacen("active", "inactive", 1);
        answer.insert("units".into(), units);
    }
    assert!(planned(&inventory, &answers).problems.is_empty());
    let state = answers[0]["glusterd_state"].clone();
    let other = answers[1].insert("glusterd_state".into(), state).unwrap();
    answers[0].insert("glusterd_state".into(), other);
    let told = problem(&planned(&inventory, &answers));
    assert!(
        told.contains("the machine at 198.51.100.11 is kube2, not kube1"),
        "{told}"
    );
}

#[test]
fn a_probed_peer_that_has_not_answered_yet_has_no_identity() {
    const ZEROS: &str = "00000000-0000-0000-0000-000000000000";
    let inventory = openstack();
    let mut answers = all_done(&inventory);
    for section in ["pool", "volumes", "brick_processes"] {
        answers[0].remove(section);
    }
    let peers = format!("uuid={ZEROS}\nhostname1=kube2\n");
    answers[0].insert("peers_on_disk".into(), peers);
    answers[0].insert("glusterd_state".into(), format!("uuid={}\n", UUIDS[0]));
    let plan = planned(&inventory, &answers);
    let told: Vec<String> = plan.problems.iter().map(|problem| problem.message()).collect();
    assert!(told.iter().all(|told| !told.contains(ZEROS)), "{told:#?}");
}
