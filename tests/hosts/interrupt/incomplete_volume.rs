//! An incomplete volume, which an interrupted `volume create` leaves behind, is finished, or is cleared away if the volume is
//! provably ours and empty.

use serde_json::Value;

use super::INVENTORY;
use super::bench::{Bench, said};
use crate::support::cluster::Cases;
use crate::support::{report, soak};

const HOSTS: [&str; 3] = ["kube1", "kube2", "kube3"];
const ID: &str = "0x0123456789abcdef0123456789abcdef";

/// The inventory with more volumes.
fn with(volumes: &[&str]) -> String {
    let line = |name: &&str| format!("  - {{name: {name}, replica: 3, mount: /mnt/{name}}}\n");
    INVENTORY.to_owned() + &volumes.iter().map(line).collect::<String>()
}

/// What a create that failed leaves of a volume on a host (captured): the id, and an empty directory.
fn leave(bench: &Bench, host: &str, volume: &str) {
    let command = format!(
        "mkdir -p -m 600 /bricks/vdb/{volume}/.glusterfs && \
         setfattr -n trusted.glusterfs.volume-id -v {ID} /bricks/vdb/{volume}"
    );
    bench.lab.must(host, &command);
}

/// All that is below a brick, with its attributes.
fn look(bench: &Bench, host: &str, volume: &str) -> String {
    let command =
        format!("cd /bricks/vdb && find {volume} | sort | xargs getfattr -d -m . -e hex; find {volume} -type f");
    bench.lab.must(host, &command)
}

fn plan(bench: &Bench) -> (Option<i32>, Value, String) {
    let output = bench.on_lab(&["-o", "json", "plan"]).output().unwrap();
    let plan = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(&output)));
    (output.status.code(), plan, String::from_utf8(output.stderr).unwrap())
}

/// Traces that nobody owns and that hold nothing are cleared, on every host, and the volume is made.
fn cleared(bench: &mut Bench) {
    bench.wants(&with(&["v1"]));
    for host in HOSTS {
        leave(bench, host, "v1");
    }
    let (status, plan, _) = plan(bench);
    assert_eq!(status, Some(0));
    let steps = plan["steps"].as_array().unwrap();
    let clear: Vec<&Value> = steps
        .iter()
        .filter(|step| step["title"].to_string().contains("clear"))
        .collect();
    assert_eq!(clear.len(), 3, "{plan}");
    let reason = clear[1]["reason"].as_str().unwrap();
    assert!(
        reason.contains("no server knows") && reason.contains("0123456789abcdef"),
        "{reason}"
    );

    // The script looks again: with a file in it, the brick is left alone.
    let script = format!("set -eu; {}", clear[1]["command"].as_str().unwrap());
    for put in [
        "echo hello >/bricks/vdb/v1/precious",
        "echo hello >/bricks/vdb/v1/.glusterfs/precious",
    ] {
        bench.lab.must("kube2", put);
        let before = look(bench, "kube2", "v1");
        let refused = bench.lab.run("kube2", &script);
        assert!(
            !refused.status.success() && said(&refused).contains("left alone"),
            "{}",
            said(&refused)
        );
        assert_eq!(look(bench, "kube2", "v1"), before);
        bench.lab.must("kube2", "find /bricks/vdb/v1 -name precious -delete");
    }
    // So is it with the id of another volume.
    let other = script.replace("0123456789abcdef", "fedcba9876543210");
    let refused = bench.lab.run("kube2", &other);
    assert!(said(&refused).contains("another volume"), "{}", said(&refused));

    let ended = bench.converges("with traces of a failed create");
    assert_eq!(
        ended
            .steps("ended")
            .iter()
            .filter(|step| step.contains("clear what"))
            .count(),
        3
    );
}

/// Traces that hold a file are a problem, and stay as they are.
fn kept(bench: &mut Bench) {
    bench.wants(&with(&["v1", "v2"]));
    for host in HOSTS {
        leave(bench, host, "v2");
    }
    bench.lab.must("kube3", "echo hello >/bricks/vdb/v2/precious");
    let before = look(bench, "kube3", "v2");
    let ended = bench.apply().end();
    assert_eq!(ended.status, Some(1), "{}", ended.stderr);
    for words in [
        "kube3: /bricks/vdb/v2 belongs to a volume that no server knows",
        "holds files",
        "mv /bricks/vdb/v2",
    ] {
        assert!(ended.stderr.contains(words), "{words} in:\n{}", ended.stderr);
    }
    assert_eq!(look(bench, "kube3", "v2"), before);
    bench
        .lab
        .must("kube3", "mv /bricks/vdb/v2 /bricks/vdb/v2.old && mkdir /bricks/vdb/v2");
    bench.converges("after it was moved away");
}

/// A brick of another volume is a problem that names it.
fn owned(bench: &mut Bench) {
    bench.wants(&with(&["v1", "v2", "v3"]));
    let bricks: Vec<String> = HOSTS.iter().map(|host| format!("{host}:/bricks/vdb/v3")).collect();
    let create = format!(
        "mkdir -p /bricks/vdb/v3; gluster --mode=script volume create other replica 3 {}",
        bricks.join(" ")
    );
    for host in ["kube2", "kube3"] {
        bench.lab.must(host, "mkdir -p /bricks/vdb/v3");
    }
    bench.lab.must("kube1", &create);
    let (status, _, errors) = plan(bench);
    assert_eq!(status, Some(1));
    assert!(errors.contains("/bricks/vdb/v3 is a brick of volume other"), "{errors}");
    bench.lab.must("kube1", "gluster --mode=script volume delete other");
    // Deleted, its traces are as empty as those of a failed create.
    bench.converges("after the other was deleted");
}

/// One server had no room to store the definition: the others know the volume, it does not.
fn lagging(bench: &mut Bench, host: &str) {
    let volume = format!("full{host}");
    bench.wants(&with(
        &["v1", "v2", "v3", "fullkube1", "fullkube2"][..if host == "kube2" { 5 } else { 4 }],
    ));
    let fill = "cd /var/lib/glusterd; mkdir -p /run/small; \
                mount -t tmpfs -o size=$(($(du -sk vols | cut -f1) + 200))k none /run/small; cp -a vols/. /run/small/; \
                mount --bind /run/small vols; ! dd if=/dev/zero of=vols/filler bs=1k 2>/dev/null";
    bench.lab.must(host, fill);
    let full = bench.apply().end();
    assert_eq!(full.status, Some(1), "{}", full.stderr);
    assert!(
        full.stderr.contains("Failed to store") || full.stderr.contains("Commit failed"),
        "{}",
        full.stderr
    );
    bench.lab.must(
        host,
        "rm /var/lib/glusterd/vols/filler; mount -o remount,size=64m /run/small",
    );
    let ended = bench.converges("with room again");
    eprintln!("{volume}: {:#?}", ended.steps("ended"));
}

#[test]
fn lab_traces_of_an_interrupted_create_are_finished_or_cleared_if_ours_and_empty() {
    let mut bench = Bench::installed("traces", INVENTORY);
    bench.converges("at first");
    let mut cases = Cases::default();
    cases.case("empty traces", || cleared(&mut bench));
    cases.case("traces with a file", || kept(&mut bench));
    cases.case("a brick of another volume", || owned(&mut bench));
    if soak().is_some() {
        cases.case("no room on the coordinator", || lagging(&mut bench, "kube1"));
        cases.case("no room on another server", || lagging(&mut bench, "kube2"));
        cases.case("without any volfile", || partial(&mut bench, "v5", "*.vol"));
        cases.case("without the clients' volfiles", || {
            partial(&mut bench, "v4", "*fuse.vol")
        });
    }
    cases.finish();
}

/// A server that was killed so late that its glusterd starts again, with a part of the volume only: these files are missing.
fn partial(bench: &mut Bench, volume: &str, files: &str) {
    let mut names = vec!["v1", "v2", "v3", "fullkube1", "fullkube2"];
    names.extend((volume == "v4").then_some("v5"));
    names.push(volume);
    bench.wants(&with(&names));
    let bricks: Vec<String> = HOSTS
        .iter()
        .map(|host| format!("{host}:/bricks/vdb/{volume}"))
        .collect();
    for host in HOSTS {
        bench.lab.must(host, &format!("mkdir -p /bricks/vdb/{volume}"));
    }
    let create = format!(
        "gluster --mode=script volume create {volume} replica 3 {}",
        bricks.join(" ")
    );
    bench.lab.must("kube1", &create);
    let lose = format!(
        "rm /var/lib/glusterd/vols/{volume}/{files}; systemctl restart glusterd; sleep 2; gluster volume info {volume}"
    );
    bench.lab.must("kube3", &lose);
    let ended = bench.converges("with a part of a definition");
    let steps = ended.steps("ended");
    assert!(
        steps
            .iter()
            .any(|step| *step == format!("kube3: receive the definition of volume {volume}")),
        "{steps:#?}"
    );
}

/// glusterd is killed on a host as soon as a condition holds there.
fn killed(bench: &Bench, volume: &str, host: &str, condition: &str) {
    let condition = condition.replace("DEF", &format!("/var/lib/glusterd/vols/{volume}"));
    let condition = condition.replace("BRICK", &format!("/bricks/vdb/{volume}"));
    let watch = format!(
        "rm -f /root/killed; pid=$(cat /run/glusterd.pid); \
         setsid sh -c 'until {condition}; do :; done; kill -9 '$pid'; touch /root/killed' >/dev/null 2>&1 </dev/null &"
    );
    bench.lab.must(host, &watch);
    let ended = bench.apply().end();
    eprintln!(
        "{volume}: glusterd killed on {host} when {condition}: {:?}\n{}",
        ended.status, ended.stderr
    );
    bench.lab.must(host, "test -e /root/killed");
    let again = bench.converges("after glusterd was killed");
    eprintln!(
        "{volume}: {:.0} s, {:#?}",
        again.took.as_secs_f64(),
        again.steps("ended")
    );
}

#[test]
#[ignore = "takes minutes: GLUSTERCTL_SOAK=1 tests/run"]
fn lab_glusterd_killed_in_the_middle_of_volume_create() {
    let mut bench = Bench::installed("midcreate", INVENTORY);
    bench.converges("at first");
    let write = "head -c 1000000 /dev/urandom >/data/file; sync; md5sum </data/file";
    let sum = bench.lab.must("kube1", write);
    // kube1 is the one that creates it.
    let mut moments = vec![("kube2", "[ -s DEF/info ]")];
    if soak().is_some() {
        moments.extend([
            ("kube1", "[ -d DEF/bricks ]"),
            ("kube2", "[ -d DEF ]"),
            ("kube2", "[ -d BRICK/.glusterfs ]"),
            ("kube2", "[ -s DEF/cksum ]"),
            ("kube3", "[ -d DEF/bricks ]"),
            ("kube1", "[ -d BRICK/.glusterfs ]"),
            ("kube1", "[ -d DEF ]"),
            // A lock that it leaves in its peers then takes Gluster three minutes to give up.
            ("kube1", "[ -s DEF/info.tmp ]"),
            ("kube1", "[ -s DEF/info ]"),
            ("kube1", "[ -s DEF/cksum ]"),
        ]);
    }
    let names: Vec<String> = (0..moments.len()).map(|number| format!("m{number}")).collect();
    let mut cases = Cases::default();
    for (number, (host, condition)) in moments.iter().enumerate() {
        let names: Vec<&str> = names[..=number].iter().map(String::as_str).collect();
        bench.wants(&with(&names));
        cases.case(&format!("{host} {condition}"), || {
            killed(&bench, names[number], host, condition)
        });
        for host in HOSTS {
            assert_eq!(bench.lab.must(host, "md5sum </data/file"), sum);
        }
    }
    report(&format!(
        "glusterd killed at {} of the moments of volume create",
        moments.len()
    ));
    cases.finish();
}
