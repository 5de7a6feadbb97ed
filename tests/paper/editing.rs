//! How the plan's own commands change /etc/fstab and /etc/hosts, for any content of the two files.

use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use crate::support::cases;
use crate::support::edit;
use glusterctl::desired::Desired;

/// Bytes of all kinds, most often some that mean something to who reads them.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => prop::collection::vec(any::<u8>(), 0..6),
        5 => select(vec![" ", "\t", "\n", "\r", "\0", "#", "\\040", "'", "\"", "/", "x", "\u{85}", "\u{c}", "/etc/fstab"])
            .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// A file of lines, each one of a few `known` ones with noise before, in or behind it, or noise alone. The last line may
/// lack its newline.
fn file(known: Vec<String>) -> impl Strategy<Value = Vec<u8>> {
    subsequence(known, 1..=4)
        .prop_flat_map(|known| prop::collection::vec(line(known), 0..8).prop_map(|lines| lines.concat()))
}

fn line(known: Vec<String>) -> impl Strategy<Value = Vec<u8>> {
    let known = select(known).prop_map(String::into_bytes);
    let line = prop_oneof![
        3 => known.clone(),
        2 => (known, any::<Index>(), noise()).prop_map(|(mut line, at, noise)| {
            // At its beginning and its end more often than elsewhere.
            let at = at.index(3 * line.len()).saturating_sub(line.len()).min(line.len());
            line.splice(at..at, noise);
            line
        }),
        1 => noise(),
    ];
    let end = prop_oneof![8 => Just("\n"), 1 => Just("\r\n"), 1 => Just("")];
    (line, end).prop_map(|(line, end)| [line, end.into()].concat())
}

/// Lines of fstab that are ours, were ours, look like ours, or have nothing to do with us.
fn fstab_lines() -> Vec<String> {
    let inventory = edit::inventory();
    let desired = Desired::of(&inventory);
    let mut lines = vec![
        "# /etc/fstab: static file system information.".to_owned(),
        "UUID=0a1b / ext4 errors=remount-ro 0 1".into(),
        "proc /proc proc defaults".into(),
        "localhost:/gv0 /data glusterfs defaults,_netdev 0 0".into(),
        "kube2:/gv0 /data/ glusterfs _netdev".into(),
        "localhost:/other /data glusterfs defaults 0 0".into(),
        "/dev/vdz /srv/gv-1 ext4 defaults 0 2".into(),
        "localhost:/gv1\t/srv/gv\\0551\tglusterfs\tdefaults\t0\t0".into(),
        "kube2:/gv0 /datax glusterfs _netdev".into(),
        "localhost:/gv0 /data glusterfs defaults,_netdev,noauto,x-systemd.after=glusterd.service,\
         x-systemd.mount-timeout=60s,backup-volfile-servers=kube2,noatime 0 0"
            .into(),
    ];
    for brick in &desired.hosts[0].bricks {
        let (uuid, target, device) = (&brick.uuid, &brick.mount, &brick.device.path);
        lines.push(format!("UUID={uuid} {target} xfs defaults 0 0"));
        lines.push(format!("UUID=\"{uuid}\" {target}/ xfs"));
        lines.push(format!("{device} {target} xfs defaults 0 0"));
        lines.push(format!(
            "UUID={uuid} {target} xfs noatime,inode64,nofail,x-systemd.before=glusterd.service,x-systemd.device-timeout=30s \
             0 0"
        ));
    }
    lines
}

/// Lines of /etc/hosts: foreign ones, our block as a whole, and what is left of others.
fn hosts_lines() -> Vec<String> {
    let block = Desired::of(&edit::inventory()).names.text;
    let mut lines: Vec<String> = block.lines().map(str::to_owned).collect();
    lines.extend(
        [
            block.trim_end(),
            block.trim_end(),
            "# BEGIN glusterctl kube\n198.51.100.99 gone\n# END glusterctl kube",
            "# BEGIN glusterctl other",
            "# END glusterctl other",
            "127.0.0.1\tlocalhost",
            "127.0.1.1 kube1.example kube1",
            "198.51.100.99 kube2",
            "::1 ip6-localhost # kube2",
        ]
        .map(str::to_owned),
    );
    lines
}

/// A line that `apply` once wrote for the brick of /dev/vdb, and what stands behind it.
fn old_line(end: &str) -> Vec<u8> {
    let inventory = edit::inventory();
    let desired = Desired::of(&inventory);
    let uuid = &desired.hosts[0].bricks[0].uuid;
    format!("UUID={uuid} /bricks/vdb xfs defaults 0 0{end}").into_bytes()
}

#[test]
fn a_line_of_ours_that_ends_with_a_carriage_return_is_replaced() {
    edit::fstab(&old_line("\r\n"));
}

#[test]
fn a_line_that_no_command_can_name_is_left_to_a_person() {
    for end in [b"\0\n", b"\xff\n"] {
        edit::fstab(&[old_line(""), end.to_vec()].concat());
    }
}

#[test]
fn a_block_that_begins_within_a_block_is_one_and_what_stands_before_it_stays() {
    let now = b"127.0.0.1 localhost\n# BEGIN glusterctl kube\n198.51.100.99 db\n# BEGIN glusterctl kube\n\
                # END glusterctl kube\n::1 localhost\n";
    edit::hosts_since(b"", now);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases(96)) })]

    #[test]
    fn fstab_keeps_every_foreign_byte_and_is_edited_once(before in file(fstab_lines())) {
        edit::fstab(&before);
    }

    #[test]
    fn the_hosts_file_keeps_every_foreign_byte_and_is_edited_once(before in file(hosts_lines())) {
        edit::hosts(&before);
    }

    #[test]
    fn what_was_written_to_the_hosts_file_since_the_plan_stays(
        planned in file(hosts_lines()),
        now in file(hosts_lines()),
    ) {
        edit::hosts_since(&planned, &now);
    }
}
