//! What `status` says of volumes and hosts besides whether bricks are online: the one word, split-brain, tasks, clients,
//! space, versions and clocks; and all of that as metrics.

use serde_json::{Value, json};

use super::made_up::{all_done, all_online, answers, changed, info, inventory, looks, others, without};
use super::{judged, metrics, problems, row};
use crate::desired::{BrickSpec, Desired};
use crate::facts::{Facts, Package, SplitBrainEntry, Task, TaskKind, TaskState, Vitals};
use crate::health::{BricksSaid, Health, Looks, table};
use crate::inventory::HostName;

/// The cluster after a change of what was looked at.
fn looked(change: impl FnOnce(&mut Looks)) -> (Value, String, Health) {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let facts = Facts::new(&desired, all_done(&desired));
    let mut looks = looks(&desired, Some(all_online()));
    change(&mut looks);
    let health = Health::of(&desired, &facts, &looks);
    (serde_json::to_value(&health).unwrap(), table(&health), health)
}

fn vitals<'l>(looks: &'l mut Looks, host: &str) -> &'l mut Vitals {
    looks.vitals.get_mut(&HostName::parse(host).unwrap()).unwrap()
}

/// Two entries to heal, of which one is in split-brain.
fn split() -> BricksSaid {
    let mut said = all_online();
    for brick in said.heal.as_mut().unwrap().as_mut().unwrap() {
        brick.entries = Some(2);
    }
    let bricks = ["kube1:/bricks/vdb/gv0", "kube3:/bricks/vdb/gv0"].map(|brick| BrickSpec::parse(brick).unwrap());
    said.more.split_brain = Some(Ok(vec![SplitBrainEntry {
        name: "/a file".into(),
        bricks: bricks.into(),
    }]));
    said
}

#[test]
fn entries_in_split_brain_are_shown_with_every_way_out_and_none_is_chosen() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let (json, text) = judged(&desired, all_done(&desired), Some(split()));
    let volume = &json["volumes"][0];
    assert_eq!(volume["state"], "partial", "{text}");
    assert_eq!(row(&text, "gv0     Replicate 1 × 3")[1], "PARTIAL");
    let told = "volume gv0: 1 entry is in split-brain, and no client can read the entry";
    assert!(problems(&json).contains(told), "{text}");
    let begin = "gluster volume heal gv0 split-brain";
    let ways = [
        format!("{begin} bigger-file '/a file'"),
        format!("{begin} latest-mtime '/a file'"),
        format!("{begin} source-brick 'kube1:/bricks/vdb/gv0' '/a file'"),
        format!("{begin} source-brick 'kube2:/bricks/vdb/gv0' '/a file'"),
        format!("{begin} source-brick 'kube3:/bricks/vdb/gv0' '/a file'"),
    ];
    let file = json!({"name": "/a file", "bricks": ["kube1:/bricks/vdb/gv0", "kube3:/bricks/vdb/gv0"],
        "ways_out": ways});
    assert_eq!(volume["split_brain"], json!({"entries": 1, "files": [file]}));
    for way in ways {
        assert!(text.contains(&format!("\n    {way}\n")), "{way} in\n{text}");
    }
    // Gluster did not say which entries are in split-brain: that is not the same as none.
    let mut said = split();
    said.more.split_brain = Some(Err("Gluster did not answer within 20 s".into()));
    let (json, text) = judged(&desired, all_done(&desired), Some(said));
    let volume = &json["volumes"][0];
    assert_eq!(
        (&volume["split_brain"], &volume["state"]),
        (&Value::Null, &json!("unknown"))
    );
    assert!(
        problems(&json).contains("volume gv0: Gluster did not answer within 20 s"),
        "{text}"
    );
}

#[test]
fn the_one_word_follows_the_bricks() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let down = |hosts: &[usize]| {
        let mut said = all_online();
        for at in hosts {
            said.status.as_mut().unwrap()[*at].online = false;
            let heal = &mut said.heal.as_mut().unwrap().as_mut().unwrap()[*at];
            (heal.connected, heal.entries) = (false, None);
        }
        said
    };
    for (hosts, state) in [(&[][..], "healthy"), (&[0], "degraded"), (&[0, 2], "down")] {
        let (json, text) = judged(&desired, all_done(&desired), Some(down(hosts)));
        assert_eq!(json["volumes"][0]["state"], state, "{text}");
        let set = "volume gv0: set 1 of 1 cannot be read or written: 2 of its 3 bricks have to be up";
        assert_eq!(problems(&json).contains(set), state == "down", "{text}");
    }
    // Nothing was observed on kube3, and the others do not reach its brick: the copy is missing for certain.
    let (json, _) = judged(&desired, without(all_done(&desired), &["kube3"]), Some(down(&[2])));
    assert_eq!(json["volumes"][0]["state"], "degraded");
    assert_eq!(json["volumes"][0]["serves"], json!([true]));
    assert_eq!(
        json["volumes"][0]["quorum"],
        json!({"type": "auto", "needed": 2, "of": 3, "server": false})
    );
    let (json, _) = judged(
        &desired,
        without(all_done(&desired), &["kube1", "kube2", "kube3"]),
        None,
    );
    assert_eq!(
        (&json["volumes"][0]["state"], &json["volumes"][0]["quorum"]),
        (&json!("unknown"), &Value::Null)
    );
}

#[test]
fn tasks_and_clients_are_told_or_unknown() {
    let (json, text, _) = looked(|looks| {
        let said = looks.seen.values_mut().next().unwrap();
        said.more.tasks = Some(vec![
            Task {
                kind: TaskKind::Rebalance,
                state: TaskState::Failed,
                bricks: Vec::new(),
            },
            Task {
                kind: TaskKind::RemoveBrick,
                state: TaskState::Completed,
                bricks: Vec::new(),
            },
        ]);
        said.more.clients = None;
    });
    let volume = &json["volumes"][0];
    let tasks = json!([{"kind": "rebalance", "state": "failed"}, {"kind": "remove-brick", "state": "completed"}]);
    assert_eq!((&volume["tasks"], &volume["clients"]), (&tasks, &Value::Null));
    let shown = row(&text, "gv0     2 of 3");
    assert_eq!(shown[..2], ["?", "FAILED, removal: completed"], "{text}");
    assert!(
        problems(&json).contains("volume gv0: the rebalance has failed"),
        "{text}"
    );
    assert!(text.contains("waits to be committed or stopped"), "{text}");
}

#[test]
fn the_space_of_a_volume_is_that_of_its_smallest_brick_and_unknown_without_every_brick() {
    const GIB: u64 = 1 << 30;
    let (json, text, _) = looked(|looks| {
        let space = vitals(looks, "kube2").spaces.get_mut("/bricks/vdb").unwrap();
        (space.bytes, space.available) = (80 * GIB, 5 * GIB);
    });
    let volume = &json["volumes"][0];
    assert_eq!(
        volume["space"],
        json!({"bytes": 80 * GIB, "available": 5 * GIB, "inodes_free": 900_000})
    );
    let told = "kube2: the file system of /bricks/vdb is nearly full: 5.0 GiB of 80.0 GiB are available";
    assert!(text.contains(told), "{text}");
    assert_eq!(json["healthy"], true, "nearly full is a warning");
    let (json, text, _) = looked(|looks| {
        let space = vitals(looks, "kube2").spaces.get_mut("/bricks/vdb").unwrap();
        space.available = GIB / 2;
        vitals(looks, "kube3").spaces.clear();
    });
    assert_eq!(json["volumes"][0]["space"], Value::Null);
    let told = "kube2: the file system of /bricks/vdb is full: the volumes on it cannot be written";
    assert!(problems(&json).contains(told), "{text}");
    assert_eq!(row(&text, "kube3  /bricks/vdb"), ["?", "?", "?", "?"]);
}

#[test]
fn a_clock_that_differs_is_told_only_if_the_difference_is_certain() {
    let warnings = |offset: f64, uncertainty: f64, hosts: &[&str]| {
        let (json, ..) = looked(|looks| {
            for host in hosts {
                let clock = vitals(looks, host).clock.as_mut().unwrap();
                (clock.offset, clock.uncertainty) = (offset, uncertainty);
            }
        });
        assert_eq!(json["healthy"], true);
        json["warnings"].clone()
    };
    assert_eq!(
        warnings(-120.0, 0.1, &["kube2"]),
        json!(["kube2: the clock is 120.0 s behind the clock of kube1 (give or take 0.11 s)"])
    );
    assert_eq!(
        warnings(3.0, 2.5, &["kube2"]),
        json!([]),
        "the round trip took too long"
    );
    assert_eq!(
        warnings(60.0, 0.1, &["kube1", "kube2", "kube3"]),
        json!(["the clock of this machine is 60.0 s behind the clock of kube2 (give or take 0.10 s)"])
    );
}

#[test]
fn mixed_versions_and_a_low_op_version_are_named() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let hosts = changed(all_done(&desired), |host, facts| {
        if host.as_str() == "kube2" {
            let package = Package {
                status: "installed".into(),
                version: "1:11.1-2+deb13u1".into(),
            };
            facts.packages.insert("glusterfs-server".into(), package);
        }
    });
    let facts = Facts::new(&desired, hosts);
    let mut looks = looks(&desired, Some(all_online()));
    looks.highest_op_version = Some(110_000);
    let health = Health::of(&desired, &facts, &looks);
    assert_eq!(
        health.warnings,
        [
            "hosts have different versions of GlusterFS: 10.3 on kube1, kube3; 11.1 on kube2",
            "the op-version is 100000, and all servers know 110000"
        ]
    );
    assert_eq!(
        serde_json::to_value(health.op_version).unwrap(),
        json!({"current": 100_000, "highest": 110_000})
    );
}

#[test]
fn the_tables_fit_80_columns() {
    let (_, text, _) = looked(|looks| {
        looks.seen.values_mut().for_each(|said| *said = split());
        vitals(looks, "kube2").clock = None;
        let space = vitals(looks, "kube3").spaces.get_mut("/bricks/vdb").unwrap();
        (space.available, space.used) = (5 << 30, 95 << 30);
    });
    assert_eq!(info().name, "gv0");
    insta::assert_snapshot!(text);
    let tables = text.lines().take_while(|line| !line.starts_with("In split-brain"));
    assert!(tables.into_iter().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn metrics_are_in_the_format_and_what_is_not_known_is_no_number() {
    let (.., health) = looked(|looks| {
        looks.seen.values_mut().for_each(|said| *said = split());
        vitals(looks, "kube2").clock = None;
    });
    let samples = metrics::read(&crate::health::metrics(&health));
    let value = |name: &str, labels: &[(&str, &str)]| metrics::value(&samples, name, labels);
    assert!(value("healthy", &[]) < 1.0);
    assert!((value("volume_state", &[("volume", "gv0"), ("state", "partial")]) - 1.0).abs() < 1e-9);
    assert!(value("volume_state", &[("volume", "gv0"), ("state", "healthy")]) < 1.0);
    assert!((value("volume_split_brain_entries", &[("volume", "gv0")]) - 1.0).abs() < 1e-9);
    assert!((value("volume_clients", &[("volume", "gv0"), ("kind", "fuse")]) - 3.0).abs() < 1e-9);
    assert!((value("host_clock_offset_seconds", &[("host", "kube1")]) - 0.01).abs() < 1e-9);
    assert!(value("host_clock_offset_seconds", &[("host", "kube2")]).is_nan());
    let brick = [("volume", "gv0"), ("host", "kube1"), ("dir", "/bricks/vdb/gv0")];
    assert!((value("brick_entries_to_heal", &brick) - 2.0).abs() < 1e-9);
}

/// A pool that was made by hand may know a server by its address alone, and its bricks so.
#[test]
fn a_brick_on_a_host_that_the_pool_knows_by_its_address_is_that_hosts_brick() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let by_address = |brick: &mut BrickSpec| {
        if brick.host == "kube3" {
            "198.51.100.13".clone_into(&mut brick.host);
        }
    };
    let mut info = info();
    info.bricks.iter_mut().for_each(by_address);
    let hosts = changed(all_done(&desired), |name, host| {
        host.glusterd = answers(&others(name), Some(info.clone()));
    });
    let mut said = all_online();
    said.status
        .iter_mut()
        .flatten()
        .for_each(|status| by_address(&mut status.brick));
    said.heal
        .iter_mut()
        .flatten()
        .flatten()
        .for_each(|heal| by_address(&mut heal.brick));
    let (json, text) = judged(&desired, hosts, Some(said.in_words_of(&desired)));
    assert_eq!(json["volumes"][0]["state"], "healthy", "{text}");
    assert_eq!(json["volumes"][0]["bricks"][2]["online"], true, "{text}");
    assert!(json["volumes"][0]["space"].is_object(), "{text}");
}
