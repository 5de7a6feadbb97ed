//! Clusters whose hosts have IPv6 addresses, without hosts: what is planned, what is refused.

use std::fmt::Write as _;
use std::process::Command;

use crate::support::PROGRAM;
use crate::support::answers::*;
use crate::support::golden::is_golden;
use crate::support::paper::Cluster;
use glusterctl::desired::firewall::{NftablesFiles, addresses};
use glusterctl::inventory::{self, Inventory};
use glusterctl::plan::Plan;

const INVENTORY: &str = "cluster: kube
firewall: open
hosts:
  - {name: kube1, address: 2001:db8::11, devices: [/dev/vdb]}
  - {name: app1, address: 2001:DB8:0:0::12, role: client}
volumes:
  - {name: gv0, type: distribute, auth_allow: hosts, mount: /data}
";

const SERVERS: &str = "cluster: kube
hosts:
  - {name: kube1, address: 2001:db8::11, devices: [/dev/vdb]}
  - {name: kube2, address: 2001:db8::12, devices: [/dev/vdb]}
  - {name: kube3, address: 2001:db8::13, devices: [/dev/vdb]}
volumes:
  - {name: gv0, replica: 3, mount: /data}
";

fn read(text: &str) -> Inventory {
    inventory::read(text, "test").unwrap_or_else(|report| panic!("{report:#}"))
}

/// The plan for a server whose firewall says this, and whose glusterd does.
fn with_server(inventory: &Inventory, sections: &[(&str, &str)]) -> Plan {
    let mut answers = all_blank(inventory);
    for (name, text) in sections {
        answers[0].insert((*name).to_owned(), (*text).to_owned());
    }
    planned(inventory, &answers)
}

/// The titles of the steps that are about a word.
fn about(plan: &Plan, word: &str) -> Vec<String> {
    let steps = plan.steps.iter().filter(|step| step.title.contains(word));
    steps.map(|step| format!("{}: {}", step.host, step.title)).collect()
}

#[test]
fn blank_hosts_get_exactly_these_commands() {
    let inventory = read(INVENTORY);
    let mut text = String::new();
    for (firewall, words) in [
        (
            "kind=nftables\nchain=inet filter input\n",
            &["names", "TCP", "fstab", "IPv6", "gv0"][..],
        ),
        ("kind=firewalld\nzone=public\n", &["TCP"]),
        ("kind=ufw\n", &["TCP"]),
    ] {
        let plan = with_server(&inventory, &[("firewall", firewall)]);
        assert!(plan.problems.is_empty(), "{plan:#?}");
        for step in plan
            .steps
            .iter()
            .filter(|step| words.iter().any(|word| step.title.contains(word)))
        {
            let _ = writeln!(
                text,
                "{}: {}\n   because: {}\n{}\n",
                step.host, step.title, step.reason, step.command
            );
        }
    }
    is_golden(&text, "plan-ipv6.txt");
    for word in ["ip saddr", "ipv4", "ahostsv4", "198.51"] {
        assert!(!text.contains(word), "{word}");
    }
}

#[test]
fn what_is_open_already_is_not_opened_again() {
    let inventory = read(INVENTORY);
    let files = NftablesFiles::of(&inventory.cluster, inventory.family(), &addresses(&inventory));
    let rule = "ip6 saddr { 2001:db8::11, 2001:db8::12 } tcp dport { 24007, 49152-60999 } accept";
    let nftables = format!("kind=nftables\nchain=inet filter input\nopen=inet filter input: {rule}\n");
    let rich = |key: &str| -> String {
        let rules = ["2001:db8::11", "2001:db8::12"].into_iter().flat_map(|address| {
            ["24007", "49152-60999"].map(|port| {
                format!("{key}=rule family=\"ipv6\" source address=\"{address}\" port port=\"{port}\" protocol=\"tcp\" accept\n")
            })
        });
        rules.collect()
    };
    let firewalld = format!("kind=firewalld\nzone=public\n{}{}", rich("now"), rich("kept"));
    let scripts = [
        ("firewall script", &*files.script),
        ("firewall drop-in", &*files.drop_in),
    ];
    for firewall in [&*nftables, &firewalld] {
        let open = |firewall: &str| {
            let sections = [&[("firewall", firewall)][..], &scripts].concat();
            about(&with_server(&inventory, &sections), "TCP")
        };
        assert_eq!(open(firewall), Vec::<String>::new());
        assert_eq!(
            open(&firewall.replace("2001:db8::12", "2001:db8::13")).len(),
            1,
            "{firewall}"
        );
    }
}

#[test]
fn glusterd_is_started_anew_only_where_no_brick_runs() {
    let inventory = read(SERVERS);
    let units = "Id=glusterd.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\n";
    let bricks = "/bricks/vdb/gv0\n";
    for (family, brick_processes, step, is_refused) in [
        ("option=inet6\nlistens=inet6\n", bricks, None, false),
        ("listens=inet6\n", bricks, Some("restart=''"), false),
        ("listens=inet6\n", "", Some("restart=''"), false),
        ("", "", Some("restart=yes\n"), false),
        ("option=inet6\n", "", Some("restart=yes\n"), false),
        ("", bricks, Some("restart=''"), true),
        ("option=inet6\n", bricks, None, true),
        ("option=inet\n", "", Some("restart=yes\n"), false),
        ("option=inet6\nonly=0\nlistens=inet6\n", bricks, None, false),
    ] {
        let sections = [
            ("family", family),
            ("units", units),
            ("brick_processes", brick_processes),
        ];
        let plan = with_server(&inventory, &sections);
        let steps = plan
            .steps
            .iter()
            .filter(|step| step.title == "let glusterd speak IPv6" && step.host.as_str() == "kube1");
        let commands: Vec<&str> = steps.map(|step| step.command.as_str()).collect();
        assert_eq!(
            commands.len(),
            usize::from(step.is_some()),
            "{family:?} {brick_processes:?}"
        );
        assert!(
            commands.iter().all(|command| command.contains(step.unwrap())),
            "{commands:?}"
        );
        let refused = plan
            .problems
            .iter()
            .any(|problem| problem.what.contains("glusterd that speaks IPv4"));
        assert_eq!(
            refused, is_refused,
            "{family:?} {brick_processes:?}: {:?}",
            plan.problems
        );
    }
}

#[test]
fn a_server_whose_glusterd_would_not_be_reached_over_loopback_is_refused() {
    let plan = with_server(&read(SERVERS), &[("family", "only=1\n")]);
    assert_eq!(
        about(&plan, "IPv6"),
        ["kube2: let glusterd speak IPv6", "kube3: let glusterd speak IPv6"]
    );
    assert!(
        plan.problems
            .iter()
            .any(|problem| problem.what.contains("net.ipv6.bindv6only")),
        "{:?}",
        plan.problems
    );
}

#[test]
fn a_cluster_is_made_and_stays_with_the_version_of_ip_that_it_was_made_with() {
    let v6 = read(SERVERS);
    let v4 = read(&SERVERS.replace("2001:db8::", "198.51.100."));
    for (made, edited, words) in [
        (
            &v6,
            &v4,
            "volume gv0 was created over IPv6, and the addresses of the inventory are IPv4",
        ),
        (
            &v4,
            &v6,
            "volume gv0 was created over IPv4, and the addresses of the inventory are IPv6",
        ),
    ] {
        let cluster = Cluster::running(made);
        assert!(cluster.plan().is_done());
        let plan = cluster.edited(edited).plan();
        assert_eq!(plan.steps, [], "{plan:#?}");
        assert_eq!(plan.problems.len(), 1, "{plan:#?}");
        assert_eq!(plan.problems[0].what, words);
    }
    let cluster = Cluster::running(&v6);
    let (hosts, fstab) = (cluster.file("kube1", "/etc/hosts"), cluster.file("kube1", "/etc/fstab"));
    assert!(hosts.contains("::1 localhost\n2001:db8::11 kube1\n"), "{hosts}");
    assert!(
        fstab.contains(",xlator-option=transport.address-family=inet6,x-glusterctl=kube"),
        "{fstab}"
    );
    let file = cluster.file("kube1", "/etc/glusterfs/glusterd.vol");
    assert!(
        file.contains("\n    option transport.address-family inet6\nend-volume\n"),
        "{file}"
    );
}

#[test]
fn a_line_that_gives_the_hosts_own_name_to_loopback_is_fine_unless_it_is_ipv6() {
    let inventory = read(SERVERS);
    for (line, is_refused) in [
        ("127.0.1.1 kube1", false),
        ("198.51.100.99 kube2", false),
        ("2001:db8::12 kube2", false),
        ("::1 kube1", true),
        ("2001:db8::99 kube2", true),
    ] {
        let plan = with_server(&inventory, &[("file /etc/hosts", &format!("{line}\n"))]);
        assert_eq!(!plan.problems.is_empty(), is_refused, "{line}: {:?}", plan.problems);
    }
}

#[test]
fn manifests_whose_plugin_mounts_over_ipv4_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("glusterctl.yaml");
    std::fs::write(&file, SERVERS).unwrap();
    let run = |arguments: &[&str]| {
        let mut program = Command::new(PROGRAM);
        program.arg("-i").arg(&file).arg("kubernetes").args(arguments);
        program.output().unwrap()
    };
    for arguments in [
        &["--kube-version", "1.25", "--method", "glusterfs", "--allow-deprecated"][..],
        &["--method", "kadalu", "--allow-deprecated"],
    ] {
        let output = run(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && output.stdout.is_empty(), "{arguments:?}");
        assert!(
            said.contains("mounts volumes over IPv4, and the servers' addresses are IPv6"),
            "{said}"
        );
    }
    let said = String::from_utf8(run(&[]).stdout).unwrap();
    assert!(
        said.contains("kind: PersistentVolume") && !said.contains("2001:db8"),
        "{said}"
    );
}
