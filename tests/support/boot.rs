//! Nodes that lose power: how long a node takes to come back, and whether the written files are still there.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::cluster::Cluster;
use super::{PROGRAM, documents, host, report, say};

/// How long a node may take until its volume is mounted again.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Prints what a host knows of entries that are left to heal.
const UNHEALED: &str =
    "for brick in /bricks/*/*/.glusterfs; do (cd $brick && ls indices/* && for entry in indices/xattrop/????????-*; do
        entry=${entry##*/}; id=$(echo $entry | cut -c1-2)/$(echo $entry | cut -c3-4)/$entry
        stat $id; stat -L $id; getfattr -h -d -m . -e hex $id; getfattr -d -m . -e hex $id
    done); done 2>&1
    cat /data/.meta/graphs/active/*-replicate-*/private | grep -E 'child_(up|errno)'
    gluster --mode=script volume status all clients; gluster --mode=script volume heal gv0 info
    gluster --mode=script volume heal gv0; journalctl -q --no-pager -u gluster-heal
    tail -n 50 /var/log/glusterfs/glustershd.log /var/log/glusterfs/data.log";

/// Counts and times of the actions of a test, printed at the end.
#[derive(Default)]
pub struct Tally(BTreeMap<String, Vec<f64>>);

impl Tally {
    pub fn add(&mut self, what: &str, time: Duration) {
        self.0.entry(what.to_owned()).or_default().push(time.as_secs_f64());
    }

    /// Prints the counts and times, in a test that succeeds as well.
    pub fn print(&self, headline: &str) {
        let mut text = format!("{headline}\n");
        for (what, times) in &self.0 {
            let slowest = times.iter().copied().fold(0.0, f64::max);
            let mean = times.iter().sum::<f64>() / times.len() as f64;
            text += &format!(
                "  {what}: {} times, slowest {slowest:.1} s, mean {mean:.1} s\n",
                times.len()
            );
        }
        report(text.trim_end());
    }
}

/// Waits until `look` succeeds; fails after `limit` with the last error of `look`.
pub fn until<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Result<T, String>) -> T {
    let begun = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(why) if begun.elapsed() > limit => panic!("{what}: not within {} s: {why}", limit.as_secs()),
            Err(_) => std::thread::sleep(Duration::from_millis(500)),
        }
    }
}

impl Cluster {
    /// Cuts the power of hosts.
    pub fn cut(&self, hosts: &[&str]) {
        let names: Vec<_> = hosts.iter().map(|name| host(name)).collect();
        self.lab.kill(&names, &say).unwrap();
    }

    /// Boots hosts that are off, and waits until ssh answers.
    pub fn boot(&self, hosts: &[&str]) {
        let names: Vec<_> = hosts.iter().map(|name| host(name)).collect();
        self.lab.start(&names, &say).unwrap();
    }

    /// Waits until the volume at /data answers a read on each of these hosts; returns how long each host took.
    pub fn mounted(&self, hosts: &[&str], limit: Duration) -> Vec<Duration> {
        let begun = Instant::now();
        let wait = |name: &str| {
            until(&format!("{name}: /data is mounted"), limit, || {
                let mounted = self.is_mounted(name, "/data");
                mounted.then(|| begun.elapsed()).ok_or_else(|| {
                    let look = "systemctl list-jobs; systemctl status data.mount glusterd bricks-vdb.mount; \
                                gluster --mode=script volume status; ls -la /data; tail -n 5 /var/log/glusterfs/data.log";
                    String::from_utf8_lossy(&self.lab.run(name, look).stdout).into_owned()
                })
            })
        };
        std::thread::scope(|scope| {
            let waits: Vec<_> = hosts.iter().map(|name| scope.spawn(move || wait(name))).collect();
            waits
                .into_iter()
                .map(|wait| wait.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        })
    }

    /// Waits until hosts that booted have done by themselves what `apply` would do: a brick may start after all mounts answer.
    pub fn settles(&self) {
        until("nothing is left to plan", LIMIT, || {
            let plan = self.run(&["plan", "--exit-code"]);
            (plan.status == 0).then_some(()).ok_or(plan.stdout)
        });
    }

    /// The output of `status -o json`.
    pub fn health(&self) -> Value {
        let health = serde_json::from_str(&self.run(&["-o", "json", "status"]).stdout).unwrap();
        documents::valid("status", &health);
        health
    }

    /// Waits until `status` calls the cluster healthy; returns how long the heal took.
    pub fn heals(&self) -> Duration {
        let begun = Instant::now();
        let limit = Duration::from_secs(120);
        until("everything is healed", limit, || {
            let health = self.health();
            if health["healthy"] == true {
                return Ok(());
            }
            // Each look takes seconds of processor time, which the hosts need to heal.
            std::thread::sleep(Duration::from_secs(1));
            let mut why = health["problems"].to_string();
            if begun.elapsed() > limit {
                for name in self.hosts() {
                    let said = self.lab.run(&name, UNHEALED).stdout;
                    why += &format!("\n{name}:\n{}", String::from_utf8_lossy(&said));
                }
            }
            Err(why)
        });
        begun.elapsed()
    }

    /// The reasons that `status` gives why a host would not come back after a boot.
    pub fn boot_reasons(&self, name: &str) -> Vec<String> {
        let health = self.health();
        let mut hosts = health["hosts"].as_array().unwrap().iter();
        let host = hosts.find(|host| host["name"] == name).unwrap();
        let reasons = host["boot"].as_array().unwrap().iter();
        reasons.map(|reason| reason.as_str().unwrap().to_owned()).collect()
    }

    /// A disk's content comes back below its device while the host runs.
    pub fn give_back(&self, name: &str, content: &Path, device: &str, image: &Path) {
        let output = Command::new("losetup")
            .args(["-n", "-O", "NAME", "-j"])
            .arg(image)
            .output()
            .unwrap();
        let node = String::from_utf8(output.stdout).unwrap();
        copy(content, Path::new(node.trim()));
        self.lab
            .must(name, &format!("udevadm trigger -c change {device} && udevadm settle"));
    }

    /// Puts the program under test on hosts, or the program that `GLUSTERCTL_NODE_PROGRAM` names, for example a static build.
    pub fn install(&self, hosts: &[&str]) {
        let program = std::env::var("GLUSTERCTL_NODE_PROGRAM").unwrap_or_else(|_| PROGRAM.to_owned());
        for name in hosts {
            self.lab.put(name, program.as_ref(), "/usr/local/bin/glusterctl", "755");
        }
    }
}

/// Copies the content of a file or a block device.
pub fn copy(from: &Path, to: &Path) {
    let status = Command::new("dd")
        .arg(format!("if={}", from.display()))
        .arg(format!("of={}", to.display()))
        .args(["bs=4M", "conv=notrunc,fsync", "status=none"])
        .status();
    assert!(status.unwrap().success(), "{} to {}", from.display(), to.display());
}
