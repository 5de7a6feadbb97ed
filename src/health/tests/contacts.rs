//! Which connections `status` tries, and what it says of them.

use std::collections::BTreeSet;

use super::made_up::{Hosts, PORT, all_done, all_online, changed, inventory, looks, without};
use crate::desired::Desired;
use crate::facts::{Answer, Contact, Facts, Glusterd, Listener, Tried};
use crate::health::{BricksSaid, BricksSeen, Health, Looks, between_peers, to_all_bricks, to_unreached_bricks};
use crate::inventory::{HostName, Inventory, VolumeName};

/// The facts after kube3 lost its peer kube2, in these words of Gluster.
fn lost(hosts: Hosts, connected: bool, words: &str) -> Hosts {
    changed(hosts, |host, facts| {
        let Glusterd::Answers { pool, .. } = &mut facts.glusterd else {
            return;
        };
        let peers = pool.peers.iter_mut().filter(|peer| peer.names == ["kube2"]);
        for peer in peers.filter(|_| host.as_str() == "kube3") {
            (peer.connected, peer.in_cluster) = (connected, false);
            words.clone_into(&mut peer.state);
        }
    })
}

fn seen(said: BricksSaid) -> BricksSeen {
    [(VolumeName::parse("gv0").unwrap(), said)].into()
}

fn with(desired: &Desired, said: BricksSaid, tried: Vec<Tried>) -> Looks {
    Looks {
        tried,
        ..looks(desired, Some(said))
    }
}

/// Gluster does not reach the brick of kube3, which has a process.
fn third_unreached() -> BricksSaid {
    let mut said = all_online();
    let last = &mut said.heal.as_mut().unwrap().as_mut().unwrap()[2];
    (last.connected, last.entries) = (false, None);
    said
}

fn pairs(contacts: &BTreeSet<Contact>) -> Vec<String> {
    let pair = |contact: &Contact| format!("{} {} {}", contact.from, contact.to, contact.listener.port());
    contacts.iter().map(pair).collect()
}

/// What came of trying these connections.
fn tried(inventory: &Inventory, contacts: &BTreeSet<Contact>, answer: impl Fn(&Contact) -> Answer) -> Vec<Tried> {
    let tried = |contact: &Contact| Tried {
        contact: contact.clone(),
        addresses: Some([inventory.host(&contact.to).unwrap().address.ip().unwrap()].into()),
        answer: Some(answer(contact)),
        listens: Some(true),
    };
    contacts.iter().map(tried).collect()
}

#[test]
fn of_a_healthy_cluster_and_of_a_lost_host_no_connection_is_tried() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let healthy = Facts::new(&desired, all_done(&desired));
    assert!(between_peers(&desired, &healthy).is_empty());
    assert!(to_unreached_bricks(&desired, &healthy, &seen(all_online())).is_empty());
    // kube3 does not have kube2 as a peer because kube2 is down.
    let down = without(lost(all_done(&desired), false, "Peer in Cluster"), &["kube2"]);
    assert!(between_peers(&desired, &Facts::new(&desired, down)).is_empty());
    let silent = changed(lost(all_done(&desired), false, "Peer in Cluster"), |host, facts| {
        if host.as_str() == "kube2" {
            facts.glusterd = Glusterd::Silent;
        }
    });
    assert!(between_peers(&desired, &Facts::new(&desired, silent)).is_empty());
    // A brick without a process has no port.
    let mut said = third_unreached();
    said.status.as_mut().unwrap()[2].online = false;
    assert!(to_unreached_bricks(&desired, &healthy, &seen(said)).is_empty());
}

#[test]
fn two_peers_that_lost_each_other_are_tried_both_ways() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let hosts = lost(all_done(&desired), false, "Peer in Cluster");
    let facts = Facts::new(&desired, hosts);
    let contacts = between_peers(&desired, &facts);
    assert_eq!(pairs(&contacts), ["kube2 kube3 24007", "kube3 kube2 24007"]);
    let dropped = tried(&inventory, &contacts, |contact| match contact.from.as_str() {
        "kube3" => Answer::Silence,
        _ => Answer::Open,
    });
    let health = Health::of(&desired, &facts, &with(&desired, all_online(), dropped));
    assert_eq!(health.problems.len(), 2, "{:?}", health.problems);
    assert_eq!(health.problems[0], "kube3: 1 of 2 peers are connected");
    let sentence = "kube3 gets no answer from port 24007 of kube2 (198.51.100.12), though glusterd listens there; ";
    assert!(health.problems[1].starts_with(sentence), "{:?}", health.problems);
}

#[test]
fn a_peer_that_is_rejected_is_told_in_the_words_of_gluster() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let facts = Facts::new(&desired, lost(all_done(&desired), true, "Peer Rejected"));
    let contacts = between_peers(&desired, &facts);
    let open = tried(&inventory, &contacts, |_| Answer::Open);
    let health = Health::of(&desired, &facts, &with(&desired, all_online(), open));
    let sentence = "kube3 and kube2 can connect to each other, but kube2 is no connected and accepted peer of kube3 (Gluster \
                    says: Peer Rejected); look at /var/log/glusterfs/glusterd.log on both hosts";
    assert_eq!(health.problems.last().unwrap(), sentence);
    // Nobody told whether the connections come about.
    let health = Health::of(&desired, &facts, &with(&desired, all_online(), Vec::new()));
    assert_eq!(health.problems, ["kube3: 1 of 2 peers are connected"]);
}

#[test]
fn a_brick_that_gluster_does_not_reach_is_tried_from_each_host_that_uses_it() {
    let inventory = inventory();
    let desired = Desired::of(&inventory);
    let facts = Facts::new(&desired, all_done(&desired));
    let contacts = to_unreached_bricks(&desired, &facts, &seen(third_unreached()));
    assert_eq!(
        pairs(&contacts),
        [format!("kube1 kube3 {PORT}"), format!("kube2 kube3 {PORT}")]
    );
    let brick =
        |contact: &Contact| matches!(&contact.listener, Listener::Brick { dir, .. } if dir == "/bricks/vdb/gv0");
    assert!(contacts.iter().all(brick));
    let dropped = tried(&inventory, &contacts, |_| Answer::Silence);
    let health = Health::of(&desired, &facts, &with(&desired, third_unreached(), dropped));
    let sentence = "kube1 and kube2 get no answer from port 54304 of kube3 (198.51.100.13), though brick \
                    kube3:/bricks/vdb/gv0 listens there; ";
    assert!(
        health.problems.last().unwrap().starts_with(sentence),
        "{:?}",
        health.problems
    );
    assert_eq!(to_all_bricks(&desired, &facts, &seen(all_online())).len(), 6);
    // A host that was not reached cannot try, and the host of the brick is tried all the same.
    let kube3 = HostName::parse("kube3").unwrap();
    let facts = Facts::new(&desired, without(all_done(&desired), &["kube1", "kube3"]));
    let contacts = to_unreached_bricks(&desired, &facts, &seen(third_unreached()));
    assert_eq!(pairs(&contacts), [format!("kube2 kube3 {PORT}")]);
    assert!(contacts.iter().all(|contact| contact.to == kube3));
}
