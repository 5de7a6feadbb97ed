//! Heketi's login: what the script behind its key runs and refuses, on this machine with fakes for the programs; what `apply` and
//! `destroy` plan; and what becomes of a file authorized_keys.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::answers::*;
use glusterctl::desired::Desired;
use glusterctl::facts::Facts;
use glusterctl::inventory::{self, Inventory};
use glusterctl::plan::{self, Destroy, Operation, Plan, Target};
use glusterctl::scripts::{HEKETI_AUTHORIZE, HEKETI_LOGIN_DROP};

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJjGTM9Q5Lc6zWkv2oRXgJCUQIlJTW4h7vKkXcGvI4Zk";
const LINE: &str = "restrict,command=\"/etc/glusterctl/heketi-login.sh\" ssh-ed25519 \
                    AAAAC3NzaC1lZDI1NTE5AAAAIJjGTM9Q5Lc6zWkv2oRXgJCUQIlJTW4h7vKkXcGvI4Zk glusterctl-heketi:kube";
const MARK: &str = "glusterctl-heketi:kube";
const ID: &str = "0ab1c2d3e4f5061728394a5b6c7d8e9f";
const SCRIPT: &str = "/etc/glusterctl/heketi-login.sh";

fn inventory(heketi: &str) -> Inventory {
    let hosts: String = (1..4)
        .map(|n| {
            format!(
                "  - {{name: kube{n}, address: 198.51.100.1{n}, devices: [/dev/vdb, {{path: /dev/vdc, heketi: true}}]}}\n"
            )
        })
        .collect();
    let text = format!(
        "cluster: kube\nhosts:\n{hosts}volumes:\n  - {{name: gv0, replica: 3, mount: /data}}\n\
         kubernetes: {{version: \"1.25\", method: heketi, heketi: {{database: gv0{heketi}}}}}\n"
    );
    inventory::read(&text, "test").unwrap()
}

fn with_key() -> Inventory {
    inventory(&format!(", public_key: {KEY} heketi"))
}

/// A directory with the script of kube1's login, and fakes for every program that Heketi runs; a fake writes its words down.
#[expect(clippy::too_many_lines, reason = "a list of programs")]
fn login() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let (bin, ran) = (root.path().join("bin"), root.path().join("ran"));
    fs::create_dir(&bin).unwrap();
    let put = |path: &Path, text: &str| {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    };
    let fake = |name: &str, first: &str| {
        let text = format!(
            "#!/bin/sh\n{first}{{ printf %s '{name}'; for word in \"$@\"; do printf ' [%s]' \"$word\"; done; echo; }} >>'{}'\n",
            ran.display()
        );
        put(&bin.join(name), &text);
    };
    for name in [
        "mount",
        "umount",
        "mkdir",
        "rmdir",
        "ls",
        "chown",
        "chmod",
        "mkfs.xfs",
        "awk",
        "wipefs",
        "pvcreate",
        "pvremove",
        "vgcreate",
        "vgremove",
        "vgdisplay",
        "pvs",
        "vgs",
        "lvs",
        "lvcreate",
        "lvremove",
        "udevadm",
        "systemctl",
        "gluster",
        "gluster-block",
        "sudo",
        "cat",
        "bash",
        "sh",
        "scp",
        "rm",
        "cp",
        "dd",
        "sftp-server",
        "logger",
    ] {
        fake(name, "");
    }
    // The script uses sed, too.
    fake("sed", "[ \"$1\" = -i.save ] || exec /usr/bin/sed \"$@\"\n");
    let desired_inventory = with_key();
    let desired = Desired::of(&desired_inventory);
    let login = desired.hosts[0].heketi_login.as_ref().unwrap();
    let set = "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n";
    assert_eq!(login.script.matches(set).count(), 1);
    put(
        &root.path().join("login.sh"),
        &login
            .script
            .replace(set, &format!("PATH={}:/usr/bin:/bin\n", bin.display())),
    );
    root
}

/// What sshd would run for the command; the words of the programs that ran, but for logger's.
fn sent(root: &TempDir, command: Option<&str>) -> (Output, String, String) {
    let ran = root.path().join("ran");
    fs::write(&ran, "").unwrap();
    let mut login = Command::new("/bin/sh");
    login
        .arg(root.path().join("login.sh"))
        .env_remove("SSH_ORIGINAL_COMMAND");
    if let Some(command) = command {
        login.env("SSH_ORIGINAL_COMMAND", command);
    }
    let output = login.output().unwrap();
    let all = fs::read_to_string(ran).unwrap();
    let (logged, ran): (Vec<&str>, Vec<&str>) = all.lines().partition(|line| line.starts_with("logger "));
    (output, ran.join("\n"), logged.join("\n"))
}

/// The command as Heketi's SSH sends it.
fn wrapped(command: &str) -> String {
    format!("/bin/bash -c '{}'", command.replace('\'', r"'\''"))
}

/// Every command of Heketi's sources, and the words that run; `ID` and `SNAP` stand for ids, `POINT` for a brick's mount point.
const COMMANDS: [(&str, &str); 56] = [
    ("wipefs --all /dev/vdc", "wipefs [--all] [/dev/vdc]"),
    (
        "pvcreate -qq --metadatasize=128M --dataalignment=256K '/dev/vdc'",
        "pvcreate [-qq] [--metadatasize=128M] [--dataalignment=256K] [/dev/vdc]",
    ),
    (
        "/usr/sbin/lvm pvcreate -qq --metadatasize=128M --dataalignment=256K '/dev/vdc'",
        "pvcreate [-qq] [--metadatasize=128M] [--dataalignment=256K] [/dev/vdc]",
    ),
    ("vgcreate vg_ID /dev/vdc", "vgcreate [vg_ID] [/dev/vdc]"),
    (
        "/usr/sbin/lvm vgcreate -qq --physicalextentsize=4M --autobackup=y vg_ID /dev/vdc",
        "vgcreate [-qq] [--physicalextentsize=4M] [--autobackup=y] [vg_ID] [/dev/vdc]",
    ),
    (
        "vgcreate -qq --autobackup=n vg_ID /dev/vdc",
        "vgcreate [-qq] [--autobackup=n] [vg_ID] [/dev/vdc]",
    ),
    ("vgremove -qq vg_ID", "vgremove [-qq] [vg_ID]"),
    ("pvremove -qq '/dev/vdc'", "pvremove [-qq] [/dev/vdc]"),
    ("vgdisplay -c vg_ID", "vgdisplay [-c] [vg_ID]"),
    ("/usr/sbin/lvm vgdisplay -c vg_ID", "vgdisplay [-c] [vg_ID]"),
    (
        "pvs -o pv_name,pv_uuid,vg_name --reportformat=json /dev/vdc",
        "pvs [-o] [pv_name,pv_uuid,vg_name] [--reportformat=json] [/dev/vdc]",
    ),
    (
        "vgs -o pv_name,pv_uuid,vg_name --reportformat=json vg_ID",
        "vgs [-o] [pv_name,pv_uuid,vg_name] [--reportformat=json] [vg_ID]",
    ),
    (
        "pvs --reportformat json --units k",
        "pvs [--reportformat] [json] [--units] [k]",
    ),
    (
        "vgs --reportformat json --units k",
        "vgs [--reportformat] [json] [--units] [k]",
    ),
    (
        "lvs --reportformat json --units k",
        "lvs [--reportformat] [json] [--units] [k]",
    ),
    (
        "/usr/bin/udevadm info --query=symlink --name=/dev/vdc",
        "udevadm [info] [--query=symlink] [--name=/dev/vdc]",
    ),
    ("ls /var/lib/heketi/mounts/vg_ID", "ls [/var/lib/heketi/mounts/vg_ID]"),
    (
        "rmdir /var/lib/heketi/mounts/vg_ID",
        "rmdir [/var/lib/heketi/mounts/vg_ID]",
    ),
    ("mkdir -p POINT", "mkdir [-p] [POINT]"),
    (
        "/usr/sbin/lvm lvcreate -qq --autobackup=n --poolmetadatasize 8192K --chunksize 256K --size 1048576K --thin vg_ID/tp_ID \
         --virtualsize 1048576K --name brick_ID",
        "lvcreate [-qq] [--autobackup=n] [--poolmetadatasize] [8192K] [--chunksize] [256K] [--size] [1048576K] [--thin] \
         [vg_ID/tp_ID] [--virtualsize] [1048576K] [--name] [brick_ID]",
    ),
    (
        "mkfs.xfs -i size=512 -n size=8192 /dev/mapper/vg_ID-brick_ID",
        "mkfs.xfs [-i] [size=512] [-n] [size=8192] [/dev/mapper/vg_ID-brick_ID]",
    ),
    (
        "mkfs.xfs -i maxpct=100 -n size=8192 /dev/mapper/vg_ID-brick_ID",
        "mkfs.xfs [-i] [maxpct=100] [-n] [size=8192] [/dev/mapper/vg_ID-brick_ID]",
    ),
    (
        r#"awk "BEGIN {print \"/dev/mapper/vg_ID-brick_ID POINT xfs rw,inode64,noatime,nouuid 1 2\" >> \"/etc/fstab\"}""#,
        r#"awk [BEGIN {print "/dev/mapper/vg_ID-brick_ID POINT xfs rw,inode64,noatime,nouuid 1 2" >> "/etc/fstab"}]"#,
    ),
    (
        "mount -o rw,inode64,noatime,nouuid /dev/mapper/vg_ID-brick_ID POINT",
        "mount [-o] [rw,inode64,noatime,nouuid] [/dev/mapper/vg_ID-brick_ID] [POINT]",
    ),
    ("mkdir POINT/brick", "mkdir [POINT/brick]"),
    ("chown :40001 POINT/brick", "chown [:40001] [POINT/brick]"),
    ("chmod 2775 POINT/brick", "chmod [2775] [POINT/brick]"),
    ("umount POINT", "umount [POINT]"),
    (
        "umount /run/gluster/snaps/ID/brick1",
        "umount [/run/gluster/snaps/ID/brick1]",
    ),
    ("mount", "mount"),
    (
        r#"sed -i.save "/brick_ID/d" /etc/fstab"#,
        "sed [-i.save] [/brick_ID/d] [/etc/fstab]",
    ),
    (
        "lvremove --autobackup=n -f vg_ID/brick_ID",
        "lvremove [--autobackup=n] [-f] [vg_ID/brick_ID]",
    ),
    (
        "/usr/sbin/lvm lvremove --autobackup=n -f vg_ID/tp_ID",
        "lvremove [--autobackup=n] [-f] [vg_ID/tp_ID]",
    ),
    (
        "lvremove --autobackup=y -f vg_ID/ID_0",
        "lvremove [--autobackup=y] [-f] [vg_ID/ID_0]",
    ),
    (
        "lvs --noheadings --options=thin_count vg_ID/tp_ID",
        "lvs [--noheadings] [--options=thin_count] [vg_ID/tp_ID]",
    ),
    ("rmdir POINT", "rmdir [POINT]"),
    ("systemctl status glusterd", "systemctl [status] [glusterd]"),
    ("GLUSTER peer probe kube2", "GLUSTERS [peer] [probe] [kube2]"),
    (
        "GLUSTER peer detach 198.51.100.13",
        "GLUSTERS [peer] [detach] [198.51.100.13]",
    ),
    (
        "GLUSTER snapshot config snap-max-hard-limit 14",
        "GLUSTERS [snapshot] [config] [snap-max-hard-limit] [14]",
    ),
    (
        "GLUSTER volume create vol_ID replica 3 198.51.100.11:POINT/brick 198.51.100.12:POINT/brick kube3:POINT/brick ",
        "GLUSTERS [volume] [create] [vol_ID] [replica] [3] [198.51.100.11:POINT/brick] [198.51.100.12:POINT/brick] \
         [kube3:POINT/brick]",
    ),
    (
        "GLUSTER volume create vol_ID replica 3 arbiter 1 kube1:POINT/brick ",
        "GLUSTERS [volume] [create] [vol_ID] [replica] [3] [arbiter] [1] [kube1:POINT/brick]",
    ),
    (
        "GLUSTER volume create kube_default_data_ID disperse-data 4 redundancy 2 kube1:POINT/brick ",
        "GLUSTERS [volume] [create] [kube_default_data_ID] [disperse-data] [4] [redundancy] [2] [kube1:POINT/brick]",
    ),
    (
        "GLUSTER volume add-brick vol_ID kube1:POINT/brick kube2:POINT/brick ",
        "GLUSTERS [volume] [add-brick] [vol_ID] [kube1:POINT/brick] [kube2:POINT/brick]",
    ),
    (
        "GLUSTER volume set vol_ID performance.cache-size 64MB",
        "GLUSTERS [volume] [set] [vol_ID] [performance.cache-size] [64MB]",
    ),
    ("GLUSTER volume start vol_ID", "GLUSTERS [volume] [start] [vol_ID]"),
    (
        "GLUSTER volume stop vol_ID force",
        "GLUSTERS [volume] [stop] [vol_ID] [force]",
    ),
    ("GLUSTER volume delete vol_ID", "GLUSTERS [volume] [delete] [vol_ID]"),
    (
        "GLUSTER volume rebalance vol_ID start",
        "GLUSTERS [volume] [rebalance] [vol_ID] [start]",
    ),
    (
        "GLUSTER volume replace-brick vol_ID kube1:POINT/brick kube2:POINT/brick commit force",
        "GLUSTERS [volume] [replace-brick] [vol_ID] [kube1:POINT/brick] [kube2:POINT/brick] [commit] [force]",
    ),
    ("GLUSTER volume info --xml", "GLUSTERS [volume] [info] [--xml]"),
    (
        "gluster --mode=script volume info gv0 --xml",
        "gluster [--mode=script] [volume] [info] [gv0] [--xml]",
    ),
    (
        "GLUSTER volume heal gv0 info --xml",
        "GLUSTERS [volume] [heal] [gv0] [info] [--xml]",
    ),
    (
        "GLUSTER --xml snapshot create tmpsnap_ID vol_ID no-timestamp",
        "GLUSTERS [--xml] [snapshot] [create] [tmpsnap_ID] [vol_ID] [no-timestamp]",
    ),
    (
        "GLUSTER --xml snapshot clone vol_clone tmpsnap_ID",
        "GLUSTERS [--xml] [snapshot] [clone] [vol_clone] [tmpsnap_ID]",
    ),
    (
        "gluster-block create vol_ID/blk_ID  ha 3 auth enable prealloc full 198.51.100.11,198.51.100.12 5GiB --json",
        "gluster-block [create] [vol_ID/blk_ID] [ha] [3] [auth] [enable] [prealloc] [full] [198.51.100.11,198.51.100.12] [5GiB] \
         [--json]",
    ),
];

fn filled(text: &str) -> String {
    text.replace("GLUSTERS", "gluster [--mode=script] [--timeout=600]")
        .replace("GLUSTER", "gluster --mode=script --timeout=600")
        .replace("POINT", "/var/lib/heketi/mounts/vg_ID/brick_ID")
        .replace("ID", ID)
}

#[test]
fn what_heketi_sends_runs_with_exactly_these_words() {
    let root = login();
    for (command, words) in COMMANDS {
        let (command, words) = (filled(command), filled(words));
        let (output, ran, logged) = sent(&root, Some(&wrapped(&command)));
        assert!(output.status.success(), "{command}: {output:?}");
        assert_eq!((ran.as_str(), logged.as_str()), (words.as_str(), ""), "{command}");
        // A login that is not root's has sudo before.
        let (output, ran, _) = sent(&root, Some(&wrapped(&format!("sudo {command}"))));
        assert!(output.status.success(), "{command}: {output:?}");
        let (program, rest) = words.split_once(' ').unwrap_or((&words, ""));
        assert_eq!(
            ran.trim_end(),
            format!("sudo [-n] [{program}] {rest}").trim_end(),
            "{command}"
        );
    }
}

/// What a thief of the key would try, as it arrives at sshd.
#[expect(clippy::too_many_lines, reason = "a list")]
fn attacks() -> Vec<String> {
    let plain = [
        "id",
        "cat /etc/shadow",
        "scp -t /root",
        "/usr/lib/openssh/sftp-server",
        "internal-sftp",
        "bash -i",
        "mount",
        " ",
    ];
    let inside = [
        "bash",
        "",
        "cat /etc/shadow",
        "mount; id",
        "mount && id",
        "mount | sh",
        "mount $(id)",
        "mount `id`",
        "mount > /etc/passwd",
        "mount\nid",
        "mount #",
        "sudo sudo mount",
        "sudo -i",
        "env mount",
        "mount -o rw,inode64,noatime,nouuid /dev/mapper/vg_ID-brick_ID /etc",
        "mount -o rw,suid /dev/mapper/vg_ID-brick_ID POINT",
        "mount -o rw,inode64,noatime,nouuid /dev/vda1 POINT",
        "mkdir -p /root/x",
        "mkdir -p POINT/../../../../../../etc/x",
        "rmdir /var/lib/heketi/mounts/vg_ID/../..",
        "umount /data",
        "chmod 4755 POINT/brick",
        "chmod 2775 /etc",
        "chown root POINT/brick",
        "chown :0 /etc/shadow",
        "ls /root",
        "mkfs.xfs -i size=512 -n size=8192 /dev/vdb",
        "mkfs.xfs -f -i size=512 -n size=8192 /dev/mapper/vg_ID-brick_ID",
        "wipefs --all /dev/vdb",
        "wipefs --all /dev/vdc /dev/vdb",
        "wipefs --all /dev/../dev/vdb",
        "wipefs --all /dev/disk/by-id/../../vdb",
        "pvcreate -qq --metadatasize=128M --dataalignment=256K '/dev/vdb'",
        "pvcreate -qq --metadatasize=128M --dataalignment=256K '/dev/vdc' '/dev/vdb'",
        "pvremove -qq '/dev/sda'",
        "vgcreate -qq --autobackup=n vg_ID /dev/vdb",
        "vgcreate -qq --autobackup=n other /dev/vdc",
        "vgremove -qq gluster_kube_vdb",
        "vgremove -qq -f vg_ID",
        "/usr/sbin/lvm mkdir -p POINT",
        "/usr/sbin/lvm vgremove -qq root",
        "lvremove --autobackup=n -f gluster_kube_vdb/brick",
        "lvremove --autobackup=n -f vg_ID",
        "lvcreate -qq --autobackup=n --size 1024K --name TEST vg_ID",
        r#"awk "BEGIN {system(\"id\")}""#,
        r#"awk "BEGIN {print \"x\" >> \"/etc/passwd\"}""#,
        r#"awk "BEGIN {print \"/dev/mapper/vg_ID-brick_ID POINT xfs rw,inode64,noatime,nouuid 1 2\" >> \"/root/.ssh/authorized_keys\"}""#,
        r#"awk "BEGIN {print \"/dev/mapper/vg_ID-brick_ID POINT xfs rw,inode64,noatime,nouuid 1 2\" | \"sh\"}""#,
        r#"sed -i.save "/brick_ID/d" /etc/passwd"#,
        r#"sed -i.save "/./d" /etc/fstab"#,
        r#"sed -i.save "/brick_ID/d;1e id" /etc/fstab"#,
        "systemctl stop glusterd",
        "systemctl status glusterd sshd",
        "gluster volume info --xml",
        "GLUSTER volume stop gv0",
        "GLUSTER volume stop gv0 force",
        "GLUSTER volume delete gv0",
        "GLUSTER volume set gv0 auth.allow *",
        "GLUSTER --xml snapshot create tmpsnap_ID gv0 no-timestamp",
        "GLUSTER volume set all cluster.op-version 1 --log-file=/etc/passwd",
        "GLUSTER volume create x kube1:/etc",
        "GLUSTER volume create x 203.0.113.9:POINT/brick",
        "GLUSTER volume remove-brick vol_ID kube1:POINT/brick force",
        "GLUSTER volume reset vol_ID",
        "GLUSTER peer probe 203.0.113.9",
        "GLUSTER peer detach kube2 force",
        "GLUSTER --remote-host=203.0.113.9 volume info --xml",
        "GLUSTER snapshot delete all",
        "GLUSTER system:: execute gsec_create",
        "gluster --mode=script --log-file=/etc/passwd volume info --xml",
        "gluster-block delete gv0/x --json",
        "udevadm info --query=symlink --name=/dev/vdb",
        "udevadm trigger",
    ];
    let inside = inside.map(|command| wrapped(&filled(command)));
    let broken = [
        "/bin/bash -c mount".to_owned(),
        "/bin/bash -c 'mount' 'x'".to_owned(),
        "/bin/bash -c 'mount'; id".to_owned(),
        "/bin/bash -c 'mount'; echo 'x'".to_owned(),
        "/bin/sh -c 'mount'".to_owned(),
        "/bin/bash -ic 'mount'".to_owned(),
        "/bin/bash -c 'mount'\nid #'".to_owned(),
        "/bin/bash -c 'mount\u{e9}'".to_owned(),
    ];
    plain
        .map(str::to_owned)
        .into_iter()
        .chain(inside)
        .chain(broken)
        .collect()
}

#[test]
fn anything_else_is_refused_with_one_line_and_runs_nothing() {
    let root = login();
    let attacks = attacks();
    assert!(attacks.len() >= 80, "{}", attacks.len());
    for attack in attacks.iter().map(|attack| Some(attack.as_str())).chain([None]) {
        let (output, ran, logged) = sent(&root, attack);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), ran.as_str()),
            (Some(126), ""),
            "{attack:?}: {said}"
        );
        assert!(output.stdout.is_empty(), "{attack:?}");
        assert!(
            said.starts_with("glusterctl: refused: ") && said.lines().count() == 1,
            "{attack:?}: {said}"
        );
        assert!(
            logged.starts_with("logger [-t] [glusterctl] [-p] [auth.warning] ") && logged.lines().count() == 1,
            "{logged}"
        );
    }
}

fn about(plan: &Plan) -> Vec<String> {
    let steps = plan.steps.iter().filter(|step| step.host.as_str() == "kube1");
    let about = steps.filter(|step| step.title.contains("Heketi's key") || step.title.contains(SCRIPT));
    about.map(|step| step.title.clone()).collect()
}

/// The plan for hosts that are as the inventory `made` wants them, and that have this of Heketi's login besides.
fn on(made: &Inventory, inventory: &Inventory, logins: &str, notes: &str) -> Plan {
    let mut answers = all_done(made);
    for answer in &mut answers {
        answer.insert("heketi_logins".to_owned(), logins.to_owned());
        answer.insert("made".to_owned(), notes.to_owned());
    }
    planned(inventory, &answers)
}

const TAKE_OUT: &str = "take Heketi's key out of the authorized_keys of root";

#[test]
fn the_key_is_authorised_once_and_taken_away_when_the_inventory_drops_it() {
    let authorise = format!("authorise Heketi's key for root, to run {SCRIPT} only");
    let once = vec![authorise.clone()];
    let (with, without) = (with_key(), inventory(""));
    let (line, note) = (
        format!("user root\nline root {LINE}\n"),
        format!("heketi-login {MARK} root\n"),
    );

    let plan = on(&without, &with, "user root\n", "");
    let titles = about(&plan);
    assert!(plan.problems.is_empty(), "{:?}", plan.problems);
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert!(
        titles[0].starts_with("write ") && titles[0].contains(SCRIPT),
        "{titles:?}"
    );
    assert_eq!(titles[1], authorise);
    // The script comes first, and can be run.
    let write = plan.steps.iter().find(|step| step.title == titles[0]).unwrap();
    assert!(
        write.command.contains("mode=755") || write.command.contains("mode='755'"),
        "{}",
        write.command
    );

    assert_eq!(about(&on(&with, &with, &line, &note)), [""; 0]);
    assert_eq!(about(&on(&with, &with, "user root\n", &note)), once);
    let other = line.replace("restrict,", "");
    assert_eq!(about(&on(&with, &with, &other, &note)), once);
    assert_eq!(
        about(&on(&with, &with, &format!("{line}line root {LINE}\n"), &note)),
        once
    );

    assert_eq!(about(&on(&with, &without, &line, &note)), [TAKE_OUT]);
    assert_eq!(about(&on(&without, &without, "", "")), [""; 0]);

    let moved = inventory(&format!(", user: heketi, public_key: {KEY}"));
    let plan = on(&with, &moved, &format!("{line}user heketi\n"), &note);
    assert_eq!(about(&plan), [authorise.replace("root", "heketi"), TAKE_OUT.to_owned()]);
}

#[test]
fn a_login_that_is_missing_and_a_line_without_the_restriction_are_problems() {
    let (with, note) = (with_key(), format!("heketi-login {MARK} root\n"));
    let problems = |logins: &str| {
        let plan = on(&with, &with, logins, &note);
        let problems = plan.problems.iter().map(|problem| problem.what.clone());
        problems
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    };
    assert_eq!(problems(""), ["has no login root for Heketi"]);
    let by_hand = format!("user root\nline root {KEY} by hand\nline root {LINE}\n");
    assert_eq!(
        problems(&by_hand),
        ["has Heketi's key in the authorized_keys of root on a line that is not glusterctl's"]
    );
}

#[test]
fn destroy_takes_the_key_away() {
    let with = with_key();
    let mut answers = all_done(&with);
    for (answer, uuid) in answers.iter_mut().zip(UUIDS) {
        answer.insert(
            "made".to_owned(),
            format!("heketi-login {MARK} root\nfile {SCRIPT}\nidentity glusterd\n"),
        );
        let state = format!("uuid={uuid}\n{}", answer["glusterd_state"]);
        answer.insert("glusterd_state".to_owned(), state);
    }
    let desired = Desired::of(&with);
    let hosts = desired.hosts.iter().zip(&answers);
    let hosts = hosts.map(|(host, answer)| (host.name().clone(), Ok(parse(host, answer))));
    let facts = Facts::new(&desired, hosts.collect());
    let destroy = Destroy {
        target: Target::Cluster,
        wipe: false,
        purge: false,
    };
    let plan = plan::plan(&desired, &facts, &Operation::Destroy(destroy));
    assert_eq!(about(&plan), [TAKE_OUT], "{:?}", titles(&plan));
}

/// Runs a step's script on a home directory below the root, and on notes there.
fn step(root: &Path, command: &str) {
    let here = root.display().to_string();
    let text = command.replace("/etc/glusterctl", &format!("{here}/etc"));
    let fakes =
        format!("getent() {{ echo 'root:x:0:0::{here}/home:/bin/sh'; }}\nchown() {{ :; }}\nrestorecon() {{ :; }}\n");
    let output = Command::new("sh")
        .args(["-euc", &format!("{fakes}{text}")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn other_lines_of_authorized_keys_stay_byte_for_byte() {
    let authorize = HEKETI_AUTHORIZE.with(&[("user", "root"), ("mark", MARK), ("line", LINE)]);
    let drop = HEKETI_LOGIN_DROP.with(&[
        ("users", "root"),
        ("mark", MARK),
        ("script", "/etc/glusterctl/heketi-login.sh"),
    ]);
    let others = format!("# a comment  with spaces\n\tssh-rsa AAAA admin\n{KEY} {MARK}-other\n");
    for before in [
        None,
        Some(others.clone()),
        Some(others.trim_end().to_owned()),
        Some(format!("x {MARK}\n{others}")),
    ] {
        let root = tempfile::tempdir().unwrap();
        let keys = root.path().join("home/.ssh/authorized_keys");
        fs::create_dir_all(root.path().join("etc")).unwrap();
        fs::create_dir_all(root.path().join("home")).unwrap();
        fs::write(root.path().join("etc/heketi-login.sh"), "x").unwrap();
        if let Some(before) = &before {
            fs::create_dir(root.path().join("home/.ssh")).unwrap();
            fs::write(&keys, before).unwrap();
            fs::set_permissions(&keys, PermissionsExt::from_mode(0o640)).unwrap();
        }
        let others = before.clone().map_or_else(String::new, |_| others.clone());
        for _ in 0..2 {
            step(root.path(), &authorize);
            let line = LINE.replace("/etc/glusterctl", &format!("{}/etc", root.path().display()));
            assert_eq!(fs::read_to_string(&keys).unwrap(), format!("{others}{line}\n"));
        }
        let mode = fs::metadata(&keys).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if before.is_some() { 0o640 } else { 0o600 });
        step(root.path(), &drop);
        let after = fs::read_to_string(&keys).ok();
        match before {
            Some(before) if before.starts_with('x') => assert_eq!(after.as_deref(), Some(&*others)),
            before => assert_eq!(after, before),
        }
        assert!(!root.path().join("etc/heketi-login.sh").exists());
        let notes = fs::read_to_string(root.path().join("etc/made")).unwrap();
        assert!(!notes.contains("heketi-login "), "{notes}");
        let left = fs::read_dir(root.path().join("home/.ssh")).unwrap().count();
        assert_eq!(left, usize::from(after.is_some()));
    }
}
