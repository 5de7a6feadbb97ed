//! Broken hosts: each fault ends in one message that names the host, the fault and the remedy; no file is half-written; and
//! the work on the other hosts is finished.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::cluster::{Cases, Cluster, ended_titles};
use crate::support::{host, say};

const HOSTS: usize = 5;

fn inventory() -> String {
    let mut text = "cluster: CLUSTER\nhosts:\n".to_owned();
    for number in 1..=HOSTS {
        text += &format!(
            "  - {{name: kube{number}, address: 198.51.100.{}, devices: [/dev/vdb]}}\n",
            10 + number
        );
    }
    text + "volumes: []\n"
}

/// An inventory of some of these hosts; a line each says what is special.
fn of(lines: &[(u8, &str)]) -> String {
    let mut text = "cluster: CLUSTER\nssh: {config_file: SSH_CONFIG}\nhosts:\n".to_owned();
    for (number, special) in lines {
        text += &format!(
            "  - {{name: kube{number}, address: 198.51.100.{}, {special}}}\n",
            10 + number
        );
    }
    text + "volumes: []\n"
}

const VDB: &str = "devices: [/dev/vdb]";

/// A copy of the lab's ssh configuration that knows these host keys.
fn knowing(cluster: &Cluster, name: &str, known_hosts: &str) -> String {
    let keys = cluster.write(&format!("{name}.keys"), known_hosts);
    let config = fs::read_to_string(cluster.lab.ssh_config()).unwrap();
    let lines = config.lines().map(|line| {
        if line.trim_start().starts_with("UserKnownHostsFile") {
            format!("    UserKnownHostsFile {}\n", keys.display())
        } else {
            format!("{line}\n")
        }
    });
    let path = cluster.write(name, &lines.collect::<String>());
    path.display().to_string()
}

fn key(path: &Path) -> String {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(path)
        .status()
        .unwrap();
    assert!(made.success());
    fs::read_to_string(path.with_extension("pub")).unwrap()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one test from its first step to its last")]
fn lab_bad_hosts_end_in_one_clear_message_each() {
    let cluster = Cluster::up_with("bad", &inventory(), |spec| spec.hosts[4].disks[0].mib = 200);
    let lab = &cluster.lab;
    let mut cases = Cases::default();

    cases.case("devices_that_are_not_usable_are_refused_each_for_its_reason", || {
        lab.must("kube3", "mkfs.ext4 -q -U 11111111-2222-3333-4444-555555555555 /dev/vdb");
        lab.must(
            "kube4",
            "head -c 512 /dev/urandom | dd of=/dev/vdb bs=1 seek=12345 conv=notrunc status=none; sync",
        );
        let sums = || {
            [
                lab.must("kube3", "md5sum </dev/vdb"),
                lab.must("kube4", "md5sum </dev/vdb"),
            ]
        };
        let before = sums();
        let file = cluster.write(
            "devices.yaml",
            &of(&[
                (1, "devices: [/dev/nothing]"),
                (2, "devices: [/dev/disk]"),
                (3, VDB),
                (4, VDB),
                (5, VDB),
            ]),
        );
        let ran = cluster.run_with(&file, &["plan"]);
        assert_eq!(ran.status, 1);
        for (host, thing) in [
            (
                "kube1",
                "/dev/nothing is not blank or not usable: there is no such device",
            ),
            (
                "kube2",
                "/dev/disk is not blank or not usable: it is a directory, not a block device",
            ),
            ("kube3", "it holds ext4 (UUID 11111111-2222-3333-4444-555555555555)"),
            ("kube4", "it holds data of no known kind"),
            ("kube5", "it has 200 MiB, and XFS needs at least 300 MiB"),
        ] {
            let error = ran.error_of(host);
            assert!(error.lines().next().unwrap().contains(thing), "{error}");
            assert!(error.lines().count() >= 2, "a remedy: {error}");
        }
        assert_eq!(ran.errors().len(), 5);
        assert!(!ran.stdout.contains("mkfs"), "{}", ran.stdout);
        assert_eq!(sums(), before);
    });

    cases.case("a_package_that_is_not_there_and_a_locked_package_manager", || {
        lab.must("kube2", "mkdir /root/apt && mv /var/lib/apt/lists /var/cache/apt /root/apt");
        // As apt itself holds it, for a while.
        lab.must(
            "kube1",
            "nohup perl -MFcntl -e 'open(F, \">>/var/lib/dpkg/lock-frontend\"); \
             fcntl(F, F_SETLK, pack(\"s s x4 q q i x4\", F_WRLCK, 0, 0, 0, 0)) or die; sleep 6' >/dev/null 2>&1 & sleep 0.3",
        );
        let sum = lab.must("kube4", "md5sum </dev/vdb");
        let file = cluster.write("packages.yaml", &of(&[(1, VDB), (2, VDB), (4, VDB)]));
        let ran = cluster.run_with(&file, &["apply", "--yes"]);
        lab.must("kube2", "rm -rf /var/lib/apt/lists /var/cache/apt; mv /root/apt/lists /var/lib/apt; mv /root/apt/apt /var/cache");
        assert_eq!(ran.status, 1);
        let error = ran.error_of("kube2");
        assert!(error.starts_with("kube2: install xfsprogs, glusterfs-server, glusterfs-client: exit status 100\n"), "{error}");
        assert!(error.contains("E: Unable to locate package"), "{error}");
        assert_eq!(ran.errors().len(), 2, "and kube4's disk:\n{}", ran.stderr);
        // The others went on: kube1 was waited for, kube4 did all that does not need its disk.
        assert_eq!(lab.must("kube1", "findmnt -n -o FSTYPE -M /bricks/vdb; systemctl is-active glusterd"), "xfs\nactive");
        assert_eq!(lab.must("kube4", "systemctl is-active glusterd; md5sum </dev/vdb"), format!("active\n{sum}"));
        assert_eq!(lab.must("kube2", "blkid -p /dev/vdb || echo blank; ls /var/lib/dpkg/updates"), "blank");
    });

    cases.case("formatting_needs_consent_when_nobody_can_be_asked", || {
        let file = cluster.write("consent.yaml", &of(&[(1, VDB), (2, VDB)]));
        let hosts = lab.must("kube2", "md5sum </etc/hosts");
        let ran = cluster.run_with(&file, &["apply"]);
        assert_eq!(ran.status, 1);
        assert_eq!(
            ran.errors(),
            ["this run formats kube2:/dev/vdb, and nobody agreed to that\nlook at glusterctl plan, then add --yes"]
        );
        assert_eq!(lab.must("kube2", "md5sum </etc/hosts"), hosts);
    });

    cases.case("a_login_that_becomes_root_with_sudo_does_it_all", || {
        lab.must(
            "kube2",
            "useradd -m -s /bin/sh op && echo op:secret | chpasswd && mkdir -p ~op/.ssh && \
             cp /root/.ssh/authorized_keys ~op/.ssh/ && chown -R op ~op/.ssh && \
             echo 'op ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/op",
        );
        let special = format!("{VDB}, ssh: {{user: op, become: sudo}}");
        let file = cluster.write("sudo.yaml", &of(&[(2, &special)]));
        let ran = cluster.run_with(&file, &["-o", "json", "apply", "--yes"]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        assert!(ended_titles(&ran.events()).len() > 5);
        assert_eq!(
            lab.must(
                "kube2",
                "findmnt -n -o FSTYPE -M /bricks/vdb; systemctl is-active glusterd"
            ),
            "xfs\nactive"
        );
    });

    cases.case("a_server_of_another_pool_is_left_alone", || {
        lab.must(
            "kube4",
            "echo 198.51.100.12 elsewhere >>/etc/hosts; gluster --mode=script peer probe elsewhere",
        );
        lab.must("kube4", "blkdiscard -z /dev/vdb");
        let file = cluster.write("foreign.yaml", &of(&[(1, VDB), (4, VDB)]));
        let ran = cluster.run_with(&file, &["apply", "--yes"]);
        assert_eq!(ran.status, 1);
        assert_eq!(
            ran.errors(),
            ["kube4 is in a trusted storage pool with elsewhere, and the inventory has no such server\n\
              put that server into the inventory; or, if the server is to leave the pool, detach it first: gluster peer \
              detach elsewhere"]
        );
        assert_eq!(lab.must("kube1", "gluster --mode=script pool list | wc -l"), "2");
    });

    cases.case("every_way_in_which_ssh_fails_has_its_message_and_the_others_go_on", || {
        let keys = tempfile::tempdir().unwrap();
        let other = key(&keys.path().join("other"));
        let other: Vec<&str> = other.split_whitespace().collect();
        let unknown = knowing(&cluster, "unknown", "");
        let changed = knowing(&cluster, "changed", &format!("198.51.100.11 {} {}\n", other[0], other[1]));
        lab.must("kube2", "echo 'op ALL=(ALL) ALL' >/etc/sudoers.d/op");
        lab.must(
            "kube1",
            "useradd -m -s /bin/sh slow && mkdir -p ~slow/.ssh && cp /root/.ssh/authorized_keys ~slow/.ssh/ && \
             echo 'sleep 1000' >~slow/.ssh/rc && chown -R slow ~slow/.ssh",
        );
        // The listening server only: it accepts connections, and says nothing.
        lab.must("kube4", "kill -STOP $(systemctl show -p MainPID --value ssh)");
        lab.kill(&[host("kube5")], &say).unwrap();
        lab.partition(&[host("kube3")]).unwrap();
        // Something to do on the one host that nothing is wrong with.
        lab.must("kube1", "systemctl disable --now glusterd");
        // Those that are refused are never talked to: one real host stands for all of them.
        let at = |special: String| format!("{VDB}, ssh: {{host: 198.51.100.11, {special}}}");
        let file = cluster.write(
            "ssh.yaml",
            &of(&[
                (1, VDB),
                (2, &format!("{VDB}, ssh: {{user: op, become: sudo}}")),
                (3, VDB),
                (4, VDB),
                (5, VDB),
                (6, &at(format!("config_file: {unknown}"))),
                (7, &at(format!("config_file: {changed}"))),
                (8, &at(format!("config_file: {unknown}.none"))),
                (9, &at("user: nobody".into())),
                (10, &at("user: slow".into())),
                (11, &format!("{VDB}, ssh: {{host: no-such.invalid}}")),
            ]),
        );
        let begun = Instant::now();
        let ran = cluster.run_with(&file, &["apply", "--yes"]);
        assert!(begun.elapsed() < Duration::from_secs(120), "{:?}", begun.elapsed());
        assert_eq!(ran.status, 1);
        let config = lab.ssh_config().display().to_string();
        let proxy = |to: &str| {
            format!(
                "unreachable: {to} was not reached through its ProxyCommand or ProxyJump\n\
                 check that the host is up; this shows what is wrong: ssh -F {config} {to}"
            )
        };
        for (host, message) in [
            (
                "kube2",
                "the login cannot become root: sudo wants a password, and there is no terminal to ask for it\n\
                 write the password to a file and add --sudo-password-file FILE, or set GLUSTERCTL_SUDO_PASSWORD;\n\
                 or let the login run everything without a password, in /etc/sudoers.d on the host: \
                 op ALL=(ALL) NOPASSWD: ALL"
                    .to_owned(),
            ),
            ("kube3", proxy("198.51.100.13")),
            (
                "kube4",
                "the SSH server does not answer: Connection timed out during banner exchange\n\
                 look at the host's console: it may be out of memory or stuck in I/O"
                    .to_owned(),
            ),
            ("kube5", proxy("198.51.100.15")),
            (
                "kube6",
                format!(
                    "the SSH host key of 198.51.100.11 is not known\n\
                     compare its fingerprint and accept it once with: ssh -F {unknown} 198.51.100.11"
                ),
            ),
            (
                "kube7",
                format!(
                    "the SSH host key of 198.51.100.11 has changed (Offending ED25519 key in {changed}.keys:1)\n\
                     if the host was reinstalled, remove the old key with: ssh-keygen -R 198.51.100.11\n\
                     then compare and accept the new key with: ssh -F {changed} 198.51.100.11\n\
                     if the host was not reinstalled, somebody may be in between: do not connect"
                ),
            ),
            (
                "kube8",
                format!(
                    "Can't open user config file {unknown}.none: No such file or directory\n\
                     correct ssh: {{config_file: …}} in the inventory"
                ),
            ),
            (
                "kube9",
                "the login was refused: nobody@198.51.100.11: Permission denied (publickey,password).\n\
                 give the login a key that works without a password (ssh: {user: …, identity_file: …} in the inventory); put a \
                 key with a passphrase into ssh-agent: ssh-add FILE"
                    .to_owned(),
            ),
            (
                "kube10",
                "the login succeeded, but a first command did not end within 20 s\n\
                 look at the host's console: it may be out of memory or stuck in I/O"
                    .to_owned(),
            ),
            ("kube11", proxy("no-such.invalid")),
        ] {
            assert_eq!(ran.error_of(host), format!("{host}: {message}"));
        }
        assert_eq!(ran.errors().len(), 10, "{}", ran.stderr);
        assert_eq!(lab.must("kube1", "systemctl is-active glusterd; systemctl is-enabled glusterd"), "active\nenabled");
    });

    cases.finish();
}
