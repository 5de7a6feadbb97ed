//! Volumes of every type in plans, without hosts; `lab_types.rs` makes them on hosts.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::answers::{Answer, all_blank, planned};
use glusterctl::inventory::{self, Inventory};
use glusterctl::plan::Plan;

fn every_type() -> Inventory {
    inventory::load(Path::new("inventories/every-type.yaml")).unwrap()
}

/// Blank hosts whose devices are different devices.
fn blank(inventory: &Inventory) -> Vec<Answer> {
    let mut answers = all_blank(inventory);
    for (host, answer) in answers.iter_mut().enumerate() {
        let devices = answer.iter_mut().filter(|(name, _)| name.starts_with("device "));
        for (at, (_, text)) in devices.enumerate() {
            *text = text.replace("254:16", &format!("254:{}", 16 * (at + 1)));
            *text = text.replace("serial a1", &format!("serial {host}-{at}"));
        }
        for volume in &inventory.volumes {
            answer.insert(format!("mount {}", volume.mount.path), "kind=missing\n".to_owned());
        }
    }
    answers
}

fn command<'p>(plan: &'p Plan, title: &str) -> &'p str {
    &plan.steps.iter().find(|step| step.title == title).unwrap().command
}

#[test]
fn gluster_is_told_the_type_and_force_only_for_several_bricks_of_a_set_on_one_host() {
    let inventory = every_type();
    let plan = planned(&inventory, &blank(&inventory));
    assert!(plan.problems.is_empty() && plan.waiting.is_empty(), "{plan:#?}");
    for (volume, words, bricks) in [
        ("safe", "replica 3", 6),
        ("lean", "replica 3 arbiter 1", 3),
        ("wide", "disperse-data 2 redundancy 1", 3),
        ("vast", "disperse-data 4 redundancy 2", 6),
        ("images", "replica 2", 2),
        ("cache", "", 6),
    ] {
        let command = command(&plan, &format!("create volume {volume}"));
        let words = format!("volume create {volume} {words}");
        assert!(command.contains(words.trim_end()), "{command}");
        assert_eq!(command.matches(&format!("/{volume}")).count(), bricks, "{command}");
        assert_eq!(command.ends_with("force"), volume == "vast", "{command}");
    }
    let create = plan
        .steps
        .iter()
        .find(|step| step.title == "create volume vast")
        .unwrap();
    let checks = create
        .needs
        .iter()
        .map(|need| &plan.steps[*need])
        .filter(|step| step.title == "check that the bricks of volume vast are bare, on their own file systems");
    let hosts: Vec<&str> = checks.map(|step| step.host.as_str()).collect();
    assert_eq!(hosts, ["kube1", "kube2", "kube3"]);
}

/// Runs the script that looks at bricks, for one brick. `findmnt` says that the brick is on the file system mounted at `on`;
/// a directory with the file `.brick` in it is a brick of a volume.
fn look(script: &str, directory: &Path, target: &Path, brick: &Path, on: &Path) -> Output {
    let (_, rest) = script.split_once("bricks='").unwrap();
    let (_, rest) = rest.split_once('\'').unwrap();
    let program = |name: &str, text: String| {
        let path = directory.join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    let on = on.display();
    program(
        "findmnt",
        format!("case \"$*\" in *SOURCE*) echo /dev/vdz ;; *) echo {on} ;; esac"),
    );
    program("getfattr", "for last; do :; done; [ -e \"$last/.brick\" ]".to_owned());
    let text = format!("bricks='- {} {}'{rest}", target.display(), brick.display());
    let path = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap());
    Command::new("sh")
        .args(["-euc", &text])
        .env("PATH", path)
        .output()
        .unwrap()
}

#[test]
fn a_brick_that_is_not_bare_keeps_gluster_from_being_forced() {
    let inventory = every_type();
    let plan = planned(&inventory, &blank(&inventory));
    let script = command(
        &plan,
        "check that the bricks of volume vast are bare, on their own file systems",
    );
    let root = tempfile::tempdir().unwrap();
    let (programs, target) = (root.path().join("bin"), root.path().join("vdb"));
    let brick = target.join("vast");
    fs::create_dir_all(&programs).unwrap();
    fs::create_dir_all(&brick).unwrap();
    let refused = |brick: &Path, on: &Path, words: &str| {
        let output = look(script, &programs, &target, brick, on);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(words), "{words}: {said}");
        assert!(said.contains("the volume was not changed"), "{said}");
    };
    let output = look(script, &programs, &target, &brick, &target);
    assert!(output.status.success(), "{output:?}");

    refused(&target.join("nope"), &target, "is no directory");
    refused(&brick, Path::new("/"), "is not on the file system mounted at");
    refused(&target, &target, "is a mount point itself");
    fs::write(target.join(".brick"), "").unwrap();
    refused(&brick, &target, "is a brick of a volume already");
    fs::remove_file(target.join(".brick")).unwrap();
    fs::write(brick.join("file"), "").unwrap();
    refused(&brick, &target, "vast/file");
}

#[test]
fn a_profile_is_set_with_one_command_and_the_operators_options_are_not_part_of_it() {
    let text = fs::read_to_string("inventories/every-type.yaml").unwrap();
    let text = text.replace("profile: virt", "profile: virt, options: {network.ping-timeout: 42}");
    let inventory = inventory::read(&text, "inv.yaml").unwrap();
    let plan = planned(&inventory, &blank(&inventory));
    let set = command(&plan, "set 24 options of volume images as profile virt has them");
    assert!(
        set.starts_with(
            "gluster --mode=script --xml volume set images client.event-threads 4 cluster.choose-local off "
        ),
        "{set}"
    );
    assert!(
        set.contains(" features.shard on ") && !set.contains("ping-timeout"),
        "{set}"
    );
    let own = command(&plan, "set network.ping-timeout of volume images to 42");
    assert!(own.ends_with("volume set images network.ping-timeout 42"), "{own}");
}
