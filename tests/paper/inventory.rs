//! The texts that the inventory reader must accept, how the reader reports problems, and that no text makes the reader
//! panic. `refusals.rs` has the list of texts that the reader must refuse.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use glusterctl::desired::{Brick, Desired};
use glusterctl::inventory::{
    self, Address, Become, Connection, HEAL_THREADS, HostKeys, Inventory, MountOn, Report, Role, VolumeType,
};
use glusterctl::kubernetes::{directories, node_label};

const THREE: &str = "\
cluster: kube
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
  - {name: kube3, address: 198.51.100.13, devices: [/dev/vdb]}
";

fn accepted(text: &str) -> Inventory {
    inventory::read(text, "inv.yaml").unwrap_or_else(|report| panic!("{report}"))
}

fn refused(text: &str) -> Report {
    match inventory::read(text, "inv.yaml") {
        Ok(_) => panic!("accepted:\n{text}"),
        Err(report) => report,
    }
}

fn with_volume(volume: &str) -> String {
    format!("{THREE}volumes:\n  - {{{volume}}}\n")
}

#[test]
fn every_example_loads() {
    let mut seen = 0;
    for entry in std::fs::read_dir("inventories").unwrap() {
        let path = entry.unwrap().path();
        // User data for cloud-init holds an inventory; lab_boot_local.rs reads it.
        if path.extension() != Some("yaml".as_ref()) {
            continue;
        }
        let inventory = inventory::load(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let about: Vec<String> = inventory.warnings();
        let about: Vec<&str> = about.iter().filter_map(|warning| warning.split(':').next()).collect();
        // The examples of dangerous types have their warnings.
        let dangerous = match path.ends_with("every-type.yaml") {
            true => vec!["volume images", "volume cache"],
            false => Vec::new(),
        };
        assert_eq!(about, dangerous, "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 3);
}

#[test]
fn what_is_left_out_has_its_default() {
    let inventory = accepted(&with_volume("name: gv0, replica: 3, mount: /data"));
    let host = &inventory.hosts[0];
    assert_eq!(
        (host.role, host.zone.clone(), host.ssh.clone()),
        (Role::Server, None, inventory::Ssh::default())
    );
    let volume = &inventory.volumes[0];
    assert_eq!(volume.volume_type, VolumeType::Replicate { replica: 3, arbiter: 0 });
    assert_eq!((volume.mount.path.as_str(), volume.mount.on), ("/data", MountOn::All));
    let heal_threads = BTreeMap::from([(HEAL_THREADS.0.to_owned(), HEAL_THREADS.1.to_owned())]);
    assert_eq!(volume.options, heal_threads);
    assert!(volume.mount.options.is_empty());
    let kubernetes = &inventory.kubernetes;
    assert_eq!((kubernetes.version, kubernetes.method), (None, None));
    assert_eq!(
        kubernetes
            .namespaces
            .all()
            .iter()
            .map(|one| one.as_str())
            .collect::<Vec<_>>(),
        ["default"]
    );
    let settings = &kubernetes.volumes[&volume.name];
    assert_eq!(
        (settings.name.as_str(), settings.size.as_str()),
        ("glusterfs-kube-gv0", "1Gi")
    );
    assert_eq!(node_label(settings), "glusterctl/glusterfs-kube-gv0");
    assert_eq!(directories(kubernetes, volume)[0], "/data/kubernetes/static");
}

#[test]
fn a_type_follows_from_the_keys_and_distribution_from_the_bricks() {
    let inventory = inventory::load(Path::new("inventories/every-type.yaml")).unwrap();
    let desired = Desired::of(&inventory);
    let shapes: Vec<String> = inventory
        .volumes
        .iter()
        .map(|volume| {
            let sets = desired.layout(volume, &[]).new.unwrap().len();
            format!("{} {}", volume.volume_type.title(sets), volume.volume_type.shape(sets))
        })
        .collect();
    let wanted = [
        "Distributed-Replicate 2 × 3",
        "Replicate 1 × (2 + 1)",
        "Disperse 1 × (2 + 1)",
        "Disperse 1 × (4 + 2)",
        "Replicate 1 × 2",
        "Distribute 6",
    ];
    assert_eq!(shapes, wanted);
    let vast = desired.layout(&inventory.volumes[3], &[]).new.unwrap();
    let hosts: Vec<&str> = vast[0].iter().map(|brick| brick.host.as_str()).collect();
    assert_eq!(hosts, ["kube1", "kube1", "kube2", "kube2", "kube3", "kube3"]);
}

#[test]
fn a_profile_is_its_members_and_the_operators_options_are_over_them() {
    let text = with_volume(
        "name: gv0, replica: 3, mount: /data, profile: virt, auth_allow: hosts, options: {network.ping-timeout: 42}",
    );
    let volume = &accepted(&text).volumes[0];
    assert_eq!(volume.options.len(), 27);
    for (key, value) in [
        ("features.shard", "on"),
        ("network.ping-timeout", "42"),
        ("auth.allow", "198.51.100.11,198.51.100.12,198.51.100.13"),
    ] {
        assert_eq!(volume.options[key], value);
    }
}

#[test]
fn a_quota_is_of_the_volume_or_of_directories_in_bytes() {
    let limits = |quota: &str| -> Vec<(String, u64)> {
        let inventory = accepted(&with_volume(&format!(
            "name: gv0, replica: 3, mount: /data, quota: {quota}"
        )));
        let limits = inventory.volumes[0].quota.iter();
        limits.map(|(path, limit)| (path.to_string(), limit.bytes())).collect()
    };
    assert_eq!(limits("100Gi"), [("/".to_owned(), 100 << 30)]);
    assert_eq!(limits("{limit: 100Gi}"), limits("100Gi"));
    assert_eq!(
        limits("{directories: {/a/b: 5M, /a: 1Gi}}"),
        [("/a".to_owned(), 1 << 30), ("/a/b".to_owned(), 5_000_000)]
    );
}

#[test]
fn a_size_for_kubernetes_that_the_quota_does_not_allow_is_a_warning() {
    let warnings = |quota: &str, kubernetes: &str| {
        let text = with_volume(&format!("name: gv0, replica: 3, mount: /data, quota: {quota}"));
        accepted(&format!("{text}\nkubernetes: {kubernetes}\n")).warnings()
    };
    let told = warnings("{directories: {/kubernetes: 5Gi}}", "{size: 10Gi}");
    assert!(
        told.len() == 1 && told[0].contains("told that pods have 10Gi, and the quota limits /kubernetes to 5Gi"),
        "{told:?}"
    );
    assert_eq!(warnings("10Gi", "{size: 10Gi}").len(), 0);
    assert_eq!(warnings("{directories: {/other: 5Gi}}", "{size: 10Gi}").len(), 0);
}

#[test]
fn what_is_dangerous_about_a_type_is_said() {
    let warned = |volume: &str, words: &str| {
        let warnings = accepted(&with_volume(volume)).warnings();
        assert!(
            warnings.len() == 1 && warnings[0].contains(words),
            "{words}: {warnings:?}"
        );
    };
    warned("name: a, type: distribute, mount: /d", "one lost disk loses files");
    warned(
        "name: a, replica: 2, bricks: {hosts: [kube1, kube3]}, mount: /d",
        "can split-brain",
    );
    let many = |volume: &str| {
        let text = with_volume(volume).replace("[/dev/vdb]", "[/dev/vdb, /dev/vdc, /dev/vdd]");
        accepted(&text).warnings()
    };
    let told = many("name: a, disperse: {data: 5, redundancy: 4}, allow_same_host: true, mount: /d");
    assert!(
        told.len() == 1 && told[0].contains("recommended are 2 + 1, 4 + 2, 8 + 3, 8 + 4"),
        "{told:?}"
    );
    let told = many("name: a, disperse: {data: 7, redundancy: 2}, allow_same_host: true, mount: /d");
    assert!(
        told.len() == 2 && told[1].contains("a set has 3 bricks on kube1, and can lose only 2"),
        "{told:?}"
    );
    let told = many("name: a, disperse: {data: 2, redundancy: 1}, allow_same_host: true, mount: /d");
    assert_eq!(told, Vec::<String>::new());
}

#[test]
fn a_host_is_reached_over_ssh_unless_it_or_the_inventory_says_local() {
    let connections = |text: &str| {
        accepted(text)
            .hosts
            .iter()
            .map(|host| host.connection)
            .collect::<Vec<_>>()
    };
    let (ssh, local) = (Connection::Ssh, Connection::Local);
    assert_eq!(connections(THREE), [ssh, ssh, ssh]);
    let first = THREE.replacen("name: kube1", "connection: local, name: kube1", 1);
    assert_eq!(connections(&first), [local, ssh, ssh]);
    let second = first.replacen("name: kube2", "connection: ssh, name: kube2", 1);
    assert_eq!(
        connections(&format!("connection: local\n{second}")),
        [local, ssh, local]
    );
}

#[test]
fn a_pool_without_volumes_is_an_inventory() {
    assert!(accepted(THREE).volumes.is_empty());
    assert!(accepted(&format!("{THREE}volumes: []\n")).volumes.is_empty());
}

#[test]
fn a_hosts_ssh_settings_win_one_by_one() {
    let inventory = accepted(
        "cluster: kube
ssh: {user: debian, port: 2222, identity_file: /keys/all, become: sudo, host_keys: accept-new}
defaults: {devices: [/dev/vdb]}
hosts:
  - {name: kube1, address: 198.51.100.11, ssh: {host: bastion-side, user: root, become: none}}
  - {name: kube2, address: 198.51.100.12, ssh: {port: 22, identity_file: ~/one, host_keys: strict}}
  - {name: kube3, address: 198.51.100.13, role: client}
",
    );
    let [one, two, three] = &inventory.hosts[..] else {
        panic!()
    };
    assert_eq!(one.ssh.host.as_deref(), Some("bastion-side"));
    assert_eq!(
        (one.ssh.user.as_deref(), one.ssh.port, one.ssh.become_root),
        (Some("root"), Some(2222), Become::No)
    );
    assert_eq!(
        (two.ssh.user.as_deref(), two.ssh.port, two.ssh.become_root),
        (Some("debian"), Some(22), Become::Sudo)
    );
    assert_eq!(
        two.ssh.identity_file,
        Some(PathBuf::from(std::env::var("HOME").unwrap()).join("one"))
    );
    assert_eq!(
        (one.ssh.host_keys, two.ssh.host_keys),
        (HostKeys::AcceptNew, HostKeys::Strict)
    );
    assert_eq!(three.ssh.identity_file, Some(PathBuf::from("/keys/all")));
    assert!(three.devices.is_empty(), "defaults are for servers");
    assert_eq!(two.devices[0].path.as_str(), "/dev/vdb");
    assert_eq!(three.address, Address::Fixed(IpAddr::from([198, 51, 100, 13])));
}

#[test]
fn option_values_stay_as_written() {
    let text = with_volume(
        "name: gv0, replica: 3, mount: /data, options: {performance.cache-size: 256MB, a.b: on, a.c: true, a.d: 1.50, \
         a.e: 010, a.f: 0x1F, a.g: '*', a.h: \"two words\"}",
    );
    let options = &accepted(&text).volumes[0].options;
    let written: Vec<&str> = options.values().map(String::as_str).collect();
    assert_eq!(
        written,
        [
            "on",
            "true",
            "1.50",
            "010",
            "0x1F",
            "*",
            "two words",
            "256MB",
            HEAL_THREADS.1
        ]
    );
}

#[test]
fn a_device_may_be_wiped_only_of_what_is_named() {
    let text = |devices: &str| {
        format!(
            "cluster: kube\ndefaults: {{devices: [/dev/vdz]}}\nhosts:\n  \
             - {{name: kube1, address: 198.51.100.11, devices: {devices}}}\n  \
             - {{name: kube2, address: 198.51.100.12}}\n"
        )
    };
    let inventory = accepted(&text(
        "[/dev/vdb, {path: /dev/vdc, wipe: \"ext4 8f3c-1a\"}, {path: /dev/vdd, wipe: serial 007}]",
    ));
    let named: Vec<Option<String>> = inventory.hosts[0]
        .devices
        .iter()
        .map(|device| device.wipe.as_ref().map(ToString::to_string))
        .collect();
    assert_eq!(
        named,
        [None, Some("ext4 8f3c-1a".to_owned()), Some("serial 007".to_owned())]
    );
    assert_eq!(inventory.hosts[1].devices[0].wipe, None);
    for bad in [
        "[{wipe: ext4 8f3c}]",
        "[{path: /dev/vdb, wipe: }]",
        "[{path: /dev/vdb, wipe: [ext4 8f3c]}]",
        "[{path: /dev/vdb, erase: ext4 8f3c}]",
        "[{path: /dev/vdb, wipe: ext4 8f3c}, /dev/vdb]",
    ] {
        assert!(glusterctl::inventory::read(&text(bad), "test").is_err(), "{bad}");
    }
}

#[test]
fn an_alias_stands_for_what_it_names() {
    let inventory = accepted(
        "cluster: kube
hosts:
  - {name: kube1, address: 198.51.100.11, devices: &disks [/dev/vdb, /dev/vdc]}
  - {name: kube2, address: 198.51.100.12, devices: *disks}
",
    );
    assert_eq!(inventory.hosts[0].devices, inventory.hosts[1].devices);
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_no_problem() {
    accepted(&format!("\u{feff}{}", THREE.replace('\n', "\r\n")));
}

#[test]
fn bricks_of_a_set_are_on_different_hosts_and_in_the_order_of_the_file() {
    let inventory = accepted(&with_volume("name: gv0, replica: 3, mount: /data"));
    let desired = Desired::of(&inventory);
    let sets = desired.layout(&inventory.volumes[0], &[]).new.unwrap();
    let spec = |set: &Vec<_>| set.iter().map(|brick: &Brick| brick.spec().to_string()).collect();
    let specs: Vec<Vec<String>> = sets.iter().map(spec).collect();
    assert_eq!(
        specs,
        [[
            "kube1:/bricks/vdb/gv0",
            "kube2:/bricks/vdb/gv0",
            "kube3:/bricks/vdb/gv0"
        ]]
    );
}

#[test]
fn every_device_is_one_brick_and_no_set_shares_a_rack() {
    let inventory = inventory::load(Path::new("inventories/six-hosts-two-disks.yaml")).unwrap();
    let desired = Desired::of(&inventory);
    let sets = desired.layout(&inventory.volumes[0], &[]).new.unwrap();
    assert_eq!(sets.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3, 3]);
    let mut devices: Vec<_> = sets
        .iter()
        .flatten()
        .map(|brick| (brick.host, &brick.file_system.device.path))
        .collect();
    devices.sort();
    devices.dedup();
    assert_eq!(devices.len(), 12);
    for set in &sets {
        let mut racks: Vec<_> = set
            .iter()
            .map(|brick| inventory.host(brick.host).unwrap().zone.clone())
            .collect();
        racks.sort();
        racks.dedup();
        assert_eq!(racks.len(), 3);
    }
}

#[test]
fn what_is_allowed_but_risky_is_a_warning() {
    let two = accepted(
        "cluster: kube
hosts:
  - {name: kube1, address: 198.51.100.11, zone: rack1, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, zone: rack1, devices: [/dev/vdb]}
volumes: [{name: gv0, replica: 2, mount: {path: /data, on: clients}}]
",
    );
    let warnings = two.warnings();
    assert_eq!(warnings.len(), 3, "{warnings:#?}");
    for (warning, about) in warnings
        .iter()
        .zip(["split-brain", "no host mounts the volume", "zone rack1"])
    {
        assert!(
            warning.starts_with("volume gv0: ") && warning.contains(about),
            "{warning}"
        );
    }
}

#[test]
fn all_problems_are_shown_at_once_in_the_order_of_the_file() {
    let report = refused(
        "cluster: kube
hosts:
  - {name: kube1, adress: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube1, address: 198.51.100.12, devices: [vdb]}
volumes:
  - {name: gv0, replica: 2, mount: /etc}
",
    );
    insta::assert_snapshot!(report.render(false, Report::WIDTH), @r"
    error: there is no key `adress` in a host
     --> inv.yaml:3:19
      |
    3 |   - {name: kube1, adress: 198.51.100.11, devices: [/dev/vdb]}
      |                   ^^^^^^ did you mean `address`?
      |
      = help: the keys of a host are `name`, `address`, `connection`, `ssh`, `zone`, `role`, `devices`
              and `leaving`

    error: the host name kube1 is there twice
     --> inv.yaml:4:12
      |
    3 |   - {name: kube1, adress: 198.51.100.11, devices: [/dev/vdb]}
      |            ----- first here
    4 |   - {name: kube1, address: 198.51.100.12, devices: [vdb]}
      |            ^^^^^ again here
      |
      = help: write another host name in one of the two places

    error: `vdb` cannot be a device
     --> inv.yaml:4:53
      |
    4 |   - {name: kube1, address: 198.51.100.12, devices: [vdb]}
      |                                                     ^^^
      |
      = note: a device is an absolute path, beginning with '/'
      = help: for example `/dev/vdb`

    error: `/etc` cannot be a mount point
     --> inv.yaml:6:36
      |
    6 |   - {name: gv0, replica: 2, mount: /etc}
      |                                    ^^^^
      |
      = note: /etc belongs to the system; mount the volume elsewhere, for example at /data

    inv.yaml: 4 problems; nothing was contacted
    ");
}

#[test]
fn an_impossible_shape_says_the_numbers_and_the_remedy() {
    let report = refused(
        "cluster: kube
defaults: {devices: [/dev/vdb]}
hosts:
  - {name: kube1, address: 198.51.100.11}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb, /dev/vdc, /dev/vdd, /dev/vde]}
  - {name: kube3, address: 198.51.100.13}
volumes:
  - {name: gv0, replica: 3, mount: /a}
  - {name: gv1, replica: 4, mount: /b}
  - {name: gv2, replica: 5, mount: /c}
",
    );
    insta::assert_snapshot!(report.render(false, Report::WIDTH), @r"
    error: 6 bricks cannot form sets of 3 on different hosts
     --> inv.yaml:8:26
      |
    8 |   - {name: gv0, replica: 3, mount: /a}
      |                          ^
      |
      = note: kube2 has 4 bricks, but there are 2 sets and each set takes at most one brick of a host
      = help: remove devices from kube2 or add devices to other servers

    error: replica 4 needs 4 servers
     --> inv.yaml:9:26
      |
    9 |   - {name: gv1, replica: 4, mount: /b}
      |                          ^ there are 3 servers
      |
      = help: add servers, or write `replica: 3`

    error: replica 5 needs 5 servers
      --> inv.yaml:10:26
       |
    10 |   - {name: gv2, replica: 5, mount: /c}
       |                          ^ there are 3 servers
       |
       = help: add servers, or write `replica: 3`

    inv.yaml: 3 problems; nothing was contacted
    ");
}

#[test]
fn a_tab_is_named_as_such() {
    insta::assert_snapshot!(refused("cluster: kube\nhosts:\n\t- {name: kube1}\n").render(false, Report::WIDTH), @r"
    error: the inventory is not valid YAML
     --> inv.yaml:3:1
      |
    3 |     - {name: kube1}
      | ^ a tab in the indentation
      |
      = help: indent with spaces: YAML takes no tabs in the indentation

    inv.yaml: 1 problem; nothing was contacted
    ");
}

#[test]
fn an_empty_inventory_shows_the_smallest_one() {
    for text in ["", "\n\n", "# only\n# comments\n", "---\n"] {
        assert_eq!(
            refused(text).problems()[0].title(),
            "the inventory is empty",
            "{text:?}"
        );
    }
    insta::assert_snapshot!(refused("# nothing\n").render(false, Report::WIDTH), @r"
    error: the inventory is empty
    --> inv.yaml
     = help: the smallest inventory is
             cluster: kube
             hosts:
               - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
               - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
               - {name: kube3, address: 198.51.100.13, devices: [/dev/vdb]}
             volumes:
               - {name: gv0, replica: 3, mount: /data}

    inv.yaml: 1 problem; nothing was contacted
    ");
}

#[test]
fn control_characters_never_reach_the_terminal() {
    let hostile = [
        "cluster: \"a\\e[31m\\x9b31m\\0\\u202eb\"\nhosts: []\n",
        "cluster: kube\n\u{9b}31m: x\n",
        "cluster: kube\n\"\\e]0;x\\a\": 1\n",
        "cluster: kube\n\u{1b}[31m: 1\n",
        "cluster: ku\u{202e}be\n",
        "cluster: !<\\e> x\n",
    ];
    for text in hostile {
        for colour in [false, true] {
            let report = inventory::read(text, "a\u{1b}[31m\u{9b}.yaml").unwrap_err();
            let shown = report.render(colour, Report::WIDTH);
            // What the styled renderer itself writes: ESC [ digits and ; m.
            let shown = if colour { shown.replace("\u{1b}[", "") } else { shown };
            let bad = shown
                .chars()
                .find(|&c| (c.is_control() && c != '\n') || c == '\u{202e}');
            assert_eq!(bad, None, "{shown:?}");
        }
    }
}

#[test]
fn what_only_hosts_together_show_is_refused() {
    let report = refused(&THREE.replace("kube2", "kube1").replace("100.13", "100.11"));
    let titles: Vec<&str> = report.problems().iter().map(|problem| problem.title()).collect();
    assert_eq!(
        titles,
        [
            "the host name kube1 is there twice",
            "the address 198.51.100.11 is there twice"
        ]
    );
}

#[test]
fn a_mistake_in_the_defaults_is_said_once() {
    let text = "cluster: kube
defaults: {devices: [/dev/vdb, /dev/vdb]}
hosts: [{name: a, address: 198.51.100.1}, {name: b, address: 198.51.100.2}]
";
    assert_eq!(refused(text).problems().len(), 1);
}

#[test]
fn a_very_long_value_is_cut() {
    let shown = refused(&format!("cluster: {}\nhosts: []\n", "x".repeat(100_000))).render(false, Report::WIDTH);
    assert!(shown.lines().all(|line| line.chars().count() < 250), "{shown}");
}

#[test]
fn aliases_cannot_multiply_without_end() {
    let mut text = String::from("a: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..20 {
        let alias = format!("*a{}", level - 1);
        text += &format!("b{level}: &a{level} [{}]\n", vec![alias; 10].join(", "));
    }
    assert_eq!(refused(&text).problems()[0].title(), "the inventory is too large");
}

#[test]
fn deep_nesting_is_refused_and_nothing_overflows() {
    assert_eq!(refused(&"[".repeat(100_000)).problems().len(), 1);
    assert_eq!(refused(&"- ".repeat(100_000)).problems().len(), 1);
    let mut chain = String::from("a0: &a0 [x]\n");
    for level in 1..2000 {
        chain += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    refused(&chain);
}

#[test]
fn a_thousand_volumes_at_one_place_are_a_thousand_problems() {
    let volumes: String = (0..1000)
        .map(|at| format!("  - {{name: gv{at}, replica: 3, mount: /data}}\n"))
        .collect();
    assert_eq!(refused(&format!("{THREE}volumes:\n{volumes}")).problems().len(), 999);
}

#[test]
fn two_thousand_problems_are_counted_and_fifty_shown() {
    let hosts: String = (0..1000).map(|host| format!("  - {{name: Host_{host}}}\n")).collect();
    let shown = refused(&format!("cluster: kube\nhosts:\n{hosts}")).render(false, Report::WIDTH);
    assert_eq!(shown.matches("error: ").count(), 50);
    assert!(shown.contains("more problems are not shown\ninv.yaml: "), "{shown}");
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_a_way_out() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let cases = [
        (
            dir.path().join("absent.yaml"),
            "there is no inventory at ",
            "GLUSTERCTL_INVENTORY",
        ),
        (dir.path().to_owned(), "is a directory", "-i FILE"),
        (
            file("latin1.yaml", b"cluster: kube\n# caf\xe9\n"),
            "not text in UTF-8: line 2, column 6",
            "save the file as UTF-8",
        ),
        (file("huge.yaml", &vec![b'#'; 2 << 20]), "larger than 1024 KiB", "-i"),
        (PathBuf::from("/dev/zero"), "larger than 1024 KiB", "-i"),
        (PathBuf::from("/dev/null"), "the inventory is empty", "cluster: kube"),
    ];
    for (path, what, remedy) in cases {
        let error = inventory::load(&path).unwrap_err();
        assert!(error.is::<Report>(), "{}", path.display());
        let shown = error.to_string();
        assert!(shown.contains(what) && shown.contains(remedy), "{shown}");
        assert!(shown.contains(&*path.to_string_lossy()), "{shown}");
    }
    assert!(inventory::load(Path::new("inventories/openstack.yaml")).is_ok());
}

/// Pieces that YAML gives a meaning, so that random texts get past the first character.
fn yaml_like() -> impl Strategy<Value = String> {
    let pieces = [
        "cluster: ",
        "hosts:",
        "name: ",
        "address: ",
        "devices: ",
        "volumes:",
        "replica: 3",
        "mount: ",
        "options: ",
        "ssh: ",
        "198.51.100.1",
        "/dev/vdb",
        "gv0",
        "\n",
        "\n  ",
        "\n    ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        ": ",
        "&a ",
        "*a",
        "'",
        "\"",
        "\\x9b",
        "# c",
        "|",
        ">",
        "~",
        "é",
        "\u{202e}",
        "\u{9b}",
        "\t",
        "---\n",
        "!!str ",
        "<<",
        "? ",
        "\r\n",
        "\u{feff}",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..60).prop_map(|pieces| pieces.concat())
}

fn never_panics(text: &str) -> Result<(), TestCaseError> {
    if let Err(report) = inventory::read(text, "inv.yaml") {
        prop_assert!(!report.problems().is_empty());
        for span in report.problems().iter().filter_map(|problem| problem.span()) {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            prop_assert!(text.get(span.clone()).is_some(), "{:?} of {}", span, text.len());
        }
        let shown = report.render(false, Report::WIDTH);
        prop_assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", shown);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn no_text_makes_it_panic_and_places_lie_inside_the_text(text in any::<String>()) {
        never_panics(&text)?;
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        never_panics(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn no_almost_yaml_makes_it_panic(text in yaml_like()) {
        never_panics(&text)?;
    }

    #[test]
    fn no_slip_in_a_sound_inventory_makes_it_panic(at in 0.0..1.0f64, gone in 0usize..20, piece in yaml_like()) {
        let text = include_str!("../../inventories/servers-and-clients.yaml");
        let boundary = |at: usize| (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap();
        let start = boundary((at * text.len() as f64) as usize);
        never_panics(&format!("{}{piece}{}", &text[..start], &text[boundary(start + gone)..]))?;
    }
}

#[test]
fn a_brick_has_a_name_of_its_own_that_the_path_gives_unless_the_file_does() {
    let devices = "/dev/vdb, /dev/disk/by-path/pci-0000:00:04.0-scsi-0:0:0:1, {path: /dev/disk/by-id/x, name: vdc}";
    let inventory = accepted(&THREE.replacen("/dev/vdb", devices, 1));
    let desired = Desired::of(&inventory);
    let mounts: Vec<&str> = desired.hosts[0]
        .bricks
        .iter()
        .map(|brick| brick.mount.as_str())
        .collect();
    assert_eq!(
        mounts,
        ["/bricks/vdb", "/bricks/pci-0000-00-04.0-scsi-0-0-0-1", "/bricks/vdc"]
    );
}

#[test]
fn a_path_may_change_while_the_brick_keeps_its_name() {
    let brick = |device: &str| {
        let inventory = accepted(&THREE.replacen("/dev/vdb", device, 1));
        let desired = Desired::of(&inventory);
        let brick = &desired.hosts[0].bricks[0];
        (brick.uuid.clone(), brick.mount.clone())
    };
    assert_eq!(brick("/dev/vdb"), brick("{path: /dev/disk/by-id/virtio-b1, name: vdb}"));
    assert_ne!(brick("/dev/vdb"), brick("/dev/vdc"));
}

#[test]
fn a_brick_that_exists_already_is_told_by_its_file_system() {
    let inventory = |device: &str| {
        let host = |number: u8, device: &str| {
            format!("  - {{name: kube{number}, address: 198.51.100.1{number}, devices: [{device}]}}\n")
        };
        let plain = "/dev/vdb";
        let hosts = host(1, device) + &host(2, plain) + &host(3, plain);
        let text = format!("cluster: kube\nhosts:\n{hosts}volumes: [{{name: gv0, replica: 3, mount: /data}}]\n");
        inventory::read(&text, "test")
    };
    let device = |text: &str| inventory(text).unwrap().hosts[0].devices[0].clone();
    let brick = device("{brick: /mnt/g, uuid: 8f3c}");
    let existing = brick.existing.unwrap();
    assert_eq!(
        (existing.mount.as_str(), existing.dirs.len()),
        ("/mnt/g", 1),
        "of the only volume, mounted at the brick"
    );
    assert_eq!(
        (brick.name.as_str(), brick.path.as_str()),
        ("g", "/dev/disk/by-uuid/8f3c")
    );
    let brick = device("{brick: {gv0: /srv/fast/one}, mount: /srv/fast, uuid: 8f3c, path: /dev/sdb}");
    assert_eq!((brick.name.as_str(), brick.path.as_str()), ("fast", "/dev/sdb"));
    let brick = device("{brick: /bricks/gv0, mount: /}");
    assert_eq!((brick.name.as_str(), brick.existing.unwrap().uuid), ("gv0", None));
    for (wrong, words) in [
        ("{path: /dev/vdb, brick: /mnt/g}", "needs `uuid`"),
        ("{brick: /mnt/g, uuid: 8F3C}", "in lower case"),
        ("{brick: mnt/g, uuid: 8f3c}", "is an absolute path"),
        ("{brick: /dev/vdb, uuid: 8f3c}", "is a directory of its own"),
        ("{path: /dev/vdb, uuid: 8f3c}", "`uuid` goes with `brick`"),
        ("{path: /dev/vdb, mount: /mnt/g}", "`mount` goes with `brick`"),
        (
            "{brick: /mnt/g, uuid: 8f3c, wipe: xfs 8f3c1a2b-5b0c-4f0e-9a1d-6c5e0f7b9d41}",
            "`wipe` does not go with",
        ),
        ("{brick: {gv0: /mnt/g}, uuid: 8f3c}", "needs `mount`"),
        (
            "{brick: {gv1: /mnt/g}, uuid: 8f3c, mount: /mnt/g}",
            "there is no volume `gv1`",
        ),
        (
            "{brick: /bricks/gv0, mount: /, uuid: 8f3c}",
            "the root file system needs no `uuid`",
        ),
        (
            "{brick: /data/x, uuid: 8f3c}",
            "a volume is mounted at /data, where the brick /data/x is",
        ),
        ("{brick: {}, uuid: 8f3c, mount: /mnt/g}", "`brick` names no brick"),
    ] {
        let report = inventory(wrong).unwrap_err().render(false, Report::WIDTH);
        assert!(report.contains(words), "{wrong}: {report}");
        assert_eq!(report.matches("error: ").count(), 1, "{wrong}: {report}");
    }
}
