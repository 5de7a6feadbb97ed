//! SSH as people have it: hosts behind a jump host, aliases and logins of `~/.ssh/config`, keys in ssh-agent alone.

#![allow(clippy::unwrap_used, reason = "helpers of tests are outside of #[test]")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::cluster::{Cases, Cluster, Ran};
use support::{PROGRAM, say};

/// The lab's hosts; the inventories of the cases leave the bastion out.
const INVENTORY: &str = "cluster: CLUSTER\nhosts:\n\
                         \x20 - {name: kube1, address: 198.51.100.11, devices: [/dev/vdb]}\n\
                         \x20 - {name: kube2, address: 198.51.100.12, devices: [/dev/vdb]}\n\
                         \x20 - {name: bastion, address: 198.51.100.13, devices: [/dev/vdb]}\n\
                         volumes: []\n";

/// An operator of this machine with a home directory of their own.
struct Operator<'c> {
    cluster: &'c Cluster,
    home: tempfile::TempDir,
    agent: Agent,
    /// The `ProxyCommand` that reaches the lab.
    proxy: String,
}

/// An ssh-agent, which ends with the value.
struct Agent {
    child: Child,
    socket: PathBuf,
}

impl Agent {
    fn start(directory: &Path, key: &Path) -> Self {
        let socket = directory.join("agent");
        let child = Command::new("ssh-agent")
            .arg("-D")
            .arg("-a")
            .arg(&socket)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let agent = Agent { child, socket };
        let begun = Instant::now();
        while !agent.socket.exists() {
            assert!(begun.elapsed() < Duration::from_secs(10), "no agent");
            std::thread::sleep(Duration::from_millis(10));
        }
        let added = Command::new("ssh-add")
            .arg("-q")
            .arg(key)
            .env("SSH_AUTH_SOCK", &agent.socket)
            .status();
        assert!(added.unwrap().success());
        agent
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The value of the first line of that keyword in an ssh_config.
fn value<'t>(config: &'t str, keyword: &str) -> &'t str {
    let mut lines = config.lines().filter_map(|line| line.trim().split_once(' '));
    lines.find(|(found, _)| *found == keyword).unwrap().1
}

impl<'c> Operator<'c> {
    /// An operator who has the lab's key in an agent alone, and knows the keys of the lab's hosts.
    fn of(cluster: &'c Cluster) -> Self {
        let lab = fs::read_to_string(cluster.lab.ssh_config()).unwrap();
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".ssh")).unwrap();
        let passwd = fs::read_to_string("/etc/passwd").unwrap();
        let lines = passwd.lines().map(|line| match line.starts_with("root:") {
            true => format!("root:x:0:0:root:{}:/bin/sh\n", home.path().display()),
            false => format!("{line}\n"),
        });
        fs::write(home.path().join("passwd"), lines.collect::<String>()).unwrap();
        let operator = Operator {
            cluster,
            agent: Agent::start(home.path(), Path::new(value(&lab, "IdentityFile"))),
            home,
            proxy: value(&lab, "ProxyCommand").to_owned(),
        };
        operator.write("known_hosts", &operator.keys());
        operator
    }

    /// The keys of the lab's hosts, a line each.
    fn keys(&self) -> String {
        let lab = fs::read_to_string(self.cluster.lab.ssh_config()).unwrap();
        fs::read_to_string(value(&lab, "UserKnownHostsFile")).unwrap()
    }

    /// Writes a file of `~/.ssh`; `PROXY` becomes what reaches the lab.
    fn write(&self, name: &str, text: &str) {
        let proxy = format!("ProxyCommand {}\n    ProxyUseFdpass yes", self.proxy);
        fs::write(self.home.path().join(".ssh").join(name), text.replace("PROXY", &proxy)).unwrap();
    }

    /// The program as this operator runs it, without a terminal. ssh finds the home directory in /etc/passwd, and not in HOME.
    fn command(&self, inventory: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "setsid", "--wait", "sh", "-c"])
            .arg("mount --bind \"$1\" /etc/passwd && shift && exec \"$@\"")
            .arg("sh")
            .arg(self.home.path().join("passwd"))
            .args([PROGRAM, "--inventory"])
            .arg(inventory)
            .args(arguments)
            .env("HOME", self.home.path())
            .env("SSH_AUTH_SOCK", &self.agent.socket)
            .env_remove("GLUSTERCTL_INVENTORY")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, inventory: &Path, arguments: &[&str]) -> Ran {
        ran(&mut self.command(inventory, arguments))
    }
}

fn ran(command: &mut Command) -> Ran {
    let begun = Instant::now();
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let ran = Ran {
        status: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    };
    say(&format!(
        "{:.1} s, exit {}\n{}",
        begun.elapsed().as_secs_f64(),
        ran.status,
        ran.stderr
    ));
    ran
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
            "printf 'Port 22\\nPort 2222\\nAllowUsers *@198.51.100.13\\n' >/etc/ssh/sshd_config.d/only.conf && systemctl restart ssh",
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
        let ran = operator.run(&behind, &["apply", "--yes"]);
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

    cases.finish();
}
