//! The pods of a StatefulSet, whose addresses change: the others find them by their names alone.

use std::time::Duration;

use crate::support::boot::{Tally, until};
use crate::support::cluster::Cluster;
use crate::support::pods::{DATA, Kind, LIMIT, Pods, dns};

pub const ALL: [&str; 3] = [
    "gluster-0.gluster.storage.svc",
    "gluster-1.gluster.storage.svc",
    "gluster-2.gluster.storage.svc",
];

/// The inventory of the first pods, with a volume of this form; the lab's own has addresses instead of `dns`.
pub fn inventory(hosts: &[&str], volume: &str, last: &str) -> String {
    let line = |(number, host): (usize, &&str)| {
        let end = if number >= 3 { last } else { "" };
        format!("  - {{name: {host}, address: dns{end}}}\n")
    };
    let lines: String = hosts.iter().enumerate().map(line).collect();
    format!(
        "cluster: CLUSTER\nconnection: local\ndefaults: {{devices: [/dev/brick]}}\nhosts:\n{lines}\
         volumes:\n  - {{name: gv0, {volume}, mount: /srv/gluster/gv0}}\n"
    )
}

/// A lab whose hosts are the nodes of these pods.
pub fn nodes(tag: &str, hosts: &[&str]) -> Cluster {
    let line = |(number, host): (usize, &&str)| {
        format!(
            "  - {{name: {host}, address: 198.51.100.1{}, devices: [/dev/vdb]}}\n",
            number + 1
        )
    };
    let lines: String = hosts.iter().enumerate().map(line).collect();
    let text = format!(
        "cluster: CLUSTER\nhosts:\n{lines}volumes: [{{name: gv0, type: distribute, mount: /srv/gluster/gv0}}]\n"
    );
    Cluster::up_with(tag, &text, dns::join)
}

#[test]
fn lab_pods_of_a_stateful_set_find_each_other_by_name_at_addresses_that_change() {
    let cluster = nodes("podsnames", &ALL);
    let pods = Pods::of(&cluster, Kind::StatefulSet, &inventory(&ALL, "replica: 3", ""));
    // While the others do not know this name, their glusterds note the address from which the pod probes them.
    pods.start(ALL[0]);
    pods.is_unknown(ALL[0]);
    ALL[1..].iter().for_each(|host| pods.start(host));
    let known_as = |host: &str| pods.must(host, "grep -sh ^hostname1= /var/lib/glusterd/peers/* | sort -u || :");
    for host in &ALL[1..] {
        until(&format!("{host} knows the address"), LIMIT, || {
            let known = known_as(host);
            known.contains("hostname1=198.51.100.1").then_some(()).ok_or(known)
        });
    }
    pods.is_known(ALL[0]);
    let mut tally = Tally::default();
    tally.add("ready once every name is known", pods.all_ready());
    for host in &ALL[1..] {
        // A host is ready as soon as its volume is; it goes on with what is left to do.
        until(&format!("{host} knows the names"), LIMIT, || {
            let known = known_as(host);
            let others = ALL.iter().filter(|other| *other != host);
            let names: Vec<String> = others.map(|other| format!("hostname1={other}")).collect();
            let is_mended = known == names.join("\n");
            is_mended
                .then_some(())
                .ok_or_else(|| format!("{known}\n{}", pods.log(host)))
        });
        let log = pods.log(host);
        assert!(log.contains(&format!("let glusterd find {} by name", ALL[0])), "{log}");
    }
    pods.write_steadily(ALL[2]);
    for host in &ALL[..2] {
        pods.kill(host);
        pods.start(host);
        tally.add("ready again at another address", pods.ready(host));
        tally.add("healed after that", pods.healed(ALL[2]));
    }
    for host in ALL {
        until("every peer is connected", Duration::from_secs(30), || {
            let said = pods.must(host, "gluster --mode=script pool list");
            let is_whole = said.matches("Connected").count() == 3 && !said.contains("Disconnected");
            is_whole.then_some(()).ok_or(said)
        });
        pods.ready(host);
    }
    let (written, refused) = pods.nothing_is_lost(ALL[2]);
    assert!(written > 20, "{written}");
    assert_eq!(refused, 0);
    // What a pod mounts is there for other programs of its node.
    let on_node = cluster.lab.must(ALL[0], "ls /srv/gluster/gv0/steady | wc -l");
    assert_eq!(on_node, pods.must(ALL[1], &format!("ls {DATA}/steady | wc -l")));
    tally.print(&format!("pods of a StatefulSet: {written} files whole in every pod"));
}
