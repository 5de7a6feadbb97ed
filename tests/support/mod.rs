//! What tests share: a lab that is gone when the test ends, however the test ends, clusters on paper, and readers of documents.

#![allow(dead_code)] // every program of tests compiles this module for itself, and none uses all of it
#![allow(clippy::unwrap_used)] // clippy allows it in tests only, not in modules that tests share

pub mod answers;
pub mod blocks;
pub mod boot;
pub mod cluster;
pub mod content;
pub mod documents;
pub mod edit;
pub mod etc;
pub mod golden;
pub mod kubernetes_cases;
pub mod metrics;
pub mod paper;
pub mod pods;
pub mod reinstall;
pub mod schemas;
mod soak;
pub mod terminal;
pub mod two_hosts;
pub mod wish;
pub mod writer;

#[allow(unused_imports)] // as above
pub use soak::{cases, soak};

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use glusterctl::inventory::names::{ClusterName, DevicePath, HostName};
use glusterctl::lab::{self, Disk, Lab, Spec, StandIn};

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_glusterctl");

/// A lab that is removed when the value is dropped.
pub struct TestLab {
    name: ClusterName,
    lab: Lab,
}

impl TestLab {
    /// A lab of `hosts` hosts with the same devices of 512 MiB each: kube1 at 198.51.100.11, and so on. Labs of different
    /// `tag`s, and of test runs at the same time, are different labs.
    pub fn up(tag: &str, hosts: usize, devices: &[&str]) -> Self {
        Self::of(spec(tag, hosts, devices))
    }

    /// The same, with hosts that have Gluster's packages already.
    pub fn installed(tag: &str, hosts: usize, devices: &[&str]) -> Self {
        let mut spec = spec(tag, hosts, devices);
        spec.installed = true;
        Self::of(spec)
    }

    /// A lab as specified.
    pub fn of(spec: Spec) -> Self {
        lab::require(false, &say).expect("tests that begin with lab_ need root, and the lab's programs");
        let name = spec.name.clone();
        let lab = Lab::up(&spec, &say).unwrap_or_else(|error| panic!("{error:#}"));
        Self { name, lab }
    }

    /// The lab's name, for `--lab=NAME`.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Runs a shell command on a host, as root, without the network.
    pub fn run(&self, host: &str, command: &str) -> Output {
        let mut within = self.lab.within(&self::host(host)).unwrap();
        within.args(["bash", "-c", command]).output().expect("nsenter starts")
    }

    /// Runs a shell command on a host, as root, through the system's ssh.
    pub fn ssh(&self, host: &str, command: &str) -> Output {
        ssh(&self.lab.ssh_config(), host, command)
    }

    /// Puts a file on a host.
    pub fn put(&self, host: &str, file: &Path, path: &str, mode: &str) {
        let mut within = self.lab.within(&self::host(host)).unwrap();
        let script = format!("mkdir -p $(dirname {path}) && cat >{path} && chmod {mode} {path}");
        let status = within
            .args(["sh", "-c", &script])
            .stdin(std::fs::File::open(file).unwrap())
            .status()
            .unwrap();
        assert!(status.success(), "{host}: {path}: {status}");
    }

    /// Runs a shell command that must succeed; returns the standard output, without white space around the text.
    pub fn must(&self, host: &str, command: &str) -> String {
        succeeded(host, command, &self.run(host, command))
    }
}

/// The standard output of a command that succeeded, without white space around the text.
pub fn succeeded(host: &str, command: &str, output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).trim().to_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(
        output.status.success(),
        "{host}: {command}: {}\n{stderr}\n{stdout}",
        output.status
    );
    stdout
}

impl std::ops::Deref for TestLab {
    type Target = Lab;
    fn deref(&self) -> &Lab {
        &self.lab
    }
}

impl Drop for TestLab {
    fn drop(&mut self) {
        match Lab::down(&self.name, &say) {
            Err(error) if std::thread::panicking() => eprintln!("{error:#}"),
            Err(error) => panic!("{error:#}"),
            Ok(()) => {}
        }
    }
}

/// Prints a line of progress, which a failed test shows with its output.
pub fn say(line: &str) {
    eprintln!("{line}");
}

/// Prints a report in a test that succeeds as well: cargo hides the `println!` of such a test.
pub fn report(text: &str) {
    std::io::stderr().write_all(format!("\n{text}\n").as_bytes()).unwrap();
}

/// The specification of the lab that [`TestLab::up`] makes.
pub fn spec(tag: &str, hosts: usize, devices: &[&str]) -> Spec {
    let host = |number: u8| StandIn {
        name: host(&format!("kube{number}")),
        address: [198, 51, 100, 10 + number].into(),
        disks: devices
            .iter()
            .map(|path| Disk {
                path: DevicePath::parse(path).unwrap(),
                mib: 512,
            })
            .collect(),
    };
    let name = ClusterName::parse(&format!("{tag}-{}", std::process::id())).unwrap();
    let hosts = (1..=u8::try_from(hosts).unwrap()).map(host).collect();
    Spec {
        name,
        hosts,
        installed: false,
        program: Some(PROGRAM.into()),
    }
}

/// A checked host name.
pub fn host(name: &str) -> HostName {
    HostName::parse(name).unwrap()
}

/// Runs a command on a host through the system's ssh.
pub fn ssh(config: &Path, host: &str, command: &str) -> Output {
    let mut ssh = Command::new("ssh");
    ssh.arg("-F")
        .arg(config)
        .args(["-o", "BatchMode=yes", "--", host, command])
        .stdin(Stdio::null());
    ssh.output().expect("ssh starts")
}
