//! Quotas on paper: what is set, in which order, carried on after every interruption; and limits of somebody else's that stay.

use crate::support::paper::Cluster;
use glusterctl::inventory::{self, Inventory};
use glusterctl::plan::Step;

fn inventory(keys: &str) -> Inventory {
    let text = format!(
        "cluster: paper\ndefaults: {{devices: [/dev/vdb]}}\nhosts:\n  - {{name: kube1, address: 198.51.100.11}}\n  \
         - {{name: kube2, address: 198.51.100.12}}\n  - {{name: kube3, address: 198.51.100.13}}\nvolumes:\n  \
         - {{name: gv0, replica: 3, mount: /data{keys}}}\n"
    );
    inventory::read(&text, "test").unwrap_or_else(|report| panic!("{report}"))
}

const BOTH: &str = ", quota: {limit: 10Gi, directories: {/a/b: 1Gi}}";

/// The gluster commands of steps about the quota, without what all commands have, and the steps that make directories.
fn told(steps: &[Step]) -> Vec<String> {
    let command = |step: &Step| {
        let words = step.command.strip_prefix("gluster --mode=script --xml volume ");
        let words = words.filter(|words| words.contains("quota")).map(str::to_owned);
        words.or_else(|| step.title.starts_with("make /data/a").then(|| step.title.clone()))
    };
    steps.iter().filter_map(command).collect()
}

/// Somebody types a command of the quota.
fn typed(cluster: &mut Cluster, words: &str) {
    let mut step = cluster.plan().steps.first().cloned().unwrap_or_else(|| {
        let mut blank = Cluster::blank(Box::leak(Box::new(inventory("")))).plan();
        blank.steps.remove(0)
    });
    step.host = "kube1".parse().unwrap();
    step.title = "typed".to_owned();
    step.danger = glusterctl::plan::Danger::Safe;
    step.command = format!("gluster --mode=script --xml volume quota gv0 {words}");
    cluster.run(&step);
}

#[test]
fn a_quota_is_set_changed_and_removed_and_then_nothing_is_left() {
    let (none, both) = (inventory(""), inventory(BOTH));
    let mut cluster = Cluster::running(&none).edited(&both);
    let (steps, last) = cluster.converge();
    assert!(last.is_done(), "{last:#?}");
    assert_eq!(
        told(&steps),
        [
            "make /data/a/b",
            "set gv0 user.glusterctl.quota /,/a/b",
            "quota gv0 enable",
            "quota gv0 limit-usage / 10737418240",
            "quota gv0 limit-usage /a/b 1073741824",
        ]
    );
    let other = inventory(", quota: {limit: 20Gi, directories: {/a/c: 1Gi}}");
    let mut cluster = cluster.edited(&other);
    let (steps, last) = cluster.converge();
    assert!(last.is_done(), "{last:#?}");
    assert_eq!(
        told(&steps),
        [
            "make /data/a/c",
            "set gv0 user.glusterctl.quota /,/a/b,/a/c",
            "quota gv0 limit-usage / 21474836480",
            "quota gv0 limit-usage /a/c 1073741824",
            "quota gv0 remove /a/b",
            "set gv0 user.glusterctl.quota /,/a/c",
        ]
    );
    let mut cluster = cluster.edited(&none);
    let (steps, last) = cluster.converge();
    assert!(last.is_done(), "{last:#?}");
    assert_eq!(
        told(&steps),
        ["quota gv0 disable", "set gv0 user.glusterctl.quota none"]
    );
    assert_eq!(cluster.limits("gv0"), None);
}

#[test]
fn a_new_volume_has_its_quota_after_one_plan_that_creates_it() {
    let both = inventory(BOTH);
    let mut cluster = Cluster::blank(&both);
    let (steps, last) = cluster.converge();
    assert!(last.is_done(), "{last:#?}");
    let place = |words: &str| steps.iter().position(|step| step.title.contains(words)).unwrap();
    let (start, turn) = (place("start volume gv0"), place("turn on the quota"));
    assert!(start < turn && place("make /data/a/b") < place("limit /a/b of volume gv0"));
    assert_eq!(cluster.limits("gv0"), Some(vec![("/", 10 << 30), ("/a/b", 1 << 30)]));
}

#[test]
fn an_interrupted_change_is_carried_on() {
    let (none, both) = (inventory(""), inventory(BOTH));
    for (before, after) in [(&none, &both), (&both, &none)] {
        for stopped in 0..6 {
            let mut cluster = Cluster::running(before).edited(after);
            cluster
                .plan()
                .steps
                .iter()
                .take(stopped)
                .for_each(|step| cluster.run(step));
            let (_, last) = cluster.converge();
            assert!(last.is_done(), "{last:#?}");
            let limits = cluster.limits("gv0").unwrap_or_default().len();
            assert_eq!(limits, after.volumes[0].quota.len(), "after {stopped} steps");
        }
    }
}

#[test]
fn limits_of_somebody_else_stay() {
    let (none, both) = (inventory(""), inventory(BOTH));
    let mut cluster = Cluster::running(&none);
    typed(&mut cluster, "enable");
    typed(&mut cluster, "limit-usage / 5000000");
    assert!(cluster.plan().is_done(), "{:#?}", cluster.plan());
    // What the inventory limits is the inventory's; the quota is on already.
    let mut cluster = cluster.edited(&both);
    let (steps, last) = cluster.converge();
    assert!(
        last.is_done() && !told(&steps).contains(&"quota gv0 enable".to_owned()),
        "{last:#?}"
    );
    typed(&mut cluster, "limit-usage /kubernetes/static 7000000");
    assert!(cluster.plan().is_done(), "{:#?}", cluster.plan());
    let mut cluster = cluster.edited(&none);
    let (steps, last) = cluster.converge();
    assert!(last.is_done(), "{last:#?}");
    assert_eq!(
        told(&steps),
        [
            "quota gv0 remove /",
            "quota gv0 remove /a/b",
            "set gv0 user.glusterctl.quota none"
        ]
    );
    assert_eq!(cluster.limits("gv0"), Some(vec![("/kubernetes/static", 7_000_000)]));
}
