//! A lab, and runs of the program that a test can watch, stop and kill.

use std::io::{BufRead, BufReader, Read};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::PROGRAM;
use crate::support::cluster::Cluster;

/// Longer than anything takes that does not hang.
const PATIENCE: Duration = Duration::from_secs(300);

/// A lab with its inventory, and a state directory of its own.
pub struct Bench {
    cluster: Cluster,
    file: PathBuf,
    home: tempfile::TempDir,
}

/// A run of the program that goes on.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    stderr: JoinHandle<String>,
    begun: Instant,
    /// What it told so far.
    pub events: Vec<Value>,
}

/// A run that is over.
pub struct Ended {
    /// None if a signal ended it.
    pub status: Option<i32>,
    pub events: Vec<Value>,
    pub stderr: String,
    pub took: Duration,
}

impl Deref for Bench {
    type Target = Cluster;
    fn deref(&self) -> &Cluster {
        &self.cluster
    }
}

impl Bench {
    pub fn up(tag: &str, inventory: &str) -> Self {
        Self::of(Cluster::up(tag, inventory), inventory)
    }

    /// The same on hosts that have the packages already.
    pub fn installed(tag: &str, inventory: &str) -> Self {
        Self::of(Cluster::installed(tag, inventory), inventory)
    }

    fn of(cluster: Cluster, inventory: &str) -> Self {
        Bench {
            file: cluster.write("again.yaml", inventory),
            cluster,
            home: tempfile::tempdir().unwrap(),
        }
    }

    /// Where `log` looks.
    pub fn records(&self) -> PathBuf {
        self.home.path().join("state/glusterctl")
    }

    /// The program with an inventory, as somebody whose home directory is this bench's.
    pub fn program(&self, inventory: &Path, arguments: &[&str]) -> Command {
        // Below nohup a program would inherit that SIGHUP is ignored.
        let mut command = Command::new("env");
        command.args(["--default-signal=HUP", PROGRAM]);
        command.arg("--inventory").arg(inventory).args(arguments);
        for name in ["GLUSTERCTL_INVENTORY", "GLUSTERCTL_LAB", "SUDO_USER"] {
            command.env_remove(name);
        }
        command
            .env("HOME", self.home.path())
            .env("XDG_STATE_HOME", self.home.path().join("state"))
            .env("USER", "operator")
            .stdin(Stdio::null());
        command
    }

    /// The same, for the lab, with the inventory that it was made from.
    pub fn on_lab(&self, arguments: &[&str]) -> Command {
        let lab = format!("--lab={}", self.name());
        self.program(&self.file, &[&[lab.as_str()], arguments].concat())
    }

    /// From now on another inventory for the same lab is used.
    pub fn wants(&mut self, inventory: &str) {
        self.file = self.cluster.write("again.yaml", inventory);
    }

    /// An inventory for the same hosts that reaches them as real ones, through `ssh: {config_file: …}`.
    pub fn as_real(&self, inventory: &str) -> PathBuf {
        let ssh = "ssh: {config_file: SSH_CONFIG}\n";
        self.write("real.yaml", &inventory.replacen("hosts:", &format!("{ssh}hosts:"), 1))
    }

    /// `apply -o json` on the lab.
    pub fn apply(&self) -> Running {
        Running::start(self.on_lab(&["-o", "json", "apply"]))
    }

    /// `apply`, which must succeed, after which there must be nothing left to do: what was done.
    pub fn converges(&self, when: &str) -> Ended {
        let ended = self.apply().end();
        assert_eq!(ended.status, Some(0), "{when}: {}", ended.stderr);
        let left = self.on_lab(&["plan", "--exit-code"]).output().unwrap();
        assert_eq!(left.status.code(), Some(0), "{when}: {}", said(&left));
        ended
    }
}

impl Running {
    /// Starts the program.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut pipe = child.stderr.take().unwrap();
        let stderr = thread::spawn(move || {
            let mut text = String::new();
            let _ = pipe.read_to_string(&mut text);
            text
        });
        Running {
            child,
            lines,
            stderr,
            begun: Instant::now(),
            events: Vec::new(),
        }
    }

    /// The next event; none once it ended.
    pub fn tell(&mut self) -> Option<Value> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                let event: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
                self.events.push(event.clone());
                Some(event)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("nothing for {} s", PATIENCE.as_secs()),
        }
    }

    /// Waits for the first event that is as wished.
    pub fn until(&mut self, wish: impl Fn(&Value) -> bool) -> Option<Value> {
        loop {
            let event = self.tell()?;
            if wish(&event) {
                return Some(event);
            }
        }
    }

    /// Waits until a step whose title begins so is begun.
    pub fn until_begun(&mut self, title: &str) -> Option<Value> {
        self.until(|event| is(event, "started", title))
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as the kernel does when memory is short: nothing of it gets to do anything any more.
    pub fn kill(mut self) -> Ended {
        self.child.kill().unwrap();
        self.end()
    }

    /// Waits for its end.
    pub fn end(mut self) -> Ended {
        let mut events = std::mem::take(&mut self.events);
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => events.push(serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it hangs; so far: {events:#?}"),
            }
        }
        let status = self.child.wait().unwrap().code();
        Ended {
            status,
            events,
            stderr: self.stderr.join().unwrap(),
            took: self.begun.elapsed(),
        }
    }
}

impl Ended {
    /// `host: title` of each step that was begun (`started`) or came to its end (`ended`).
    pub fn steps(&self, event: &str) -> Vec<String> {
        steps(&self.events, event)
    }

    /// What stood in the way at any time.
    pub fn problems(&self) -> Vec<String> {
        let problems = self.events.iter().filter_map(|event| event["problems"].as_array());
        problems.flatten().map(ToString::to_string).collect()
    }
}

/// `host: title` of each event of that kind.
pub fn steps(events: &[Value], kind: &str) -> Vec<String> {
    let word = |event: &Value, key: &str| event[key].as_str().unwrap_or_default().to_owned();
    let steps = events.iter().filter(|event| event["event"] == kind);
    steps
        .map(|event| format!("{}: {}", word(event, "host"), word(event, "step")))
        .collect()
}

/// The event is of that kind and about a step whose title begins so.
pub fn is(event: &Value, kind: &str, title: &str) -> bool {
    event["event"] == kind && event["step"].as_str().is_some_and(|step| step.starts_with(title))
}

/// What a program printed.
pub fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}", text(&output.stderr), text(&output.stdout))
}
