//! The answers of the three hosts of `inventories/openstack.yaml`, in the form that `templates/observe.sh` prints, and the
//! plans that follow.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;

use glusterctl::desired::{Desired, DesiredHost};
use glusterctl::facts::{Facts, HostFacts};
use glusterctl::inventory::{self, HEAL_THREADS, Host, Inventory};
use glusterctl::plan::{self, Operation, Plan};

pub const MARK: &str = "@mark";

pub fn openstack() -> Inventory {
    inventory::load(Path::new("inventories/openstack.yaml")).unwrap()
}

/// What the kernel says of each device.
pub const DEVICE: &str =
    "kind=block\nname=vdb\nbytes=1073741824\nread_only=0\nremovable=0\nnumber=254:16\nidentity=serial a1\n";

/// What a host of the lab answers, as sections by name.
pub type Answer = BTreeMap<String, String>;

/// The line of a host's answer that has its address.
pub fn address_line(host: &Host) -> String {
    match host.address.ip() {
        Some(IpAddr::V6(v6)) => format!("address6={:032x}\n", v6.to_bits()),
        _ => format!("address={}\n", host.address),
    }
}

pub fn blank(host: &Host) -> Answer {
    let mut answer: Answer = [
        (
            "host",
            format!("uid=0\nname={}\ninit=systemd\n{}", host.name, address_line(host)),
        ),
        (
            "file /etc/os-release",
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n".into(),
        ),
        ("file /etc/hosts", "127.0.0.1\tlocalhost\n".into()),
        ("file /etc/fstab", "# /etc/fstab\n".into()),
        ("mount /data", "kind=missing\n".into()),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text))
    .collect();
    if host.address.ip().is_some_and(|ip| ip.is_ipv6()) {
        answer.insert("family".to_owned(), String::new());
    }
    for device in &host.devices {
        let text = format!("{DEVICE}blkid_status=2\nin_use=no\nwipefs_status=0\nzeros=yes\n");
        answer.insert(format!("device {}", device.path), text);
    }
    answer
}

pub const UUIDS: [&str; 3] = [
    "11111111-1111-4111-8111-111111111111",
    "22222222-2222-4222-8222-222222222222",
    "33333333-3333-4333-8333-333333333333",
];

/// What a host answers on which nothing is left to do: `fstab` is what a plan for a blank host writes.
#[expect(clippy::too_many_lines, reason = "the answer of one host")]
pub fn done(inventory: &Inventory, host: &Host, fstab: &str) -> Answer {
    let desired = Desired::of(inventory);
    let wanted = desired.host(&host.name).unwrap();
    let brick = &wanted.bricks[0];
    let (device, uuid, target) = (&brick.device.path, &brick.uuid, &brick.mount);
    let mut answer = blank(host);
    let mut set = |name: &str, text: String| answer.insert(name.to_owned(), text);
    set(
        "file /etc/hosts",
        format!("127.0.0.1\tlocalhost\n{}", desired.names.text),
    );
    set("file /etc/fstab", fstab.to_owned());
    for file in &wanted.unit_files {
        set(&format!("file {}", file.path), file.text.to_string());
    }
    for point in wanted.mount_points() {
        set(
            &format!("bare {point}"),
            format!("----i---------e------- /run{point}\n"),
        );
    }
    set(
        "mountinfo",
        format!(
            "36 35 254:16 / {target} rw - xfs {device} rw\n72 35 0:51 / /data rw - fuse.glusterfs localhost:/gv0 rw\n"
        ),
    );
    let unit = |name: &str| format!("Id={name}\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\n\n");
    set("units", unit("glusterd.service") + &unit("gluster-mount@data.service"));
    set(
        "packages",
        "xfsprogs installed 1\nglusterfs-server installed 1\nglusterfs-client installed 1\n".into(),
    );
    set(
        &format!("device {device}"),
        format!("{DEVICE}blkid_status=0\ntype=xfs\nuuid={uuid}\nin_progress=0\n"),
    );
    set("xfs", format!("{uuid} 254:16 {device} 0\n"));
    set(
        &format!("brick {target}/gv0"),
        "exists=yes\nvolume_id=99999999999949998999999999999999\n".into(),
    );
    set("mount /data", "kind=directory\n".into());
    set(
        "directories",
        "/data/kubernetes/static\n/data/kubernetes/dynamic\n".into(),
    );
    set("brick_processes", format!("{target}/gv0\n"));
    set("glusterd_state", "version=90000\nvolume=gv0 \n".into());
    let mut peers = String::new();
    for (other, uuid) in inventory.hosts.iter().zip(UUIDS) {
        let (name, state) = if other.name == host.name {
            ("localhost".to_owned(), "")
        } else {
            (other.name.to_string(), "<state>3</state>")
        };
        peers += &format!(
            "<peer><uuid>{uuid}</uuid><hostname>{name}</hostname><hostnames><hostname>{name}</hostname></hostnames>\
             <connected>1</connected>{state}</peer>"
        );
    }
    const HEAD: &str = "<?xml version=\"1.0\"?><cliOutput><opRet>0</opRet><opErrno>0</opErrno><opErrstr/>";
    set("pool", format!("{HEAD}<peerStatus>{peers}</peerStatus></cliOutput>"));
    let bricks: String = inventory
        .hosts
        .iter()
        .map(|other| {
            format!(
                "<brick>{0}:{target}/gv0<name>{0}:{target}/gv0</name></brick>",
                other.name
            )
        })
        .collect();
    let options = [
        ("user.glusterctl.cluster", inventory.cluster.as_str()),
        ("user.glusterctl.options", HEAL_THREADS.0),
        HEAL_THREADS,
    ];
    let options = options.map(|(name, value)| format!("<option><name>{name}</name><value>{value}</value></option>"));
    let options = options.concat();
    set(
        "volumes",
        format!(
            "{HEAD}<volInfo><volumes><volume><name>gv0</name><id>99999999-9999-4999-8999-999999999999</id><status>1</status>\
             <replicaCount>3</replicaCount><arbiterCount>0</arbiterCount><typeStr>Replicate</typeStr>\
             <bricks>{bricks}</bricks><options>{options}</options></volume></volumes></volInfo></cliOutput>"
        ),
    );
    answer
}

pub fn parse(desired: &DesiredHost, answer: &Answer) -> HostFacts {
    HostFacts::parse(&output(answer), MARK, desired).unwrap()
}

/// The output of the script that observes a host, from its sections; `file PATH` stands for a file that the script shows.
pub fn output<N: AsRef<str>, T: AsRef<str>>(sections: impl IntoIterator<Item = (N, T)>) -> String {
    let (mut output, mut files) = (String::new(), String::new());
    for (name, text) in sections {
        let (name, text) = (name.as_ref(), text.as_ref());
        match name.strip_prefix("file ") {
            Some(path) => files.extend(text.split_terminator('\n').map(|line| format!("{path}:{line}\n"))),
            None => output += &format!("\n{MARK} {name}\n{text}"),
        }
    }
    output + &format!("\n{MARK} files\n{files}\n{MARK} end\n")
}

pub fn planned(inventory: &Inventory, answers: &[Answer]) -> Plan {
    let desired = Desired::of(inventory);
    let hosts = desired.hosts.iter().zip(answers);
    let hosts = hosts.map(|(host, answer)| (host.name().clone(), Ok(parse(host, answer))));
    plan::plan(&desired, &Facts::new(&desired, hosts.collect()), &Operation::Apply)
}

pub fn all_blank(inventory: &Inventory) -> Vec<Answer> {
    inventory.hosts.iter().map(blank).collect()
}

/// The lines that the plan for blank hosts adds to fstab, as the shell that runs it would write them.
pub fn all_done(inventory: &Inventory) -> Vec<Answer> {
    let plan = planned(inventory, &all_blank(inventory));
    let fstab = |host: &Host| -> String {
        let mut steps = plan.steps.iter();
        let step = steps
            .find(|step| step.host == host.name && step.title.ends_with("to /etc/fstab"))
            .unwrap();
        let (_, add) = step.command.split_once("\nadd='").unwrap();
        add.split('\'').next().unwrap().to_owned() + "\n"
    };
    inventory
        .hosts
        .iter()
        .map(|host| done(inventory, host, &fstab(host)))
        .collect()
}

pub fn titles(plan: &Plan) -> Vec<String> {
    plan.steps
        .iter()
        .map(|step| format!("{}: {}", step.host, step.title))
        .collect()
}
