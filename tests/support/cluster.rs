//! A lab with an inventory, and runs of `glusterctl` on the lab.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use glusterctl::inventory::{self, Inventory};
use glusterctl::lab::Spec;
use serde_json::Value;

use super::{PROGRAM, TestLab, documents};
use glusterctl::inventory::names::ClusterName;

/// A lab for an inventory of its own. The lab is removed when the value is dropped.
pub struct Cluster {
    pub lab: TestLab,
    pub inventory: Inventory,
    name: String,
    directory: tempfile::TempDir,
    file: PathBuf,
}

/// The exit status and the output of one run of the program.
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Cluster {
    /// Boots a stand-in for each host of the inventory, with disks of 512 MiB. `CLUSTER` in the inventory's text
    /// becomes a name of this run's own: labs share a kernel, so that file systems of two labs must not have the same UUID.
    pub fn up(tag: &str, text: &str) -> Self {
        Self::up_with(tag, text, |_| ())
    }

    /// [`Cluster::up`] on hosts that have the packages already: quicker, for tests that are not about the installation.
    pub fn installed(tag: &str, text: &str) -> Self {
        Self::up_with(tag, text, |spec| spec.installed = true)
    }

    /// [`Cluster::up`] with changes to the lab's specification.
    pub fn up_with(tag: &str, text: &str, change: impl FnOnce(&mut Spec)) -> Self {
        let name = format!("{tag}-{}", std::process::id());
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("glusterctl.yaml");
        fs::write(&file, text.replace("CLUSTER", &name)).unwrap();
        let inventory = inventory::load(&file).unwrap_or_else(|report| panic!("{report:#}"));
        let mut spec = Spec::of(&inventory, ClusterName::parse(&name).unwrap(), 512);
        spec.program = Some(PROGRAM.into());
        change(&mut spec);
        Cluster {
            lab: TestLab::of(spec),
            inventory,
            name,
            directory,
            file,
        }
    }

    /// Writes another inventory for the same lab; `CLUSTER` and `SSH_CONFIG` are filled in.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        let config = self.lab.ssh_config().display().to_string();
        fs::write(
            &path,
            text.replace("CLUSTER", &self.name).replace("SSH_CONFIG", &config),
        )
        .unwrap();
        path
    }

    /// The cluster's name, which is the lab's name, too.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs the program against the lab.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(
            &self.file,
            &[&[format!("--lab={}", self.name).as_str()], arguments].concat(),
        )
    }

    /// Runs the program with another inventory and with `arguments`.
    pub fn run_with(&self, inventory: &Path, arguments: &[&str]) -> Ran {
        let begun = Instant::now();
        let output = Command::new(PROGRAM)
            .arg("--inventory")
            .arg(inventory)
            .args(arguments)
            .env_remove("GLUSTERCTL_INVENTORY")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let ran = Ran {
            status: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        };
        eprintln!(
            "{:.1} s: glusterctl {}: exit {}\n{}",
            begun.elapsed().as_secs_f64(),
            arguments.join(" "),
            ran.status,
            ran.stderr
        );
        ran
    }

    /// Runs `plan`, which must report no problem; returns host, title and command of each step.
    pub fn plan(&self) -> Vec<(String, String, String)> {
        let ran = self.run(&["-o", "json", "plan"]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
        documents::valid("plan", &plan);
        assert_eq!(plan["problems"], Value::Array(Vec::new()));
        let steps = plan["steps"].as_array().unwrap().iter();
        steps
            .map(|step| (text(&step["host"]), text(&step["title"]), text(&step["command"])))
            .collect()
    }

    /// The hosts and titles of a plan's steps.
    pub fn titles(&self) -> Vec<(String, String)> {
        let steps = self.plan().into_iter();
        steps.map(|(host, title, _)| (host, title)).collect()
    }

    /// Runs `apply`, which must succeed; returns the events.
    pub fn apply(&self) -> Vec<Value> {
        let ran = self.run(&["-o", "json", "apply"]);
        assert_eq!(ran.status, 0, "{}\n{}", ran.stderr, ran.stdout);
        ran.events()
    }

    /// The names of all hosts.
    pub fn hosts(&self) -> Vec<String> {
        self.inventory.hosts.iter().map(|host| host.name.to_string()).collect()
    }

    /// Writes a file below `directory` on each of these hosts, and reads all files on all hosts.
    pub fn shares(&self, hosts: &[String], directory: &str) {
        // New files each time: a client of Gluster may show the old content of an existing file for a second.
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let file = |host: &str, count| format!("{directory}/{count}-from-{host}");
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        self.on_each(hosts, |host| format!("echo {host} >{}", file(host, count)));
        let files: Vec<String> = hosts.iter().map(|host| file(host, count)).collect();
        for (host, read) in self.on_each(hosts, |_| format!("cat {}", files.join(" "))) {
            assert_eq!(read.lines().collect::<Vec<_>>(), hosts, "on {host}");
        }
    }

    /// Runs a command, which must succeed, on several hosts at once; returns what each host printed.
    pub fn on_each(&self, hosts: &[String], command: impl Fn(&str) -> String + Sync) -> BTreeMap<String, String> {
        let run = |host: &String| (host.clone(), self.lab.must(host, &command(host)));
        std::thread::scope(|scope| {
            let runs: Vec<_> = hosts.iter().map(|host| scope.spawn(move || run(host))).collect();
            runs.into_iter()
                .map(|run| run.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        })
    }

    /// Whether a volume is mounted at `path` on a host and answers.
    pub fn is_mounted(&self, host: &str, path: &str) -> bool {
        let command = format!("findmnt -n -t fuse.glusterfs -M {path} && timeout 10 ls {path}");
        self.lab.run(host, &command).status.success()
    }
}

impl Ran {
    /// The events of `apply -o json`, a JSON object on each line.
    pub fn events(&self) -> Vec<Value> {
        let event = |line: &str| {
            let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            documents::valid("event", &event);
            event
        };
        self.stdout.lines().map(event).collect()
    }

    /// The messages on standard error that begin with `error: `, each message with the lines that follow; or, with `-o json`,
    /// those of the document of the error.
    pub fn errors(&self) -> Vec<String> {
        let document = self.stderr.lines().last().map(serde_json::from_str::<Value>);
        if let Some(Ok(document)) =
            document.filter(|document| document.as_ref().is_ok_and(|document| document["errors"].is_array()))
        {
            let errors = document["errors"].as_array().unwrap().iter();
            return errors
                .map(|error| error["message"].as_str().unwrap().to_owned())
                .collect();
        }
        let mut errors = Vec::new();
        for part in format!("\n{}", self.stderr).split("\nerror: ").skip(1) {
            errors.push(part.trim_end().to_owned());
        }
        errors
    }

    /// The message that begins with this host's name; there must be exactly one such message.
    pub fn error_of(&self, host: &str) -> String {
        let prefix = format!("{host}: ");
        let mut found: Vec<String> = self
            .errors()
            .into_iter()
            .filter(|error| error.starts_with(&prefix))
            .collect();
        assert_eq!(found.len(), 1, "one message of {host} in:\n{}", self.stderr);
        found.remove(0)
    }
}

/// Host, title and command of the steps that ended, in the order in which the steps ended.
pub fn ended(events: &[Value]) -> Vec<(String, String, String)> {
    events
        .iter()
        .filter(|event| event["event"] == "ended")
        .map(|event| {
            assert_eq!(event["error"], Value::Null, "{event}");
            (text(&event["host"]), text(&event["step"]), text(&event["command"]))
        })
        .collect()
}

/// Host and title of the steps that ended, sorted.
pub fn ended_titles(events: &[Value]) -> Vec<(String, String)> {
    let mut titles: Vec<_> = ended(events)
        .into_iter()
        .map(|(host, title, _)| (host, title))
        .collect();
    titles.sort();
    titles
}

/// The text of a JSON string.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a string: {value}")).to_owned()
}

/// Several cases on one lab: each case has a name, all cases run, and the failed cases are named at the end. Booting a lab
/// and installing its packages takes longer than most cases.
#[derive(Default)]
pub struct Cases {
    failed: BTreeMap<String, String>,
}

impl Cases {
    /// Runs a case; returns whether the case succeeded.
    pub fn case(&mut self, name: &str, work: impl FnOnce()) -> bool {
        let begun = Instant::now();
        eprintln!("--- {name}");
        let result = catch_unwind(AssertUnwindSafe(work));
        let succeeded = result.is_ok();
        if let Err(panic) = result {
            let words = panic.downcast_ref::<String>().cloned();
            let words = words.or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()));
            self.failed.insert(name.to_owned(), words.unwrap_or_default());
        }
        eprintln!("--- {name}: {:.1} s", begun.elapsed().as_secs_f64());
        succeeded
    }

    /// Fails if a case failed.
    pub fn finish(self) {
        let failed: Vec<String> = self
            .failed
            .iter()
            .map(|(name, words)| format!("{name}: {words}"))
            .collect();
        assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n\n"));
    }
}
