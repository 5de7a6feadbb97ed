//! What `status` says of clusters of which something is not known, and of clusters that are known to be wrong.

mod contacts;
mod gate;
mod heals;
mod limit;
pub(super) mod made_up;
#[path = "../../../tests/support/metrics.rs"]
mod metrics;
mod volumes;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{BricksSaid, Health, MoreSaid, server_to_ask, started, table};
use crate::desired::Desired;
use crate::facts::{Facts, Glusterd, HostFacts};
use crate::inventory::{HostName, VolumeType};
use made_up::{Hosts, all_done, all_online, answers, changed, info, inventory, looks, others, without};

/// The state of the cluster as JSON and as a table. What is not known is never called healthy.
fn judged(desired: &Desired, hosts: Hosts, said: Option<BricksSaid>) -> (Value, String) {
    let facts = Facts::new(desired, hosts);
    let mut looks = looks(desired, said);
    // Nobody who was not reached says how the host fares.
    looks
        .vitals
        .retain(|host, _| facts.of(host).is_some_and(|seen| seen.self_managed.is_none()));
    let health = Health::of(desired, &facts, &looks);
    let (json, text) = (serde_json::to_value(&health).unwrap(), table(&health));
    assert_eq!(json["version"], 2);
    crate::documents::valid("status", &json);
    assert_eq!(text.ends_with("\nHealthy.\n"), json["healthy"] == true, "{text}");
    let unknown = json["volumes"].to_string() + &json["mounts"].to_string();
    let partial = json["hosts"].to_string().contains("\"self_managed\":true");
    assert!(
        partial || json["healthy"] == false || !unknown.contains("null"),
        "{json:#}"
    );
    (json, text)
}

fn problems(json: &Value) -> BTreeSet<&str> {
    json["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem.as_str().unwrap())
        .collect()
}

/// The rest of the one line that begins so.
fn row<'t>(text: &'t str, begin: &str) -> Vec<&'t str> {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(begin));
    let row = lines.next().unwrap_or_else(|| panic!("{begin} in\n{text}"));
    row.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect()
}

#[test]
fn a_cluster_of_which_all_is_known_to_be_right_is_healthy() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let (json, text) = judged(&desired, all_done(&desired), Some(all_online()));
    assert_eq!(
        (&json["healthy"], problems(&json)),
        (&json!(true), BTreeSet::new()),
        "{text}"
    );
    assert_eq!(
        row(&text, "gv0     Replicate 1 × 3"),
        ["started", "healthy", "3 of 3", "0"]
    );
    // A forecast needs a rate.
    let file_systems = json["file_systems"].to_string();
    assert!(file_systems.contains("\"forecast\":null"), "{file_systems}");
    // And these hosts have no certificates.
    let known = json
        .to_string()
        .replace("\"forecast\":null", "")
        .replace("\"certificate_days\":null", "");
    assert!(!known.contains("null") && !text.contains('?'), "{known}\n{text}");
}

#[test]
fn when_no_host_is_reached_nothing_but_that_is_known() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let (json, text) = judged(&desired, without(Hosts::new(), &["kube1", "kube2", "kube3"]), None);
    for word in [
        "MISSING",
        "STOPPED",
        "NOT MOUNTED",
        "OFFLINE",
        "DEAD",
        "NO ANSWER",
        "not exist",
        "0 of",
    ] {
        assert!(!text.contains(word), "{word} in\n{text}");
    }
    assert_eq!(row(&text, "kube1  198.51.100.11"), ["server", "NO", "?", "?", "?"]);
    assert_eq!(row(&text, "gv0     ?"), ["?", "?", "? of 3", "?"]);
    assert_eq!(row(&text, "gv0     kube1:/bricks/vdb/gv0"), ["?", "?", "?"]);
    assert_eq!(row(&text, "kube1  gv0     /data"), ["?"]);
    let volume = &json["volumes"][0];
    for value in [&volume["exists"], &volume["type"], &volume["started"]] {
        assert_eq!(*value, Value::Null);
    }
    let unknown = json!({"host": "kube1", "dir": "/bricks/vdb/gv0", "mounted": null, "online": null, "to_heal": null,
        "to_heal_seconds": null, "port": null});
    assert_eq!(volume["bricks"][0], unknown);
    let unknown = json!({"host": "kube1", "volume": "gv0", "path": "/data", "mounted": null, "answers": null});
    assert_eq!(json["mounts"][0], unknown);
    let host = &json["hosts"][0];
    assert_eq!(
        (&host["glusterd"], &host["peers"], &host["boot"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let expected = [
        "kube1: unreachable",
        "kube2: unreachable",
        "kube3: unreachable",
        "volume gv0: unknown, no server answered",
    ];
    assert_eq!(problems(&json), expected.into());
}

#[test]
fn of_a_host_that_is_not_reached_only_what_gluster_says_is_known() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let lost = || without(all_done(&desired), &["kube3"]);
    // Only this machine does not reach the host.
    let (json, text) = judged(&desired, lost(), Some(all_online()));
    assert_eq!(
        row(&text, "gv0     Replicate 1 × 3"),
        ["started", "healthy", "3 of 3", "0"]
    );
    assert_eq!(row(&text, "gv0     kube3:/bricks/vdb/gv0"), ["online", "54304", "0"]);
    assert_eq!(row(&text, "kube3  gv0     /data"), ["?"]);
    assert_eq!(row(&text, "kube1  gv0     /data"), ["mounted"]);
    assert_eq!(problems(&json), ["kube3: unreachable"].into());
    // The others do not reach the host either.
    let mut said = all_online();
    said.status.as_mut().unwrap().pop();
    let last = &mut said.heal.as_mut().unwrap().as_mut().unwrap()[2];
    (last.connected, last.entries) = (false, None);
    let (json, text) = judged(&desired, lost(), Some(said));
    assert_eq!(
        row(&text, "gv0     Replicate 1 × 3"),
        ["started", "degraded", "2+? of 3", "?"]
    );
    assert_eq!(row(&text, "gv0     kube3:/bricks/vdb/gv0"), ["?", "?", "?"]);
    let brick = &json["volumes"][0]["bricks"][2];
    assert_eq!((&brick["mounted"], &brick["online"]), (&Value::Null, &Value::Null));
    let unreached =
        "volume gv0: Gluster does not reach brick kube3:/bricks/vdb/gv0, and whether the brick serves is not known";
    assert_eq!(problems(&json), ["kube3: unreachable", unreached].into());
}

#[test]
fn a_volume_is_absent_only_if_every_server_says_so() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let none = |host: &HostName, facts: &mut HostFacts| {
        facts.glusterd = answers(&others(host), None);
        facts.volume_ids.clear();
    };
    let blank = |_: &HostName, facts: &mut HostFacts| *facts = HostFacts::default();
    let [knows_none, blank] = [changed(all_done(&desired), none), changed(all_done(&desired), blank)];
    for hosts in [&knows_none, &blank] {
        let (json, text) = judged(&desired, hosts.clone(), None);
        let volume = &json["volumes"][0];
        assert_eq!((&volume["exists"], &volume["started"]), (&json!(false), &json!(false)));
        assert_eq!(row(&text, "gv0     -"), ["MISSING", "DOWN", "0 of 3", "-"]);
        assert!(problems(&json).contains("volume gv0 does not exist"), "{text}");
    }
    // One server does not answer: this server alone may know the volume.
    let silent = |hosts: &Hosts| {
        changed(hosts.clone(), |host, facts| {
            if host.as_str() == "kube3" {
                facts.glusterd = Glusterd::Silent;
            }
        })
    };
    let one = "volume gv0: unknown, kube3 did not answer, and no other server knows the volume";
    let nobody = "volume gv0: unknown, no server answered";
    for (hosts, problem) in [
        (without(knows_none.clone(), &["kube3"]), one),
        (silent(&knows_none), one),
        (without(blank.clone(), &["kube3"]), nobody),
        (silent(&blank), nobody),
    ] {
        let (json, text) = judged(&desired, hosts, None);
        assert_eq!(
            (&json["volumes"][0]["exists"], &json["volumes"][0]["started"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(row(&text, "gv0     ?")[0], "?");
        assert!(
            problems(&json).contains(problem) && !text.contains("not exist"),
            "{text}"
        );
    }
}

#[test]
fn a_host_whose_glusterd_does_not_answer_tells_what_the_host_knows_itself() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let silent = changed(all_done(&desired), |_, facts| facts.glusterd = Glusterd::Silent);
    // The processes of the bricks run on, and nobody says whether the bricks are reached.
    let (json, text) = judged(&desired, silent.clone(), None);
    assert_eq!(
        row(&text, "kube1  198.51.100.11"),
        ["server", "yes", "NO ANSWER", "?", "ready"]
    );
    assert_eq!(row(&text, "gv0     ?"), ["?", "?", "? of 3", "?"]);
    assert_eq!(row(&text, "gv0     kube1:/bricks/vdb/gv0"), ["?", "?", "?"]);
    assert_eq!(row(&text, "kube1  gv0     /data"), ["mounted"]);
    let volume = &json["volumes"][0];
    assert_eq!((&volume["exists"], &volume["started"]), (&json!(true), &Value::Null));
    assert_eq!(
        (&volume["bricks"][0]["mounted"], &volume["bricks"][0]["online"]),
        (&json!(true), &Value::Null)
    );
    assert!(
        problems(&json).contains("volume gv0: unknown, no server answered"),
        "{text}"
    );
    assert!(problems(&json).contains("kube1: glusterd does not answer"), "{text}");
    // A new client does not find the brick of a glusterd that hangs; the brick serves its older clients.
    let one = changed(all_done(&desired), |host, facts| {
        if host.as_str() == "kube3" {
            facts.glusterd = Glusterd::Silent;
        }
    });
    let unreached = |listed: bool| {
        let mut said = all_online();
        let last = &mut said.heal.as_mut().unwrap().as_mut().unwrap()[2];
        (last.connected, last.entries) = (false, None);
        if !listed {
            said.status.as_mut().unwrap().pop();
        }
        said
    };
    let (_, text) = judged(&desired, one.clone(), Some(unreached(false)));
    assert_eq!(row(&text, "gv0     kube3:/bricks/vdb/gv0"), ["?", "?", "?"]);
    let (json, text) = judged(&desired, one, Some(unreached(true)));
    assert_eq!(
        row(&text, "gv0     kube3:/bricks/vdb/gv0"),
        ["OFFLINE", "54304", "?"],
        "Gluster has found it"
    );
    assert!(
        problems(&json).contains("volume gv0: brick kube3:/bricks/vdb/gv0 is not online"),
        "{text}"
    );
    // No process of a brick runs.
    let stopped = changed(silent, |_, facts| facts.brick_processes.clear());
    let (json, text) = judged(&desired, stopped, None);
    assert_eq!(row(&text, "gv0     kube1:/bricks/vdb/gv0"), ["OFFLINE", "-", "?"]);
    assert_eq!(json["volumes"][0]["bricks"][0]["online"], false);
    assert_eq!(row(&text, "gv0     ?"), ["?", "?", "0 of 3", "?"]);
}

#[test]
fn what_gluster_does_not_answer_is_unknown_and_the_reason_is_told_once() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let late = || "Gluster did not answer within 20 s".to_owned();
    let neither = BricksSaid {
        status: Err(late()),
        heal: Some(Err(late())),
        more: MoreSaid::default(),
    };
    let (json, text) = judged(&desired, all_done(&desired), Some(neither));
    assert_eq!(
        problems(&json),
        ["volume gv0: Gluster did not answer within 20 s"].into()
    );
    assert_eq!(json["problems"].as_array().unwrap().len(), 1);
    assert_eq!(row(&text, "gv0     Replicate 1 × 3"), ["started", "?", "? of 3", "?"]);
    assert_eq!(row(&text, "gv0     kube2:/bricks/vdb/gv0"), ["?", "?", "?"]);
    // Each answer counts for itself.
    let heal = all_online().heal;
    let said = BricksSaid {
        status: Err(late()),
        heal,
        more: MoreSaid::default(),
    };
    let (_, text) = judged(&desired, all_done(&desired), Some(said));
    assert_eq!(
        row(&text, "gv0     kube2:/bricks/vdb/gv0"),
        ["online", "?", "0"],
        "the host shows the process"
    );
    let mut said = all_online();
    said.heal = Some(Err(late()));
    said.status.as_mut().unwrap()[1].online = false;
    let (_, text) = judged(&desired, all_done(&desired), Some(said));
    assert_eq!(row(&text, "gv0     kube1:/bricks/vdb/gv0"), ["?", "54304", "?"]);
    assert_eq!(row(&text, "gv0     kube2:/bricks/vdb/gv0"), ["OFFLINE", "-", "?"]);
    // Gluster was not asked, or left a brick out.
    let (json, _) = judged(&desired, all_done(&desired), None);
    assert_eq!(
        problems(&json),
        ["volume gv0: no server could be asked about the bricks"].into()
    );
    let mut said = all_online();
    said.heal.as_mut().unwrap().as_mut().unwrap().pop();
    let (json, _) = judged(&desired, all_done(&desired), Some(said));
    let unknown = "volume gv0: whether brick kube3:/bricks/vdb/gv0 is online is not known";
    assert_eq!(problems(&json), [unknown].into());
}

#[test]
fn a_stopped_volume_is_known_to_be_stopped() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let mut stopped = info();
    stopped.started = false;
    let hosts = changed(all_done(&desired), |_, facts| {
        facts.glusterd = answers(&["kube1", "kube2", "kube3"], Some(stopped.clone()));
    });
    assert_eq!(started(&desired, &Facts::new(&desired, hosts.clone())), []);
    let (json, text) = judged(&desired, hosts, None);
    assert_eq!(
        row(&text, "gv0     Replicate 1 × 3"),
        ["STOPPED", "DOWN", "0 of 3", "?"]
    );
    assert_eq!(problems(&json), ["volume gv0 is not started"].into());
}

#[test]
fn a_volume_that_keeps_no_copies_has_nothing_to_heal_and_is_not_asked_about_that() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let mut distribute = info();
    distribute.volume_type = VolumeType::Distribute;
    let hosts = changed(all_done(&desired), |host, facts| {
        facts.glusterd = answers(&others(host), Some(distribute.clone()));
    });
    let facts = Facts::new(&desired, hosts.clone());
    assert_eq!(started(&desired, &facts), [(&inventory.volumes[0].name, false)]);
    let status = all_online().status;
    let (json, text) = judged(
        &desired,
        hosts,
        Some(BricksSaid {
            status,
            heal: None,
            more: all_online().more,
        }),
    );
    assert_eq!(
        row(&text, "gv0     Distribute 3"),
        ["started", "healthy", "3 of 3", "0"]
    );
    assert_eq!(json["healthy"], true, "{text}");
}

#[test]
fn of_a_self_managed_host_only_the_answers_of_its_glusterd_are_known() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let seen = |glusterd: Option<Glusterd>| {
        let mut hosts = all_done(&desired);
        let host = &desired.hosts[2];
        let mut seen = HostFacts::parse_self_managed("\n@ end\n", "@", host).unwrap();
        seen.glusterd = glusterd.unwrap_or(seen.glusterd);
        hosts.insert(host.name().clone(), Ok(seen));
        hosts
    };
    let answering = seen(Some(answers(&["kube1", "kube2"], Some(info()))));
    let (json, text) = judged(&desired, answering, Some(all_online()));
    assert_eq!(json["healthy"], true, "{text}");
    assert_eq!(
        row(&text, "kube3  198.51.100.13"),
        ["server", "self-managed", "answers", "2 of 2", "?"]
    );
    assert_eq!(row(&text, "kube3  gv0     /data"), ["?"]);
    assert_eq!(json["volumes"][0]["bricks"][2]["mounted"], Value::Null);
    assert!(
        json["warnings"][0]
            .as_str()
            .unwrap()
            .starts_with("kube3 provisions itself"),
        "{text}"
    );
    let (json, text) = judged(&desired, seen(None), Some(all_online()));
    assert_eq!(json["hosts"][2]["glusterd"], Value::Null);
    assert!(text.contains("kube3: glusterd does not answer this machine"), "{text}");
}

#[test]
fn the_server_with_most_peers_is_asked_and_a_self_managed_server_is_not() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let asked = |hosts: Hosts| server_to_ask(&desired, &Facts::new(&desired, hosts)).map(HostName::as_str);
    assert_eq!(asked(all_done(&desired)), Some("kube1"));
    assert_eq!(asked(without(all_done(&desired), &["kube1"])), Some("kube2"));
    let lonely = changed(all_done(&desired), |host, facts| match host.as_str() {
        "kube1" => facts.glusterd = answers(&[], Some(info())),
        "kube2" => facts.glusterd = Glusterd::Silent,
        _ => {}
    });
    assert_eq!(asked(lonely), Some("kube3"));
    let nobody = changed(all_done(&desired), |_, facts| facts.glusterd = Glusterd::Silent);
    assert_eq!(asked(nobody), None);
    let self_managed = HostFacts::parse_self_managed("\n@ end\n", "@", &desired.hosts[0]).unwrap();
    let hosts = changed(all_done(&desired), |host, facts| {
        if host.as_str() == "kube1" {
            let glusterd = std::mem::take(&mut facts.glusterd);
            *facts = self_managed.clone();
            facts.glusterd = glusterd;
        }
    });
    assert_eq!(asked(hosts), Some("kube2"));
}
