//! A cluster whose hosts have no IPv4 address but loopback: from a fresh apply to the day when it is taken away again.

use crate::support::boot::LIMIT;
use crate::support::cluster::{Cluster, ended_titles};

const INVENTORY: &str = "\
cluster: CLUSTER
defaults: {devices: [/dev/vdb]}
hosts:
  - {name: kube1, address: 2001:db8::11}
  - {name: kube2, address: 2001:db8::12}
  - {name: kube3, address: 2001:db8::13}
  - {name: app1, address: 2001:db8::21, role: client, devices: []}
volumes:
  - {name: gv0, replica: 3, auth_allow: hosts, quota: {limit: 200Mi}, mount: /data}
";
const ALL: [&str; 4] = ["kube1", "kube2", "kube3", "app1"];
const GLUSTERD: &str = "/etc/glusterfs/glusterd.vol";

#[test]
fn lab_ipv6_only_cluster_is_made_survives_a_power_cut_and_leaves_no_trace() {
    let cluster = Cluster::installed("ipv6", INVENTORY);
    let on = |host: &str, command: &str| cluster.lab.must(host, command);
    for host in ALL {
        assert_eq!(on(host, "ip -o -4 address show scope global"), "");
        assert!(!cluster.lab.run(host, "ip -4 route get 198.51.100.11").status.success());
    }
    let before = on("kube1", &format!("sha256sum {GLUSTERD}"));

    cluster.apply();
    cluster.shares(&ALL.map(str::to_owned), "/data");
    assert_eq!(cluster.titles(), Vec::<(String, String)>::new());

    // A client that the inventory does not have: it reaches the servers, and no brick lets it in.
    let stranger = "ip address add 2001:db8::99/64 dev eth0 nodad
        ip route add 2001:db8::/64 dev eth0 src 2001:db8::99 metric 1
        mkdir -p /mnt/stranger
        mount -t glusterfs -o xlator-option=transport.address-family=inet6 kube1:/gv0 /mnt/stranger && ls /mnt/stranger/kubernetes";
    let refused = cluster.lab.run("app1", stranger);
    assert!(!refused.status.success(), "{refused:?}");
    on(
        "app1",
        "grep -q 'Authentication failed' /var/log/glusterfs/mnt-stranger.log",
    );
    on(
        "app1",
        "umount /mnt/stranger 2>/dev/null; ip address del 2001:db8::99/64 dev eth0",
    );

    // The last look before the step is at clients and bricks by their addresses.
    for act in ["enter", "exit"] {
        let ran = cluster.run(&["maintenance", act, "kube2", "--yes"]);
        assert_eq!(ran.status, 0, "{act}: {}", ran.stderr);
    }
    cluster.heals();

    // The package's own file, as after an update that was told to replace it: bricks run on.
    let bricks = || on("kube3", "pgrep -x glusterfsd");
    let ran = bricks();
    on(
        "kube3",
        &format!("sed -i 's/^ *option transport.address-family/#&/' {GLUSTERD}"),
    );
    let titles = ended_titles(&cluster.apply());
    assert_eq!(titles, [("kube3".to_owned(), "let glusterd speak IPv6".to_owned())]);
    assert_eq!(bricks(), ran);

    cluster.install(&["kube1"]);
    cluster.cut(&ALL);
    cluster.boot(&ALL);
    cluster.mounted(&ALL, LIMIT);
    let said = on("kube1", "glusterctl boot 2>&1");
    assert!(said.contains("every peer has an address and a route"), "{said}");
    cluster.heals();
    for host in ALL {
        assert_eq!(on(host, "cat /data/*-from-kube1 /data/*-from-app1"), "kube1\napp1");
    }
    assert_eq!(cluster.titles(), Vec::<(String, String)>::new());
    assert_eq!(cluster.health()["healthy"], true, "{:#}", cluster.health());
    let doctor = cluster.run(&["doctor", "--exit-code"]);
    assert_eq!(doctor.status, 0, "{}{}", doctor.stdout, doctor.stderr);

    on("kube3", "sysctl -q -w net.ipv6.bindv6only=1");
    let refused = cluster.run(&["plan"]);
    assert!(
        refused.stderr.contains("kube3: has net.ipv6.bindv6only = 1"),
        "{}",
        refused.stderr
    );
    on("kube3", "sysctl -q -w net.ipv6.bindv6only=0");

    // The same hosts with IPv4 addresses: nothing is changed.
    let mut text = INVENTORY.to_owned();
    for (number, host) in [11, 12, 13, 21].into_iter().zip(ALL) {
        on(host, &format!("ip address add 198.51.100.{number}/24 dev eth0"));
        let v4 = format!("198.51.100.{number}, ssh: {{host: {host}}}");
        text = text.replace(&format!("2001:db8::{number}"), &v4);
    }
    let other = cluster.write("v4.yaml", &format!("{text}ssh: {{config_file: SSH_CONFIG}}\n"));
    let refused = cluster.run_with(&other, &["apply", "--yes"]);
    assert_ne!(refused.status, 0);
    let words = "volume gv0 was created over IPv6, and the addresses of the inventory are IPv4";
    assert!(refused.stderr.contains(words), "{}", refused.stderr);

    let destroyed = cluster.run(&["destroy", "--cluster", "--confirm", cluster.name()]);
    assert_eq!(destroyed.status, 0, "{}", destroyed.stderr);
    assert_eq!(on("kube1", &format!("sha256sum {GLUSTERD}")), before);
}
