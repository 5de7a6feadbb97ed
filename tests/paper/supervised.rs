//! What is planned for a host without systemd that `glusterctl node` looks after.

use std::process::Command;

use serde_json::Value;

use crate::support::answers::*;
use crate::support::{PROGRAM, documents};
use glusterctl::desired::Desired;
use glusterctl::facts::{Facts, HostFacts};
use glusterctl::inventory::Inventory;
use glusterctl::plan::{self, Operation, Plan};

/// The plan of kube1, whose answer has these lines more; the other hosts do not answer yet.
fn plan_of_node(inventory: &Inventory, more: &str) -> Plan {
    let mut answers = all_blank(inventory);
    let host = answers[0].get_mut("host").unwrap();
    *host = host.replace("init=systemd", "init=glusterctl") + "node=yes\n" + more;
    let mut plan = planned(inventory, &answers);
    plan.steps.retain(|step| step.host.as_str() == "kube1");
    plan
}

#[test]
fn a_supervised_host_gets_bricks_and_glusterd_and_nothing_of_systemd() {
    let inventory = openstack();
    let plan = plan_of_node(&inventory, "");
    assert!(plan.problems.is_empty(), "{:?}", plan.problems);
    let own: Vec<String> = titles(&plan).into_iter().take(6).collect();
    assert_eq!(
        own,
        [
            "kube1: format /dev/vdb with XFS",
            "kube1: write /bricks/vdb, /data to /run/glusterctl/fstab",
            "kube1: make /bricks/vdb, /data immutable below the mount",
            "kube1: mount /dev/vdb at /bricks/vdb",
            "kube1: make the brick directory /bricks/vdb/gv0",
            "kube1: enable and start glusterd",
        ]
    );
    for step in &plan.steps {
        assert!(
            step.command
                .starts_with("# Before every step on a host that `glusterctl node`"),
            "{}",
            step.command
        );
    }
}

#[test]
fn programs_that_an_image_lacks_are_named_and_nothing_is_done() {
    let inventory = openstack();
    let plan = plan_of_node(&inventory, "lacks=mkfs.xfs\nlacks=glusterd\n");
    assert_eq!(titles(&plan), Vec::<String>::new());
    let problems: Vec<String> = plan.problems.iter().map(|problem| problem.message()).collect();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].starts_with("kube1: lacks programs: glusterd, mkfs.xfs\nput them into the image"),
        "{problems:?}"
    );
}

#[test]
fn glusterd_is_not_started_before_its_state_is_in_place() {
    let inventory = openstack();
    let has_glusterd = |plan: &Plan| titles(plan).contains(&"kube1: enable and start glusterd".to_owned());
    for (directory, mount) in [("/bricks/vdb/glusterd", "/bricks/vdb"), ("/srv/state", "")] {
        let plan = plan_of_node(&inventory, &format!("state={directory}\n"));
        let last = plan.steps.last().unwrap();
        assert_eq!(last.title, format!("bind {directory} over /var/lib/glusterd"));
        assert!(
            last.command.contains(&format!("\ntarget='{mount}'\n"))
                || last.command.contains(&format!("\ntarget={mount}\n")),
            "{}",
            last.command
        );
        assert!(!has_glusterd(&plan));
        let bound = plan_of_node(&inventory, &format!("state={directory}\nstate_bound=yes\n"));
        assert!(has_glusterd(&bound), "{:?}", titles(&bound));
    }
}

/// A pool whose hosts have no address of their own.
fn by_names() -> Inventory {
    let text = "cluster: kube\nconnection: local\nhosts:\n\
                - {name: kube1, address: dns, devices: [/dev/vdb]}\n- {name: kube2, address: dns, devices: [/dev/vdb]}\n\
                - {name: kube3, address: dns, devices: [/dev/vdb]}\nvolumes: [{name: gv0, replica: 3, mount: /data}]\n";
    glusterctl::inventory::read(text, "test").unwrap()
}

/// The plan of kube1, in that pool; kube1 has kube2 under these names.
fn plan_by_names(hostname: &str, more: &str, connected: &str) -> Plan {
    let inventory = by_names();
    let mut answers = all_done(&inventory);
    let host = answers[0].get_mut("host").unwrap();
    *host = host.replace("init=systemd", "init=glusterctl") + "node=yes\n";
    let pool = answers[0].get_mut("pool").unwrap();
    let peer = |first: &str, names: &str, connected: &str| {
        format!("<hostname>{first}</hostname><hostnames>{names}</hostnames><connected>{connected}</connected>")
    };
    let usual = peer("kube2", "<hostname>kube2</hostname>", "1");
    assert!(pool.contains(&usual));
    *pool = pool.replace(&usual, &peer(hostname, more, connected));
    let mut plan = planned(&inventory, &answers);
    plan.steps.retain(|step| step.host.as_str() == "kube1");
    plan
}

#[test]
fn a_peer_whose_address_may_change_is_found_by_its_name() {
    const MEND: &str = "kube1: let glusterd find kube2 by name";
    let names = |names: &[&str]| -> String {
        names
            .iter()
            .map(|name| format!("<hostname>{name}</hostname>"))
            .collect()
    };
    let titles_of =
        |hostname: &str, more: &[&str], connected: &str| titles(&plan_by_names(hostname, &names(more), connected));
    let mends = |titles: &[String]| titles.iter().any(|title| title == MEND);
    let address = "198.51.100.12";
    assert!(mends(&titles_of(address, &[address, "kube2"], "1")));
    // glusterd's memory has the name, and its file begins with the address.
    assert!(mends(&titles_of("kube2", &[address, "kube2"], "1")));
    // The peer is away, or its address has changed: what glusterd there calls itself proves who it is.
    assert!(mends(&titles_of(address, &[address], "0")));
    // A connected peer is probed by its name first.
    let probed = titles_of(address, &[address], "1");
    assert!(
        !mends(&probed) && probed.contains(&"kube1: probe kube2".to_owned()),
        "{probed:?}"
    );
    for (hostname, more) in [
        ("kube2", ["kube2", address]),
        ("kube2.pods.cluster.local", ["kube2.pods.cluster.local", "kube2"]),
    ] {
        assert!(!mends(&titles_of(hostname, &more, "1")), "{hostname}");
    }
    let plan = plan_by_names(address, &names(&[address, "kube2"]), "1");
    let step = plan.steps.iter().find(|step| MEND.ends_with(&step.title)).unwrap();
    assert!(
        step.command.contains(&format!("peers='{} kube2'", UUIDS[1])),
        "{}",
        step.command
    );
}

#[test]
fn a_member_that_may_be_a_host_whose_name_is_not_found_is_no_server_to_be_detached() {
    let inventory = by_names();
    let desired = Desired::of(&inventory);
    let plan_with = |address: &str| {
        let mut answers = all_done(&inventory);
        // Name servers do not find kube2: nobody can ask it, and kube1 has it by its address.
        let pool = answers[0].get_mut("pool").unwrap();
        *pool = pool.replace("<hostname>kube2</hostname>", &format!("<hostname>{address}</hostname>"));
        let seen = desired.hosts.iter().zip(&answers).map(|(host, answer)| {
            let seen = match host.name().as_str() {
                "kube1" => parse(host, answer),
                _ => HostFacts::parse_self_managed(&format!("\n{MARK} end\n"), MARK, host).unwrap(),
            };
            (host.name().clone(), Ok(seen))
        });
        plan::plan(&desired, &Facts::new(&desired, seen.collect()), &Operation::Apply).problems
    };
    let problems = plan_with("198.51.100.12");
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(
        problems[0].what,
        "kube1 is in a trusted storage pool with 198.51.100.12, which may be kube2: that name is not found"
    );
    assert!(!problems[0].remedy.contains("detach"), "{problems:?}");
    let problems = plan_with("elsewhere");
    assert!(
        problems[0].what.ends_with("and the inventory has no such server"),
        "{problems:?}"
    );
}

#[test]
fn hosts_without_an_address_are_in_no_file_of_names() {
    let text = "cluster: kube\nhosts:\n\
                - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}\n\
                - {name: pod-0.gl.ns.svc, address: dns, connection: local, devices: [/dev/vdb]}\n";
    let inventory = glusterctl::inventory::read(text, "test").unwrap();
    let names = glusterctl::desired::Desired::of(&inventory).names.text;
    assert_eq!(
        names,
        "# BEGIN glusterctl kube\n198.51.100.11 kube1\n# END glusterctl kube\n"
    );
}

#[test]
fn what_destroys_data_is_left_to_a_person_with_all_that_needs_it() {
    let text = std::fs::read_to_string("inventories/openstack.yaml").unwrap();
    let leaving = text.replace("mount: /data}", "mount: /data, leaving: true}");
    assert_ne!(text, leaving);
    let inventory = glusterctl::inventory::read(&leaving, "test").unwrap();
    let plan = planned(&inventory, &all_done(&openstack()));
    let deletes = |plan: &Plan| titles(plan).iter().any(|title| title.contains("delete volume gv0"));
    assert!(deletes(&plan), "{:?}", titles(&plan));
    let left = glusterctl::plan::left_to_a_person(plan);
    assert!(!deletes(&left) && left.steps.iter().all(|step| !step.danger.needs_a_person()));
    for (at, step) in left.steps.iter().enumerate() {
        assert!(step.needs.iter().all(|need| *need < at));
    }
    let until = "a person has run glusterctl apply on this host, which asks first";
    let waits = left
        .waiting
        .iter()
        .any(|wait| wait.what.contains("delete volume gv0") && wait.until == until);
    assert!(
        waits,
        "{:?}",
        left.waiting.iter().map(|wait| &wait.what).collect::<Vec<_>>()
    );
    // Devices are formatted as ever.
    let blank = planned(&openstack(), &all_blank(&openstack()));
    let formatted = titles(&glusterctl::plan::left_to_a_person(blank));
    assert!(
        formatted.contains(&"kube1: format /dev/vdb with XFS".to_owned()),
        "{formatted:?}"
    );
}

#[test]
fn the_probe_answers_no_in_a_document_where_it_cannot_tell_which_host_it_is() {
    let probe = |args: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command
            .args(["-i", "inventories/openstack.yaml"])
            .args(args)
            .args(["node", "ok-to-stop"])
            .env("GLUSTERCTL_NODE", "kube9");
        command.output().unwrap()
    };
    let output = probe(&[]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let output = probe(&["-o", "json"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    documents::valid("probe", &answer);
    assert_eq!(answer["ok"], false);
    let why = answer["why"].as_str().unwrap();
    assert!(why.contains("no host of the inventory is called \"kube9\""), "{why}");
}
