//! What is planned for a host without systemd that `glusterctl node` looks after.

#![allow(clippy::unwrap_used, reason = "helpers of tests are outside of #[test]")]

#[path = "support/answers.rs"]
mod answers;

use answers::*;
use glusterctl::inventory::Inventory;
use glusterctl::plan::Plan;

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
