//! A running cluster, and inventories that mean other machines than they name, on real (stand-in) hosts: nothing is
//! changed on any host, one message names the mistake, and no byte is lost.

use std::collections::BTreeMap;

use crate::support::cluster::{Cases, Cluster};
use crate::support::{host, say};
use glusterctl::inventory::DevicePath;
use glusterctl::lab::{Disk, StandIn};

const INVENTORY: &str = "\
cluster: CLUSTER
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
  - {name: kube3, address: 198.51.100.13, devices: [/dev/vdb]}
  - {name: kube4, address: 198.51.100.14, role: client}
volumes:
  - {name: gv0, replica: 3, mount: /data}
ssh: {config_file: SSH_CONFIG}
";

/// Another cluster, in the same network.
const OTHER: &str = "\
cluster: CLUSTER-other
hosts:
  - {name: kube6, address: 198.51.100.16, devices: [/dev/vdb]}
  - {name: kube7, address: 198.51.100.17, devices: [/dev/vdb]}
ssh: {config_file: SSH_CONFIG}
";

const SERVERS: [&str; 3] = ["kube1", "kube2", "kube3"];
const MEMBERS: [&str; 4] = ["kube1", "kube2", "kube3", "kube4"];

/// The whole cluster, with kube5, which is a blank machine, and kube6 and kube7, which are another cluster.
fn up() -> Cluster {
    let cluster = Cluster::up_with(
        "wrong",
        &INVENTORY.replace("ssh: {config_file: SSH_CONFIG}\n", ""),
        |spec| {
            spec.installed = true;
            let disks = spec.hosts[0].disks.clone();
            let path = DevicePath::parse("/dev/vdc").unwrap();
            spec.hosts[0].disks.push(Disk { path, mib: 512 });
            for number in 5..=7 {
                spec.hosts.push(StandIn {
                    name: host(&format!("kube{number}")),
                    address: [198, 51, 100, 10 + number].into(),
                    disks: disks.clone(),
                });
            }
        },
    );
    cluster.apply();
    let other = cluster.run_with(&cluster.write("other.yaml", OTHER), &["apply", "--yes"]);
    assert_eq!(other.status, 0, "{}", other.stderr);
    cluster
}

/// What is on the machines, by host.
type State = BTreeMap<String, String>;

/// Everything that a mistake could change on the machines that are reached: files, enabled units, mounts, packages, disks.
/// What lsattr says of a mount without its bricks is about the connection: only flags that lsattr reads count.
fn state(cluster: &Cluster) -> State {
    let look = "find /etc /var/lib/glusterd /var/lib/dpkg/status -xdev -type f ! -name '*.pid' ! -name '*.socket' \
                -exec sha256sum {} + | sort; find /etc -xdev -type l -printf '%p %l\n' | sort; \
                findmnt -rno TARGET,SOURCE | sort; blkid -p /dev/vd?; lsattr -d /data /bricks/vdb 2>/dev/null";
    let hosts: Vec<String> = (1..=7).map(|number| format!("kube{number}")).collect();
    cluster.on_each(&hosts, |_| format!("({look}) 2>&1; :"))
}

/// `apply` with a wrong inventory says these words in so many errors, and changes nothing of what was there before.
fn refused(cluster: &Cluster, before: &State, text: &str, errors: usize, words: &[&str]) {
    let ran = cluster.run_with(&cluster.write("wrong.yaml", text), &["apply", "--yes"]);
    assert_eq!((ran.status, ran.errors().len()), (1, errors), "{}", ran.stderr);
    for words in words {
        assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
    }
    for (host, after) in state(cluster) {
        let before: Vec<&str> = before[&host].lines().collect();
        let changed: Vec<&str> = after.lines().filter(|line| !before.contains(line)).collect();
        assert!(changed.is_empty(), "{host}: {changed:#?}");
    }
}

/// The inventory with these replacements.
fn with(changes: &[(&str, &str)]) -> String {
    let mut text = INVENTORY.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text
}

/// The inventory with these hosts at other addresses: host number, and last number of the address.
fn at(addresses: &[(u8, u8)]) -> String {
    let mut text = INVENTORY.to_owned();
    for (host, last) in addresses {
        let wrong = format!("name: kube{host}, address: 198.51.100.{last},");
        text = text.replace(&format!("name: kube{host}, address: 198.51.100.1{host},"), &wrong);
    }
    text
}

#[test]
fn lab_a_wrong_inventory_changes_nothing_on_a_running_cluster() {
    let cluster = up();
    let on = |host: &str, command: &str| cluster.lab.must(host, command);
    cluster.write_every("kube4", "/data", "0.5", 1);
    // Heals are pending: a brick is down while files are written.
    on("kube2", "kill -9 $(cat /run/gluster/vols/gv0/*.pid)");
    let mut cases = Cases::default();
    // No case changes anything, so that each case has what was there before the first.
    let before = state(&cluster);
    let mut case = |name: &str, text: &str, errors: usize, words: &[&str]| {
        cases.case(name, || refused(&cluster, &before, text, errors, words));
    };
    let kube3 = "  - {name: kube3, address: 198.51.100.13, devices: [/dev/vdb]}\n";
    let kube4 = "  - {name: kube4, address: 198.51.100.14, role: client}\n";
    let two = ("replica: 3", "replica: 2");

    let swapped = at(&[(1, 12), (2, 11)]);
    let exchanged = [
        "the machine at 198.51.100.12 is kube2, not kube1",
        "the machine at 198.51.100.11 is kube1, not kube2",
    ];
    case("two addresses are swapped", &swapped, 1, &exchanged);
    let told = ["the machine at 198.51.100.11 is kube1, not kube3"];
    case("the addresses are shifted", &at(&[(1, 12), (2, 13), (3, 11)]), 1, &told);
    let told = ["the machine at 198.51.100.14 is kube4, not kube3"];
    case("a client and a server are swapped", &at(&[(3, 14), (4, 13)]), 1, &told);
    let told = ["peers or bricks use the name kube3 (198.51.100.13 in /etc/hosts on "];
    case("a host is renamed", &with(&[("kube3", "node3")]), 1, &told);
    let disk = |name: &str| with(&[("198.51.100.11, devices: [/dev/vdb]", name)]);
    let missing = disk("198.51.100.11, devices: [/dev/vdx]");
    let told = ["/dev/vdx is not blank or not usable: there is no such device"];
    case("a disk is misnamed", &missing, 1, &told);
    let blank = disk("198.51.100.11, devices: [/dev/vdc]");
    let told = ["volume gv0 has bricks that the inventory does not have: kube1:/bricks/vdb/gv0"];
    case("a blank disk is named for a brick", &blank, 1, &told);
    let told = [
        "kube1 is in a trusted storage pool with kube3, which holds bricks of volume gv0, and the inventory has no such server",
    ];
    case("a server is removed", &with(&[(kube3, ""), two]), 1, &told);
    let client = "  - {name: kube3, address: 198.51.100.13, role: client}\n";
    case("a server is called a client", &with(&[(kube3, client), two]), 1, &told);
    let told = [
        ": /etc/hosts says that this is cluster ",
        "the inventory is of cluster another",
    ];
    case("the cluster is renamed", &with(&[("CLUSTER", "another")]), 1, &told);
    let told = [
        "kube2: kube1 is connected to glusterd ",
        "glusterd has no identity: this is another machine",
    ];
    case("a blank machine has the address", &at(&[(2, 15)]), 1, &told);
    let removed = at(&[(3, 14)]).replace(kube4, "");
    case(
        "a server has the address of a former client",
        &removed,
        1,
        &["kube3: ", "this is another machine"],
    );
    let told = [
        "kube2: /etc/hosts says that this is cluster ",
        "-other, and the inventory is of cluster ",
    ];
    case(
        "a machine of another cluster has the address",
        &at(&[(2, 16)]),
        1,
        &told,
    );
    let told = [
        "kube2: kube1 knows glusterd on this host as ",
        "but glusterd there calls itself",
    ];
    let taken = at(&[(3, 15), (2, 13)]).replace("  - {name: kube3, address: 198.51.100.15, devices: [/dev/vdb]}\n", "");
    case(
        "a server has the address of a removed one",
        &taken.replace("replica: 3", "replica: 2"),
        1,
        &told,
    );
    let ssh = |destination: &str| {
        let to = format!("198.51.100.11, ssh: {{host: {destination}}}, devices");
        with(&[("198.51.100.11, devices", to.as_str())])
    };
    let told = ["are one and the same machine"];
    case("SSH reaches one machine twice", &ssh("198.51.100.12"), 1, &told);
    let told = ["kube1: the machine that SSH reached at 198.51.100.15 does not have the address 198.51.100.11"];
    case("SSH reaches another machine", &ssh("198.51.100.15"), 1, &told);
    let told = ["nothing proves that the host moved there", "kube2: "];
    case("nothing is at the address", &at(&[(2, 99)]), 2, &told);

    let mut case = |name: &str, text: &str, errors: usize, words: &[&str]| {
        cases.case(name, || refused(&cluster, &state(&cluster), text, errors, words));
    };
    on(
        "kube3",
        "cp /etc/hosts /root/hosts; echo 198.51.100.99 kube2 >>/etc/hosts",
    );
    let told = ["kube3: /etc/hosts line ", "gives kube2 another address"];
    case("a line of somebody else's points a name elsewhere", INVENTORY, 1, &told);
    on("kube3", "sed '/^# END glusterctl/d' /root/hosts >/etc/hosts");
    case(
        "the block of names has no end",
        INVENTORY,
        1,
        &["do not stand around one block"],
    );
    on("kube3", "cat /root/hosts >/etc/hosts");

    // The state of one host is an older one, or a copy of another host's. Debian's glusterd takes its bricks along when it is
    // stopped, and then one brick of three is left: the mounts refuse everything, once the kernel has forgotten what it knows of
    // them, after a second.
    let info = "/var/lib/glusterd/glusterd.info";
    on(
        "kube3",
        &format!(
            "systemctl stop glusterd; sleep 3; cp -p {info} /root/info; sed -i 's/^UUID=.*/UUID=9e8d7c6b-1111-4222-8333-444455556666/' {info}"
        ),
    );
    let told = [
        "kube3: kube1 knows glusterd on this host as ",
        "calls itself 9e8d7c6b-1111-4222-8333-444455556666",
    ];
    case("a host was restored from an older copy", INVENTORY, 1, &told);
    let uuid = on("kube2", &format!("sed -n 's/^UUID=//p' {info}"));
    on("kube3", &format!("sed -i 's/^UUID=.*/UUID={uuid}/' {info}"));
    let told = [
        "glusterd has the same UUID",
        "the pool knows kube2",
        "gluster system uuid reset",
    ];
    case("a host was cloned", INVENTORY, 1, &told);
    on("kube3", &format!("cp -p /root/info {info}; systemctl start glusterd"));

    cluster.lab.kill(&[host("kube3")], &say).unwrap();
    // Two of three servers say enough.
    let file = cluster.write("wrong.yaml", &swapped);
    cases.case("two addresses are swapped while a server is off", || {
        let ran = cluster.run_with(&file, &["apply", "--yes"]);
        assert!(
            exchanged.iter().all(|words| ran.stderr.contains(words)),
            "{}",
            ran.stderr
        );
    });
    cluster.lab.start(&[host("kube3")], &say).unwrap();
    cases.case("no byte is lost", || {
        cluster.apply();
        cluster.heals();
        let (written, refused) = cluster.nothing_is_lost("kube4", &MEMBERS);
        assert!(written > 20, "{written} written, {refused} refused");
        assert_eq!(cluster.titles(), Vec::<(String, String)>::new());
    });
    for name in SERVERS {
        on(name, "systemctl stop glusterd");
    }
    let mut case = |name: &str, text: &str, errors: usize, words: &[&str]| {
        cases.case(name, || refused(&cluster, &state(&cluster), text, errors, words));
    };
    case(
        "two addresses are swapped while no glusterd runs",
        &swapped,
        1,
        &exchanged,
    );
    cases.finish();
}
