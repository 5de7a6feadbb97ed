//! The catalogue of mistakes: what an operator may write by mistake, and exactly what is said about it. A person has read
//! each answer with the question: would I know what to do?

use std::fmt::Write as _;

use glusterctl::inventory::{self, Report};

use crate::support::golden::is_golden;

/// A sound inventory.
const SOUND: &str = "\
cluster: kube
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
  - {name: kube3, address: 198.51.100.13, devices: [/dev/vdb]}
volumes:
  - {name: gv0, replica: 3, mount: /data}
";

/// A text of the sound inventory that is there at least once, and what stands in its first place by mistake.
#[rustfmt::skip]
const EDITS: &[(&str, &str)] = &[
    ("name: kube1", "name: kub\u{435}1"),
    ("name: kube2", "name:\u{a0}kube2"),
    ("  - {name: kube2", "\u{a0} - {name: kube2"),
    ("name: kube2", "name: ku\u{200b}be2"),
    ("cluster: kube", "cluster: \u{201c}kube\u{201d}"),
    ("mount: /data", "mount: \u{201c}/data\u{201d}"),
    ("cluster: kube", "<<<<<<< HEAD\ncluster: kube\n=======\ncluster: kuba\n>>>>>>> other"),
    ("{name: kube1", "{name:kube1"),
    ("name: kube1", "name: \"kube1"),
    ("devices: [/dev/vdb]}\n  - {name: kube2", "devices: [/dev/vdb}\n  - {name: kube2"),
    ("address: 198.51.100.11", "address: ${KUBE1}"),
    ("name: kube1", "name: kube[1:3]"),
    ("replica: 3", "disperse: 2+1"),
    ("replica: 3", "disperse: two"),
    ("name: kube1", "name=kube1"),
    ("[/dev/vdb]", "[UUID=8f3c1a2b]"),
    ("mount: /data", "mount: false"),
    ("mount: /data}", "mount: /data, mount_options: [noatime]}"),
    ("mount: /data}", "mount: /data, auth_allow: 198.51.100.0/24}"),
    ("mount: /data}", "mount: /data, options: noatime}"),
    ("mount: /data}", "mount: /data, bricks: [kube1, kube2]}"),
    ("cluster: kube", "cluster: kube\nssh: {password: secret}"),
    ("cluster: kube", "cluster: kube\ntls: true"),
    ("address: 198.51.100.11", "address: ssh://198.51.100.11"),
    ("address: 198.51.100.11", "address: 198.51.100.11/24"),
    ("address: 198.51.100.11", "address: 198.51.100.11:22"),
    ("address: 198.51.100.11", "address: root@198.51.100.11"),
    ("replica: 3", "replica: 3, arbiter: kube3"),
    ("devices: [/dev/vdb]}", "device: /dev/vdb}"),
    ("replica: 3", "replica: 2, arbiter: 1"),
    ("mount: /data}", "mount: /data, options: {performance.cache-sise: 256MB}}"),
    ("mount: /data}", "mount: /data, options: {performance.cache-size: lots}}"),
    ("mount: /data", "mount: /var/lib/kubelet"),
    ("mount: /data", "mount: /var/lib/etcd"),
    ("mount: /data", "mount: /root/.ssh"),
    ("mount: /data", "mount: /etc"),
    ("mount: /data", "mount: /"),
    ("mount: /data", "mount: /home"),
    ("mount: /data", "mount: /var"),
    ("mount: /data", "mount: /var/lib/docker"),
    ("mount: /data", "mount: /var/lib/containerd"),
    ("mount: /data", "mount: /boot/efi"),
    ("mount: /data", "mount: /etc/kubernetes"),
    ("mount: /data", "mount: /tmp"),
    ("mount: /data", "mount: /usr/local"),
    ("mount: /data", "mount: /opt"),
    ("[/dev/vdb]", "[/dev/null]"),
    ("[/dev/vdb]", "[/dev/loop0]"),
    ("[/dev/vdb]", "[/dev/dm-0]"),
    ("[/dev/vdb]", "[/tmp/x]"),
    ("[/dev/vdb]", "[vdb]"),
    ("[/dev/vdb]", "[/dev/disk/by-uuid/xx]"),
    ("[/dev/vdb]", "[/dev/sr0]"),
    ("[/dev/vdb]", "[/dev/ttyS0]"),
    ("[/dev/vdb]", "[/dev/shm/x]"),
    ("[/dev/vdb]", "[/dev/zero]"),
    ("[/dev/vdb]", "[/dev/ram0]"),
    ("mount: /data}", "mount: {path: /data, options: [noauto]}}"),
    ("mount: /data}", "mount: {path: /data, options: [foobar]}}"),
    ("mount: /data}", "mount: /data, mount_options: noauto}"),
    ("{name: kube1,", "{name: kube1, zone: a,"),
    ("{name: kube2,", "{name: kube2, kubernetes: {node: n1},"),
    ("  - {name: kube2", "\t- {name: kube2"),
    ("cluster: kube", "cluster: kube\ncluster: kubb"),
    ("name: kube2", "name: kube1"),
    ("198.51.100.12", "198.51.100.11"),
    ("name: kube1", "name: Kube1"),
    ("name: kube1", "name: kube_1"),
    ("{name: kube1, ", "{"),
    ("address: 198.51.100.11, ", ""),
    ("replica: 3", "replica: 03"),
    ("replica: 3", "replica: 4"),
    ("replica: 3", "replica: 1"),
    ("replica: 3", "replica: three"),
    ("replica: 3", "replica: 0"),
    ("replica: 3", "replica: -3"),
    ("replica: 3", "disperse: {data: 3, redundancy: 1}"),
    ("replica: 3", "disperse: {data: 1, redundancy: 2}"),
    ("replica: 3", "disperse: 3"),
    ("mount: /data", "mount: data"),
    ("mount: /data", "mount: /data/../x"),
    ("mount: /data", "mount: /data/"),
    ("mount: /data", "mount: \"/da ta\""),
    ("volumes:\n", "volumes:\n  - {name: gv0, replica: 3, mount: /data2}\n"),
    ("volumes:\n", "volumes:\n  - {name: gv1, replica: 3, mount: /data}\n"),
    ("volumes:\n", "volumes:\n  - {name: gv1, replica: 3, mount: /data/sub}\n"),
    ("kube1", "{{ host }}"),
    ("{name: kube2,", "{<<: *x, name: kube2,"),
    ("replica: 3, ", ""),
    ("replica", "replcia"),
    ("hosts:", "host:"),
    ("volumes:", "volume:"),
    ("cluster: kube\n", ""),
    ("  - {name: kube2", "   - {name: kube2"),
    ("  - {name: kube2", "  -{name: kube2"),
    ("cluster: kube", "cluster kube"),
    ("name: kube1, ", "name: kube1 "),
    ("name: kube1, ", "name: kube1,, "),
    ("198.51.100.11", "2001:db8::1"),
    ("198.51.100.11", "198.51.100.256"),
    ("198.51.100.11", "127.0.0.1"),
    ("198.51.100.11", "0.0.0.0"),
    ("198.51.100.11", "kube1.example"),
    ("name: kube1", "name: localhost"),
    ("198.51.100.11", "198.051.100.011"),
    ("198.51.100.11", "224.0.0.1"),
    ("mount: /data}", "mount: /data, options: {group: virt}}"),
    ("mount: /data}", "mount: /data, options: {cache-size: 1}}"),
    ("mount: /data}", "mount: /data, options: [a]}"),
    ("[/dev/vdb]", "[{path: /dev/vdb, wipe: yes}]"),
    ("[/dev/vdb]", "[{path: /dev/vdb, wipe: true}]"),
    ("[/dev/vdb]", "[{directory: /bricks/brick}]"),
    ("[/dev/vdb]", "[{directory: /data/brick}]"),
    ("[/dev/vdb]", "[{directory: /bricks/a/b}]"),
    ("[/dev/vdb]", "[{directory: /bricks/brick, wipe: \"ext4 8f3c1a2b-5b0c-4f0e-9a1d-6c5e0f7b9d41\"}]"),
    ("[/dev/vdb]", "[{directory: /bricks/brick, path: /dev/vdb}]"),
];

/// What stands by mistake behind the sound inventory.
const ADDED: &[&str] = &[
    "kubernetes: {size: 0Gi}\n",
    "kubernetes: {size: 10gi}\n",
    "kubernetes: {size: 10GB}\n",
    "ssh: {user: root, password: x}\n",
    "ssh: {key: ~/.ssh/id}\n",
    "ssh: {port: 99999}\n",
    "gluster: {version: latest}\n",
];

/// Texts that are no inventories.
const WHOLE: &[&str] = &[
    "",
    "# nothing\n",
    "- a\n- b\n",
    "{\"cluster\":\"kube\"}\n",
    "hello\n",
    "\0\u{1}\n",
    "cluster: kube\nhosts:\n  kube1: {address: 198.51.100.11, devices: [/dev/vdb]}\nvolumes: []\n",
    "all:\n  hosts:\n    kube1: {ansible_host: 198.51.100.11}\n",
];

/// All errors, or all warnings.
fn answer(text: &str, width: usize) -> String {
    match inventory::read(text, "inventory.yaml") {
        Err(report) => report.render(false, width),
        Ok(inventory) => {
            let warnings = inventory.warnings();
            assert!(!warnings.is_empty(), "nothing is said about\n{text}");
            warnings.iter().map(|warning| format!("warning: {warning}\n")).collect()
        }
    }
}

fn mistakes() -> Vec<String> {
    let edited = EDITS.iter().map(|(from, to)| {
        assert!(SOUND.contains(from), "{from}");
        SOUND.replacen(from, to, 1)
    });
    let everywhere = [
        SOUND.replace("devices", "device"),
        SOUND.replace("address", "adress"),
        SOUND.replace("/dev/vdb", "vdb"),
    ];
    let added = ADDED.iter().map(|added| format!("{SOUND}{added}"));
    let whole = WHOLE.iter().map(|&text| text.to_owned());
    edited.chain(everywhere).chain(added).chain(whole).collect()
}

#[test]
fn each_mistake_is_answered_with_what_to_do() {
    let mistakes = mistakes();
    assert!(mistakes.len() >= 100, "{} mistakes", mistakes.len());
    let mut text = String::new();
    for mistake in mistakes {
        writeln!(text, "{}", answer(&mistake, Report::WIDTH)).unwrap();
    }
    is_golden(&text, "mistakes.txt");
}

/// The terminal does not break a line: source lines are cut, and all other text is broken between words.
#[test]
fn no_line_of_an_answer_is_wider_than_the_terminal() {
    for width in [40, 80] {
        for mistake in mistakes() {
            let Err(report) = inventory::read(&mistake, "inventory.yaml") else {
                continue;
            };
            let answer = report.render(false, width);
            // The renderer cuts the inventory's own lines, and neither its marks below them nor a word is broken.
            let is_said = |line: &&str| {
                let is_source = line.starts_with(|c: char| c.is_ascii_digit() || c == '.') || line.starts_with("  |");
                !is_source && line.trim().contains(' ')
            };
            let said = answer.lines().filter(is_said);
            let wide: Vec<&str> = said.filter(|line| line.chars().count() > width).collect();
            assert!(wide.is_empty(), "{width} columns:\n{answer}\n{wide:#?}");
        }
    }
}

/// One mistake is one problem.
#[test]
fn a_mistake_is_told_once() {
    for mistake in mistakes() {
        if let Err(report) = inventory::read(&mistake, "inventory.yaml") {
            assert!(report.problems().len() <= 2, "{report}");
        }
    }
}
