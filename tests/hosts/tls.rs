//! Encrypted connections on real (stand-in) hosts: a fresh cluster with certificates that are made, a client without a
//! certificate, a renewal while a program writes, a host that is added, and an encryption that is not switched under load.

use crate::support::boot::LIMIT;
use crate::support::cluster::{Cases, Cluster, ended_titles};

const INVENTORY: &str = "\
cluster: CLUSTER
tls: {certificates: made}
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
  - {name: kube3, address: 198.51.100.13, devices: [/dev/vdb]}
  - {name: app1, address: 198.51.100.21, role: client}
volumes:
  - {name: gv0, replica: 3, mount: /data}
";

/// The same without the client, which is added later.
fn first() -> String {
    INVENTORY.replace("  - {name: app1, address: 198.51.100.21, role: client}\n", "")
}

/// Runs `apply` with another inventory; returns its exit status and its messages.
fn apply(cluster: &Cluster, text: &str) -> (i32, String) {
    let file = cluster.write("edited.yaml", &format!("{text}ssh: {{config_file: SSH_CONFIG}}\n"));
    let ran = cluster.run_with(&file, &["apply", "--yes"]);
    (ran.status, ran.stderr)
}

/// What `openssl s_client` says of a port, with these options.
fn hello(cluster: &Cluster, host: &str, port: &str, options: &str) -> String {
    let command = format!("timeout 10 openssl s_client -connect kube1:{port} {options} </dev/null 2>&1 || :");
    cluster.lab.must(host, &command)
}

/// The port of kube1's brick.
fn brick_port(cluster: &Cluster) -> String {
    let command = "gluster --mode=script volume status gv0 kube1:/bricks/vdb/gv0 | awk '/^Brick kube1/ { print $3 }'";
    cluster.lab.must("kube1", command)
}

#[test]
#[expect(clippy::too_many_lines, reason = "one case after the other, on one lab")]
fn lab_every_connection_is_encrypted_and_stays_so() {
    let cluster = Cluster::installed("tls", INVENTORY);
    let on = |host: &str, command: &str| cluster.lab.must(host, command);
    let servers = ["kube1", "kube2", "kube3"].map(str::to_owned);
    let mut cases = Cases::default();
    let made = cases.case("a fresh cluster is encrypted, and a second apply does nothing", || {
        let (status, said) = apply(&cluster, &first());
        assert_eq!(status, 0, "{said}");
        assert!(!said.contains("PRIVATE"), "{said}");
        cluster.shares(&servers, "/data");
        let (status, said) = apply(&cluster, &first());
        assert!(status == 0 && said.contains("Nothing to do"), "{said}");
        for host in &servers {
            on(
                host,
                "[ \"$(stat -c %a /usr/lib/ssl/glusterfs.key)\" = 600 ] && [ \"$(grep -c BEGIN /usr/lib/ssl/glusterfs.ca)\" = 3 ] && \
                 [ -e /var/lib/glusterd/secure-access ]",
            );
        }
        for port in [brick_port(&cluster).as_str(), "24007"] {
            let said = hello(&cluster, "kube2", port, "-CAfile /usr/lib/ssl/glusterfs.ca");
            assert!(said.contains("Verify return code: 0 (ok)") && said.contains("CN = kube1"), "{port}: {said}");
        }
    });
    assert!(made);
    cases.case("a host without a certificate does not mount", || {
        on("app1", "mkdir -p /mnt/gv0; for server in kube1 kube2 kube3; do grep -q $server /etc/hosts || getent hosts $server || \
                    echo 198.51.100.1${server#kube} $server >>/etc/hosts; done");
        for secure in ["rm -f", "mkdir -p /var/lib/glusterd; touch"] {
            on("app1", &format!("{secure} /var/lib/glusterd/secure-access"));
            let ran = cluster.lab.run("app1", "timeout 20 mount -t glusterfs kube1:/gv0 /mnt/gv0 && ls /mnt/gv0");
            assert!(!ran.status.success(), "{secure}: {ran:?}");
        }
        on("app1", "rm -f /var/lib/glusterd/secure-access; sed -i /kube/d /etc/hosts");
        cluster.shares(&servers, "/data");
    });
    cases.case("a host is added, and a certificate renewed, while a program writes", || {
        // In place of a certificate that was made ten years ago.
        on(
            "kube2",
            "cd /usr/lib/ssl && openssl req -x509 -key glusterfs.key -days 100 -subj /CN=kube2 -out old.pem && mv old.pem glusterfs.pem",
        );
        on(
            "kube3",
            "systemd-run -q --unit=writer sh -c 'while :; do date +%N >>/data/ticks || echo failed >>/root/failed; sleep 0.1; done'",
        );
        let ran = cluster.run(&["-o", "json", "apply"]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let titles = ended_titles(&ran.events());
        let done = |host: &str, title: &str| assert!(titles.contains(&(host.into(), title.into())), "{titles:#?}");
        done("app1", "make a key and a certificate");
        done("kube2", "make the next key and certificate");
        done("kube2", "use the next key and certificate");
        let trusts = |(host, title): &(String, String)| host == "kube1" && title.contains("next certificate of kube2");
        assert!(titles.iter().any(trusts), "{titles:#?}");
        on("kube3", "systemctl -q is-active writer && [ ! -e /root/failed ] && systemctl stop writer");
        let left = on("kube2", "openssl x509 -in /usr/lib/ssl/glusterfs.pem -noout -checkend 300000000; ls /usr/lib/ssl");
        assert!(!left.contains("next"), "{left}");
        assert_eq!(on("app1", "grep -c BEGIN /usr/lib/ssl/glusterfs.ca"), "4");
        // The new key serves: for a mount that begins, and for the heal daemons.
        on("kube2", "umount /data && systemctl start data.mount");
        cluster.shares(&cluster.hosts(), "/data");
        let heal = on("kube1", "gluster --mode=script volume heal gv0 info");
        assert_eq!(heal.matches("Status: Connected").count(), 3, "{heal}");
        let (status, said) = apply(&cluster, INVENTORY);
        assert!(status == 0 && said.contains("Nothing to do"), "{said}");
    });
    cases.case("the encryption is not switched off while anything runs", || {
        let plain = INVENTORY.replace("tls: {certificates: made}\n", "");
        let (status, said) = apply(&cluster, &plain);
        assert_eq!(status, 1, "{said}");
        assert!(
            said.contains("kube1: Gluster runs here with encrypted management") && said.contains("no steps done"),
            "{said}"
        );
        cluster.shares(&cluster.hosts(), "/data");
    });
    cases.case("the encryption is switched off while nothing runs", || {
        let plain = INVENTORY.replace("tls: {certificates: made}\n", "");
        cluster.on_each(&cluster.hosts(), |_| "umount /data".to_owned());
        on("kube1", "gluster --mode=script volume stop gv0");
        cluster.on_each(&servers, |_| "systemctl stop glusterd".to_owned());
        let (status, said) = apply(&cluster, &plain);
        assert_eq!(status, 0, "{said}");
        cluster.shares(&cluster.hosts(), "/data");
        let said = hello(&cluster, "kube2", &brick_port(&cluster), "");
        assert!(said.contains("no peer certificate available"), "{said}");
    });
    cases.case("destroy takes the keys away", || {
        let ran = cluster.run(&["destroy", "--cluster", "--confirm", cluster.name()]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        for host in cluster.hosts() {
            on(
                &host,
                "! ls /usr/lib/ssl/glusterfs* /var/lib/glusterd/secure-access /etc/glusterctl 2>/dev/null",
            );
        }
    });
    cases.finish();
}

const TWO: &str = "\
cluster: CLUSTER
tls: {certificates: KIND}
hosts:
  - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}
  - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}
volumes:
  - {name: gv0, replica: 2, mount: /data, options: {network.ping-timeout: 5}}
";

/// Makes an authority, and for each host a key and a certificate of the authority, below /root on kube1.
const AUTHORITY: &str = "mkdir -p /root/tls && cd /root/tls && [ -e glusterfs.ca ] ||
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out glusterfs.ca -days 30 -subj /CN=authority 2>&1
for host in kube1 kube2 kube3; do
    openssl req -newkey rsa:2048 -nodes -keyout $host.key -out $host.csr -subj /CN=$host 2>&1
    openssl x509 -req -in $host.csr -CA glusterfs.ca -CAkey ca.key -CAcreateserial -days 20 -out $host.pem 2>&1
done";

/// Gives each of these hosts its key, its certificate and the authority's certificate.
fn give(cluster: &Cluster, hosts: &[&str]) {
    let all = cluster.lab.must(
        "kube1",
        &format!("{{ {AUTHORITY}\n}} >/dev/null; cd /root/tls; tail -n +1 *.pem *.key *.ca"),
    );
    let of = |file: &str| {
        let (_, text) = all.split_once(&format!("==> {file} <==\n")).unwrap();
        text.split("==> ").next().unwrap().trim().to_owned()
    };
    for host in hosts {
        let files = [
            ("key", of(&format!("{host}.key"))),
            ("pem", of(&format!("{host}.pem"))),
            ("ca", of("glusterfs.ca")),
        ];
        for (kind, text) in files {
            let put =
                format!("umask 077; cat >/root/new <<'END' && mv /root/new /usr/lib/ssl/glusterfs.{kind}\n{text}\nEND");
            cluster.lab.must(host, &put);
        }
    }
}

const ALL: [&str; 3] = ["kube1", "kube2", "kube3"];

/// Inventories with two and with three servers, with certificates of that kind.
fn two_and_three(kind: &str) -> (String, String) {
    let two = TWO.replace("KIND", kind);
    let three = "  - {name: kube3, address: 198.51.100.13, devices: [/dev/vdb]}\nvolumes:\n";
    let three = two.replace("volumes:\n", three).replace("replica: 2", "replica: 3");
    (two, three)
}

/// Applies an inventory, after which nothing is left to do.
fn applied(cluster: &Cluster, text: &str) {
    let (status, said) = apply(cluster, text);
    assert_eq!(status, 0, "{said}");
    let (status, said) = apply(cluster, text);
    assert!(status == 0 && said.contains("Nothing to do"), "{said}");
}

/// While a program on kube1 writes, a server of three loses its power; then all three do. Connections stay encrypted.
fn power_is_lost(cluster: &Cluster, three: &str) {
    let is_encrypted = || {
        let port = brick_port(cluster);
        let said = hello(cluster, "kube3", &port, "-CAfile /usr/lib/ssl/glusterfs.ca");
        assert!(
            said.contains("Verify return code: 0 (ok)") && said.contains("CN = kube1"),
            "{said}"
        );
    };
    is_encrypted();
    cluster.cut(&["kube3"]);
    cluster.lab.must("kube1", "sleep 6; echo missed >/data/missed");
    cluster.boot(&["kube3"]);
    cluster.mounted(&["kube3"], LIMIT);
    cluster.heals();
    let (written, refused) = cluster.nothing_is_lost("kube1", &ALL);
    assert!(written > 20 && refused == 0, "{written} written, {refused} refused");
    cluster.cut(&ALL);
    cluster.boot(&ALL);
    cluster.mounted(&ALL, LIMIT);
    cluster.heals();
    cluster.holds("kube1", "/data", &ALL);
    is_encrypted();
    applied(cluster, three);
}

#[test]
#[ignore = "takes minutes: GLUSTERCTL_SOAK=1 tests/run"]
fn lab_a_server_is_added_and_power_is_lost_with_certificates_that_are_given() {
    let (two, three) = two_and_three("given");
    let cluster = Cluster::installed("given", &three);
    let refused = |text: &str| {
        let (status, said) = apply(&cluster, text);
        assert_eq!(status, 1, "{said}");
        assert!(said.contains("there is no /usr/lib/ssl/glusterfs.key"), "{said}");
    };
    refused(&two);
    give(&cluster, &ALL[..2]);
    applied(&cluster, &two);
    cluster.write_steadily("kube1");
    refused(&three);
    give(&cluster, &ALL[2..]);
    applied(&cluster, &three);
    // Other keys and certificates of the same authority, while everything runs.
    give(&cluster, &ALL);
    power_is_lost(&cluster, &three);
}

#[test]
#[ignore = "takes minutes: GLUSTERCTL_SOAK=1 tests/run"]
fn lab_a_server_is_added_and_power_is_lost_with_certificates_that_are_made() {
    let (two, three) = two_and_three("made");
    let cluster = Cluster::installed("made", &three);
    applied(&cluster, &two);
    cluster.write_steadily("kube1");
    applied(&cluster, &three);
    power_is_lost(&cluster, &three);
}
