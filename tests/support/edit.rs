//! What must hold of /etc/fstab and /etc/hosts with any content: the plan for such a file is made and carried out, and the
//! file is judged byte for byte, without the code that plans. The fuzz targets use this module, too.

#![allow(dead_code)] // a fuzz target uses a part of this module
#![allow(clippy::unwrap_used)] // clippy allows it in tests only, not in modules that tests share

use std::collections::BTreeMap;

use glusterctl::desired::Desired;
use glusterctl::facts::{Facts, HostFacts};
use glusterctl::inventory::{self, HostName, Inventory};
use glusterctl::plan::{Operation, Plan, Step, plan};

use super::etc::Etc;

/// The begin of a section: a word that no file holds by chance.
const MARK: &str = "@8d1f0c57e2b94a6f";
const HOST: &str = "kube1";
const FSTAB: &str = "/etc/fstab";
const HOSTS: &str = "/etc/hosts";
const BEGIN: &[u8] = b"# BEGIN glusterctl kube\n";
const END: &[u8] = b"# END glusterctl kube\n";

/// Two servers with two devices each, and a client.
pub fn inventory() -> Inventory {
    let text = "cluster: kube
defaults: {devices: [/dev/vdb, /dev/disk/by-id/virtio-b1]}
hosts:
  - {name: kube1, address: 198.51.100.11}
  - {name: kube2, address: 198.51.100.12}
  - {name: kube3, address: 198.51.100.13, role: client}
volumes:
  - {name: gv0, replica: 2, mount: {path: /data, options: [noatime]}}
  - {name: gv1, replica: 2, mount: /srv/gv-1}
";
    inventory::read(text, "test").unwrap()
}

/// The plan for kube1 with this file and otherwise blank. Text that is not UTF-8 arrives as it does from a host.
fn planned(inventory: &Inventory, path: &str, bytes: &[u8]) -> Plan {
    let name = HostName::parse(HOST).unwrap();
    let host = inventory.host(&name).unwrap();
    let blank = "kind=block\nbytes=1073741824\nread_only=0\nremovable=0\nblkid_status=2\nin_use=no\nwipefs_status=0\nzeros=yes\n";
    let mut output = format!("\n{MARK} host\ninit=systemd\naddress={}\n", host.address);
    for (number, device) in (16..).zip(&host.devices) {
        output += &format!("\n{MARK} device {}\nnumber=254:{number}\n{blank}", device.path);
    }
    let shown = if path == FSTAB { "/etc/fstab" } else { "/etc/hosts" };
    let text = String::from_utf8_lossy(bytes);
    let lines: String = text
        .split_terminator('\n')
        .map(|line| format!("{shown}:{line}\n"))
        .collect();
    output += &format!("\n{MARK} files\n/etc/os-release:ID=debian\n{lines}\n{MARK} end\n");
    let desired = Desired::of(inventory);
    let facts = HostFacts::parse(&output, MARK, desired.host(&name).unwrap()).unwrap();
    let hosts = BTreeMap::from([(name, Ok(facts))]);
    plan(&desired, &Facts::new(&desired, hosts), &Operation::Apply)
}

/// The steps that change the file, and the number of problems of the file.
fn steps(inventory: &Inventory, path: &str, bytes: &[u8]) -> (Vec<Step>, usize) {
    let plan = planned(inventory, path, bytes);
    let problems = plan
        .problems
        .iter()
        .filter(|problem| problem.what.starts_with(path))
        .count();
    let ending = format!(" {path}");
    let steps = plan.steps.into_iter().filter(|step| step.title.ends_with(&ending));
    (steps.collect(), problems)
}

/// The file after the steps' commands.
fn carried_out(steps: &[Step], path: &str, bytes: &[u8]) -> Vec<u8> {
    let mut etc = Etc::new();
    etc.write(path, bytes);
    steps.iter().for_each(|step| etc.run(&step.command));
    etc.read(path)
}

/// Plans and carries out the change of the file; then the file needs no other change. `None` if the file is left alone: the
/// number of its problems says why.
fn edited(inventory: &Inventory, path: &str, before: &[u8]) -> (Option<Vec<u8>>, usize) {
    let (first, problems) = steps(inventory, path, before);
    if first.is_empty() {
        return (None, problems);
    }
    let after = carried_out(&first, path, before);
    let (again, left) = steps(inventory, path, &after);
    assert!(again.is_empty(), "{path} would be changed again: {:?}", show(&after));
    assert_eq!(left, problems, "changing {path} changes what is wrong with it");
    (Some(after), problems)
}

/// Whether a line mounts a volume of the inventory with the options of a line that glusterctl wrote: at another mount point
/// than the volume's, the line is outdated.
fn is_of_ours(line: &[u8]) -> bool {
    let Ok(line) = std::str::from_utf8(line) else {
        return false;
    };
    let mut fields = line
        .trim_end_matches('\n')
        .split([' ', '\t'])
        .filter(|field| !field.is_empty());
    let (Some(source), Some(_), Some("glusterfs"), Some(options)) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return false;
    };
    let marked = options.split(',').any(|option| option == "x-glusterctl=kube");
    let older = options.starts_with("defaults,_netdev,noauto,x-systemd.") && !options.contains("x-glusterctl=");
    let volume = unescaped(source.as_bytes());
    let ours = [b":/gv0", b":/gv1"].iter().any(|end| volume.ends_with(*end));
    ours && !source.starts_with('#') && !line.contains('\0') && (marked || older)
}

/// /etc/fstab: all lines that are neither for our mount points nor outdated lines of ours stay byte for byte and in their order, and each of our mount
/// points has its line, unless somebody else's line is in the way: such a line is a problem, and the line stays, too.
pub fn fstab(before: &[u8]) {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let host = desired.host(&HostName::parse(HOST).unwrap()).unwrap();
    let (after, problems) = edited(&inventory, FSTAB, before);
    let after = after.unwrap_or_else(|| before.to_vec());
    let bricks = host.bricks.iter().map(|brick| {
        let line = format!("UUID={} {} xfs ", brick.uuid, brick.mount);
        (brick.mount.clone(), line)
    });
    let volumes = host.mounts.iter().map(|volume| {
        let path = volume.mount.path.to_string();
        let line = format!("localhost:/{} {path} glusterfs ", volume.name);
        (path, line)
    });
    let ours: Vec<(String, String)> = bricks.chain(volumes).collect();
    let foreign = |bytes: &[u8]| {
        let mut lines = lines(bytes);
        lines.retain(|line| !ours.iter().any(|(target, _)| mounts_at(line, target.as_bytes())) && !is_of_ours(line));
        show(&lines.concat())
    };
    assert_eq!(foreign(before), foreign(&after), "{:?}", show(before));
    let mut in_the_way = 0;
    for (target, begin) in &ours {
        let mut lines = lines(&after);
        lines.retain(|line| mounts_at(line, target.as_bytes()));
        assert!(!lines.is_empty(), "{target} has no line in {:?}", show(&after));
        in_the_way += usize::from(!lines.iter().all(|line| line.starts_with(begin.as_bytes())));
    }
    assert!(in_the_way <= problems, "{problems} problems told of {:?}", show(&after));
}

/// Whether a line of fstab is for the mount point `target` (fstab(5): fields are separated by blanks and tabs).
fn mounts_at(line: &[u8], target: &[u8]) -> bool {
    let mut fields = line
        .split(|byte| matches!(byte, b' ' | b'\t' | b'\n'))
        .filter(|field| !field.is_empty());
    let (Some(source), Some(found), Some(_)) = (fields.next(), fields.next(), fields.next()) else {
        return false;
    };
    let mut found = unescaped(found);
    while found.len() > 1 && found.last() == Some(&b'/') {
        found.pop();
    }
    !source.starts_with(b"#") && found == target
}

/// The field without the escapes of fstab(5), such as `\040`, as far as the escapes stand for ASCII.
fn unescaped(field: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut rest = field;
    while let Some(first) = rest.first() {
        let code = match rest {
            [b'\\', a @ b'0'..=b'1', b @ b'0'..=b'7', c @ b'0'..=b'7', ..] => {
                Some((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'))
            }
            _ => None,
        };
        plain.push(code.unwrap_or(*first));
        rest = &rest[if code.is_some() { 4 } else { 1 }..];
    }
    plain
}

/// /etc/hosts: all lines outside of our block stay byte for byte and in their order, and our block is there once.
/// If a first or last line of our block stands alone, or a line gives a host another address, the file is not touched.
pub fn hosts(before: &[u8]) {
    let inventory = inventory();
    let (after, problems) = edited(&inventory, HOSTS, before);
    let parts = Parts::of(before);
    if parts.stray || problems > 0 {
        assert!(after.is_none() && problems > 0, "{:?} is no file to edit", show(before));
        return;
    }
    let after = Parts::of(&after.unwrap_or_else(|| before.to_vec()));
    assert_eq!(parts.foreign, after.foreign, "{:?}", show(before));
    assert_eq!(
        after.blocks,
        show(Desired::of(&inventory).names.text.as_bytes()),
        "{:?}",
        show(before)
    );
}

/// /etc/hosts has changed since the plan was made: every line outside of whole blocks stays, and our block follows.
pub fn hosts_since(planned: &[u8], now: &[u8]) {
    let inventory = inventory();
    let (steps, _) = steps(&inventory, HOSTS, planned);
    if !steps.is_empty() {
        let after = carried_out(&steps, HOSTS, now);
        let block = show(Desired::of(&inventory).names.text.as_bytes());
        assert_eq!(show(&after), Parts::of(now).foreign + &block, "{:?}", show(now));
    }
}

/// /etc/hosts, split into the lines of whole blocks and all other lines.
struct Parts {
    foreign: String,
    blocks: String,
    /// Whether a line outside of whole blocks begins or ends a block.
    stray: bool,
}

impl Parts {
    fn of(bytes: &[u8]) -> Self {
        let (mut foreign, mut blocks, mut begun): (Vec<_>, Vec<_>, _) = (Vec::new(), Vec::new(), None);
        for line in lines(bytes) {
            if line == BEGIN {
                begun = Some(foreign.len());
            }
            let begun = if line == END { begun.take() } else { None };
            foreign.push(line);
            blocks.extend(begun.into_iter().flat_map(|begun| foreign.split_off(begun)));
        }
        Parts {
            stray: foreign.iter().any(|line| line == BEGIN || line == END),
            foreign: show(&foreign.concat()),
            blocks: show(&blocks.concat()),
        }
    }
}

/// The lines with their newlines; a last line without a newline gets a newline.
fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    if let Some(last) = lines.last_mut().filter(|last| !last.ends_with(b"\n")) {
        last.push(b'\n');
    }
    lines
}

fn show(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}
