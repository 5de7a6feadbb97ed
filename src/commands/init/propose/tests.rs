use std::path::Path;

use super::super::list::destination;
use super::*;

/// A disk as a host prints it, with a path below /dev/disk/by-id if it has a serial number.
fn disk(name: &str, number: u32, about: &str, serial: Option<&str>) -> (String, String) {
    let stable = serial
        .map(|serial| format!("fe:{number:x} /dev/disk/by-id/virtio-{serial}\n"))
        .unwrap_or_default();
    let names = format!("fe:{number:x} /dev/{name}\n{stable}");
    let device = format!(
        "\n@ device {name}\nkind=block\nname={name}\nnumber=254:{number}\nread_only=0\nremovable=0\nin_use=no\n\
         blkid_status=2\nwipefs_status=0\n{about}"
    );
    (names, device)
}

const BLANK: &str = "bytes=107374182400\nzeros=yes\n";
const SYSTEM: &str = "bytes=21474836480\nhas_partition=vda1 254:1\nsignature=0x200,gpt,\nin_use=yes\n";

fn seen(named: &str, host: &str, disks: &[(String, String)]) -> Seen {
    let (names, devices): (Vec<&str>, Vec<&str>) = disks.iter().map(|(a, b)| (a.as_str(), b.as_str())).unzip();
    let mounts = "21 1 254:1 / / rw - ext4 /dev/vda1 rw\n";
    let output = format!(
        "\n@ host\nname={host}\naddress=127.0.0.1\n\n@ mountinfo\n{mounts}\n@ sources\n\n@ names\n{}{}\n@ end\n",
        names.concat(),
        devices.concat()
    );
    let output = match host {
        "debian" => output.replace(
            "name=debian",
            "name=debian\naddress=198.51.100.21\nreached=198.51.100.21",
        ),
        _ => output.replace(
            "address=127.0.0.1",
            &format!(
                "address=127.0.0.1\naddress=198.51.100.1{}",
                host.trim_start_matches("kube")
            ),
        ),
    };
    let entry = destination(named).unwrap();
    let ssh = Ssh {
        host: Some(entry.destination.clone()),
        user: entry.user.clone(),
        port: entry.port,
        ..Ssh::default()
    };
    Seen {
        entry,
        ssh,
        disks: Disks::parse(&output, "@").unwrap(),
    }
}

fn usual() -> Vec<(String, String)> {
    vec![
        disk("vda", 0, SYSTEM, None),
        disk("vdb", 16, BLANK, Some("8f3c1a2b-5b0c-4f0e-9")),
        disk(
            "vdc",
            32,
            "bytes=10737418240\ntype=ext4\nuuid=5d1f\nsignature=0x438,ext4,5d1f\n",
            None,
        ),
    ]
}

fn proposed(seen: &[Seen]) -> Description {
    let cluster = ClusterName::parse("gluster").unwrap();
    propose(&cluster, seen, None).unwrap()
}

fn judged(golden: &str, text: &str) {
    let path = Path::new("tests/golden").join(golden);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(path).unwrap_or_default());
    assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    inventory::read(text, "the inventory").unwrap();
}

#[test]
fn three_hosts_become_a_replicated_volume() {
    let hosts = [
        seen("root@kube1", "kube1", &usual()),
        seen("root@kube2", "kube2", &usual()),
        seen("root@198.51.100.13:2222", "kube3", &usual()),
    ];
    let described = proposed(&hosts);
    assert_eq!(described.warnings, Vec::<String>::new());
    judged("init-three-hosts.yaml", &described.text);
}

#[test]
fn a_host_without_a_blank_disk_is_left_out_and_the_others_get_a_volume() {
    let hosts = [
        seen("kube1", "kube1", &usual()),
        seen("kube2", "kube2", &usual()[..1]),
        seen("kube3", "kube3", &usual()),
    ];
    let described = proposed(&hosts);
    assert_eq!(
        described.warnings,
        ["kube2 has no blank disk, and is left out of the inventory"]
    );
    judged("init-two-of-three-hosts.yaml", &described.text);
}

#[test]
fn a_number_of_hosts_that_is_no_multiple_of_three_leaves_hosts_without_the_volume() {
    let hosts: Vec<Seen> = (1..=7)
        .map(|n| seen(&format!("kube{n}"), &format!("kube{n}"), &usual()))
        .collect();
    let volumes = |hosts: &[Seen]| {
        let text = proposed(hosts).text;
        let volumes = &inventory::read(&text, "the inventory").unwrap().volumes;
        assert_eq!(volumes.len(), 1, "{text}");
        text[text.find("volumes:").unwrap()..].to_owned()
    };
    assert!(volumes(&hosts[..1]).contains("type: distribute"));
    assert!(volumes(&hosts[..2]).contains("replica: 2"));
    assert!(volumes(&hosts[..5]).contains("replica: 3\n    bricks: {hosts: [kube1, kube2, kube3]}"));
    assert!(!volumes(&hosts[..6]).contains("bricks:"));
    assert!(
        volumes(&hosts)
            .replace("\n  # ", " ")
            .contains("6 of 7 hosts carry the volume")
    );
}

#[test]
fn disks_that_differ_in_number_still_make_whole_sets() {
    let more = [usual(), vec![disk("vdd", 48, BLANK, None)]].concat();
    let hosts = [
        seen("kube1", "kube1", &more),
        seen("kube2", "kube2", &usual()),
        seen("kube3", "kube3", &usual()),
    ];
    let text = proposed(&hosts).text;
    assert!(
        text.contains("# 100 GiB, no path below /dev/disk/by-id\n      - /dev/vdd\n"),
        "{text}"
    );
    assert!(
        text.contains("    bricks: {hosts: [kube1, kube2, kube3], devices: [vdb]}\n"),
        "{text}"
    );
}

#[test]
fn hosts_that_call_themselves_the_same_are_named_by_their_addresses() {
    let other = || {
        let mut other = seen("198.51.100.22", "debian", &usual());
        other.disks.host.addresses = ["198.51.100.22", "192.0.2.5"]
            .map(|address| address.parse().unwrap())
            .into();
        other
    };
    let text = proposed(&[seen("198.51.100.21", "debian", &usual()), other()]).text;
    assert!(
        text.contains("  - name: host-198-51-100-21\n    address: 198.51.100.21\n    devices:"),
        "{text}"
    );
    let told = "  - name: host-198-51-100-22\n    address: 198.51.100.22\n    # Gluster's traffic uses this address; the host also has 192.0.2.5\n";
    assert!(text.contains(told), "{text}");
    // A floating address, which the host itself does not have.
    let mut floating = other();
    floating.entry = destination("203.0.113.9").unwrap();
    floating.ssh.host = Some("203.0.113.9".to_owned());
    floating.disks.host.reached = "192.0.2.5".parse().ok();
    let text = proposed(&[floating]).text;
    assert!(text.contains("    address: 192.0.2.5\n"), "{text}");
    assert!(text.contains("    ssh: {host: 203.0.113.9}\n"), "{text}");
}

#[test]
fn hosts_without_ipv4_addresses_get_their_ipv6_addresses() {
    let with = |host: &str, addresses: &[&str]| {
        let mut seen = seen(host, host, &usual());
        seen.disks.host.addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        seen
    };
    let six = |number: u8| {
        let address = format!("2001:db8::{number}");
        with(&format!("kube{number}"), &["127.0.0.1", "::1", &address])
    };
    let both = |number: u8| {
        let addresses = [format!("198.51.100.{number}"), format!("2001:db8::{number}")];
        with(&format!("kube{number}"), &addresses.each_ref().map(String::as_str))
    };
    let text = proposed(&[six(1), six(2), both(3)]).text;
    for number in 1..=3 {
        let host =
            format!("  - name: kube{number}\n    address: 2001:db8::{number}\n    ssh: {{host: kube{number}}}\n");
        assert!(text.contains(&host), "{text}");
    }
    let text = proposed(&[both(1), both(2), both(3)]).text;
    assert!(
        text.contains("address: 198.51.100.3\n") && !text.contains("2001:db8"),
        "{text}"
    );
    // Their list has IPv6 addresses alone.
    let listed = [1, 2, 3].map(|number: u8| {
        let mut seen = both(number);
        seen.entry.addresses = vec![format!("2001:db8::{number}").parse().unwrap()];
        seen
    });
    let text = proposed(&listed).text;
    assert!(text.contains("    address: 2001:db8::3\n"), "{text}");
    let cluster = ClusterName::parse("kube").unwrap();
    let problems = propose(&cluster, &[six(1), with("kube2", &["198.51.100.2"])], None).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].starts_with("kube1 has no IPv4 address of its own"),
        "{problems:?}"
    );
}

#[test]
fn one_host_under_two_names_is_refused() {
    let cluster = ClusterName::parse("gluster").unwrap();
    let twice = [
        seen("kube1", "kube1", &usual()),
        seen("198.51.100.11", "kube1", &usual()),
    ];
    let problems = propose(&cluster, &twice, None).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].contains("198.51.100.11 and kube1 are the same host"),
        "{problems:?}"
    );
}

#[test]
fn without_any_blank_disk_nothing_is_written() {
    let cluster = ClusterName::parse("gluster").unwrap();
    let problems = propose(&cluster, &[seen("kube1", "kube1", &usual()[..1])], None).unwrap_err();
    assert!(
        problems[0].starts_with("kube1 has no blank disk\n  /dev/vda, 20 GiB: vda1 is mounted at /"),
        "{problems:?}"
    );
    assert!(problems[1].starts_with("nothing was written"), "{problems:?}");
}

#[test]
fn the_devices_and_the_volume_of_a_list_are_kept() {
    let cluster = ClusterName::parse("gluster").unwrap();
    let two = [usual(), vec![disk("vdd", 48, BLANK, None)]].concat();
    let hosts = ["kube1", "kube2", "kube3"].map(|name| {
        let mut seen = seen(name, name, &two);
        seen.entry.devices = ["/dev/vdc", "/dev/vdd", "/dev/vde"].map(str::to_owned).into();
        seen
    });
    let mut wish = Wish {
        name: "shared".to_owned(),
        shape: vec!["replica: 3".to_owned(), "arbiter: 1".to_owned()],
        mount: Some("/mnt/shared".to_owned()),
    };
    let described = propose(&cluster, &hosts, Some(&wish)).unwrap();
    assert!(
        described
            .text
            .ends_with("  - name: shared\n    replica: 3\n    arbiter: 1\n    mount: /mnt/shared\n"),
        "{}",
        described.text
    );
    let inventory = inventory::read(&described.text, "the inventory").unwrap();
    assert_eq!(inventory.hosts[0].devices.len(), 1);
    assert!(
        described.text.contains("blank, and not among the devices of the list"),
        "{}",
        described.text
    );
    assert_eq!(
        described.warnings[0],
        "kube1: /dev/vdc of the list is no blank disk: it holds ext4 (UUID 5d1f)"
    );
    assert_eq!(described.warnings[1], "kube1: /dev/vde of the list is no block device");
    wish.shape = vec!["replica: 5".to_owned()];
    let described = propose(&cluster, &hosts, Some(&wish)).unwrap();
    assert!(
        described
            .warnings
            .iter()
            .any(|warning| warning.contains("shared of the list does not fit these disks (replica: 5)"))
    );
    assert!(
        described.text.contains("name: gv0\n    replica: 3\n"),
        "{}",
        described.text
    );
}
