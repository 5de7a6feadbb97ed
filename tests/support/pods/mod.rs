//! Pods that are hosts: on each stand-in a container of the image, with process, mount and host name spaces of its own, whose first
//! process is `glusterctl node`.

mod container;
pub mod dns;
pub mod image;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::boot::until;
use super::cluster::Cluster;
use super::{documents, succeeded};
use container::{DIRECTORY, NETWORK, Node};
use dns::Names;
use image::ROOT;

/// How long a node may take until it is ready.
pub const LIMIT: Duration = Duration::from_secs(90);
/// Where a container sees the volume, which the inventory mounts at /srv/gluster/gv0.
pub const DATA: &str = "/host/srv/gluster/gv0";
/// Where a node mounts the file system of its pod's claim, if the pod asks for a file system.
pub const CLAIM: &str = "/run/pod/claims/brick";
const IMAGE: &str = "registry.example/glusterfs:10";

/// What the pods are pods of.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// On the network of their nodes.
    DaemonSet,
    /// On a network of their own, with a new address at each start, known by names alone. The hosts of the lab have the names of
    /// the pods, and [`dns`] is among them; the disk is /dev/vdb.
    StatefulSet,
}

/// The pods of a cluster: on each stand-in a container by crun, whose configuration is made of the manifests that
/// `kubernetes pods` prints.
pub struct Pods<'c> {
    pub cluster: &'c Cluster,
    kind: Kind,
    manifests: RefCell<Vec<Value>>,
    names: Names,
    last_address: Cell<u8>,
}

impl<'c> Pods<'c> {
    /// Puts the image on the stand-ins, and the inventory, from which the manifests are made.
    pub fn of(cluster: &'c Cluster, kind: Kind, inventory: &str) -> Self {
        let pods = Self {
            cluster,
            kind,
            manifests: RefCell::default(),
            names: Names::default(),
            last_address: Cell::new(100),
        };
        image::built();
        std::thread::scope(|scope| {
            for host in cluster.hosts() {
                scope.spawn(move || {
                    image::put(&cluster.lab, &host);
                    image::programs(&cluster.lab, &host, &["crun"]);
                });
            }
        });
        if kind == Kind::StatefulSet {
            dns::start(&cluster.lab);
        }
        pods.write_inventory(inventory);
        pods
    }

    /// Makes the manifests of another inventory; the pods that run see the inventory, as a kubelet shows them a changed ConfigMap,
    /// and nothing else of the manifests.
    pub fn write_inventory(&self, text: &str) {
        let file = self.cluster.write("node.yaml", text);
        let mut arguments = vec!["kubernetes", "pods", "--image", IMAGE];
        if self.kind == Kind::StatefulSet {
            arguments.extend(["--kind", "stateful-set", "--size", "512Mi", "--storage-class", "disks"]);
        }
        let printed = self.cluster.run_with(&file, &arguments);
        assert_eq!(printed.status, 0, "{}", printed.stderr);
        self.manifests
            .replace(serde_yaml::from_multiple(&printed.stdout).unwrap());
        let map = self.manifest("ConfigMap");
        let inventory = map["data"]["inventory.yaml"].as_str().unwrap();
        let directory = format!("{DIRECTORY}/config-maps/{}", map["metadata"]["name"].as_str().unwrap());
        // A kubelet makes a new directory, to which it turns a link.
        let write = format!(
            "mkdir -p {directory} && cd {directory} && new=..$(date +%s%N) && mkdir $new && cat >$new/inventory.yaml <<'END'\n\
             {inventory}\nEND\n\
             ln -sfn $new ..new && mv -T ..new ..data && ln -sfn ..data/inventory.yaml inventory.yaml"
        );
        self.cluster.on_each(&self.cluster.hosts(), |_| write.clone());
    }

    /// The manifest of the object of this kind.
    fn manifest(&self, kind: &str) -> Value {
        let all = self.manifests.borrow();
        let found = all.iter().find(|manifest| manifest["kind"] == kind);
        found.unwrap_or_else(|| panic!("{kind}: {all:#?}")).clone()
    }

    /// Starts the container of a host.
    pub fn start(&self, host: &str) {
        let set = match self.kind {
            Kind::DaemonSet => self.manifest("DaemonSet"),
            Kind::StatefulSet => self.manifest("StatefulSet"),
        };
        let pod = &set["spec"]["template"]["spec"];
        let mode = &set["spec"]["volumeClaimTemplates"][0]["spec"]["volumeMode"];
        let (bare, mounted) = (
            BTreeMap::from([("brick", "/dev/vdb")]),
            BTreeMap::from([("brick", CLAIM)]),
        );
        let (disks, file_systems) = match mode == "Filesystem" {
            true => (BTreeMap::new(), mounted),
            false => (bare, BTreeMap::new()),
        };
        if !file_systems.is_empty() {
            self.mount_claim(host);
        }
        let name = host.split('.').next().unwrap();
        let lab = &self.cluster.lab;
        let devices = lab.must(
            host,
            "stat -c '%F %Hr %Lr %n' /dev/* /dev/[!p]*/* 2>/dev/null | \
             sed -n 's/^block special file/b/p; s/^character special file/c/p'",
        );
        let capabilities = lab.must(host, "sed -n 's/^CapBnd:\\s*//p' /proc/1/status");
        let config = container::config(
            pod,
            &Node {
                name: host,
                pod: name,
                disks,
                file_systems,
                devices: &devices,
                capabilities: &capabilities,
            },
        );
        let mut prepare = format!(
            "set -eu; cd {DIRECTORY}; ! mountpoint -q root || umount root; ! mountpoint -q fresh || umount fresh\n\
             mkdir -p root fresh etc {}; mount -t tmpfs fresh fresh; mkdir fresh/upper fresh/work\n\
             mount -t overlay -o lowerdir={ROOT},upperdir=fresh/upper,workdir=fresh/work pod root\n\
             cat >config.json <<'END'\n{config}\nEND\n",
            container::made_directories(pod).join(" ")
        );
        prepare += &match self.kind {
            Kind::DaemonSet => on_the_network_of_the_node(pod, host),
            Kind::StatefulSet => self.on_its_own_network(name, &set),
        };
        prepare += "systemd-run -q --collect --unit=pod crun --cgroup-manager=disabled run --no-new-keyring --bundle /run/pod pod\n\
                    until crun state pod 2>/dev/null | grep -q '\"status\": \"running\"'; do\n\
                    systemctl is-active -q pod || { journalctl -u pod -o cat -n 9; exit 1; }; sleep 0.05; done";
        lab.must(host, &prepare);
    }

    /// Mounts the file system of a pod's claim on its node, as a kubelet does: a blank disk is formatted, no other.
    pub fn mount_claim(&self, host: &str) {
        self.cluster.lab.must(
            host,
            &format!(
                "mountpoint -q {CLAIM} || {{ mkdir -p {CLAIM}; blkid -p /dev/vdb >/dev/null || mkfs.ext4 -q /dev/vdb; \
                 mount /dev/vdb {CLAIM}; }}"
            ),
        );
    }

    /// The words of a shell that give a pod a network of its own, with a new address, which the name server knows from then on.
    fn on_its_own_network(&self, name: &str, set: &Value) -> String {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (service, namespace) = (text(&set["spec"]["serviceName"]), text(&set["metadata"]["namespace"]));
        let full = format!("{name}.{service}.{namespace}.svc.{}", dns::DOMAIN);
        self.last_address.set(self.last_address.get() + 1);
        let address = format!("198.51.100.{}", self.last_address.get());
        self.names.set(&self.cluster.lab, &full, Some(&address));
        // The node answers for the address of its pod, and hands on what comes for the pod.
        format!(
            "ip link delete pod 2>/dev/null || :; ip netns delete {NETWORK} 2>/dev/null || :; ip netns add {NETWORK}\n\
             ip link add name pod type veth peer name eth0 netns {NETWORK}; ip link set dev pod up\n\
             echo 1 >/proc/sys/net/ipv4/ip_forward; cd /proc/sys/net/ipv4\n\
             for device in eth0 pod; do echo 1 >conf/$device/proxy_arp; echo 0 >neigh/$device/proxy_delay; done; cd {DIRECTORY}\n\
             ip route replace {address}/32 dev pod\n\
             ip -n {NETWORK} link set dev lo up; ip -n {NETWORK} link set dev eth0 up\n\
             ip -n {NETWORK} address add {address}/24 dev eth0\n\
             echo {name} >etc/hostname; printf '{}' >etc/resolv.conf\n\
             printf '127.0.0.1\\tlocalhost\\n{address}\\t{full}\\t{name}\\n' >etc/hosts\n",
            dns::resolver(&namespace).replace('\n', "\\n")
        )
    }

    /// No other pod finds this one by its name, from now on.
    pub fn is_unknown(&self, host: &str) {
        self.names.set(&self.cluster.lab, &dns::full(host), None);
    }

    /// Every pod finds this one by its name again.
    pub fn is_known(&self, host: &str) {
        let address = self.must(host, "sed -n 's/^\\(198.*\\)\tgluster.*\tgluster.*/\\1/p' /etc/hosts");
        self.names.set(&self.cluster.lab, &dns::full(host), Some(&address));
    }

    /// Kills every process of a container at once.
    pub fn kill(&self, host: &str) {
        self.cluster.lab.must(host, &format!("crun kill pod KILL; {GONE}"));
    }

    /// Asks the first process of a container to end, as a kubelet does; returns how long that took.
    pub fn stop(&self, host: &str) -> Duration {
        let begun = Instant::now();
        self.cluster.lab.must(host, &format!("crun kill pod TERM; {GONE}"));
        begun.elapsed()
    }

    /// Runs a shell command in a container.
    pub fn run(&self, host: &str, command: &str) -> Output {
        let quoted = command.replace('\'', "'\\''");
        self.cluster.lab.run(host, &format!("crun exec pod sh -c '{quoted}'"))
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
        let writer = format!(
            "mkdir -p {DATA}/steady; i=0; while :; do i=$((i + 1)); head -c 65536 /dev/urandom >/root/source; \
             if dd if=/root/source of={DATA}/steady/$i bs=8k conv=fsync status=none; \
             then echo \"$(sha256sum </root/source | cut -c1-64)  $i\" >>/root/written; \
             else echo $i >>/root/refused; fi; sleep 0.4; done"
        );
        // From a file: systemd would put its own variables into the words of a command.
        let run = format!(
            "cat >{DIRECTORY}/writer <<'END'\nexec crun exec pod sh -c '{writer}'\nEND\n\
             systemd-run -q --collect --unit=writer sh {DIRECTORY}/writer"
        );
        self.must(on, "rm -f /root/written /root/refused");
        self.cluster.lab.must(on, &run);
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
        let refused = self.must(writer, "cat /root/refused 2>/dev/null || :");
        let written = hosts.iter().map(|host| self.are_whole(writer, host, DATA));
        (written.max().unwrap_or(0), refused.lines().count())
    }

    /// Every file that was written is whole below a directory of a container. Returns the number of files.
    pub fn are_whole(&self, writer: &str, host: &str, directory: &str) -> usize {
        let sums = self.must(writer, "cat /root/written");
        self.must(
            host,
            &format!("cd {directory}/steady && sha256sum -c --quiet <<'END'\n{sums}\nEND"),
        );
        sums.lines().count()
    }
}

/// The words of a shell that give a pod the names and the name servers of its node, and the names of the manifest.
fn on_the_network_of_the_node(pod: &Value, host: &str) -> String {
    let aliases = pod["hostAliases"].as_array().into_iter().flatten();
    let lines: String = aliases
        .map(|alias| {
            let names: Vec<&str> = alias["hostnames"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(Value::as_str)
                .collect();
            format!("{}\\t{}\\n", alias["ip"].as_str().unwrap(), names.join("\\t"))
        })
        .collect();
    format!(
        "cat /etc/hosts >etc/hosts; printf '\\n{lines}' >>etc/hosts; cat /etc/resolv.conf >etc/resolv.conf; echo {host} >etc/hostname\n"
    )
}

/// Waits until systemd has forgotten the container, so that another can have its name.
const GONE: &str = "until [ \"$(systemctl show -p LoadState --value pod)\" = not-found ]; do sleep 0.05; done";
