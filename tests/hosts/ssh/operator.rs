//! An operator of this machine, with a home directory, an ssh-agent and a terminal of their own.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::cluster::{Cluster, Ran};
use crate::support::{PROGRAM, say};

/// An operator of this machine with a home directory of their own.
pub struct Operator<'c> {
    cluster: &'c Cluster,
    pub home: tempfile::TempDir,
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
        // The socket has its name before the agent listens.
        while let Err(error) = UnixStream::connect(&agent.socket) {
            assert!(begun.elapsed() < Duration::from_secs(10), "no agent: {error}");
            thread::sleep(Duration::from_millis(10));
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
    pub fn of(cluster: &'c Cluster) -> Self {
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
    pub fn keys(&self) -> String {
        let lab = fs::read_to_string(self.cluster.lab.ssh_config()).unwrap();
        fs::read_to_string(value(&lab, "UserKnownHostsFile")).unwrap()
    }

    /// Writes a file of `~/.ssh`; `PROXY` becomes what reaches the lab.
    pub fn write(&self, name: &str, text: &str) {
        let proxy = format!("ProxyCommand {}\n    ProxyUseFdpass yes", self.proxy);
        fs::write(self.home.path().join(".ssh").join(name), text.replace("PROXY", &proxy)).unwrap();
    }

    /// The program as this operator runs it, without a terminal.
    pub fn command(&self, inventory: &Path, arguments: &[&str]) -> Command {
        let mut command = self.at(Command::new("setsid"), inventory, arguments);
        command.stdin(Stdio::null());
        command
    }

    /// The program after a command. ssh finds the home directory in /etc/passwd, and not in HOME.
    fn at(&self, mut command: Command, inventory: &Path, arguments: &[&str]) -> Command {
        command
            .args(["unshare", "--mount", "sh", "-c"])
            .arg("mount --bind \"$1\" /etc/passwd && shift && exec \"$@\"")
            .arg("sh")
            .arg(self.home.path().join("passwd"))
            .args([PROGRAM, "--inventory"])
            .arg(inventory)
            .args(arguments)
            .env("HOME", self.home.path())
            .env("SSH_AUTH_SOCK", &self.agent.socket)
            .env_remove("XDG_STATE_HOME")
            .env_remove("GLUSTERCTL_SUDO_PASSWORD")
            .env_remove("GLUSTERCTL_INVENTORY");
        command
    }

    /// Runs the program at a terminal and answers the question for a password; returns what the terminal showed.
    pub fn answer(&self, inventory: &Path, arguments: &[&str], password: &str) -> (bool, String) {
        let command = self.at(Command::new("exec"), inventory, arguments);
        let words = command.get_args().map(|word| word.to_str().unwrap());
        let line = format!("exec {}", glusterctl::shell::words(words));
        let mut script = Command::new("script");
        script.args(["-q", "-e", "-c", &line, "/dev/null"]);
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => script.env(key, value),
                None => script.env_remove(key),
            };
        }
        let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut shown, mut byte) = (Vec::new(), [0]);
        let mut stdout = child.stdout.take().unwrap();
        let mut answered = false;
        while stdout.read(&mut byte).unwrap() > 0 {
            shown.push(byte[0]);
            if !answered && shown.ends_with(b"other hosts: ") {
                answered = true;
                let stdin = child.stdin.as_mut().unwrap();
                stdin.write_all(format!("{password}\n").as_bytes()).unwrap();
            }
        }
        let shown = String::from_utf8_lossy(&shown).into_owned();
        say(&shown);
        (child.wait().unwrap().success(), shown)
    }

    /// The lines of known_hosts that are about this host.
    pub fn line(&self, host: &str) -> String {
        let keys = self.keys();
        let line = keys.lines().find(|line| line.starts_with(&format!("{host},")));
        format!("{}\n", line.unwrap())
    }

    /// The key of a host.
    pub fn key(&self, host: &str) -> String {
        let line = self.line(host);
        let mut words = line.split_whitespace().skip(1);
        format!("{} {}", words.next().unwrap(), words.next().unwrap())
    }

    pub fn run(&self, inventory: &Path, arguments: &[&str]) -> Ran {
        ran(&mut self.command(inventory, arguments))
    }
}

/// Runs the program, and shows what it said.
pub fn ran(command: &mut Command) -> Ran {
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
