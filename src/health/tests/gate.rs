//! Whether hosts can stop: every reason against it, and nothing but reasons.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::made_up::{Hosts, all_done, all_online, changed, info, inventory, without};
use crate::desired::{BrickSpec, Desired};
use crate::facts::{
    BrickClients, Facts, Glusterd, Maintenance, MountPoint, Pool, Task, TaskKind, TaskState, VolumeInfo,
};
use crate::health::gate::{Kind, Verdict, VolumeSeen, VolumesSeen, may_stop};
use crate::inventory::{HostName, VolumeType};

fn host(name: &str) -> HostName {
    HostName::parse(name).unwrap()
}

/// What Gluster says when all is well: on each host two clients, which connect to all bricks.
fn well() -> VolumeSeen {
    let brick = |brick: BrickSpec| BrickClients {
        online: true,
        addresses: (1..=3).flat_map(|number| [address(&brick, number); 2]).collect(),
        brick,
    };
    VolumeSeen {
        bricks: all_online(),
        clients: Some(Ok(info().bricks.into_iter().map(brick).collect())),
    }
}

/// The address of a client on a host, as the brick sees it.
fn address(brick: &BrickSpec, number: u8) -> IpAddr {
    match brick.host == format!("kube{number}") {
        true => IpAddr::from([127, 0, 0, 1]),
        false => IpAddr::from([198, 51, 100, 10 + number]),
    }
}

fn judged(desired: &Desired, hosts: Hosts, seen: Option<VolumeSeen>, stopping: &[&str]) -> Verdict {
    let seen: VolumesSeen = seen.into_iter().map(|seen| ("gv0".to_owned(), seen)).collect();
    let stopping: BTreeSet<HostName> = stopping.iter().map(|name| host(name)).collect();
    let verdict = may_stop(desired, &Facts::new(desired, hosts), &seen, &stopping);
    assert_eq!(verdict.ok, verdict.reasons.is_empty());
    verdict
}

/// The reasons, as kinds and sentences.
fn reasons(verdict: &Verdict) -> Vec<(Kind, &str)> {
    let reasons = verdict.reasons.iter();
    reasons.map(|reason| (reason.kind, reason.text.as_str())).collect()
}

/// A change of what Gluster says.
type Change = fn(&mut VolumeSeen);

#[test]
fn one_host_of_three_can_stop_and_two_cannot() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    for name in ["kube1", "kube2", "kube3"] {
        assert_eq!(
            reasons(&judged(&desired, all_done(&desired), Some(well()), &[name])),
            []
        );
    }
    let two = judged(&desired, all_done(&desired), Some(well()), &["kube1", "kube3"]);
    let sentence = "volume gv0: kube1:/bricks/vdb/gv0 and kube3:/bricks/vdb/gv0 would be missing of a set of 3 bricks, \
                    which can lose 1";
    assert_eq!(reasons(&two), [(Kind::Redundancy, sentence)]);
    let json = serde_json::to_value(&two).unwrap();
    crate::documents::valid("ok-to-stop", &json);
    assert_eq!((&json["version"], &json["ok"]), (&1.into(), &false.into()));
    assert_eq!(json["reasons"][0]["kind"], "redundancy");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn whatever_gluster_says_is_wrong_or_does_not_say_is_a_reason() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let cases: [(Change, &[(Kind, &str)]); 10] = [
        (
            |seen| seen.bricks.heal.as_mut().unwrap().as_mut().unwrap()[1].entries = Some(7),
            &[(Kind::Heal, "brick kube2:/bricks/vdb/gv0 lists 7 entries to heal")],
        ),
        (
            |seen| seen.bricks.heal.as_mut().unwrap().as_mut().unwrap()[2].connected = false,
            &[
                (Kind::BrickDown, "Gluster does not reach brick kube3:/bricks/vdb/gv0"),
                (
                    Kind::Redundancy,
                    "kube1:/bricks/vdb/gv0 and kube3:/bricks/vdb/gv0 would be missing of a set of 3 bricks, which can lose 1",
                ),
            ],
        ),
        (
            |seen| seen.bricks.status.as_mut().unwrap()[0].online = false,
            &[(Kind::BrickDown, "brick kube1:/bricks/vdb/gv0 does not run")],
        ),
        (
            |seen| seen.bricks.status = Err("Gluster did not answer within 9 s".to_owned()),
            &[(Kind::Unknown, "Gluster did not answer within 9 s")],
        ),
        (
            |seen| seen.bricks.heal = None,
            &[(Kind::Unknown, "what is left to heal is not known")],
        ),
        (
            |seen| {
                let (kind, state) = (TaskKind::Rebalance, TaskState::InProgress);
                let bricks = Vec::new();
                seen.bricks.more.tasks = Some(vec![Task { kind, state, bricks }]);
            },
            &[(Kind::Migration, "a rebalance goes on")],
        ),
        (
            |seen| seen.clients = Some(Err("Another transaction is in progress".to_owned())),
            &[(Kind::Unknown, "Another transaction is in progress")],
        ),
        (
            |seen| seen.clients = None,
            &[(Kind::Unknown, "which clients are connected is not known")],
        ),
        (
            // One of the two clients on kube1 has lost sight of the brick on kube3.
            |seen| {
                let _ = seen.clients.as_mut().unwrap().as_mut().unwrap()[2].addresses.remove(0);
            },
            &[(
                Kind::Client,
                "a client on kube1 is not connected to brick kube3:/bricks/vdb/gv0",
            )],
        ),
        (
            // A client that the inventory does not have.
            |seen| {
                seen.clients.as_mut().unwrap().as_mut().unwrap()[0]
                    .addresses
                    .push(IpAddr::from([198, 51, 100, 99]))
            },
            &[
                (
                    Kind::Client,
                    "a client on 198.51.100.99 is not connected to brick kube2:/bricks/vdb/gv0",
                ),
                (
                    Kind::Client,
                    "a client on 198.51.100.99 is not connected to brick kube3:/bricks/vdb/gv0",
                ),
            ],
        ),
    ];
    for (change, expected) in cases {
        let mut seen = well();
        change(&mut seen);
        let verdict = judged(&desired, all_done(&desired), Some(seen), &["kube1"]);
        let expected: Vec<(Kind, String)> = expected
            .iter()
            .map(|(kind, text)| (*kind, format!("volume gv0: {text}")))
            .collect();
        let found: Vec<(Kind, String)> = reasons(&verdict)
            .into_iter()
            .map(|(kind, text)| (kind, text.to_owned()))
            .collect();
        assert_eq!(found, expected);
    }
    let none = judged(&desired, all_done(&desired), None, &["kube1"]);
    let sentence = "volume gv0: no server could be asked about the volume";
    assert_eq!(reasons(&none), [(Kind::Unknown, sentence)]);
}

/// The verdict on kube1 after a change of the volume's definition.
fn with_info(change: impl Fn(&mut VolumeInfo)) -> Vec<(Kind, String)> {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let hosts = changed(all_done(&desired), |_, host| {
        if let Glusterd::Answers { volumes, .. } = &mut host.glusterd {
            let mut info = info();
            change(&mut info);
            volumes.insert("gv0".to_owned(), info.into());
        }
    });
    let verdict = judged(&desired, hosts, Some(well()), &["kube1"]);
    reasons(&verdict)
        .into_iter()
        .map(|(kind, text)| (kind, text.to_owned()))
        .collect()
}

fn redundancy(text: &str) -> Vec<(Kind, String)> {
    vec![(Kind::Redundancy, format!("volume gv0: {text}"))]
}

#[test]
fn what_a_set_can_lose_is_up_to_the_type_and_to_the_options_of_the_volume() {
    let of = |volume_type| with_info(|info| info.volume_type = volume_type);
    let option = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(of(VolumeType::Replicate { replica: 3, arbiter: 1 }), []);
    assert_eq!(of(VolumeType::Disperse { data: 2, redundancy: 1 }), []);
    let alone = "the files on kube1:/bricks/vdb/gv0 are on no other brick";
    assert_eq!(of(VolumeType::Distribute), redundancy(alone));
    let two = of(VolumeType::Replicate { replica: 2, arbiter: 0 });
    let split =
        "without kube1:/bricks/vdb/gv0, one copy is left; what is written to one of two copies can end in split-brain";
    assert_eq!(two, redundancy(split));
    let all = with_info(|info| {
        info.options.extend([
            option("cluster.quorum-type", "fixed"),
            option("cluster.quorum-count", "3"),
        ]);
    });
    let none = "kube1:/bricks/vdb/gv0 would be missing of a set of 3 bricks, which can lose 0";
    assert_eq!(all, redundancy(none));
    let quorum = with_info(|info| info.options.extend([option("cluster.server-quorum-type", "server")]));
    assert_eq!(quorum, []);
    let strict = with_info(|info| {
        let ratio = option("cluster.server-quorum-ratio", "80%");
        info.options
            .extend([option("cluster.server-quorum-type", "server"), ratio]);
    });
    assert_eq!(strict.len(), 1);
    assert_eq!(strict[0].0, Kind::ServerQuorum);
    // Nobody reads or writes a volume that is not started.
    assert_eq!(
        with_info(|info| (info.volume_type, info.started) = (VolumeType::Distribute, false)),
        []
    );
    let strange = with_info(|info| info.bricks[2] = BrickSpec::parse("nas:/b").unwrap());
    let sentence = "volume gv0: the inventory does not have the host of brick nas:/b";
    assert!(strange.contains(&(Kind::Unknown, sentence.to_owned())), "{strange:?}");
}

#[test]
fn hosts_peers_and_mounts_that_do_not_answer_are_reasons() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let judged = |hosts| judged(&desired, hosts, Some(well()), &["kube1"]);
    let lost = judged(without(all_done(&desired), &["kube3"]));
    assert_eq!(
        reasons(&lost),
        [(Kind::Unobserved, "kube3 was not observed: unreachable")]
    );
    // Of the host that is to stop, too: it is not known what it does.
    assert!(!judged(without(all_done(&desired), &["kube1"])).ok);
    let silent = changed(all_done(&desired), |name, host| {
        if name.as_str() == "kube2" {
            host.glusterd = Glusterd::Silent;
        }
    });
    assert_eq!(
        reasons(&judged(silent)),
        [(Kind::Glusterd, "glusterd of kube2 does not answer")]
    );
    let cut = changed(all_done(&desired), |name, host| {
        if let (
            "kube2",
            Glusterd::Answers {
                pool: Pool { peers, .. },
                ..
            },
        ) = (name.as_str(), &mut host.glusterd)
        {
            peers
                .iter_mut()
                .for_each(|peer| peer.connected = peer.names != ["kube3"]);
        }
    });
    assert_eq!(
        reasons(&judged(cut)),
        [(Kind::Peer, "kube3 is not a connected peer of kube2")]
    );
    let hangs = |on: &'static str| {
        changed(all_done(&desired), move |name, host| {
            if name.as_str() == on {
                host.mount_points
                    .values_mut()
                    .for_each(|point| *point = MountPoint::Disconnected);
            }
        })
    };
    let sentence = "kube2: volume gv0 does not answer at /data";
    assert_eq!(reasons(&judged(hangs("kube2"))), [(Kind::Mount, sentence)]);
    // The mounts of the host that is to stop do not count.
    assert!(judged(hangs("kube1")).ok);
}

#[test]
fn a_host_in_maintenance_can_stop_and_keeps_others_from_stopping() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let hosts = || {
        changed(all_done(&desired), |name, host| {
            if name.as_str() == "kube3" {
                host.maintenance = Some(Maintenance {
                    since: String::new(),
                    holds: true,
                });
                host.brick_processes.clear();
                host.glusterd = Glusterd::Silent;
            }
        })
    };
    let mut seen = well();
    seen.bricks.status.as_mut().unwrap().pop();
    assert!(judged(&desired, hosts(), Some(seen), &["kube3"]).ok);
    let other = judged(&desired, hosts(), Some(well()), &["kube1"]);
    assert_eq!(reasons(&other), [(Kind::Maintenance, "kube3 is in maintenance")]);
    // Its brick runs all the same: nobody knows why.
    let runs = changed(hosts(), |_, host| {
        host.brick_processes.insert("/bricks/vdb/gv0".to_owned());
    });
    assert!(!judged(&desired, runs, Some(well()), &["kube3"]).ok);
}
