//! Plans for some hosts alone: a part of the whole plan, which touches no other host and nothing of the cluster.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::support::cases;
use crate::support::paper::{Cluster, MARK};

use crate::support::wish::any_wish;
use glusterctl::desired::Desired;
use glusterctl::facts::{Facts, HostFacts};
use glusterctl::inventory::{self, HostName, Inventory};
use glusterctl::plan::{Limited, Operation, Plan, Step, Why, plan};

fn inventory(text: &str) -> Inventory {
    inventory::read(text, "the inventory").unwrap_or_else(|report| panic!("{report}"))
}

fn hosts(names: &[&str]) -> BTreeSet<HostName> {
    names.iter().map(|name| HostName::parse(name).unwrap()).collect()
}

/// Three servers with a volume, and a client.
const FOUR: &str = "cluster: kube
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
  - {name: kube3, address: 198.51.100.13, devices: [/dev/vdb]}
  - {name: app1, address: 198.51.100.21, role: client}
volumes:
  - {name: gv0, replica: 3, mount: /data}
";

fn titles(steps: &[Step]) -> Vec<String> {
    steps
        .iter()
        .map(|step| format!("{}: {}", step.host, step.title))
        .collect()
}

fn left(plan: &Plan) -> &Limited {
    plan.limit.as_ref().unwrap()
}

fn left_of(plan: &Plan, why: Why) -> Vec<String> {
    let steps = left(plan).steps.iter().filter(|step| step.why == why);
    steps.map(|step| format!("{}: {}", step.host, step.title)).collect()
}

#[test]
fn a_fresh_server_is_prepared_and_the_cluster_is_left_out() {
    let inventory = inventory(FOUR);
    let mut cluster = Cluster::blank(&inventory);
    let limit = hosts(&["kube2"]);
    let plan = cluster.plan_on(&limit);
    insta::assert_snapshot!(titles(&plan.steps).join("\n"), @r"
    kube2: write the names of all 4 hosts to /etc/hosts
    kube2: install xfsprogs, glusterfs-server, glusterfs-client
    kube2: format /dev/vdb with XFS
    kube2: write /etc/glusterctl/heal-after-start.sh, /etc/systemd/system/gluster-heal.service, /etc/systemd/system/glusterd.service.d/glusterctl-bricks.conf, /etc/systemd/system/gluster-mount@.service, /etc/systemd/system/gluster-mounted@.service
    kube2: enable gluster-mount@data.service
    kube2: write /bricks/vdb, /data to /etc/fstab
    kube2: make /bricks/vdb, /data immutable below the mount
    kube2: mount /dev/vdb at /bricks/vdb
    kube2: make the brick directory /bricks/vdb/gv0
    kube2: enable and start glusterd
    ");
    let cluster_wide = left_of(&plan, Why::Cluster);
    for step in ["probe kube2", "create volume gv0", "start volume gv0"] {
        assert!(cluster_wide.contains(&format!("kube1: {step}")), "{cluster_wide:?}");
    }
    let others = left_of(&plan, Why::OtherHost);
    assert!(
        others.contains(&"kube1: format /dev/vdb with XFS".to_owned()),
        "{others:?}"
    );
    assert!(others.iter().all(|step| !step.starts_with("kube2: ")), "{others:?}");
    let needs = left(&plan).steps.iter().filter(|step| step.why == Why::Needs);
    let needs = needs.map(|step| format!("{}: {} <- {}", step.host, step.title, step.needs.as_deref().unwrap()));
    let needs: Vec<String> = needs.collect();
    assert_eq!(needs, ["kube2: mount volume gv0 at /data <- kube1: start volume gv0"]);
    plan.steps.iter().for_each(|step| cluster.run(step));
    let again = cluster.plan_on(&limit);
    assert!(again.is_done(), "{again:#?}");
    assert_eq!(left_of(&again, Why::Cluster), left_of(&plan, Why::Cluster));
}

/// [`FOUR`] with a second client.
fn five() -> String {
    FOUR.replace(
        "volumes:",
        "  - {name: app2, address: 198.51.100.22, role: client}\nvolumes:",
    )
}

#[test]
fn a_new_client_mounts_a_volume_that_runs_whatever_the_servers_need() {
    let (four, five) = (inventory(FOUR), inventory(&five()));
    let mut cluster = Cluster::running(&four).edited(&five);
    let limit = hosts(&["app2"]);
    let plan = cluster.plan_on(&limit);
    insta::assert_snapshot!(titles(&plan.steps).join("\n"), @r"
    app2: write the names of all 5 hosts to /etc/hosts
    app2: write the names of all 5 hosts to /etc/cloud/templates/hosts.debian.tmpl
    app2: install glusterfs-client
    app2: write /etc/systemd/system/gluster-mount@.service, /etc/systemd/system/gluster-mounted@.service
    app2: enable gluster-mount@data.service
    app2: write /data to /etc/fstab
    app2: make /data immutable below the mount
    app2: mount volume gv0 at /data
    ");
    assert_eq!(left_of(&plan, Why::Needs), Vec::<String>::new());
    let others = left_of(&plan, Why::OtherHost);
    assert!(
        others.contains(&"kube1: write the names of all 5 hosts to /etc/hosts".to_owned()),
        "{others:?}"
    );
    plan.steps.iter().for_each(|step| cluster.run(step));
    assert_eq!(cluster.mounted("app2"), ["/data"]);
    // Without a limit, the hosts are prepared first, as ever.
    let (_, last) = cluster.converge();
    assert!(last.is_done(), "{last:#?}");
}

#[test]
fn a_new_client_waits_for_servers_that_do_not_let_it_in_yet_and_for_options() {
    let left_out = |before: &str, now: &str, firewall: &str| {
        let (before, now) = (inventory(before), inventory(now));
        let cluster = Cluster::running(&before).edited(&now);
        let desired = Desired::of(&now);
        let facts = desired.hosts.iter().map(|host| {
            let answer = cluster.answer(host);
            let files = format!("{MARK} files\n");
            assert!(answer.contains(&files), "{answer}");
            let answer = answer.replacen(&files, &format!("{MARK} firewall\n{firewall}{files}"), 1);
            (host.name().clone(), Ok(HostFacts::parse(&answer, MARK, host).unwrap()))
        });
        let facts = Facts::new(&desired, facts.collect());
        let plan = plan(&desired, &facts, &Operation::ApplyOn(hosts(&["app2"])));
        let mounts = left(&plan).steps.iter().filter(|step| step.host.as_str() == "app2");
        let mounts = mounts.map(|step| (step.title.clone(), step.needs.clone().unwrap_or_default()));
        mounts.collect::<Vec<_>>()
    };
    let option = five().replace("mount: /data", "mount: /data, options: {auth.allow: 198.51.100.*}");
    let mount = |needs: &str| vec![("mount volume gv0 at /data".to_owned(), needs.to_owned())];
    assert_eq!(left_out(FOUR, &five(), ""), []);
    assert_eq!(
        left_out(FOUR, &option, ""),
        mount("kube1: set auth.allow of volume gv0 to 198.51.100.*")
    );
    let open = |text: &str| text.replace("hosts:", "firewall: open\nhosts:");
    assert_eq!(
        left_out(&open(FOUR), &open(&five()), "kind=ufw\n"),
        mount("kube1: open TCP 24007 and 49152-60999 in ufw to 5 hosts")
    );
}

/// The exit status and the standard error of a command on an inventory whose hosts are never contacted.
fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("kube.yaml");
    std::fs::write(&file, FOUR).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_glusterctl"));
    let output = command.arg("-i").arg(&file).args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_wrong_limit_is_refused_before_any_host_is_contacted() {
    for (arguments, words) in [
        (
            &["apply", "--limit", "kbe2"][..],
            "error: --limit kbe2: \"kbe2\" is no host of the inventory; did you mean kube2?",
        ),
        (
            &["status", "-l", "kube[2:5]"],
            "error: --limit kube[2:5]: \"kube4\" is no host of the inventory; did you mean kube1?",
        ),
        (
            &["plan", "--limit", "kube1,web"],
            "error: --limit web: \"web\" is no host of the inventory; its hosts are kube1, kube2, kube3, app1",
        ),
        (
            &["plan", "--limit", "kube1", "destroy", "gv0"],
            "error: --limit is for the plan of apply alone",
        ),
        (
            &["-o", "prometheus", "status", "--limit", "kube1"],
            "error: --limit does not go with -o prometheus",
        ),
        (
            &["apply", "--limit", "kube1", "--plan", "p.json"],
            "error: --limit does not go with --plan",
        ),
    ] {
        let (status, said) = refused(arguments);
        assert!(status == Some(2) && said.contains(words), "{status:?} {said}");
    }
}

/// Whether these steps are among those, in their order.
fn is_part(part: &[Step], whole: &[Step]) -> bool {
    let same = |one: &Step, other: &Step| {
        (&one.host, &one.title, &one.command, &one.danger) == (&other.host, &other.title, &other.command, &other.danger)
    };
    let mut whole = whole.iter();
    part.iter().all(|step| whole.any(|other| same(step, other)))
}

/// All that a run changes, in words.
fn state(cluster: &Cluster, inventory: &Inventory) -> Vec<String> {
    let mut all = vec![format!("{:?} {:?}", cluster.pool(), cluster.bricks())];
    all.extend(
        inventory
            .volumes
            .iter()
            .map(|volume| format!("{:?}", cluster.options(volume.name.as_str()))),
    );
    for name in inventory.hosts.iter().map(|host| host.name.as_str()) {
        let (mut mounted, [fstab, names]) = (
            cluster.mounted(name),
            ["/etc/fstab", "/etc/hosts"].map(|path| cluster.file(name, path)),
        );
        let mut lines: Vec<&str> = fstab.lines().chain(names.lines()).collect();
        mounted.sort_unstable();
        lines.sort_unstable();
        all.push(format!("{name} {mounted:?} {lines:?}"));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases(8)) })]

    #[test]
    fn a_limited_plan_is_a_part_of_the_whole_and_what_is_left_is_done_later(
        wish in any_wish(),
        limits in prop::collection::vec(prop::collection::vec(any::<bool>(), 12), 1..3),
        begun in 0..30_usize,
    ) {
        let inventory = wish.inventory();
        let mut unlimited = Cluster::blank(&inventory);
        unlimited.converge();
        let mut cluster = Cluster::blank(&inventory);
        // Some of the work is done already.
        cluster.plan().steps.iter().take(begun).for_each(|step| cluster.run(step));
        for chosen in limits {
            let names = inventory.hosts.iter().zip(chosen).filter(|(_, chosen)| *chosen);
            let limit: BTreeSet<HostName> = names.map(|(host, _)| host.name.clone()).collect();
            for _ in 0..2 {
                let (whole, plan) = (cluster.plan(), cluster.plan_on(&limit));
                let limited = left(&plan);
                prop_assert!(plan.steps.iter().all(|step| limit.contains(&step.host)), "{plan:#?}");
                prop_assert!(is_part(&plan.steps, &whole.steps), "{plan:#?}");
                prop_assert_eq!(plan.steps.len() + limited.steps.len(), whole.steps.len());
                prop_assert_eq!(plan.problems.len() + limited.problems.len(), whole.problems.len());
                prop_assert_eq!(plan.waiting.len() + limited.waiting.len(), whole.waiting.len());
                for (at, step) in plan.steps.iter().enumerate() {
                    prop_assert!(step.needs.iter().all(|need| *need < at), "{step:#?}");
                }
                let (pool, bricks) = (cluster.pool().len(), cluster.bricks());
                // The cluster on paper refuses what comes before something that it needs.
                plan.steps.iter().for_each(|step| cluster.run(step));
                prop_assert_eq!((cluster.pool().len(), cluster.bricks()), (pool, bricks));
            }
            let left = cluster.plan_on(&limit);
            prop_assert!(left.is_done(), "{left:#?}");
        }
        let (_, last) = cluster.converge();
        prop_assert!(last.is_done(), "{last:#?}");
        prop_assert_eq!(state(&cluster, &inventory), state(&unlimited, &inventory));
    }
}
