//! `firewall: open` on real hosts with nftables, firewalld and ufw: the cluster's hosts get through, nobody else does, also after a
//! restart of the firewall, and `destroy` leaves each firewall as it was.

use std::path::Path;

use crate::support::cluster::{Cases, Cluster, Ran};

const INVENTORY: &str = "cluster: CLUSTER
firewall: FIREWALL
defaults: {devices: [/dev/vdb]}
hosts:
  - {name: kube1, address: 198.51.100.11}
  - {name: kube2, address: 198.51.100.12}
volumes:
  - {name: gv0, type: distribute, mount: /data}
";

/// A firewall that lets SSH in and nothing else, in a chain of each kind: of a policy, and of a last rule.
const NFTABLES: &str = "flush ruleset
table inet filter {
    chain input {
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        iif lo accept
        tcp dport 22 accept
    }
    chain forward { type filter hook forward priority filter; policy drop; }
}
table ip own {
    chain incoming {
        type filter hook input priority 10; policy accept;
        ct state established,related accept
        iif lo accept
        tcp dport 22 accept
        counter reject with icmp type admin-prohibited
    }
}
";

/// Whether a host's glusterd can be reached from the other host, from its address or from another one.
fn reaches(cluster: &Cluster, source: &str) -> bool {
    let connect = "python3 -c 'import socket, sys
socket.create_connection((\"198.51.100.11\", 24007), 2, (sys.argv[1], 0))' ";
    cluster
        .lab
        .run("kube2", &format!("{connect}{source} 2>/dev/null"))
        .status
        .success()
}

/// Opens the ports, and proves it; `restart` starts the firewall anew.
fn opens(cluster: &Cluster, inventory: &Path, restart: &str) {
    let on = |command: &str| cluster.lab.must("kube1", command);
    assert!(
        !reaches(cluster, "198.51.100.12"),
        "the firewall keeps everybody out at first"
    );
    let ran = run(cluster, inventory, &["apply", "--yes"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let is_exactly_open = || {
        assert!(reaches(cluster, "198.51.100.12") && !reaches(cluster, "198.51.100.99"));
    };
    is_exactly_open();
    on(restart);
    is_exactly_open();
    let plan = run(cluster, inventory, &["plan", "--exit-code"]);
    assert_eq!(plan.status, 0, "{}{}", plan.stdout, plan.stderr);
}

/// Runs the program on the lab with that inventory.
fn run(cluster: &Cluster, inventory: &Path, arguments: &[&str]) -> Ran {
    let lab = format!("--lab={}", cluster.name());
    cluster.run_with(inventory, &[&[lab.as_str()], arguments].concat())
}

fn destroyed(cluster: &Cluster, inventory: &Path) -> Ran {
    run(
        cluster,
        inventory,
        &["destroy", "--cluster", "--wipe", "--confirm", cluster.name()],
    )
}

#[test]
#[ignore = "takes minutes: GLUSTERCTL_SOAK=1 tests/run"]
fn lab_the_cluster_s_hosts_get_through_each_firewall_and_nobody_else_does() {
    let cluster = Cluster::installed("firewall", &INVENTORY.replace("FIREWALL", "unmanaged"));
    let on = |command: &str| cluster.lab.must("kube1", command);
    let inventory = cluster.write("open.yaml", &INVENTORY.replace("FIREWALL", "open"));
    cluster.lab.must("kube2", "ip address add 198.51.100.99/24 dev eth0");
    on("DEBIAN_FRONTEND=noninteractive apt-get -y -q --no-download --no-install-recommends install nftables ufw firewalld
        systemctl disable --now firewalld ufw");
    let mut cases = Cases::default();
    cases.case("nftables", || {
        on(&format!(
            "cat >/etc/nftables.conf <<'END'\n{NFTABLES}END\nsystemctl enable --now nftables"
        ));
        let before = on("nft -s list ruleset");
        opens(
            &cluster,
            &inventory,
            "systemctl restart nftables && systemctl reload nftables",
        );
        let ran = destroyed(&cluster, &inventory);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        assert_eq!(on("nft -s list ruleset"), before);
        on("! ls /etc/glusterctl /etc/systemd/system/nftables.service.d 2>/dev/null");
        on("systemctl disable --now nftables; nft flush ruleset");
    });
    cases.case("firewalld", || {
        on("systemctl start firewalld && until firewall-cmd --state; do sleep 0.2; done");
        let rules = "firewall-cmd --list-all && firewall-cmd --permanent --list-all";
        let before = on(rules);
        opens(
            &cluster,
            &inventory,
            "systemctl restart firewalld && until firewall-cmd --state; do sleep 0.2; done",
        );
        let ran = destroyed(&cluster, &inventory);
        assert_eq!((ran.status, on(rules)), (0, before), "{}", ran.stderr);
        on("systemctl stop firewalld");
    });
    cases.case("ufw", || {
        on("ufw allow 22/tcp && ufw --force enable");
        let before = on("ufw show added");
        opens(&cluster, &inventory, "ufw reload");
        let ran = destroyed(&cluster, &inventory);
        assert_eq!((ran.status, on("ufw show added")), (0, before), "{}", ran.stderr);
    });
    cases.finish();
}
