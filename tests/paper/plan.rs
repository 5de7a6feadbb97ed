//! The steps that are planned for given facts, without hosts.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use proptest::prelude::*;

use crate::support::answers::*;
use crate::support::golden::is_golden;
use glusterctl::desired::Desired;
use glusterctl::facts::Facts;
use glusterctl::health;
use glusterctl::plan::{self, Operation};
use glusterctl::remote::RemoteError;

#[test]
fn blank_hosts_get_exactly_these_commands() {
    let inventory = openstack();
    let plan = planned(&inventory, &all_blank(&inventory));
    assert!(plan.problems.is_empty() && plan.waiting.is_empty(), "{plan:?}");
    let mut text = String::new();
    for (place, step) in plan.steps.iter().enumerate() {
        let needs: Vec<String> = step.needs.iter().map(ToString::to_string).collect();
        text += &format!(
            "{place}. {}: {}\n   because: {}\n   after: {}\n{}\n\n",
            step.host,
            step.title,
            step.reason,
            needs.join(" "),
            step.command
        );
    }
    is_golden(&text, "plan-openstack.txt");
}

#[test]
fn hosts_on_which_all_is_done_get_nothing() {
    let inventory = openstack();
    let plan = planned(&inventory, &all_done(&inventory));
    assert!(plan.is_done(), "{plan:#?}");
}

#[test]
fn one_thing_undone_is_one_thing_planned() {
    let inventory = openstack();
    for (name, text, expected) in [
        (
            "file /etc/hosts",
            "127.0.0.1 localhost\n",
            "kube2: write the names of all 3 hosts to /etc/hosts",
        ),
        (
            "file /etc/systemd/system/gluster-mount@.service",
            "",
            "kube2: write /etc/systemd/system/gluster-mount@.service",
        ),
        (
            "file /etc/systemd/system/glusterd.service.d/glusterctl-bricks.conf",
            "[Unit]\n",
            "kube2: write /etc/systemd/system/glusterd.service.d/glusterctl-bricks.conf",
        ),
        (
            "bare /data",
            "--------------e------- /run/data\n",
            "kube2: make /data immutable below the mount",
        ),
        ("file /etc/fstab", "", "kube2: write /bricks/vdb, /data to /etc/fstab"),
        (
            "packages",
            "xfsprogs installed 1\nglusterfs-server config-files 1\nglusterfs-client installed 1\n",
            "kube2: install glusterfs-server",
        ),
        (
            "packages",
            "xfsprogs installed 1\nglusterfs-server unpacked 1\nglusterfs-client installed 1\n",
            "kube2: finish the interrupted package installation",
        ),
        (
            "mount /data",
            "kind=disconnected\n",
            "kube2: wait until volume gv0 answers at /data",
        ),
        ("mount /data", "kind=dead\n", "kube2: mount volume gv0 at /data"),
    ] {
        let mut answers = all_done(&inventory);
        answers[1].insert(name.to_owned(), text.to_owned());
        let plan = planned(&inventory, &answers);
        assert_eq!(titles(&plan), [expected]);
        assert!(plan.problems.is_empty() && plan.waiting.is_empty(), "{plan:?}");
    }
}

#[test]
fn a_mount_that_fails_is_left_to_a_person_and_only_a_mount_without_a_client_is_unmounted() {
    let inventory = openstack();
    let mut answers = all_done(&inventory);
    for error in ["Input/output error", "Stale file handle", "no answer within 5 seconds"] {
        answers[1].insert("mount /data".into(), format!("kind=failing\nerror={error}\n"));
        let plan = planned(&inventory, &answers);
        assert_eq!(titles(&plan), Vec::<String>::new());
        let told = format!("volume gv0 is mounted at /data, but the mount says: {error}");
        assert_eq!(plan.problems[0].what, told);
    }
    answers[1].insert("mount /data".into(), "kind=dead\n".into());
    let command = &planned(&inventory, &answers).steps[0].command;
    let unmounts = command[..command.find("tries=").unwrap()].to_owned();
    for (said, client, unmounted) in [
        ("Transport endpoint is not connected", "", true),
        ("Transport endpoint is not connected", "glusterfs", false),
        ("Input/output error", "", false),
        ("", "", false),
    ] {
        // In place of a mount of GlusterFS, which does not fail at will.
        let fake = format!(
            "timeout() {{ echo 'stat: cannot read file system information for /data: {said}' >&2; false; }}\n\
             grep() {{ echo /proc/1/cmdline; }}\ncat() {{ echo '{client}'; }}\numount() {{ echo unmounted; }}\n"
        );
        let output = Command::new("sh").arg("-euc").arg(fake + &unmounts).output().unwrap();
        assert_eq!(output.status.success(), unmounted, "{said:?} {client:?}: {output:?}");
        assert_eq!(
            output.stdout == b"unmounted\n",
            unmounted,
            "{said:?} {client:?}: {output:?}"
        );
    }
}

#[test]
fn directories_in_a_volume_are_made_once_through_a_mount_that_answers() {
    let inventory = openstack();
    let mut answers = all_done(&inventory);
    // What one host sees, all see.
    answers[1].remove("directories");
    assert!(planned(&inventory, &answers).is_done());
    for answer in &mut answers {
        answer.insert("directories".into(), "/data/kubernetes/dynamic\n".into());
    }
    answers[0].insert("mount /data".into(), "kind=disconnected\n".into());
    assert_eq!(
        titles(&planned(&inventory, &answers)),
        [
            "kube1: wait until volume gv0 answers at /data",
            "kube2: make /data/kubernetes/static"
        ]
    );
}

#[test]
fn what_is_in_a_volume_that_nobody_mounted_is_not_guessed() {
    let inventory = openstack();
    let mut answers = all_done(&inventory);
    for answer in &mut answers {
        let mountinfo = answer.get_mut("mountinfo").unwrap();
        *mountinfo = mountinfo.lines().next().unwrap().to_owned() + "\n";
        answer.remove("directories");
    }
    let mounts = ["kube1", "kube2", "kube3"].map(|host| format!("{host}: mount volume gv0 at /data"));
    assert_eq!(titles(&planned(&inventory, &answers)), mounts);
}

#[test]
fn a_file_system_without_the_immutable_attribute_is_said_and_fails_nothing() {
    let inventory = openstack();
    let mut answers = all_done(&inventory);
    // As e2fsprogs 1.47 says it on ramfs, and on a file system that has no such operation at all.
    for words in ["Operation not supported", "Inappropriate ioctl for device"] {
        let said = format!("lsattr: {words} While reading flags on /tmp/data\n");
        answers[1].insert("bare /data".into(), said);
        assert!(planned(&inventory, &answers).is_done());
        let desired = Desired::of(&inventory);
        let host = &desired.hosts[1];
        let facts = Facts::new(&desired, [(host.name().clone(), Ok(parse(host, &answers[1])))].into());
        let observed = facts.of(host.name()).unwrap();
        assert_eq!(health::reasons(&desired, &facts, host, observed), Vec::<String>::new());
        let warnings = health::unprotected(&desired, &facts);
        assert!(warnings[0].starts_with("kube2: the file system below /data does not know chattr +i"));
    }
}

#[test]
fn a_peer_that_is_not_connected_is_waited_for_and_nothing_is_probed() {
    let inventory = openstack();
    let mut answers = all_done(&inventory);
    let pool = answers[0].get_mut("pool").unwrap();
    *pool = pool.replacen(
        "<connected>1</connected><state>3</state>",
        "<connected>0</connected><state>3</state>",
        1,
    );
    assert_eq!(
        titles(&planned(&inventory, &answers)),
        ["kube1: wait until every peer is in the cluster"]
    );
}

#[test]
fn a_server_whose_state_is_gone_becomes_the_member_that_the_others_know() {
    let inventory = openstack();
    let mut answers = all_done(&inventory);
    for section in ["pool", "volumes", "glusterd_state", "brick_processes"] {
        answers[1].remove(section);
    }
    let plan = planned(&inventory, &answers);
    assert_eq!(
        titles(&plan),
        [
            "kube2: give glusterd its old identity back",
            "kube2: enable and start glusterd"
        ]
    );
    let root = tempfile::tempdir().unwrap();
    let root = root.path().to_str().unwrap();
    let restore = plan.steps[0].command.replace("/var/lib", root);
    let status = Command::new("sh")
        .arg("-euc")
        .arg(format!(
            "systemctl() {{ :; }}\nsync() {{ :; }}\ntimeout() {{ echo \"$uuid kube2 Disconnected\"; }}\n{restore}"
        ))
        .status();
    assert!(status.unwrap().success(), "{restore}");
    let read = |path: &str| std::fs::read_to_string(format!("{root}/glusterd/{path}")).unwrap();
    assert_eq!(
        read("glusterd.info"),
        format!("UUID={}\noperating-version=90000\n", UUIDS[1])
    );
    for (name, uuid) in [("kube1", UUIDS[0]), ("kube3", UUIDS[2])] {
        let peer = format!("uuid={uuid}\nstate=3\nhostname1={name}\n");
        assert_eq!(read(&format!("peers/{uuid}")), peer);
    }
    assert_eq!(std::fs::read_dir(format!("{root}/glusterd/peers")).unwrap().count(), 2);
    assert_eq!(plan.waiting.len(), 1, "the pool and the volumes: {plan:?}");
}

#[test]
fn what_is_left_of_a_create_and_bricks_without_a_process_get_commands_that_a_shell_understands() {
    let inventory = openstack();
    let done = all_done(&inventory);
    let mut silent = done.clone();
    silent[1].remove("brick_processes");
    let mut lacks = done.clone();
    lacks[1].insert(
        "glusterd_state".into(),
        format!("uuid={}\nvolume=gv0 \nincomplete=gv0\n", UUIDS[1]),
    );
    let mut stopped = lacks.clone();
    for section in ["pool", "volumes", "units"] {
        stopped[1].remove(section);
    }
    let mut left = done;
    for ((host, answer), uuid) in inventory.hosts.iter().zip(&mut left).zip(UUIDS) {
        let volumes = answer.get_mut("volumes").unwrap();
        let (head, rest) = volumes.split_once("<volumes>").unwrap();
        *volumes = format!("{head}<volumes>{}", &rest[rest.find("</volumes>").unwrap()..]);
        answer.insert("glusterd_state".into(), format!("uuid={uuid}\n"));
        let brick = format!("brick /bricks/{}/gv0", host.devices[0].name);
        answer.get_mut(&brick).unwrap().push_str("bare=yes\n");
    }
    for (answers, expected) in [
        (silent, "kube2: check that /bricks/vdb/gv0 belongs to volume gv0"),
        (lacks, "kube2: receive the definition of volume gv0"),
        (
            stopped,
            "kube2: start glusterd, or move the interrupted definition of volume gv0 aside, to \
             /var/lib/glusterd/interrupted",
        ),
        (
            left,
            "kube2: clear what an interrupted volume create left on /bricks/vdb/gv0",
        ),
    ] {
        let plan = planned(&inventory, &answers);
        assert!(titles(&plan).contains(&expected.to_owned()), "{expected}: {plan:#?}");
        for step in &plan.steps {
            let status = Command::new("sh").arg("-nc").arg(&step.command).status();
            assert!(status.unwrap().success(), "{}", step.command);
        }
    }
}

#[test]
fn a_foreign_line_for_the_mount_point_is_a_problem_and_is_not_mounted() {
    let inventory = openstack();
    let mut answers = all_done(&inventory);
    answers[1].insert(
        "mountinfo".into(),
        "36 35 254:16 / /bricks/vdb rw - xfs /dev/vdb rw\n".into(),
    );
    let fstab = answers[1].get_mut("file /etc/fstab").unwrap();
    *fstab = fstab.replace("localhost:/gv0 ", "localhost:/other ");
    let plan = planned(&inventory, &answers);
    assert_eq!(titles(&plan), Vec::<String>::new());
    assert_eq!(plan.problems.len(), 1, "{plan:?}");
    assert!(
        plan.problems[0].what.contains("mounts something else at /data"),
        "{plan:?}"
    );
}

#[test]
fn while_a_server_is_out_of_reach_nothing_is_changed_that_needs_all() {
    let inventory = openstack();
    let answers = all_blank(&inventory);
    let desired = Desired::of(&inventory);
    let observed = desired.hosts.iter().zip(&answers);
    let observed = observed.map(|(host, answer)| (host.name().clone(), Ok(parse(host, answer))));
    let mut hosts: BTreeMap<_, _> = observed.collect();
    let lost = RemoteError {
        what: "unreachable".into(),
        remedy: "check it".into(),
    };
    hosts.insert(inventory.hosts[2].name.clone(), Err(lost));
    let plan = plan::plan(&desired, &Facts::new(&desired, hosts), &Operation::Apply);
    assert!(
        titles(&plan)
            .iter()
            .all(|title| !title.contains("probe") && !title.contains("volume gv0")),
        "{plan:?}"
    );
    assert!(titles(&plan).contains(&"kube1: enable and start glusterd".to_owned()));
    assert_eq!(plan.problems.len(), 1);
    assert_eq!(plan.problems[0].message(), "kube3: unreachable\ncheck it");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is missing, a plan never needs a step that comes later, and formats only what was seen to be blank.
    #[test]
    fn a_plan_can_be_run_in_its_order_and_formats_only_blank_devices(removed in proptest::collection::vec((0..3_usize, 0..20_usize), 0..12)) {
        let inventory = openstack();
        let mut answers = all_done(&inventory);
        for (host, section) in removed {
            let keys: Vec<String> = answers[host].keys().filter(|key| *key != "host" && *key != "file /etc/os-release").cloned().collect();
            if let Some(key) = keys.get(section) {
                answers[host].remove(key);
            }
        }
        let plan = planned(&inventory, &answers);
        for (place, step) in plan.steps.iter().enumerate() {
            prop_assert!(step.needs.iter().all(|need| *need < place), "{place} needs {:?}", step.needs);
            prop_assert!(!step.command.contains("mkfs"), "{step:?}");
        }
    }
}

#[test]
fn the_lock_of_apts_lists_is_waited_for_and_a_mirror_may_fail_once() {
    let inventory = openstack();
    let plan = planned(&inventory, &all_blank(&inventory));
    let install = plan
        .steps
        .iter()
        .find(|step| step.title.starts_with("install "))
        .unwrap();
    let locked = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)";
    for (fake, succeeds, calls) in [
        ("true".to_owned(), true, 1),
        // Only the lists are locked, for a while.
        (
            format!("[ $tries != 1 ] && [ $tries -gt 3 ] || {{ echo '{locked}' >&2; exit 100; }}"),
            true,
            5,
        ),
        // The first attempt and the first attempt after the lists were fetched fail.
        ("case $tries in 1 | 3) exit 100 ;; esac".to_owned(), true, 5),
        ("exit 100".to_owned(), false, 3),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str| directory.path().join(name);
        let fake_apt_get =
            format!("#!/bin/sh\necho x >>\"${{0%/*}}/calls\"\ntries=$(wc -l <\"${{0%/*}}/calls\")\n{fake}\n");
        for (name, text) in [("apt-get", fake_apt_get.as_str()), ("sleep", "#!/bin/sh\n")] {
            std::fs::write(file(name), text).unwrap();
            std::fs::set_permissions(file(name), std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let path = format!("{}:/usr/bin:/bin", directory.path().display());
        let output = Command::new("sh")
            .args(["-euc", &install.command])
            .env("PATH", path)
            .output()
            .unwrap();
        assert_eq!(output.status.success(), succeeds, "{fake}: {output:?}");
        let called = std::fs::read_to_string(file("calls")).unwrap().lines().count();
        assert_eq!(called, calls, "{fake}: {output:?}");
    }
}
