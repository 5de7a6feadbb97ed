//! A stand-in for a kubelet and containerd: the container that they make of a pod, as the configuration for an OCI runtime. Written
//! after Kubernetes' reference of the Pod API and the OCI runtime specification (config.md, config-linux.md). What a manifest says
//! and this does not know is an error, so that no test runs with less than the manifest asks for.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The directory on the stand-in for everything that the node keeps for its pod; gone after a power cut.
pub const DIRECTORY: &str = "/run/pod";

/// What the node knows, and the manifest does not say.
pub struct Node<'a> {
    /// The name of the node.
    pub name: &'a str,
    /// The name of the pod.
    pub pod: &'a str,
    /// The device of each claim for a bare disk, by the claim's name: the device's path on the node.
    pub disks: BTreeMap<&'a str, &'a str>,
    /// The file system of each claim for one, by the claim's name: the directory where the node mounts it.
    pub file_systems: BTreeMap<&'a str, &'a str>,
    /// The node's device nodes: the kind (`b` or `c`), the major and the minor number, and the path, one on a line.
    pub devices: &'a str,
    /// The capabilities that the node itself has, as /proc/PID/status shows them.
    pub capabilities: &'a str,
}

/// The configuration of the container of a pod.
pub fn config(pod: &Value, node: &Node) -> Value {
    let containers = pod["containers"].as_array().unwrap();
    assert_eq!(containers.len(), 1, "{pod:#}");
    let container = &containers[0];
    let security = keys(&container["securityContext"], &["privileged"], &[]);
    assert_eq!(security["privileged"], true, "only privileged containers are known");
    // What is left aside does not change what the container sees.
    let about = [
        "name",
        "image",
        "imagePullPolicy",
        "resources",
        "terminationMessagePath",
        "terminationMessagePolicy",
    ];
    let probes = ["startupProbe", "livenessProbe", "readinessProbe", "securityContext"];
    let known = ["command", "env", "volumeMounts", "volumeDevices"];
    keys(container, &known, &[about.as_slice(), &probes].concat());
    let mounts = mounts(pod, container, node);
    let propagates = mounts.iter().any(|mount| mount["options"][1] == "rshared");
    json!({
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": container["command"],
            "env": environment(container, node),
            "cwd": "/",
            "capabilities": capabilities(node),
        },
        "root": {"path": "root", "readonly": false},
        "hostname": if pod["hostNetwork"] == true { node.name } else { node.pod },
        "mounts": mounts,
        "linux": {
            "namespaces": namespaces(pod),
            "devices": devices(container, node),
            "rootfsPropagation": if propagates { "rshared" } else { "rprivate" },
        },
    })
}

/// The value, an object whose keys are all `known` or `aside`.
fn keys<'v>(value: &'v Value, known: &[&str], aside: &[&str]) -> &'v Value {
    for key in value.as_object().unwrap().keys() {
        let is_known = known.contains(&key.as_str()) || aside.contains(&key.as_str());
        assert!(is_known, "the stand-in for a kubelet does not know {key}: {value:#}");
    }
    value
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn environment(container: &Value, node: &Node) -> Vec<String> {
    let mut all = vec!["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned()];
    for variable in list(container, "env") {
        let field = variable["valueFrom"]["fieldRef"]["fieldPath"].as_str();
        let value = match field {
            None => variable["value"].as_str().unwrap(),
            Some("spec.nodeName") => node.name,
            Some("metadata.name") => node.pod,
            Some(other) => panic!("the stand-in for a kubelet does not know the field {other}"),
        };
        all.push(format!("{}={value}", variable["name"].as_str().unwrap()));
    }
    all
}

/// All that the node has: the container is privileged.
fn capabilities(node: &Node) -> Value {
    // In the order of their numbers: linux/capability.h.
    let all = "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE \
               NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT \
               SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL \
               SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE";
    let mask = u64::from_str_radix(node.capabilities, 16).unwrap();
    let names = all.split_whitespace().enumerate();
    let has = names.filter(|(number, _)| mask >> number & 1 == 1);
    let all: Vec<String> = has.map(|(_, name)| format!("CAP_{name}")).collect();
    json!({"bounding": all, "effective": all, "permitted": all})
}

fn namespaces(pod: &Value) -> Value {
    let mut all = vec![
        json!({"type": "pid"}),
        json!({"type": "mount"}),
        json!({"type": "uts"}),
        json!({"type": "ipc"}),
    ];
    if pod["hostNetwork"] != true {
        all.push(json!({"type": "network", "path": format!("/run/netns/{NETWORK}")}));
    }
    Value::Array(all)
}

/// The network namespace of the pod, where the pod has one of its own.
pub const NETWORK: &str = "pod";

/// What every container has, and above it the volumes, those of outer directories first.
fn mounts(pod: &Value, container: &Value, node: &Node) -> Vec<Value> {
    let mount = |at: &str, kind: &str, source: &str, options: &[&str]| json!({"destination": at, "type": kind, "source": source, "options": options});
    let mut all = vec![
        mount("/proc", "proc", "proc", &["nosuid", "noexec", "nodev"]),
        mount(
            "/dev",
            "tmpfs",
            "tmpfs",
            &["nosuid", "strictatime", "mode=755", "size=65536k"],
        ),
        mount(
            "/dev/pts",
            "devpts",
            "devpts",
            &["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"],
        ),
        mount(
            "/dev/shm",
            "tmpfs",
            "shm",
            &["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"],
        ),
        mount("/dev/mqueue", "mqueue", "mqueue", &["nosuid", "noexec", "nodev"]),
        mount("/sys", "sysfs", "sysfs", &["nosuid", "noexec", "nodev", "rw"]),
    ];
    for file in ["hosts", "resolv.conf", "hostname"] {
        all.push(mount(
            &format!("/etc/{file}"),
            "bind",
            &format!("{DIRECTORY}/etc/{file}"),
            &["rbind", "rprivate", "rw"],
        ));
    }
    let mut volumes = list(container, "volumeMounts").to_vec();
    volumes.sort_by_key(|volume| volume["mountPath"].as_str().unwrap().to_owned());
    for volume in &volumes {
        keys(volume, &["name", "mountPath", "readOnly", "mountPropagation"], &[]);
        let at = volume["mountPath"].as_str().unwrap();
        let propagation = match volume["mountPropagation"].as_str() {
            None | Some("None") => "rprivate",
            Some("Bidirectional") => "rshared",
            Some(other) => panic!("the stand-in for a kubelet does not know the propagation {other}"),
        };
        let access = if volume["readOnly"] == true { "ro" } else { "rw" };
        // A volume takes the place of what every container has there.
        let first = all.iter().position(|mount| mount["destination"] == at);
        let bind = mount(
            at,
            "bind",
            &source(pod, &volume["name"], node),
            &["rbind", propagation, access],
        );
        match first {
            Some(index) => all[index] = bind,
            None => all.push(bind),
        }
    }
    all
}

/// The directory on the node that a volume of the pod is.
fn source(pod: &Value, name: &Value, node: &Node) -> String {
    if let Some(directory) = node.file_systems.get(name.as_str().unwrap()) {
        return (*directory).to_owned();
    }
    let volume = list(pod, "volumes").iter().find(|volume| volume["name"] == *name);
    let volume = volume.unwrap_or_else(|| panic!("there is no volume {name}: {pod:#}"));
    keys(volume, &["name", "hostPath", "configMap"], &[]);
    match volume["hostPath"]["path"].as_str() {
        Some(path) => path.to_owned(),
        None => format!(
            "{DIRECTORY}/config-maps/{}",
            volume["configMap"]["name"].as_str().unwrap()
        ),
    }
}

/// The directories on the node that a kubelet makes before the pod starts.
pub fn made_directories(pod: &Value) -> Vec<&str> {
    let volumes = list(pod, "volumes").iter();
    let wanted = volumes.filter(|volume| volume["hostPath"]["type"] == "DirectoryOrCreate");
    wanted
        .map(|volume| volume["hostPath"]["path"].as_str().unwrap())
        .collect()
}

/// The node's devices, as every privileged container has them, and the disks of the pod at the paths that the manifest names.
fn devices(container: &Value, node: &Node) -> Vec<Value> {
    // Every container has these.
    const OWN: [&str; 7] = ["null", "zero", "full", "random", "urandom", "tty", "console"];
    let mut all = Vec::new();
    let mut add = |line: &str, path: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| words[at].parse::<u32>().unwrap();
        all.push(json!({"type": words[0], "major": number(1), "minor": number(2), "path": path, "fileMode": 0o600}));
    };
    let of_node = || {
        node.devices
            .lines()
            .map(|line| (line, line.rsplit_once(' ').unwrap().1))
    };
    for (line, path) in of_node() {
        if !OWN.iter().any(|own| path == format!("/dev/{own}")) {
            add(line, path);
        }
    }
    for disk in list(container, "volumeDevices") {
        let claim = disk["name"].as_str().unwrap();
        let found = of_node().find(|(_, path)| *path == node.disks[claim]);
        add(found.unwrap().0, disk["devicePath"].as_str().unwrap());
    }
    all
}
