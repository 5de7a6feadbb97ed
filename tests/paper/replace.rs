//! What `replace` plans, without hosts.

use crate::support::answers::*;
use glusterctl::desired::Desired;
use glusterctl::facts::Facts;
use glusterctl::inventory::{self, BrickName, HostName, Inventory};
use glusterctl::plan::{self, Danger, Operation, Plan, Problem, Replace};

fn name(text: &str) -> HostName {
    HostName::parse(text).unwrap()
}

fn replace(host: &str, brick: Option<&str>, with: Option<&str>) -> Replace {
    Replace {
        host: name(host),
        brick: brick.map(|brick| BrickName::parse(brick).unwrap()),
        with: with.map(name),
    }
}

fn plan_of(inventory: &Inventory, answers: &[Answer], replace: &Replace) -> Plan {
    let desired = Desired::of(inventory);
    let hosts = desired.hosts.iter().zip(answers);
    let hosts = hosts.map(|(host, answer)| (host.name().clone(), Ok(parse(host, answer))));
    let facts = Facts::new(&desired, hosts.collect());
    plan::plan(&desired, &facts, &Operation::Replace(replace.clone()))
}

fn problems(plan: &Plan) -> Vec<String> {
    plan.problems.iter().map(Problem::message).collect()
}

/// The three servers; the disk of kube3 is a new, blank one.
fn dead_disk(inventory: &Inventory) -> Vec<Answer> {
    let mut answers = all_done(inventory);
    let fresh = blank(&inventory.hosts[2]);
    let kube3 = &mut answers[2];
    kube3.insert("device /dev/vdb".to_owned(), fresh["device /dev/vdb"].clone());
    for section in ["xfs", "brick /bricks/vdb/gv0", "brick_processes"] {
        kube3.remove(section);
    }
    let mounts = kube3["mountinfo"].lines().filter(|line| !line.contains("/bricks/vdb"));
    let mounts = mounts.map(|line| format!("{line}\n")).collect();
    kube3.insert("mountinfo".to_owned(), mounts);
    answers
}

#[test]
fn a_new_disk_is_formatted_put_in_and_healed() {
    let inventory = openstack();
    let plan = plan_of(&inventory, &dead_disk(&inventory), &replace("kube3", Some("vdb"), None));
    assert!(plan.problems.is_empty() && plan.waiting.is_empty(), "{plan:#?}");
    let spec = "kube3:/bricks/vdb/gv0";
    let expected = [
        "kube3: format /dev/vdb with XFS".to_owned(),
        "kube3: mount /dev/vdb at /bricks/vdb".to_owned(),
        format!("kube1: check that kube1:/bricks/vdb/gv0 lacks nothing, and heals no other brick than {spec}"),
        format!("kube2: check that kube2:/bricks/vdb/gv0 lacks nothing, and heals no other brick than {spec}"),
        format!("kube3: put the new brick {spec} into volume gv0"),
        "kube3: heal volume gv0".to_owned(),
        "kube3: compare the names on kube3:/bricks/vdb/gv0 with another brick's".to_owned(),
    ];
    assert_eq!(titles(&plan), expected);
    // Each step needs all steps before, but the two checks, which need each other not.
    assert_eq!(plan.steps[4].needs, [1, 2, 3]);
    assert_eq!((&plan.steps[5].needs, &plan.steps[6].needs), (&vec![4], &vec![5]));
}

#[test]
fn a_brick_that_is_whole_is_only_looked_at_until_it_is_healed() {
    let inventory = openstack();
    let plan = plan_of(&inventory, &all_done(&inventory), &replace("kube3", None, None));
    assert!(plan.problems.is_empty(), "{plan:#?}");
    let names = "kube3: compare the names on kube3:/bricks/vdb/gv0 with another brick's";
    assert_eq!(titles(&plan), ["kube3: heal volume gv0", names]);
    // The first brick of the set is another one, and is asked.
    assert!(
        plan.steps[1].command.contains("\nsource=0\n"),
        "{}",
        plan.steps[1].command
    );
}

#[test]
fn nothing_is_done_while_another_brick_of_the_set_is_down() {
    let inventory = openstack();
    let mut answers = dead_disk(&inventory);
    answers[1].remove("brick_processes");
    let plan = plan_of(&inventory, &answers, &replace("kube3", Some("vdb"), None));
    assert!(plan.steps.is_empty(), "{:?}", titles(&plan));
    let told =
        "another brick of the set of kube3:/bricks/vdb/gv0 does not run, or is not known to run: kube2:/bricks/vdb/gv0";
    assert!(problems(&plan)[0].contains(told), "{:?}", problems(&plan));
}

#[test]
fn a_dead_disk_is_unmounted_before_anything_else() {
    let inventory = openstack();
    let mut answers = dead_disk(&inventory);
    let mounts = all_done(&inventory)[2]["mountinfo"].clone();
    answers[2].insert("mountinfo".to_owned(), mounts);
    let plan = plan_of(&inventory, &answers, &replace("kube3", Some("vdb"), None));
    assert_eq!(titles(&plan), ["kube3: unmount the dead disk at /bricks/vdb"]);
    assert_eq!(plan.waiting.len(), 1);
    // A brick that runs has no dead disk.
    answers[2].insert("brick_processes".to_owned(), "/bricks/vdb/gv0\n".to_owned());
    let plan = plan_of(&inventory, &answers, &replace("kube3", Some("vdb"), None));
    assert!(
        !titles(&plan).iter().any(|title| title.contains("dead disk")),
        "{plan:#?}"
    );
}

#[test]
fn a_new_disk_that_is_formatted_is_mounted_and_put_in_before_anything_is_healed() {
    let inventory = openstack();
    let mut answers = all_done(&inventory);
    // The run before was interrupted after the format.
    for section in ["brick /bricks/vdb/gv0", "brick_processes"] {
        answers[2].remove(section);
    }
    let mounts = answers[2]["mountinfo"].replace("/bricks/vdb", "/elsewhere");
    answers[2].insert("mountinfo".to_owned(), mounts);
    let kube3 = replace("kube3", Some("vdb"), None);
    let plan = plan_of(&inventory, &answers, &kube3);
    assert_eq!(titles(&plan), ["kube3: mount /dev/vdb at /bricks/vdb"]);
    assert_eq!(plan.waiting.len(), 1, "{:?}", plan.waiting);
    answers[2].insert("mountinfo".to_owned(), all_done(&inventory)[2]["mountinfo"].clone());
    let titles = titles(&plan_of(&inventory, &answers, &kube3));
    let put = titles.iter().position(|title| title.contains("put the new brick"));
    let heal = titles.iter().position(|title| title.contains("heal volume gv0"));
    assert!(put.is_some() && put < heal, "{titles:?}");
}

#[test]
fn a_disk_that_still_shows_the_brick_is_not_replaced_by_another() {
    let old = openstack();
    let text = std::fs::read_to_string("inventories/openstack.yaml").unwrap();
    let text = text.replace(
        "198.51.100.13, devices: [/dev/vdb]",
        "198.51.100.13, devices: [{path: /dev/vdc, name: vdb}]",
    );
    let inventory = inventory::read(&text, "test").unwrap();
    let mut answers = all_done(&old);
    answers[2].remove("brick_processes");
    let new = "device /dev/vdc".to_owned();
    let fresh = blank(&inventory.hosts[2])[&new].replace("254:16", "254:32");
    answers[2].insert(new, fresh);
    let kube3 = replace("kube3", Some("vdb"), None);
    let plan = plan_of(&inventory, &answers, &kube3);
    assert!(plan.steps.is_empty(), "{:?}", titles(&plan));
    let told = "kube3: /dev/vdb still shows the file system of the brick vdb, so that the brick is not lost, and /dev/vdc does \
                not take its place\ntake the old disk out of the host";
    assert!(problems(&plan)[0].starts_with(told), "{:?}", problems(&plan));
    // Without the old disk, or once the disk is erased, the new one is taken.
    answers[2].remove("xfs");
    let plan = plan_of(&inventory, &answers, &kube3);
    assert_eq!(titles(&plan), ["kube3: unmount the dead disk at /bricks/vdb"]);
}

#[test]
fn a_reinstalled_host_is_prepared_first_and_waits_for_its_pool() {
    let inventory = openstack();
    let mut answers = all_done(&inventory);
    answers[2] = blank(&inventory.hosts[2]);
    for answer in &mut answers[..2] {
        let pool = answer["pool"].replace(
            &format!("<uuid>{}</uuid><hostname>kube3</hostname><hostnames><hostname>kube3</hostname></hostnames><connected>1", UUIDS[2]),
            &format!("<uuid>{}</uuid><hostname>kube3</hostname><hostnames><hostname>kube3</hostname></hostnames><connected>0", UUIDS[2]),
        );
        answer.insert("pool".to_owned(), pool);
    }
    let plan = plan_of(&inventory, &answers, &replace("kube3", None, None));
    assert!(plan.problems.is_empty(), "{:?}", problems(&plan));
    let titles = titles(&plan);
    assert!(titles.iter().all(|title| title.starts_with("kube3: ")), "{titles:?}");
    assert!(
        titles.contains(&"kube3: give glusterd its old identity back".to_owned()),
        "{titles:?}"
    );
    assert!(
        !titles.iter().any(|title| title.contains("put the new brick")),
        "{titles:?}"
    );
    assert!(
        plan.waiting
            .iter()
            .any(|waiting| waiting.what.contains("the new bricks of volume gv0"))
    );
}

/// The inventory in which kube4 has the place of kube3, and the answers: kube4 is blank, and kube3 is gone or alive.
fn moved(connected: bool) -> (Inventory, Vec<Answer>) {
    let text = std::fs::read_to_string("inventories/openstack.yaml").unwrap();
    let text = text.replace("kube3", "kube4").replace("198.51.100.13", "198.51.100.14");
    let inventory = inventory::read(&text, "test").unwrap();
    let old = openstack();
    let mut answers = all_done(&old);
    answers[2] = blank(&inventory.hosts[2]);
    for answer in &mut answers[..2] {
        let state = format!("<connected>{}</connected><state>", u8::from(connected));
        let (before, kube3) = answer["pool"]
            .split_once("<hostname>kube3</hostname></hostnames>")
            .unwrap();
        let pool = format!(
            "{before}<hostname>kube3</hostname></hostnames>{}",
            kube3.replacen("<connected>1</connected><state>", &state, 1)
        );
        answer.insert("pool".to_owned(), pool);
    }
    (inventory, answers)
}

#[test]
fn another_host_takes_the_place_of_a_host_that_is_gone_or_alive() {
    for connected in [false, true] {
        let (inventory, answers) = moved(connected);
        let plan = plan_of(&inventory, &answers, &replace("kube3", None, Some("kube4")));
        assert!(plan.problems.is_empty(), "{:?}", problems(&plan));
        let titles = titles(&plan);
        let at = |title: &str| {
            let place = titles.iter().position(|found| found == title);
            place.unwrap_or_else(|| panic!("{title} is not in {titles:#?}"))
        };
        let given = at("kube4: give the place of kube3:/bricks/vdb/gv0 in volume gv0 to kube4:/bricks/vdb/gv0");
        let healed = at("kube4: heal volume gv0");
        let detached = titles
            .iter()
            .position(|title| title.ends_with(": detach kube3"))
            .unwrap();
        assert_eq!(
            (&plan.steps[healed].needs, &plan.steps[detached].needs),
            (&vec![given], &vec![healed, healed + 1])
        );
        // The old host's name stays known until it is out of the pool.
        let names = &plan.steps[at("kube1: write the names of all 3 hosts and of kube3 to /etc/hosts")].command;
        assert!(
            names.contains("198.51.100.13 kube3\n") && names.contains("198.51.100.14 kube4\n"),
            "{names}"
        );
        let takes = matches!(plan.steps[given].danger, Danger::TakesRedundancy { .. });
        assert_eq!(takes, connected, "{:?}", plan.steps[given].danger);
        // Without the command, the same edit is refused.
        assert!(!planned(&inventory, &answers).problems.is_empty());
    }
}

#[test]
fn another_host_takes_the_place_of_a_host_that_the_inventory_lets_go() {
    let text = std::fs::read_to_string("inventories/openstack.yaml").unwrap();
    let line = text.lines().find(|line| line.contains("kube3")).unwrap();
    let other = line.replace("kube3", "kube4").replace("198.51.100.13", "198.51.100.14");
    let leaving = line.replace('}', ", leaving: true}");
    let both = inventory::read(&text.replace(line, &format!("{leaving}\n{other}")), "test").unwrap();
    let after = inventory::read(&text.replace(line, &other), "test").unwrap();
    let kube3 = replace("kube3", None, Some("kube4"));

    let mut answers = all_done(&openstack());
    answers.push(blank(&both.hosts[3]));
    let plan = plan_of(&both, &answers, &kube3);
    assert!(plan.problems.is_empty(), "{:?}", problems(&plan));
    let names = plan
        .steps
        .iter()
        .find(|step| step.title.contains("the names of"))
        .unwrap();
    let count = |name: &str| names.command.matches(name).count();
    assert_eq!([".13 kube3\n", ".14 kube4\n"].map(count), [1, 1], "{}", names.command);

    // Once kube4 has the place, and kube3 was detached, kube3 is not taken into the pool again.
    let mut done = all_done(&after);
    let mut old = answers.remove(2);
    old.retain(|section, _| !["pool", "volumes", "brick_processes", "glusterd_state"].contains(&section.as_str()));
    done.insert(2, old);
    for plan in [plan_of(&both, &done, &kube3), planned(&both, &done)] {
        let titles = titles(&plan);
        let probes = titles.iter().any(|title| title.contains("probe"));
        assert!(plan.problems.is_empty() && !probes, "{titles:?} {:?}", problems(&plan));
    }
}

#[test]
fn names_that_are_wrong_change_nothing() {
    let inventory = openstack();
    let answers = dead_disk(&inventory);
    for (replace, told) in [
        (replace("kube9", None, None), "the inventory has no server kube9"),
        (
            replace("kube3", Some("vdx"), None),
            "the inventory has no such brick on the host; it has vdb",
        ),
    ] {
        let plan = plan_of(&inventory, &answers, &replace);
        assert!(plan.steps.is_empty() && problems(&plan)[0].contains(told), "{plan:?}");
    }
}

/// What kube3, with a blank disk, plans by itself: of the others it knows what their glusterds say.
fn plan_of_a_lost_pod(host: &str, silent: &str) -> Plan {
    let inventory = openstack();
    let answers = dead_disk(&inventory);
    let desired = Desired::of(&inventory);
    let facts = desired.hosts.iter().zip(&answers).map(|(host, answer)| {
        let name = host.name().as_str();
        let section = |kind: &str| format!("\n{MARK} self_managed {name} {kind}\n{}", answer[kind]);
        let said = match name == silent {
            true => String::new(),
            false => section("pool") + &section("volumes"),
        };
        let said = format!("\n{MARK} self_managed {name}\nlistens=yes\n{said}\n{MARK} end\n");
        let seen = match name {
            "kube3" => parse(host, answer),
            _ => glusterctl::facts::HostFacts::parse_self_managed(&said, MARK, host).unwrap(),
        };
        (host.name().clone(), Ok(seen))
    });
    let facts = Facts::new(&desired, facts.collect());
    plan::plan(&desired, &facts, &Operation::Replace(replace(host, None, None)))
}

#[test]
fn a_host_that_provisions_itself_replaces_its_own_bricks_with_consent() {
    let plan = plan_of_a_lost_pod("kube3", "");
    assert!(plan.problems.is_empty(), "{:?}", plan.problems);
    assert!(
        plan.steps.iter().all(|step| step.host.as_str() == "kube3"),
        "{:?}",
        titles(&plan)
    );
    let put = plan
        .steps
        .iter()
        .find(|step| step.title.starts_with("put the new brick"));
    let put = put.unwrap_or_else(|| panic!("{:?}", titles(&plan)));
    assert!(matches!(put.danger, Danger::TakesRedundancy { .. }), "{:?}", put.danger);
    let silent = problems(&plan_of_a_lost_pod("kube3", "kube2"));
    assert!(
        silent
            .iter()
            .any(|what| what.contains("is not known to run: kube2:/bricks/vdb/gv0")),
        "{silent:?}"
    );
    let elsewhere = problems(&plan_of_a_lost_pod("kube1", ""));
    assert!(
        elsewhere
            .iter()
            .any(|what| what.contains("run the same command on the host itself")),
        "{elsewhere:?}"
    );
}
