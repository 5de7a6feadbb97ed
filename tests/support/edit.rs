//! What must hold of /etc/fstab and /etc/hosts whatever is in them: the plan for such a file is made and carried out, and
//! the file judged byte for byte, without the code that plans. The fuzz targets use this, too.

#![allow(dead_code)] // a fuzz target uses a part of it
#![allow(clippy::unwrap_used)] // clippy allows it in tests only, not in what they share

use std::collections::BTreeMap;

use glusterctl::facts::{Facts, HostFacts};
use glusterctl::inventory::{self, HostName, Inventory, brick_mount, brick_uuid};
use glusterctl::plan::{Plan, hosts_block, plan};

use super::etc::Etc;

/// Nothing that a file holds by chance.
const MARK: &str = "@8d1f0c57e2b94a6f";
const HOST: &str = "kube1";
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

/// The plan for kube1 with this file, blank otherwise. Text that is not UTF-8 arrives as it does from a host.
fn planned(inventory: &Inventory, section: &str, bytes: &[u8]) -> Plan {
    let name = HostName::parse(HOST).unwrap();
    let host = inventory.host(&name).unwrap();
    let blank = "kind=block\nbytes=1073741824\nread_only=0\nremovable=0\nblkid_status=2\nin_use=no\nwipefs_status=0\nzeros=yes\n";
    let mut output = format!("\n{MARK} os\nID=debian\n\n{MARK} host\ninit=systemd\n");
    for (number, device) in (16..).zip(&host.devices) {
        output += &format!("\n{MARK} device {device}\nnumber=254:{number}\n{blank}");
    }
    output += &format!("\n{MARK} {section}\n{}\n{MARK} end\n", String::from_utf8_lossy(bytes));
    let facts = HostFacts::parse(&output, MARK, inventory, host).unwrap();
    let hosts = BTreeMap::from([(name, Ok(facts))]);
    plan(inventory, &Facts { hosts })
}

/// Plans and carries out what changes the file; then nothing is left to change. `None` if the file is left alone: the
/// number of problems with it says why.
fn edited(inventory: &Inventory, path: &str, section: &str, before: &[u8]) -> (Option<Vec<u8>>, usize) {
    let look = |bytes: &[u8]| {
        let plan = planned(inventory, section, bytes);
        let problems = plan.problems.iter().filter(|problem| problem.what.starts_with(path));
        let problems = problems.count();
        let ending = format!(" {path}");
        let mut steps = plan.steps.into_iter().filter(|step| step.title.ends_with(&ending));
        let step = steps.next();
        assert!(steps.next().is_none(), "one step changes {path}");
        (step, problems)
    };
    let (step, problems) = look(before);
    let Some(step) = step else { return (None, problems) };
    let etc = Etc::new();
    etc.write(path, before);
    etc.run(&step.command);
    let after = etc.read(path);
    let (again, left) = look(&after);
    assert!(again.is_none(), "{path} would be changed again: {:?}", show(&after));
    assert_eq!(left, problems, "changing {path} changes what is wrong with it");
    (Some(after), problems)
}

/// /etc/fstab: all lines that are not for our mount points stay byte for byte and in their order, and each of our mount
/// points has its line, unless somebody else's is in the way: that is a problem, and it stays, too.
pub fn fstab(before: &[u8]) {
    let inventory = inventory();
    let host = inventory.host(&HostName::parse(HOST).unwrap()).unwrap();
    let (after, problems) = edited(&inventory, "/etc/fstab", "fstab", before);
    let after = after.unwrap_or_else(|| before.to_vec());
    let bricks = host.devices.iter().map(|device| {
        let uuid = brick_uuid(&inventory.cluster, &host.name, device);
        (brick_mount(device), format!("UUID={uuid} {} xfs ", brick_mount(device)))
    });
    let volumes = inventory.mounts_on(host).map(|volume| {
        let path = volume.mount.path.to_string();
        let line = format!("localhost:/{} {path} glusterfs ", volume.name);
        (path, line)
    });
    let ours: Vec<(String, String)> = bricks.chain(volumes).collect();
    let foreign = |bytes: &[u8]| {
        let mut lines = lines(bytes);
        lines.retain(|line| !ours.iter().any(|(target, _)| mounts_at(line, target.as_bytes())));
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

/// Whether a line of fstab is for that mount point (fstab(5): fields are separated by blanks and tabs).
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

/// Without the `\040` of fstab(5), as far as it is ASCII.
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

/// /etc/hosts: all lines outside of our block stay byte for byte and in their order, and our block is there once; unless
/// its first and last line do not stand around one block: then nothing is touched.
pub fn hosts(before: &[u8]) {
    let inventory = inventory();
    let (after, problems) = edited(&inventory, "/etc/hosts", "hosts_file", before);
    let Some((foreign, _)) = without_blocks(before) else {
        assert!(after.is_none() && problems > 0, "{:?} is no file to edit", show(before));
        return;
    };
    let after = after.unwrap_or_else(|| before.to_vec());
    let (foreign_after, block) = without_blocks(&after).unwrap();
    assert_eq!(
        show(&foreign),
        show(&foreign_after),
        "foreign lines of {:?}",
        show(before)
    );
    assert_eq!(
        show(&block),
        show(hosts_block(&inventory).as_bytes()),
        "{:?}",
        show(&after)
    );
}

/// The lines outside of blocks, and those of all blocks; `None` if a block does not begin or does not end.
fn without_blocks(bytes: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut foreign, mut blocks, mut inside) = (Vec::new(), Vec::new(), false);
    for line in lines(bytes) {
        let (begins, ends) = (line == BEGIN, line == END);
        if (begins && inside) || (ends && !inside) {
            return None;
        }
        inside |= begins;
        if inside { &mut blocks } else { &mut foreign }.extend(line);
        inside &= !ends;
    }
    (!inside).then_some((foreign, blocks))
}

/// The lines with their newlines; the last one gets one if it has none.
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
