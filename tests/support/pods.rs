//! Hosts without systemd: on each stand-in, a container with process, mount and host name spaces of its own, whose first
//! process is `glusterctl node`, on the network and the disks of the stand-in.

use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::boot::until;
use super::cluster::Cluster;
use super::{documents, succeeded};

/// How long a node may take until it is ready.
pub const LIMIT: Duration = Duration::from_secs(90);

/// The containers of a cluster.
pub struct Pods<'c> {
    pub cluster: &'c Cluster,
    /// Further options of `glusterctl node`.
    pub options: &'static str,
}

impl Pods<'_> {
    /// Puts the program, the inventory and the names of all hosts on the stand-ins.
    pub fn prepare(&self, inventory: &str) {
        let hosts = self.cluster.hosts();
        let names: Vec<&str> = hosts.iter().map(String::as_str).collect();
        self.cluster.install(&names);
        self.write_inventory(inventory);
        let all = self.cluster.inventory.hosts.iter();
        let lines: Vec<(String, String)> = all
            .map(|host| (host.name.to_string(), format!("{} {}\\n", host.found_at(), host.name)))
            .collect();
        self.cluster.on_each(&hosts, |host| {
            let others: String = lines
                .iter()
                .filter(|(name, _)| name != host)
                .map(|(_, line)| line.as_str())
                .collect();
            format!("printf '{others}' >>/etc/hosts")
        });
    }

    /// Puts another inventory on the stand-ins.
    pub fn write_inventory(&self, text: &str) {
        let file = self.cluster.write("node.yaml", text);
        for host in self.cluster.hosts() {
            self.cluster
                .lab
                .put(&host, &file, "/etc/glusterctl/inventory.yaml", "644");
        }
    }

    /// Starts the container of a host.
    pub fn start(&self, host: &str) {
        let node = format!(
            "exec glusterctl -i /etc/glusterctl/inventory.yaml node {}",
            self.options
        );
        let command = format!(
            "systemd-run -q --collect --unit=pod -p KillMode=mixed unshare --fork --pid --mount --uts --mount-proc \
             --kill-child sh -c 'mount -t tmpfs tmpfs /run && hostname {host} && {node}'"
        );
        self.cluster.lab.must(host, &command);
    }

    /// Kills every process of a container at once.
    pub fn kill(&self, host: &str) {
        self.cluster
            .lab
            .must(host, &format!("systemctl kill -s KILL pod; {GONE}"));
    }

    /// Asks the first process of a container to end, as an orchestrator does; returns how long that took.
    pub fn stop(&self, host: &str) -> Duration {
        let begun = Instant::now();
        let end = format!("kill -TERM {FIRST}; {GONE}");
        self.cluster.lab.must(host, &end);
        begun.elapsed()
    }

    /// Runs a shell command in a container.
    pub fn run(&self, host: &str, command: &str) -> Output {
        let quoted = command.replace('\'', "'\\''");
        self.cluster
            .lab
            .run(host, &format!("nsenter -m -p -u -t {FIRST} sh -c '{quoted}'"))
    }

    /// Runs a shell command in a container, which must succeed; returns the standard output.
    pub fn must(&self, host: &str, command: &str) -> String {
        succeeded(host, command, &self.run(host, command))
    }

    /// What a probe says: whether the answer is yes, and the sentence.
    pub fn probe(&self, host: &str, what: &str) -> (bool, String) {
        let output = self.run(host, &format!("glusterctl -o json node {what}"));
        // A host that is only starting has no program to ask.
        let Ok(answer) = serde_json::from_slice::<Value>(&output.stdout) else {
            return (false, String::from_utf8_lossy(&output.stderr).into_owned());
        };
        documents::valid("probe", &answer);
        assert_eq!(answer["ok"], output.status.success());
        (output.status.success(), answer["why"].as_str().unwrap().to_owned())
    }

    /// Waits until a host is ready; returns how long that took.
    pub fn ready(&self, host: &str) -> Duration {
        let begun = Instant::now();
        until(&format!("{host} is ready"), LIMIT, || match self.probe(host, "ready") {
            (true, _) => Ok(begun.elapsed()),
            (false, why) => Err(format!("{why}\n{}", self.log(host))),
        })
    }

    /// Waits until every host is ready.
    pub fn all_ready(&self) -> Duration {
        let hosts = self.cluster.hosts();
        let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
        self.are_ready(&hosts)
    }

    /// Waits until each of these hosts is ready.
    pub fn are_ready(&self, hosts: &[&str]) -> Duration {
        let begun = Instant::now();
        for host in hosts {
            self.ready(host);
        }
        begun.elapsed()
    }

    /// Waits until a probe answers with these words, whether yes or no.
    pub fn says(&self, host: &str, words: &str, limit: Duration) -> Duration {
        let begun = Instant::now();
        until(&format!("{host} says: {words}"), limit, || {
            let (_, said) = self.probe(host, "ready");
            match said.contains(words) {
                true => Ok(begun.elapsed()),
                false => Err(format!("{said}\n{}", self.log(host))),
            }
        })
    }

    /// The log of the containers of a host.
    pub fn log(&self, host: &str) -> String {
        self.cluster
            .lab
            .must(host, "journalctl -u pod -o cat --no-pager | grep '^20' || :")
    }

    /// Waits until Gluster has nothing to heal and reaches every brick.
    pub fn healed(&self, on: &str) -> Duration {
        self.all_healed(on, self.cluster.hosts().len())
    }

    /// [`Pods::healed`] of a volume with so many bricks.
    pub fn all_healed(&self, on: &str, bricks: usize) -> Duration {
        let begun = Instant::now();
        until("everything is healed", Duration::from_secs(120), || {
            let said = self.must(on, "gluster --mode=script volume heal gv0 info");
            let count = |wanted: &str| said.lines().filter(|line| *line == wanted).count();
            let is_whole = count("Number of entries: 0") == bricks && count("Status: Connected") == bricks;
            is_whole.then(|| begun.elapsed()).ok_or(said)
        })
    }

    /// Starts to write files of random content through the mount of a host; each file's checksum is noted once the file is on
    /// stable storage.
    pub fn write_steadily(&self, on: &str) {
        let writer = "mkdir -p /data/steady; i=0; while :; do i=$((i + 1)); head -c 65536 /dev/urandom >/root/source; \
                      if dd if=/root/source of=/data/steady/$i conv=fsync status=none; \
                      then echo \"$(sha256sum </root/source | cut -c1-64)  $i\" >>/root/written; \
                      else echo $i >>/root/refused; fi; sleep 0.1; done";
        let enter = format!("nsenter -m -p -u -t {FIRST} sh -c '{writer}'");
        self.cluster
            .lab
            .must(on, &format!("cat >/root/writer <<'END'\n{enter}\nEND"));
        self.cluster.lab.must(
            on,
            "rm -f /root/written /root/refused && systemd-run -q --collect --unit=writer sh /root/writer",
        );
    }

    /// Ends the writer; every file that was written is whole in every container. Returns the number of files, and of refused
    /// writes.
    pub fn nothing_is_lost(&self, writer: &str) -> (usize, usize) {
        let hosts = self.cluster.hosts();
        let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
        self.nothing_is_lost_on(writer, &hosts)
    }

    /// [`Pods::nothing_is_lost`], as the containers of these hosts see it.
    pub fn nothing_is_lost_on(&self, writer: &str, hosts: &[&str]) -> (usize, usize) {
        self.cluster.lab.must(writer, "systemctl stop writer");
        let refused = self.cluster.lab.must(writer, "cat /root/refused 2>/dev/null || :");
        let written = hosts.iter().map(|host| self.are_whole(writer, host, "/data"));
        (written.max().unwrap_or(0), refused.lines().count())
    }

    /// Every file that was written is whole below a directory of a container. Returns the number of files.
    pub fn are_whole(&self, writer: &str, host: &str, directory: &str) -> usize {
        let sums = self.cluster.lab.must(writer, "cat /root/written");
        self.must(
            host,
            &format!("cd {directory}/steady && sha256sum -c --quiet <<'END'\n{sums}\nEND"),
        );
        sums.lines().count()
    }
}

/// The shell's words for the number of a container's first process, as the stand-in sees it.
const FIRST: &str = "$(cat /proc/$(systemctl show -p MainPID --value pod)/task/*/children | cut -d' ' -f1)";

/// Waits until systemd has forgotten the container, so that another can have its name.
const GONE: &str = "until [ \"$(systemctl show -p LoadState --value pod)\" = not-found ]; do sleep 0.05; done";
