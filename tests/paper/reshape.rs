//! Volumes grow and shrink on paper: whatever step a run is killed at, the next run carries on, and the cluster on paper
//! refuses every command that comes before what the command needs.

use crate::support::paper::Cluster;
use glusterctl::inventory::{self, Inventory};
use glusterctl::plan::{Plan, Step};

/// An inventory of servers with these numbers and keys, and one volume with these keys.
fn inventory(servers: &[(usize, &str)], volume: &str) -> Inventory {
    let server =
        |(number, keys): &(usize, &str)| format!("  - {{name: kube{number}, address: 198.51.100.1{number}, {keys}}}\n");
    let servers: String = servers.iter().map(server).collect();
    let text = format!("cluster: paper\nhosts:\n{servers}volumes:\n  - {{name: gv0, {volume}, mount: /data}}\n");
    inventory::read(&text, "paper.yaml").unwrap_or_else(|report| panic!("{report}\n{text}"))
}

/// Whether a step changes the bricks of a volume or the pool, and does not only prepare a host.
fn is_work(step: &Step) -> bool {
    let words = [
        "volume gv0",
        "detach ",
        "look whether ",
        "unmount ",
        "probe ",
        "take out ",
        "delete ",
    ];
    words.iter().any(|words| step.title.contains(words))
}

/// Carries out plans; ends before the step of that number among the steps that are work. The titles of the work.
fn carry_out(cluster: &mut Cluster, until: usize) -> (Vec<String>, Plan) {
    let mut done = Vec::new();
    for _ in 0..12 {
        let plan = cluster.plan();
        if plan.steps.is_empty() {
            return (done, plan);
        }
        for step in &plan.steps {
            if is_work(step) {
                if done.len() == until {
                    return (done, plan);
                }
                done.push(step.title.clone());
            }
            cluster.run(step);
        }
    }
    panic!("steps are planned for ever: {:#?}", cluster.plan());
}

/// Changes a cluster from one inventory to another, killed before each step in turn; the bricks in the end, the hosts in the
/// pool, and the titles of the work without a kill.
fn changed(before: &Inventory, after: &Inventory) -> (Vec<String>, Vec<String>, Vec<String>) {
    let mut made = Cluster::blank(before);
    let (_, plan) = carry_out(&mut made, usize::MAX);
    assert!(plan.is_done(), "{plan:#?}");
    let changed = |until: usize| {
        let mut cluster = made.edited(after);
        let (titles, _) = carry_out(&mut cluster, until);
        let (rest, plan) = carry_out(&mut cluster, usize::MAX);
        assert!(plan.is_done(), "killed before step {until}: {plan:#?}");
        assert!(cluster.is_settled(), "killed before step {until}");
        let bricks = cluster.bricks().remove("gv0").unwrap_or_default();
        let pool = cluster.pool().into_iter().map(str::to_owned).collect();
        ([titles, rest].concat(), (bricks, pool))
    };
    let (titles, end) = changed(usize::MAX);
    // Of steps that several hosts do alike, the first is enough.
    let is_first = |until: &usize| !titles[..*until].contains(&titles[*until]);
    for until in (0..titles.len()).filter(is_first) {
        assert_eq!(changed(until).1, end, "killed before {:?}", titles[until]);
    }
    (end.0, end.1, titles)
}

/// Whether these words are in the titles, in this order.
fn in_order(titles: &[String], words: &[&str]) {
    let mut titles_left = titles.iter();
    for word in words {
        assert!(
            titles_left.any(|title| title.contains(word)),
            "{word} is not next in {titles:#?}"
        );
    }
}

const DISK: &str = "devices: [/dev/vdb]";
const LEAVING: &str = "devices: [/dev/vdb], leaving: true";

fn brick(number: usize) -> String {
    format!("kube{number}:/bricks/vdb/gv0")
}

fn bricks(numbers: &[usize]) -> Vec<String> {
    numbers.iter().map(|number| brick(*number)).collect()
}

#[test]
fn six_servers_of_three_hold_the_volume_after_the_files_were_spread() {
    let three = [(1, DISK), (2, DISK), (3, DISK)];
    let six = [three.to_vec(), vec![(4, DISK), (5, DISK), (6, DISK)]].concat();
    let (now, _, titles) = changed(&inventory(&three, "replica: 3"), &inventory(&six, "replica: 3"));
    assert_eq!(now, bricks(&[1, 2, 3, 4, 5, 6]));
    let words = [
        "has to be rebalanced",
        "add a set of bricks",
        "start the rebalance",
        "rebalance volume",
        "is finished",
    ];
    in_order(&titles, &words);
}

#[test]
fn new_sets_of_coded_parts_are_healed_before_files_are_moved() {
    let three = [(1, DISK), (2, DISK), (3, DISK)];
    let six = [three.to_vec(), vec![(4, DISK), (5, DISK), (6, DISK)]].concat();
    let coded = "disperse: {data: 2, redundancy: 1}";
    let (few, many) = (inventory(&three, coded), inventory(&six, coded));
    let mut cluster = Cluster::blank(&few);
    carry_out(&mut cluster, usize::MAX);
    let (titles, plan) = carry_out(&mut cluster.edited(&many), usize::MAX);
    assert!(plan.is_done(), "{plan:#?}");
    in_order(
        &titles,
        &[
            "add a set of bricks",
            "heal volume",
            "start the rebalance",
            "rebalance volume",
        ],
    );
}

#[test]
fn servers_that_leave_are_emptied_before_they_are_detached() {
    let servers = |keys: &'static str| [(1, DISK), (2, DISK), (3, DISK), (4, keys), (5, keys), (6, keys)];
    let (now, pool, titles) = changed(
        &inventory(&servers(DISK), "replica: 3"),
        &inventory(&servers(LEAVING), "replica: 3"),
    );
    assert_eq!(now, bricks(&[1, 2, 3]));
    assert_eq!(pool, ["kube1", "kube2", "kube3"]);
    let words = [
        "heal volume",
        "begin to empty 3 bricks",
        "empty bricks",
        "look whether",
        "take 3 bricks out",
        "clear what",
        "detach kube4",
    ];
    in_order(&titles, &words);
}

#[test]
fn bricks_that_are_emptied_and_stay_in_the_inventory_are_a_problem() {
    let servers = |keys: &'static str| [(1, DISK), (2, DISK), (3, DISK), (4, keys), (5, keys), (6, keys)];
    let stay = inventory(&servers(DISK), "replica: 3");
    let leave = inventory(&servers(LEAVING), "replica: 3");
    let mut cluster = Cluster::blank(&stay);
    carry_out(&mut cluster, usize::MAX);
    let mut cluster = cluster.edited(&leave);
    let (titles, _) = carry_out(&mut cluster, usize::MAX);
    let begun = titles
        .iter()
        .position(|title| title.contains("begin to empty"))
        .unwrap();
    let mut cluster = Cluster::blank(&stay);
    carry_out(&mut cluster, usize::MAX);
    let mut cluster = cluster.edited(&leave);
    carry_out(&mut cluster, begun + 1);
    let plan = cluster.edited(&stay).plan();
    let told: Vec<String> = plan.problems.iter().map(|problem| problem.message()).collect();
    let told = told.join("\n");
    assert!(!plan.steps.iter().any(is_work), "{plan:#?}");
    assert!(
        told.contains("Gluster is removing kube4:/bricks/vdb/gv0")
            && told.contains("remove-brick gv0 kube4:/bricks/vdb/gv0"),
        "{told}"
    );
}

#[test]
fn servers_of_both_sets_leave_and_what_stays_of_one_set_fills_the_other() {
    let servers = |keys: &'static str| [(1, DISK), (2, keys), (3, DISK), (4, keys), (5, DISK), (6, keys)];
    let (now, pool, titles) = changed(
        &inventory(&servers(DISK), "replica: 3"),
        &inventory(&servers(LEAVING), "replica: 3"),
    );
    assert_eq!(now, bricks(&[1, 5, 3]));
    assert_eq!(pool, ["kube1", "kube3", "kube5"]);
    in_order(
        &titles,
        &[
            "take 3 bricks out",
            "replace the brick kube2:/bricks/vdb/gv0",
            "heal volume",
            "detach kube2",
        ],
    );
}

#[test]
fn each_set_gets_a_copy_or_an_arbiter_and_is_healed() {
    let four = [(1, DISK), (2, DISK), (3, DISK), (4, DISK)];
    let six = [four.to_vec(), vec![(5, DISK), (6, DISK)]].concat();
    for wanted in ["replica: 3", "replica: 3, arbiter: 1"] {
        let (now, _, titles) = changed(&inventory(&four, "replica: 2"), &inventory(&six, wanted));
        assert_eq!(now, bricks(&[1, 2, 5, 3, 4, 6]), "{wanted}");
        in_order(
            &titles,
            &[
                "has to be healed",
                "which becomes replica 3",
                "heal volume gv0",
                "is finished",
            ],
        );
    }
}

const TWO: &str = "devices: [/dev/vdb, /dev/vdc]";
const ALLOWED: &str = "replica: 3, allow_same_host: true";

fn second(number: usize) -> String {
    format!("kube{number}:/bricks/vdc/gv0")
}

#[test]
fn a_brick_takes_a_place_beside_another_of_its_set_only_if_there_is_no_other() {
    let before = [(1, DISK), (2, DISK), (3, DISK)];
    let after = [(1, TWO), (2, DISK), (3, LEAVING)];
    let (now, pool, _) = changed(&inventory(&before, ALLOWED), &inventory(&after, ALLOWED));
    assert_eq!(now, [brick(1), brick(2), second(1)]);
    assert_eq!(pool, ["kube1", "kube2"]);
}

#[test]
fn a_crowded_set_does_not_stay_crowded_once_the_volume_does_not_allow_it() {
    let before = [(1, TWO), (2, DISK)];
    let other = "devices: [/dev/vdb, {path: /dev/vdc, leaving: true}, /dev/vdd]";
    let after = [(1, other), (2, TWO), (3, TWO)];
    let (now, ..) = changed(&inventory(&before, ALLOWED), &inventory(&after, "replica: 3"));
    let of_first = now[..3].iter().filter(|brick| brick.starts_with("kube1:")).count();
    assert_eq!((of_first, now.len()), (1, 6), "{now:?}");
}

#[test]
fn sets_get_bricks_on_a_host_that_has_one_if_the_volume_allows_it() {
    let (two, more) = ([(1, DISK), (2, DISK)], [(1, TWO), (2, DISK)]);
    let (now, ..) = changed(&inventory(&two, "replica: 2"), &inventory(&more, ALLOWED));
    assert_eq!(now, [brick(1), brick(2), second(1)]);
}

#[test]
fn one_host_can_hold_the_arbiters_of_all_sets() {
    let (two, three) = ([(1, TWO), (2, TWO)], [(1, TWO), (2, TWO), (3, TWO)]);
    let (now, _, titles) = changed(
        &inventory(&two, "replica: 2"),
        &inventory(&three, "replica: 3, arbiter: 1"),
    );
    assert_eq!([&now[2], &now[5]], [&brick(3), &second(3)]);
    in_order(
        &titles,
        &["are bare", "which becomes replica 3 arbiter 1", "heal volume gv0"],
    );
}

#[test]
fn a_volume_that_leaves_is_unmounted_and_deleted() {
    let three = [(1, DISK), (2, DISK), (3, DISK)];
    let (now, _, titles) = changed(
        &inventory(&three, "replica: 3"),
        &inventory(&three, "replica: 3, leaving: true"),
    );
    assert!(now.is_empty());
    in_order(
        &titles,
        &[
            "unmount /data",
            "stop volume gv0",
            "delete volume gv0",
            "delete /bricks/vdb/gv0",
        ],
    );
}

#[test]
fn a_distributed_volume_gets_new_bricks_before_others_are_emptied() {
    let before = [(1, DISK), (2, DISK)];
    let after = [(1, DISK), (2, LEAVING), (3, DISK)];
    let (now, pool, titles) = changed(
        &inventory(&before, "type: distribute"),
        &inventory(&after, "type: distribute"),
    );
    assert_eq!(now, bricks(&[1, 3]));
    assert_eq!(pool, ["kube1", "kube3"]);
    in_order(
        &titles,
        &[
            "add a set of bricks",
            "rebalance volume",
            "begin to empty 1 brick",
            "take 1 brick out",
            "detach kube2",
        ],
    );
}

#[test]
fn a_disk_that_is_named_instead_of_a_bricks_disk_is_left_alone_and_glusterd_goes_on_waiting_for_the_brick() {
    let devices = |path: &str| {
        let keys = format!("devices: [{path}]");
        inventory(
            &[(1, &keys), (2, "devices: [/dev/vdb]"), (3, "devices: [/dev/vdb]")],
            "replica: 3",
        )
    };
    let (right, wrong) = (devices("/dev/vdb"), devices("/dev/vdc"));
    let mut cluster = Cluster::blank(&right);
    carry_out(&mut cluster, usize::MAX);
    let plan = cluster.edited(&wrong).plan();
    assert!(plan.steps.is_empty(), "{plan:#?}");
    assert!(plan.problems[0].what.contains("kube1:/bricks/vdb/gv0"), "{plan:#?}");
    assert!(plan.waiting[0].what.contains("format /dev/vdc"), "{plan:#?}");
}
