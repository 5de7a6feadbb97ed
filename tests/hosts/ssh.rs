//! SSH as people have it: hosts behind a jump host, aliases and logins of `~/.ssh/config`, keys in ssh-agent alone, host keys in
//! the inventory, passwords for sudo, IPv6.

mod operator;

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use operator::{Operator, ran};

use serde_json::{Value, json};

use crate::support::cluster::{Cases, Cluster, Ran};
use crate::support::{blocks, documents, say};
use glusterctl::shell;

/// The lab's hosts; the inventories of the cases leave the bastion out.
const INVENTORY: &str = "cluster: CLUSTER\nhosts:\n\
                         \x20 - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}\n\
                         \x20 - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}\n\
                         \x20 - {name: bastion, address: 198.51.100.13, devices: [/dev/vdb]}\n\
                         volumes: []\n";

/// The words after `glusterctl` of the commands of docs/ssh.md.
fn of_page() -> Vec<Vec<&'static str>> {
    let commands = blocks::commands(include_str!("../../docs/ssh.md"));
    let words = |line: &'static str| line.split(' ').skip(1).collect();
    commands.into_iter().map(words).collect()
}

/// The command lines of all processes: the stand-ins' are among them.
fn command_lines() -> impl Iterator<Item = String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|process| fs::read(process.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).into_owned())
}

/// The fingerprint of a key, as ssh-keygen has it.
fn fingerprint(key: &str) -> String {
    let mut keygen = Command::new("ssh-keygen");
    let mut child = keygen
        .args(["-l", "-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(key.as_bytes()).unwrap();
    let printed = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    printed.split(' ').nth(1).unwrap().to_owned()
}

const CONFIG: &str = "\
Host bastion
    HostName 198.51.100.13
    PROXY
Host storage-one
    HostName 198.51.100.11
    User op
Host storage-two
    HostName 198.51.100.12
    Port 2222
Host storage-*
    ProxyJump bastion
    # None of this is for glusterctl.
    LocalForward 2201 localhost:22
    RemoteCommand echo hello
    LogLevel QUIET
";

const BEHIND: &str = "cluster: CLUSTER\nhosts:\n\
                      \x20 - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb], ssh: {host: storage-one, become: sudo}}\n\
                      \x20 - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb], ssh: {host: storage-two}}\n\
                      volumes: []\n";

#[test]
#[expect(clippy::too_many_lines, reason = "one test from its first step to its last")]
fn lab_ssh_as_people_have_it() {
    let cluster = Cluster::installed("ssh", INVENTORY);
    let lab = &cluster.lab;
    let operator = Operator::of(&cluster);
    let mut cases = Cases::default();
    for host in ["kube1", "kube2"] {
        lab.must(
            host,
            "useradd -m -s /bin/sh op && mkdir ~op/.ssh && cp /root/.ssh/authorized_keys ~op/.ssh/ && chown -R op ~op/.ssh && \
             echo 'op ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/op",
        );
        // Only the bastion may log in.
        lab.must(
            host,
            "ip address add 2001:db8::1${HOSTNAME#kube}/64 dev eth0 nodad; \
             printf 'Port 22\\nPort 2222\\nAllowUsers *@198.51.100.13 *@2001:db8::13\\n' >/etc/ssh/sshd_config.d/only.conf && systemctl restart ssh",
        );
        assert!(!lab.ssh(host, "true").status.success());
    }
    let key = operator.keys();
    let two = key.lines().find(|line| line.starts_with("kube2,")).unwrap();
    let two = two.replacen("kube2,198.51.100.12", "[198.51.100.12]:2222", 1);
    let known = format!("{key}{two}\n");
    operator.write("known_hosts", &known);
    operator.write("config", CONFIG);
    let behind = cluster.write("behind.yaml", BEHIND);

    cases.case("hosts_behind_a_jump_host_are_made_what_the_inventory_wants", || {
        let ran = operator.run(&behind, &[&of_page()[0][..], &["--yes"]].concat());
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        assert_eq!(lab.must("kube1", "gluster --mode=script pool list | wc -l"), "3");
    });

    cases.case("what_is_wrong_with_the_jump_host_is_said", || {
        let hand = "ssh bastion";
        let each = |ran: &Ran, what: &str, remedy: &str| {
            assert_eq!(ran.status, 1);
            for host in ["kube1", "kube2"] {
                assert_eq!(ran.error_of(host), format!("{host}: {what}\n{remedy}"));
            }
        };
        let ran = ran(operator.command(&behind, &["discover"]).env_remove("SSH_AUTH_SOCK"));
        each(
            &ran,
            "the jump host bastion refused the login: root@198.51.100.13: Permission denied (publickey,password).",
            &format!(
                "give the jump host a key that works without a password: in ssh-agent (ssh-add FILE), or as IdentityFile in \
                 your ssh_config; try it: {hand}"
            ),
        );
        let without: String = known.lines().filter(|line| !line.starts_with("bastion,")).map(|line| format!("{line}\n")).collect();
        operator.write("known_hosts", &without);
        each(
            &operator.run(&behind, &["discover"]),
            "jump host: the SSH host key of bastion is not known",
            &format!("compare its fingerprint and accept it once with: {hand}"),
        );
        operator.write("known_hosts", &known);
        lab.must("kube2", "sed -i /2222/d /etc/ssh/sshd_config.d/only.conf && systemctl restart ssh");
        let ran = operator.run(&behind, &["discover", "kube2"]);
        assert_eq!(
            ran.error_of("kube2"),
            "kube2: the jump host bastion does not reach [198.51.100.12]:2222: Connection refused\n\
             check that the host is up, and that the jump host's sshd and firewall let it connect there"
        );
        lab.must("bastion", "systemctl stop ssh.socket ssh");
        let begun = Instant::now();
        let ran = operator.run(&behind, &["discover", "--connect-timeout", "2", "--concurrency", "1"]);
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        assert!(ran.error_of("kube1").starts_with("kube1: the jump host bastion was not reached: "), "{}", ran.stderr);
        lab.must("bastion", "systemctl start ssh");
    });

    cases.case("a_pinned_key_alone_is_trusted_and_a_new_key_if_the_inventory_says_so", || {
        operator.write("known_hosts", &operator.line("bastion"));
        operator.write("config", &CONFIG.replace("    Port 2222\n", ""));
        let (one, two) = (operator.key("kube1"), operator.key("kube2"));
        let keys = |settings: [&str; 2]| {
            let [one, two] = settings;
            let text = BEHIND.replace("become: sudo", &format!("become: sudo, {one}"));
            cluster.write("keys.yaml", &text.replace("storage-two", &format!("storage-two, {two}")))
        };
        let pinned = |key: &str| format!("host_key: {key}");
        let ran = operator.run(&keys([&pinned(&one), &pinned(&two)]), &["discover"]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);

        let ran = operator.run(&keys([&pinned(&two), "host_keys: accept-new"]), &["discover"]);
        let error = ran.error_of("kube1");
        let lines: Vec<&str> = error.lines().collect();
        assert!(
            lines[0].starts_with("kube1: the SSH host key of storage-one is not the host_key of the inventory: the host shows SHA256:"),
            "{error}"
        );
        assert!(lines[1].starts_with("if the host was reinstalled, write the key"), "{error}");
        assert_eq!(ran.errors().len(), 1, "{}", ran.stderr);
        let known = fs::read_to_string(operator.home.path().join(".ssh/known_hosts")).unwrap();
        assert!(known.contains(&two), "{known}");
        // What the run adds, it tells; what known_hosts has by now is nothing new.
        let told: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("accepted the SSH host key")).collect();
        let file = operator.home.path().join(".ssh/known_hosts");
        let said = format!("kube2: accepted the SSH host key {}, and added it to {}", fingerprint(&two), file.display());
        assert_eq!(told, [said]);
        let new = keys([&pinned(&one), "host_keys: accept-new"]);
        operator.write("known_hosts", &operator.line("bastion"));
        let ran = operator.run(&new, &["-o", "json", "apply", "--yes"]);
        let events = ran.events();
        let told: Vec<&Value> = events.iter().filter(|event| event["event"] == "new-host-key").collect();
        let expected = json!({
            "version": 1, "event": "new-host-key", "host": "kube2", "fingerprint": fingerprint(&two), "file": file, "added": true
        });
        assert_eq!((ran.status, told), (0, vec![&expected]), "{}", ran.stderr);
        events.iter().for_each(|event| documents::valid("event", event));
        let again = operator.run(&new, &["discover"]);
        assert!(!again.stderr.contains("SSH host key"), "{}", again.stderr);

        // A changed key is another matter.
        operator.write("known_hosts", &format!("{}198.51.100.12 {one}\n", operator.line("bastion")));
        let ran = operator.run(&keys([&pinned(&one), "host_keys: accept-new"]), &["discover"]);
        assert!(
            ran.error_of("kube2").starts_with("kube2: the SSH host key of storage-two has changed"),
            "{}",
            ran.stderr
        );
    });

    cases.case("ssh_reaches_a_host_at_an_ipv6_address", || {
        operator.write("known_hosts", &operator.keys());
        lab.must("bastion", "ip address add 2001:db8::13/64 dev eth0 nodad");
        operator.write(
            "config",
            &format!("{CONFIG}Host 2001:db8::*\n    User op\n    ProxyJump bastion\n"),
        );
        let pinned = format!("\"2001:db8::11\", host_key: {}", operator.key("kube1"));
        let six = cluster.write("six.yaml", &BEHIND.replace("storage-one", &pinned));
        let ran = operator.run(&six, &["discover", "kube1"]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let unknown = cluster.write("six.yaml", &BEHIND.replace("storage-one", "\"2001:db8::11\""));
        let ran = operator.run(&unknown, &["discover", "kube1"]);
        assert_eq!(
            ran.error_of("kube1"),
            "kube1: the SSH host key of 2001:db8::11 is not known\n\
             compare its fingerprint and accept it once with: ssh '2001:db8::11'"
        );
    });

    cases.case("a_password_for_sudo_is_asked_once_or_given_and_shown_nowhere", || {
        operator.write("known_hosts", &operator.keys());
        operator.write("config", &CONFIG.replace("    Port 2222\n", ""));
        let password = format!("Tr0ub4dor&{}", std::process::id());
        for host in ["kube1", "kube2"] {
            lab.must(
                host,
                &format!("echo 'op:{password}' | chpasswd && echo 'op ALL=(ALL) ALL' >/etc/sudoers.d/op"),
            );
        }
        let sudo = cluster.write(
            "sudo.yaml",
            &BEHIND.replace("become: sudo", "user: op, become: sudo").replace("storage-two", "storage-two, user: op, become: sudo"),
        );
        let ran_with = |variable: &str, arguments: &[&str]| ran(operator.command(&sudo, arguments).env("GLUSTERCTL_SUDO_PASSWORD", variable));

        let none = operator.run(&sudo, &["discover"]);
        assert_eq!(
            none.error_of("kube2"),
            "kube2: the login cannot become root: sudo wants a password, and there is no terminal to ask for it\n\
             write the password to a file and add --sudo-password-file FILE, or set GLUSTERCTL_SUDO_PASSWORD;\n\
             or let the login run everything without a password, in /etc/sudoers.d on the host: op ALL=(ALL) NOPASSWD: ALL"
        );
        assert_eq!(
            ran_with("wrong", &["discover", "kube1"]).error_of("kube1"),
            "kube1: the login cannot become root: sudo refused the password\n\
             correct GLUSTERCTL_SUDO_PASSWORD: it is the password of the login on the host"
        );

        lab.must("kube1", "systemctl disable --now glusterd");
        let ended = AtomicBool::new(false);
        let (applied, seen) = thread::scope(|scope| {
            let watch = scope.spawn(|| {
                let mut seen = 0;
                while !ended.load(Ordering::Relaxed) {
                    seen += command_lines().filter(|line| line.contains(&password)).count();
                    thread::sleep(Duration::from_millis(20));
                }
                seen
            });
            let ran = ran_with(&password, &["-v", "apply", "--yes"]);
            ended.store(true, Ordering::Relaxed);
            (ran, watch.join().unwrap())
        });
        assert_eq!((applied.status, seen), (0, 0), "{}", applied.stderr);
        assert_eq!(lab.must("kube1", "systemctl is-active glusterd"), "active");
        let records = Command::new("grep").args(["-rlF", &password]).arg(operator.home.path()).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&records.stdout), "");
        assert!(!applied.stderr.contains(&password) && !applied.stdout.contains(&password));

        let file = cluster.write("password", &format!("{password}\n"));
        let given = ran(operator.command(&sudo, &of_page()[1]).current_dir(file.parent().unwrap()));
        assert_eq!(given.status, 0, "{}", given.stderr);

        let (succeeded, shown) = operator.answer(&sudo, &["discover"], &password);
        assert!(succeeded && !shown.contains(&password), "{shown}");
        assert_eq!(shown.matches("password for sudo").count(), 1, "{shown}");
    });

    cases.case("a_node_that_provisions_itself_takes_a_password_for_sudo_too", || {
        let local = "cluster: CLUSTER\nhosts:\n\
                     \x20 - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb], connection: local, ssh: {become: sudo}}\n\
                     \x20 - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb], connection: local, ssh: {become: sudo}}\n\
                     volumes: []\n";
        cluster.install(&["kube1"]);
        lab.put("kube1", &cluster.write("local.yaml", local), "/home/op/local.yaml", "644");
        lab.must(
            "kube1",
            "echo op:s3same-word | chpasswd && echo 'op ALL=(ALL) ALL' >/etc/sudoers.d/op && \
             echo s3same-word >~op/password && chown op ~op/password && chmod 600 ~op/password",
        );
        let as_op = |words: &str| {
            let output = lab.run("kube1", &format!("su - op -c {}", shell::quote(words)));
            let text = |bytes| String::from_utf8(bytes).unwrap();
            let (status, shown) = (output.status.code(), text(output.stdout) + &text(output.stderr));
            say(&shown);
            (status, shown)
        };
        let look = "glusterctl -i local.yaml discover kube1";
        let (status, shown) = as_op(&format!("setsid -w {look} </dev/null"));
        assert_eq!(status, Some(1), "{shown}");
        assert!(shown.contains("kube1: the login cannot become root: sudo wants a password, and there is no terminal"), "{shown}");
        assert!(shown.contains("/etc/sudoers.d on the host: op ALL=(ALL) NOPASSWD: ALL"), "{shown}");
        let (status, shown) = as_op(&format!("GLUSTERCTL_SUDO_PASSWORD=wrong {look}"));
        assert!(status == Some(1) && shown.contains("correct GLUSTERCTL_SUDO_PASSWORD"), "{shown}");
        for given in ["GLUSTERCTL_SUDO_PASSWORD=$(cat password) glusterctl", "glusterctl --sudo-password-file password"] {
            let (status, shown) = as_op(&format!("{given} -i local.yaml apply --yes"));
            assert!(status == Some(0) && !shown.contains("s3same-word"), "{shown}");
        }
        // At a terminal: one question, for this host alone.
        let (status, shown) = as_op(&format!("(sleep 3; cat password; sleep 3) | script -q -e -c '{look}' /dev/null"));
        assert_eq!(status, Some(0), "{shown}");
        assert_eq!(shown.matches("password for sudo on kube1: ").count(), 1, "{shown}");
        assert!(shown.contains("/dev/vdb") && !shown.contains("s3same-word"), "{shown}");
    });

    cases.finish();
}
